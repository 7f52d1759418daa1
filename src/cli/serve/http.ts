/**
 * A small HTTP server: a list of routes, limits on what a client may send, and how it ends. Does not know any route.
 */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { type Ip4, formatIp4 } from '../../core/address.ts'
import { EXIT, UsageError } from '../exit.ts'

export interface HttpReply {
  readonly status: number
  readonly type?: string
  readonly body: string
}

export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** What was sent as application/json; undefined if nothing was. */
  readonly json: unknown
}

/** Returns undefined where it has no such path. */
export type Route = (request: HttpRequest) => HttpReply | undefined

export interface HttpService {
  /** The port it got. */
  readonly port: number
  stop(): void
}

/** Of a request's body. */
export const MAX_BODY = 64 * 1024
export const MAX_CONNECTIONS = 512
const REQUEST_TIMEOUT_MILLIS = 10_000

export const startHttp = (
  { address, port }: { readonly address: Ip4; readonly port: number },
  route: Route,
): Promise<HttpService> =>
  new Promise((resolve, reject) => {
    const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MILLIS }, (request, response) => {
      answer(request, route).then(
        reply => send(response, reply),
        (error: unknown) => send(response, errorReply(error)),
      )
    })
    server.maxConnections = MAX_CONNECTIONS
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(startError(error, formatIp4(address), port)),
    )
    server.listen({ host: formatIp4(address), port }, () => {
      const bound = server.address()
      resolve({
        port: typeof bound === 'object' && bound ? bound.port : port,
        stop: () => {
          server.close()
          server.closeAllConnections()
        },
      })
    })
  })

export class HttpError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const json = (value: unknown, status = 200): HttpReply => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
})
export const text = (body: string, status = 200): HttpReply => ({ status, body: `${body}\n` })

const answer = async (request: IncomingMessage, route: Route): Promise<HttpReply> => {
  const { method = 'GET', url = '/' } = request
  if (url.length > 2_048) throw new HttpError(414, 'address too long')
  const at = url.indexOf('?')
  const found = route({
    method: method === 'HEAD' ? 'GET' : method,
    path: at < 0 ? url : url.slice(0, at),
    query: new URLSearchParams(at < 0 ? '' : url.slice(at)),
    json: method === 'PUT' || method === 'POST' ? await jsonOf(request) : undefined,
  })
  if (!found) throw new HttpError(404, 'there is no such thing here')
  return found
}

const jsonOf = async (request: IncomingMessage): Promise<unknown> => {
  // A page in somebody's browser can post a form to a server in the lab, but not JSON.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw new HttpError(415, 'send Content-Type: application/json')
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MAX_BODY) throw new HttpError(413, `a body has at most ${MAX_BODY} bytes`)
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    throw new HttpError(400, 'the body is not JSON')
  }
}

const errorReply = (error: unknown): HttpReply =>
  error instanceof HttpError ? text(error.message, error.status) : text('failed', 500)

const send = (
  response: ServerResponse,
  { status, type = 'text/plain; charset=utf-8', body }: HttpReply,
): void => {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
    ...(status === 413 && { Connection: 'close' }),
  })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

const startError = (error: NodeJS.ErrnoException, address: string, port: number): UsageError => {
  const where = `TCP ${address}:${port}`
  if (error.code === 'EADDRINUSE')
    return new UsageError(`${where} is taken by another program: choose another http port`)
  if (error.code === 'EACCES')
    return new UsageError(`no right to open ${where}: choose a port above 1023`, EXIT.missing)
  if (error.code === 'EADDRNOTAVAIL') return new UsageError(`this machine has no address ${address}`)
  return new UsageError(`${where}: ${error.message}`)
}
