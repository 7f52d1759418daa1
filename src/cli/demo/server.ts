/**
 * What `nbs demo` serves on loopback: the viewer, the list of scenarios, and runs of them. Answers nobody but the page
 * it served. Does not know the command line.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { recordingOf } from '../../scenario/recording.ts'
import { runScenario } from '../../scenario/run.ts'
import { UsageError } from '../exit.ts'
import { overridesOf } from '../run.ts'
import { scenarioFrom, surroundingsOf } from '../surroundings.ts'

/** A request to run is a file name, a seed and some changes. */
export const MAX_REQUEST_SIZE = 64 * 1024
/** Machines of one run: the page waits for it, and has to hold its packets. */
export const MAX_DEMO_MACHINES = 5000

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
  const live = page.replace('<html lang="en"', '<html lang="en" data-live="true"')
  const server = createServer((request, response) => {
    const { port: own } = server.address() as AddressInfo
    // A page of another origin, or a name that was pointed here, is not ours to answer.
    if (![`127.0.0.1:${own}`, `localhost:${own}`].includes(request.headers.host ?? ''))
      return answer(response, 421, 'text/plain', 'this server answers to 127.0.0.1 only')
    const wanted = `${request.method} ${request.url}`
    if (wanted === 'GET /') return answer(response, 200, 'text/html', live)
    if (wanted === 'GET /api/library')
      return answer(response, 200, 'application/json', JSON.stringify(library))
    if (wanted === 'POST /api/run') return void runFor(request, response, library)
    return answer(response, 404, 'text/plain', 'there is nothing here')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  })
  response.end(body)
}

const runFor = async (
  request: IncomingMessage,
  response: ServerResponse,
  library: readonly LibraryEntry[],
): Promise<void> => {
  // Other sites' pages can post forms here, but not this type.
  if (!request.headers['content-type']?.startsWith('application/json'))
    return answer(response, 415, 'text/plain', 'wanted is application/json')
  try {
    const body = await bodyOf(request)
    answer(response, 200, 'application/json', JSON.stringify(recordingFor(body, library)))
  } catch (error) {
    if (error instanceof UsageError) answer(response, 400, 'text/plain', error.message)
    else answer(response, 500, 'text/plain', `the run failed: ${(error as Error).message}`)
  }
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

const recordingFor = (body: string, library: readonly LibraryEntry[]) => {
  const { file, seed, set } = wantedOf(body)
  const entry = library.find(one => one.file === file)
  if (!entry) throw new UsageError(`"${file}" is not in the library`)
  const scenario = scenarioFrom(entry.file, {
    overrides: overridesOf(set),
    ...(seed !== undefined && { seed }),
  })
  const machines = scenario.clients.reduce((sum, { members }) => sum + members.length, 0)
  if (machines > MAX_DEMO_MACHINES)
    throw new UsageError(`${machines} machines are more than the ${MAX_DEMO_MACHINES} that the viewer shows`)
  return recordingOf(scenario, runScenario(scenario, surroundingsOf(scenario)))
}

const wantedOf = (body: string): { file: string; seed: number | undefined; set: string[] } => {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new UsageError('this request is not JSON')
  }
  const { file, seed, set = [] } = (value ?? {}) as Record<string, unknown>
  if (typeof file !== 'string' || !Array.isArray(set) || !set.every(one => typeof one === 'string'))
    throw new UsageError('wanted is { "file", "seed", "set": ["path=value"] }')
  if (seed === undefined) return { file, seed, set }
  const number = Number(seed)
  if (!Number.isSafeInteger(number) || number < 0)
    throw new UsageError(`seed: ${JSON.stringify(seed)} is no whole number`)
  return { file, seed: number, set }
}
