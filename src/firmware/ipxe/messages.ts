/**
 * What iPXE prints: the texts and codes of I-24. A code is error number,
 * source file and variant, and ends in a byte that is the platform's own error number: it differs between BIOS and
 * EFI. Does not print.
 */
import type { IpxeProfile, Platform } from './profile.ts'

/** The first six digits of the code, and the last two on BIOS and on EFI. */
interface Problem {
  readonly text: string
  readonly code: string
  readonly bios: string
  readonly efi: string
}

const TIMED_OUT = { text: 'Connection timed out', bios: '35', efi: '92' }
const NO_SUCH_FILE = { text: 'No such file or directory', bios: '3b', efi: '8e' }

export const PROBLEM = {
  notConfigured: { text: 'No configuration methods succeeded', code: '040ee1', bios: '19', efi: '86' },
  nothingToBoot: { ...NO_SUCH_FILE, code: '2d03e1' },
  tftpNotFound: { ...NO_SUCH_FILE, text: 'Not found', code: '2d1261' },
  /** Builds before 2024 do not tell it from any other missing thing. */
  tftpNotFoundOld: { ...NO_SUCH_FILE, code: '2d1260' },
  tftpTimeout: { ...TIMED_OUT, code: '4c1260' },
  tftpDenied: { text: 'Permission denied', code: '021260', bios: '3c', efi: '8f' },
  /** ERROR 4; the byte for BIOS is the general failure. Not seen; derived from the scheme of the others. */
  tftpIllegal: { text: 'Inappropriate I/O control operation', code: '3d1260', bios: '01', efi: '83' },
  tftpOther: { text: 'Operation not supported', code: '3c1260', bios: '03', efi: '83' },
  /** A DATA or OACK that makes no sense; derived from the scheme. */
  tftpInvalid: { text: 'Invalid argument', code: '1c1260', bios: '02', efi: '82' },
  httpTimeout: { ...TIMED_OUT, code: '4c0a60' },
  bootServerTimeout: { ...TIMED_OUT, code: '4c1060' },
  /** An empty file; derived from the scheme. */
  notExecutable: { text: 'Exec format error', code: '2e0080', bios: '01', efi: '81' },
  /** I-23: an EFI build given a file for another processor. */
  wrongProcessor: { text: 'Error 0x7f048183', code: '7f0481', bios: '83', efi: '83' },
} as const satisfies Record<string, Problem>

export type ProblemName = keyof typeof PROBLEM

export const problemCode = (name: ProblemName, platform: Platform): string =>
  PROBLEM[name].code + PROBLEM[name][platform.kind]

/** `Not found (https://ipxe.org/2d12613b)`. */
export const problemText = (name: ProblemName, profile: IpxeProfile, platform: Platform): string =>
  `${PROBLEM[name].text} (${profile.errorLink}${problemCode(name, platform)})`

export const banner = (profile: IpxeProfile): string =>
  `iPXE (${profile.name}) -- ${profile.errorLink.slice(0, -1)}`
