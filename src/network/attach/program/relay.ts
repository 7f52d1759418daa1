/**
 * The program that stands beside an attached program: process 1 of namespaces of its own. It makes the cable and the
 * rooms, starts the program at one end and passes frames between the other and standard input and output. When it ends,
 * or nbs does, the kernel ends everything else in its namespaces. It lives by `running.ts`, and says nothing to people.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { libc } from '../../kernel/libc.ts'
import { type FrameCable, openCable } from './cable.ts'
import * as m from './messages.ts'
import { MAX_LOG_LINE, OWN_FOLDER } from './program.ts'
import { pretendOtherUsers } from './one-user.ts'
import { PeekedSockets } from './peeked-sockets.ts'
import { type Rooms, privateRooms } from './rooms.ts'

/** How often it looks whether the program has opened a socket (milliseconds). */
const LOOK_EVERY = 50

/** The pipe to nbs. Broken, it is gone, and everything in here with it. */
const PIPE = 1
const tell = (bytes: Uint8Array): void => {
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(PIPE, bytes, at)
  } catch {
    process.exit(0)
  }
}
const report = (event: m.RelayEvent): void => tell(m.jsonMessage(m.EVENT, event))

let setup: m.RelaySetup | undefined
let rooms: Rooms | undefined
let cable: FrameCable | undefined

const fail = (why: string): void => {
  report({ kind: 'failed', why })
  process.exit(1)
}

const take = (type: number, body: Uint8Array): void => {
  try {
    if (type === m.FRAME) cable?.send(body)
    else if (type === m.SETUP) {
      setup = JSON.parse(Buffer.from(body).toString()) as m.RelaySetup
      rooms = privateRooms(setup.scratch)
      const c = libc()
      if (c) pretendOtherUsers(c)
    } else if (type === m.FILE) keep(body)
    else if (type === m.START && setup && rooms) void start(setup, rooms).catch(refused)
  } catch (error) {
    refused(error)
  }
}

const refused = (error: unknown): void => fail(error instanceof Error ? error.message : String(error))

const keep = (body: Uint8Array): void => {
  const end = body.indexOf(0x0a)
  const path = join(OWN_FOLDER, Buffer.from(body.subarray(0, end)).toString())
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, body.subarray(end + 1))
}

/** In the program's own network, before it is the program. IPv6 would only chatter: nobody on the segment speaks it. */
const ENTRANCE = `
for all in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 >"$all"; done 2>/dev/null
echo; read -r go || exit 1
printf '%s\\n' "$NBS_LAB_CARD" | "$NBS_LAB_IP" -batch - >&2 || exit 126
unset NBS_LAB_CARD NBS_LAB_IP
echo
exec "$@" </dev/null
`

const start = async (setup: m.RelaySetup, { hasOwnProc }: Rooms): Promise<void> => {
  const { tools, command, environment, folder } = setup
  const child = spawn(tools.unshare, ['--net', '--', '/bin/sh', '-c', ENTRANCE, 'sh', ...command], {
    cwd: folder,
    env: { ...environment, NBS_LAB_CARD: cardOf(setup).join('\n'), NBS_LAB_IP: tools.ip },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {})
  const ended = whenEnded(child)
  const steps = new Entrance(child, [
    () => {
      cable = openCable(setup, child.pid!, frame => tell(m.message(m.FRAME, frame)))
      child.stdin.end('go\n')
    },
    () => {
      report({ kind: 'started' })
      if (hasOwnProc) watchSockets(child)
    },
  ])
  const { code, signal } = await ended
  steps.end()
  report({ kind: 'ended', code, signal })
}

/** What \`ip\` does in the program's network. */
const cardOf = ({ card, address, router }: m.RelaySetup): string[] => [
  'link set lo up',
  `address add ${address} brd + dev ${card}`,
  `link set ${card} up`,
  // Without any route a broadcast to everybody has no way out.
  router === null ? `route add default dev ${card}` : `route add default via ${router} dev ${card}`,
]

/** Its first lines are those of the entrance, then the program's own. */
class Entrance {
  readonly #log: readonly m.LineCutter[]

  constructor(child: ChildProcess, steps: (() => void)[]) {
    const show = (line: string): void => tell(m.textMessage(m.LOG, line))
    const [out, err] = [new m.LineCutter(MAX_LOG_LINE, show), new m.LineCutter(MAX_LOG_LINE, show)]
    this.#log = [out, err]
    child.stderr!.on('data', (bytes: Buffer) => err.add(String(bytes)))
    child.stdout!.on('data', (bytes: Buffer) => {
      let text = bytes
      for (; steps.length > 0 && text.length > 0; text = text.subarray(text.indexOf(0x0a) + 1))
        try {
          steps.shift()!()
        } catch (error) {
          refused(error)
        }
      if (text.length > 0) out.add(String(text))
    })
  }

  end(): void {
    for (const lines of this.#log) lines.end()
  }
}

const whenEnded = (child: ChildProcess) =>
  new Promise<{ readonly code: number | null; readonly signal: string | null }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })

const watchSockets = (child: ChildProcess): void => {
  const sockets = new PeekedSockets(file => readFileSync(`/proc/${child.pid}/net/${file}`, 'latin1'))
  const look = setInterval(() => {
    if (child.exitCode !== null || child.signalCode !== null) return clearInterval(look)
    if (!sockets.areOpen()) return
    clearInterval(look)
    report({ kind: 'listening' })
  }, LOOK_EVERY)
}

const reader = new m.MessageReader(take)
process.stdin.on('data', (bytes: Buffer) => reader.add(bytes))
// Whoever started it is gone, or wants it gone: with process 1 everything in here ends.
process.stdin.on('end', () => process.exit(0))
process.stdin.on('error', () => process.exit(0))
