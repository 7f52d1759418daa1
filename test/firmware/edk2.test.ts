/**
 * EDK2 against the measured rows, and the timings, screens and wire format that were measured with them,
 * with the servers of contenders.ts on a fake machine.
 */
import t, { type Test } from 'tap'
import { ANY_IP4, LIMITED_BROADCAST, formatIp4 } from '../../src/core/address.ts'
import { toHex } from '../../src/core/bytes.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { edk2Firmware } from '../../src/firmware/edk2/edk2.ts'
import { OfferCache } from '../../src/firmware/edk2/offers.ts'
import { EDK2_PROFILES_BY_NAME } from '../../src/firmware/edk2/profile.ts'
import { selectOffer } from '../../src/firmware/edk2/select.ts'
import { storePacket } from '../../src/firmware/edk2/stored-packet.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootReply,
  bytesOption,
  ip4Option,
  messageType,
  messageTypeOption,
  textOption,
  u16Option,
} from '../../src/wire/dhcp/options.ts'
import { decodeTftp } from '../../src/wire/tftp/codec.ts'
import { type Contender, Bx, D, Db, Df, Dp, P, Pm, S, host, leaseOf, network } from './contenders.ts'
import { FAKE_MAC, type FakeRun, type Reply, type Sent, type World, ip, runScript } from './fake-pc.ts'
import { FUZZ } from '../effort.ts'

const boot = (world: World | readonly Contender[], profile = '2022', seed: number | string = 1): FakeRun => {
  const run = runScript(
    edk2Firmware(profile, 'x64-uefi'),
    typeof world === 'function' ? world : network(...world),
    { seed },
  )
  return run
}

const dhcpOf = (sent: Sent): DhcpMessage | undefined => {
  if (sent.to.port !== 67 && sent.to.port !== 4011) return undefined
  const decoded = decodeDhcp(sent.payload)
  return decoded.ok ? decoded.value : undefined
}
const dhcpSent = (run: FakeRun, type: string, port = 67) =>
  run.sent.filter(sent => sent.to.port === port && dhcpOf(sent) && messageType(dhcpOf(sent)!) === type)
const rrqs = (run: FakeRun) => run.sent.filter(sent => sent.to.port === 69)
const seconds = (sent: readonly Sent[]) => sent.map(({ at }) => at / SECOND)
const asked4011 = (run: FakeRun) =>
  run.sent.filter(({ to }) => to.port === 4011).map(({ to }) => formatIp4(to.ip))
const rules = (run: FakeRun) => run.choices.map(({ rule }) => rule)
const code = (run: FakeRun) => run.record.code ?? run.record.outcome

interface Row {
  readonly row: string
  readonly servers: readonly Contender[]
  /** File that was booted, or the code. */
  readonly gets: string
  readonly lease?: Contender['ip'] | 'none'
  readonly asked?: readonly Contender['ip'][]
  readonly end?: number
  readonly request?: number | 'never'
  readonly noRrq?: true
}

const absent = ip('10.7.0.99')
const offLink = ip('192.0.2.9')
const dead = { port4011: 'dead' } as const
const stray = (more: Partial<Contender> = {}): Contender => ({ ...P('Pb'), pxe: false, vendor: {}, ...more })
const noEnd = (world: World): World => {
  // Row 46: the END of the proxy's offer is cut off.
  return sent =>
    world(sent).map(answer => {
      if ('unreachable' in answer || answer.from.ip !== host('Pa') || answer.from.port !== 67) return answer
      const end = answer.payload.lastIndexOf(255)
      return { ...answer, payload: answer.payload.slice(0, end) }
    })
}

const FIRST = 3.86
const menu = (discoveryControl: number, more: Contender['vendor'] = {}) => ({ discoveryControl, ...more })
const listOf = (...names: ('S1' | 'S2')[]) => ({
  bootServers: [{ type: 1, addresses: names.map(name => host(name)) }],
})

