/**
 * Known products and situations (P-1 … P-8) as the fields a `foreign` server would need to be written like
 * them. What the file says itself counts before a preset. Models the packets a boot sees, not the products.
 */
import { type Ip4, formatIp4 } from '../../core/address.ts'
import { latin1Bytes, toHex } from '../../core/bytes.ts'
import { DISCOVERY_CONTROL } from '../../wire/pxe/vendor-options.ts'
import { written } from '../../core/written.ts'
import type { ServerForm } from '../kind.ts'
import type { ImageFile } from '../parts/files.ts'
import type { ForeignFields } from './fields.ts'

export interface ForeignForm extends ServerForm, Omit<ForeignFields, 'pool'> {
  readonly preset?: PresetName | undefined
}

type Preset = Pick<
  Partial<ForeignFields>,
  | 'role'
  | 'options'
  | 'bootFile'
  | 'boot4011'
  | 'answers'
  | 'answersClass'
  | 'tftp'
  | 'files'
  | 'nextServer'
  | 'byArchitecture'
  | 'minimumSecs'
  | 'reply'
  | 'discovery'
>

type Given = { readonly [K in keyof ForeignForm]: Exclude<ForeignForm[K], undefined> }
type MakePreset = (given: Given) => Preset

const FILE_SIZE = 65_536
const filesOf = (...names: string[]): ImageFile[] =>
  [...new Set(names)].map(name => ({ name, size: FILE_SIZE }))

/** 43.6 = 8: no discovery, boot the file at once (PXE 2.1 §2.2.3). */
const COMPLETE = { 43: { discoveryControl: DISCOVERY_CONTROL.bootFileAtOnce } }
const BIOS = ['x86-bios' as const]
/** dnsmasq numbers services that name a file from here. */
const DNSMASQ_SERVICE = 0x8000
/** More than the field can hold: whoever is not one of its own never gets an answer. */
const NEVER = 0x10000

const proxy = (biosFile: string, uefiFile: string): Preset => ({
  role: 'proxy',
  answersClass: 'pxe',
  tftp: 'on',
  files: filesOf(biosFile, uefiFile),
})

/** The file is named on 4011 only, so that every machine must come there; the proxy names itself for that (S-22). */
const redirect = (address: Ip4, biosFile: string, uefiFile: string): Preset => ({
  ...proxy(biosFile, uefiFile),
  nextServer: address,
  boot4011: 'alive',
  reply: { bootFile: uefiFile },
  byArchitecture: [{ arches: BIOS, reply: { bootFile: biosFile } }],
})

const complete = (biosFile: string, uefiFile: string): Preset => ({
  ...proxy(biosFile, uefiFile),
  boot4011: 'closed',
  options: COMPLETE,
  bootFile: uefiFile,
  byArchitecture: [{ arches: BIOS, bootFile: biosFile }],
})

