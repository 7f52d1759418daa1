/**
 * `nbs watch`: monitors networks: which servers answer, which contend, what goes wrong, one line per change. Reads the
 * call and puts the parts together; a replay (`--read`) goes by the time of its frames alone.
 */
import process from 'node:process'
import type { RecordView } from '../analysis/analyzer.ts'
import type { Argv } from 'yargs'
import { formatIp4, parseIp4 } from '../core/address.ts'
import { type Micros, fromMillis } from '../core/micros.ts'
import { CAPTURE_EPOCH_SECONDS, type CaptureCursor, CaptureReader } from '../wire/capture/index.ts'
import { readAllowList } from '../watch/allow-list.ts'
import { type CaptureSource, newSource, readCaptureFiles, readCaptureStream } from '../captures/files.ts'
import { UsageError } from '../core/exit.ts'
import { print, printJsonLine, warn } from '../outlet/print.ts'
import pc from '../outlet/palette.ts'
import { type HttpService, httpApplication, startHttp } from '../serve/http.ts'
import { captureLive } from '../captures/child.ts'
import { type CommandRunner, commandRunner } from '../watch/command.ts'
import { type Name, type Told, eventJson, eventLine, isAlarm } from '../watch/events.ts'
import { stateLines, stateOf, watchMetrics } from '../watch/state.ts'
import { Watcher } from '../watch/watcher.ts'
import { vendors } from '../outlet/vendors.ts'
import { ALLOWED_SERVERS, ending } from './options.ts'

export const builder = (yargs: Argv) =>
  yargs
    .option('interface', {
      type: 'string',
      array: true,
      nargs: 1,
      requiresArg: true,
      conflicts: 'read',
      describe: 'Watch this interface, through dumpcap or tcpdump; may be repeated',
    })
    .option('read', {
      type: 'string',
      requiresArg: true,
      describe: 'Replay a capture file instead; - is standard input (tcpdump -w - …)',
    })
    .options(ALLOWED_SERVERS)
    .option('json', { type: 'boolean', describe: 'Print one JSON document per line' })
    .option('metrics', {
      type: 'string',
      requiresArg: true,
      describe: 'HOST:PORT or PORT for /metrics (Prometheus), /state and /healthz',
    })
    .option('exec', {
      type: 'string',
      requiresArg: true,
      describe: 'Shell command to run for each alarm; the alarm is passed as JSON on standard input',
    })
    .epilogue(
      ending([
        ['sudo nbs watch --interface eth0 --allow servers.yaml', 'one line per change'],
        ['nbs watch --read office.pcapng', 'what it would have reported'],
      ]),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  const allow = args.allow === undefined ? undefined : readAllowList(args.allow)
  const name: Name = server => allow?.nameOf(server) ?? formatIp4(server)
  const vendorOf = vendors()
  const watcher = new Watcher({ tell: event => tell(event), allow })
  const metrics = watchMetrics(watcher)
  const command = args.exec === undefined ? undefined : commandFor(args.exec, watcher, metrics.command)
  const tell = (event: Told): void => {
    metrics.event(event)
    const fields = eventJson(event, name)
    if (args.json) printJsonLine(fields)
    else print([eventLine(event, name, pc, vendorOf)])
    if (isAlarm(event) || event.kind === 'contention-ends') command?.run(event.kind, JSON.stringify(fields))
  }
  const http = args.metrics === undefined ? undefined : await serveState(args.metrics, watcher, metrics, name)
  try {
    if (args.read !== undefined) await replay(args.read, watcher)
    else await watchLive(interfacesOf(args), watcher)
    watcher.finish()
    await command?.finish()
    if (args.json) printJsonLine({ event: 'state', ...stateOf(watcher, name) })
    else print(['', ...stateLines(watcher, name, pc, vendorOf)])
  } finally {
    http?.stop()
  }
}

const interfacesOf = ({ interface: names = [] }: Arguments): readonly string[] => {
  if (names.length === 0)
    throw new UsageError('nothing to watch: give --interface NAME, or --read FILE for a capture')
  return [...new Set(names)]
}

const commandFor = (command: string, watcher: Watcher, count: (result: string) => void): CommandRunner =>
  commandRunner({
    command,
    now: () => performance.now(),
    onResult: (result, why) => {
      count(result)
      if (result === 'failed') watcher.tell({ kind: 'command-failed', why })
    },
  })

const replay = async (file: string, watcher: Watcher): Promise<void> => {
  const source = newSource(file)
  const take = (cursor: CaptureCursor, from: CaptureSource): void =>
    watcher.take(recordOf(cursor, segmentIn(from, cursor.iface)))
  if (file !== '-') readCaptureFiles([source], take)
  else if (process.stdin.isTTY)
    throw new UsageError(
      '--read - reads a capture from standard input: tcpdump -U -w - … | nbs watch --read -',
    )
  else await readCaptureStream(source, process.stdin, take)
  if (source.issues.length === 0) return
  if (source.frames === 0) throw new UsageError(`${file}: ${source.issues.join('; ')}`)
  warn([`nbs: ${file}: ${source.issues.join('; ')}`])
}

/** As `nbs analyze` calls it. */
const segmentIn = ({ reader, place }: CaptureSource, iface: number): string => {
  const { interfaces } = reader
  return interfaces[iface]?.name ?? (interfaces.length > 1 ? `${place.name} interface ${iface}` : place.name)
}

const recordOf = ({ at, linkType, buffer, start, end }: CaptureCursor, segment: string): RecordView => ({
  at: at + CAPTURE_EPOCH_SECONDS * 1_000_000,
  segment,
  linkType,
  bytes: buffer,
  start,
  end,
})

/** How often the time is told while no frame comes. */
const TICK_MILLIS = 500

const watchLive = async (interfaces: readonly string[], watcher: Watcher): Promise<void> => {
  watcher.tick(wallClock())
  const captures = interfaces.map(iface => liveOf(iface, watcher))
  const ticking = setInterval(() => watcher.tick(wallClock()), TICK_MILLIS)
  const stopped = untilStopped()
  try {
    await Promise.race([Promise.all(captures.map(({ ready }) => ready)), stopped])
    await stopped
  } finally {
    clearInterval(ticking)
    for (const capture of captures) capture.stop()
  }
}

const wallClock = (): Micros => fromMillis(Date.now())

const liveOf = (iface: string, watcher: Watcher) => {
  let reader = new CaptureReader()
  return captureLive(iface, {
    begins: program => {
      reader = new CaptureReader()
      watcher.tell({ kind: 'capture-begins', interface: iface, program })
    },
    bytes: chunk => {
      reader.push(chunk)
      while (reader.next()) watcher.take(recordOf(reader.cursor, iface))
    },
    lost: (why, retrySeconds) => watcher.tell({ kind: 'capture-lost', interface: iface, why, retrySeconds }),
  })
}

const untilStopped = (): Promise<void> =>
  new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })

const serveState = (
  where: string,
  watcher: Watcher,
  metrics: ReturnType<typeof watchMetrics>,
  name: Name,
): Promise<HttpService> => {
  const [, host = '127.0.0.1', port = ''] = /^(?:(.*):)?(\d{1,5})$/.exec(where) ?? []
  const address = parseIp4(host === 'localhost' ? '127.0.0.1' : host)
  if (address === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new UsageError(`--metrics ${where}: not an address; write it as 127.0.0.1:9470`)
  const app = httpApplication()
  app.get('/metrics', async context =>
    context.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType }),
  )
  app.get('/state', context => context.json(stateOf(watcher, name)))
  app.get('/healthz', context => context.json({ ok: true }))
  return startHttp({ address, port: Number(port) }, app)
}
