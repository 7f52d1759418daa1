/** U-Boot against its rules (U-1 … U-10) and the measured rows. */
import t, { type Test } from 'tap'
import { type Ip4, formatIp4 } from '../../src/core/address.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { random } from '../../src/core/random.ts'
import { U_BOOT_PROFILES } from '../../src/firmware/u-boot/profile.ts'
import { uBootFirmware } from '../../src/firmware/u-boot/u-boot.ts'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { bytesOption, first, ip4Option, textOption } from '../../src/wire/dhcp/options.ts'
import type { ArchitectureName } from '../../src/wire/pxe/client.ts'
import { decodeTftp } from '../../src/wire/tftp/codec.ts'
import { Bx, type Contender, D, Db, Df, P, host, leaseOf, network, observe } from './contenders.ts'
import { type FakeRun, type Sent, ip, runScript } from './fake-pc.ts'
import { FUZZ } from '../effort.ts'

interface Options {
  readonly profile?: string
  readonly architecture?: ArchitectureName
  readonly seed?: number
}

const run = (contenders: readonly Contender[], options: Options = {}): FakeRun =>
  runScript(
    uBootFirmware(options.profile ?? '2023', options.architecture ?? 'x64-uefi'),
    network(...contenders),
    {
      seed: options.seed ?? 1,
    },
  )

const close = (t: Test, got: readonly number[], wanted: readonly number[], what: string) =>
  t.ok(
    got.length === wanted.length && wanted.every((at, i) => Math.abs(got[i]! - at) <= 0.1),
    `${what}: wanted ${wanted.join(', ')}, got ${got.map(at => at.toFixed(2)).join(', ')}`,
  )
const end = (one: FakeRun) => (one.endedAt ?? Infinity) / 1_000_000
const rules = (one: FakeRun) => one.choices.map(choice => choice.rule)
const message = (sent: Sent) => {
  const decoded = decodeDhcp(sent.payload)
  if (!decoded.ok) throw new Error('no DHCP message')
  return decoded.value
}
const codes = (sent: Sent) => message(sent).options.map(option => option.code)

t.test('U-1: the requests, byte by byte', t => {
  const one = run([Df()])
  const [discover, request] = [one.sent[0]!, one.sent[1]!]
  t.equal(discover.fromPort, 68)
  t.same(discover.to, { ip: ip('255.255.255.255'), port: 67 })
  t.same(codes(discover), [53, 57, 94, 60, 55])
  t.same(codes(request), [53, 57, 54, 50, 94, 60, 55])
  const asked = message(discover)
  t.same({ flags: asked.flags, secs: asked.secs, file: asked.file }, { flags: 0, secs: 0, file: '' })
  t.equal(toHex(first(asked, 57)!), '0240')
  t.equal(toHex(first(asked, 94)!), '010000')
  t.same(first(asked, 60), textOption(60, 'U-Boot').value)
  t.same(first(asked, 55), Uint8Array.of(1, 3, 6, 12, 13, 17))
  t.equal(discover.payload.length, 300)
  t.equal(message(request).xid, asked.xid)
  t.same(first(message(request), 54), Uint8Array.of(10, 7, 0, 2))
  t.same(first(message(request), 50), Uint8Array.of(10, 7, 0, 102))

  const arm = message(run([], { architecture: 'arm64-u-boot' }).sent[0]!)
  t.equal(toHex(first(arm, 93)!), '0016')
  t.same(first(arm, 60), textOption(60, 'U-Boot.armv8').value)
  t.equal(toHex(first(message(run([], { architecture: 'arm32-u-boot' }).sent[0]!), 93)!), '0015')
  const pxe = message(run([], { architecture: 'arm64-u-boot', profile: 'with-pxe-class' }).sent[0]!)
  t.equal(toHex(first(pxe, 93)!), '000b')
  t.same(first(pxe, 60), textOption(60, 'PXEClient:Arch:00011:UNDI:003000').value)
  t.same([...first(pxe, 55)!].at(-1), 209)
  t.equal(message(run([], { profile: '2023-qemu' }).sent[0]!).file, 'bzImage')
  t.end()
})

