/** A server on loopback at ports of its own, and a scripted PXE machine to ask it. Does not test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import pino from 'pino'
import { type Ip4, parseIp4 } from '../../src/core/address.ts'
import { Server } from '../../src/serve/server.ts'
import { alwaysThere } from '../../src/serve/stations.ts'
import { type ServeConfig, serveConfigFrom } from '../../src/serve/config.ts'
import { pinoLevel } from '../../src/serve/log-level.ts'
import { loadImages } from '../../src/nbs/image-directory.ts'
import { loopbackInterface } from '../../src/network/kernel/network.ts'
import type { DhcpMessage } from '../../src/wire/dhcp/message.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { PROGRAM } from '../built.ts'
import { PATIENCE_MILLIS } from '../patience.ts'
import { type ClientMessage, clientMessage } from '../protocol/pxe/requests.ts'

interface Teardown {
  teardown(end: () => unknown): void
}

/** Tests of several files run at once; the process id keeps their ports apart. */
export const PORT_OFFSET = 2_000 + (process.pid % 1_400) * 10
export const address = (text: string): Ip4 => parseIp4(text)!

export const configOf = (yaml: string): ServeConfig => serveConfigFrom(yaml, 'test.yaml')

export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly boot?: Readonly<Record<string, unknown>>
}

export const startServer = async (
  t: Teardown,
  { yaml = 'name: test', images = 'boot-images', ip = '127.0.0.1', portOffset = PORT_OFFSET } = {},
) => {
  const lines: LogLine[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      for (const line of chunk.toString().trim().split('\n')) lines.push(JSON.parse(line) as LogLine)
      done()
    },
  })
  const config = configOf(yaml)
  const server = new Server({
    config,
    interfaces: [alwaysThere(loopbackInterface(address(ip)))],
    portOffset,
    images: loadImages(images),
    log: pino({ level: pinoLevel(config.logLevel)! }, stream),
  })
  t.teardown(() => server.close())
  await server.start()
  const boots = () => lines.flatMap(({ boot }) => (boot ? [boot] : []))
  return { server, lines, boots, config }
}

export interface Asked {
  readonly ip?: string
  readonly server?: string
  /** As protocols say it: 67 or 4011. */
  readonly port?: number
  readonly portOffset?: number
  /** Short where nobody is to answer. */
  readonly waitMillis?: number
}

/** Sends one message from port 68 of a loopback address, as a machine's firmware does; undefined if nobody answers in time. */
export const ask = async (
  fields: ClientMessage,
  {
    ip = '127.0.0.1',
    server = '127.0.0.1',
    port = 67,
    portOffset = PORT_OFFSET,
    waitMillis = PATIENCE_MILLIS,
  }: Asked = {},
): Promise<DhcpMessage | undefined> => {
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(68 + portOffset, ip, resolve)
    })
    const reply = new Promise<Buffer | undefined>(resolve => {
      const timer = setTimeout(() => resolve(undefined), waitMillis)
      socket.once('message', bytes => {
        clearTimeout(timer)
        resolve(bytes)
      })
    })
    socket.send(encodeDhcp(clientMessage(fields)), port + portOffset, server)
    const bytes = await reply
    if (!bytes) return undefined
    const read = decodeDhcp(bytes)
    if (!read.ok) throw new Error(read.issues[0].message)
    return read.value
  } finally {
    socket.close()
  }
}

/** The program, to be run with more words before it. */
export const NBS = [process.execPath, PROGRAM] as const

/** Resolves at the line `ready`, or with how it ended instead; at once if its log goes to a file of ours. */
export const startProgram = async (
  t: Teardown,
  command: readonly string[],
  log: 'pipe' | number = 'pipe',
) => {
  const [program, ...words] = command
  const child = spawn(program!, words, { stdio: ['ignore', 'ignore', log] })
  t.teardown(() => stopped(child))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const lines: string[] = []
  if (!child.stderr) return { lines, child, status: undefined }
  const input = child.stderr
  const ready = new Promise<boolean>(resolve => {
    const reader = createInterface({ input })
    reader.on('line', line => {
      lines.push(line)
      if (line === 'ready') resolve(true)
    })
    reader.on('close', () => resolve(false))
  })
  return (await ready) ? { lines, child, status: undefined } : { lines, child, status: (await exited)[0] }
}

export const stopped = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
