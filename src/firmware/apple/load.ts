/**
 * What a Mac loads by TFTP, in the order of its generation: boot file, then what that file asks for. Does
 * not mount the root: HTTP, NFS and AFP leave this project's sight.
 */
import { printable } from '../../core/bytes.ts'
import { named, phrase } from '../../core/wording.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import type { Script } from '../pc.ts'
import { type TftpOutcome, tftpGet } from '../tftp-get.ts'
import type { BootSource } from './answers.ts'
import { LINE, SIGN } from './display.ts'
import type { Mac } from './mac.ts'
import type { AppleProfile } from './profile.ts'

export function* load(mac: Mac, source: BootSource): Script {
  const { record, profile } = mac
  record.pxeServer = source.server
  record.transfer = { kind: 'tftp', server: source.tftpServer }
  record.file = source.file
  const booter = yield* fetch(mac, source, source.file)
  if (!booter) return fail(mac, SIGN.noServer)
  record.content = booter
  for (const step of stepsAfter(source.file, profile.generation)) {
    const found = yield* fetchFirst(mac, source, step.names)
    if (!found && step.needed) return fail(mac, SIGN.noSystem)
  }
  record.outcome = 'booted'
}

interface Step {
  /** The first that is there counts. */
  readonly names: readonly string[]
  readonly needed: boolean
}

/** */
const stepsAfter = (file: string, generation: AppleProfile['generation']): Step[] => {
  const own = folderOf(file)
  const parent = folderOf(own.slice(0, -1))
  switch (generation) {
    case 'mac-os-9':
      return []
    case 'mach':
      return [
        { names: [`${own}mach.macosx`], needed: true },
        { names: [`${own}mach.macosx.mkext`], needed: false },
      ]
    case 'kernelcache':
      return [
        { names: [`${own}com.apple.Boot.plist`, `${parent}com.apple.Boot.plist`], needed: false },
        {
          names: [own, parent, 'System/Library/CoreServices/'].map(
            folder => `${folder}PlatformSupport.plist`,
          ),
          needed: false,
        },
        { names: [`${own}x86_64/kernelcache`], needed: true },
      ]
  }
}

/** With its slash. */
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)

function* fetchFirst(mac: Mac, source: BootSource, names: readonly string[]): Script<boolean> {
  for (const name of names) if (yield* fetch(mac, source, name)) return true
  return false
}

function* fetch(
  { pc, profile }: Mac,
  { tftpServer }: BootSource,
  file: string,
): Script<Uint8Array | undefined> {
  const outcome: TftpOutcome = yield* tftpGet(pc, {
    server: { ip: tftpServer, port: TFTP_PORT },
    file,
    options: profile.blockSize === 512 ? [] : [['blksize', String(profile.blockSize)]],
    waits: profile.tftpWaits,
  })
  if (outcome.type === 'done') return outcome.bytes
  const why = outcome.cause === 'error-packet' ? `: ${printable(outcome.message)}` : ` (${outcome.cause})`
  pc.because('A-30', phrase`${printable(file)} cannot be loaded from ${named(tftpServer)}${why}`)
  return undefined
}

const fail = ({ pc, record }: Mac, sign: string): void => {
  record.outcome = 'failed'
  record.code = sign
  pc.print(LINE.sign(sign))
}