interface Row {
  readonly row: string
  readonly servers: readonly Contender[]
  readonly from?: Ip4
  readonly file?: string
  readonly lease?: Ip4
  readonly code?: string
  readonly request?: number
  readonly read?: number
  readonly end?: number
  readonly rules?: readonly string[]
}

const slow = (delay: number) => ({ delay: delay * 1_000_000 })
const noServer = "*** ERROR: `serverip' not set"
const retryCount = 'Retry count exceeded'
const retryTime = 'Retry time exceeded'
const A = host('A')
const B = host('B')
const aLater = [bytesOption(175, fromHex('01 01 0a'))]

const ROWS: readonly Row[] = [
  {
    row: '1',
    servers: [D(), P('Pa')],
    code: noServer,
    lease: leaseOf('D'),
    request: 0.02,
    end: 0.04,
    rules: ['U-3', 'U-5'],
  },
  { row: '3', servers: [D(), P('Pa', slow(5))], code: noServer, lease: leaseOf('D'), request: 0.02 },
  { row: '4', servers: [Df(), P('Pa')], from: host('Df'), lease: leaseOf('Df'), request: 0.02, read: 0.04 },
  { row: '4r', servers: [P('Pa'), Df()], from: host('Df'), request: 0.06, read: 0.09 },
  { row: '5', servers: [Df(), Bx('Ba')], from: host('Df') },
  { row: '6', servers: [Df(), Bx('Ba', { port4011: 'dead' })], from: host('Df'), end: 0.05 },
  { row: '8', servers: [Db({ file: 'boot-Db', port4011: 'dead' })], from: host('Db'), lease: leaseOf('Db') },
  { row: '14', servers: [Df('A'), Df('B', slow(0.5))], from: A, lease: leaseOf('A'), request: 0.02 },
  { row: '15', servers: [D(), Df('Df', slow(0.5))], code: noServer, lease: leaseOf('D') },
  { row: '15r', servers: [Df(), D(slow(0.5))], from: host('Df'), lease: leaseOf('Df') },
  { row: '17', servers: [], code: retryTime, end: 29.77, rules: ['U-2'] },
  { row: '18s', servers: [D({ siaddr: host('D') })], from: host('D'), file: '0A070065.img', read: 0.04 },
  { row: '28f', servers: [Df('Df', { onRequest: 'nak' })], code: retryTime, end: 30.13, rules: ['U-4'] },
  { row: '29', servers: [Df('Df', { onRequest: 'silent' })], code: retryTime, end: 30.13 },
  {
    row: '30',
    servers: [Df('Df', { tftp: 'missing' })],
    code: "TFTP error: 'File not found' (1)",
    end: 0.05,
    rules: ['U-6'],
  },
  { row: '31', servers: [Df('Df', { tftp: 'closed' })], code: retryCount, end: 55.05 },
  { row: '32', servers: [Df('Df', { tftp: 'silent' })], code: retryCount, end: 55.06 },
  { row: '32a', servers: [Df('Df', { tftp: 'noArp' })], code: 'ARP Retry count exceeded', end: 25.05 },
  { row: '34', servers: [Df('Df', { tftp: 'noOptions' })], from: host('Df') },
  { row: '35', servers: [Df('Df', { tftp: 'raises' })], code: 'Invalid blk size(=1472)', end: 0.04 },
  { row: '36', servers: [Df('Df', { tftp: 'foreign' })], code: retryCount, end: 55.05 },
  { row: '36w', servers: [Df('Df', { tftp: 'foreignWide' })], from: host('Df') },
  { row: '37', servers: [Df('Df', { withoutMask: true })], from: host('Df') },
  {
    row: '38',
    servers: [Df('Df', { bootFileName: 'boot-o67' })],
    from: host('Df'),
    file: 'boot-Df',
    rules: ['U-5'],
  },
  {
    row: '38o',
    servers: [Df('Df', { bootFileName: 'boot-o67', file: '' })],
    from: host('Df'),
    file: 'boot-o67',
  },
  { row: '40', servers: [Df('Df', { options: [textOption(66, '10.7.0.99')] })], from: host('Df') },
  { row: '49', servers: [Df('A', { options: aLater }), Df('B')], from: A },
  {
    row: '51',
    servers: [Df('B', { acksAll: true, ...slow(0.5) }), Df('A', slow(0.02))],
    from: B,
    lease: leaseOf('B'),
    rules: ['U-4'],
  },
  {
    row: '52',
    servers: [{ ip: B, naksOthers: true }, Df('A')],
    from: A,
    lease: leaseOf('A'),
    rules: ['U-4'],
  },
]