const ROWS: readonly Row[] = [
  { row: '1', servers: [D(), P('Pa')], gets: 'boot-Pa', lease: host('D'), request: FIRST, end: FIRST },
  { row: '2a', servers: [D(), P('Pa'), P('Pb')], gets: 'boot-Pa' },
  { row: '2b', servers: [P('Pa'), P('Pb'), D()], gets: 'boot-Pa' },
  { row: '2b, other proxy first', servers: [P('Pb'), P('Pa'), D()], gets: 'boot-Pb' },
  { row: '2c', servers: [P('Pa'), D(), P('Pb')], gets: 'boot-Pa' },
  { row: '3', servers: [D(), P('Pa', { delay: 5e6 })], gets: 'boot-Pa', lease: host('D'), request: 11.89 },
  { row: '3c', servers: [D(), P('Pa', { delay: 3.5e6 })], gets: 'boot-Pa', request: FIRST },
  { row: '3e', servers: [P('Pa'), D({ delay: 5e6 })], gets: 'boot-Pa', request: 11.87 },
  { row: '3f', servers: [Df(), P('Pa', { delay: 5e6 })], gets: 'boot-Df', request: FIRST },
  { row: '4', servers: [Df(), P('Pa')], gets: 'boot-Pa', lease: host('Df') },
  { row: '4r', servers: [P('Pa'), Df()], gets: 'boot-Pa', lease: host('Df') },
  { row: '5', servers: [Df(), Bx('Ba')], gets: 'boot-Ba', lease: host('Df'), asked: [host('Ba')], end: 4.86 },
  { row: '5f', servers: [Df(), Bx('Ba', { file: 'boot-x' })], gets: 'boot-Ba', asked: [host('Ba')] },
  { row: '5p', servers: [D(), Bx('Ba'), P('Pa')], gets: 'boot-Pa', asked: [] },
  {
    row: '6',
    servers: [Df(), Bx('Ba', dead)],
    gets: 'PXE-E16',
    lease: host('Df'),
    asked: [host('Ba'), host('Ba'), host('Ba'), host('Ba')],
    end: 13.85,
    noRrq: true,
  },
  { row: '6i', servers: [Df(), Bx('Ba', { port4011: 'closed' })], gets: 'PXE-E16', end: 13.87 },
  {
    row: '7',
    servers: [D(), Bx('Ba', dead), Bx('Bb')],
    gets: 'boot-Bb',
    asked: [host('Ba'), host('Ba'), host('Ba'), host('Ba'), host('Bb')],
    end: 14.86,
  },
  { row: '7p', servers: [Bx('Ba', dead), Bx('Bb'), D()], gets: 'boot-Bb', end: 14.85 },
  { row: '7r', servers: [D(), Bx('Bb'), Bx('Ba', dead)], gets: 'boot-Bb', asked: [host('Bb')], end: 4.86 },
  { row: '8', servers: [Db({ file: 'boot-Db', ...dead })], gets: 'PXE-E16', lease: host('Db'), end: 13.82 },
  { row: '8d', servers: [Df(), Db({ file: 'boot-Db', ...dead })], gets: 'PXE-E16', lease: host('Db') },
  { row: '9', servers: [Db(), P('Pa')], gets: 'boot-Db', lease: host('Db'), asked: [host('Db')] },
  { row: '9r', servers: [P('Pa'), Db()], gets: 'boot-Db', lease: host('Db'), asked: [host('Db')] },
  { row: '10', servers: [D(), Db(), P('Pa')], gets: 'boot-Pa', lease: host('D') },
  { row: '10b', servers: [Db(), D(), P('Pa')], gets: 'boot-Pa', lease: host('D') },
  { row: '10c', servers: [P('Pa'), D(), Db()], gets: 'boot-Pa', lease: host('D') },
  { row: '11', servers: [D(), Db(), Bx('Ba')], gets: 'boot-Db', lease: host('Db'), asked: [host('Db')] },
  { row: '11b', servers: [Bx('Ba'), D(), Db()], gets: 'boot-Db', lease: host('Db'), asked: [host('Db')] },
  { row: '11d', servers: [D(), Db(dead), Bx('Ba')], gets: 'PXE-E16', lease: host('Db') },
  { row: '12', servers: [Dp('A'), Dp('B')], gets: 'boot-DpA', lease: host('A') },
  { row: '12, other first', servers: [Dp('B'), Dp('A')], gets: 'boot-DpB', lease: host('B') },
  { row: '13', servers: [Dp('A'), D(), P('Pa')], gets: 'boot-DpA', lease: host('A') },
  { row: '13b', servers: [D(), P('Pa'), Dp('A')], gets: 'boot-DpA', lease: host('A') },
  { row: '13c', servers: [P('Pa'), Dp('A'), D()], gets: 'boot-DpA', lease: host('A') },
  { row: '14', servers: [Df('A'), Df('B', { delay: 5e5 })], gets: 'boot-A', lease: host('A') },
  { row: '14c', servers: [Df('A'), Df('B', { delay: 3.3e6 })], gets: 'boot-A', lease: host('A') },
  { row: '15', servers: [D(), Df('Df', { delay: 5e5 })], gets: 'boot-Df', lease: host('Df') },
  { row: '15r', servers: [Df(), D({ delay: 5e5 })], gets: 'boot-Df', lease: host('Df') },
  { row: '16', servers: [P('Pa')], gets: 'PXE-E16', request: 'never', end: 59.97 },
  { row: '17', servers: [], gets: 'PXE-E18', request: 'never', end: 59.97 },
  { row: '18', servers: [D()], gets: 'PXE-E16', request: 'never', end: 59.86 },
  { row: '18s', servers: [D({ siaddr: host('D') })], gets: 'PXE-E16', request: 'never', end: 59.86 },
  {
    row: '19',
    servers: [D(), P('Pa', { vendor: { discoveryControl: 7 } })],
    gets: 'PXE-E21',
    lease: host('D'),
    end: 3.92,
    noRrq: true,
  },
  { row: '20', servers: [D(), Pm(menu(0)), S('S1')], gets: 'PXE-E99', end: 3.87, noRrq: true },
  {
    row: '21',
    servers: [D(), Pm(menu(3, listOf('S1', 'S2'))), S('S1'), S('S2')],
    gets: 'boot-S2',
    asked: [host('S1'), host('S2')],
    end: 5.86,
  },
  {
    row: '21x',
    servers: [D(), Pm(menu(3, listOf('S1', 'S2'))), S('S1'), S('S2', dead)],
    gets: 'PXE-E18',
    asked: [host('S1'), host('S2'), host('S2'), host('S2'), host('S2')],
    end: 14.86,
    noRrq: true,
  },
  {
    row: '21y',
    servers: [D(), Pm(menu(3, listOf('S1', 'S2'))), S('S1', dead), S('S2')],
    gets: 'boot-S2',
    asked: [host('S1'), host('S1'), host('S1'), host('S1'), host('S2')],
    end: 14.87,
  },
  { row: '22', servers: [D(), Pm(menu(2)), S('S1'), S('S2')], gets: 'boot-S1', end: 4.87 },
  { row: '22, other first', servers: [D(), Pm(menu(2)), S('S2'), S('S1')], gets: 'boot-S2' },
  { row: '22d', servers: [D(), Pm(menu(2))], gets: 'PXE-E18', end: 13.89 },
  { row: '23', servers: [D(), Pm(menu(6, listOf('S1'))), S('S2'), S('S1')], gets: 'boot-S1' },
  {
    row: '23b',
    servers: [D(), Pm(menu(6, listOf('S1'))), S('S2', { siaddr4011: host('S1') }), S('S1')],
    gets: 'boot-S2',
  },
  {
    row: '23c',
    servers: [D(), Pm(menu(6, listOf('S1'))), S('S1', { siaddr4011: ANY_IP4 })],
    gets: 'PXE-E53',
    end: 4.89,
    noRrq: true,
  },
  { row: '24', servers: [D(), P('Pa', { withoutServerId: true })], gets: 'PXE-E16', request: 'never' },
  { row: '25', servers: [D(), stray()], gets: 'PXE-E16', request: 'never', end: 59.89 },
  { row: '25q', servers: [D(), stray(), Df()], gets: 'PXE-E99', lease: host('Df'), noRrq: true },
  { row: '25s', servers: [Df('A'), stray(), Df('B')], gets: 'boot-A', lease: host('A') },
  {
    row: '26',
    servers: [D(), D(), Bx('Ba', dead), Bx('Ba', dead)],
    gets: 'PXE-E16',
    asked: Array.from({ length: 8 }, () => host('Ba')),
    end: 23.85,
  },
  { row: '28', servers: [D({ onRequest: 'nak' }), P('Pa')], gets: 'PXE-E07', lease: 'none', end: 3.9 },
  { row: '28f', servers: [Df('Df', { onRequest: 'nak' })], gets: 'PXE-E07', lease: 'none', end: 3.9 },
  {
    row: '28s',
    servers: [Df('A', { onRequest: 'nak' }), Df('B')],
    gets: 'PXE-E07',
    lease: 'none',
    noRrq: true,
  },
  { row: '28t', servers: [Df('B'), Df('A', { onRequest: 'nak' })], gets: 'boot-B', lease: host('B') },
  { row: '29', servers: [Df('Df', { onRequest: 'silent' })], gets: 'PXE-E16', lease: 'none', end: 63.85 },
  { row: '30', servers: [Df('Df', { tftp: 'missing' })], gets: 'PXE-E23', end: 3.9 },
  { row: '31', servers: [Df('Df', { tftp: 'closed' })], gets: 'PXE-E99', end: 3.89 },
  { row: '32', servers: [Df('Df', { tftp: 'silent' })], gets: 'PXE-E18', end: 27.89 },
  { row: '32a', servers: [Df('Df', { siaddr: absent })], gets: 'PXE-E18', end: 27.88 },
  { row: '33', servers: [Df('Df', { siaddr: offLink })], gets: 'PXE-E53', end: 3.88, noRrq: true },
  { row: '34', servers: [Df('Df', { tftp: 'noOptions' })], gets: 'PXE-E99', end: 3.93 },
  { row: '35', servers: [Df('Df', { tftp: 'raises' })], gets: 'PXE-E23', end: 3.86 },
  { row: '36', servers: [Df('Df', { tftp: 'foreign' })], gets: 'PXE-E18', end: 27.9 },
  { row: '37', servers: [Df('Df', { withoutMask: true })], gets: 'PXE-E21', lease: 'none', noRrq: true },
  { row: '38', servers: [Df('Df', { bootFileName: 'boot-o67' })], gets: 'boot-o67' },
  { row: '39', servers: [Df('Df', { siaddr: ANY_IP4 })], gets: 'boot-Df' },
  {
    row: '40',
    servers: [Df('Df', { options: [textOption(OPTION.tftpServerName, '10.7.0.99')] })],
    gets: 'boot-Df',
  },
  { row: '41', servers: [Df('Df', { siaddr: host('S1') }), S('S1')], gets: 'boot-Df' },
  {
    row: '44',
    servers: [
      Df('Df', {
        file: 'http://10.7.0.2/boot-Df',
        options: [textOption(OPTION.classIdentifier, 'HTTPClient')],
        tftp: 'missing',
      }),
    ],
    gets: 'PXE-E23',
  },
  {
    row: '45',
    servers: [...Array.from({ length: 16 }, () => Bx('Ba', dead)), D()],
    gets: 'PXE-E16',
    request: 'never',
  },
  {
    row: '46b',
    servers: [D(), P('Pa', { options: [bytesOption(OPTION.leaseTime, new Uint8Array(3))] })],
    gets: 'PXE-E16',
    request: 'never',
  },
  { row: '48', servers: [Db(), Bx('Ba', { ip: host('Db') })], gets: 'boot-Db', asked: [host('Db')] },
  { row: '51', servers: [Df('A'), Df('B', { acksAll: true })], gets: 'boot-A', lease: host('A') },
  { row: '51, B first', servers: [Df('B', { acksAll: true }), Df('A')], gets: 'boot-B', lease: host('B') },
]

