/**
 * A capture as a mirror port of a busy network gives it: mostly TCP (full segments and their ACKs, of many
 * connections), some QUIC and DNS, and one frame in a thousand of network boot. Same bytes each time. Measures nothing.
 */
import { writeU16, writeU32 } from '../src/core/bytes.ts'
import { type Random, random } from '../src/core/random.ts'
import { addWords, checksumOf } from '../src/wire/checksum.ts'
import type { CaptureRecord } from '../src/wire/capture/record.ts'

/** Of frames that are network boot. */
const BOOT_SHARE = 0.001
const CONNECTIONS = 500
/** Microseconds between frames: 400 Mbit/s or so. */
const PACE = 20
const TCP_PORTS = [443, 445, 80, 22, 3306] as const

interface Connection {
  readonly client: number
  readonly server: number
  readonly clientPort: number
  readonly serverPort: number
  sequence: number
}

/** Frames without end, the boot frames strewn in by their order; they begin anew when they are all told. */
export function* mirrorFrames(boots: readonly CaptureRecord[]): Generator<CaptureRecord> {
  const draw = random(1).fork('mirror')
  const connections = Array.from({ length: CONNECTIONS }, (_, index) => connection(draw, index))
  for (let count = 0; ; count++) {
    const at = count * PACE
    const turn = count * BOOT_SHARE
    const boot = Number.isInteger(turn) ? boots[turn % boots.length] : undefined
    yield boot ? { ...boot, at } : { at, iface: 0, bytes: ordinary(draw, connections) }
  }
}

const connection = (draw: Random, index: number): Connection => ({
  client: 0x0a140000 + index,
  server: 0x0a1e0000 + draw.below(40),
  clientPort: 32_768 + index,
  serverPort: TCP_PORTS[draw.below(TCP_PORTS.length)]!,
  sequence: draw.u32(),
})

const ordinary = (draw: Random, connections: readonly Connection[]): Uint8Array => {
  const one = connections[draw.below(connections.length)]!
  const kind = draw.below(100)
  if (kind < 58) return tcp(one, 1460, true)
  if (kind < 88) return tcp(one, 0, false)
  if (kind < 92) return tcp(one, 20 + draw.below(1400), true)
  if (kind < 99) return udp(one, 443, 1250)
  return udp(one, 53, 40 + draw.below(100))
}

const HEADERS = 14 + 20

const frame = (from: number, to: number, protocol: number, bodyLength: number): Uint8Array => {
  const bytes = new Uint8Array(Math.max(60, HEADERS + bodyLength))
  writeU32(bytes, 0, 0x02000000)
  writeU16(bytes, 4, to & 0xffff)
  writeU32(bytes, 6, 0x02000000)
  writeU16(bytes, 10, from & 0xffff)
  writeU16(bytes, 12, 0x0800)
  bytes[14] = 0x45
  writeU16(bytes, 16, 20 + bodyLength)
  writeU16(bytes, 20, 0x4000)
  bytes[22] = 64
  bytes[23] = protocol
  writeU32(bytes, 26, from)
  writeU32(bytes, 30, to)
  writeU16(bytes, 24, checksumOf(addWords(0, bytes, 14, HEADERS)))
  return bytes
}

/** Data from the server, or an ACK from the client. */
const tcp = (one: Connection, length: number, isData: boolean): Uint8Array => {
  const bytes = frame(isData ? one.server : one.client, isData ? one.client : one.server, 6, 20 + length)
  writeU16(bytes, HEADERS, isData ? one.serverPort : one.clientPort)
  writeU16(bytes, HEADERS + 2, isData ? one.clientPort : one.serverPort)
  writeU32(bytes, HEADERS + 4, isData ? one.sequence : 1)
  writeU32(bytes, HEADERS + 8, isData ? 1 : one.sequence)
  writeU16(bytes, HEADERS + 12, 0x5010)
  writeU16(bytes, HEADERS + 14, 0xfaf0)
  if (isData) one.sequence = (one.sequence + length) >>> 0
  return filled(bytes, HEADERS + 20)
}

const udp = (one: Connection, port: number, length: number): Uint8Array => {
  const bytes = frame(one.server, one.client, 17, 8 + length)
  writeU16(bytes, HEADERS, port)
  writeU16(bytes, HEADERS + 2, one.clientPort)
  writeU16(bytes, HEADERS + 4, 8 + length)
  return filled(bytes, HEADERS + 8)
}

/** As encrypted bytes look: nothing that a dissector takes for anything. */
const filled = (bytes: Uint8Array, from: number): Uint8Array => {
  for (let at = from; at < bytes.length; at++) bytes[at] = (at * 197 + 91) & 255
  return bytes
}
