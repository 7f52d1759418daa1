/** iPXE against its rules (I-1 … I-26) and the measured rows. */
import t, { type Test } from 'tap'
import { type Ip4, formatIp4 } from '../../src/core/address.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { random } from '../../src/core/random.ts'
import { MAX_CHAIN_ROUNDS, ipxeFirmware, isIpxe } from '../../src/firmware/ipxe/ipxe.ts'
import { IPXE_PROFILES } from '../../src/firmware/ipxe/profile.ts'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { OPTION, bytesOption, first, textOption } from '../../src/wire/dhcp/options.ts'
import type { ArchitectureName } from '../../src/wire/pxe/client.ts'
import { Bx, type Contender, D, Db, Df, Dp, P, Pm, S, host, leaseOf, network, observe } from './contenders.ts'
import { FAKE_UUID, type FakeRun, type Sent, ip, runScript } from './fake-pc.ts'
import { FUZZ } from '../effort.ts'

const run = (
  contenders: readonly Contender[],
  {
    profile = 'head',
    architecture = 'x86-bios',
    limit = 400_000_000,
    seed = 1,
  }: { profile?: string; architecture?: ArchitectureName; limit?: number; seed?: number } = {},
): FakeRun => runScript(ipxeFirmware(profile, architecture), network(...contenders), { limit, seed })

const close = (t: Test, got: readonly number[], wanted: readonly number[], what: string) =>
  t.ok(
    got.length === wanted.length && wanted.every((at, i) => Math.abs(got[i]! - at) <= 0.1),
    `${what}: wanted ${wanted.join(', ')}, got ${got.map(at => at.toFixed(2)).join(', ')}`,
  )
const end = (one: FakeRun) => (one.endedAt ?? Infinity) / 1_000_000
const rules = (one: FakeRun) => one.choices.map(choice => choice.rule)
const isDhcp = (sent: Sent) => sent.to.port === 67 || sent.to.port === 4011
const message = (sent: Sent) => {
  const decoded = decodeDhcp(sent.payload)
  if (!decoded.ok) throw new Error('no DHCP message')
  return decoded.value
}
t.test('I-1, I-2, I-3: the DISCOVER, byte by byte', t => {
  const one = run([], { profile: '2019' })
  const discover = one.sent[0]!
  t.equal(discover.fromPort, 68)
  t.same(discover.to, { ip: ip('255.255.255.255'), port: 67 })
  const decoded = message(discover)
  t.same(
    {
      flags: decoded.flags,
      ciaddr: decoded.ciaddr,
      secs: decoded.secs,
      hlen: decoded.hlen,
      file: decoded.file,
    },
    { flags: 0, ciaddr: 0, secs: 4, hlen: 6, file: '' },
  )
  t.same(
    decoded.options.map(option => option.code),
    [53, 57, 93, 94, 60, 77, 55, 175, 61, 97],
  )
  t.equal(toHex(first(decoded, 57)!), '05c0')
  t.equal(toHex(first(decoded, 93)!), '0000')
  t.equal(toHex(first(decoded, 94)!), '010201')
  t.same(first(decoded, 60), textOption(60, 'PXEClient:Arch:00000:UNDI:002001').value)
  t.same(first(decoded, 77), textOption(77, 'iPXE').value)
  t.same(first(decoded, 55), fromHex('01 03 06 07 0c 0f 11 1a 2b 3c 42 43 77 80 81 82 83 84 85 86 87 af cb'))
  t.equal(toHex(first(decoded, 61)!), '01005056000001')
  t.same(first(decoded, 97), Uint8Array.of(0, ...FAKE_UUID))
  t.match(toHex(first(decoded, 175)!), /b105011af41000$/)
  t.equal(discover.payload.at(-1), 255, 'nothing after END')
  const xids = new Set(one.sent.map(sent => message(sent).xid))
  t.equal(xids.size, 1, 'one xid for the session')
  t.not([...xids][0], message(run([], { seed: 2 }).sent[0]!).xid)
  const efi = message(run([], { architecture: 'x64-uefi' }).sent[0]!)
  t.equal(toHex(first(efi, 93)!), '0007')
  t.equal(toHex(first(efi, 94)!), '01030a')
  t.same(first(efi, 60), textOption(60, 'PXEClient:Arch:00007:UNDI:003010').value)
  t.same(
    [...first(efi, 55)!].filter(code => code === 42 || code === 121),
    [42, 121],
    'master asks for 42 and 121',
  )
  t.equal(toHex(first(message(run([], { architecture: 'arm64-uefi' }).sent[0]!), 93)!), '000b')
  t.end()
})