const near = (
  t: Pick<Test, 'equal' | 'ok'>,
  got: readonly number[],
  want: readonly number[],
  within: number,
  what: string,
) => {
  t.equal(got.length, want.length, `${what}: how many`)
  for (const [i, value] of want.entries())
    t.ok(Math.abs(got[i]! - value) <= within, `${what}: ${got[i]} is within ${within} of ${value}`)
}

t.test('the measured rows', async t => {
  for (const row of ROWS) {
    const run = boot(row.servers)
    const { record } = run
    t.equal(record.outcome === 'booted' ? record.file : record.code, row.gets, `row ${row.row}`)
    t.equal(run.openSockets, 0, `row ${row.row} closes its sockets`)
    if (row.lease !== undefined)
      t.equal(record.lease?.server, row.lease === 'none' ? undefined : row.lease, `row ${row.row}: lease`)
    if (row.asked) t.same(asked4011(run), row.asked.map(formatIp4), `row ${row.row}: port 4011`)
    if (row.request === 'never') t.equal(dhcpSent(run, 'request').length, 0, `row ${row.row}: no REQUEST`)
    else if (row.request !== undefined)
      near(t, seconds(dhcpSent(run, 'request').slice(0, 1)), [row.request], 0.1, `row ${row.row}: REQUEST`)
    if (row.noRrq) t.equal(rrqs(run).length, 0, `row ${row.row}: no RRQ`)
    // 16 to 47: ten measured runs of four windows ended 59.82 to 60.29 s after the first DISCOVER.
    if (row.end !== undefined) near(t, [run.endedAt! / SECOND], [row.end], 0.16, `row ${row.row}: end`)
  }
})

