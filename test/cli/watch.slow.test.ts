/** `nbs watch` on captures, so that its time is that of the frames: what it tells, when, and that it stays small. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { type AllowList, allowListFrom } from '../../src/watch/allow-list.ts'
import { commandRunner } from '../../src/watch/command.ts'
import { MAX_WATCHED_SERVERS } from '../../src/watch/server-monitor.ts'
import { type Told, eventJson, eventLine } from '../../src/watch/events.ts'
import { MAX_EVENTS_PER_SECOND, Watcher } from '../../src/watch/watcher.ts'
import { formatIp4, toMac } from '../../src/core/address.ts'
import { SECOND, type Micros } from '../../src/core/micros.ts'
import { Capture, type Machine, type Offer, complete, lease, ms, s } from '../analysis/capture-builder.ts'
import { PROGRAM, nbs } from '../built.ts'
import { capturedRun, inFile } from './captures.ts'

const FILE = 'BStrap/x64/BStrap.efi'
const [DHCP, NBS, RIVAL] = ['10.0.0.2', '10.0.0.5', '10.0.0.6']

/** All that is told of a capture, as short texts, with the second in which it is told. */
const told = (capture: Capture, { allow, until }: { allow?: AllowList; until?: Micros } = {}) => {
  const events: Told[] = []
  const watcher = new Watcher({ tell: event => events.push(event), allow })
  for (const { at, segment, bytes } of capture.records)
    watcher.take({ at, segment, linkType: 1, bytes, start: 0, end: bytes.length })
  if (until !== undefined) watcher.tick(until)
  watcher.finish()
  return { events, watcher, short: events.map(shortOf) }
}

const shortOf = (event: Told): string => {
  const second = `${Math.floor(event.at / SECOND)} s`
  switch (event.kind) {
    case 'finding':
      return `${second} ${event.finding.severity} ${event.finding.rule}`
    case 'new-server':
      return `${second} new ${event.role} ${formatIp4(event.server)}${event.standing ? ` ${event.standing}` : ''}`
    case 'contention-begins':
    case 'contention-grows':
      return `${second} ${event.kind} ${event.servers.map(formatIp4).join(' ')}`
    case 'contention-ends':
      return `${second} ${event.kind} ${event.left.map(formatIp4).join(' ')}`
    case 'new-mac':
    case 'server-quiet':
    case 'server-back':
      return `${second} ${event.kind} ${event.role} ${formatIp4(event.server)}`
    case 'capture-begins':
    case 'capture-lost':
    case 'command-failed':
    case 'left-out':
      return `${second} ${event.kind}`
  }
}

/** One machine asks; the DHCP server and these PXE servers answer, a millisecond apart. */
const boot = (capture: Capture, at: Micros, number: number, ...servers: readonly string[]): Machine => {
  const machine = capture.machine(number)
  capture.discover(at, machine)
  capture.offer(at + ms(1), DHCP, machine, lease(`10.0.0.${100 + (number % 100)}`))
  servers.forEach((server, i) => capture.offer(at + ms(2 + i), server, machine, complete(FILE)))
  return machine
}

const plain = (text: string): string => text
const PLAIN = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain }

t.test('contention: begins with the second answer, ends when three machines met one server', async t => {
  const capture = new Capture()
  boot(capture, s(1), 1, NBS)
  boot(capture, s(10), 2, NBS, RIVAL)
  boot(capture, s(20), 3, RIVAL, NBS)
  boot(capture, s(30), 4, NBS)
  boot(capture, s(31), 5, NBS)
  boot(capture, s(32), 6, NBS, RIVAL)
  boot(capture, s(40), 7, NBS)
  boot(capture, s(41), 8, NBS)
  boot(capture, s(42), 9, NBS)
  const { short, events } = told(capture, { until: s(50) })
  t.strictSame(
    short.filter(text => !/finding|warning|error|info/.test(text)),
    [
      `1 s new dhcp ${DHCP}`,
      `1 s new pxe ${NBS}`,
      `10 s new pxe ${RIVAL}`,
      `10 s contention-begins ${NBS} ${RIVAL}`,
      `50 s contention-ends ${NBS}`,
    ],
  )
  t.equal(short.filter(text => text.includes('multiple-pxe-responders')).length, 1, 'a finding is told once')
  const begins = events.find(({ kind }) => kind === 'contention-begins')
  t.match(begins && eventLine(begins, formatIp4, PLAIN), /1970-01-01T00:00:10.003000Z  office  PXE contention begins: 10\.0\.0\.5 and 10\.0\.0\.6 answer the same DISCOVER of 00:50:56:00:00:02; the first led by 1.00 ms$/) // prettier-ignore
  t.match(begins && eventJson(begins, formatIp4), {
    event: 'contention-begins',
    alarm: true,
    servers: [NBS, RIVAL],
    client: '00:50:56:00:00:02',
    marginSeconds: 0.001,
  })
})

t.test('a server falls silent and comes back; a third joins; an address moves', async t => {
  const capture = new Capture()
  boot(capture, s(1), 1, NBS)
  for (const [i, at] of [10, 30, 50, 70].entries()) boot(capture, s(at), 10 + i)
  boot(capture, s(90), 20, NBS)
  boot(capture, s(91), 21, NBS, RIVAL)
  boot(capture, s(92), 22, NBS, RIVAL, '10.0.0.7')
  const machine = capture.machine(23)
  capture.discover(s(93), machine)
  capture.offer(s(93) + ms(1), DHCP, machine, lease('10.0.0.123', { mac: toMac(0x020000000099) }))
  const { short } = told(capture)
  t.strictSame(short.filter(text => !/error|warning|info/.test(text)).slice(2), [
    `90 s server-quiet pxe ${NBS}`,
    `90 s server-back pxe ${NBS}`,
    `91 s new pxe ${RIVAL}`,
    `91 s contention-begins ${NBS} ${RIVAL}`,
    `92 s new pxe 10.0.0.7`,
    `92 s contention-grows ${NBS} ${RIVAL} 10.0.0.7`,
    `93 s new-mac dhcp ${DHCP}`,
  ])
})

const events = (short: readonly string[]): readonly string[] =>
  short.filter(text => !/ (error|warning|info) /.test(text))

t.test('a second DHCP server is told with its first answer, partners of one pool are not', async t => {
  const [ROGUE, PARTNER] = ['10.0.0.66', '10.0.0.3']
  const asked = (
    capture: Capture,
    at: Micros,
    number: number,
    others: readonly (readonly [string, Offer])[],
  ) => {
    const machine = capture.machine(number)
    capture.discover(at, machine)
    capture.offer(at + ms(1), DHCP, machine, lease(`10.0.0.${100 + number}`))
    others.forEach(([server, offer], i) => capture.offer(at + ms(2 + i), server, machine, offer))
  }
  const capture = new Capture()
  asked(capture, s(1), 1, [])
  asked(capture, s(2), 2, [[PARTNER, lease('10.0.0.150')]])
  asked(capture, s(10), 3, [[ROGUE, lease('192.168.1.50', { router: '192.168.1.1' })]])
  for (const [i, at] of [20, 21, 22].entries()) asked(capture, s(at), 10 + i, [])
  const { short, events: all } = told(capture, { until: s(30) })
  t.strictSame(events(short), [
    `1 s new dhcp ${DHCP}`,
    `2 s new dhcp ${PARTNER}`,
    `10 s new dhcp ${ROGUE}`,
    `10 s contention-begins ${DHCP} ${ROGUE}`,
    `30 s contention-ends ${DHCP}`,
  ])
  const begins = all.find(({ kind }) => kind === 'contention-begins')!
  t.match(eventJson(begins, formatIp4), { alarm: true, role: 'dhcp', text: /^DHCP contention begins: / })
})

