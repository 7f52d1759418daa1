/**
 * One TFTP read inside a firmware script: runs the receiver machine on the script's own machine until it ends. Does
 * not know what the file is for. What arrives meanwhile for other sockets of the script is dropped.
 */
import type { Action, Destination } from '../core/state-machine.ts'
import { type ReceiverEvent, type ReceiverOptions, TftpReceiver } from '../protocol/tftp/receiver.ts'
import type { Pc, PcSocket, Script } from './pc.ts'

export type TftpOutcome = ReceiverEvent

export interface TftpRequest extends ReceiverOptions {
  /** A send without a route ends the read (E-48), or is lost and tried again like any other (iPXE). Default: ends. */
  readonly onNoRoute?: 'fail' | 'ignore'
  /** ARP for the server is not answered: a BIOS ROM gives up (E11), everybody else goes on asking. Default: ignore. */
  readonly onArpSilence?: 'fail' | 'ignore'
  /** How a packet goes on the link, where the stack has its own idea. */
  readonly through?: (to: Destination) => Destination
}

export const tftpGet = (pc: Pc, request: TftpRequest): Script<TftpOutcome> => new Transfer(pc, request).run()

class Transfer {
  readonly #pc: Pc
  readonly #receiver: TftpReceiver
  readonly #endsWithoutRoute: boolean
  readonly #endsWithoutArp: boolean
  readonly #through: (to: Destination) => Destination
  #socket: PcSocket | undefined
  #outcome: TftpOutcome | undefined

  constructor(pc: Pc, request: TftpRequest) {
    this.#pc = pc
    this.#receiver = new TftpReceiver(request)
    this.#endsWithoutRoute = request.onNoRoute !== 'ignore'
    this.#endsWithoutArp = request.onArpSilence === 'fail'
    this.#through = request.through ?? (to => to)
  }

  *run(): Script<TftpOutcome> {
    const pc = this.#pc
    const receiver = this.#receiver
    this.#perform(receiver.start(pc.now()))
    while (this.#outcome === undefined) {
      const incoming = yield receiver.wakeAt ?? Infinity
      if (incoming === undefined) this.#perform(receiver.wake(pc.now()))
      else if (incoming.kind === 'stream' || incoming.socket !== this.#socket) continue
      else if (incoming.kind === 'datagram')
        this.#perform(receiver.receive(pc.now(), 'transfer', incoming.datagram))
      else if (incoming.what.cause === 'arp' && this.#endsWithoutArp) this.#giveUp()
      else this.#perform(receiver.unreachable(pc.now(), 'transfer', incoming.what))
    }
    return this.#outcome
  }

  #giveUp(): void {
    this.#socket?.close()
    this.#outcome = { type: 'failed', received: 0, cause: 'unreachable', what: 'arp' }
  }

  #perform(actions: readonly Action<'transfer', ReceiverEvent>[]): void {
    for (const action of actions) {
      switch (action.type) {
        case 'open':
          this.#socket = this.#pc.openUdp(action.options)
          break
        case 'send': {
          const status = this.#socket?.send(this.#through(action.to), action.payload)
          if (status === 'noRoute' && this.#endsWithoutRoute) return this.#perform(this.#receiver.noRoute())
          break
        }
        case 'close':
          this.#socket?.close()
          break
        case 'event':
          this.#outcome = action.event
      }
    }
  }
}