const PRESET_FIELDS = {
  // dnsmasq src/rfc2131.c and CHANGELOG 2.51, 2.52, 2.76: BIOS gets a menu of one entry with discovery control 3 and is
  // served on 4011 (S-21, S-23); UEFI gets no option 43, which forces it to 4011 (S-22).
  'dnsmasq-proxy': ({ address }) => ({
    ...redirect(address, 'pxelinux.0', 'bootx64.efi'),
    discovery: { types: [DNSMASQ_SERVICE], broadcast: false, unicast: true, bootFile: 'pxelinux.0' },
    byArchitecture: [
      {
        arches: BIOS,
        options: {
          43: {
            discoveryControl: DISCOVERY_CONTROL.noBroadcast | DISCOVERY_CONTROL.noMulticast,
            bootServers: [{ type: DNSMASQ_SERVICE, addresses: [address] }],
            bootMenu: [{ type: DNSMASQ_SERVICE, text: 'Network boot' }],
            prompt: { timeout: 0, text: 'PXE' },
          },
        },
      },
    ],
  }),

  // P-1: BIOS is told all in the offer, EFI must come to 4011; a REQUEST
  // on 67 is ignored.
  pixiecore: ({ address }) => ({
    ...redirect(address, 'pixiecore.0', 'pixiecore.efi'),
    byArchitecture: [{ arches: BIOS, options: COMPLETE, bootFile: 'pixiecore.0' }],
  }),

  // P-2: discovery control 8 for all, and it ACKs any PXE client's
  // REQUEST without comparing option 54.
  'smee-proxy': () => ({ ...complete('undionly.kpxe', 'snp.efi'), answers: 'ack-others' }),

  // P-3: address and boot data in one packet for machines it knows
  // (`own`), silence for all others.
  'smee-reservation': () => ({
    ...complete('undionly.kpxe', 'snp.efi'),
    role: 'both',
    answersClass: 'any',
    minimumSecs: NEVER,
  }),

  // P-4: one socket (67), option 66, option 67 with a NUL, and always the same
  // option 43 (discovery control 8, prompt "PXE" with time-out 0), whoever asks.
  'pypxe-proxy': ({ address, bootFile = 'pxelinux.0' }) => ({
    ...proxy('pxelinux.0', 'pxelinux.0'),
    boot4011: 'closed',
    bootFile,
    nextServer: address,
    options: {
      43: { hex: '0601080a0400505845ff' },
      66: formatIp4(address),
      67: { hex: toHex(latin1Bytes(`${bootFile}\0`)) },
    },
  }),

  // P-5: somebody told an ordinary DHCP server to send option 60, and nothing serves
  // 4011 (the firewall of the host swallows what comes there).
  'plain-dhcp-option-60': () => ({ role: 'both', boot4011: 'dead', answersClass: 'any', tftp: 'off' }),

  // P-6: no option 43, every machine comes to 4011. Known machines
  // are `own`; others can be made to wait by `minimumSecs`.
  wds: ({ address }) => redirect(address, 'boot\\x64\\wdsnbp.com', 'boot\\x64\\wdsmgfw.efi'),

  // P-7: its own machines (`own`) at once, all others after some
  // retries. 10 s: the third DISCOVER of a machine that follows the specification (0, 4, 12 s).
  itcm: () => ({ ...complete('itcm.0', 'itcm.efi'), minimumSecs: 10 }),

  // P-8: DHCP servers with halves of one scope, of which the one that was not selected refuses the
  // address of the other half. Without a pool it is the half whose addresses are all taken: it offers nothing.
  'split-scope-pair': ({ pool }) => ({
    role: 'dhcp',
    answers: pool ? 'nak-others' : 'silent-but-nak-others',
    boot4011: 'closed',
    tftp: 'off',
  }),
} satisfies Record<string, MakePreset>

export type PresetName = keyof typeof PRESET_FIELDS
const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESET_FIELDS, name)
export const PRESETS: readonly PresetName[] = Object.keys(PRESET_FIELDS).filter(isPreset)

/** Where neither the file nor a preset says. */
const USUAL = { boot4011: 'closed', answers: 'normal', answersClass: 'any', tftp: 'off' } as const

export type CompleteForm = ForeignForm & Pick<Required<Given>, keyof typeof USUAL>

/** File before preset before what is usual. */
export const withPreset = (form: ForeignForm): CompleteForm => {
  const given = written(form) as Given
  return {
    ...USUAL,
    // A proxy answers PXE clients only (S-1), and files are there to be served.
    ...(given.role === 'proxy' ? { answersClass: 'pxe' as const } : {}),
    ...((given.reply ?? given.discovery) ? { boot4011: 'alive' as const } : {}),
    ...((given.files ?? given.images) ? { tftp: 'on' as const } : {}),
    ...(form.preset === undefined ? {} : presetFor(form.preset, given)),
    ...given,
  } as CompleteForm
}

const presetFor = (name: PresetName, given: Given): Preset => {
  const preset = PRESET_FIELDS[name](given)
  // Boot information of the file's own makes what a preset says for some architectures, or on 4011, untrue.
  const isOwn = given.bootFile !== undefined || given.options !== undefined
  return isOwn ? { ...preset, ...NOT_ITS_OWN } : preset
}

const NOT_ITS_OWN = { byArchitecture: undefined, reply: undefined, discovery: undefined }