t.test('measured rows, 2023', t => {
  for (const wanted of ROWS) {
    const one = run(wanted.servers)
    const seen = observe(one.sent)
    const name = `row ${wanted.row}`
    t.equal(one.record.outcome, wanted.from === undefined ? 'failed' : 'booted', `${name}: outcome`)
    t.equal(one.record.code, wanted.code, `${name}: code`)
    if (wanted.from !== undefined) {
      t.equal(formatIp4(seen.reads[0]?.ip ?? ip('0.0.0.0')), formatIp4(wanted.from), `${name}: file server`)
      t.ok((one.record.content?.length ?? 0) > 0, `${name}: content`)
    }
    if (wanted.file !== undefined) t.equal(one.record.file, wanted.file, `${name}: file`)
    if (wanted.lease !== undefined) t.equal(one.record.lease?.address, wanted.lease, `${name}: lease`)
    if (wanted.request !== undefined)
      close(t, seen.requests.slice(0, 1), [wanted.request], `${name}: REQUEST`)
    if (wanted.read !== undefined)
      close(
        t,
        seen.reads.slice(0, 1).map(read => read.at),
        [wanted.read],
        `${name}: RRQ`,
      )
    if (wanted.end !== undefined) close(t, [end(one)], [wanted.end], `${name}: end`)
    for (const rule of wanted.rules ?? []) t.ok(rules(one).includes(rule), `${name}: says ${rule}`)
    t.equal(one.openSockets, 0, `${name}: all sockets closed`)
  }
  t.end()
})

t.test('timings as measured, within 0.1 s', t => {
  const nobody = run([])
  const every2 = Array.from({ length: 13 }, (_, i) => 3.75 + 2 * i)
  close(t, observe(nobody.sent).discovers, [0, 0.25, 0.75, 1.75, ...every2], '17: DISCOVER')
  t.same(
    observe(nobody.sent).discoverSecs,
    [0, 0, 0, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27],
    '17: secs',
  )
  t.equal(nobody.screen[17], 'BOOTP broadcast 17')
  const refused = observe(run([Df('Df', { onRequest: 'nak' })]).sent)
  close(t, refused.requests, [0.02, 5.04, 10.06, 15.08, 20.11, 25.13], '28f: REQUEST')
  close(t, refused.discovers, [0, 5.02, 10.04, 15.06, 20.09, 25.11], '28f: DISCOVER')
  const unheard = observe(run([Df('Df', { onRequest: 'silent' })]).sent)
  close(t, unheard.requests, [0.02, 5.04, 10.07, 15.09, 20.11, 25.13], '29: REQUEST')
  const silent = observe(run([Df('Df', { tftp: 'silent' })]).sent)
  close(
    t,
    silent.reads.map(read => read.at),
    Array.from({ length: 11 }, (_, i) => 0.05 + 5 * i),
    '32: RRQ',
  )
  t.end()
})

t.test('U-5: a file name in option 67 ends at a NUL', t => {
  t.equal(run([Df('Df', { bootFileName: 'boot-Df\0', file: '' })]).record.file, 'boot-Df')
  t.end()
})

t.test('U-2: head doubles its waits, by ten per cent more or less', t => {
  const spans = new Set<number>()
  for (let seed = 0; seed < 20; seed++) {
    const one = run([], { profile: 'head', seed })
    const at = observe(one.sent).discovers
    t.equal(at.length, 7, 'at about 0, .25, .75, 1.75, 3.75, 7.75 and 15.75 s')
    for (let i = 1; i < at.length; i++) {
      const wait = 0.25 * 2 ** (i - 1)
      const got = at[i]! - at[i - 1]!
      t.ok(got >= wait * 0.9 - 1e-6 && got <= wait * 1.1 + 1e-6, `wait ${i}: ${got.toFixed(3)}`)
      spans.add(got)
    }
    t.equal(new Set(one.sent.map(sent => message(sent).xid)).size, 1, 'one xid')
    t.equal(one.record.code, retryTime)
  }
  t.ok(spans.size > 20, 'the waits vary')
  const old = run([])
  t.equal(new Set(old.sent.map(sent => message(sent).xid)).size, 17, '2023: a new xid each time')
  t.equal(message(old.sent[1]!).xid - message(old.sent[0]!).xid, 250, 'U-2: it counts milliseconds')
  t.end()
})

