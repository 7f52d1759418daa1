/**
 * ERRORs to requests that become no transfer: they leave from the address that was asked, too, but need no socket each.
 * Does not decide what is refused.
 */
import { type Endpoint, type Ip4, ip4Number } from '../../core/address.ts'
import type { Action } from '../../core/state-machine.ts'
import { encodeTftp } from '../../wire/tftp/codec.ts'
import type { TftpEvent } from './events.ts'
import type { TftpRefusal } from './files.ts'
import { MAX_REFUSAL_SOCKETS } from './service-options.ts'

type Out = Action<string, TftpEvent>[]

interface Sent {
  readonly to: Endpoint
  readonly refusal: TftpRefusal
}

export class Refusals {
  /** Where they leave from otherwise. */
  readonly #listening: string
  /** By socket the last one; `none` where the system gave no socket. */
  readonly #sockets = new Map<string, Sent | 'none'>()

  constructor(listening: string) {
    this.#listening = listening
  }

  /** `asked`: the own address that the request was sent to. */
  send(to: Endpoint, asked: Ip4, refusal: TftpRefusal, out: Out): void {
    out.push(errorTo(this.#socketOf(asked, { to, refusal }, out), to, refusal.code, refusal.message))
  }

  /** The system has no socket of this name: what was sent by it did not leave. */
  lost(socket: string, out: Out): void {
    const last = this.#sockets.get(socket)
    if (!last || last === 'none') return
    this.#sockets.set(socket, 'none')
    out.push(errorTo(this.#listening, last.to, last.refusal.code, last.refusal.message))
  }

  close(out: Out): void {
    for (const [socket, last] of this.#sockets) if (last !== 'none') out.push({ type: 'close', socket })
    this.#sockets.clear()
  }

  #socketOf(address: Ip4, sent: Sent, out: Out): string {
    const socket = `e${ip4Number(address)}`
    const known = this.#sockets.get(socket)
    if (known === 'none' || (!known && this.#sockets.size >= MAX_REFUSAL_SOCKETS)) return this.#listening
    this.#sockets.set(socket, sent)
    if (!known) out.push({ type: 'open', socket, options: { port: 0, address } })
    return socket
  }
}

export const errorTo = (
  via: string,
  to: Endpoint,
  code: number,
  message: string,
): Action<string, TftpEvent> => ({
  type: 'send',
  via,
  to,
  payload: encodeTftp({ kind: 'error', code, message }),
})
