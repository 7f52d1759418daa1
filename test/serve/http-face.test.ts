/** Whom our HTTP services answer, and what half-sent requests can do to them. Loopback only. */
import { request } from 'node:http'
import { type Socket, connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import t from 'tap'
import { MAX_CONNECTIONS_OF_ADDRESS, hasToken, httpFace } from '../../src/serve/http-face.ts'

const started = async (names?: readonly string[]) => {
  const server = httpFace((_, response) => void response.end('ok'), { names })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { port, stop }
}

const statusOf = (port: number, headers: Record<string, string> = {}, method = 'GET'): Promise<number> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method, headers, agent: false }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })

t.test('it answers to addresses and to its own names', async t => {
  const { port, stop } = await started(['nbs.lab'])
  t.teardown(stop)
  for (const host of [`127.0.0.1:${port}`, '10.0.0.1', '[::1]:80', 'LOCALHOST', hostname(), 'nbs.lab:80'])
    t.equal(await statusOf(port, { host }), 200, host)
  for (const host of [
    'evil.example',
    `nbs.lab.evil.example:${port}`,
    '127.0.0.1.evil.example',
    'a b',
    'user@localhost',
  ])
    t.equal(await statusOf(port, { host }), 421, host)
})

t.test('pages of other sites get no answer', async t => {
  const { port, stop } = await started()
  t.teardown(stop)
  const host = `127.0.0.1:${port}`
  t.equal(await statusOf(port, { host, origin: `http://${host}` }, 'POST'), 200)
  for (const origin of ['http://evil.example', 'null', `http://localhost:${port}`, `https://${host}`])
    t.equal(await statusOf(port, { host, origin }, 'POST'), 403, origin)
  t.equal(await statusOf(port, { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }), 403)
  t.equal(
    await statusOf(port, { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }),
    200,
    'a link',
  )
})

t.test('half-sent requests give way to whole ones', async t => {
  const { port, stop } = await started()
  t.teardown(stop)
  const half = await Promise.all(
    Array.from(
      { length: MAX_CONNECTIONS_OF_ADDRESS + 40 },
      () =>
        new Promise<Socket>(resolve => {
          const socket: Socket = connect(port, '127.0.0.1', () => {
            socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: ')
            resolve(socket)
          })
          socket.on('error', () => {})
        }),
    ),
  )
  t.teardown(() => half.forEach(socket => socket.destroy()))
  t.equal(await statusOf(port), 200)
})

t.test('a token is taken as a whole', async t => {
  t.ok(hasToken('Bearer abcdefghijklmnop', 'abcdefghijklmnop'))
  t.ok(hasToken('bearer abcdefghijklmnop', 'abcdefghijklmnop'))
  for (const header of [undefined, '', 'Bearer', 'Bearer abcdefghijklmno', 'Basic abcdefghijklmnop'])
    t.notOk(hasToken(header, 'abcdefghijklmnop'))
})
