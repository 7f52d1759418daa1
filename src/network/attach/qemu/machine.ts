/**
 * A machine of QEMU as an attachment: frames as UDP datagrams on loopback, the serial console as its screen, and an end
 * that is certain. Does not know what is booted, nor any protocol but the one IPv6 answer of `router-advertisement.ts`.
 * No root, no tap device, no file.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { type RemoteInfo, type Socket, createSocket } from 'node:dgram'
import { type Mac, macAt } from '../../../core/address.ts'
import { type Attachment, AttachmentError, type Ethernet, settling } from '../attachment.ts'
import { killedWithUs } from '../killed-with-us.ts'
import { SerialConsole } from './console.ts'
import type { Typing } from './guest.ts'
import { routerAdvertisement } from './router-advertisement.ts'

/** A line that the firmware has not ended is shown after this long (milliseconds). */
const SHOW_AFTER = 150

export interface MachineSetup {
  readonly name: string
  readonly mac: Mac
  /** Paths of QEMU, and of the program that lets the kernel end it when this process is gone. */
  readonly emulator: string
  readonly keeper: string
  /** `port`: on loopback, to which its frames go. */
  readonly args: (port: number) => readonly string[]
  /** In this order, each once. */
  readonly typing: readonly Typing[]
  readonly ipv6Router: boolean
  /** A new line on the screen, or more of the last one. */
  readonly onScreen: (text: string, continues: boolean) => void
  /** It can be spoken to from its first frame on; a text on its screen can say so instead. */
  readonly isReady?: (screen: string) => boolean
  /** Milliseconds; undefined: nobody waits for it. */
  readonly readyWithin?: number
}

export class QemuMachine implements Attachment {
  readonly #setup: MachineSetup
  readonly #socket: Socket = createSocket('udp4')
  readonly #console: SerialConsole
  readonly #ready = settling<void>()
  readonly #lost = settling<string>()
  #segment: Ethernet | undefined
  #process: ChildProcess | undefined
  /** Where QEMU's end of the cable is; known from its first frame on. */
  #peer: RemoteInfo | undefined
  #gone: Promise<void> = Promise.resolve()
  #stopped = false
  #showing: NodeJS.Timeout | undefined
  #limit: NodeJS.Timeout | undefined
  #complaint = ''
  #screen = ''

  constructor(setup: MachineSetup) {
    this.#setup = setup
    this.#console = new SerialConsole((text, continues) => setup.onScreen(text, continues))
    this.#socket.on('message', (frame, from) => this.#receive(frame, from))
    this.#socket.on('error', error => this.#lose(`its network socket failed: ${error.message}`))
    this.#socket.bind(0, '127.0.0.1', () => {
      if (!this.#stopped) this.#launch(setup.args(this.#socket.address().port), [...setup.typing])
    })
    const { readyWithin, isReady } = setup
    if (readyWithin === undefined) return
    const sign = isReady ? 'its screen did not show that it is ready' : 'it sent no frame'
    const late = (): void =>
      this.#lose(`${sign} within ${readyWithin / 1000} s; its last words: ${this.#screen.trim()}`)
    this.#limit = setTimeout(late, readyWithin)
    void this.#ready.promise.finally(() => clearTimeout(this.#limit)).catch(() => {})
  }

  get ready(): Promise<void> {
    return this.#ready.promise
  }

  get lost(): Promise<string> {
    return this.#lost.promise
  }

  attach(segment: Ethernet): void {
    this.#segment = segment
  }

  send(frame: Uint8Array): void {
    const peer = this.#peer
    if (peer && !this.#stopped) this.#socket.send(frame, peer.port, peer.address)
  }

  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true
      clearTimeout(this.#showing)
      clearTimeout(this.#limit)
      this.#ready.reject(new AttachmentError(`${this.#setup.name} was stopped before it was ready`, 'failed'))
      this.#process?.kill('SIGKILL')
      this.#socket.close()
    }
    await this.#gone
  }

  #launch(args: readonly string[], typing: Typing[]): void {
    const { keeper, emulator } = this.#setup
    // The kernel sends the signal when this process ends, be it by kill -9; the emulator keeps that order.
    const child = spawn(keeper, ['--pdeathsig', 'KILL', '--', emulator, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#process = child
    const forget = killedWithUs(child)
    child.stdin.on('error', () => {})
    child.stderr.on(
      'data',
      (text: Buffer) => (this.#complaint = (this.#complaint + String(text)).slice(-500)),
    )
    child.stdout.on('data', (bytes: Buffer) => {
      if (this.#stopped) return
      this.#console.write(bytes)
      clearTimeout(this.#showing)
      this.#showing = setTimeout(() => this.#console.flush(), SHOW_AFTER)
      this.#screen = (this.#screen + bytes.toString('latin1')).slice(-MAX_SCREEN)
      if (this.#setup.isReady?.(this.#screen)) this.#ready.resolve()
      this.#type(typing)
    })
    this.#gone = new Promise(resolve => {
      child.once('error', error => {
        forget()
        this.#lose(`${emulator} cannot be started: ${error.message}`)
        resolve()
      })
      child.once('close', (code, signal) => {
        forget()
        const how = signal ? `was ended by ${signal}` : `has ended by itself with status ${code}`
        this.#lose(`${emulator} ${how}${this.#complaint && `: ${this.#complaint.trim()}`}`)
        resolve()
      })
    })
  }

  #type(typing: Typing[]): void {
    const [next] = typing
    if (!next?.at.test(this.#screen)) return
    typing.shift()
    this.#screen = ''
    this.#process?.stdin?.write(next.keys)
  }

  #receive(frame: Uint8Array, from: RemoteInfo): void {
    const { mac, ipv6Router, isReady } = this.#setup
    // Whoever else sends to this port is not the machine: its frames come from its own card.
    if (this.#stopped || frame.length < 14 || macAt(frame, 6) !== mac) return
    this.#peer ??= from
    if (from.port !== this.#peer.port) return
    if (!isReady) this.#ready.resolve()
    const answer = ipv6Router ? routerAdvertisement(frame) : undefined
    if (answer) this.send(answer)
    this.#segment?.transmit(frame)
  }

  #lose(reason: string): void {
    if (this.#stopped) return
    this.#ready.reject(new AttachmentError(`${this.#setup.name}: ${reason}`, 'failed'))
    void this.stop()
    this.#lost.resolve(reason)
  }
}

/** Characters of the screen's end in which texts are looked for. */
const MAX_SCREEN = 200
