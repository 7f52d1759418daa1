/**
 * A TFTP download by the probe: a plain receiver that notes everything, and that is made to lose, repeat or leave out
 * what a clause wants. It repeats nothing by itself: recovering is what the server is watched at. Does not judge.
 */
import { type Endpoint, formatEndpoint } from '../../core/address.ts'
import { concat } from '../../core/bytes.ts'
import type { Micros } from '../../core/micros.ts'
import { decodeTftp, encodeAck, encodeTftp } from '../../wire/tftp/codec.ts'
import { TFTP_PORT, type TftpOptions, type TftpPacket } from '../../wire/tftp/packet.ts'
import type { Heard, Probe, ProbeSocket, Procedure } from './probe.ts'

export interface Wanted {
  readonly file: string
  readonly mode?: string
  readonly options?: TftpOptions
  /** In place of the encoded request. */
  readonly request?: Uint8Array
  /** The DATA is treated as lost. `copy`: how often its block came before. */
  readonly loses?: (block: number, copy: number) => boolean
  /** Each ACK is sent so often. */
  readonly ackCopies?: number
  /** Nothing is said after so many DATA packets; 0: not even to the OACK. */
  readonly mutedAfter?: number
}

export interface DataPacket {
  /** From 1, counted on past 65535. */
  readonly block: number
  readonly at: Micros
  readonly size: number
}

export type Download = InstanceType<typeof Transfer>

export const download = (probe: Probe, wanted: Wanted): Download => new Transfer(probe, wanted)

const BLOCKS = 65_536
const PLAIN_BLOCK = 512

class Transfer {
  readonly socket: ProbeSocket
  /** Of the server's end, once it has answered. */
  peer: Endpoint | undefined
  oack: ReadonlyMap<string, string> | undefined
  error: { readonly code: number; readonly message: string } | undefined
  /** Others that said something. */
  readonly strangers: Endpoint[] = []
  readonly data: DataPacket[] = []
  isComplete = false
  readonly #probe: Probe
  readonly #wanted: Wanted
  #mutedAfter: number
  readonly #parts: Uint8Array[] = []
  readonly #copies = new Map<number, number>()
  #received = 0
  #acked = 0
  #progress = 0
  /** The gap that was already told of. */
  #toldGap = -1

  constructor(probe: Probe, wanted: Wanted) {
    this.#probe = probe
    this.#wanted = wanted
    this.#mutedAfter = wanted.mutedAfter ?? Infinity
    this.socket = probe.open()
    this.socket.onHeard = heard => this.#hear(heard)
    const { file, mode = 'octet', options = [], request } = wanted
    const to = { ip: probe.server.address, port: TFTP_PORT }
    this.socket.send(to, request ?? encodeTftp({ kind: 'rrq', file, mode, options }))
  }

  get isAnswered(): boolean {
    return this.peer !== undefined
  }

  get isOver(): boolean {
    return this.isComplete || this.error !== undefined || this.socket.refused
  }

  get bytes(): Uint8Array {
    return concat(this.#parts)
  }

  get blockSize(): number {
    return Number(this.oack?.get('blksize') ?? PLAIN_BLOCK)
  }

  get windowSize(): number {
    return Number(this.oack?.get('windowsize') ?? 1)
  }

  /** How it went, for a sentence. */
  get end(): string {
    if (this.error) return `ERROR ${this.error.code} "${this.error.message}"`
    if (this.isComplete) return `${this.#received} blocks`
    if (this.socket.refused) return 'the port is closed (ICMP)'
    return this.isAnswered ? `it stopped after block ${this.#received}` : 'no answer'
  }

  /** Until it is over or makes no progress any more. */
  *finish(): Procedure {
    for (let seen = -1; seen !== this.#progress && !this.isOver;) {
      seen = this.#progress
      yield* this.#probe.until(() => this.isOver, this.#probe.patience.transfer)
    }
  }

  /** Until the server has said anything. */
  *begin(): Procedure {
    yield* this.#probe.until(() => this.isAnswered || this.isOver, this.#probe.patience.answer)
  }

  send(packet: TftpPacket): void {
    if (this.peer) this.socket.send(this.peer, encodeTftp(packet))
  }

  /** As a client that has seen enough. */
  abort(code = 8, message = ''): void {
    this.send({ kind: 'error', code, message })
  }

  /** Speaks again, with the ACK that is due. */
  resume(): void {
    this.#mutedAfter = Infinity
    this.#ack(this.#received)
  }

  #hear({ from, payload, at }: Heard): void {
    const { peer } = this
    if (peer && formatEndpoint(peer) !== formatEndpoint(from)) {
      this.strangers.push(from)
      return
    }
    this.peer = from
    this.#progress++
    const read = decodeTftp(payload)
    if (!read.ok) return
    const packet = read.value
    if (packet.kind === 'error') this.error = { code: packet.code, message: packet.message }
    else if (packet.kind === 'oack') this.#negotiated(packet.options)
    else if (packet.kind === 'data') this.#take(packet.block, packet.bytes, at)
  }

  get #isMuted(): boolean {
    return this.data.length >= this.#mutedAfter
  }

  #negotiated(options: TftpOptions): void {
    this.oack ??= new Map(options.map(([name, value]) => [name.toLowerCase(), value]))
    if (this.data.length === 0) this.#ack(0)
  }

  #take(low: number, bytes: Uint8Array, at: Micros): void {
    const expected = this.#received + 1
    // The number nearest to what is expected: it is sent modulo 65536.
    const ahead = ((low - expected + BLOCKS + BLOCKS / 2) % BLOCKS) - BLOCKS / 2
    const block = expected + ahead
    const copy = this.#copies.get(block) ?? 0
    this.#copies.set(block, copy + 1)
    this.data.push({ block, at, size: bytes.length })
    if (this.#wanted.loses?.(block, copy)) return
    if (block > expected) return this.#tellGap()
    if (block < expected) {
      // What was lost was the ACK. Who sends each twice answers no copy: with a server that answers every ACK, none would end.
      if (block === this.#received && (this.#wanted.ackCopies ?? 1) === 1) this.#ack(this.#received)
      return
    }
    this.#received = block
    this.#parts.push(bytes.slice())
    const isLast = bytes.length < this.blockSize
    if (isLast || this.#received - this.#acked >= this.windowSize) this.#ack(this.#received)
    if (isLast) this.isComplete = true
  }

  /** RFC 7440 §4: once, so that the window begins anew after the last block in order. */
  #tellGap(): void {
    if (this.#toldGap === this.#received) return
    this.#toldGap = this.#received
    this.#ack(this.#received)
  }

  #ack(block: number): void {
    this.#acked = block
    if (this.#isMuted || !this.peer) return
    const { ackCopies = 1 } = this.#wanted
    for (let copy = 0; copy < ackCopies; copy++) this.socket.send(this.peer, encodeAck(block))
  }
}
