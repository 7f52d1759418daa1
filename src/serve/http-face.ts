/**
 * What stands in front of every HTTP service of ours: whom it answers (Host, Origin), and that nobody can keep it busy by saying
 * nothing. Does not know any route.
 *
 * A page in somebody's browser can reach a service of this computer under a name of its own (DNS rebinding): then `Host` is that
 * name. It can send requests there from another site: then `Origin` or `Sec-Fetch-Site` says so.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type IncomingMessage, type RequestListener, type Server, createServer } from 'node:http'
import { type Socket, isIP } from 'node:net'
import { hostname } from 'node:os'

/** Open connections; one more takes the place of the one that has kept us waiting longest, or is refused. */
export const MAX_CONNECTIONS = 512
/** Of them from one address: others get in however many one opens. */
export const MAX_CONNECTIONS_OF_ADDRESS = 128
/** For the head of a request, from its first byte, or from the opening of the connection. */
const HEADERS_MILLIS = 5_000
const REQUEST_MILLIS = 10_000
/** How often the two are looked after. */
const CHECK_MILLIS = 1_000

/** Names besides addresses, `localhost` and the name of this computer by which it may be called. */
export interface FaceOptions {
  readonly names?: readonly string[] | undefined
}

/** Not listening yet. */
export const httpFace = (listener: RequestListener, { names = [] }: FaceOptions = {}): Server => {
  const own = new Set(['localhost', hostname().toLowerCase(), ...names.map(name => name.toLowerCase())])
  const sockets = new Sockets()
  const server = createServer(
    {
      headersTimeout: HEADERS_MILLIS,
      requestTimeout: REQUEST_MILLIS,
      connectionsCheckingInterval: CHECK_MILLIS,
    },
    (request, response) => {
      const why = refusalOf(request, own)
      if (why === undefined) return listener(request, response)
      response.writeHead(why === WRONG_HOST ? 421 : 403, {
        'content-type': 'text/plain',
        connection: 'close',
      })
      response.end(`${why}\n`)
    },
  )
  server.on('connection', socket => sockets.opened(socket))
  server.on('request', ({ socket }, response) => {
    sockets.busy(socket)
    response.on('close', () => sockets.waits(socket))
  })
  return server
}

const WRONG_HOST = 'this service answers to its address and to its own name only'
const WRONG_ORIGIN = 'this service answers no page of another site'

const refusalOf = ({ headers, method }: IncomingMessage, own: ReadonlySet<string>): string | undefined => {
  const { host, origin } = headers
  // A browser always names one.
  if (host !== undefined && !isOwnHost(host, own)) return WRONG_HOST
  if (origin !== undefined && origin !== `http://${host}`) return WRONG_ORIGIN
  const site = headers['sec-fetch-site']
  const isLink = method === 'GET' && headers['sec-fetch-mode'] === 'navigate'
  return site === undefined || site === 'same-origin' || site === 'none' || isLink ? undefined : WRONG_ORIGIN
}

/** An address cannot be pointed elsewhere, a name can. */
const isOwnHost = (host: string, own: ReadonlySet<string>): boolean => {
  const name = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase()
  return name !== undefined && (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || own.has(name))
}

/** Those that wait for the rest of a request, oldest first, and those that are answered. */
class Sockets {
  readonly #waiting = new Set<Socket>()
  readonly #busy = new Set<Socket>()
  readonly #ofAddress = new Map<string, number>()

  opened(socket: Socket): void {
    const address = socket.remoteAddress ?? ''
    const count = (this.#ofAddress.get(address) ?? 0) + 1
    this.#ofAddress.set(address, count)
    socket.once('close', () => this.#closed(socket, address))
    const isFull = this.#waiting.size + this.#busy.size >= MAX_CONNECTIONS
    if (isFull || count > MAX_CONNECTIONS_OF_ADDRESS) {
      const oldest = [...this.#waiting].find(other => isFull || other.remoteAddress === address)
      if (!oldest) return void socket.destroy()
      this.#waiting.delete(oldest)
      oldest.destroy()
    }
    this.#waiting.add(socket)
  }

  busy(socket: Socket): void {
    this.#waiting.delete(socket)
    this.#busy.add(socket)
  }

  waits(socket: Socket): void {
    if (this.#busy.delete(socket) && !socket.destroyed) this.#waiting.add(socket)
  }

  #closed(socket: Socket, address: string): void {
    this.#waiting.delete(socket)
    this.#busy.delete(socket)
    const left = (this.#ofAddress.get(address) ?? 1) - 1
    if (left > 0) this.#ofAddress.set(address, left)
    else this.#ofAddress.delete(address)
  }
}

/** `Authorization: Bearer …`; takes as long for every wrong one. */
export const hasToken = (header: string | undefined, token: string): boolean => {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(given), digest(token))
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
