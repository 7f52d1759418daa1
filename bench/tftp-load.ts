/**
 * The load of `bench/tftp.ts`, a process of its own: N clients read one file over and over from one server, each
 * transfer from a fresh port, and every byte is compared with the file. Cheap, so that servers are measured and not
 * their client: many datagrams for one call of the system (recvmmsg), a window compared at once. Needs Linux and koffi.
 * Does not lose or reorder anything by itself; where a server stops talking, the last packet is sent again and counted.
 */
import { readFileSync } from 'node:fs'
import { parseIp4 } from '../src/core/address.ts'
import { u16At, writeU16 } from '../src/core/bytes.ts'
import * as c from '../src/network/kernel/libc.ts'
import { neededLibc } from './libc.ts'
import { OPCODE, decodeTftp, encodeTftp } from '../src/wire/tftp/codec.ts'

export interface Load {
  readonly host: string
  readonly port: number
  /** Name to ask for. */
  readonly file: string
  /** Where its content lies, to compare. */
  readonly path: string
  readonly clients: number
  readonly blockSize: number
  readonly windowSize: number
  /** Of measuring; or so many whole transfers by each client, if `transfers` says so. */
  readonly seconds: number
  readonly transfers?: number
}

export interface LoadResult {
  /** Accepted in order, content compared. */
  readonly bytes: number
  readonly seconds: number
  /** Whole files. */
  readonly completed: number
  /** As the server granted it; 1 if it knows no such option. */
  readonly windowSize: number
  readonly blockSize: number
  /** Packets sent again after silence. */
  readonly resent: number
  /** Of this process, user and system. */
  readonly cpuSeconds: number
}

const libc = neededLibc('tftp-load')

const SILENCE_MILLIS = 250
const RECEIVE_BUFFER = new Uint8Array(Uint32Array.of(2 << 20).buffer)
const BATCH_MAX = 64
const HEADER_SIZE = 4
const MMSGHDR_SIZE = 64

const load = JSON.parse(process.argv[2] ?? '{}') as Load
const content = readFileSync(load.path)
const epoll = libc.epollCreate(c.EPOLL_CLOEXEC)
const clients: Client[] = []

/** One recvmmsg: headers apart, data of consecutive blocks side by side. */
const batch = Math.min(BATCH_MAX, load.windowSize)
const memory = new ArrayBuffer(batch * (MMSGHDR_SIZE + 32 + HEADER_SIZE + 16) + batch * load.blockSize)
const messages = new Uint8Array(memory, 0, batch * MMSGHDR_SIZE)
const vectorsAt = messages.length
const sourcesAt = vectorsAt + batch * 32
const headersAt = sourcesAt + batch * 16
const dataAt = headersAt + batch * HEADER_SIZE
const all = new Uint8Array(memory)
const view = new DataView(memory)
const lengths = new Uint32Array(memory, 0, (batch * MMSGHDR_SIZE) / 4)
const data = Buffer.from(memory, dataAt, batch * load.blockSize)
const base = libc.addressOf(all)
for (let i = 0; i < batch; i++) {
  const pointer = (at: number, to: number): void => view.setBigUint64(at, base + BigInt(to), true)
  const at = i * MMSGHDR_SIZE
  pointer(at, sourcesAt + i * 16)
  view.setUint32(at + 8, c.SOCKADDR_SIZE, true)
  pointer(at + 16, vectorsAt + i * 32)
  view.setBigUint64(at + 24, 2n, true)
  pointer(vectorsAt + i * 32, headersAt + i * HEADER_SIZE)
  view.setBigUint64(vectorsAt + i * 32 + 8, BigInt(HEADER_SIZE), true)
  pointer(vectorsAt + i * 32 + 16, dataAt + i * load.blockSize)
  view.setBigUint64(vectorsAt + i * 32 + 24, BigInt(load.blockSize), true)
}

const result = { bytes: 0, completed: 0, resent: 0, windowSize: 0, blockSize: 0 }

const sockaddr = (host: string, port: number): Uint8Array => {
  const address = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
  c.writeSockaddr(address, parseIp4(host)!, port)
  return address
}
const server = sockaddr(load.host, load.port)
/** Servers limit transfers by address; machines have one each. */
const own = Array.from({ length: 16 }, (_, i) => sockaddr(`127.0.0.${i + 1}`, 0))

const request = encodeTftp({
  kind: 'rrq',
  file: load.file,
  mode: 'octet',
  options: [
    ['blksize', String(load.blockSize)],
    ...(load.windowSize > 1 ? [['windowsize', String(load.windowSize)] as const] : []),
  ],
})

class Client {
  descriptor = -1
  /** The server's port for this transfer, once it has spoken. */
  #peer = server
  #expected = 1
  #sinceAck = 0
  #windowSize = 1
  #blockSize = 512
  #answered = false
  readonly #ack = Uint8Array.of(0, OPCODE.ack, 0, 0)
  #last: Uint8Array = request
  lastHeardAt = 0
  transfersLeft = load.transfers ?? Infinity

  begin(): void {
    this.descriptor = libc.socket(c.AF_INET, c.SOCK_DGRAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, 0)
    if (this.descriptor < 0) throw new Error(`socket: ${libc.errorCode()}`)
    libc.setsockopt(this.descriptor, c.SOL_SOCKET, c.SO_RCVBUF, RECEIVE_BUFFER, 4)
    const address = own[clients.indexOf(this) % own.length]!
    if (libc.bind(this.descriptor, address, c.SOCKADDR_SIZE) < 0) throw new Error(`bind: ${libc.errorCode()}`)
    const event = new DataView(new ArrayBuffer(c.EPOLL_EVENT.size))
    event.setUint32(0, c.EPOLLIN, true)
    event.setUint32(c.EPOLL_EVENT.dataOffset, clients.indexOf(this), true)
    libc.epollControl(epoll, c.EPOLL_CTL_ADD, this.descriptor, new Uint8Array(event.buffer))
    this.#peer = server
    this.#expected = 1
    this.#sinceAck = 0
    this.#answered = false
    this.#send(request)
  }