t.test('quiet is said only where an answer would have been seen', async t => {
  for (const [flags, isSaid] of [
    [0x8000, true],
    [0, false],
  ] as const) {
    const capture = new Capture()
    boot(capture, s(1), 1, NBS)
    for (const [i, at] of [30, 50, 70, 90].entries())
      capture.discover(s(at), capture.machine(10 + i), { flags })
    const { short } = told(capture, { until: s(100) })
    t.equal(
      short.some(text => text.endsWith(`server-quiet dhcp ${DHCP}`)),
      isSaid,
      `flags ${flags}`,
    )
  }
})

t.test('a rogue that changes its address is known by its MAC', async t => {
  const mac = toMac(0x020000000066)
  const capture = new Capture()
  const rogue = (at: Micros, number: number, address: string) => {
    const machine = boot(capture, at, number, NBS)
    capture.offer(at + ms(5), address, machine, { ...complete(FILE), mac })
  }
  rogue(s(1), 1, '10.0.0.66')
  rogue(s(10), 2, '10.0.0.67')
  const moved = told(capture).events.findLast(({ kind }) => kind === 'new-server')!
  t.match(eventJson(moved, formatIp4), {
    server: '10.0.0.67',
    formerly: ['10.0.0.66'],
    alarm: true,
    text: /the same network card has answered here as 10\.0\.0\.66/,
  })
})

t.test('the end of a capture is an alarm', async t => {
  const lost: Told = { kind: 'capture-lost', interface: 'eth0', why: 'went down', retrySeconds: 1, at: 0 }
  t.match(eventJson(lost, formatIp4), {
    alarm: true,
    text: 'the capture ended (went down); tries again in 1 s',
  })
})

const LIST = `servers:
  - { address: ${DHCP}, role: [ dhcp, failover ], name: dhcp-1 }
  - { address: 10.0.0.3, role: failover }
  - { address: ${NBS}, role: [ pxe, failover ], mac: '02:00:0a:00:00:05' }
  - { address: ${RIVAL}, role: [ pxe, failover ], mac: '02:00:0a:00:00:07' }
`

t.test('an allow list: partners are no alarm, strangers are', async t => {
  const allow = allowListFrom(LIST, 'allow.yaml')
  const capture = new Capture()
  for (let i = 1; i <= 3; i++) {
    const machine = boot(capture, s(i), i, NBS, RIVAL)
    capture.offer(s(i) + ms(9), '10.0.0.3', machine, lease(`10.0.0.${200 + i}`))
  }
  t.strictSame(told(capture, { allow }).short, [
    `1 s new dhcp ${DHCP} listed`,
    `1 s new pxe ${NBS} listed`,
    `1 s new pxe ${RIVAL} other-mac`,
    '1 s new dhcp 10.0.0.3 listed',
  ])
  t.match(told(capture).short.join('\n'), /contention-begins[^]*multiple-pxe-responders/, 'without it')
  boot(capture, s(9), 9, NBS, '10.0.0.66', DHCP)
  t.match(told(capture, { allow }).short, [
    /./,
    /./,
    /./,
    /./,
    '9 s new pxe 10.0.0.66 stranger',
    `9 s contention-begins ${NBS} 10.0.0.66`,
    `9 s new pxe ${DHCP} other-role`,
    /contention-grows/,
    /multiple-pxe-responders/,
  ])
  for (const [text, message] of [
    ['servers: [ { address: 10.0.0.2 } ]', /allow.yaml:1:12: servers\[0\]\.role: missing/],
    ['servers: [ { adress: 10.0.0.2, role: dhcp } ]', /allow.yaml:1:14: .*did you mean address\?/],
    ['servers: [ { address: 10.0.0.2, role: dhpc } ]', /1:39: .*did you mean dhcp\?/],
    [
      'servers:\n - { address: 10.0.0.2, role: dhcp }\n - { address: 10.0.0.2, role: pxe }',
      /allow.yaml:3:15: .*10\.0\.0\.2 is listed already/,
    ],
  ] as const)
    t.throws(() => allowListFrom(text, 'allow.yaml'), { message })
})

