/**
 * The offer shorthands of scenarios/firmware as descriptions of foreign servers. Does not cover the variants of single
 * rows: those are fields laid over these.
 */
import type { Ip4 } from '../../src/core/address.ts'
import { DISCOVERY_CONTROL, pxeVendorOption } from '../../src/wire/pxe/vendor-options.ts'
import type { ForeignOptions, ForeignPool } from '../../src/servers/foreign-options.ts'

export const SHORTHANDS = ['D', 'Df', 'Db', 'Dp', 'Pa', 'Ba', 'Pm'] as const
export type Shorthand = (typeof SHORTHANDS)[number]

export interface ShorthandFacts {
  readonly address: Ip4
  /** For D, Df, Db, Dp. */
  readonly pool?: ForeignPool
  readonly bootFile: string
  /** Of the one menu entry of Dp and Pm. */
  readonly bootServerType?: number
}

const COMPLETE = [pxeVendorOption({ discoveryControl: DISCOVERY_CONTROL.bootFileAtOnce })]

export const shorthand = (kind: Shorthand, facts: ShorthandFacts): ForeignOptions => {
  const { address, bootFile, bootServerType = 1 } = facts
  const leasing = { address, pools: facts.pool ? [facts.pool] : [] }
  switch (kind) {
    case 'D':
      return { ...leasing, role: 'dhcp' }
    case 'Df':
      return { ...leasing, role: 'dhcp', bootFile }
    case 'Db':
      return { ...leasing, role: 'both', bootFile }
    case 'Dp':
      return { ...leasing, role: 'both', bootFile, options: COMPLETE }
    case 'Pa':
      return { address, role: 'proxy', bootFile, options: COMPLETE }
    case 'Ba':
      return { address, role: 'proxy', nextServer: address, reply: { bootFile } }
    case 'Pm':
      return { address, role: 'proxy', nextServer: address, options: [menu(address, bootServerType)] }
  }
}

/** A list of one, by unicast only. */
const menu = (address: Ip4, type: number) =>
  pxeVendorOption({
    discoveryControl: DISCOVERY_CONTROL.noBroadcast | DISCOVERY_CONTROL.noMulticast,
    bootServers: [{ type, addresses: [address] }],
    bootMenu: [{ type, text: 'Network boot' }],
    prompt: { timeout: 0, text: 'PXE' },
  })
