/**
 * A bad network between real TFTP programs: a UDP relay on loopback that loses, doubles and delays what it carries, both
 * ways, by a seed. Each client has a socket of its own towards the server, and each TID of the server one towards the
 * client, so that both ends see the ports they would see without it. Does not test.
 */
import { type Socket, createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type Random, random } from '../../../src/core/random.ts'
import { HOST } from './real.ts'

export interface BadWeather {
  readonly loss: number
  readonly duplicate: number
  /** How many are held back, so that others pass them. */
  readonly reorder: number
}

/** How long a datagram that others pass is held back. */
const HELD_BACK_MILLIS = 15

export interface Relay {
  /** Clients ask here instead of at the server. */
  readonly port: number
  readonly carried: { readonly lost: number; readonly doubled: number; readonly delayed: number }
  close(): void
}

export const startRelay = async (
  serverPort: number,
  weather: BadWeather,
  seed: number | string,
): Promise<Relay> => {
  const dice = random(seed)
  const carried = { lost: 0, doubled: 0, delayed: 0 }
  const sockets: Socket[] = []
  const bound = (port = 0): Socket => {
    const socket = createSocket('udp4').bind(port, HOST)
    socket.on('error', () => {})
    sockets.push(socket)
    return socket
  }
  let open = true
  const carry = (random: Random, via: Socket, port: number, payload: Buffer): void => {
    if (random.chance(weather.loss)) return void carried.lost++
    const copies = random.chance(weather.duplicate) ? 2 : 1
    carried.doubled += copies - 1
    for (let copy = 0; copy < copies; copy++) {
      const late = random.chance(weather.reorder)
      if (late) carried.delayed++
      const send = () => void (open && via.send(payload, port, HOST))
      if (late) setTimeout(send, 1 + random.below(HELD_BACK_MILLIS))
      else send()
    }
  }

  /** One client: its requests and ACKs leave from `up`; what each port of the server sends arrives from one of `downs`. */
  const lineFor = (client: number): ((payload: Buffer, to: number) => void) => {
    const [there, back] = [dice.fork(`to server ${lines.size}`), dice.fork(`to client ${lines.size}`)]
    const up = bound()
    const downs = new Map<number, Socket>()
    up.on('message', (payload, { port: tid }) => {
      let down = downs.get(tid)
      if (!down) {
        down = bound()
        downs.set(tid, down)
        down.on('message', (answer, { port }) => void (port === client && carry(there, up, tid, answer)))
      }
      carry(back, down, client, payload)
    })
    return (payload, to) => carry(there, up, to, payload)
  }

  const lines = new Map<number, ReturnType<typeof lineFor>>()
  const ear = bound()
  ear.on('message', (payload, { port }) => {
    const line = lines.get(port) ?? lineFor(port)
    lines.set(port, line)
    line(payload, serverPort)
  })
  await once(ear, 'listening')
  return {
    port: ear.address().port,
    carried,
    close: () => {
      open = false
      for (const socket of sockets) socket.close()
    },
  }
}
