/**
 * What `nbs demo` serves on loopback: the viewer, the list of scenarios, and runs of them. Answers nobody but the page
 * it served. Does not know the command line.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Scenario } from '../scenario/model.ts'
import { type Recording, recordingOf } from '../simulation/recording.ts'
import { qemuGuests } from '../network/attach/qemu/qemu.ts'
import { needsWallClock, runPaced } from '../simulation/run-paced.ts'
import { runScenario } from '../simulation/run.ts'
import { UsageError } from '../core/exit.ts'
import { LIVE_SPEEDS, type LiveRun, MAX_LIVE_MACHINES, startLive } from './live.ts'
import { overridesOf } from '../scenario/overrides.ts'
import { directoriesIn, readSource, scenarioFrom } from '../scenario/read-file.ts'
import { httpFace } from '../serve/http-face.ts'
import { surroundingsOf } from '../simulation/node.ts'

/** A request to run is a file name, a seed and some changes. */
export const MAX_REQUEST_SIZE = 64 * 1024
/** Machines of one run: the page waits for it, and has to hold its packets. */
const MAX_DEMO_MACHINES = 5000

/** Of the secret in the page's address. */
const TOKEN_BYTES = 16

/** Each takes its share of a core. */
const MAX_LIVE_RUNS = 4

export interface LibraryEntry {
  readonly file: string
  readonly title: string
  readonly teaches: string | null
}

/** Resolves when it listens; `port` 0 takes a free one. */
export const startDemo = async (
  page: string,
  library: readonly LibraryEntry[],
  port: number,
): Promise<{ readonly server: Server; readonly address: string }> => {
  const { stream, act } = liveRuns(library)
  const live = page.replace('<html lang="en"', '<html lang="en" data-live="true"')
  // Other users and programs of this computer reach the port too, and do not know the address.
  const secret = randomBytes(TOKEN_BYTES).toString('base64url')
  const server = httpFace((request, response) => {
    const { method, url = '' } = request
    if (!url.startsWith(`/${secret}/`)) return answer(response, 404, 'text/plain', 'there is nothing here')
    const wanted = `${method} ${url.slice(secret.length + 1)}`
    if (wanted === 'GET /') return answer(response, 200, 'text/html', live)
    if (wanted === 'GET /api/library')
      return answer(response, 200, 'application/json', JSON.stringify(library))
    if (wanted === 'POST /api/run') return void replying(request, response, body => wholeRun(body, library))
    if (wanted === 'POST /api/live') return void replying(request, response, body => stream(body, response))
    if (wanted === 'POST /api/act') return void replying(request, response, act)
    return answer(response, 404, 'text/plain', 'there is nothing here')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}/` }
}

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
}

const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, ...HEADERS })
  response.end(body)
}

/** Answers with the JSON that `reply` gives for the body; undefined: it has answered already. */
const replying = async (
  request: IncomingMessage,
  response: ServerResponse,
  reply: (body: string) => unknown,
): Promise<void> => {
  // Other sites' pages can post forms here, but not this type.
  if (!request.headers['content-type']?.startsWith('application/json'))
    return answer(response, 415, 'text/plain', 'wanted is application/json')
  try {
    const value = await reply(await bodyOf(request))
    if (value !== undefined) answer(response, 200, 'application/json', JSON.stringify(value))
  } catch (error) {
    if (error instanceof UsageError) answer(response, 400, 'text/plain', error.message)
    else answer(response, 500, 'text/plain', `the run failed: ${(error as Error).message}`)
  }
}

/** Runs that pages are watching, by number. A page that goes away ends its run. */
const liveRuns = (library: readonly LibraryEntry[]) => {
  const runs = new Map<number, LiveRun>()
  let last = 0
  const stream = (body: string, response: ServerResponse): void => {
    if (runs.size >= MAX_LIVE_RUNS) throw new UsageError(`${MAX_LIVE_RUNS} live runs are going on already`)
    const { scenario, speed } = wantedScenario(body, library, MAX_LIVE_MACHINES)
    const id = ++last
    const line = (value: unknown) => void response.write(`${JSON.stringify(value)}\n`)
    response.writeHead(200, { 'content-type': 'application/x-ndjson', ...HEADERS })
    line({ live: id })
    const run = startLive(scenario, speed, (recording, isWhole) => line({ recording, isWhole }))
    runs.set(id, run)
    response.on('close', run.abort)
    run.ended
      .catch((error: Error) => line({ problem: `the run failed: ${error.message}` }))
      .finally(() => {
        runs.delete(id)
        response.end()
      })
  }
  const act = (body: string) => {
    const { id, verb, name } = parsed(body)
    const run = runs.get(Number(id))
    if (!run) throw new UsageError('this run is over')
    run.act(String(verb), String(name))
    return { done: `${String(verb)} ${String(name)}` }
  }
  return { stream, act }
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > MAX_REQUEST_SIZE) throw new UsageError('this request is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const wholeRun = async (body: string, library: readonly LibraryEntry[]): Promise<Recording> => {
  const { scenario } = wantedScenario(body, library, MAX_DEMO_MACHINES)
  const surroundings = surroundingsOf(scenario)
  const run = needsWallClock(scenario)
    ? await runPaced(scenario, surroundings, { guests: qemuGuests() })
    : runScenario(scenario, surroundings)
  return recordingOf(scenario, run)
}

const wantedScenario = (
  body: string,
  library: readonly LibraryEntry[],
  mostMachines: number,
): { readonly scenario: Scenario; readonly speed: number } => {
  const { file, seed, set, speed } = wantedOf(body)
  const entry = library.find(one => one.file === file)
  if (!entry) throw new UsageError(`"${file}" is not in the library`)
  const scenario = scenarioFrom(entry.file, {
    overrides: overridesOf(set),
    // A change that comes over HTTP opens no folder of this computer.
    onlyDirectories: directoriesIn(readSource(entry.file)),
    ...(seed !== undefined && { seed }),
  })
  const machines = scenario.clients.reduce((sum, { members }) => sum + members.length, 0)
  if (machines > mostMachines)
    throw new UsageError(`${machines} machines are more than the ${mostMachines} that the viewer shows here`)
  return { scenario, speed }
}

interface Wanted {
  readonly file: string
  readonly seed: number | undefined
  readonly set: readonly string[]
  readonly speed: number
}

const wantedOf = (body: string): Wanted => {
  const { file, seed, set = [], speed = 1 } = parsed(body)
  if (typeof file !== 'string' || !Array.isArray(set) || !set.every(one => typeof one === 'string'))
    throw new UsageError('wanted is { "file", "seed", "set": ["path=value"], "speed" }')
  if (!LIVE_SPEEDS.some(known => known === speed))
    throw new UsageError(`speed: one of ${LIVE_SPEEDS.join(', ')}`)
  const number = seed === undefined ? undefined : Number(seed)
  if (number !== undefined && !(Number.isSafeInteger(number) && number >= 0))
    throw new UsageError(`seed: ${JSON.stringify(seed)} is no whole number`)
  return { file, seed: number, set, speed: Number(speed) }
}

const parsed = (body: string): Record<string, unknown> => {
  try {
    return (JSON.parse(body) ?? {}) as Record<string, unknown>
  } catch {
    throw new UsageError('this request is not JSON')
  }
}
