/**
 * Known responders as packet descriptions (facts/field.md A.2). A preset gives defaults; what a scenario says comes on
 * top. Products change: each entry names where its behaviour was read. Does not run anything.
 */
import type { Ip4 } from '../core/address.ts'
import { fromHex, latin1Bytes } from '../core/bytes.ts'
import type { DhcpOption } from '../wire/dhcp/message.ts'
import { OPTION, bytesOption, textOption } from '../wire/dhcp/options.ts'
import { DISCOVERY_CONTROL, type PxeVendorOptions, pxeVendorOption } from '../wire/pxe/vendor-options.ts'
import { architectureNumber } from '../wire/pxe/client.ts'
import { formatIp4 } from '../core/address.ts'
import type { ForeignOptions } from './foreign-options.ts'

export const PRESETS = [
  'dnsmasq-proxy',
  'pixiecore',
  'smee-proxy',
  'smee-reservation',
  'pypxe-proxy',
  'plain-dhcp-option-60',
  'wds',
  'itcm',
  'split-scope-pair',
] as const
export type PresetName = (typeof PRESETS)[number]

/** What a preset is made for. */
export interface PresetFacts {
  readonly address: Ip4
  readonly bootFile?: string | undefined
}

export type PresetOptions = Omit<ForeignOptions, 'address'>

const BIOS = [architectureNumber('x86-bios')]
const vendor = (value: Partial<PxeVendorOptions>): readonly DhcpOption[] => [pxeVendorOption(value)]
const COMPLETE = vendor({ discoveryControl: DISCOVERY_CONTROL.bootFileAtOnce })
/** dnsmasq numbers services that name a file from here. */
const DNSMASQ_SERVICE = 0x8000

const TABLE: Record<PresetName, (facts: PresetFacts) => PresetOptions> = {
  // dnsmasq src/rfc2131.c and CHANGELOG 2.51, 2.52, 2.76: BIOS gets a one-entry menu with discovery control 3 and is
  // served on 4011 (S-21, S-23); UEFI gets no option 43, which forces it to 4011 (S-22).
  'dnsmasq-proxy': ({ address, bootFile = 'pxelinux.0' }) => ({
    role: 'proxy',
    nextServer: address,
    boot4011: 'alive',
    reply: { bootFile },
    discovery: { types: [DNSMASQ_SERVICE], broadcast: false, bootFile },
    byArchitecture: [
      {
        arches: BIOS,
        options: vendor({
          discoveryControl: DISCOVERY_CONTROL.noBroadcast | DISCOVERY_CONTROL.noMulticast,
          bootServers: [{ type: DNSMASQ_SERVICE, addresses: [address] }],
          bootMenu: [{ type: DNSMASQ_SERVICE, text: 'Network boot' }],
          prompt: { timeout: 0, text: 'PXE' },
        }),
      },
    ],
  }),

  // danderson/netboot, pixiecore (facts/field.md A.2): BIOS is told all in the offer, EFI must come to 4011; a
  // REQUEST on 67 is ignored.
  pixiecore: ({ address, bootFile = 'ipxe' }) => ({
    role: 'proxy',
    nextServer: address,
    boot4011: 'alive',
    reply: { bootFile },
    byArchitecture: [{ arches: BIOS, options: COMPLETE, bootFile }],
  }),

  // tinkerbell/smee proxy handler (facts/field.md A.2, §0 finding 4): discovery control 8 for all, and it ACKs any
  // PXE client's REQUEST without comparing option 54.
  'smee-proxy': ({ bootFile = 'undionly.kpxe' }) => ({
    role: 'proxy',
    options: COMPLETE,
    bootFile,
    answers: 'ack-others',
  }),

  // tinkerbell/smee reservation handler: address and boot data in one packet for machines it knows (`own`), silence
  // for all others: `secs` never reaches the limit.
  'smee-reservation': ({ bootFile = 'undionly.kpxe' }) => ({
    role: 'both',
    options: COMPLETE,
    bootFile,
    minimumSecs: 0x10000,
    own: [],
  }),

  // pypxe/PyPXE dhcp.py at 01421b15, proxy mode: one socket (67), option 66, option 67 with a NUL, and always the same
  // option 43 (discovery control 8, prompt "PXE" with time-out 0).
  'pypxe-proxy': ({ address, bootFile = 'pxelinux.0' }) => ({
    role: 'proxy',
    bootFile,
    nextServer: address,
    boot4011: 'closed',
    options: [
      textOption(OPTION.tftpServerName, formatIp4(address)),
      bytesOption(OPTION.bootFileName, latin1Bytes(`${bootFile}\0`)),
      bytesOption(OPTION.vendorSpecific, fromHex('06 01 08 0a 04 00 50 58 45 ff')),
    ],
  }),

  // FOGProject/fog-docs#188, MS KB259670: an ordinary DHCP server told to send option 60, with nothing on 4011.
  'plain-dhcp-option-60': ({ bootFile }) => ({
    role: 'both',
    bootFile,
    boot4011: 'closed',
    answersClass: 'any',
  }),

  // Microsoft WDS help (facts/field.md A.2, nbs.md §5): no option 43, the client comes to 4011. Known machines are
  // `own`, others can be made to wait by `minimumSecs`.
  wds: ({ address, bootFile = 'boot\\x64\\wdsmgfw.efi' }) => ({
    role: 'proxy',
    nextServer: address,
    boot4011: 'alive',
    reply: { bootFile },
    byArchitecture: [{ arches: BIOS, reply: { bootFile: 'boot\\x86\\wdsnbp.com' } }],
  }),

  // CA/Broadcom ITCM administration guide (facts/nbs.md §5, CA-MULTI): its own machines at once, all others after some
  // retries. 10 s: the third DISCOVER of a client that follows the specification (0, 4, 12 s).
  itcm: ({ bootFile = 'undionly.0' }) => ({
    role: 'proxy',
    options: COMPLETE,
    bootFile,
    minimumSecs: 10,
    own: [],
  }),

  // ipxe/ipxe#798, #879: two DHCP servers with halves of one scope, of which the one not selected NAKs.
  'split-scope-pair': ({ bootFile }) => ({ role: 'dhcp', bootFile, answers: 'nak-others' }),
}

export const presetOptions = (name: PresetName, facts: PresetFacts): PresetOptions => TABLE[name](facts)
