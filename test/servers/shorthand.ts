/**
 * Foreign servers in few words, for tests: the offer shorthands of scenarios/firmware, and others with what is usual
 * filled in. Does not cover the variants of single rows: those are fields laid over these.
 */
import type { Ip4 } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import type { ForeignDescription, ForeignPool } from '../../src/servers/foreign/fields.ts'
import { DISCOVERY_CONTROL, pxeVendorOption } from '../../src/wire/pxe/vendor-options.ts'

type Few = Partial<ForeignDescription> & Pick<ForeignDescription, 'role' | 'address'>

/** A proxy serves PXE clients, and port 4011; so does whoever says what is answered there. */
export const foreign = (few: Few): ForeignDescription => ({
  pools: [],
  leaseTime: 3600 * SECOND,
  boot4011: few.role === 'proxy' || few.reply || few.discovery ? 'alive' : 'closed',
  answers: 'normal',
  answersClass: few.role === 'proxy' ? 'pxe' : 'any',
  repeat: 1,
  also: [],
  byArchitecture: [],
  own: [],
  ...few,
})

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

export const shorthand = (kind: Shorthand, facts: ShorthandFacts): Few => {
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
