/**
 * TFTP as the capture shows it, for a replayed machine: a file that was served is served, an error is repeated, silence
 * stays silence. The content is the first bytes that were captured, else a placeholder that says for which processor it
 * is; a file that nobody asked for is there if an offer named it. Does not know DHCP.
 */
import type { Boot } from '../../analysis/analyzer.ts'
import {
  type FileArchitecture,
  describeArchitecture,
  cannotRunOn,
  architectureOfBytes,
  architectureOfClient,
  architectureOfName,
} from '../../analysis/conversations/architecture.ts'
import { allOffers } from '../../analysis/conversations/conversation.ts'
import { quoted, sameFile } from '../../analysis/words.ts'
import { type Ip4, formatIp4 } from '../../core/address.ts'
import { MILLISECOND, type Micros } from '../../core/micros.ts'
import { type Processor, peHeaderFor } from '../../wire/executable.ts'
import { decodeTftp, encodeTftp } from '../../wire/tftp/codec.ts'
import { TFTP_ERROR, type TftpOptions, type TftpPacket } from '../../wire/tftp/packet.ts'
import type { ReplayHost, SentDatagram } from './host.ts'
import { UNKNOWN_FILE } from './replayed.ts'
import { type SeenFile, type ServedFile, optionGiven } from './seen-files.ts'
import { SeenServers } from './seen-servers.ts'

const TURN: Micros = MILLISECOND
/** The transfer's own port is told from the client's. */
const SERVER_PORT = 20_000

interface Sending {
  /** Undefined: nothing more comes. */
  readonly content: Uint8Array | undefined
  /** Default: the address that was asked. */
  readonly from: Ip4 | undefined
}

export class ReplayedFiles {
  readonly #boot: Boot
  readonly #seen: SeenServers
  readonly #own = new SeenServers()
  readonly #assumed: Set<string>
  readonly #replaced: FileArchitecture | undefined
  /** By the client's port: what is being sent. */
  readonly #open = new Map<number, Sending>()

  /** `replaced`: the architecture of the firmware that stands in a machine of another one. */
  constructor(boot: Boot, seen: SeenServers, assumed: Set<string>, replaced: FileArchitecture | undefined) {
    this.#boot = boot
    this.#replaced = replaced
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
      if (sending?.content) this.#say(sent, host, { kind: 'data', block: 1, bytes: sending.content })
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
    const content = this.#contentOf(packet.file, seen)
    const asked = seen.knowsOptions ? packet.options : []
    const options = asked.flatMap(([name, value]): (readonly [string, string])[] => {
      const given = optionGiven(seen, name.toLowerCase(), value, content.length)
      return given === undefined ? [] : [[name, given]]
    })
    const stalls = this.#stalls(sent, seen, options)
    this.#open.set(sent.fromPort, { content: stalls ? undefined : content, from: seen.from })
    if (options.length > 0) this.#say(sent, host, { kind: 'oack', options })
    else this.#say(sent, host, { kind: 'data', block: 1, bytes: stalls ? new Uint8Array(512) : content })
  }

  /** Large frames were lost on the way; whether smaller ones are is not known. */
  #stalls(sent: SentDatagram, { stallsFrom }: ServedFile, options: TftpOptions): boolean {
    if (stallsFrom === undefined) return false
    const size = Number(options.find(([name]) => name.toLowerCase() === 'blksize')?.[1] ?? DEFAULT_BLOCK_SIZE)
    if (size >= stallsFrom) return true
    this.#assumed.add(`blocks of ${size} bytes from ${formatIp4(sent.to.ip)} arrive`)
    return false
  }

  /** Loaders look for many files and do well without: only what somebody named is there. */
  #assume(sent: SentDatagram, file: string): SeenFile {
    const replies = [
      ...allOffers(this.#boot),
      ...this.#boot.exchanges.flatMap(({ acks }) => acks),
      ...this.#boot.asks4011.flatMap(ask => ask.replies),
    ]
    const isNamed = replies.some(reply => reply.file !== undefined && sameFile(reply.file, file))
    const from = `TFTP from ${formatIp4(sent.to.ip)}`
    if (!isNamed && file !== UNKNOWN_FILE) {
      this.#assumed.add(`${from} has no ${quoted(file)}, which nobody asked for`)
      return NOT_FOUND
    }
    this.#assumed.add(
      file === UNKNOWN_FILE ? `${from} of the file that it names` : `${from} of ${quoted(file)}`,
    )
    return { ...WORKING, make: architectureOfName(file) }
  }

  #contentOf(file: string, { head, make }: ServedFile): Uint8Array {
    const captured = architectureOfClient(this.#boot.architecture)
    // For the captured machine it was right: another one is offered what is right for that.
    if (head && !(this.#replaced && fits(head, captured))) return head
    const client = this.#replaced ?? captured
    // A BIOS program has no header to tell; for UEFI firmware it must at least not be its own.
    if (make === 'bios' && captured !== undefined && captured !== 'bios') {
      this.#assumed.add(`${quoted(file)} is for ${describeArchitecture(make)}, by its name`)
      return peHeaderFor(captured === 'ia32-uefi' ? 'x64' : 'ia32')
    }
    const isWrong = make !== undefined && captured !== undefined && cannotRunOn(captured, make)
    const processor = PROCESSORS[(isWrong ? make : client) ?? 'bios']
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

/** RFC 1350: where no other was agreed. */
const DEFAULT_BLOCK_SIZE = 512

const WORKING: ServedFile = {
  kind: 'served',
  make: undefined,
  head: undefined,
  knowsOptions: true,
  options: new Map(),
  sizeError: 0,
  from: undefined,
  stallsFrom: undefined,
}
/** A program that this machine starts, as far as its first bytes say. */
const fits = (head: Uint8Array, client: FileArchitecture | undefined): boolean => {
  const made = architectureOfBytes(head)
  if (client === undefined || client === 'bios') return made === undefined && !isText(head)
  return made !== undefined && !cannotRunOn(client, made)
}

/** `#!ipxe`, `#!gpxe`: no program, whatever the machine. */
const isText = (head: Uint8Array): boolean => head[0] === 0x23 && head[1] === 0x21

const NOT_FOUND: SeenFile = { kind: 'error', code: TFTP_ERROR.fileNotFound, text: 'File not found' }

/** Whose header stands in the placeholder. */
const PROCESSORS: Readonly<Partial<Record<FileArchitecture, Processor>>> = {
  'ia32-uefi': 'ia32',
  'x64-uefi': 'x64',
  'arm32-uefi': 'arm32',
  'arm64-uefi': 'arm64',
}
