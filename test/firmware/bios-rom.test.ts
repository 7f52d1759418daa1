/**
 * The BIOS ROM against its predictions for scenarios/firmware (no closed ROM was measured), its captured wire image (B-2,
 * B-21, B-22), and each switch that sources disagree on.
 */
import t, { type Test } from 'tap'
import { ANY_IP4, formatIp4 } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { biosRomFirmware } from '../../src/firmware/bios-rom/bios-rom.ts'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../src/wire/dhcp/message.ts'
import { messageType } from '../../src/wire/dhcp/options.ts'
import { decodeTftp } from '../../src/wire/tftp/codec.ts'
import { type Contender, Bx, D, Db, Df, Dp, P, Pm, S, host, network } from './contenders.ts'
import { type FakeRun, type Sent, type World, ip, runScript } from './fake-pc.ts'
import { FUZZ } from '../effort.ts'

const boot = (servers: readonly Contender[], profile = 'intel'): FakeRun =>
  runScript(biosRomFirmware(profile, 'x86-bios'), network(...servers))

const dhcpOf = (sent: Sent): DhcpMessage => {
  const decoded = decodeDhcp(sent.payload)
  if (!decoded.ok) throw new Error('no DHCP message')
  return decoded.value
}
const dhcpSent = (run: FakeRun, type: string, port = 67) =>
  run.sent.filter(sent => sent.to.port === port && messageType(dhcpOf(sent)) === type)
const rrqs = (run: FakeRun) => run.sent.filter(sent => sent.to.port === 69)
const asked4011 = (run: FakeRun) =>
  run.sent.filter(({ to }) => to.port === 4011).map(({ to }) => formatIp4(to.ip))
const gets = ({ record }: FakeRun) => (record.outcome === 'booted' ? record.file : record.code)
const codes = (sent: Sent) => dhcpOf(sent).options.map(option => option.code)
const near = (t: Pick<Test, 'same' | 'ok'>, got: readonly Sent[], want: readonly number[], what: string) =>
  t.same(
    got.map(({ at }) => Math.round(at / (SECOND / 10)) / 10),
    want,
    what,
  )

const dead = { port4011: 'dead' } as const
const list = { bootServers: [{ type: 1, addresses: [host('S1'), host('S2')] }] }

/** Row, servers in order of arrival, what is booted or shown, and from whom the lease is. */
const ROWS: readonly (readonly [string, readonly Contender[], string, Contender['ip']?])[] = [
  ['1', [D(), P('Pa')], 'boot-Pa', host('D')],
  ['2', [D(), P('Pa'), P('Pb')], 'boot-Pa'],
  ['2, other first', [P('Pb'), D(), P('Pa')], 'boot-Pb'],
  ['3', [D(), P('Pa', { delay: 5e6 })], 'boot-Pa'],
  ['4', [Df(), P('Pa')], 'boot-Pa', host('Df')],
  ['5', [Df(), Bx('Ba')], 'boot-Ba', host('Df')],
  ['6', [Df(), Bx('Ba', dead)], 'PXE-E55'],
  ['7', [D(), Bx('Ba', dead), Bx('Bb')], 'boot-Bb'],
  ['8', [Db({ file: 'boot-Db', ...dead })], 'PXE-E55'],
  ['9', [Db(), P('Pa')], 'boot-Db', host('Db')],
  ['10', [D(), Db(), P('Pa')], 'boot-Pa', host('D')],
  ['11', [D(), Db(), Bx('Ba')], 'boot-Db', host('Db')],
  ['12', [Dp('A'), Dp('B')], 'boot-DpA', host('A')],
  ['13', [D(), P('Pa'), Dp('A')], 'boot-DpA', host('A')],
  ['14', [Df('A'), Df('B', { delay: 5e5 })], 'boot-A', host('A')],
  ['15', [D(), Df('Df', { delay: 5e5 })], 'boot-Df', host('Df')],
  ['16', [P('Pa')], 'PXE-E52'],
  ['17', [], 'PXE-E51'],
  ['18', [D()], 'PXE-E53'],
  ['19', [D(), P('Pa', { vendor: { discoveryControl: 7 } })], 'PXE-E77'],
  ['20', [D(), Pm({ discoveryControl: 0 })], 'PXE-E76'],
  ['no menu', [D(), P('Pa', { vendor: { discoveryControl: 2 } })], 'PXE-E74'],
  ['21', [D(), Pm({ discoveryControl: 3, ...list }), S('S1'), S('S2')], 'boot-S1'],
  ['21, first dead', [D(), Pm({ discoveryControl: 3, ...list }), S('S1', dead), S('S2')], 'boot-S2'],
  ['22', [D(), Pm({ discoveryControl: 2 }), S('S1'), S('S2')], 'boot-S1'],
  ['23', [D(), Pm({ discoveryControl: 6, ...list }), S('S2', { ip: host('foreign') }), S('S1')], 'boot-S1'],
  ['24', [D(), P('Pa', { withoutServerId: true })], 'PXE-E53'],
  ['25', [D(), { ...P('Pb'), pxe: false, vendor: {} }], 'PXE-E53'],
  ['28', [Df('A', { onRequest: 'nak' }), Df('B')], 'boot-B', host('B')],
  ['29', [Df('A', { onRequest: 'silent' }), Df('B')], 'boot-B', host('B')],
  ['30', [Df('Df', { tftp: 'missing' })], 'PXE-E3B'],
  ['30, refused', [Df('Df', { tftp: 'denied' })], 'PXE-E3C'],
  ['31', [Df('Df', { tftp: 'closed' })], 'PXE-E32'],
  ['32', [Df('Df', { tftp: 'silent' })], 'PXE-E32'],
  ['32, no ARP', [Df('Df', { tftp: 'noArp' })], 'PXE-E11'],
  ['33', [Df('Df', { siaddr: ip('192.0.2.9') })], 'PXE-E11'],
  ['34', [Df('Df', { tftp: 'noOptions' })], 'boot-Df'],
  ['37', [Df('Df', { withoutMask: true })], 'boot-Df'],
  ['38', [Df('Df', { bootFileName: 'boot-o67' })], 'boot-o67'],
  ['39', [Df('Df', { siaddr: ANY_IP4 })], 'boot-Df'],
  ['no boot server', [D(), Pm({ discoveryControl: 2 })], 'PXE-E78'],
]

