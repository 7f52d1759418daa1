/**
 * BSDP responders that are not Apple's, as behavior of the one machine. Products change, and most of these
 * rest; each entry names what it was read from. Does not run anything.
 */
import type { BsdpBehavior } from '../../protocol/bsdp/behavior.ts'

export const BSDP_PRODUCTS = ['apple', 'bsdpy', 'pybsdp', 'netsus-4', 'fog-dhcproxy', 'bsdpserver'] as const
export type BsdpProduct = (typeof BSDP_PRODUCTS)[number]

/** such a server shares no load. */
const constant = (base: number): Pick<BsdpBehavior, 'priority'> => ({ priority: { base, falls: false } })

const PRODUCTS: Readonly<Record<BsdpProduct, Partial<BsdpBehavior>>> = {
  apple: {},

  // bruienne/bsdpy: priority 0x8080, does not look at sub-option 3 nor at the upper half of ids, cannot split a list.
  bsdpy: {
    ...constant(0x8080),
    ignoresServerIdentifier: true,
    keepsRecords: true,
    comparesIndexOnly: true,
    offersToBound: false,
    checksModel: false,
    serverName: 'address',
    machineName: 'none',
    split: 'truncate',
    unknownImage: 'empty-file',
  },

  // cabal95/pybsdp (NetSUS 5): INFORM only, answers the UDP source port, names in options 66 and 67.
  pybsdp: {
    ...constant(32_768),
    ignoresServerIdentifier: true,
    keepsRecords: true,
    offersToBound: false,
    checksModel: false,
    repliesTo: 'source-port',
    sendsServerIdentifier: true,
    names: 'options',
    machineName: 'mac',
    split: 'truncate',
    unknownImage: 'silent',
  },

  // jamf/NetSUS 4: a patched ISC dhcpd with the highest priority there is, and a claim on everybody.
  'netsus-4': {
    ...constant(65_535),
    claimsEveryone: true,
    keepsRecords: true,
    offersToBound: false,
    checksModel: false,
  },

  // FOGProject/node-dhcproxy: two fixed answers, the same for every Mac.
  'fog-dhcproxy': {
    ...constant(32_768),
    ignoresServerIdentifier: true,
    claimsEveryone: true,
    keepsRecords: true,
    offersToBound: false,
    checksModel: false,
    machineName: 'fixed',
  },

  // janhf/BSDPServer.
  bsdpserver: {
    ...constant(500),
    comparesIndexOnly: true,
    sendsServerIdentifier: true,
    offersToBound: false,
  },
}

export const productBehavior = (product: BsdpProduct): Partial<BsdpBehavior> => PRODUCTS[product]
