import fc from 'fast-check'
import t from 'tap'
import { formatMac, toMac } from '../../src/core/address.ts'
import { matchesMac } from '../../src/core/mac-pattern.ts'
import { nearestName } from '../../src/document/nearest.ts'
import {
  MAX_DURATION,
  type Parsed,
  parseCountRange,
  parseDuration,
  parseDurationRange,
  parseMacAddress,
  parseMacPattern,
  parseProbability,
  wholeNumber,
} from '../../src/document/quantities.ts'

const SIZES = { us: 1, ms: 1_000, s: 1_000_000 } as const

const valueOf = <T>(result: Parsed<T>): T | string =>
  result.ok ? result.value : `! ${result.nearest ?? 'nothing near'}`
type Rows<T> = readonly (readonly [unknown, T | string])[]
const each = <T>(
  t: { strictSame(found: unknown, wanted: unknown, name: string): unknown },
  read: (value: unknown) => Parsed<T>,
  rows: Rows<T>,
) => {
  for (const [value, expected] of rows) t.strictSame(valueOf(read(value)), expected, JSON.stringify(value))
}

t.test('durations', async t => {
  each(t, parseDuration, [
    ['5ms', 5_000],
    ['0s', 0],
    ['1.5s', 1_500_000],
    ['250us', 250],
    ['0.5us', 1], // rounded: time is counted in whole microseconds
    ['86400s', MAX_DURATION],
    ['86401s', '! nothing near'],
    [5, '! 5ms'],
    ['5', '! 5ms'],
    ['5 ms', '! 5ms'],
    ['5sec', '! 5s'],
    ['2min', '! 120s'],
    ['1h', '! 3600s'],
    ['5MS', '! 5ms'],
    ['5 parsecs', '! nothing near'],
    ['-5ms', '! 5ms'],
    ['ms', '! nothing near'],
    ['1e3ms', '! nothing near'],
    ['', '! nothing near'],
    [null, '! nothing near'],
    [['5ms'], '! nothing near'],
    ['5ms..6ms', '! nothing near'],
  ])
  t.strictSame(valueOf(parseDuration(60, 's')), '! 60s', 'the unit that is usual there is proposed')
})

t.test('property: a duration means number times unit', async () => {
  const unit = fc.constantFrom<keyof typeof SIZES>('us', 'ms', 's')
  fc.assert(
    fc.property(fc.nat(86_400), unit, (number, unit) => {
      const result = parseDuration(`${number}${unit}`)
      return result.ok && result.value === number * SIZES[unit]
    }),
  )
})

t.test('ranges of durations', async t => {
  each(t, parseDurationRange, [
    ['2ms', { low: 2_000, high: 2_000 }],
    ['0ms..2ms', { low: 0, high: 2_000 }],
    ['900us..1ms', { low: 900, high: 1_000 }],
    ['1ms..900us', '! 900us..1ms'],
    ['1..2ms', '! 1ms..2ms'],
    ['1ms..2', '! 1ms..2ms'],
    ['1..2', '! 1ms..2ms'],
    ['-1ms..2ms', '! 1ms..2ms'],
    ['1msec..2sec', '! 1ms..2s'],
    ['soon..2ms', '! nothing near'],
    ['1ms..', '! nothing near'],
    ['..', '! nothing near'],
    ['1ms-2ms', '! nothing near'],
    [2, '! 2ms'],
  ])
})

t.test('property: a range of two durations holds both, in either order one is proposed', async () => {
  fc.assert(
    fc.property(fc.nat(5_000), fc.nat(5_000), (a, b) => {
      const result = parseDurationRange(`${a}us..${b}us`)
      return a <= b
        ? result.ok && result.value.low === a && result.value.high === b
        : !result.ok && result.nearest === `${b}us..${a}us`
    }),
  )
})

t.test('counts', async t => {
  each(t, parseCountRange, [
    [3, { low: 3, high: 3 }],
    ['1..19', { low: 1, high: 19 }],
    ['19..1', '! 1..19'],
    [-1, '! 0'],
    [1.5, '! 2'],
    ['a..b', '! nothing near'],
    ['3', '! nothing near'],
    [Number.NaN, '! nothing near'],
  ])
  each(t, wholeNumber(1, 9), [
    [9, 9],
    [10, '! 9'],
    [0, '! 1'],
    ['5', '! 5'],
    [Infinity, '! nothing near'],
  ])
})

t.test('probabilities', async t => {
  each(t, parseProbability, [
    [0, 0],
    [1, 1],
    [0.25, 0.25],
    ['5%', 0.05],
    ['12.5%', 0.125],
    ['100%', 1],
    ['101%', '! 100%'],
    [5, '! 5%'],
    [500, '! nothing near'],
    [-0.1, '! nothing near'],
    [Number.NaN, '! nothing near'],
    ['0.5', '! nothing near'],
  ])
})

t.test('MAC addresses and patterns', async t => {
  each(t, parseMacAddress, [
    ['00:50:56:00:00:01', toMac(0x005056000001)],
    ['00-50-56-AB-CD-EF', toMac(0x005056abcdef)],
    ['0050.5600.0001', '! 00:50:56:00:00:01'],
    ['005056000001', '! 00:50:56:00:00:01'],
    ['0:50:56:0:0:1', '! 00:50:56:00:00:01'],
    ['00:50:56:00:00', '! nothing near'],
    [5056, '! nothing near'],
  ])
  const matches = (pattern: string, mac: number): boolean => {
    const result = parseMacPattern(pattern)
    return result.ok && matchesMac(result.value, toMac(mac))
  }
  t.ok(matches('*', 0x005056000001))
  t.ok(matches('00:50:56:*', 0x005056ffffff))
  t.notOk(matches('00:50:56:*', 0x005057ffffff))
  t.ok(matches('00:*:56:00:00:01', 0x00aa56000001))
  t.notOk(matches('00:*:56:00:00:01', 0x00aa56000002))
  each(t, parseMacPattern as (value: unknown) => Parsed<unknown>, [
    ['00:50:5*', '! nothing near'],
    ['00:50:56', '! nothing near'],
    ['', '! nothing near'],
    [7, '! nothing near'],
  ])
})

t.test('property: every MAC matches itself and itself with any octet left open', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.nat(5), (number, open) => {
      const text = formatMac(toMac(number))
      const octets = text.split(':').map((octet, index) => (index === open ? '*' : octet))
      const [whole, pattern] = [parseMacPattern(text), parseMacPattern(octets.join(':'))]
      return (
        whole.ok &&
        pattern.ok &&
        matchesMac(whole.value, toMac(number)) &&
        matchesMac(pattern.value, toMac(number))
      )
    }),
  )
})

t.test('nearest names', async t => {
  t.equal(nearestName('ofice', ['servers', 'office']), 'office')
  t.equal(nearestName('fo', ['of', 'servers']), 'of', 'swapped letters count once')
  t.equal(nearestName('EDK2', ['edk2']), 'edk2', 'case does not count')
  t.equal(nearestName('kitchen', ['office', 'servers']), undefined, 'nothing is better than nonsense')
  t.equal(nearestName('ns', []), undefined)
  t.equal(nearestName('x'.repeat(100_000), ['office']), undefined, 'at no cost')
})