t.test('the predicted rows', async t => {
  for (const [row, servers, result, lease] of ROWS) {
    const run = boot(servers)
    t.equal(gets(run), result, `row ${row}`)
    t.equal(run.openSockets, 0, `row ${row} closes its sockets`)
    if (lease !== undefined) t.equal(run.record.lease?.server, lease, `row ${row}: lease`)
    if (run.record.outcome === 'failed')
      t.equal(run.screen.at(-1), 'PXE-M0F: Exiting PXE ROM.', `row ${row}: M0F`)
  }
})

t.test('B-2: the DISCOVER as captured', async t => {
  const [first, second] = dhcpSent(boot([]), 'discover')
  t.equal(first!.payload.length, 548)
  t.same(codes(first!), [53, 55, 57, 97, 93, 94, 60])
  const message = dhcpOf(first!)
  const value = (code: number) => [...message.options.find(option => option.code === code)!.value]
  t.equal(value(55).length, 36)
  t.same(value(57), [1260 >> 8, 1260 & 255])
  t.same(value(93), [0, 0])
  t.same(value(94), [1, 2, 1])
  t.equal(String.fromCharCode(...value(60)), 'PXEClient:Arch:00000:UNDI:002001')
  t.equal(message.flags, 0x8000)
  t.equal(message.secs, 4)
  t.equal(message.xid, 0x56000001)
  t.equal(dhcpOf(second!).xid, 0x57000001, 'B-4: a new xid per try')
  t.equal(biosRomFirmware('intel', 'x86-bios').stack.ttl, 20)
  const request = dhcpSent(boot([Df()]), 'request')[0]!
  t.same(codes(request), [53, 50, 55, 57, 54, 97, 93, 94, 60])
})

t.test('B-3: windows by profile', async t => {
  near(t, dhcpSent(boot([]), 'discover'), [0, 4, 12, 28], 'intel')
  near(t, dhcpSent(boot([], 'vmware'), 'discover'), [0, 2, 6, 14], 'vmware')
  t.equal(boot([]).endedAt, 60 * SECOND)
})

t.test('B-8: when plain DHCP data may be used', async t => {
  near(t, dhcpSent(boot([Df()]), 'request'), [4], 'as seen')
  near(t, dhcpSent(boot([Df()], 'spec'), 'request'), [12], 'by the specification')
  t.equal(gets(boot([Df(), P('Pa', { delay: 5e6 })], 'spec')), 'boot-Pa', 'a late proxy still counts')
})

t.test('B-6: a rejected offer does not stand in the way of a plain boot file', async t => {
  t.equal(gets(boot([Df(), Pm({ discoveryControl: 0 })])), 'boot-Df')
})

t.test('B-10, B-14: fallback', async t => {
  const run = boot([Df(), Bx('Ba', dead)], 'spec')
  t.equal(gets(run), 'boot-Df', 'the lower class, as Intel base code does')
  t.equal(dhcpSent(run, 'release').length, 2, 'in the first window, and again before plain DHCP may be used')
  t.equal(asked4011(run).length, 8)
  t.equal(gets(boot([D(), Bx('Ba', dead)], 'spec')), 'PXE-E55', 'and there may be no lower class')
  const foreign = boot([D(), Bx('Ba', { siaddr4011: host('Bb') })])
  t.equal(foreign.record.transfer?.server, host('Bb'), 'siaddr is free')
  const next = boot([Df('A', { onRequest: 'nak' }), Df('B')])
  t.equal(dhcpSent(next, 'request').length, 5, 'B-11: a NAK is waited out like silence')
  t.equal(gets(boot([Df('A', { onRequest: 'silent' })])), 'PXE-E51', 'nobody left')
})

