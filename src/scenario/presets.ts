/**
 * Known products and situations (facts/field.md A.2) as the fields a `foreign` server would need to be written like
 * them. What the file says itself counts before a preset. Models the packets a boot sees, not the products.
 */
import type { ForeignForm } from './format-foreign.ts'
import type { PresetName } from './model-foreign.ts'

type Preset = Pick<
  Partial<ForeignForm>,
  | 'role'
  | 'options'
  | 'bootFile'
  | 'boot4011'
  | 'answers'
  | 'answersClass'
  | 'tftp'
  | 'files'
  | 'delay'
  | 'nextServer'
  | 'byArchitecture'
  | 'minimumSecs'
  | 'reply'
>

const FILE_SIZE = 65_536
const filesOf = (...names: string[]): Record<string, number> =>
  Object.fromEntries(names.map(name => [name, FILE_SIZE]))

/** 43.6 = 8: no discovery, boot the file at once (PXE 2.1 §2.2.3). */
const COMPLETE = { 43: { discoveryControl: 8 } }
const BIOS = ['x86-bios' as const]

/** The file is named on 4011 only, so that every machine must come there. */
const redirect = (biosFile: string, uefiFile: string): Preset => ({
  role: 'proxy',
  boot4011: 'alive',
  reply: { bootFile: uefiFile },
  answersClass: 'pxe',
  tftp: 'on',
  files: filesOf(biosFile, uefiFile),
  byArchitecture: [{ arches: BIOS, reply: { bootFile: biosFile } }],
})

/** Complete by itself for BIOS machines, while UEFI machines are sent to 4011. */
const redirectUefi = (biosFile: string, uefiFile: string): Preset => ({
  ...redirect(biosFile, uefiFile),
  byArchitecture: [{ arches: BIOS, options: COMPLETE, bootFile: biosFile }],
})

const complete = (biosFile: string, uefiFile: string): Preset => ({
  role: 'proxy',
  boot4011: 'closed',
  options: COMPLETE,
  bootFile: uefiFile,
  answersClass: 'pxe',
  tftp: 'on',
  files: filesOf(biosFile, uefiFile),
  byArchitecture: [{ arches: BIOS, bootFile: biosFile }],
})

export const PRESET_FIELDS: Readonly<Record<PresetName, Preset>> = {
  /** S-21, S-22: to UEFI machines no option 43, so that they come to 4011 for the file. */
  'dnsmasq-proxy': redirectUefi('pxelinux.0', 'bootx64.efi'),
  pixiecore: redirectUefi('pixiecore.0', 'pixiecore.efi'),
  /** ACKs a netboot client's REQUEST without comparing option 54. */
  'smee-proxy': { ...complete('undionly.kpxe', 'snp.efi'), answers: 'ack-others' },
  /** One socket on port 67, fixed options, one file for everybody. */
  'pypxe-proxy': { ...complete('pxelinux.0', 'pxelinux.0'), byArchitecture: undefined },
  /** Somebody set option 60 and nothing serves 4011. */
  'plain-dhcp-option-60': {
    role: 'dhcp',
    options: { classIdentifier: 'PXEClient' },
    boot4011: 'dead',
    tftp: 'off',
  },
  wds: redirect('boot\\x64\\wdsnbp.com', 'boot\\x64\\wdsmgfw.efi'),
  /** Its own machines (`own`) at once, others only after retries. */
  itcm: { ...complete('itcm.0', 'itcm.efi'), minimumSecs: 4 },
  /** The half that has no free address for the machine, but refuses what the other half leased. */
  'split-scope-pair': { role: 'dhcp', answers: 'silent-but-nak-others', boot4011: 'closed', tftp: 'off' },
}

/** Where neither the file nor a preset says. */
const USUAL = { boot4011: 'closed', answers: 'normal', answersClass: 'any', tftp: 'off' } as const

type Given = { readonly [K in keyof ForeignForm]: Exclude<ForeignForm[K], undefined> }
export type CompleteForm = ForeignForm & Pick<Required<Given>, keyof typeof USUAL>

/** File before preset before what is usual. */
export const withPreset = (form: ForeignForm): CompleteForm => {
  const given = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined)) as Given
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
  const preset = PRESET_FIELDS[name]
  // A redirecting proxy names itself, as that is where machines are to come (S-22).
  const here = preset.role === 'proxy' ? { nextServer: given.address } : {}
  // Boot information of the file's own makes what a preset says for some architectures, or on 4011, untrue.
  const isOwn = given.bootFile !== undefined || given.options !== undefined
  return { ...here, ...preset, ...(isOwn ? { byArchitecture: undefined, reply: undefined } : {}) }
}
