/**
 * One stage of a machine's life on the machine it runs on: firmware, boot program, operating system. What a stage
 * leaves open is closed when the next one begins, as a reboot does. Does not run anything.
 */
import type { Endpoint, Mac } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { Random } from '../../core/random.ts'
import type { Pc, PcSocket, PcStream, Script } from '../../firmware/pc.ts'
import type { Address } from '../../network/port.ts'

export class Stage implements Pc {
  readonly name: string
  readonly mac: Mac
  readonly uuid: Uint8Array
  readonly random: Random
  readonly #pc: Pc
  readonly #sockets: PcSocket[] = []
  readonly #streams: PcStream[] = []

  constructor(pc: Pc) {
    this.#pc = pc
    this.name = pc.name
    this.mac = pc.mac
    this.uuid = pc.uuid
    this.random = pc.random
  }

  now(): Micros {
    return this.#pc.now()
  }

  openUdp(options: Parameters<Pc['openUdp']>[0]): PcSocket {
    const socket = this.#pc.openUdp(options)
    this.#sockets.push(socket)
    return socket
  }

  connectTcp(to: Endpoint): PcStream | undefined {
    const stream = this.#pc.connectTcp(to)
    if (stream) this.#streams.push(stream)
    return stream
  }

  configure(address: Address | undefined): void {
    this.#pc.configure(address)
  }

  print(line: string): void {
    this.#pc.print(line)
  }

  append(text: string): void {
    this.#pc.append(text)
  }

  because(rule: string, text: string): void {
    this.#pc.because(rule, text)
  }

  /** Closes what is open, and lets go of what still waits for it. */
  *end(): Script {
    for (const socket of this.#sockets) socket.close()
    this.#sockets.length = 0
    for (const stream of this.#streams.splice(0)) stream.reset()
    while ((yield this.#pc.now()) !== undefined);
  }
}

/** Waits, whatever comes in. */
export function* sleep(pc: Pick<Pc, 'now'>, span: Micros): Script {
  const end = pc.now() + span
  while (pc.now() < end) yield end
}
