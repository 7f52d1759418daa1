/**
 * Known products and situations (facts/field.md A.2) as the fields a `foreign` server would need to be written like
 * them. What the file says itself counts before a preset. Models the packets a boot sees, not the products.
 */
import type { ForeignForm } from './format-servers.ts'
import type { PresetName } from './model-foreign.ts'

type Preset = Pick<
  Partial<ForeignForm>,
  'role' | 'options' | 'bootFile' | 'boot4011' | 'answers' | 'answersClass' | 'tftp' | 'files' | 'delay'
>

const FILE_SIZE = 65_536
/** 43.6 = 8: no discovery, boot the file at once (PXE 2.1 §2.2.3). */
const COMPLETE = { 43: { discoveryControl: 8 } }

export const PRESET_FIELDS: Readonly<Record<PresetName, Preset>> = {
  /** S-22: to UEFI machines no option 43, so that they come to 4011 for the file. */
  'dnsmasq-proxy': {
    role: 'proxy',
    boot4011: 'alive',
    bootFile: 'bootx64.efi',
    answersClass: 'pxe',
    tftp: 'on',
    files: { 'bootx64.efi': FILE_SIZE },
  },
  /** The same trick for EFI. */
  pixiecore: {
    role: 'proxy',
    boot4011: 'alive',
    bootFile: 'pixiecore.efi',
    answersClass: 'pxe',
    tftp: 'on',
    files: { 'pixiecore.efi': FILE_SIZE },
  },
  /** ACKs a netboot client's REQUEST without comparing option 54. */
  'smee-proxy': {
    role: 'proxy',
    options: COMPLETE,
    bootFile: 'snp.efi',
    boot4011: 'closed',
    answersClass: 'pxe',
    answers: 'ack-others',
    tftp: 'on',
    files: { 'snp.efi': FILE_SIZE },
  },
  /** One socket on port 67, fixed options. */
  'pypxe-proxy': {
    role: 'proxy',
    options: COMPLETE,
    bootFile: 'pxelinux.0',
    boot4011: 'closed',
    answersClass: 'pxe',
    tftp: 'on',
    files: { 'pxelinux.0': FILE_SIZE },
  },
  /** Somebody set option 60 and nothing serves 4011. */
  'plain-dhcp-option-60': {
    role: 'dhcp',
    options: { classIdentifier: 'PXEClient' },
    boot4011: 'dead',
    tftp: 'off',
  },
  /** Redirects to 4011 and names its boot program there. */
  wds: {
    role: 'proxy',
    boot4011: 'alive',
    bootFile: 'boot\\x64\\wdsmgfw.efi',
    answersClass: 'pxe',
    tftp: 'on',
    files: { 'boot\\x64\\wdsmgfw.efi': FILE_SIZE },
  },
  /** The half that has no free address for the machine, but refuses what the other half leased. */
  'split-scope-pair': { role: 'dhcp', answers: 'silent-but-nak-others', boot4011: 'closed', tftp: 'off' },
}

/** Where neither the file nor a preset says. */
const USUAL = { boot4011: 'closed', answers: 'normal', answersClass: 'any', tftp: 'off' } as const

type Given = { readonly [K in keyof ForeignForm]: Exclude<ForeignForm[K], undefined> }
export type CompleteForm = ForeignForm & Pick<Required<Given>, keyof typeof USUAL>

/** File before preset before what is usual. */
export const withPreset = (form: ForeignForm): CompleteForm => {
  const preset = form.preset === undefined ? {} : PRESET_FIELDS[form.preset]
  const given = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined)) as Given
  return {
    ...USUAL,
    // A proxy answers PXE clients only (S-1), and files are there to be served.
    ...(given.role === 'proxy' ? { answersClass: 'pxe' as const } : {}),
    ...(given.files ? { tftp: 'on' as const } : {}),
    ...preset,
    ...given,
  } as CompleteForm
}