t.test('a flood of invented servers and machines: memory and lines stay bounded', async t => {
  const events: Told[] = []
  const watcher = new Watcher({ tell: event => events.push(event) })
  const seconds = 30
  for (let i = 0; i < 12_000; i++) {
    const capture = new Capture()
    const at = s(1 + (i * seconds) / 12_000)
    const machine = capture.machine(i)
    capture.discover(at, machine)
    capture.offer(at + 100, `10.${1 + (i >> 14)}.${(i >> 7) & 127}.${1 + (i & 127)}`, machine, complete(FILE))
    for (const { segment, bytes } of capture.records)
      watcher.take({ at, segment, linkType: 1, bytes, start: 0, end: bytes.length })
  }
  t.equal(watcher.monitor.servers.length, MAX_WATCHED_SERVERS)
  t.ok(events.length <= (seconds + 2) * (MAX_EVENTS_PER_SECOND + 1), `${events.length} events`)
  t.ok(events.some(({ kind }) => kind === 'left-out'))
})

t.test('a replay says the same each time, as lines and as JSON', async t => {
  const folder = t.testdir({
    'allow.yaml': 'servers: [ { address: 10.20.1.2, role: dhcp, name: the-dhcp } ]',
  })
  const { pcapng } = capturedRun('scenarios/two-nbs-one-subnet.yaml')
  const file = inFile(folder, 'two.pcapng', pcapng)
  const out = join(folder, 'alarms')
  const first = await nbs(['watch', '--read', file, '--json', '--exec', `cat >> ${out}`])
  t.equal(first.status, 0, first.stderr)
  t.equal((await nbs(['watch', '--read', file, '--json'])).stdout, first.stdout)
  const lines = first.stdout.trim().split('\n').map(line => JSON.parse(line) as Record<string, unknown>) // prettier-ignore
  t.match(lines.at(-1), { event: 'state' })
  const alarms = lines.filter(({ alarm }) => alarm === true)
  t.ok(alarms.some(({ event, rule }) => event === 'finding' && rule === 'job-lost'))
  t.strictSame(
    readFileSync(out, 'utf8').trim().split('\n').map(line => JSON.parse(line) as object), // prettier-ignore
    alarms,
    'the command is given each alarm',
  )
  const text = await nbs(['watch', '--read', file, '--allow', join(folder, 'allow.yaml')])
  t.match(text.stdout, /office {2}new DHCP server 10\.20\.1\.2 \(the-dhcp\) at .* offers lease$/m)
  t.match(text.stdout, /new PXE server 10\.20\.1\.5 at .*; it is NOT in the allow list$/m)
  t.match(text.stdout, /^office +10\.20\.1\.5 +pxe +02:6e:62:73:00:04 /m)

  const child = spawn(process.execPath, [PROGRAM, 'watch', '--read', '-', '--json'], { stdio: ['pipe', 'pipe', 'inherit'] }) // prettier-ignore
  let piped = ''
  child.stdout.on('data', (chunk: Buffer) => (piped += chunk.toString()))
  child.stdin.end(pcapng)
  await once(child, 'close')
  t.equal(piped, first.stdout, 'from standard input')
})

