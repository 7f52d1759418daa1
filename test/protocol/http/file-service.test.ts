/**
 * HTTP by its two ends: what the file service answers, and what the reader of responses makes of any bytes.
 */
import t from 'tap'
import { latin1Bytes, latin1Text } from '../../../src/core/bytes.ts'
import { random } from '../../../src/core/random.ts'
import { memoryImages } from '../../../src/nbs/images.ts'
import { type HttpBehavior, HttpFileConnection } from '../../../src/protocol/http/file-service.ts'
import { ResponseReader } from '../../../src/protocol/http/response-reader.ts'
import { FUZZ } from '../../effort.ts'

const FILE = new Uint8Array(5000).map((_, at) => at & 255)
const images = memoryImages({ 'boot/a.efi': FILE, 'b.bin': Uint8Array.of(1, 2, 3) })

const ask = (request: string, behavior: HttpBehavior = {}) => {
  const answer = new HttpFileConnection(images, behavior).receive(latin1Bytes(request))
  const [head = new Uint8Array(0), body] = answer.bytes
  return { head: latin1Text(head), body, ...answer }
}

const get = (path: string, fields = '', method = 'GET') =>
  `${method} ${path} HTTP/1.1\r\nHost: 10.0.0.1\r\n${fields}\r\n`

t.test('files, whole and in part', async t => {
  const whole = ask(get('/boot/a.efi'))
  t.match(whole.head, /^HTTP\/1\.1 200 OK\r\n/)
  t.match(whole.head, /Content-Type: application\/efi\r\n.*Content-Length: 5000\r\n/s)
  t.strictSame(whole.body, FILE)
  t.notOk(whole.ends)
  t.match(ask(get('/b.bin')).head, /application\/octet-stream/)
  t.strictSame(ask(get('/BOOT//A.EFI?mac=1')).body, FILE, 'as by TFTP: any case, doubled slashes; no query')
  t.strictSame(ask(get('http://10.0.0.1/boot/a.efi')).body, FILE)

  const part = ask(get('/boot/a.efi', 'Range: bytes=4990-\r\n'))
  t.match(part.head, /^HTTP\/1\.1 206 .*Content-Range: bytes 4990-4999\/5000\r\nContent-Length: 10\r\n/s)
  t.strictSame(part.body, FILE.subarray(4990))
  t.strictSame(ask(get('/boot/a.efi', 'Range: bytes=-3\r\n')).body, FILE.subarray(4997))
  t.strictSame(ask(get('/boot/a.efi', 'Range: bytes=0-0\r\n')).body, FILE.subarray(0, 1))
  t.match(ask(get('/boot/a.efi', 'Range: bytes=5000-\r\n')).head, /^HTTP\/1\.1 416 .*bytes \*\/5000/s)
  t.match(ask(get('/boot/a.efi', 'Range: bytes=9-1\r\n')).head, /^HTTP\/1\.1 200 /, 'no range at all')
})

t.test('HEAD tells the size and sends nothing', async t => {
  const head = ask(get('/boot/a.efi', '', 'HEAD'))
  t.match(head.head, /Content-Length: 5000/)
  t.equal(head.bytes.length, 1)
  t.notMatch(ask(get('/boot/a.efi', '', 'HEAD'), { head: 'noLength' }).head, /Content-Length/)
  t.match(ask(get('/boot/a.efi', '', 'HEAD'), { head: 'refused' }).head, /^HTTP\/1\.1 405 /)
})

t.test('what is refused', async t => {
  for (const path of [
    '/none',
    '/../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/boot/',
    '/',
    '/a%00b',
    '/%zz',
  ])
    t.match(ask(get(path)).head, /^HTTP\/1\.1 404 /, path)
  t.match(ask(get('/b.bin', '', 'PUT')).head, /^HTTP\/1\.1 405 .*Allow: GET, HEAD/s)
  t.match(ask('rubbish\r\n\r\n').head, /^HTTP\/1\.1 400 .*Connection: close/s)
  t.match(ask(`GET /${'x'.repeat(20_000)}`).head, /^HTTP\/1\.1 431 /)
  t.match(
    ask(get('/b.bin'), { status: 301, location: 'http://x/' }).head,
    /^HTTP\/1\.1 301 .*Location: http:\/\/x\//s,
  )
  t.ok(ask(get('/b.bin', 'Content-Length: 5\r\n')).ends, 'a body is not read')
})

t.test('requests come in pieces, several at once, and end as they say', async t => {
  const connection = new HttpFileConnection(images)
  const text = get('/b.bin') + get('/none') + get('/b.bin', 'Connection: close\r\n') + get('/b.bin')
  const statuses: number[] = []
  let ends = false
  for (const byte of latin1Bytes(text)) {
    const answer = connection.receive(Uint8Array.of(byte))
    statuses.push(...answer.events.map(({ status }) => status))
    ends ||= answer.ends
  }
  t.strictSame(statuses, [200, 404, 200], 'after Connection: close nothing is answered')
  t.ok(ends)
  t.strictSame(
    new HttpFileConnection(images).receive(latin1Bytes(text)).events.map(({ status }) => status),
    [200, 404, 200],
  )
})

const read = (text: string, method = 'GET', chunk = 7) => {
  const body: number[] = []
  const reader = new ResponseReader(method, part => body.push(...part))
  const bytes = latin1Bytes(text)
  for (let at = 0; at < bytes.length; at += chunk) reader.add(bytes.subarray(at, at + chunk))
  const before = reader.state
  reader.end()
  return { before, after: reader.state, body: latin1Text(Uint8Array.from(body)), status: reader.head?.status }
}

t.test('responses by length, in chunks, up to the end', async t => {
  const head = 'HTTP/1.1 200 OK\r\n'
  t.match(read(`${head}Content-Length: 5\r\n\r\nhello`), { before: 'complete', body: 'hello' })
  t.match(read(`${head}Content-Length: 5\r\n\r\nhel`), { before: 'body', after: 'broken' })
  t.match(read(`${head}Content-Length: 5\r\n\r\n`, 'HEAD'), { before: 'complete', body: '' })
  t.match(read(`${head}\r\nhello`), { before: 'body', after: 'complete', body: 'hello' })
  t.match(read(`${head}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n`), {
    before: 'complete',
    body: 'hello',
  })
  t.match(read(`${head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`), { before: 'broken' })
  t.match(read('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 Not Found\nContent-Length: 0\n\n'), {
    before: 'complete',
    status: 404,
  })
  t.match(read('no http\r\n\r\n'), { before: 'broken' })
})

t.test('no bytes make either end throw', async t => {
  const stream = random(7)
  const samples = [
    get('/boot/a.efi', 'Range: bytes=1-2\r\n'),
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n\r\n',
    'HTTP/1.1 206 Partial\r\nContent-Length: 5\r\n\r\nhello',
  ].map(latin1Bytes)
  for (let n = 0; n < FUZZ; n++) {
    const bytes = samples[n % samples.length]!.slice()
    for (let flips = 1 + stream.below(4); flips > 0; flips--)
      bytes[stream.below(bytes.length)] = stream.below(256)
    const cut = stream.below(bytes.length + 1)
    const connection = new HttpFileConnection(images)
    const reader = new ResponseReader('GET', () => {})
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      connection.receive(part)
      reader.add(part)
    }
    reader.end()
    if (!['complete', 'broken'].includes(reader.state)) t.fail(`left in ${reader.state}`)
  }
  t.pass(`${FUZZ} inputs`)
})
