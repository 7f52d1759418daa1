import t from 'tap'
import {
  directedBroadcast,
  formatCidr,
  formatEndpoint,
  formatIp4,
  formatMac,
  ip4At,
  ip4Bytes,
  isGroupMac,
  isMulticast,
  contains,
  macAt,
  macBytes,
  multicastMac,
  netmask,
  networkOf,
  parseCidr,
  parseIp4,
  parseMac,
  toIp4,
  toMac,
} from '../../src/core/address.ts'
import {
  concat,
  equalBytes,
  fromHex,
  latin1Bytes,
  latin1Text,
  printable,
  toHex,
  u16At,
  u16Bytes,
  u32At,
  u32Bytes,
} from '../../src/core/bytes.ts'
import { Deadlines } from '../../src/core/deadlines.ts'
import { formatSeconds, formatSpan, fromMillis, fromSeconds, toSeconds } from '../../src/core/micros.ts'
import { type Random, random } from '../../src/core/random.ts'
import { RecentMap } from '../../src/core/recent-map.ts'

const take = (stream: Random, count: number): number[] => Array.from({ length: count }, () => stream.u32())

t.test('random: known numbers, so that a seed means the same run for ever', async t => {
  // A change here changes every run of every seed: say so in the changelog.
  t.strictSame(take(random(1), 4), [2313177752, 1331506515, 3762838114, 157528223])
  t.strictSame(take(random(7).fork('clients'), 2), [1661494142, 3899391474])
})

t.test('random: the same label gives the same stream, wherever and whenever it is asked for', async t => {
  const root = random(7)
  const first = take(root.fork('pc-1'), 50)
  take(root, 1000)
  take(root.fork('pc-2'), 1000)
  t.strictSame(take(root.fork('pc-1'), 50), first, 'drawing from others changes nothing')
  t.strictSame(take(random('7').fork('pc-1'), 50), first, 'a seed is its text')
  t.strictSame(take(random(7).fork('a').fork('b'), 9), take(random(7).fork('a').fork('b'), 9))
})

t.test('random: streams of other labels and seeds have nothing in common', async t => {
  const labels = ['', 'a', 'b', 'ab', 'ba', 'pc-1', 'pc-2', 'pc-11', 'nbs-a', 'nbs-b', 'up', 'down']
  const seeds = [0, 1, 2, 10, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, -1]
  const streams = seeds.flatMap(seed => [
    random(seed),
    ...labels.map(label => random(seed).fork(label)),
    ...labels.map(label => random(seed).fork('clients').fork(label)),
  ])
  const seen = streams.flatMap(stream => take(stream, 16))
  // 3,600 draws of 2^32: two equal ones are a matter of 1 in 660 for good streams, hundreds for bad ones.
  t.ok(new Set(seen).size >= seen.length - 1, `${seen.length - new Set(seen).size} numbers came twice`)
  const firsts = streams.map(stream => stream.u32() / 2 ** 32)
  const mean = firsts.reduce((a, b) => a + b, 0) / firsts.length
  t.ok(Math.abs(mean - 0.5) < 4 * Math.sqrt(1 / 12 / firsts.length), `first draws of streams: mean ${mean}`)
})

t.test('random: neighbouring streams do not move together', async t => {
  const pairs = 4000
  let sum = 0
  for (let n = 0; n < pairs; n++) {
    const [a, b] = [random(n).fork('pc-1').u32(), random(n).fork('pc-2').u32()]
    sum += (a / 2 ** 32 - 0.5) * (b / 2 ** 32 - 0.5)
  }
  // The correlation of independent draws lies within 4 standard errors of 0.
  const correlation = (sum / pairs) * 12
  t.ok(Math.abs(correlation) < 4 / Math.sqrt(pairs), `correlation ${correlation}`)
})

t.test('random: numbers are spread evenly', async t => {
  const stream = random(42)
  const draws = 64_000
  const counts = Array.from({ length: 64 }, () => 0)
  for (let i = 0; i < draws; i++) counts[stream.below(64)]!++
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
  // 63 degrees of freedom: 0.01 % of good generators are outside 25 … 112.
  t.ok(chiSquare > 25 && chiSquare < 112, `chi square ${chiSquare}`)
  let hits = 0
  for (let i = 0; i < draws; i++) if (stream.chance(0.2)) hits++
  t.ok(Math.abs(hits - 12_800) < 4 * Math.sqrt(draws * 0.2 * 0.8), `${hits} hits at 20 %`)
})

t.test('random: ranges hold both ends, certainties draw nothing', async t => {
  const stream = random(3)
  const drawn = new Set(Array.from({ length: 300 }, () => stream.between(-2, 2)))
  t.strictSame(
    [...drawn].toSorted((a, b) => a - b),
    [-2, -1, 0, 1, 2],
  )
  t.equal(stream.between(5, 5), 5)
  t.equal(stream.below(1), 0)
  const [left, right] = [random(9), random(9)]
  t.strictSame([left.chance(0), left.chance(1), left.chance(-1), left.chance(2)], [false, true, false, true])
  t.equal(left.u32(), right.u32(), 'nothing was drawn')
  let largest = 0
  for (let i = 0; i < 1000; i++) largest = Math.max(largest, stream.below(2 ** 32))
  t.ok(largest > 2 ** 31 && largest < 2 ** 32)
})

