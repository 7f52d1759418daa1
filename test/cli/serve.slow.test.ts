/**
 * `nbs serve` and `nbs serve-notification` on loopback: DHCP, boot server and TFTP through real sockets, decisions
 * over HTTP, reload, stop, mistakes and exit statuses. Nothing leaves the machine and no right is needed.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { EXIT } from '../../src/core/exit.ts'
import { notificationConfigFrom, serveConfigFrom } from '../../src/serve/config.ts'
import { httpApplication, startHttp } from '../../src/serve/http.ts'
import { pinoLevel } from '../../src/serve/log-level.ts'
import { LineLimit, MAX_LINES } from '../../src/serve/log.ts'
import { MAX_SERIES, Metrics } from '../../src/serve/metrics.ts'
import { notificationApi } from '../../src/serve/notification-api.ts'
import { allowSchema, notificationSchema, serveSchema } from '../../src/schemas.ts'
import { poolOf } from '../../src/serve/dhcp-setup.ts'
import { loadImages } from '../../src/nbs/image-directory.ts'
import { loopbackInterface } from '../../src/network/kernel/network.ts'
import { fetchWithNpmTftp } from '../../src/peers/npm-tftp.ts'
import {
  OPTION,
  bootFileName,
  classIdentifier,
  messageType,
  serverIdentifier,
} from '../../src/wire/dhcp/options.ts'
import { Server } from '../../src/serve/server.ts'
import { alwaysThere } from '../../src/serve/stations.ts'
import pino from 'pino'
import { encodeAck, encodeTftp } from '../../src/wire/tftp/codec.ts'
import { libc } from '../../src/network/kernel/libc.ts'
import { mac } from '../protocol/pxe/requests.ts'
import { PROGRAM, nbs } from '../built.ts'
import { until } from '../patience.ts'
import { PORT_OFFSET, address, ask, configOf, startServer } from '../serve/serve-lab.ts'

const X64 = 'BStrap/x64/BStrap.efi'
const tftpPort = 69 + PORT_OFFSET
const fetchFile = (file: string, options: { blockSize?: number; windowSize?: number; host?: string } = {}) =>
  fetchWithNpmTftp({ host: '127.0.0.1', port: tftpPort, file, ...options })
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const localhost = address('127.0.0.1')

t.test('a machine boots: OFFER, 4011, TFTP, and one line tells of it', async t => {
  const { boots, server } = await startServer(t)
  const machine = { mac: mac('00:50:56:00:00:01'), arch: 7 }
  const offer = await ask({ ...machine, type: 'discover', xid: 77 })
  t.equal(offer && messageType(offer), 'offer')
  t.equal(offer?.xid, 77)
  t.equal(offer?.yiaddr, 0, 'a proxy leases nothing')
  t.equal(offer && classIdentifier(offer), 'PXEClient')
  t.equal(offer && serverIdentifier(offer), localhost)
  t.equal(offer?.siaddr, localhost)
  t.equal(offer?.file, X64)
  const ack = await ask({ ...machine, type: 'request', ciaddr: localhost }, { port: 4011 })
  t.equal(ack && messageType(ack), 'ack')
  t.equal(ack?.file, X64)
  const bytes = await fetchFile(offer!.file)
  t.equal(sha(bytes), sha(readFileSync(`boot-images/${X64}`)))
  await until(() => boots().length > 0)
  t.match(boots(), [
    {
      mac: '00:50:56:00:00:01',
      address: '127.0.0.1',
      firmware: 'x64-uefi',
      decision: 'PXE: default image (unknown)',
      file: X64,
      bytes: 40_960,
      result: 'booted',
    },
  ])
  t.equal(boots().length, 1)
  t.equal(await server.metrics.value('nbs_boots_total', { result: 'booted' }), 1)
  t.equal(await server.metrics.value('nbs_tftp_bytes_total'), 40_960)
})

t.test('what is not for it stays unanswered', async t => {
  const { server } = await startServer(t, { yaml: "deny: '00:50:56:00:00:*'" })
  const quick = { waitMillis: 300 }
  t.equal(await ask({ class: 'MSFT 5.0' }, quick), undefined, 'no PXE client')
  t.equal(await ask({ mac: mac('00:50:56:00:00:09') }, quick), undefined, 'on the deny list')
  t.equal(
    await ask({ type: 'request', serverIdentifier: address('10.0.0.1') }, quick),
    undefined,
    "the DHCP server's",
  )
  t.equal(await server.metrics.value('nbs_pxe_ignored_total', { reason: 'denied' }), 1)
  t.equal(await server.metrics.value('nbs_pxe_ignored_total', { reason: 'no-pxe-client' }), 1)
  t.equal(await server.metrics.value('nbs_pxe_ignored_total', { reason: 'for-dhcp-server' }), 1)
})

t.test('files by npm tftp: sizes, windows, any case, and what is not there', async t => {
  const folder = t.testdir({ Images: {} })
  const sizes = {
    empty: 0,
    one: 1,
    'exact.bin': 1_468 * 16,
    'odd.bin': 1_468 * 33 + 7,
    'large.wim': 3 * 1024 * 1024 + 1,
  }
  for (const [name, size] of Object.entries(sizes))
    writeFileSync(
      join(folder, name),
      Uint8Array.from({ length: size }, (_, i) => i * 7 + (i >> 8)),
    )
  const { boots, lines } = await startServer(t, { images: folder, yaml: 'logLevel: 3' })
  for (const name of Object.keys(sizes))
    for (const options of [{ blockSize: 512 }, { blockSize: 1_468, windowSize: 16 }])
      t.equal(
        sha(await fetchFile(name.toUpperCase(), options)),
        sha(readFileSync(join(folder, name))),
        `${name} ${JSON.stringify(options)}`,
      )
  await t.rejects(fetchFile('none.efi'))
  const sly = createSocket('udp4')
  sly.send(Buffer.from('\0\x01..\\..\\package.json\0octet\0', 'latin1'), tftpPort, '127.0.0.1')
  const [refusal] = (await once(sly, 'message')) as [Buffer]
  sly.close()
  t.equal(refusal.toString('latin1', 0, 4), '\0\x05\0\x02', 'an ERROR: access violation')
  t.match(
    lines.filter(({ level }) => level === 40).map(({ msg }) => msg),
    [/refused none\.efi .* ERROR 1/, /refused \.\..* ERROR 2/],
  )
  t.strictSame(boots(), [], 'they are no boot files')
})

t.test('production is told once; who is offered a file and fails is told with the reason', async t => {
  const yaml = `
computers:
  - { mac: '00:50:56:00:00:01', class: managed }
  - { mac: '00:50:56:00:00:02', class: managed, boot: automation, image: WinPE, jobRunning: true }
`
  const { boots } = await startServer(t, { yaml, images: t.testdir({ readme: 'no boot files here' }) })
  const disk = { mac: mac('00:50:56:00:00:01') }
  const offer = await ask(disk)
  t.equal(offer?.file, '')
  await ask(disk)
  t.match(boots(), [
    { result: 'localDisk', mac: '00:50:56:00:00:01', decision: 'Production: local disk (managed)' },
  ])
  await ask({ mac: mac('00:50:56:00:00:02') })
  await t.rejects(fetchFile(X64))
  t.match(boots()[1], {
    result: 'refused',
    mac: '00:50:56:00:00:02',
    decision: 'Automation: WinPE (job running) (managed)',
    file: X64,
    because: 'file not found',
  })
})

t.test('with dhcp: one port 67 leases addresses and offers boot files', async t => {
  await startServer(t, { yaml: 'dhcp: { pool: 127.0.9.1-127.0.9.9, leaseTime: 60s, dns: 127.0.0.53 }' })
  const heard: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', bytes =>
    heard.push(`${bytes.subarray(16, 20).join('.')} ${bytes.toString('latin1', 108, 129)}`),
  )
  await new Promise<void>(resolve => socket.bind(68 + PORT_OFFSET, '127.0.0.1', resolve))
  const { encodeDhcp } = await import('../../src/wire/dhcp/codec.ts')
  const { clientMessage } = await import('../protocol/pxe/requests.ts')
  socket.send(encodeDhcp(clientMessage({ mac: mac('00:50:56:00:00:07') })), 67 + PORT_OFFSET, '127.0.0.1')
  while (heard.length < 2) await once(socket, 'message')
  socket.close()
  t.strictSame(heard.toSorted(), [`0.0.0.0 ${X64}`, `127.0.9.1 ${'\0'.repeat(21)}`])
  const lease = await ask({ class: undefined, mac: mac('00:50:56:00:00:08') })
  t.equal(lease?.yiaddr, address('127.0.9.2'), 'other machines get a lease and nothing else')
  t.strictSame(
    [...(lease?.options.find(({ code }) => code === OPTION.domainNameServer)?.value ?? [])],
    [127, 0, 0, 53],
  )
  t.equal(lease && bootFileName(lease), undefined)
  t.strictSame(poolOf({ network: address('10.0.0.0'), prefixLength: 24 }), {
    first: address('10.0.0.155'),
    last: address('10.0.0.254'),
  })
  t.equal(poolOf({ network: address('10.0.0.0'), prefixLength: 30 }), undefined)
})

t.test('a rival is found and named; a plain DHCP server is none', async t => {
  const rival = await startServer(t, { yaml: 'name: rival', ip: '127.0.0.5' })
  const second = new Server({
    config: configOf('name: second'),
    interfaces: [alwaysThere(loopbackInterface(localhost))],
    portOffset: PORT_OFFSET,
    images: loadImages('boot-images'),
    log: pino({ level: 'silent' }),
  })
  t.match(await second.look(), [
    {
      address: address('127.0.0.5'),
      isPxe: true,
      offer: /^file BStrap.*, next server 127\.0\.0\.5, menu "PXE: default image"$/,
    },
  ])
  t.match(await nbs(['serve', '--loopback', '--port-offset', String(PORT_OFFSET)]), {
    status: EXIT.usage,
    stderr: /another PXE server[^]*127\.0\.0\.5 offers file BStrap[^]*--beside-others/,
  })
  rival.server.close()
  await startServer(t, {
    yaml: 'dhcp: { pool: 127.0.9.1-127.0.9.9 }\nclasses: { unknown: { allow: false } }',
    ip: '127.0.0.6',
  })
  t.match(await second.look(), [
    { address: address('127.0.0.6'), isPxe: false, offer: /^address 127\.0\.9\.\d/ },
  ])
  second.close()
})

t.test('reload: new settings and images, while a transfer of the old ones goes on', async t => {
  const folder = t.testdir({ 'big.bin': '' })
  const old = Uint8Array.from({ length: 2 * 1024 * 1024 }, (_, i) => i * 3)
  writeFileSync(join(folder, 'big.bin'), old)
  const { server } = await startServer(t, { images: folder })
  const transfer = fetchFile('big.bin', { blockSize: 512 })
  while (server.transfers === 0) await new Promise(resolve => setImmediate(resolve))
  rmSync(join(folder, 'big.bin'))
  writeFileSync(join(folder, 'big.bin'), 'new')
  const fresh = configOf("deny: '*'\nhttp: { port: 1 }")
  t.strictSame(await server.reload(fresh, loadImages(folder)), ['name', 'http'])
  t.equal(server.transfers, 1, 'it still runs')
  t.equal(await ask({}, { waitMillis: 300 }), undefined, 'denied from now on')
  t.equal(sha(await transfer), sha(old))
  t.equal(Buffer.from(await fetchFile('big.bin')).toString(), 'new')
  const again = await server.reload(configOf('style: redirect'), loadImages(folder))
  t.strictSame(again, ['name'])
  t.equal((await ask({}))?.file, '', 'redirect: the file comes on 4011')
})

t.test('stop: a running transfer may end; a silent one is cut off when the time is over', async t => {
  const folder = t.testdir({})
  writeFileSync(join(folder, 'big.bin'), new Uint8Array(1024 * 1024))
  const first = await startServer(t, { images: folder })
  const transfer = fetchFile('big.bin', { blockSize: 512 })
  while (first.server.transfers === 0) await new Promise(resolve => setImmediate(resolve))
  t.equal(await first.server.stop(10_000), 0)
  t.equal((await transfer).length, 1024 * 1024)
  const second = await startServer(t, { images: folder })
  const silent = createSocket('udp4')
  silent.send(Buffer.from('\0\x01big.bin\0octet\0', 'latin1'), tftpPort, '127.0.0.1')
  await once(silent, 'message')
  t.equal(await second.server.stop(100), 1)
  silent.close()
})

t.test('a machine that is gone in the middle of a transfer is noticed at the next block', async t => {
  if (!libc()) return void t.pass('', { skip: 'ICMP is heard on Linux with koffi only' })
  const folder = t.testdir({ BStrap: { x64: {} } })
  writeFileSync(join(folder, X64), new Uint8Array(1024 * 1024))
  const { server, boots } = await startServer(t, { images: folder })
  const machine = createSocket('udp4')
  machine.send(encodeTftp({ kind: 'rrq', file: X64, mode: 'octet', options: [] }), tftpPort, '127.0.0.1')
  const [, first] = (await once(machine, 'message')) as [Buffer, { port: number }]
  await new Promise(resolve => machine.send(encodeAck(1), first.port, '127.0.0.1', resolve))
  await once(machine, 'message')
  // The ACK and the end of the machine leave together: block 3 comes to a closed port.
  await new Promise(resolve => machine.send(encodeAck(2), first.port, '127.0.0.1', resolve))
  machine.close()
  await until(() => boots().length > 0)
  // Otherwise it would be a time-out, after seven resends.
  t.match(boots(), [{ result: 'failed', because: 'unreachable: port' }])
  t.equal(server.transfers, 0)
  t.equal(await server.metrics.value('nbs_tftp_transfers_total', { result: 'unreachable' }), 1)
})

t.test('decisions over HTTP, kept for a while, and what happens when nobody answers', async t => {
  const decided: string[] = []
  const api = notificationApi(
    notificationConfigFrom(
      "computers: [{ mac: '00:50:56:00:00:01', class: managed, boot: automation, image: WinPE, jobRunning: true }]\n" +
        'classes: { unknown: { allow: false } }',
      'ns.yaml',
    ),
    ({ mac: of }) => decided.push(of.toString(16)),
  )
  const http = await startHttp({ address: localhost, port: 0 }, api)
  t.teardown(() => http.stop())
  const url = `http://127.0.0.1:${http.port}/nbs/decision`
  const yaml = `
notificationServer: { url: '${url}', timeout: 1s, retries: 1, cache: 0s, keep: 600s }
whenUnreachable: production
classes: { managed: { prompt: 9 } }
style: menu
`
  const { server, lines } = await startServer(t, { yaml })
  const known = { mac: mac('00:50:56:00:00:01') }
  const menu = await ask(known)
  const vendor = menu?.options.find(({ code }) => code === 43)
  t.match(Buffer.from(vendor?.value ?? []).toString('latin1'), /Automation: WinPE \(job running\)/)
  t.match(Buffer.from(vendor?.value ?? []).toString('latin1'), /\x0a[^]\x09Press F8/, 'prompt of the class')
  t.equal(
    await ask({ mac: mac('00:50:56:00:00:02') }, { waitMillis: 400 }),
    undefined,
    'not allowed: silence',
  )
  t.equal(decided.length, 2)
  http.stop()
  const kept = await ask(known)
  t.match(
    Buffer.from(kept?.options.find(({ code }) => code === 43)?.value ?? []).toString('latin1'),
    /WinPE/,
    'kept',
  )
  const stranger = await ask({ mac: mac('00:50:56:00:00:03') })
  t.match(
    Buffer.from(stranger?.options.find(({ code }) => code === 43)?.value ?? []).toString('latin1'),
    /Production: local disk/,
  )
  t.equal(await server.metrics.value('nbs_decision_failures_total'), 4, 'two machines, asked twice each')
  t.match(
    lines.filter(({ level }) => level === 40).map(({ msg }) => msg),
    [/did not answer: ECONNREFUSED/],
  )
})

t.test('the JSON API: computers, jobs, and its mistakes', async t => {
  const api = notificationApi(
    notificationConfigFrom(
      'classes: { unknown: { allow: false }, predefined: { image: LinuxPE } }',
      'ns.yaml',
    ),
    () => {},
  )
  const http = await startHttp({ address: localhost, port: 0 }, api)
  t.teardown(() => http.stop())
  const send = async (method: string, path: string, body?: unknown, type = 'application/json') => {
    const response = await fetch(`http://127.0.0.1:${http.port}${path}`, {
      method,
      ...(body !== undefined && { headers: { 'Content-Type': type }, body: JSON.stringify(body) }),
    })
    return [response.status, (await response.text()).trim()] as const
  }
  const decision = () =>
    send('GET', '/nbs/decision?mac=00:50:56:00:00:01&arch=x64-uefi&uuid=00112233-4455-6677-8899-aabbccddeeff')
  t.equal((await decision())[0], 403)
  t.equal((await send('PUT', '/computers/00:50:56:00:00:01', { class: 'predefined' }))[0], 201)
  t.equal((await send('PUT', '/computers/00-50-56-00-00-01', { class: 'predefined' }))[0], 200)
  t.strictSame(await decision(), [
    200,
    '<response boot="0" client="1" image="LinuxPE" arch="2" jobrunning="0" />',
  ])
  t.equal((await send('POST', '/jobs', { mac: '00:50:56:00:00:01', image: 'WinPE' }))[0], 201)
  t.strictSame(await decision(), [
    200,
    '<response boot="1" client="1" image="WinPE" arch="2" jobrunning="1" />',
  ])
  t.equal(JSON.parse((await send('GET', '/jobs'))[1]).jobs.length, 1)
  t.equal((await send('DELETE', '/jobs/00:50:56:00:00:01'))[0], 200)
  t.equal((await send('DELETE', '/jobs/00:50:56:00:00:01'))[0], 404)
  t.equal(JSON.parse((await send('GET', '/computers/00:50:56:00:00:01'))[1]).class, 'predefined')
  t.equal((await send('DELETE', '/computers/00:50:56:00:00:01'))[0], 200)
  t.equal((await decision())[0], 403)
  t.match(await send('PUT', '/computers/00:50:56:00:00:01', { class: 'manged' }), [
    400,
    /class: "manged" is not allowed here/,
  ])
  t.match(await send('PUT', '/computers/zz', {}), [400, /not a MAC/])
  t.match(await send('PUT', '/computers/00:50:56:00:00:01', {}, 'text/plain'), [415, /application\/json/])
  t.match(await send('POST', '/jobs', []), [400, /JSON object/])
  t.match(await send('POST', '/jobs', { x: 'y'.repeat(70_000) }), [413, /65536/])
  t.match(await send('GET', '/nbs/decision'), [400, /mac:/])
  t.match(await send('GET', '/nbs/decision?mac=00:50:56:00:00:01&arch=x65'), [400, /arch:/])
  t.equal((await send('GET', '/nothing'))[0], 404)
  t.equal((await send('GET', '/computers/00:50:56:00:00:01/x'))[0], 404)
  t.match(await send('DELETE', '/computers'), [405, /DELETE is not possible here/])
  t.match(await send('PUT', '/jobs/00:50:56:00:00:01', {}), [405, /PUT is not possible here/])
  t.match(await send('PUT', '/computers/00%3A50%3A56%3A00%3A00%3A07', { class: 'managed' }), [201, /:07/])
  t.match(await send('GET', '/healthz'), [200, /"ok":true/])
})

t.test('/metrics and /healthz', async t => {
  const port = 20_000 + (process.pid % 10_000)
  await startServer(t, { yaml: `http: { port: ${port} }\nname: seen` })
  await ask({})
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  t.match(
    metrics,
    '# TYPE nbs_pxe_answers_total counter\nnbs_pxe_answers_total{message="offer",arch="x64-uefi",boot="pxe",client="unknown"} 1\n',
  )
  t.match(metrics, '\nnbs_up 1\n')
  t.match(metrics, /\nnbs_udp_accelerated\{by="(io_uring"\} 1|epoll"\} 1|dgram"\} 0)\n/)
  t.match(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json(), {
    ok: true,
    name: 'seen',
    transfers: 0,
  })
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404)
  await t.rejects(startHttp({ address: localhost, port }, httpApplication()), {
    message: /taken by another program/,
  })
  const table = new Metrics()
  const count = table.counter('x', 'y', ['i'])
  for (let i = 0; i < MAX_SERIES + 10; i++) count({ i })
  t.match(await table.text(), /^x 10$/m, 'labels are bounded')
})

t.test('mistakes are told with their place and remedy, and exit 2 or 3', async t => {
  const file = (text: string): string => join(t.testdir({ 'serve.yaml': text }), 'serve.yaml')
  const refused = async (words: readonly string[], message: RegExp, status: number = EXIT.usage) => {
    t.match(await nbs(['serve', ...words]), { stderr: message, status })
  }
  await refused(['none.yaml'], /none\.yaml: no such file/)
  await refused([file('imges: x')], /serve\.yaml:1:1: imges: unknown field "imges"; did you mean images\?/)
  await refused([file('style: compleet\nlogLevel: 7')], /:1:8: style: .*did you mean complete\?/)
  await refused([file('logLevel: 7')], /:1:11: logLevel: 7 is not a level/)
  await refused([file('notificationServer: here')], /"here" is not a URL/)
  await refused([file('notificationServer: http://x/\ncomputers: []')], /only one of them decides/)
  await refused([file('interfaces: [a, b]\ndhcp: {}')], /one interface only/)
  await refused([file('a: [')], /not valid YAML/)
  await refused(['--interface', 'nbs-none'], /no interface "nbs-none" with an IPv4 address; t/)
  await refused(['--loopback', '--port-offset', '99999'], /a whole number from 0 to 16384/)
  await refused(['--loopback', '--http', '0'], /--http 0/)
  await refused(['--loopback', '--images', join(t.testdir({}), 'none')], /images: there is no folder .*none/)
  await startServer(t)
  const there = ['--loopback', '--port-offset', String(PORT_OFFSET)]
  await refused([...there, '--beside-others'], /is taken by another program[^]*proxyDhcp: false/, EXIT.failed)
})

t.test('levels, and no flood of lines', async t => {
  t.strictSame([1, 2, 3, 4, 5, 15, 255].map(pinoLevel), [
    'error',
    'warn',
    'info',
    'debug',
    'trace',
    'trace',
    'trace',
  ])
  t.equal(pinoLevel(6), undefined)
  t.equal(pinoLevel('debug'), 'debug')
  let now = 5_000
  const limit = new LineLimit(() => now)
  const said: number[] = []
  for (let i = 0; i < MAX_LINES + 30; i++) limit.line(leftOut => said.push(leftOut))
  t.equal(said.length, MAX_LINES)
  now += 1_000
  limit.line(leftOut => said.push(leftOut))
  t.equal(said.at(-1), 30)
})

t.test('the shipped schemas are those of the formats (NBS_WRITE=1 writes them)', async t => {
  const shipped = {
    'schema/serve.schema.json': serveSchema(),
    'schema/serve-notification.schema.json': notificationSchema(),
    'schema/allow.schema.json': allowSchema(),
  }
  for (const [file, schema] of Object.entries(shipped)) {
    if (process.env['NBS_WRITE'] === '1') writeFileSync(file, schema)
    t.equal(readFileSync(file, 'utf8'), schema, file)
    const silent = Object.entries((JSON.parse(schema) as { properties: Record<string, object> }).properties)
      .filter(([, field]) => !('description' in field))
      .map(([name]) => name)
    t.strictSame(silent, [], 'every field says what it is')
  }
})

t.test('what docs/serve.md and docs/notification-server.md show is true', async t => {
  const [page, asking] = ['docs/serve.md', 'docs/notification-server.md'].map(file =>
    readFileSync(file, 'utf8'),
  )
  const examples = (text = ''): string[] =>
    [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) => yaml!)
  t.equal(examples(page).length, 1)
  t.equal(serveConfigFrom(examples(page)[0]!, 'serve.md').tftp.windowSize, 16)
  const inline = /`(dhcp: \{ pool.*?\})`/.exec(page!)?.[1]
  t.match(serveConfigFrom(inline!, 'serve.md').dhcp, { engine: 'own' })
  const [asks, answers] = examples(asking)
  t.match(serveConfigFrom(asks!, 'notification-server.md').notificationServer, { retries: 1 })
  t.equal(notificationConfigFrom(answers!, 'notification-server.md').computers.length, 1)
  const named = new Set([...page!.matchAll(/`(nbs_\w+)`/g)].map(([, name]) => name))
  const { server } = await startServer(t)
  const there = [...(await server.metrics.text()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)
  t.strictSame(named, new Set(there), 'every metric is in the table')
})

t.test('the Containerfile copies what its build runs', async t => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const words = ['prepare', 'build', 'build:viewer'].flatMap(name => scripts[name]!.split(' '))
  const needed = words.filter(word => existsSync(word))
  const [build = ''] = readFileSync('packaging/Containerfile', 'utf8').split(/^FROM .*slim$/m)
  const copied = [...build.matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '))
  t.ok(needed.length >= 3, needed.join())
  for (const file of needed)
    t.ok(
      copied.some(source => file === source || file.startsWith(`${source}/`)),
      `${file} is copied`,
    )
})

t.test('the program: the line ready stands alone, SIGTERM ends it with status 0', async t => {
  const offset = PORT_OFFSET + 1
  const program = spawn(process.execPath, [PROGRAM, 'serve', '--loopback', '--port-offset', String(offset)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => program.kill('SIGKILL'))
  const lines: string[] = []
  const exited = once(program, 'exit')
  for await (const line of createInterface({ input: program.stderr })) {
    lines.push(line)
    if (line === 'ready') break
  }
  t.strictSame(
    lines.filter(line => !line.startsWith('{')),
    ['ready'],
  )
  t.equal((await ask({}, { portOffset: offset }))?.file, X64)
  program.kill('SIGTERM')
  t.strictSame(await exited, [0, null])
})
