/**
 * Fetching the boot file (I-14, I-21, I-22): from a file name and a next server to an address, and from there to
 * bytes. HTTP is not simulated: such a name ends as it does where no web server listens. Does not start the file.
 */
import { ANY_IP4, type Ip4, formatIp4, parseIp4 } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import { SECOND } from '../../core/micros.ts'
import type { Micros } from '../../core/micros.ts'
import { named, phrase } from '../../core/wording.ts'
import { TFTP_ERROR, TFTP_PORT } from '../../wire/tftp/packet.ts'
import type { Script } from '../pc.ts'
import { type TftpOutcome, type TftpRequest, tftpGet } from '../tftp-get.ts'
import { withDots } from './configure.ts'
import { type ProblemName, problemText } from './messages.ts'
import { type Reply, fileNameOf } from './reply.ts'
import { UNITS_PER_SECOND } from './retry-timer.ts'
import { linkedTo } from './route.ts'
import { type Rom, idle } from './session.ts'

/** Where a file is: on a TFTP server, or somewhere that is not simulated. */
export type Location =
  | { readonly scheme: 'tftp'; readonly server: Ip4; readonly port: number; readonly path: string }
  | { readonly scheme: 'other' }

export interface BootFile {
  readonly name: string
  /** As the screen shows it. */
  readonly url: string
  readonly at: Location
}

/** I-14: name and server of one packet. Prints what it found; undefined if that makes no address. */
export const locate = (rom: Rom, reply: Reply): BootFile | undefined => {
  const { pc, record } = rom
  const name = fileNameOf(reply) ?? ''
  const server = reply.siaddr
  if (server !== ANY_IP4) pc.print(`Next server: ${formatIp4(server)}`)
  if (name !== '') pc.print(`Filename: ${printable(name)}`)
  const file = bootFileOf(name, server)
  if (name === '') pc.because('I-14', 'The packet has a file name, but an empty one.')
  else if (!file)
    pc.because(
      'I-14',
      phrase`${named(reply.pseudoId)} names the file ${printable(name)} but no next server (siaddr), and iPXE uses no other address.`,
    )
  record.file = name === '' ? undefined : name
  record.pxeServer = reply.pseudoId
  record.transfer = file?.at.scheme === 'tftp' ? { kind: 'tftp', server: file.at.server } : undefined
  return file
}

const bootFileOf = (name: string, server: Ip4): BootFile | undefined => {
  if (name === '') return undefined
  // A hierarchical URI only: `C:\…` is a path.
  const uri = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)(.*)$/is.exec(name)
  if (uri) return { name, url: printable(name), at: locationOf(uri[1]!, uri[2]!, uri[3]!) }
  if (server === ANY_IP4) return undefined
  const url = `tftp://${formatIp4(server)}/${escaped(name)}`
  return { name, url, at: { scheme: 'tftp', server, port: TFTP_PORT, path: name } }
}

const locationOf = (scheme: string, host: string, path: string): Location => {
  const [address = '', port] = host.split(':')
  const server = parseIp4(address)
  // A name would have to be asked of DNS, which is not simulated either.
  if (scheme.toLowerCase() !== 'tftp' || server === undefined) return { scheme: 'other' }
  return { scheme: 'tftp', server, port: Number(port) || TFTP_PORT, path: path.slice(1) }
}

const escaped = (path: string): string =>
  path.replace(
    /[^\w\-.~!$&'()*+,;=:@/]/g,
    char => `%${(char.charCodeAt(0) & 0xff).toString(16).toUpperCase().padStart(2, '0')}`,
  )

/** The bytes, or what was wrong. */
export function* download(rom: Rom, file: BootFile): Script<Uint8Array | ProblemName> {
  const { pc, profile, platform } = rom
  pc.print(`${file.url}...`)
  const result = yield* withDots(pc, fetch(rom, file), { quietOnceHeard: true })
  if (typeof result !== 'string') pc.append(' ok')
  else if (isTold(result, rom)) pc.append(` ${problemText(result, profile, platform)}`)
  return result
}

/** I-25: some builds say nothing when a web server is silent. */
export const isTold = (problem: ProblemName, { profile }: Rom): boolean =>
  problem !== 'httpTimeout' || profile.tellsHttpTimeout

function* fetch(rom: Rom, { at, url }: BootFile): Script<Uint8Array | ProblemName> {
  const waits = retryWaits(rom)
  if (at.scheme === 'other') {
    rom.pc.because(
      'I-14',
      `The file name is the URL ${url}; the lab has no such server, so there is no answer.`,
    )
    yield* idle(rom.pc, rom.pc.now() + waits.reduce((sum, wait) => sum + wait, 0))
    return 'httpTimeout'
  }
  const outcome = yield* tftpGet(rom.pc, { ...requestOf(at, waits), through: to => linkedTo(rom, to) })
  return outcome.type === 'done' ? outcome.bytes : explain(rom, outcome)
}

/** I-21. */
const requestOf = (at: Location & { readonly scheme: 'tftp' }, waits: readonly Micros[]): TftpRequest => ({
  server: { ip: at.server, port: at.port },
  file: at.path,
  options: [
    ['blksize', '1432'],
    ['tsize', '0'],
  ],
  waits,
  // The first answer fixes address and port, whoever it is from.
  sourceCheck: 'none',
  repliesTo: 'source',
  strangers: 'ignore',
  raisedOption: 'accept',
  unaskedOption: 'accept',
  onUnreachable: 'ignore',
  onNoRoute: 'ignore',
})

const RETRY_SECONDS = [0.25, 0.5, 1, 2, 4, 8]

/** Each on a tick of the clock, as a whole number of them. */
const retryWaits = ({ platform: { tick } }: Rom): Micros[] =>
  RETRY_SECONDS.map(seconds => Math.ceil((seconds * UNITS_PER_SECOND) / tick.units) * tick.micros)

const explain = (rom: Rom, fault: TftpOutcome & { readonly type: 'failed' }): ProblemName => {
  if (fault.cause === 'error-packet') {
    rom.pc.because('I-22', `The TFTP server refused the file with ERROR ${fault.code}.`)
    return errorProblem(rom, fault.code)
  }
  if (fault.cause !== 'timeout') return 'tftpInvalid'
  const seconds = Math.round(retryWaits(rom).reduce((sum, wait) => sum + wait, 0) / SECOND)
  rom.pc.because(
    'I-21',
    fault.answered
      ? `The TFTP server stopped answering in the middle of the file, for ${seconds} s.`
      : `The TFTP server did not answer for ${seconds} s; iPXE ignores ICMP errors.`,
  )
  return 'tftpTimeout'
}

/** I-22. */
const errorProblem = (rom: Rom, code: number): ProblemName => {
  if (code === TFTP_ERROR.fileNotFound) return rom.profile.tellsNotFound ? 'tftpNotFound' : 'tftpNotFoundOld'
  if (code === TFTP_ERROR.accessViolation) return 'tftpDenied'
  return code === TFTP_ERROR.illegalOperation ? 'tftpIllegal' : 'tftpOther'
}