t.test('timings as measured', async t => {
  const times = (run: FakeRun, sent: readonly Sent[]) => seconds(sent).map(at => at - phase(run))
  // Every wait ends with the tick whose phase was drawn; times are compared from the end of the first window.
  const phase = (run: FakeRun) =>
    (dhcpSent(run, 'request')[0] ?? dhcpSent(run, 'discover')[1] ?? run.sent[0])!.at / SECOND

  const silence = boot([])
  const discovers = dhcpSent(silence, 'discover')
  near(t, seconds(discovers).slice(0, 2), [0, 3.89], 0.1, '17: first window')
  near(t, times(silence, discovers).slice(1), [0, 8.07, 24.26], 0.3, '17: windows of 8 and 16 ticks')
  t.same(
    discovers.map(sent => dhcpOf(sent)!.secs),
    [0, 4, 12, 28],
    'secs',
  )
  const unanswered = boot([Df('Df', { onRequest: 'silent' })])
  near(t, times(unanswered, dhcpSent(unanswered, 'request')), [0, 4, 12, 28], 0.01, '29: REQUESTs')
  near(t, [unanswered.endedAt! / SECOND - phase(unanswered)], [60], 0.01, '29: end')
  t.same(
    dhcpSent(unanswered, 'request').map(sent => dhcpOf(sent)!.secs),
    [0, 0, 0, 0],
    'E-26: secs of the DISCOVER that was answered',
  )
  const late = boot([D(), P('Pa', { delay: 5e6 })])
  t.equal(dhcpOf(dhcpSent(late, 'request')[0]!)!.secs, 4, 'E-26: of the last DISCOVER')

  const dead4011 = boot([Df(), Bx('Ba', dead)])
  const asked = dhcpSent(dead4011, 'request', 4011)
  near(t, times(dead4011, asked), [0.03, 1.01, 3, 6], 0.05, '6: 4011')
  t.same(
    asked.map(sent => dhcpOf(sent)!.secs),
    [0, 256, 512, 768],
    'E-33: secs with its bytes swapped',
  )
  const second = boot([D(), Bx('Ba', dead), Bx('Bb')])
  near(t, times(second, dhcpSent(second, 'request', 4011)), [0.02, 1, 3, 6, 10], 0.05, '7: 4011')
  const list = boot([D(), Pm(menu(3, listOf('S1', 'S2'))), S('S1'), S('S2')])
  near(t, times(list, dhcpSent(list, 'request', 4011)), [0.02, 1], 0.05, '21: list')
  const mute = boot([Df('Df', { tftp: 'silent' })])
  near(t, times(mute, rrqs(mute)), [0.03, 4, 8, 12, 16, 20], 0.05, '32: RRQ')
  near(t, [mute.endedAt! / SECOND - phase(mute)], [24], 0.05, '32: end')
})

t.test('E-8: the first window lasts as the measured ones, and one seed gives one length', async t => {
  const lengths = new Set<number>()
  for (let seed = 1; seed <= 50; seed++) {
    const at = dhcpSent(boot([D(), P('Pa')], '2022', seed), 'request')[0]!.at / SECOND
    t.ok(at >= 3.79 && at <= 3.93, `${at} s`)
    lengths.add(at)
  }
  t.ok(lengths.size > 30, 'it is drawn')
  t.same(boot([D(), P('Pa')]), boot([D(), P('Pa')]), 'the same seed, the same boot')
})

t.test('bytes on the wire as captured', async t => {
  const run = boot([D(), Bx('Ba')])
  const discover = dhcpSent(run, 'discover')[0]!
  t.equal(discover.payload.length, 347, 'no padding')
  t.equal(discover.fromPort, 68)
  t.equal(discover.to.ip, LIMITED_BROADCAST)
  const uuid = '101112131415161718191a1b1c1d1e1f'
  const list = '0102030405060c0d0f111216171c28292a2b3233363a3b3c4243618081828384858687'
  const clazz = toHex(new TextEncoder().encode('PXEClient:Arch:00007:UNDI:003000'))
  const identity = `3723${list}611100${uuid}5e030103005d0200073c20${clazz}`
  const xid = toHex(discover.payload.subarray(4, 8))
  t.equal(
    toHex(discover.payload.subarray(0, 44)),
    `01010600${xid}00008000${'00000000'.repeat(4)}005056000001${'00'.repeat(10)}`,
  )
  t.equal(toHex(discover.payload.subarray(236)), `63825363350101390205c0${identity}ff`)

  const request = dhcpSent(run, 'request')[0]!
  t.equal(request.payload.length, 359)
  t.equal(toHex(request.payload.subarray(4, 8)), xid, 'E-6: the same xid')
  t.equal(
    toHex(request.payload.subarray(236)),
    `6382536335010336040a07000132040a0700653902ff00${identity}ff`,
    'E-26: option 57 is 65280 here',
  )

  const binl = dhcpSent(run, 'request', 4011)[0]!
  const message = dhcpOf(binl)!
  t.equal(binl.fromPort, 4011)
  t.equal(binl.to.ip, host('Ba'))
  t.same(
    message.options.map(({ code }) => code),
    [53, 55, 57, 60, 93, 94, 97],
  )
  t.equal(message.flags, 0)
  t.equal(message.ciaddr, leaseOf('D'))
  t.not(toHex(binl.payload.subarray(4, 8)), xid, 'E-32: a new xid')

  const broadcast = boot([D(), Pm(menu(2)), S('S1')])
  const search = dhcpSent(broadcast, 'request').at(-1)!
  t.same(
    dhcpOf(search)!.options.map(({ code }) => code),
    [43, 53, 55, 57, 60, 93, 94, 97],
  )
  t.equal(toHex(dhcpOf(search)!.options[0]!.value), '470400010000ff', 'E-40: 43.71 type 1 layer 0')
  t.equal(dhcpOf(search)!.flags, 0x8000)
  t.equal(search.fromPort, 68)

  const declined = dhcpSent(boot([Df('Df', { withoutMask: true })]), 'decline')[0]!
  t.same(
    dhcpOf(declined)!.options.map(({ code }) => code),
    [53, 54, 50, 56],
  )
})