t.test('addresses: text to number and back', async t => {
  for (const text of ['0.0.0.0', '10.20.1.5', '127.255.255.255', '128.0.0.1', '255.255.255.255'])
    t.equal(formatIp4(parseIp4(text)!), text)
  t.equal(parseIp4('10.0.0.1'), 0x0a000001)
  for (const wrong of ['', '10.0.0', '10.0.0.256', '10.0.0.1.2', ' 10.0.0.1', '0x0a.0.0.1', '10.0.0.1\n'])
    t.equal(parseIp4(wrong), undefined, JSON.stringify(wrong))
  for (const text of ['00:00:00:00:00:00', '00:50:56:00:00:01', 'ff:ff:ff:ff:ff:ff'])
    t.equal(formatMac(parseMac(text)!), text)
  t.equal(parseMac('00-50-56-AB-cd-EF'), 0x005056abcdef)
  for (const wrong of ['', '00:50:56:00:00', '00:50:56:00:00:0', '005056000001', '00:50:56:00:00:01:02'])
    t.equal(parseMac(wrong), undefined, JSON.stringify(wrong))
  t.equal(formatEndpoint({ ip: parseIp4('10.20.1.5')!, port: 4011 }), '10.20.1.5:4011')
})

t.test('addresses: bytes, also above 2^31 and 2^47', async t => {
  for (const ip of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff].map(toIp4)) {
    t.equal(ip4At(concat([Uint8Array.of(9), ip4Bytes(ip)]), 1), ip)
    t.equal(ip4Bytes(ip).length, 4)
  }
  for (const mac of [0, 1, 0x005056000001, 0x7fffffffffff, 0x800000000000, 0xffffffffffff].map(toMac))
    t.equal(macAt(concat([Uint8Array.of(9, 9), macBytes(mac)]), 2), mac)
  t.equal(toHex(macBytes(parseMac('f0:de:f1:01:02:ff')!)), 'f0def10102ff')
})

t.test('addresses: networks and groups', async t => {
  t.equal(formatCidr(parseCidr('10.20.1.0/24')!), '10.20.1.0/24')
  for (const wrong of ['10.20.1.0', '10.20.1.1/24', '10.20.1.0/33', '10.20.1.0/', '10.20.1.0/24/1', '/24'])
    t.equal(parseCidr(wrong), undefined, wrong)
  t.strictSame(
    [0, 1, 8, 24, 31, 32].map(length => formatIp4(netmask(length))),
    ['0.0.0.0', '128.0.0.0', '255.0.0.0', '255.255.255.0', '255.255.255.254', '255.255.255.255'],
  )
  const cidr = parseCidr('192.168.4.0/22')!
  t.equal(formatIp4(directedBroadcast(cidr)), '192.168.7.255')
  t.equal(formatIp4(networkOf(parseIp4('192.168.7.9')!, 22)), '192.168.4.0')
  t.strictSame(
    ['192.168.3.255', '192.168.4.0', '192.168.7.255', '192.168.8.0'].map(ip => contains(cidr, parseIp4(ip)!)),
    [false, true, true, false],
  )
  t.strictSame(
    ['223.255.255.255', '224.0.0.0', '239.255.255.255', '240.0.0.0'].map(ip => isMulticast(parseIp4(ip)!)),
    [false, true, true, false],
  )
  t.equal(formatMac(multicastMac(parseIp4('239.255.1.2')!)), '01:00:5e:7f:01:02', 'RFC 1112: 23 bits')
  t.strictSame(
    ['00:50:56:00:00:01', '01:00:5e:00:00:01', '02:00:00:00:00:01', 'ff:ff:ff:ff:ff:ff'].map(mac =>
      isGroupMac(parseMac(mac)!),
    ),
    [false, true, false, true],
  )
})

t.test('bytes: equality on views that do not start at a word', async t => {
  const whole = Uint8Array.from({ length: 400 }, (_, i) => (i * 7) & 255)
  for (const [left, right] of [
    [0, 0],
    [1, 1],
    [0, 1],
    [3, 2],
    [4, 8],
  ] as const)
    for (const length of [0, 1, 3, 4, 63, 64, 67, 68, 69, 71, 200, 201, 203]) {
      const [a, b] = [new Uint8Array(400), new Uint8Array(400)]
      a.set(whole.subarray(0, length), left)
      b.set(whole.subarray(0, length), right)
      // What stands around the views differs and does not matter.
      a[left + length] = 1
      b[right + length] = 2
      const [x, y] = [a.subarray(left, left + length), b.subarray(right, right + length)]
      if (!equalBytes(x, y)) t.fail(`equal from ${left} and ${right}, ${length} bytes`)
      for (let i = 0; i < length; i++) {
        y[i]! ^= 0x80
        if (equalBytes(x, y)) t.fail(`byte ${i} of ${length} differs, from ${left} and ${right}`)
        y[i]! ^= 0x80
      }
      t.equal(equalBytes(x, b.subarray(right, right + length + 1)), false, 'another length')
    }
})

