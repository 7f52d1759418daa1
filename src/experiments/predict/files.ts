/**
 * TFTP as the capture shows it, for a replayed machine: a file that was served is served, an error is repeated, silence
 * stays silence. The content is a placeholder of one block that says for which processor it is; a file that nobody
 * asked for is there if an offer named it. Does not know DHCP.
 */
import type { Boot } from '../../analysis/analyzer.ts'
import {
  type FileArchitecture,
  describeArchitecture,
  cannotRunOn,
  architectureOfClient,
  architectureOfName,
} from '../../analysis/conversations/architecture.ts'
import { allOffers } from '../../analysis/conversations/conversation.ts'
import { quoted, sameFile } from '../../analysis/words.ts'
import { type Ip4, formatIp4 } from '../../core/address.ts'
import { MILLISECOND, type Micros } from '../../core/micros.ts'
import { type Processor, peHeaderFor } from '../../wire/executable.ts'
import { decodeTftp, encodeTftp } from '../../wire/tftp/codec.ts'
import { TFTP_ERROR, type TftpPacket } from '../../wire/tftp/packet.ts'
import type { ReplayHost, SentDatagram } from './host.ts'
import { UNKNOWN_FILE } from './replayed.ts'
import { type SeenFile, SeenServers } from './seen-servers.ts'

const TURN: Micros = MILLISECOND
/** The transfer's own port is told from the client's. */
const SERVER_PORT = 20_000

interface Sending {
  readonly content: Uint8Array
  /** Default: the address that was asked. */
  readonly from: Ip4 | undefined
}

export class ReplayedFiles {
  readonly #boot: Boot
  readonly #seen: SeenServers
  readonly #own = new SeenServers()
  readonly #assumed: Set<string>
  /** By the client's port: what is being sent. */
  readonly #open = new Map<number, Sending>()

  constructor(boot: Boot, seen: SeenServers, assumed: Set<string>) {
    this.#boot = boot
    this.#seen = seen
    this.#own.note(boot)
    this.#assumed = assumed
  }

  receive(sent: SentDatagram, host: ReplayHost, isRequest: boolean): void {
    const result = decodeTftp(sent.payload)
    if (!result.ok) return
    const packet = result.value
    if (isRequest && packet.kind === 'rrq') this.#request(packet, sent, host)
    else if (packet.kind === 'ack' && packet.block === 0) {
      const sending = this.#open.get(sent.fromPort)
      if (sending) this.#say(sent, host, { kind: 'data', block: 1, bytes: sending.content })
    }
  }

  #request(packet: Extract<TftpPacket, { kind: 'rrq' | 'wrq' }>, sent: SentDatagram, host: ReplayHost): void {
    const { ip, port } = sent.to
    // What this very machine met counts before what others met at other times.
    const seen =
      this.#own.file(ip, packet.file) ?? this.#seen.file(ip, packet.file) ?? this.#assume(sent, packet.file)
    if (seen.kind === 'silent') return
    if (seen.kind === 'refused')
      return host.after(TURN, () => host.refuse(sent.fromPort, seen.cause, { ip, port }))
    if (seen.kind === 'error')
      return this.#say(sent, host, { kind: 'error', code: seen.code, message: seen.text })
    const content = this.#contentOf(packet.file, seen.make)
    this.#open.set(sent.fromPort, { content, from: seen.from })
    const asked = seen.knowsOptions ? packet.options : []
    const options = asked.flatMap(([name, value]): (readonly [string, string])[] => {
      const key = name.toLowerCase()
      if (key === 'tsize') return [[name, String(content.length)]]
      if (key === 'blksize') return [[name, String(Number(value) + seen.raisesBlockSize)]]
      return key === 'windowsize' || key === 'timeout' ? [[name, value]] : []
    })
    this.#say(
      sent,
      host,
      options.length > 0 ? { kind: 'oack', options } : { kind: 'data', block: 1, bytes: content },
    )
  }

  /** Loaders look for many files and do well without: only what somebody named is there. */
  #assume(sent: SentDatagram, file: string): SeenFile {
    const replies = [
      ...allOffers(this.#boot),
      ...this.#boot.exchanges.flatMap(({ acks }) => acks),
      ...this.#boot.asks4011.flatMap(ask => ask.replies),
    ]
    const isNamed = replies.some(reply => reply.file !== undefined && sameFile(reply.file, file))
    if (!isNamed && file !== UNKNOWN_FILE) return NOT_FOUND
    const which = file === UNKNOWN_FILE ? 'of the file that it names' : `of ${quoted(file)}`
    this.#assumed.add(`TFTP from ${formatIp4(sent.to.ip)} ${which}`)
    return { ...WORKING, make: architectureOfName(file) }
  }

  #contentOf(file: string, make: FileArchitecture | undefined): Uint8Array {
    const client = architectureOfClient(this.#boot.architecture)
    // A BIOS program has no header to tell; for UEFI firmware it must at least not be its own.
    if (make === 'bios' && client !== undefined && client !== 'bios') {
      this.#assumed.add(`${quoted(file)} is for ${describeArchitecture(make)}, by its name`)
      return peHeaderFor(client === 'ia32-uefi' ? 'x64' : 'ia32')
    }
    const processor =
      make !== undefined && client !== undefined && cannotRunOn(client, make) ? PROCESSORS[make] : undefined
    return processor ? peHeaderFor(processor) : new Uint8Array(64).fill(0x2e)
  }

  #say(sent: SentDatagram, host: ReplayHost, packet: TftpPacket): void {
    const ip = this.#open.get(sent.fromPort)?.from ?? sent.to.ip
    const from = { ip, port: SERVER_PORT + (sent.fromPort % 20_000) }
    host.after(TURN, () => {
      const [address] = host.interfaces[0]!.addresses
      if (address) host.deliver({ from, to: address.ip, port: sent.fromPort, payload: encodeTftp(packet) })
    })
  }
}

const WORKING = { kind: 'served', knowsOptions: true, raisesBlockSize: 0, from: undefined } as const
const NOT_FOUND: SeenFile = { kind: 'error', code: TFTP_ERROR.fileNotFound, text: 'File not found' }

/** Whose header stands in the placeholder. */
const PROCESSORS: Readonly<Partial<Record<FileArchitecture, Processor>>> = {
  'ia32-uefi': 'ia32',
  'x64-uefi': 'x64',
  'arm32-uefi': 'arm32',
  'arm64-uefi': 'arm64',
}