t.test('E-46: a query and a download, windowsize by age', async t => {
  const requests = (profile: string) =>
    rrqs(boot([Df()], profile)).map(({ payload }) => {
      const decoded = decodeTftp(payload)
      return decoded.ok && decoded.value.kind === 'rrq' ? decoded.value.options : undefined
    })
  t.same(requests('2022'), [
    [
      ['tsize', '0'],
      ['blksize', '1468'],
      ['windowsize', '4'],
    ],
    [
      ['blksize', '1468'],
      ['windowsize', '4'],
    ],
  ])
  t.same(requests('pre-2019'), [
    [
      ['tsize', '0'],
      ['blksize', '1468'],
    ],
    [['blksize', '1468']],
  ])
  const errors = (tftp: 'raises' | 'noOptions') =>
    boot([Df('Df', { tftp })]).sent.flatMap(({ payload, to }) => {
      const decoded = to.port === 67 ? undefined : decodeTftp(payload)
      return decoded?.ok && decoded.value.kind === 'error' ? [decoded.value] : []
    })
  t.same(errors('raises'), [
    { kind: 'error', code: 8, message: 'User aborted the transfer' },
    { kind: 'error', code: 4, message: 'Malformatted OACK packet' },
  ])
  t.same(errors('noOptions'), [{ kind: 'error', code: 4, message: 'User aborted download' }])
  const ports = new Set(rrqs(boot([Df()])).map(({ fromPort }) => fromPort))
  t.equal(ports.size, 2, 'E-47: a new port for each transfer')
})

const OPTION_TEXT = /^BdsDxe: failed to load Boot0001 "UEFI PXEv4 \(MAC:005056000001\)" from (.*): (.*)$/

t.test('E-49, E-56: screens as measured', async t => {
  const ends: readonly (readonly [readonly Contender[], string])[] = [
    [[Df(), Bx('Ba', dead)], 'PXE-E16: No valid offer received.'],
    [[], 'PXE-E18: Server response timeout.'],
    [[D(), P('Pa', { vendor: { discoveryControl: 7 } })], 'PXE-E21: Remote boot cancelled.'],
    [[D(), Pm(menu(0))], 'PXE-E99: Unexpected network error.'],
    [[Df('Df', { siaddr: offLink })], 'PXE-E53: No boot filename received.'],
    [[Df('Df', { onRequest: 'nak' })], 'PXE-E07: Network device error.'],
    [[Df('Df', { tftp: 'missing' })], 'PXE-E23: Client received TFTP error from server.'],
  ]
  for (const [servers, text] of ends) {
    const { screen, record } = boot(servers)
    t.equal(screen[0], '>>Start PXE over IPv4.', 'E-49: one dot')
    t.equal(screen.at(-2), text)
    t.equal(OPTION_TEXT.exec(screen.at(-1)!)?.[2], 'Not Found')
    t.equal(record.code, text.slice(0, 7))
    t.equal(record.outcome, 'failed')
  }
  t.same(boot([Df()]).screen.slice(0, 7), [
    '>>Start PXE over IPv4.',
    'Station IP address is 10.7.0.102',
    'Server IP address is 10.7.0.2',
    'NBP filename is boot-Df',
    'NBP filesize is 12 Bytes',
    'Downloading NBP file...',
    'NBP file downloaded successfully.',
  ])
  t.ok(
    boot([Df('Df', { tftp: 'silent' })]).screen.includes('NBP filesize is 0 Bytes'),
    'after a failed query',
  )
  t.notOk(
    boot([D(), stray(), Df()]).screen.some(line => line.startsWith('NBP')),
    'without a name these lines are missing',
  )
  const remote = boot([Df('Df', { file: 'a\u001b[2Jb', tftp: 'missing' })])
  t.ok(remote.screen.includes('NBP filename is a\\x1b[2Jb'), 'remote text cannot control the terminal')
})

/** A PE file for one processor, as far as anybody looks. */
const executable = (machine: number) => {
  const file = new Uint8Array(512)
  file.set([0x4d, 0x5a])
  file[0x3c] = 0x80
  file.set([0x50, 0x45, 0, 0, machine & 255, machine >> 8], 0x80)
  return file
}

