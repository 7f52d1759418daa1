/**
 * Programs of this computer as attachments: each in user, network, mount and process namespaces of its own, with one card.
 * An ordinary user needs no rights for it, and nothing of the system changes. When the program is stopped, or nbs ends in
 * whatever way, the kernel ends everything in the namespaces. What happens inside is the relay's (`relay.ts`).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { formatIp4, formatMac } from '../../../core/address.ts'
import { type Attachment, AttachmentError, type Ethernet, settling } from '../attachment.ts'
import { killedWithUs } from '../killed-with-us.ts'
import { isProgram, programPath, searchPath } from './find.ts'
import * as m from './messages.ts'
import { OWN_FOLDER, type ProgramProvider, type ProgramSpec } from './program.ts'
import { systemFacts, whyRefused } from './refused.ts'

/** A program that has not said by then that it is ready never will (milliseconds). */
const READY_WITHIN = 60_000
/** A program that is known by no text and opens no socket is taken to be ready so long after it was started. */
const TAKEN_AS_READY = 3_000
/** How long the namespaces may take to end in good order. */
const ENDS_WITHIN = 5_000
/** Lines of the log that an error quotes. */
const LAST_WORDS = 8

/** Beside this file as built. */
const RELAY = fileURLToPath(new URL('./relay.js', import.meta.url))

/** `folder`: that of the scenario, in which programs are started and from which they are named. */
export const attachedPrograms = (folder: string, ownProgram: readonly string[]): ProgramProvider => ({
  start: spec => new RunningProgram(spec, relaySetup(spec, folder, ownProgram)),
})

const TOOLS = {
  setpriv: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  ip: 'iproute2',
} as const

/** Throws `AttachmentError` for what is not installed. */
const relaySetup = (
  spec: ProgramSpec,
  folder: string,
  ownProgram: readonly string[],
): m.RelaySetup & { readonly setpriv: string } => {
  const missing = Object.entries(TOOLS).filter(([tool]) => programPath(tool) === undefined)
  if (missing.length > 0)
    throw new AttachmentError(
      `server ${spec.name} needs ${missing.map(([tool]) => tool).join(', ')}. Install: apt-get install ${[...new Set(missing.map(([, from]) => from))].join(' ')}`,
    )
  const words: Readonly<Record<string, string>> = {
    interface: spec.card,
    address: formatIp4(spec.address),
    prefix: String(spec.prefixLength),
    mac: formatMac(spec.mac),
    folder: OWN_FOLDER,
    ...(spec.config !== undefined && { config: resolve(folder, spec.config) }),
    ...spec.words,
  }
  const command = spec.command.flatMap(word => (word === '{nbs}' ? ownProgram : [filled(word, words)]))
  return {
    card: spec.card,
    mac: words['mac']!,
    address: `${words['address']}/${spec.prefixLength}`,
    router: spec.router === undefined ? null : formatIp4(spec.router),
    command: [executable(spec, command[0]!, folder), ...command.slice(1)],
    folder,
    environment: {
      PATH: searchPath().join(':'),
      HOME: OWN_FOLDER,
      TMPDIR: OWN_FOLDER,
      LANG: 'C.UTF-8',
      ...(process.env['TZ'] !== undefined && { TZ: process.env['TZ'] }),
      ...Object.fromEntries(
        Object.entries(spec.environment).map(([key, text]) => [key, filled(text, words)]),
      ),
    },
    scratch: spec.scratch,
    tools: {
      ip: programPath('ip')!,
      unshare: programPath('unshare')!,
      socat: programPath('socat') ?? null,
    },
    setpriv: programPath('setpriv')!,
  }
}

/** What is no placeholder stays as it is. */
export const filled = (text: string, words: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole)

const executable = (spec: ProgramSpec, name: string, folder: string): string => {
  const path = name.includes('/') ? resolve(folder, name) : programPath(name)
  if (path !== undefined && isProgram(path)) return path
  const remedy = spec.package === undefined ? '' : `. Install: apt-get install ${spec.package}`
  throw new AttachmentError(
    `server ${spec.name}: ${name.includes('/') ? `${path} is no program that may be started` : `there is no program ${name}`}${remedy}`,
  )
}

class RunningProgram implements Attachment {
  readonly #spec: ProgramSpec
  readonly #program: string
  readonly #child: ChildProcess
  readonly #ready = settling<void>()
  readonly #lost = settling<string>()
  readonly #gone: Promise<void>
  readonly #limit: NodeJS.Timeout
  #segment: Ethernet | undefined
  #taken: NodeJS.Timeout | undefined
  #stopped = false
  #isReady = false
  #hasStarted = false
  #complaint = ''
  readonly #lastWords: string[] = []