t.test('metrics and state over HTTP', async t => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as { port: number }
  await new Promise(resolve => holder.close(resolve))
  const child = spawn(process.execPath, [PROGRAM, 'watch', '--read', '-', '--metrics', `127.0.0.1:${port}`], { stdio: ['pipe', 'pipe', 'inherit'] }) // prettier-ignore
  t.teardown(() => child.kill())
  child.stdin.write(capturedRun('scenarios/two-nbs-one-subnet.yaml').pcapng)
  while (!/contention begins/.test(String(await once(child.stdout, 'data')))) continue
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  t.match(text, /^nbs_watch_contention\{subnet="office"\} 2$/m)
  t.match(text, /^nbs_watch_servers\{subnet="office",role="pxe"\} 2$/m)
  t.match(text, /^nbs_watch_events_total\{event="contention-begins",alarm="true"\} 1$/m)
  t.match(text, /^nbs_watch_frames [1-9]\d+$/m)
  t.match(await (await fetch(`http://127.0.0.1:${port}/state`)).json(), {
    servers: [{ subnet: 'office', server: '10.20.1.1', role: 'relay' }, {}, {}, {}],
    contentions: [{ servers: ['10.20.1.5', '10.20.9.5'] }],
  })
  child.stdin.end()
  const [status] = (await once(child, 'close')) as [number]
  t.equal(status, 0)
})

t.test('commands: one at a time, bounded in time and number', async t => {
  const folder = t.testdir({})
  const results: string[] = []
  const onResult = (result: string, why: string) => void results.push(`${result} ${why}`.trim())
  const slow = commandRunner({ command: `sleep 60; echo late > ${folder}/late`, timeoutMillis: 200, now: () => 0, onResult }) // prettier-ignore
  slow.run('finding', '{}')
  await slow.finish()
  t.strictSame(results.splice(0), ['failed it did not end within 0.2 s and was stopped'])
  t.notOk(existsSync(join(folder, 'late')))
  const failing = commandRunner({ command: 'exit 3', now: () => 0, onResult })
  failing.run('finding', '{}')
  await failing.finish()
  t.strictSame(results.splice(0), ['failed it ended with status 3'])

  let now = 0
  const counting = commandRunner({ command: `cat >> ${folder}/all; echo "$NBS_EVENT" >> ${folder}/all`, now: () => now, onResult }) // prettier-ignore
  for (let i = 0; i < 40; i++) counting.run('finding', `{"i":${i}}`)
  await counting.finish()
  t.equal(results.filter(result => result === 'ok').length, 30)
  t.equal(results.splice(0).filter(result => result.startsWith('dropped')).length, 10)
  now = 60_001
  counting.run('contention-ends', '{"i":40}')
  await counting.finish()
  t.strictSame(results, ['ok'])
  t.match(
    readFileSync(join(folder, 'all'), 'utf8'),
    /^\{"i":0\}\nfinding\n[^]*\{"i":40\}\ncontention-ends\n$/,
  )
})

t.test('wrong calls and missing programs', async t => {
  const folder = t.testdir({ junk: 'no capture at all, but long enough to be one', bin: {} })
  const status = async (words: string[], env: Record<string, string> = {}) => {
    const ended = await nbs(['watch', ...words], { env })
    return `${ended.status} ${ended.stderr}`
  }
  t.match(await status([]), /^2 nbs: nothing to watch: give --interface NAME, or --read FILE/)
  t.match(await status(['--read', join(folder, 'none')]), /^2 nbs: .*none: no such file/)
  t.match(await status(['--read', join(folder, 'junk')]), /^2 nbs: .*junk: /)
  t.match(await status(['--interface', 'x', '--read', 'y']), /^2 nbs: /)
  t.match(
    await status(['--read', 'x', '--metrics', 'here']),
    /^2 nbs: --metrics here: not an address; write it as 127.0.0.1:9470/,
  )
  t.match(await status(['--read', 'x', '--allow', join(folder, 'none.yaml')]), /^2 nbs: .*none.yaml: no such file/) // prettier-ignore
  symlinkSync('/bin/sh', join(folder, 'bin/sh'))
  t.match(
    await status(['--interface', 'lo'], { PATH: join(folder, 'bin') }),
    /^3 nbs: a live capture needs dumpcap or tcpdump.*\n +sudo apt-get install tcpdump/,
  )
})