  receive(): void {
    this.lastHeardAt = performance.now()
    // A source is looked at once, an option read once.
    if (!this.#answered) return this.#receiveFirst()
    for (;;) {
      const left = this.#windowSize - this.#sinceAck
      const count = libc.recvmmsg(this.descriptor, messages, Math.min(batch, left), 0, null)
      // Fewer than asked: there are no more. A window acknowledged: the next takes its time.
      if (count <= 0 || this.#take(count) || count < left || this.#sinceAck === 0) return
    }
  }

  resend(): void {
    result.resent++
    this.#send(this.#last)
  }

  end(): void {
    if (this.descriptor < 0) return
    this.#send(encodeTftp({ kind: 'error', code: 0, message: 'enough' }))
    libc.close(this.descriptor)
    this.descriptor = -1
  }

  #receiveFirst(): void {
    const bytes = new Uint8Array(2048)
    const from = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
    const length = libc.recvfrom(
      this.descriptor,
      bytes,
      bytes.length,
      0,
      from,
      Uint32Array.of(c.SOCKADDR_SIZE),
    )
    if (length < 0) return
    const packet = decodeTftp(bytes.subarray(0, length))
    if (!packet.ok || packet.value.kind !== 'oack')
      throw new Error(`expected an OACK, got ${packet.ok ? JSON.stringify(packet.value) : 'rubbish'}`)
    const granted = new Map(packet.value.options.map(([name, value]) => [name.toLowerCase(), Number(value)]))
    this.#blockSize = granted.get('blksize') ?? 512
    this.#windowSize = granted.get('windowsize') ?? 1
    if (this.#blockSize !== load.blockSize) throw new Error(`blksize ${this.#blockSize}`)
    result.blockSize = this.#blockSize
    result.windowSize = this.#windowSize
    this.#peer = from
    this.#answered = true
    this.#acknowledge(0)
  }

  /** True if the transfer is over. */
  #take(count: number): boolean {
    const before = this.#expected
    let length = 0
    let isLast = false
    let isGap = false
    for (let i = 0; i < count && !isLast; i++) {
      const at = headersAt + i * HEADER_SIZE
      const size = lengths[(i * MMSGHDR_SIZE + 56) / 4]! - HEADER_SIZE
      const opcode = u16At(all, at)
      if (opcode !== OPCODE.data && opcode !== OPCODE.oack) throw new Error(`operation ${opcode}`)
      // Something is lost, or comes again; an OACK does if our first ACK was late.
      if (opcode === OPCODE.oack || u16At(all, at + 2) !== (this.#expected & 0xffff)) {
        isGap = true
        break
      }
      this.#expected++
      length += size
      isLast = size < this.#blockSize
    }
    const offset = (before - 1) * this.#blockSize
    if (data.compare(content, offset, offset + length, 0, length) !== 0)
      throw new Error(`content differs within ${offset}..${offset + length}`)
    result.bytes += length
    this.#sinceAck += this.#expected - before
    if (isLast || isGap || this.#sinceAck >= this.#windowSize) this.#acknowledge(this.#expected - 1)
    if (!isLast) return false
    if (offset + length !== content.length) throw new Error(`ended after ${offset + length} bytes`)
    result.completed++
    libc.close(this.descriptor)
    this.descriptor = -1
    if (--this.transfersLeft > 0) this.begin()
    return true
  }

  #acknowledge(block: number): void {
    writeU16(this.#ack, 2, block & 0xffff)
    this.#sinceAck = 0
    this.#send(this.#ack)
  }

  #send(bytes: Uint8Array): void {
    this.#last = bytes
    libc.sendto(this.descriptor, bytes, bytes.length, 0, this.#peer, c.SOCKADDR_SIZE)
  }
}

const start = performance.now()
const end = start + load.seconds * 1000
const cpu = process.cpuUsage()
for (let i = 0; i < load.clients; i++) clients.push(new Client())
for (const client of clients) {
  client.lastHeardAt = start
  client.begin()
}
const events = new Uint8Array(new ArrayBuffer(BATCH_MAX * c.EPOLL_EVENT.size))
const eventView = new DataView(events.buffer)
let silenceAt = start + SILENCE_MILLIS
let now = start
while (now < end && clients.some(client => client.descriptor >= 0)) {
  const ready = libc.epollWait(epoll, events, BATCH_MAX, 20)
  for (let i = 0; i < ready; i++)
    clients[eventView.getUint32(i * c.EPOLL_EVENT.size + c.EPOLL_EVENT.dataOffset, true)]!.receive()
  now = performance.now()
  if (now < silenceAt) continue
  silenceAt = now + SILENCE_MILLIS
  for (const client of clients)
    if (client.descriptor >= 0 && now - client.lastHeardAt > SILENCE_MILLIS) client.resend()
}
const used = process.cpuUsage(cpu)
for (const client of clients) client.end()
const told: LoadResult = {
  ...result,
  seconds: (now - start) / 1000,
  cpuSeconds: (used.user + used.system) / 1e6,
}
console.log(JSON.stringify(told))