t.test('row 27: a file for another processor is loaded and then refused', async t => {
  const run = boot([D(), P('Pa', { content: executable(0xaa64) })])
  t.equal(run.record.outcome, 'failed')
  t.equal(run.record.content?.length, 512)
  t.equal(OPTION_TEXT.exec(run.screen.at(-1)!)?.[2], 'Unsupported')
  t.notOk(run.screen.some(line => line.startsWith('PXE-E')))
  const right = boot([D(), P('Pa', { content: executable(0x8664) })])
  t.equal(right.record.outcome, 'booted')
  t.ok(right.screen.at(-1)!.startsWith('BdsDxe: starting Boot0001'))
  const arm = runScript(
    edk2Firmware('2022', 'arm64-uefi'),
    network(D(), P('Pa', { content: executable(0xaa64) })),
  )
  t.equal(arm.record.outcome, 'booted')
  t.equal(dhcpOf(arm.sent[0]!)!.options.find(({ code }) => code === 93)!.value[1], 11)
})

t.test('the record says who was followed', async t => {
  const redirected = boot([D(), Bx('Ba')]).record
  t.equal(redirected.pxeServer, host('Ba'))
  t.equal(redirected.transfer?.server, host('Ba'))
  t.same(redirected.lease, { server: host('D'), address: leaseOf('D') })
  const found = boot([D(), Pm(menu(3, listOf('S1', 'S2'))), S('S1'), S('S2')]).record
  t.equal(found.pxeServer, host('S2'))
  t.equal(found.transfer?.server, host('S2'))
  t.same(new TextDecoder().decode(found.content), 'I am boot-S2')
  t.equal(boot([Df(), P('Pa')]).record.pxeServer, host('Pa'))
  t.equal(boot([Df()]).record.pxeServer, host('Df'))
})

t.test('E-38, E-39: prompt, menu and the local disk', async t => {
  const local = [
    { type: 0, text: 'Local disk' },
    { type: 1, text: 'Lab' },
  ]
  const disk = boot([D(), Pm({ discoveryControl: 2, bootMenu: local })])
  t.equal(disk.record.outcome, 'localDisk')
  t.equal(disk.record.code, 'PXE-E21')
  const prompt = { timeout: 10, text: 'Press F8 ...' }
  const waited = boot([D(), Pm({ discoveryControl: 2, prompt }), S('S1')])
  t.equal(waited.record.file, 'boot-S1')
  near(t, [waited.endedAt! / SECOND], [3.86 + 0.02 + 10 + 0.9], 0.2, 'countdown, then one window')
  t.ok(waited.screen.includes('Press F8 ... (10)'))
  const menuForEver = boot([D(), Pm({ discoveryControl: 2, prompt: { timeout: 255, text: 'F8' } })])
  t.equal(menuForEver.endedAt, undefined, 'waits for a key that nobody presses')
  t.equal(menuForEver.record.outcome, 'pending')
  t.ok(menuForEver.screen.includes('Lab'))
  const unlisted = boot([D(), Pm(menu(3, { bootServers: [{ type: 7, addresses: [host('S1')] }] }))])
  t.equal(unlisted.record.code, 'PXE-E07', 'E-40: the type is not in 43.8')
  t.equal(boot([D(), Pm(menu(3))]).record.code, 'PXE-E99', 'E-40: no method left')
  const group = boot([D(), Pm(menu(0, { multicastAddress: ip('239.1.2.3') }))])
  t.same(asked4011(group).slice(0, 1), ['239.1.2.3'], 'E-40: multicast')
})

t.test('E-45: which TFTP server', async t => {
  const list = { bootServers: [{ type: 1, addresses: [host('S1')] }] }
  const listed = boot([D(), P('Pa', { vendor: { discoveryControl: 8, ...list } }), S('S1')])
  t.equal(listed.record.transfer?.server, host('S1'), 'bit 3 and a list: its first address')
  t.equal(boot([Df('Df', { siaddr: ANY_IP4 })]).record.transfer?.server, host('Df'), 'option 54')
  const sized = boot([Df('Df', { options: [u16Option(OPTION.bootFileSize, 2)] })])
  t.equal(rrqs(sized).length, 1, 'option 13: no query')
  t.ok(sized.screen.includes('NBP filesize is 1024 Bytes'))
  const small = boot([
    Df('Df', { options: [u16Option(OPTION.bootFileSize, 1)], content: new Uint8Array(600) }),
  ])
  t.equal(small.record.code, 'PXE-E05')
})

t.test('E-17: a file name in option 67 ends at a NUL', async t => {
  t.equal(boot([Df('Df', { bootFileName: 'boot-o67\0' })]).record.file, 'boot-o67')
})

t.test('a flood of offers is explained in one sentence', async t => {
  const flood = boot([...Array.from({ length: 16 }, () => Bx('Ba', dead)), D(), P('Pa')])
  const lost = flood.choices.filter(({ text }) => text.includes('is dropped, as'))
  t.match(lost, [{ rule: 'E-14', text: /^The offer of 10\.7\.0\.1 is dropped, as is every later one/ }])
  t.equal(lost.length, 1)
})

t.test('E-13: a unicast before there is an address is not seen (rows 47, 47a, 47d)', async t => {
  const unicast = (world: World, from: Contender['ip'], types: readonly string[]): World => {
    return sent =>
      world(sent).map(answer => {
        if ('unreachable' in answer || answer.from.ip !== from || answer.from.port !== 67) return answer
        const decoded = decodeDhcp(answer.payload)
        const type = decoded.ok ? messageType(decoded.value) : undefined
        return type !== undefined && types.includes(type) ? { ...answer, to: leaseOf('Df') } : answer
      })
  }
  t.equal(code(boot(unicast(network(Df()), host('Df'), ['offer']))), 'PXE-E18', '47')
  t.equal(code(boot(unicast(network(Df()), host('Df'), ['ack']))), 'PXE-E16', '47a')
  const both = boot(unicast(network(Df('A'), Df('B')), host('A'), ['offer']))
  t.equal(both.record.file, 'boot-B', '47d')
})

