/**
 * Guests of QEMU: frames as UDP datagrams on loopback, the serial console as its screen, and an end that is certain.
 * Does not know what is booted, nor any protocol but the one IPv6 answer of `router-advertisement.ts`. No root, no
 * tap device, no file.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { type RemoteInfo, type Socket, createSocket } from 'node:dgram'
import process from 'node:process'
import { macAt } from '../../core/address.ts'
import { commandLineOf } from './command-line.ts'
import { SerialConsole } from './console.ts'
import type { Guest, GuestFirmware, GuestHooks, GuestProvider, GuestKind, GuestSpec } from './guest.ts'
import { firmwareOf, installedFor } from './installed.ts'
import { routerAdvertisement } from './router-advertisement.ts'

/** A line that the firmware has not ended is shown after this long (milliseconds). */
const SHOW_AFTER = 150

export const qemuGuests = (): GuestProvider => {
  const known = new Map<GuestKind, GuestFirmware>()
  return {
    firmware: kind => {
      let firmware = known.get(kind)
      if (!firmware) known.set(kind, (firmware = firmwareOf(kind)))
      return firmware
    },
    start: (spec, hooks) => new QemuGuest(spec, hooks),
  }
}

class QemuGuest implements Guest {
  readonly #spec: GuestSpec
  readonly #hooks: GuestHooks
  readonly #socket: Socket = createSocket('udp4')
  readonly #console: SerialConsole
  #process: ChildProcess | undefined
  /** Where QEMU's end of the cable is; known from its first frame on. */
  #peer: RemoteInfo | undefined
  #gone: Promise<void> = Promise.resolve()
  #stopped = false
  #showing: NodeJS.Timeout | undefined
  #complaint = ''
  #screen = ''

  constructor(spec: GuestSpec, hooks: GuestHooks) {
    this.#spec = spec
    this.#hooks = hooks
    this.#console = new SerialConsole((text, continues) => hooks.onScreen(text, continues))
    const installed = installedFor(spec.kind)
    this.#socket.on('message', (frame, from) => this.#receive(frame, from))
    this.#socket.on('error', error => this.#lose(`its network socket failed: ${error.message}`))
    this.#socket.bind(0, '127.0.0.1', () => {
      if (this.#stopped) return
      const call = commandLineOf(spec, installed.files, this.#socket.address().port)
      this.#launch(installed, call.args, [...call.typing])
    })
  }

  send(frame: Uint8Array): void {
    const peer = this.#peer
    if (peer && !this.#stopped) this.#socket.send(frame, peer.port, peer.address)
  }

  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true
      clearTimeout(this.#showing)
      living.delete(this)
      this.kill()
      this.#socket.close()
    }
    await this.#gone
  }

  /** At once, without waiting. */
  kill(): void {
    this.#process?.kill('SIGKILL')
  }

  #launch(
    { keeper, emulator }: { readonly keeper: string; readonly emulator: string },
    args: readonly string[],
    typing: { readonly at: RegExp; readonly keys: string }[],
  ): void {
    // The kernel sends the signal when this process ends, be it by kill -9; the emulator keeps that order.
    const child = spawn(keeper, ['--pdeathsig', 'KILL', '--', emulator, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#process = child
    watch(this)
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
      this.#type(bytes, typing)
    })
    this.#gone = new Promise(resolve => {
      child.once('error', error => {
        this.#lose(`${emulator} cannot be started: ${error.message}`)
        resolve()
      })
      child.once('close', (code, signal) => {
        const how = signal ? `was ended by ${signal}` : `has ended by itself with status ${code}`
        this.#lose(`${emulator} ${how}${this.#complaint && `: ${this.#complaint.trim()}`}`)
        resolve()
      })
    })
  }

  #type(bytes: Buffer, typing: { readonly at: RegExp; readonly keys: string }[]): void {
    const [next] = typing
    if (!next) return
    this.#screen = (this.#screen + bytes.toString('latin1')).slice(-200)
    if (!next.at.test(this.#screen)) return
    typing.shift()
    this.#screen = ''
    this.#process?.stdin?.write(next.keys)
  }

  #receive(frame: Uint8Array, from: RemoteInfo): void {
    // Whoever else sends to this port is not the guest: its frames come from its own card.
    if (this.#stopped || frame.length < 14 || macAt(frame, 6) !== this.#spec.mac) return
    this.#peer ??= from
    if (from.port !== this.#peer.port) return
    const answer = this.#spec.ipv6Router ? routerAdvertisement(frame) : undefined
    if (answer) this.send(answer)
    this.#hooks.onFrame(frame)
  }

  #lose(reason: string): void {
    if (this.#stopped) return
    void this.stop()
    this.#hooks.onLost(reason)
  }
}

/** Guests that run; should this process be ended by a signal or an error, they go first. */
const living = new Set<QemuGuest>()
let watching = false

const watch = (guest: QemuGuest): void => {
  living.add(guest)
  if (watching) return
  watching = true
  // `exit` runs for errors and process.exit; a signal that nobody handles ends the process without it, and kill -9
  // always: then the kernel does it (`--pdeathsig`).
  process.on('exit', () => living.forEach(one => one.kill()))
}