t.test('U-3: the type of the message is not checked; proxies count only where built in', t => {
  // An ACK in place of the offer.
  const lab = network(Df())
  const confused = runScript(uBootFirmware('2023', 'x64-uefi'), sent =>
    lab(sent).map(reply => {
      if (!('payload' in reply) || reply.payload[242] !== 2) return reply
      const payload = reply.payload.slice()
      payload[242] = 5
      return { ...reply, payload }
    }),
  )
  t.equal(confused.record.outcome, 'booted')
  const proxied = [D(), P('Pa', { delay: 10_000 })]
  const ignoring = run(proxied, { profile: 'with-pxe-class' })
  t.equal(ignoring.record.code, noServer)
  t.match(ignoring.choices[0]?.text, /10\.7\.0\.11 has no address for the client/)
  const taking = run(proxied, { profile: 'proxy-dhcp' })
  t.same([taking.record.outcome, taking.record.transfer?.server], ['booted', host('Pa')])
  t.equal(taking.record.pxeServer, host('Pa'))
  close(t, observe(taking.sent).requests, [0.12], 'waits 100 ms for proxies')
  t.equal(
    run([D(), P('Pa')], { profile: 'proxy-dhcp' }).record.transfer?.server,
    host('Pa'),
    'also after the offer',
  )
  t.equal(
    run([D(), P('Pa', slow(0.2))], { profile: 'proxy-dhcp' }).record.code,
    noServer,
    'but not long after',
  )
  t.end()
})

t.test('U-3: an answer to a DISCOVER long gone is not known any more', t => {
  const late = run([Df('Df', slow(6))])
  t.ok(observe(late.sent).requests.length > 0, 'four ids are remembered, 2 s apart')
  t.equal(run([Df('Df', slow(8.5))]).record.code, retryTime)
  t.end()
})

t.test('U-5, U-6: screen', t => {
  const good = run([Df('Df', { options: [textOption(60, 'x'), textOption(43, 'y')] })])
  t.same(good.screen, [
    'U-Boot (2023)',
    'BOOTP broadcast 1',
    '*** Unhandled DHCP Option in OFFER/ACK: 60',
    '*** Unhandled DHCP Option in OFFER/ACK: 43',
    '*** Unhandled DHCP Option in OFFER/ACK: 60',
    '*** Unhandled DHCP Option in OFFER/ACK: 43',
    'DHCP client bound to address 10.7.0.102 (40 ms)',
    'Using eth0 device',
    'TFTP from server 10.7.0.2; our IP address is 10.7.0.102',
    "Filename 'boot-Df'.",
    'Loading: *',
    'done',
    'Bytes transferred = 12 (c hex)',
  ])
  const last = (one: FakeRun, lines: number) => one.screen.slice(-lines)
  t.equal(run([D()]).record.pxeServer, undefined, 'nobody told it where to boot from')
  t.equal(good.record.pxeServer, host('Df'))
  t.same(last(run([D()]), 2), [noServer, 'Cannot autoload with TFTPGET'])
  t.same(last(run([Df('Df', { tftp: 'missing' })]), 2), [
    "TFTP error: 'File not found' (1)",
    'Not retrying...',
  ])
  t.same(last(run([Df('Df', { tftp: 'denied' })]), 1), ['Not retrying...'])
  t.same(last(run([Df('Df', { tftp: 'silent' })]), 2), [
    `Loading: *${'T '.repeat(10)}`,
    'Retry count exceeded; starting again',
  ])
  t.same(last(run([Df('Df', { tftp: 'raises' })]), 1), ['Loading: *Invalid blk size(=1472)'])
  t.same(last(run([]), 1), ['Retry time exceeded; starting again'])
  t.same(last(run([Df('Df', { tftp: 'noArp' })]), 1), ['ARP Retry count exceeded; starting again'])
  t.match(
    run([D({ siaddr: host('D') })]).screen.join('\n'),
    /\*\*\* Warning: no boot file name; using '0A070065\.img'/,
  )
  const built = run([D({ siaddr: host('D'), tftp: 'missing' })], { profile: '2023-qemu' })
  t.same(
    [built.record.file, built.record.code],
    ['bzImage', "TFTP error: 'File not found' (1)"],
    '18s as measured',
  )
  t.end()
})