t.test('E-11, E-12, E-27: what is not listened to', async t => {
  t.equal(code(boot(noEnd(network(D(), P('Pa'))))), 'PXE-E16', '46')
  t.ok(rules(boot(noEnd(network(D(), P('Pa'))))).includes('E-11'))
  t.ok(rules(boot([D(), P('Pa', { withoutServerId: true })])).includes('E-12'))
  const foreign = (type: 'ack' | 'nak', fields: Partial<DhcpMessage>): World => {
    const world = network(Df('A'))
    return sent => {
      const message = dhcpOf(sent)
      const first: Reply[] =
        message && messageType(message) === 'request'
          ? [replyTo(message, host('B'), { ...fields, options: [messageTypeOption(type), by('B')] })]
          : []
      return [...first, ...world(sent)]
    }
  }
  t.equal(boot(foreign('nak', {})).record.file, 'boot-A', '52: a foreign NAK')
  t.equal(boot(foreign('ack', {})).record.file, 'boot-A', '53: a foreign ACK without address')
  const another: World = sent => {
    const message = dhcpOf(sent)
    if (!message || messageType(message) !== 'request') return network(Df('A'))(sent)
    const options = [messageTypeOption('ack'), by('A')]
    return [replyTo(message, host('A'), { yiaddr: ip('10.7.0.200'), options })]
  }
  const other = boot(another)
  t.equal(code(other), 'PXE-E07', 'an ACK with another address')
  t.equal(dhcpSent(other, 'decline').length, 1)
})

const by = (name: 'A' | 'B') => ip4Option(OPTION.serverIdentifier, host(name))
const replyTo = (request: DhcpMessage, from: Contender['ip'], fields: Partial<DhcpMessage>): Reply => ({
  delay: 10_000,
  from: { ip: from, port: 67 },
  payload: encodeDhcp(bootReply(request, fields)),
})

t.test('E-16 to E-19, E-22: classes and their order', async t => {
  const profile = EDK2_PROFILES_BY_NAME['2022']!
  const request: DhcpMessage = dhcpOf(boot([]).sent[0]!)!
  const packet = (
    lease: boolean,
    text: string | undefined,
    vendor: string | undefined,
    file = '',
    type = true,
  ) => {
    const message = bootReply(request, {
      yiaddr: lease ? leaseOf('A') : ANY_IP4,
      file,
      options: [
        ...(type ? [messageTypeOption('offer')] : []),
        ...(text === undefined ? [] : [textOption(OPTION.classIdentifier, text)]),
        ...(vendor === undefined ? [] : [bytesOption(OPTION.vendorSpecific, bytesOf(vendor))]),
      ],
    })
    return storePacket(encodeDhcp(message), message, host('A'))
  }
  const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], pair => parseInt(pair, 16))
  const mtftp = '0104ef0102030202000103020002040101050101ff'
  t.equal(packet(true, undefined, undefined).class, 'dhcpOnly')
  t.equal(packet(true, 'HTTPClient', undefined).class, 'dhcpOnly', 'E-53')
  t.equal(packet(false, undefined, undefined).class, 'stray')
  t.equal(packet(true, 'PXEClient', undefined).class, 'dhcpBinl')
  t.equal(packet(false, 'PXEClient:Arch:00007', '470400010000ff').class, 'proxyBinl', '43.71 is no discovery')
  t.equal(packet(true, 'PXEClient', '060108ff').class, 'dhcpPxe10')
  t.equal(packet(false, 'PXEClient', '0a0100ff').class, 'proxyPxe10')
  t.equal(packet(false, 'PXEClient', mtftp).class, 'wfm')
  t.equal(packet(false, 'PXEClien', '060108ff').class, 'stray', '43 counts only with PXEClient')
  t.equal(packet(true, undefined, undefined, 'f', false).class, 'bootp')

  const all = {
    Dp: packet(true, 'PXEClient', '060108ff', 'f'),
    D: packet(true, undefined, undefined),
    Pa: packet(false, 'PXEClient', '060108ff', 'f'),
    Db: packet(true, 'PXEClient', undefined),
    Ba: packet(false, 'PXEClient', undefined),
    Df: packet(true, undefined, undefined, 'f'),
    bootp: packet(true, undefined, undefined, 'f', false),
  }
  const ruleOf = (...names: (keyof typeof all)[]) => {
    const orders = [names, names.toReversed()].map(order => {
      const cache = new OfferCache(profile)
      for (const name of order) cache.add(all[name])
      return selectOffer(cache, profile)?.rule
    })
    t.equal(orders[0], orders[1], `${names.join()}: the order of classes does not depend on arrival`)
    return orders[0]
  }
  t.equal(ruleOf('bootp', 'Df', 'Ba', 'D', 'Db', 'Pa', 'Dp'), 1)
  t.equal(ruleOf('bootp', 'Df', 'Ba', 'Db', 'Pa'), 3)
  t.equal(ruleOf('bootp', 'Df', 'Ba', 'Db'), 5)
  t.equal(ruleOf('Pa', 'Db'), 5, 'E-24: hides a complete proxy')
  t.equal(ruleOf('bootp', 'Df', 'Ba'), 6)
  t.equal(ruleOf('bootp', 'Df', 'D'), 7)
  t.equal(ruleOf('bootp'), 8)
  t.equal(ruleOf('D'), undefined)
  t.equal(ruleOf('Pa', 'Ba'), undefined)

  const cache = new OfferCache(profile)
  t.ok(cache.add(all.Pa))
  t.notOk(cache.add(all.Pa), 'E-19: the first complete proxy only')
  for (let i = 1; i < 16; i++) t.ok(cache.add(all.D), 'E-15: repetitions are kept')
  t.notOk(cache.add(all.Df), 'E-14: sixteen')
})