t.test('I-9, I-11: the REQUEST and the request to 4011', t => {
  const one = run([D(), Bx('Ba')])
  const request = message(one.sent[1]!)
  t.same(
    request.options.map(option => option.code),
    [53, 57, 93, 94, 60, 77, 55, 175, 61, 97, 54, 50],
  )
  t.equal(request.secs, 11, 'lease and proxy held: bits 1 and 0')
  t.equal(request.flags, 0)
  const proxy = one.sent[2]!
  t.same(proxy.to, { ip: host('Ba'), port: 4011 })
  t.equal(proxy.fromPort, 68)
  const asked = message(proxy)
  t.same(
    { xid: asked.xid, flags: asked.flags, ciaddr: asked.ciaddr, secs: asked.secs },
    { xid: request.xid, flags: 0x8000, ciaddr: leaseOf('D'), secs: 15 },
  )
  t.same(
    asked.options.map(option => option.code),
    [53, 57, 93, 94, 60, 77, 55, 175, 61, 97, 54],
  )
  t.same(first(asked, 54), Uint8Array.of(10, 7, 0, 21))
  const viaDb = run([Db()]).sent.find(sent => sent.to.port === 4011)!
  t.same(first(message(viaDb), 60), textOption(60, 'PXEClient').value, "the server's class replaces its own")
  t.end()
})

/** Rows of the measured tables for which 2019 (router advertisement answered) and master agree, to 0.1 s. */
interface Row {
  readonly row: string
  readonly servers: readonly Contender[]
  readonly from?: Ip4
  readonly file?: string
  readonly lease?: Ip4
  readonly code?: string
  readonly request?: number
  readonly read?: number
  readonly asked?: readonly Ip4[]
  readonly rules?: readonly string[]
}

const [Ba, Bb, Pa, Pb] = [host('Ba'), host('Bb'), host('Pa'), host('Pb')]
const [S1, S2] = [host('S1'), host('S2')]
const dead = { port4011: 'dead' } as const
const slow = (delay: number) => ({ delay: delay * 1_000_000 })
const nothing = '2d03e13b'
const noProxy = { options: [bytesOption(175, fromHex('b0 01 01'))] }
const bootServers = [{ type: 1, addresses: [S1, S2] }]

const sixteenDead = Array.from({ length: 16 }, (_, i) => Bx('Ba', { ...dead, ip: ip(`10.7.0.${200 + i}`) }))

