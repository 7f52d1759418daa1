/**
 * iPXE: one boot from start to end, as rules I-1 … I-26 tell it. Reads top-down: configure, then a PXE menu if
 * there is one, else the file that the settings name, then start it; and from the start again if the file is iPXE.
 * Does not model the shell, scripts, SAN boot, HTTP or IPv6 (beyond the time that IPv6 takes).
 */
import { ANY_IP4 } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import { MILLISECOND } from '../../core/micros.ts'
import { named, phrase } from '../../core/wording.ts'
import { type ArchitectureName, architectureNumber } from '../../wire/pxe/client.ts'
import { PXE_TAG } from '../../wire/pxe/vendor-options.ts'
import { type Executable, executableIn } from '../../wire/executable.ts'
import type { BootRecord, Firmware, Pc, Script, StackTraits } from '../pc.ts'
import { findBootServer } from './boot-servers.ts'
import { configure } from './configure.ts'
import { type BootFile, download, isTold, locate } from './download.ts'
import { chooseFromMenu, entriesOf, hasMenu } from './menu.ts'
import { type ProblemName, banner, problemCode, problemText } from './messages.ts'
import { type IpxeProfile, type Platform, ipxeProfile, platformOf } from './profile.ts'
import { fileNameOf } from './reply.ts'
import { TickClock } from './retry-timer.ts'
import type { Rom } from './session.ts'
import { type Block, Settings } from './settings.ts'

/** I-16: nothing in iPXE ends a chain of loading itself; the simulator does after so many rounds. */
export const MAX_CHAIN_ROUNDS = 8

const STACK: StackTraits = {
  // I-1: flags are 0, so a unicast offer is taken.
  acceptsUnicastUnconfigured: true,
  // I-21: it knows no ICMP unreachable in either direction.
  sendsPortUnreachable: false,
  ttl: 64,
  // Five requests of ⅛ s, doubling, given up after 3.9 s; here with equal pauses.
  arp: { tries: 5, interval: 775 * MILLISECOND },
}

export const ipxeFirmware = (profileName: string, architecture: ArchitectureName): Firmware => {
  const profile = ipxeProfile(profileName)
  const platform = platformOf(architecture)
  const number = architectureNumber(architecture)
  return {
    family: 'ipxe',
    profile: profile.name,
    stack: STACK,
    boot: (pc, record) => boot(pc, record, profile, platform, number),
  }
}

/** How an attempt ended. `hung`: the file was started and was none for this machine. */
type End =
  | { readonly kind: 'booted' | 'localDisk' | 'hung' | 'chain' }
  /** `lineOpen`: whatever is printed next stands behind what was printed last. */
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly lineOpen?: boolean }

function* boot(
  pc: Pc,
  record: BootRecord,
  profile: IpxeProfile,
  platform: Platform,
  architecture: number,
): Script {
  const clock = new TickClock(platform.tick, pc.random.below(platform.tick.micros))
  // I-15: a chain-loaded iPXE inherits the packets of its loader as settings, until its own ACK.
  const settings = new Settings()
  let end: End = { kind: 'chain' }
  for (let round = 1; end.kind === 'chain' && round <= MAX_CHAIN_ROUNDS; round++) {
    if (round > 1) pc.configure(undefined)
    pc.print(banner(profile))
    const rom: Rom = { pc, record, profile, platform, architecture, clock, settings, address: ANY_IP4 }
    end = yield* netboot(rom)
  }
  conclude(pc, record, end)
}

const conclude = (pc: Pc, record: BootRecord, end: End): void => {
  record.outcome = end.kind === 'booted' || end.kind === 'localDisk' ? end.kind : 'failed'
  if (end.kind === 'failed') record.code = end.code
  const goodbye = 'No more network devices'
  if (end.kind === 'failed' && end.lineOpen) pc.append(goodbye)
  else if (end.kind === 'failed' || end.kind === 'localDisk') pc.print(goodbye)
  if (end.kind === 'chain') {
    pc.print(`[iPXE has loaded itself ${MAX_CHAIN_ROUNDS} times; a real machine would never stop]`)
    pc.because(
      'I-16',
      'The server sends iPXE to a client that already is iPXE (option 77 is iPXE), so it loads itself endlessly.',
    )
  }
}

function* netboot(rom: Rom): Script<End> {
  const { pc, settings } = rom
  if (!(yield* configure(rom))) return failed(rom, 'notConfigured')
  if (hasMenu(settings)) {
    rom.record.pxeServer = settings.withPxeTag(PXE_TAG.bootMenu)?.reply.pseudoId
    pc.print('Booting from PXE menu')
    return rom.platform.hasMenu ? yield* bootFromMenu(rom) : menuWithoutCode(rom)
  }
  const block = settings.withFileName()
  if (!block) {
    pc.because('I-13', 'Neither the DHCP server nor a PXE server named a boot file.')
    return nothingToBoot(rom)
  }
  tellWhoseFile(rom, block)
  const file = locate(rom, block.reply)
  return file ? yield* fetchAndStart(rom, file) : nothingToBoot(rom)
}