t.test('profiles', async t => {
  t.equal(code(boot([D(), P('Pa')], '2010-2017')), 'PXE-E16', 'the inverted test drops complete proxies')
  t.equal(boot([D(), Bx('Ba')], '2010-2017').record.file, 'boot-Ba', 'which is why dnsmasq leaves out 43')
  t.equal(boot([Df(), P('Pa')], '2010-2017').record.file, 'boot-Df')
  const hp = boot([D(), P('Pa')], 'hp-laptop')
  t.equal(code(hp), 'PXE-E16')
  t.equal(dhcpSent(hp, 'request').length, 0, 'never a REQUEST')
  t.same(
    dhcpSent(hp, 'discover').map(sent => dhcpOf(sent)!.secs),
    [0, 4, 12, 28],
  )
  t.equal(boot([Df()], 'hp-laptop').record.file, 'boot-Df')
  t.equal(boot([D(), P('Pa')], 'pre-2019').record.file, 'boot-Pa')
})

t.test('HTTP boot: rows 43 and 44, E-50 to E-52', async t => {
  const uri = textOption(OPTION.bootFileName, 'http://10.7.0.9/boot.efi')
  const http = textOption(OPTION.classIdentifier, 'HTTPClient')
  const httpServer: Contender = { ...D({ ip: host('A'), lease: leaseOf('A') }), options: [http, uri] }
  const httpBoot = (...servers: readonly Contender[]) =>
    runScript(edk2Firmware('2022', 'x64-uefi-http'), network(...servers))
  const run = httpBoot(D(), P('Pa'), httpServer)
  const discover = dhcpOf(run.sent[0]!)!
  const clazz = discover.options.find(({ code }) => code === 60)!.value
  t.equal(new TextDecoder().decode(clazz), 'HTTPClient:Arch:00016:UNDI:003000')
  t.equal(discover.options.find(({ code }) => code === 55)!.value.length, 27)
  t.equal(run.record.file, 'http://10.7.0.9/boot.efi')
  t.equal(run.record.lease?.server, host('A'), 'E-52: the DHCP server that names the URI')
  t.equal(run.screen[0], '>>Start HTTP Boot over IPv4.')
  t.equal(boot([D(), P('Pa')]).record.file, 'boot-Pa', '43: PXE does not mind an HTTP boot server')
  const onlyPxe = httpBoot(D(), P('Pa'))
  t.equal(onlyPxe.record.lease, undefined, 'E-53: a PXE proxy is nothing to HTTP boot')
  const after = boot([], 'ovmf-http')
  t.equal(after.record.code, 'PXE-E18')
  const classes = dhcpSent(after, 'discover').map(sent =>
    new TextDecoder().decode(
      dhcpOf(sent)!
        .options.find(({ code }) => code === 60)!
        .value.subarray(0, 4),
    ),
  )
  t.same(classes, ['PXEC', 'PXEC', 'PXEC', 'PXEC', 'HTTP', 'HTTP', 'HTTP', 'HTTP'])
})

t.test('every failure and every choice is explained by its rule', async t => {
  const explained = (servers: readonly Contender[], rule: string) =>
    t.ok(rules(boot(servers)).includes(rule), `${rule} in ${rules(boot(servers)).join()}`)
  explained([], 'E-18')
  explained([D()], 'E-22')
  explained([D(), P('Pa')], 'E-22')
  explained([Df('Df', { onRequest: 'silent' })], 'E-26')
  explained([Df('Df', { onRequest: 'nak' })], 'E-27')
  explained([Df('Df', { withoutMask: true })], 'E-28')
  explained([D(), Bx('Ba', dead)], 'E-35')
  explained([D(), P('Pa')], 'E-37')
  explained([D(), P('Pa', { vendor: { discoveryControl: 7 } })], 'E-39')
  explained([D(), Pm(menu(0))], 'E-40')
  explained([D(), Pm(menu(2))], 'E-41')
  explained([D(), Pm(menu(3, listOf('S1', 'S2'))), S('S1'), S('S2')], 'E-42')
  explained([D(), stray(), Df()], 'E-44')
  explained([D(), stray(), Df()], 'E-21')
  explained([Df('Df', { tftp: 'missing' })], 'E-48')
})

t.test('random replies never make the script throw or run for ever', async t => {
  const runs = Math.max(200, Math.floor(FUZZ / 40))
  const outcomes = new Set<string>()
  for (let seed = 1; seed <= runs; seed++) {
    const dice = random(`fuzz ${seed}`)
    const honest = network(D(), Db(), P('Pa'), Bx('Ba'), Pm(menu(dice.below(16), listOf('S1'))), S('S1'))
    const world: World = sent =>
      honest(sent).flatMap(answer => {
        if ('unreachable' in answer || dice.chance(0.3)) return [answer]
        const payload = answer.payload.slice(
          0,
          dice.chance(0.2) ? dice.below(answer.payload.length + 1) : undefined,
        )
        for (let changes = dice.below(8); changes > 0 && payload.length > 0; changes--) {
          // Mostly behind the fixed header, so that the packet is still listened to.
          const from = payload.length > 240 && dice.chance(0.9) ? 240 : 0
          payload[from + dice.below(payload.length - from)] = dice.below(256)
        }
        return Array.from({ length: dice.below(4) }, () => ({ ...answer, payload }))
      })
    const run = runScript(edk2Firmware(dice.chance(0.5) ? '2022' : '2010-2017', 'x64-uefi'), world, {
      seed,
      mac: FAKE_MAC,
    })
    outcomes.add(code(run))
    if (run.endedAt === undefined && !run.choices.some(({ rule }) => rule === 'E-38'))
      t.fail(`seed ${seed} did not come to an end`)
  }
  t.ok(outcomes.size > 4, [...outcomes].sort().join())
})