  constructor(spec: ProgramSpec, { setpriv, ...setup }: m.RelaySetup & { readonly setpriv: string }) {
    this.#spec = spec
    this.#program = setup.command[0]!.split('/').at(-1)!
    const namespaces = '--user --map-root-user --net --mount --ipc --pid --fork --kill-child'.split(' ')
    const child = spawn(
      setpriv,
      ['--pdeathsig', 'KILL', '--', setup.tools.unshare, ...namespaces, '--', process.execPath, RELAY],
      // Of a session of its own, so that Ctrl-C at the terminal is ours to deal with.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true, cwd: '/', env: { PATH: setup.environment['PATH'] } },
    )
    this.#child = child
    const forget = killedWithUs(child)
    child.stdin.on('error', () => {})
    child.stderr.on(
      'data',
      (text: Buffer) => (this.#complaint = (this.#complaint + String(text)).slice(-2_000)),
    )
    const reader = new m.MessageReader((type, body) => this.#take(type, body))
    child.stdout.on('data', (bytes: Buffer) => reader.add(bytes))
    this.#gone = new Promise(done => {
      child.once('error', error => {
        forget()
        this.#fail(`cannot be started: ${error.message}`, 'missing')
        done()
      })
      child.once('close', () => {
        forget()
        if (!this.#hasStarted) this.#fail(whyRefused(systemFacts(), this.#complaint), 'missing')
        else this.#end('its namespaces were ended from outside')
        done()
      })
    })
    this.#limit = setTimeout(() => this.#fail(this.#notReady(), 'failed'), READY_WITHIN)
    child.stdin.write(m.jsonMessage(m.SETUP, setup))
    for (const { name, bytes } of spec.files) child.stdin.write(m.fileMessage(name, bytes))
    child.stdin.write(m.message(m.START, new Uint8Array()))
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
    if (!this.#stopped) this.#child.stdin!.write(m.message(m.FRAME, frame))
  }

  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true
      clearTimeout(this.#limit)
      clearTimeout(this.#taken)
      this.#ready.reject(
        new AttachmentError(`server ${this.#spec.name} was stopped before it was ready`, 'failed'),
      )
      this.#child.stdin!.end()
      const impatient = setTimeout(() => this.#child.kill('SIGKILL'), ENDS_WITHIN)
      void this.#gone.then(() => clearTimeout(impatient))
    }
    await this.#gone
  }

  #take(type: number, body: Uint8Array): void {
    if (this.#stopped) return
    if (type === m.FRAME) this.#segment?.transmit(body.slice())
    else if (type === m.LOG) this.#log(new TextDecoder().decode(body))
    else if (type === m.EVENT) this.#happen(JSON.parse(new TextDecoder().decode(body)) as m.RelayEvent)
  }

  #happen(event: m.RelayEvent): void {
    const { ready } = this.#spec
    switch (event.kind) {
      case 'started':
        this.#hasStarted = true
        if (ready === undefined) this.#taken = setTimeout(() => this.#becomeReady(), TAKEN_AS_READY)
        return
      case 'listening':
        if (ready === undefined) this.#becomeReady()
        return
      case 'failed':
        return this.#fail(whyRefused(systemFacts(), event.why), 'missing')
      case 'ended':
        return this.#end(
          event.signal === null ? `ended with status ${event.code}` : `was ended by ${event.signal}`,
        )
    }
  }

  #log(line: string): void {
    this.#lastWords.push(line)
    if (this.#lastWords.length > LAST_WORDS) this.#lastWords.shift()
    this.#spec.onLog(line)
    const { ready } = this.#spec
    if (ready !== undefined && line.includes(ready)) this.#becomeReady()
  }

  #becomeReady(): void {
    if (this.#stopped || this.#isReady) return
    this.#isReady = true
    clearTimeout(this.#limit)
    clearTimeout(this.#taken)
    this.#ready.resolve()
  }

  #notReady(): string {
    const { ready } = this.#spec
    return `${this.#program} was not ready within ${READY_WITHIN / 1000} s${ready === undefined ? '' : `: its log never said "${ready}"`}${this.#quoted()}`
  }

  #quoted(): string {
    const words = this.#lastWords.length > 0 ? this.#lastWords : this.#complaint.trim().split('\n')
    const said = words.filter(line => line !== '')
    return said.length === 0 ? '; it said nothing' : `; its last words:\n  ${said.join('\n  ')}`
  }

  /** It runs no more. */
  #end(how: string): void {
    if (this.#stopped) return
    if (!this.#isReady)
      return this.#fail(`${this.#program} ${how} before it was ready${this.#quoted()}`, 'failed')
    void this.stop()
    this.#lost.resolve(`${this.#program} ${how}`)
  }

  #fail(why: string, reason: AttachmentError['reason']): void {
    if (this.#stopped) return
    this.#ready.reject(new AttachmentError(`server ${this.#spec.name}: ${why}`, reason))
    void this.stop()
  }
}