t.test('U-6: the read request, and where ACKs go', t => {
  const one = run([Df('Df', { tftp: 'foreignWide' })])
  const [, , rrq, ack] = one.sent
  const decoded = decodeTftp(rrq!.payload)
  t.same(decoded.ok && decoded.value, {
    kind: 'rrq',
    file: 'boot-Df',
    mode: 'octet',
    options: [
      ['timeout', '5'],
      ['blksize', '1468'],
    ],
  })
  t.equal(formatIp4(ack!.to.ip), '10.7.0.2', 'U-6: to the address asked, though 10.7.0.77 answered')
  const refusal = run([Df('Df', { tftp: 'raises' })]).sent.at(-1)!
  t.equal(toHex(refusal.payload.subarray(0, 4)), '00050008', 'ERROR 8')
  t.end()
})

t.test('row 33: off the link', t => {
  const far = { siaddr: ip('192.0.2.9') }
  const lost = run([Df('Df', far)])
  t.ok(lost.screen.includes('## Warning: gatewayip needed but not set'))
  t.same(
    lost.configured.at(-1),
    { ip: leaseOf('Df'), prefixLength: 0 },
    'asks ARP for the far address itself',
  )
  const routed = run([Df('Df', { ...far, options: [ip4Option(3, ip('10.7.0.254'))] })])
  t.match(
    routed.screen.join('\n'),
    /TFTP from server 192\.0\.2\.9; .*; sending through gateway 10\.7\.0\.254/,
  )
  t.same(routed.configured.at(-1), { ip: leaseOf('Df'), prefixLength: 24, router: ip('10.7.0.254') })
  t.end()
})

t.test('U-7: pxe get', t => {
  const has = (wanted: string, more: Partial<Contender> = {}) => {
    const lab = network(Df('Df', { file: 'linux/boot', ...more }))
    const lacking = network(Df('Df', { tftp: 'missing', ...more }))
    return runScript(uBootFirmware('pxe-get', 'arm64-u-boot'), sent => {
      const packet = sent.to.port === 67 ? undefined : decodeTftp(sent.payload)
      const refused = packet?.ok && packet.value.kind === 'rrq' && packet.value.file !== wanted
      return (refused ? lacking : lab)(sent)
    })
  }
  const found = has('linux/pxelinux.cfg/0A07')
  t.equal(found.record.outcome, 'booted')
  const names = observe(found.sent).reads.map(read => read.file)
  t.same(
    names.map(name => name.replace('linux/pxelinux.cfg/', '')),
    ['01-00-50-56-00-00-01', '0A070066', '0A07006', '0A0700', '0A070', '0A07'],
  )
  const none = has('')
  t.same(
    observe(none.sent)
      .reads.slice(-2)
      .map(read => read.file),
    ['linux/pxelinux.cfg/default-arm', 'linux/pxelinux.cfg/default'],
  )
  t.equal(none.record.code, 'Config file not found')
  const told = has('menu.cfg', { options: [textOption(209, 'menu.cfg')] })
  t.same(
    observe(told.sent).reads.map(read => read.file),
    ['menu.cfg'],
  )
  t.equal(told.record.outcome, 'booted')
  const silent = run([Df('Df', { tftp: 'silent' })], { profile: 'pxe-get' })
  t.equal(silent.record.code, retryCount, 'a silent server is not asked for every name')
  t.end()
})