const ROWS: readonly Row[] = [
  { row: '1', servers: [D(), P('Pa')], from: Pa, lease: leaseOf('D'), request: 0.06, read: 0.15 },
  { row: '2a', servers: [D(), P('Pa'), P('Pb')], from: Pa, request: 0.06, rules: ['I-7'] },
  { row: '2b', servers: [P('Pa'), P('Pb'), D()], from: Pb, request: 0.1, rules: ['I-8', 'I-7'] },
  { row: '2c', servers: [P('Pa'), D(), P('Pb')], from: Pa, request: 0.06 },
  { row: '3', servers: [D(), P('Pa', slow(5))], code: nothing, lease: leaseOf('D'), request: 3.05 },
  { row: '3c', servers: [D(), P('Pa', slow(3.5))], code: nothing, request: 3.05 },
  { row: '3d', servers: [D(), P('Pa', slow(2.4))], from: Pa, request: 2.4, read: 2.46 },
  { row: '3e', servers: [P('Pa'), D(slow(5))], from: Pa, request: 5, read: 5.05 },
  { row: '3f', servers: [Df(), P('Pa', slow(5))], from: host('Df'), request: 3.05, read: 3.11 },
  { row: '4', servers: [Df(), P('Pa')], from: host('Df'), request: 0.06, rules: ['I-13'] },
  { row: '4r', servers: [P('Pa'), Df()], from: host('Df'), request: 0.06 },
  { row: '5', servers: [Df(), Bx('Ba')], from: host('Df'), asked: [Ba], read: 0.16 },
  { row: '5d', servers: [D(), Bx('Ba')], from: Ba, asked: [Ba], read: 0.15 },
  { row: '5f', servers: [Df(), Bx('Ba', { file: 'boot-Ba' })], from: host('Df'), asked: [], rules: ['I-11'] },
  { row: '5p', servers: [D(), Bx('Ba'), P('Pa')], from: Ba, asked: [Ba] },
  { row: '6', servers: [Df(), Bx('Ba', dead)], from: host('Df'), asked: [Ba, Ba, Ba, Ba], read: 4.03 },
  {
    row: '6i',
    servers: [Df(), Bx('Ba', { port4011: 'closed' })],
    from: host('Df'),
    asked: [Ba, Ba, Ba, Ba],
    read: 4.03,
  },
  { row: '7', servers: [D(), Bx('Ba', dead), Bx('Bb')], code: nothing, asked: [Ba, Ba, Ba, Ba] },
  { row: '7p', servers: [Bx('Ba', dead), Bx('Bb'), D()], from: Bb, asked: [Bb], request: 0.1 },
  { row: '7r', servers: [D(), Bx('Bb'), Bx('Ba', dead)], from: Bb, asked: [Bb] },
  {
    row: '8',
    servers: [Db({ file: 'boot-Db', ...dead })],
    from: host('Db'),
    asked: [],
    request: 0.02,
    read: 0.1,
  },
  { row: '8d', servers: [Df(), Db({ file: 'boot-Db', ...dead })], from: host('Db'), request: 0.06 },
  {
    row: '9',
    servers: [Db(), P('Pa')],
    from: host('Db'),
    lease: leaseOf('Db'),
    asked: [host('Db')],
    request: 0.02,
  },
  { row: '9r', servers: [P('Pa'), Db()], from: host('Db'), asked: [host('Db')], request: 0.06 },
  { row: '10', servers: [D(), Db(), P('Pa')], from: host('Db'), lease: leaseOf('Db'), request: 0.06 },
  { row: '10b', servers: [Db(), D(), P('Pa')], from: host('Db'), request: 0.02 },
  { row: '10c', servers: [P('Pa'), D(), Db()], from: Pa, lease: leaseOf('D'), request: 0.06 },
  { row: '11', servers: [D(), Db(), Bx('Ba')], from: host('Db'), asked: [host('Db')] },
  { row: '11b', servers: [Bx('Ba'), D(), Db()], from: Ba, lease: leaseOf('D'), asked: [Ba] },
  {
    row: '11d',
    servers: [D(), Db(dead), Bx('Ba')],
    code: nothing,
    lease: leaseOf('Db'),
    asked: Array(4).fill(host('Db')),
  },
  { row: '12', servers: [Dp('A'), Dp('B')], from: host('A'), file: 'boot-DpA', request: 0.02 },
  { row: '13', servers: [Dp('A'), D(), P('Pa')], from: host('A'), request: 0.02 },
  { row: '13b', servers: [D(), P('Pa'), Dp('A')], from: Pa, lease: leaseOf('D'), request: 0.06 },
  { row: '13c', servers: [P('Pa'), Dp('A'), D()], from: host('A'), lease: leaseOf('A') },
  {
    row: '14',
    servers: [Df('A'), Df('B', slow(0.5))],
    from: host('B'),
    lease: leaseOf('B'),
    request: 3.05,
    rules: ['I-8', 'I-7'],
  },
  { row: '14b', servers: [Df('A'), Df('B', slow(1.4))], from: host('B'), request: 2.41 },
  { row: '14c', servers: [Df('A'), Df('B', slow(3.3))], from: host('A'), request: 3.05 },
  { row: '15', servers: [D(), Df('Df', slow(0.5))], from: host('Df'), lease: leaseOf('Df'), request: 3.05 },
  { row: '15r', servers: [Df(), D(slow(0.5))], code: nothing, lease: leaseOf('D'), request: 3.05 },
  { row: '18', servers: [D()], code: nothing, lease: leaseOf('D'), request: 3.05, rules: ['I-7', 'I-13'] },
  { row: '19', servers: [D(), P('Pa', { vendor: { discoveryControl: 7 } })], from: Pa, request: 0.06 },
  {
    row: '20',
    servers: [D(), Pm({ discoveryControl: 0 }, { answersBroadcast: true, file4011: 'boot-Pm' })],
    from: host('Pm'),
    read: 0.18,
  },
  {
    row: '21',
    servers: [D(), Pm({ discoveryControl: 3, bootServers }), S('S1'), S('S2')],
    from: S1,
    asked: [S1],
  },
  {
    row: '21y',
    servers: [D(), Pm({ discoveryControl: 3, bootServers }), S('S1', dead), S('S2')],
    from: S2,
    asked: [S1, S1, S2],
    read: 3.3,
    rules: ['I-12', 'I-19', 'I-20'],
  },
  { row: '22', servers: [D(), Pm({ discoveryControl: 2 }), S('S1'), S('S2')], from: S1, asked: [] },
  { row: '22d', servers: [D(), Pm({ discoveryControl: 2 })], code: '4c106035', asked: [] },
  {
    row: '23',
    servers: [
      D(),
      Pm({ discoveryControl: 6, bootServers: [{ type: 1, addresses: [S1] }] }),
      S('S2'),
      S('S1'),
    ],
    from: S1,
    rules: ['I-20'],
  },
  {
    row: '23b',
    servers: [
      D(),
      Pm({ discoveryControl: 6, bootServers: [{ type: 1, addresses: [S1] }] }),
      S('S2', { siaddr4011: S1 }),
      S('S1'),
    ],
    from: S1,
    file: 'boot-S1',
  },
  { row: '24', servers: [D(), P('Pa', { withoutServerId: true })], from: Pa },
  { row: '25', servers: [D(), { ip: Pa, siaddr: Pa, file: 'boot-Pa' }], code: nothing, request: 3.05 },
  {
    row: '25q',
    servers: [D(), { ip: Pa, siaddr: Pa, file: 'boot-Pa' }, Df()],
    from: host('Df'),
    request: 3.05,
  },
  { row: '28s', servers: [Df('A', { onRequest: 'nak' }), Df('B')], from: host('B'), request: 3.05 },
  { row: '34', servers: [Df('Df', { tftp: 'noOptions' })], from: host('Df'), read: 3.11 },
  { row: '35', servers: [Df('Df', { tftp: 'raises' })], from: host('Df') },
  { row: '36', servers: [Df('Df', { tftp: 'foreign' })], from: host('Df') },
  { row: '37', servers: [Df('Df', { withoutMask: true })], from: host('Df') },
  { row: '38', servers: [Df('Df', { bootFileName: 'boot-o67' })], from: host('Df'), file: 'boot-Df' },
  {
    row: '39',
    servers: [Df('Df', { siaddr: ip('0.0.0.0') })],
    code: nothing,
    request: 3.05,
    rules: ['I-14'],
  },
  { row: '40', servers: [Df('Df', { options: [textOption(66, '10.7.0.99')] })], from: host('Df') },
  { row: '47', servers: [Df()], from: host('Df') },
  {
    row: '49',
    servers: [Df('A', { options: [bytesOption(175, fromHex('01 01 0a'))] }), Df('B')],
    from: host('A'),
    request: 3.05,
    rules: ['I-5'],
  },
  {
    row: '50',
    servers: [Df('Df', noProxy), P('Pa')],
    from: host('Df'),
    request: 0.02,
    asked: [],
    rules: ['I-7'],
  },
  { row: '50r', servers: [P('Pa'), D(noProxy)], code: nothing, request: 0.06, rules: ['I-11'] },
  {
    row: '51',
    servers: [Df('B', { acksAll: true, ...slow(0.5) }), Df('A')],
    from: host('B'),
    lease: leaseOf('B'),
  },
  {
    row: '45',
    servers: [...sixteenDead, D()],
    code: nothing,
    request: 0.66,
    asked: Array(4).fill(sixteenDead[15]!.ip),
  },
  { row: '46', servers: [D(), P('Pa', { unended: true })], from: Pa, request: 0.06 },
  { row: '46b', servers: [D(), P('Pa', { options: [bytesOption(51, fromHex('00 00 01'))] })], from: Pa },
  {
    row: '52',
    servers: [{ ip: host('B'), naksOthers: true }, Df('A')],
    from: host('A'),
    lease: leaseOf('A'),
  },
]