t.test('B-15, B-16: an offer with a file but without 43 is asked about on 4011', async t => {
  t.same(asked4011(boot([Db({ file: 'boot-Db' })])), ['10.7.0.5'])
  t.same(asked4011(boot([D(), Bx('Ba', { file: 'boot-x' })])), ['10.7.0.21'])
  t.same(asked4011(boot([D(), P('Pa')])), [], 'bit 3 and a file: nothing to ask')
})

t.test('B-21, B-22: TFTP', async t => {
  const options = (run: FakeRun) =>
    rrqs(run).map(({ payload }) => {
      const decoded = decodeTftp(payload)
      return decoded.ok && decoded.value.kind === 'rrq' ? decoded.value.options : undefined
    })
  const run = boot([Df()])
  t.same(options(run), [[['tsize', '0']], [['blksize', '1456']]])
  t.same(
    rrqs(run).map(({ fromPort }) => fromPort),
    [2070, 2071],
  )
  const silent = boot([Df('Df', { tftp: 'silent' })])
  const start = rrqs(silent)[0]!.at
  t.same(
    rrqs(silent)
      .slice(0, 6)
      .map(({ at }) => (at - start) / SECOND),
    [0, 2, 6, 12, 20, 30],
    'five queries, then the transfer',
  )
  t.equal(silent.screen.at(-2), 'PXE-E32: TFTP open timeout')
  const missing = boot([Df('Df', { tftp: 'missing' })])
  t.same(missing.screen.slice(-3), [
    'PXE-T01: File not found',
    'PXE-E3B: TFTP Error - File Not Found',
    'PXE-M0F: Exiting PXE ROM.',
  ])
  const denied = boot([Df('Df', { tftp: 'denied' })])
  t.same(denied.screen.slice(-3, -1), ['PXE-T02: Access violation', 'PXE-E3C: TFTP Error - Access Violation'])
  const large = boot([Df('Df', { tftp: 'raises', content: new Uint8Array(1459) })])
  t.equal(gets(large), 'PXE-E3F', 'a packet above 1456 bytes')
})

t.test('B-24: the TFTP server', async t => {
  const split = Df('Df', { siaddr: host('S1') })
  t.equal(boot([split, S('S1')]).record.transfer?.server, host('S1'))
  t.equal(boot([split, S('S1')], 'spec').record.transfer?.server, host('Df'))
})

t.test('the screen', async t => {
  const { screen } = boot([Df(), P('Pa')])
  t.same(screen, [
    'CLIENT MAC ADDR: 00 50 56 00 00 01  GUID: 10111213-1415-1617-1819-1A1B1C1D1E1F',
    'DHCP.',
    'CLIENT IP: 10.7.0.102  MASK: 255.255.255.0  DHCP IP: 10.7.0.2  PROXY IP: 10.7.0.11',
    'TFTP.',
  ])
  const none = boot([D()]).screen
  t.same(none.slice(1), ['DHCP....', 'PXE-E53: No boot filename received', 'PXE-M0F: Exiting PXE ROM.'])
})

t.test('B-19: the local disk of a menu is no error', async t => {
  const local = [{ type: 0, text: 'Local boot' }]
  const run = boot([D(), Pm({ discoveryControl: 2, bootMenu: local })])
  t.equal(run.record.outcome, 'localDisk')
  t.equal(run.record.code, 'PXE-M0F')
  t.notOk(run.screen.some(line => line.startsWith('PXE-E')))
})

t.test('row 27: a file for UEFI hangs the machine', async t => {
  const file = new Uint8Array(512)
  file.set([0x4d, 0x5a])
  file[0x3c] = 0x80
  file.set([0x50, 0x45, 0, 0, 0x64, 0x86], 0x80)
  const { record } = boot([Df('Df', { content: file })])
  t.equal(record.outcome, 'failed')
  t.equal(record.code, undefined)
  t.equal(record.content?.length, 512)
})

t.test('random replies never make the script throw or run for ever', async t => {
  const runs = Math.max(200, Math.floor(FUZZ / 40))
  const outcomes = new Set<string | undefined>()
  for (let seed = 1; seed <= runs; seed++) {
    const dice = random(`fuzz ${seed}`)
    const honest = network(D(), Db(), P('Pa'), Bx('Ba'), Pm({ discoveryControl: dice.below(16), ...list }))
    const world: World = sent =>
      honest(sent).flatMap(answer => {
        if ('unreachable' in answer || dice.chance(0.3)) return [answer]
        const payload = answer.payload.slice()
        for (let changes = dice.below(8); changes > 0; changes--) {
          const from = payload.length > 240 && dice.chance(0.9) ? 240 : 0
          payload[from + dice.below(payload.length - from)] = dice.below(256)
        }
        return Array.from({ length: dice.below(4) }, () => ({ ...answer, payload }))
      })
    // Sixteen offers whose servers never confirm, each asked for a minute, window after window.
    const run = runScript(biosRomFirmware('spec', 'x86-bios'), world, { seed, limit: 3600 * SECOND })
    outcomes.add(gets(run))
    if (run.endedAt === undefined && !run.choices.some(({ rule }) => rule === 'B-19'))
      t.fail(`seed ${seed} did not come to an end`)
  }
  t.ok(outcomes.size > 4, [...outcomes].map(String).sort().join())
})