t.test('bytes: numbers, hexadecimal, text', async t => {
  t.equal(u16At(fromHex('00 ff fe'), 1), 0xfffe)
  t.equal(u32At(fromHex('00 ff fe fd fc'), 1), 0xfffefdfc, 'unsigned')
  t.strictSame([toHex(u16Bytes(0x1234)), toHex(u32Bytes(0xfedcba98))], ['1234', 'fedcba98'])
  t.throws(() => fromHex('0'), RangeError)
  t.throws(() => fromHex('0g'), RangeError)
  t.equal(toHex(fromHex(' 35\n01 02 ')), '350102')
  t.equal(toHex(concat([])), '')
  t.equal(latin1Text(latin1Bytes('Grüße €')), 'Grüße ?')
  t.equal(latin1Text(fromHex('41 42 00 43')), 'AB', 'a NUL ends it')
  t.equal(latin1Text(fromHex('41 42 43'), 1, 2), 'B')
  t.equal(printable('a\u001b[31m\r\n\u009bz'), 'a\\x1b[31m\\x0d\\x0a\\x9bz')
})

t.test('deadlines: in order of time, then in the order they were set', async t => {
  const deadlines = new Deadlines<string>()
  t.equal(deadlines.next, undefined)
  t.equal(deadlines.take(1e9), undefined)
  deadlines.set('late', 30)
  deadlines.set('first', 10)
  deadlines.set('second', 10)
  deadlines.set('cleared', 5)
  deadlines.clear('cleared')
  deadlines.clear('never set')
  t.equal(deadlines.next, 10)
  t.equal(deadlines.take(9), undefined)
  t.strictSame([deadlines.take(10), deadlines.take(10), deadlines.take(10)], ['first', 'second', undefined])
  deadlines.set('late', 50)
  t.equal(deadlines.next, 50, 'set again: only the new time counts')
  t.equal(deadlines.take(49), undefined)
  t.equal(deadlines.take(50), 'late')
  t.equal(deadlines.next, undefined)
})

t.test('deadlines: as a sorted list would have it', async t => {
  const stream = random('deadlines')
  const deadlines = new Deadlines<number>()
  const model = new Map<number, { at: number; order: number }>()
  let order = 0
  let now = 0
  for (let step = 0; step < 20_000; step++) {
    const key = stream.below(60)
    switch (stream.below(4)) {
      case 0:
      case 1: {
        const at = now + stream.below(20)
        deadlines.set(key, at)
        model.set(key, { at, order: order++ })
        break
      }
      case 2:
        deadlines.clear(key)
        model.delete(key)
        break
      default: {
        now += stream.below(3)
        const due = [...model].toSorted(([, a], [, b]) => a.at - b.at || a.order - b.order)[0]
        const expected = due && due[1].at <= now ? due[0] : undefined
        const taken = deadlines.take(now)
        if (taken !== expected) t.fail(`step ${step}: took ${taken}, expected ${expected}`)
        if (expected !== undefined) model.delete(expected)
      }
    }
    const next = [...model.values()].reduce<number | undefined>(
      (least, { at }) => (least === undefined || at < least ? at : least),
      undefined,
    )
    if (deadlines.next !== next) throw new Error(`step ${step}: next is ${deadlines.next}, expected ${next}`)
  }
  t.ok(order > 5000)
})

t.test('time: whole microseconds, told to people', async t => {
  t.strictSame([fromSeconds(0.1 + 0.2), fromMillis(1.0004), toSeconds(4_102_345)], [300_000, 1000, 4.102345])
  t.equal(formatSeconds(4_102_345), '4.102345')
  t.equal(formatSeconds(0), '0.000000')
  t.strictSame([0, 350, 999, 1_200, 9_994, 12_345, 999_949, 4_100_000, -1_300].map(formatSpan), [
    '0 us',
    '350 us',
    '999 us',
    '1.20 ms',
    '9.99 ms',
    '12.3 ms',
    '999.9 ms',
    '4.10 s',
    '-1.30 ms',
  ])
})

t.test('recent map: what was used last is kept, whatever else comes; never more than the limit', async t => {
  const map = new RecentMap<number, string>(20)
  map.set(-1, 'used')
  for (let i = 0; i < 1_000; i++) {
    map.set(i, `v${i}`)
    if (i % 4 === 0) t.equal(map.get(-1), 'used')
    t.equal(map.get(Math.max(0, i - 3)), `v${Math.max(0, i - 3)}`)
  }
  const kept = [...map.values()]
  t.ok(kept.length >= 10 && kept.length <= 20, `${kept.length}`)
  t.equal(new Set(kept).size, kept.length, 'each once')
  t.equal(map.get(0), undefined, 'the oldest are gone')
  map.set(999, 'anew')
  t.equal(map.get(999), 'anew')
  t.notOk([...map.values()].includes('v999'))
  map.delete(999)
  t.equal(map.get(999), undefined)
})