/** I-13. */
const tellWhoseFile = (rom: Rom, { name, reply }: Block): void => {
  const server = named(reply.pseudoId)
  const other = rom.settings.get(name === 'net0.dhcp' ? 'proxydhcp' : 'net0.dhcp')?.reply
  const contested = other !== undefined && fileNameOf(other) !== undefined
  const whose =
    name === 'net0.dhcp' ? phrase`the DHCP server (${server})` : phrase`the PXE server (${server})`
  rom.pc.because(
    'I-13',
    contested
      ? phrase`Both the DHCP server and the PXE server name a file; the settings of ${whose} take precedence, so its file is used.`
      : phrase`The file name comes from ${whose}; no other server names one.`,
  )
}

const failed = (rom: Rom, problem: ProblemName): End => ({
  kind: 'failed',
  code: problemCode(problem, rom.platform),
})

const nothingToBoot = (rom: Rom): End => {
  rom.pc.print(`Nothing to boot: ${problemText('nothingToBoot', rom.profile, rom.platform)}`)
  return failed(rom, 'nothingToBoot')
}

function* bootFromMenu(rom: Rom): Script<End> {
  const { pc, settings } = rom
  pc.because('I-12', 'A PXE menu was received (43.9), and no option tells iPXE to skip it.')
  const type = yield* chooseFromMenu(rom)
  if (type === 0) {
    pc.because('I-18', 'That entry has type 0: boot from the local disk.')
    return { kind: 'localDisk' }
  }
  const search = yield* findBootServer(rom, type)
  if (search === 'nobodyToAsk') return { kind: 'failed', code: undefined, lineOpen: true }
  if (search === 'silent') return failed(rom, 'bootServerTimeout')
  const reply = settings.get('pxebs')?.reply
  const file = reply && locate(rom, reply)
  // I-26: a boot server that names no next server ends the attempt without a word.
  return file ? yield* fetchAndStart(rom, file) : { kind: 'failed', code: undefined }
}

/**
 * I-12: an EFI build sees the menu, has no code for it, and gives up without an error code. If the first
 * entry is "boot locally" (type 0), as an NBS sends to a machine that is to go to production, then this is what was
 * wanted: the next boot device is the disk, and the screen is the same as on a BIOS build that took the entry. So it
 * counts as `localDisk`; any other menu is a boot that failed.
 */
const menuWithoutCode = (rom: Rom): End => {
  const first = entriesOf(rom.settings)[0]
  const local = first?.type === 0
  rom.pc.because(
    'I-12',
    local
      ? 'A UEFI build cannot show a PXE menu; it exits to the next boot device, which is what the first entry (local boot) asks for.'
      : 'A UEFI build cannot show a PXE menu and gives up.',
  )
  return local ? { kind: 'localDisk' } : { kind: 'failed', code: undefined }
}

function* fetchAndStart(rom: Rom, file: BootFile): Script<End> {
  const content = yield* download(rom, file)
  if (typeof content === 'string')
    return isTold(content, rom) ? failed(rom, content) : { kind: 'failed', code: undefined }
  rom.record.content = content
  return start(rom, file, content)
}

const start = (rom: Rom, file: BootFile, content: Uint8Array): End => {
  const { pc, platform } = rom
  const shown = printable(baseName(file.name))
  if (isIpxe(file.name)) {
    pc.print(`${shown} : ${content.length} bytes`)
    pc.because('I-16', `The file ${shown} is iPXE itself: it starts again and sends a new DISCOVER.`)
    return { kind: 'chain' }
  }
  const size = `${shown} : ${content.length} bytes`
  if (content.length === 0) return refuse(rom, 'notExecutable')
  const what = executableIn(content)
  if (what?.kind === 'script') {
    pc.print(`${size} [script]`)
    return { kind: 'booted' }
  }
  return platform.kind === 'bios' ? startBios(rom, size, what) : startEfi(rom, size, what)
}

/** I-23: a BIOS build starts whatever it got. */
const startBios = ({ pc }: Rom, size: string, what: Executable | undefined): End => {
  const efi = what?.kind === 'pe' || what?.kind === 'dos'
  pc.print(`${size} [PXE-NBP${efi ? ' (may be EFI?)' : ''}]`)
  if (efi) pc.because('I-23', 'The file is an EFI program: a BIOS build starts it anyway and hangs.')
  return { kind: efi ? 'hung' : 'booted' }
}

/** I-23, I-30. */
const startEfi = (rom: Rom, size: string, what: Executable | undefined): End => {
  const { pc, platform } = rom
  if (what?.kind === 'binary' || what?.kind === 'dos') {
    pc.print(size)
    pc.because('I-30', 'The file has no PE header, like BIOS boot programs: a UEFI build cannot start it.')
    return refuse(rom, 'notExecutable')
  }
  pc.print(`${size} [EFIPE]`)
  const made = what?.kind === 'pe' ? what.processor : platform.processor
  if (made === platform.processor || made === 'ebc') return { kind: 'booted' }
  pc.because('I-23', `The file is for a processor other than ${platform.processor}.`)
  return refuse(rom, 'wrongProcessor')
}

const refuse = (rom: Rom, problem: ProblemName): End => {
  rom.pc.print(`Could not boot image: ${problemText(problem, rom.profile, rom.platform)}`)
  return failed(rom, problem)
}

const baseName = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

/** File names under which iPXE is usually served. */
export const isIpxe = (path: string): boolean =>
  /^(ipxe|undionly|snponly|snp)([-_.][\w-]*)?\.(kpxe|kkpxe|kkkpxe|pxe|efi|lkrn)$/i.test(baseName(path))