t.test('U-8, U-9: lwIP', t => {
  const lwip = { profile: 'lwip' }
  const nobody = run([], lwip)
  close(t, observe(nobody.sent).discovers, [0, 2, 6], 'DISCOVER')
  close(t, [end(nobody)], [10], 'end')
  t.same([nobody.record.outcome, nobody.record.code], ['failed', undefined])
  t.same(codes(nobody.sent[0]!), [53, 57, 55], 'no 60, 93, 94, 97')
  const good = run([Df()], lwip)
  t.equal(good.record.outcome, 'booted')
  t.same(codes(good.sent[1]!), [53, 57, 50, 54, 55])
  const only67 = run([Df('Df', { file: '', bootFileName: 'boot-o67' })], lwip)
  t.equal(only67.record.code, 'error: no file name')
  t.equal(
    run([Df('Df', { siaddr: ip('0.0.0.0') })], lwip).record.transfer?.server,
    host('Df'),
    'option 54 stands in for siaddr',
  )
  const broken = run([{ ip: host('Pa'), siaddr: host('Pa'), file: 'x', lease: ip('0.0.0.0') }, Df()], lwip)
  t.equal(broken.record.outcome, 'failed', 'an offer without an address is taken')
  t.match(broken.choices[0]?.text, /it offers no address/)
  const refused = run([Df('Df', { onRequest: 'nak' })], lwip)
  t.ok(observe(refused.sent).discovers.length > 100, 'a NAK starts it over at once')
  close(t, [end(refused)], [10], 'until time is up')
  const refusing = network(Df('Df', { onRequest: 'nak' }))
  const hasty = runScript(uBootFirmware('lwip', 'x64-uefi'), sent =>
    refusing(sent).map(reply => ({ ...reply, delay: 0 })),
  )
  t.equal(hasty.record.outcome, 'failed', 'a NAK in no time does not keep it busy for ever')
  const denied = run([Df('Df', { tftp: 'missing' })], lwip)
  t.equal(denied.record.code, 'TFTP error: 1 (File not found)')
  const silent = run([Df('Df', { tftp: 'silent' })], lwip)
  t.equal(silent.record.code, 'Timeout!')
  close(t, [end(silent)], [10.04], 'TFTP has ten seconds')
  t.end()
})

t.test('profiles', t => {
  for (const name of Object.keys(U_BOOT_PROFILES)) t.equal(uBootFirmware(name, 'arm64-u-boot').profile, name)
  t.throws(() => uBootFirmware('raspberry-pi-3', 'arm64-u-boot'), /has no profile raspberry-pi-3/)
  t.equal(uBootFirmware('2023', 'x64-uefi').stack.ttl, 255)
  t.same(run([Df()], { seed: 3, profile: 'head' }).sent, run([Df()], { seed: 3, profile: 'head' }).sent)
  t.end()
})

t.test('random replies neither throw nor run for ever', t => {
  const rounds = FUZZ / 40
  const draw = random('u-boot-fuzz')
  const lab = network(
    D({ siaddr: host('D') }),
    Db(),
    P('Pa'),
    Df('A', { onRequest: 'nak' }),
    Df('B', { acksAll: true }),
  )
  const refusing = network(Df('A', { onRequest: 'nak' }), P('Pa'))
  const profiles = Object.keys(U_BOOT_PROFILES)
  const outcomes = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    const instant = draw.chance(0.2)
    const servers = draw.chance(0.5) ? lab : refusing
    const world = (sent: Sent) =>
      servers(sent).map(reply => {
        if (!('payload' in reply)) return reply
        if (instant) return { ...reply, delay: 0 }
        if (draw.chance(0.5)) return reply
        const whole = draw.chance(0.9)
        const payload = whole
          ? reply.payload.slice()
          : reply.payload.slice(0, draw.below(reply.payload.length))
        for (let i = draw.below(6); i > 0 && payload.length > 0; i--) {
          const at = draw.chance(0.8) ? 236 + draw.below(60) : draw.below(payload.length)
          if (at < payload.length) payload[at] = draw.below(256)
        }
        return { ...reply, payload, delay: draw.below(4_000_000) }
      })
    const one = runScript(uBootFirmware(profiles[draw.below(profiles.length)]!, 'arm64-u-boot'), world, {
      seed: round,
    })
    outcomes.add(one.record.outcome)
  }
  t.same([...outcomes].sort(), ['booted', 'failed'])
  t.end()
})
