/**
 * A veth pair: one end is the card of the program, in its network namespace, the other is read and written here as raw
 * Ethernet, through the C library, or by socat where that cannot be had. Within a namespace of one's own only.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { libc } from '../../kernel/libc.ts'
import type { RelaySetup } from './messages.ts'
import { openPacketSocket, withoutOffload } from './packet-socket.ts'
import { run } from './rooms.ts'

/** Our end, and its number. */
const END = 'cable'
const INDEX = 100

export interface FrameCable {
  send(frame: Uint8Array): void
}

/** `pid`: whose network namespace gets the card. Throws if the system does not let it. */
export const openCable = (
  { card, mac, tools }: RelaySetup,
  pid: number,
  onFrame: (frame: Uint8Array) => void,
): FrameCable => {
  const ip = (...lines: readonly string[]): void => run(tools.ip, ['-batch', '-'], lines.join('\n'))
  ip('link set lo up', `link add ${END} index ${INDEX} type veth peer name ${card} address ${mac}`)
  const c = libc()
  if (c) withoutOffload(c, card)
  // Without it a TCP segment would have the checksum that the card was to fill in.
  else spawnSync('ethtool', ['-K', card, 'tx', 'off', 'tso', 'off', 'gso', 'off'], { stdio: 'ignore' })
  ip(`link set ${card} netns ${pid}`, `link set ${END} up`)
  if (c) return openPacketSocket(c, INDEX, onFrame)
  if (tools.socat === null) throw new Error('neither koffi nor socat is here')
  return bySocat(tools.socat, onFrame)
}

/** A datagram on this namespace's loopback is a frame. */
const bySocat = (socat: string, onFrame: (frame: Uint8Array) => void): FrameCable => {
  const socket = createSocket('udp4')
  let port = 0
  socket.on('message', (frame, from) => {
    port = from.port
    onFrame(frame)
  })
  socket.bind(OUR_PORT, '127.0.0.1', () => {
    const ends = [`UDP4-DATAGRAM:127.0.0.1:${OUR_PORT},bind=127.0.0.1:${SOCAT_PORT}`, `INTERFACE:${END}`]
    spawn(socat, ['-b', '65536', ...ends], { stdio: 'ignore' })
  })
  port = SOCAT_PORT
  return { send: frame => socket.send(frame, port, '127.0.0.1', () => {}) }
}

/** Of the relay's own loopback: nobody else is there. */
const OUR_PORT = 4001
const SOCAT_PORT = 4002
