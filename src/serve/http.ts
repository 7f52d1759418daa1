/**
 * What our small HTTP services share: how mistakes are told, limits on what a client may send, and how they start and
 * end. Does not know any route.
 */
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { type Ip4, formatIp4 } from '../core/address.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { httpFace } from './http-face.ts'

export interface HttpService {
  /** The port it got. */
  readonly port: number
  stop(): void
}

/** Of a request's body. */
const MAX_BODY = 64 * 1024

/** To add routes to. */
export const httpApplication = (): Hono => {
  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    context.header('X-Content-Type-Options', 'nosniff')
  })
  app.use(
    bodyLimit({
      maxSize: MAX_BODY,
      onError: context =>
        context.text(`a body has at most ${MAX_BODY} bytes\n`, 413, { Connection: 'close' }),
    }),
  )
  app.notFound(context => context.text('there is no such thing here\n', 404))
  app.onError((error, context) =>
    error instanceof HTTPException
      ? context.text(`${error.message}\n`, error.status)
      : context.text('failed\n', 500),
  )
  return app
}

/** Ends a request with this status and text. */
export const httpError = (status: HTTPException['status'], message: string): HTTPException =>
  new HTTPException(status, { message })

/** The object in a request's body. */
export const bodyOf = async (context: Context): Promise<Record<string, unknown>> => {
  // A page in somebody's browser can post a form to a server in the lab, but not JSON.
  if (!/^application\/json\b/i.test(context.req.header('Content-Type') ?? ''))
    throw httpError(415, 'send Content-Type: application/json')
  const text = await context.req.text()
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw httpError(400, 'the body is not JSON')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw httpError(400, 'send a JSON object')
  return body as Record<string, unknown>
}

export interface HttpPlace {
  readonly address: Ip4
  readonly port: number
  /** Further names by which it may be called. */
  readonly names?: readonly string[] | undefined
}

export const startHttp = ({ address, port, names }: HttpPlace, { fetch }: Hono): Promise<HttpService> =>
  new Promise((resolve, reject) => {
    const answering = getRequestListener(fetch)
    const server = httpFace((request, response) => void answering(request, response), { names })
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

const startError = (error: NodeJS.ErrnoException, address: string, port: number): UsageError => {
  const where = `TCP ${address}:${port}`
  if (error.code === 'EADDRINUSE')
    return new UsageError(`${where} is taken by another program: choose another http port`, EXIT.failed)
  if (error.code === 'EACCES')
    return new UsageError(`no right to open ${where}: choose a port above 1023`, EXIT.missing)
  if (error.code === 'EADDRNOTAVAIL')
    return new UsageError(`this machine has no address ${address}`, EXIT.failed)
  return new UsageError(`${where}: ${error.message}`)
}