for (const profile of ['head', '2019-ra']) {
  t.test(`measured rows, ${profile}`, t => {
    for (const wanted of ROWS) {
      const one = run(wanted.servers, { profile })
      const seen = observe(one.sent)
      const name = `row ${wanted.row}`
      t.equal(one.record.outcome, wanted.from === undefined ? 'failed' : 'booted', `${name}: outcome`)
      t.equal(one.record.code, wanted.code, `${name}: code`)
      if (wanted.from !== undefined) {
        t.equal(seen.reads.at(-1)?.ip, wanted.from, `${name}: file server`)
        t.equal(one.record.transfer?.server, wanted.from, `${name}: recorded file server`)
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
      if (wanted.asked !== undefined)
        t.same(
          seen.asked4011.map(one => formatIp4(one.ip)),
          wanted.asked.map(formatIp4),
          `${name}: 4011`,
        )
      for (const rule of wanted.rules ?? []) t.ok(rules(one).includes(rule), `${name}: says ${rule}`)
      t.equal(one.openSockets, 0, `${name}: all sockets closed`)
    }
    t.end()
  })
}

t.test('timings as measured, within 0.1 s', t => {
  for (const profile of ['head', '2019-ra', '2019']) {
    const nobody = run([], { profile })
    close(t, observe(nobody.sent).discovers, [0, 1.02, 3.05, 7.12], `${profile} 17: DISCOVER`)
    t.same(observe(nobody.sent).discoverSecs, [4, 8, 12, 16], `${profile} 17: secs`)
    close(t, [end(nobody)], [profile === '2019' ? 16.07 : 15.24], `${profile} 17: end`)

    const plain = run([D()], { profile })
    close(t, observe(plain.sent).discovers, [0, 1.02], `${profile} 18: DISCOVER`)
    t.same(observe(plain.sent).discoverSecs, [4, 10], `${profile} 18: secs`)
    close(t, observe(plain.sent).requests, [3.05], `${profile} 18: REQUEST`)

    const silent = run([Df('Df', { onRequest: 'silent' })], { profile })
    close(t, observe(silent.sent).requests, [3.05, 3.32, 3.87, 4.91, 6.95, 11.01], `${profile} 29: REQUEST`)
    close(t, [end(silent)], [19.15], `${profile} 29: end`)

    const asked = observe(run([Df(), Bx('Ba', dead)], { profile }).sent).asked4011
    close(
      t,
      asked.map(one => one.at),
      [0.08, 0.35, 0.9, 1.95],
      `${profile} 6: 4011`,
    )
    t.same(
      asked.map(one => one.secs),
      [15, 19, 23, 27],
      `${profile} 6: secs`,
    )
    const read = observe(run([Df(), Bx('Ba', dead)], { profile }).sent).reads[0]!.at
    close(t, [read], [profile === '2019' ? 16.08 : 4.03], `${profile} 6: RRQ`)

    if (profile === '2019') continue
    const unread = run([Df('Df', { tftp: 'silent' })], { profile })
    close(
      t,
      observe(unread.sent).reads.map(one => one.at),
      [3.11, 3.37, 3.92, 4.97, 7, 11.06],
      `${profile} 32: RRQ`,
    )
    close(t, [end(unread)], [19.14], `${profile} 32: end`)
    const menu = run([D(), Pm({ discoveryControl: 3, bootServers }), S('S1'), S('S2')], { profile })
    close(
      t,
      observe(menu.sent).asked4011.map(one => one.at),
      [0.14],
      `${profile} 21: 4011`,
    )
  }
  const efi = run([], { architecture: 'x64-uefi' })
  close(t, observe(efi.sent).discovers, [0, 1, 3, 7], 'efi 17: DISCOVER')
  close(t, [end(efi)], [15.03], 'efi 17: end')
  close(
    t,
    [observe(run([D(), P('Pa')], { architecture: 'x64-uefi' }).sent).reads[0]!.at],
    [3.9],
    'efi-nora 1: RRQ',
  )
  const ra = run([D(), P('Pa')], { architecture: 'x64-uefi', profile: 'head-ra' })
  close(t, [observe(ra.sent).reads[0]!.at], [0.09], 'efi 1: RRQ')
  t.end()
})

t.test('I-4: the timers of the PXE specification', t => {
  const nobody = run([], { profile: 'spec-timers' })
  close(t, observe(nobody.sent).discovers, [0, 4.03, 12.11, 28.2], 'DISCOVER')
  close(t, [end(nobody)], [60.4], 'end')
  close(t, observe(run([D()], { profile: 'spec-timers' }).sent).requests, [12.11], 'waits 11 s for a proxy')
  close(t, [end(run([D(), Bx('Ba', dead)], { profile: 'spec-timers' }))], [8.04], '4011 is given up later')
  t.end()
})

t.test('I-8: the order of arrival decides', t => {
  const orders: readonly (readonly [string, readonly Contender[], string])[] = [
    ['D Pa Pb', [D(), P('Pa'), P('Pb')], 'boot-Pa'],
    ['D Pb Pa', [D(), P('Pb'), P('Pa')], 'boot-Pb'],
    ['Pa Pb D', [P('Pa'), P('Pb'), D()], 'boot-Pb'],
    ['Pb Pa D', [P('Pb'), P('Pa'), D()], 'boot-Pa'],
    ['Pa D Pb', [P('Pa'), D(), P('Pb')], 'boot-Pa'],
    ['Pb D Pa', [P('Pb'), D(), P('Pa')], 'boot-Pb'],
  ]
  for (const [order, servers, file] of orders) t.equal(run(servers).record.file, file, order)
  const late = run([P('Pa'), D(), P('Pb')])
  t.match(
    late.choices.map(choice => choice.text).join('\n'),
    /10\.7\.0\.12 arrived after iPXE had left discovery/,
  )
  // A server that also answers the second DISCOVER wins back its place: A is first of the pair at 0 s and at 1 s,
  // but answers late the first time only.
  const back = run([Df('A', slow(0.6)), Df('B', slow(0.5))])
  t.equal(back.record.file, 'boot-A')
  t.end()
})

t.test('I-10: a NAK', t => {
  const refusing = [Df('Df', { onRequest: 'nak' })]
  for (const profile of ['2019-ra', '2019', '2020']) {
    const one = run(refusing, { profile })
    close(t, observe(one.sent).requests, [3.05, 3.32, 3.87, 4.92, 6.95, 11.01], `${profile} 28f: REQUEST`)
    close(t, [end(one)], [19.1], `${profile} 28f: end`)
    t.equal(one.record.code, profile === '2019-ra' ? '2d03e13b' : '040ee119', `${profile} 28f: code`)
    t.equal(one.record.lease, undefined)
  }
  for (const profile of ['head', '2022']) {
    const one = run(refusing, { profile })
    const seen = observe(one.sent)
    close(t, seen.requests.slice(0, 6), [3.05, 6.12, 9.2, 12.27, 15.35, 18.43], `${profile} 28f: REQUEST`)
    close(t, seen.discovers.slice(0, 6), [0, 1.01, 4.09, 7.17, 10.24, 13.32], `${profile} 28f: DISCOVER`)
    t.equal(one.record.code, '040ee119', 'it ends at last')
    t.equal(message(one.sent.at(-1)!).secs >>> 2, 186, 'five more requests after the limit of 180 is passed')
  }
  const both = run([D({ onRequest: 'nak' }), P('Pa')])
  close(t, [end(both) / 10], [8.2], '28: 82 s')
  t.equal(both.record.code, '040ee119')
  const hasty = network(D({ onRequest: 'nak' }), P('Pa'))
  const instant = runScript(ipxeFirmware('head', 'x86-bios'), sent =>
    hasty(sent).map(reply => ({ ...reply, delay: 0 })),
  )
  t.equal(instant.record.code, '040ee119', 'a NAK in no time does not keep it busy for ever')
  const wrongOne = run([Df('B'), Df('A', { onRequest: 'nak' })], { limit: 90_000_000 })
  t.equal(wrongOne.record.outcome, 'pending', '28t: the later one wins every round, and refuses every round')
  t.end()
})

t.test('I-5, I-9: what does not count', t => {
  const negative = run([Df('A', { options: [bytesOption(175, fromHex('01 01 ff'))] })])
  t.equal(negative.record.code, '040ee119', 'a negative priority is below that of holding nothing')
  t.equal(
    run([Df('A', { onRequest: 'silent' }), Df('B', { acksAll: true, delay: 10_000 })]).record.lease,
    undefined,
  )
  t.end()
})

t.test('I-11, I-15, I-16: chain loading', t => {
  const loop = run([Df('Df', { file: 'undionly.kpxe' })])
  t.equal(loop.record.outcome, 'failed')
  t.equal(loop.record.code, undefined)
  t.equal(observe(loop.sent).reads.length, MAX_CHAIN_ROUNDS)
  t.match(loop.screen.at(-1), /loaded itself 8 times/)
  t.ok(rules(loop).includes('I-16'))
  t.equal(
    new Set(loop.sent.filter(one => one.to.port === 67).map(one => message(one).xid)).size,
    MAX_CHAIN_ROUNDS,
  )
  t.equal(loop.openSockets, 0)
  t.same(['ipxe.efi', 'x/snponly.efi', 'a\\undionly.kpxe', 'ipxe-x86_64.efi'].map(isIpxe), [
    true,
    true,
    true,
    true,
  ])
  t.same(['BStrap.efi', 'pxelinux.0', 'ipxe.cfg'].map(isIpxe), [false, false, false])
  // Issue 913: the proxy has nothing more to say to iPXE, but a 2022 build still reads what it said to the loader.
  const once = () => {
    let answered = 0
    const lab = network(D(), P('Pa', { file: 'ipxe.efi' }))
    const later = network(D(slow(0.02)), Df('Df', { delay: 2_500_000 }))
    return (sent: Sent) => {
      if (sent.to.port === 67 && message(sent).secs === 4) answered++
      return (answered === 1 ? lab : later)(sent)
    }
  }
  const firmware = (profile: string) => ipxeFirmware(profile, 'x86-bios')
  t.equal(runScript(firmware('head'), once()).record.file, 'boot-Df', 'head drops the stale settings')
  t.equal(runScript(firmware('2022'), once()).record.file, 'ipxe.efi', '2022 keeps them')
  t.end()
})

t.test('I-12, I-18: menus', t => {
  const local = {
    bootMenu: [
      { type: 0, text: 'Local disk' },
      { type: 1, text: 'Lab' },
    ],
  }
  const bios = run([D(), Pm(local)])
  t.equal(bios.record.outcome, 'localDisk')
  t.same(bios.screen.slice(-3), ['Booting from PXE menu', 'PXE', 'No more network devices'])
  const efi = run([D(), Pm(local)], { architecture: 'x64-uefi' })
  t.equal(efi.record.outcome, 'localDisk')
  t.equal(efi.record.code, undefined)
  t.same([bios.record.pxeServer, efi.record.pxeServer], [host('Pm'), host('Pm')], 'who said so')
  const other = run([D(), Pm({ discoveryControl: 2 }), S('S1')], { architecture: 'x64-uefi' })
  t.same([other.record.outcome, other.record.code], ['failed', undefined])
  t.same(other.screen.slice(-2), ['Booting from PXE menu', 'No more network devices'], 'I-12')
  t.same(observe(other.sent).asked4011, [])

  const counted = run([D(), Pm({ discoveryControl: 2, prompt: { timeout: 5, text: 'Press F8' } }), S('S1')])
  t.equal(counted.record.file, 'boot-S1')
  close(t, [end(counted)], [5.2], 'the countdown')
  for (const prompt of [{ timeout: 255, text: 'Choose' }, undefined]) {
    const vendor = { discoveryControl: 2, ...(prompt ? { prompt } : {}) }
    const menu = prompt
      ? Pm(vendor)
      : { ...Pm(vendor), vendor: { discoveryControl: 2, bootMenu: local.bootMenu } }
    const waiting = run([D(), menu])
    t.equal(waiting.record.outcome, 'pending', 'waits for a key')
    t.match(waiting.screen.at(-1), /^ [AB]\. /)
  }
  const skipped = run([D(), Pm({ discoveryControl: 8 }, { siaddr: host('Pm'), file: 'boot-Pm' })])
  t.equal(skipped.record.file, 'boot-Pm', 'bit 3 and a file: no menu')
  t.end()
})

t.test('I-19, I-20: boot server discovery', t => {
  const none = run([D(), Pm({ discoveryControl: 3 })])
  t.equal(none.record.code, undefined)
  t.match(none.screen.at(-1), /^PXEBS \(net0 type \d+\)No more network devices$/, 'in the same line')
  t.ok(rules(none).includes('I-28'))
  const failing = run([D(), Pm({ discoveryControl: 2 })])
  close(t, [end(failing)], [3.2], '22d: end')
  const request = failing.sent.filter(one => isDhcp(one) && first(message(one), 43)).map(message)
  t.equal(request.length, 2)
  t.equal(toHex(first(request[0]!, 43)!), '470400010000')
  t.same([request[0]!.xid, request[0]!.flags, request[0]!.secs], [0, 0x8000, 4])
  const group = ip('239.1.2.3')
  const falling = run([
    D(),
    Pm({ discoveryControl: 0, multicastAddress: group, bootServers }),
    S('S1', { ...dead, answersBroadcast: false }),
    S('S2', { answersBroadcast: false }),
  ])
  t.same(
    falling.sent.filter(one => isDhcp(one) && first(message(one), 43)).map(one => formatIp4(one.to.ip)),
    ['239.1.2.3', '239.1.2.3', '255.255.255.255', '255.255.255.255', '10.7.0.51', '10.7.0.51', '10.7.0.52'],
  )
  t.equal(falling.record.file, 'boot-S2')
  const dumb = run([D(), Pm({ discoveryControl: 2 }), S('S1', { siaddr4011: ip('0.0.0.0') })])
  t.same([dumb.record.outcome, dumb.record.code], ['failed', undefined], '23c')
  t.same(dumb.screen.slice(-3), [
    'PXEBS (net0 type 256)... ok',
    'Filename: boot-S1',
    'No more network devices',
  ])
  t.end()
})

t.test('I-24: texts as measured', t => {
  const last = (one: FakeRun, lines = 2) => one.screen.slice(-lines)
  const https = (code: string) => `(https://ipxe.org/${code})`
  const http = (code: string) => `(http://ipxe.org/${code})`
  const gone = 'No more network devices'
  t.same(last(run([D()])), [`Nothing to boot: No such file or directory ${https('2d03e13b')}`, gone])
  t.same(last(run([D()], { profile: '2019' })), [
    `Nothing to boot: No such file or directory ${http('2d03e13b')}`,
    gone,
  ])
  const efi: { architecture: ArchitectureName } = { architecture: 'x64-uefi' }
  t.same(last(run([D()], efi)), [`Nothing to boot: No such file or directory ${https('2d03e18e')}`, gone])
  const missing = [Df('Df', { tftp: 'missing' })]
  t.same(last(run(missing)), [`tftp://10.7.0.2/boot-Df... Not found ${https('2d12613b')}`, gone])
  t.same(last(run(missing, { profile: '2019' })), [
    `tftp://10.7.0.2/boot-Df... No such file or directory ${http('2d12603b')}`,
    gone,
  ])
  t.same(last(run(missing, { profile: '2022' })), [
    `tftp://10.7.0.2/boot-Df... No such file or directory ${https('2d12603b')}`,
    gone,
  ])
  t.same(last(run(missing, efi)), [`tftp://10.7.0.2/boot-Df... Not found ${https('2d12618e')}`, gone])
  t.equal(run([Df('Df', { tftp: 'denied' })]).record.code, '0212603c', 'I-22')
  t.equal(run([Df('Df', { tftp: 'denied' })], efi).record.code, '0212608f', 'I-22')
  for (const tftp of ['closed', 'silent', 'noArp'] as const) {
    const one = run([Df('Df', { tftp })])
    t.match(
      one.screen.at(-2),
      /^tftp:\/\/10\.7\.0\.2\/boot-Df\.{4,} Connection timed out \(https:\/\/ipxe\.org\/4c126035\)$/,
    )
    close(t, [end(one)], [19.15], `31, 32, 32a: ${tftp}`)
    t.ok(rules(one).includes('I-21'))
  }
  t.equal(run([Df('Df', { tftp: 'closed' })], efi).record.code, '4c126092')
  const offLink = run([Df('Df', { siaddr: ip('192.0.2.9') })])
  t.equal(offLink.record.code, '4c126035', '33: a send without route is not noticed')
  close(t, [end(offLink)], [19.15], '33')
  const uri = run([Df('Df', { file: 'http://10.7.0.2/boot-Df' })], { profile: '2019-ra' })
  t.match(
    uri.screen.at(-2),
    /^http:\/\/10\.7\.0\.2\/boot-Df\.{4,} Connection timed out \(http:\/\/ipxe\.org\/4c0a6035\)$/,
  )
  close(t, [end(uri)], [19.15], '44')
  const silent = run([Df('Df', { file: 'http://10.7.0.2/boot-Df' })])
  t.match(silent.screen.at(-2), /^http:\/\/10\.7\.0\.2\/boot-Df\.{4,}$/, '44: master says nothing')
  t.equal(silent.record.code, undefined)
  close(t, [end(silent)], [19.15], '44')
  t.match(last(run([])), [
    /^Configuring \(net0 00:50:56:00:00:01\)\.{6,} No configuration methods succeeded \(https:\/\/ipxe\.org\/040ee119\)$/,
    gone,
  ])
  t.equal(run([], efi).record.code, '040ee186')
  t.equal(run([P('Pa')]).record.code, '040ee119', '16')
  t.same(run([D()]).screen[1], 'Configuring (net0 00:50:56:00:00:01)...... ok')
  const good = run([D({ options: [bytesOption(OPTION.router, Uint8Array.of(10, 7, 0, 254))] }), P('Pa')])
  t.same(good.screen.slice(1), [
    'Configuring (net0 00:50:56:00:00:01)... ok',
    'net0: 10.7.0.101/255.255.255.0 gw 10.7.0.254',
    'Next server: 10.7.0.11',
    'Filename: boot-Pa',
    'tftp://10.7.0.11/boot-Pa... ok',
    'boot-Pa : 12 bytes [PXE-NBP]',
  ])
  t.equal(
    run([Df('Df', { file: 'tftp://10.7.0.11/x', siaddr: ip('0.0.0.0') }), P('Pa')]).record.transfer?.server,
    Pa,
    'I-14: a URI',
  )
  t.end()
})

t.test('I-50: IPv6 keeps "Configuring" waiting', t => {
  const ra = run([], { profile: '2019-ra' })
  t.equal(ra.record.code, '2d03e13b', 'an advertised router counts as a configuration')
  t.equal(run([], { profile: 'head-ra', architecture: 'x64-uefi' }).record.code, '2d03e18e')
  const slowRom = run([D(), P('Pa')], { profile: '2019' })
  close(
    t,
    [observe(slowRom.sent).requests[0]!, observe(slowRom.sent).reads[0]!.at],
    [0.06, 16.08],
    'nora row 1',
  )
  t.end()
})

t.test('I-23: a file for another processor', t => {
  const arm = new Uint8Array(256)
  arm.set(fromHex('4d5a'))
  arm[0x3c] = 0x80
  arm.set(fromHex('50450000 64aa'), 0x80)
  const bios = run([D(), P('Pa', { content: arm })])
  t.same([bios.record.outcome, bios.record.code], ['failed', undefined])
  t.equal(bios.screen.at(-1), 'boot-Pa : 256 bytes [PXE-NBP (may be EFI?)]')
  const x64 = run([D(), P('Pa', { content: arm })], { architecture: 'x64-uefi' })
  t.equal(x64.record.code, '7f048183')
  t.equal(x64.screen.at(-2), 'Could not boot image: Error 0x7f048183 (https://ipxe.org/7f048183)')
  t.equal(run([D(), P('Pa', { content: arm })], { architecture: 'arm64-uefi' }).record.outcome, 'booted')
  t.equal(run([D(), P('Pa', { content: new Uint8Array(0) })]).record.code, '2e008001', 'an empty file')
  t.end()
})

t.test('the same seed gives the same boot; another seed only shifts the clock', t => {
  const servers = [Df('A'), Df('B', slow(0.5)), P('Pa', slow(2.2))]
  t.same(run(servers, { seed: 7 }).sent, run(servers, { seed: 7 }).sent)
  for (let seed = 0; seed < 50; seed++) {
    const one = run([D()], { seed })
    close(t, observe(one.sent).requests, [3.03], `seed ${seed}`)
  }
  t.end()
})

t.test('profiles', t => {
  for (const name of Object.keys(IPXE_PROFILES)) t.equal(ipxeFirmware(name, 'x86-bios').profile, name)
  t.throws(() => ipxeFirmware('2049', 'x86-bios'), /has no profile 2049/)
  t.same(ipxeFirmware('head', 'x86-bios').stack.acceptsUnicastUnconfigured, true)
  t.equal(ipxeFirmware('head', 'x86-bios').stack.sendsPortUnreachable, false)
  t.end()
})

t.test('random replies neither throw nor run for ever', t => {
  const rounds = FUZZ / 40
  const draw = random('ipxe-fuzz')
  const lab = network(
    D(),
    Db(),
    P('Pa'),
    Bx('Ba'),
    Pm({ discoveryControl: 0, bootServers }),
    S('S1'),
    Df('A', { onRequest: 'nak' }),
  )
  const profiles = Object.keys(IPXE_PROFILES)
  const outcomes = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    const world = (sent: Sent) =>
      lab(sent).map(reply => {
        if (!('payload' in reply) || draw.chance(0.5)) return reply
        const payload = draw.chance(0.9)
          ? reply.payload.slice()
          : reply.payload.slice(0, draw.below(reply.payload.length))
        for (let i = draw.below(6); i > 0 && payload.length > 0; i--) {
          // Mostly where options are, so that the reply still gets past the first test.
          const at = draw.chance(0.8) ? 236 + draw.below(60) : draw.below(payload.length)
          if (at < payload.length) payload[at] = draw.below(256)
        }
        return { ...reply, payload, delay: draw.chance(0.2) ? 0 : draw.below(4_000_000) }
      })
    const architecture = draw.chance(0.5) ? 'x86-bios' : 'x64-uefi'
    const one = runScript(ipxeFirmware(profiles[draw.below(profiles.length)]!, architecture), world, {
      seed: round,
    })
    outcomes.add(one.record.outcome)
  }
  t.ok(outcomes.size >= 2, `both good and bad ends: ${[...outcomes].join(', ')}`)
  t.end()
})

t.test('I-10: builds of 2021 to 2023 hear the NAK of any server (ipxe 798, 879)', t => {
  const split = [{ ip: host('B'), naksOthers: true }, Df('A', { delay: 100_000 })]
  const head = run(split)
  t.equal(head.record.outcome, 'booted')
  t.equal(observe(head.sent).requests.length, 1)
  t.match(head.choices.find(choice => choice.rule === 'I-9')?.text, /^The NAK of 10\.7\.0\.4 is ignored/)
  const old = run(split, { profile: '2022' })
  t.ok(observe(old.sent).requests.length > 10, 'it starts over again and again')
  t.ok(rules(old).includes('I-10'))
  t.equal(observe(run(split, { profile: '2019-ra' }).sent).requests.length, 1, 'older ones hear none at all')
  t.end()
})

t.test('a file name in option 67 ends at a NUL', t => {
  const one = run([Df('Df', { bootFileName: 'boot-Df\0', file: '' })])
  t.equal(one.record.outcome, 'booted')
  t.equal(one.record.file, 'boot-Df')
  t.end()
})
