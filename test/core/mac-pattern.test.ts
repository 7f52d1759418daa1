import t from 'tap'
import { parseMac } from '../../src/core/address.ts'
import { matchesAnyMac, matchesMac, parseMacPattern } from '../../src/core/mac-pattern.ts'
import { macPattern } from './mac-patterns.ts'

const matches = (pattern: string, mac: string): boolean => matchesMac(macPattern(pattern), parseMac(mac)!)

t.test('patterns', async t => {
  t.ok(matches('00:50:56:00:00:01', '00:50:56:00:00:01'))
  t.notOk(matches('00:50:56:00:00:01', '00:50:56:00:00:02'))
  t.ok(matches('00-50-56-*', '00:50:56:ff:ff:ff'), 'a trailing star stands for the rest')
  t.notOk(matches('00:50:56:*', '00:50:57:00:00:00'))
  t.ok(matches('00:50:56:*:*:01', '00:50:56:aa:bb:01'))
  t.notOk(matches('00:50:56:*:*:01', '00:50:56:aa:bb:02'))
  t.ok(matches('FF:FF:*', 'ff:ff:80:00:00:00'))
  t.ok(matches('*', 'ff:ff:ff:ff:ff:ff'))
  t.ok(matches('*:*:*:*:*:ff', '00:00:00:00:00:ff'))
  t.equal(macPattern('00:50:*').text, '00:50:*')
  t.ok(matchesAnyMac([macPattern('00:*'), macPattern('01:*')], parseMac('01:00:00:00:00:00')!))
  t.notOk(matchesAnyMac([], parseMac('01:00:00:00:00:00')!))
})

t.test('what is no pattern', async t => {
  for (const text of ['', '00:50', '00:50:56:00:00:01:02', '0:*', '00:5*:56:00:00:01', 'xx:*', '00:50:*:00'])
    t.equal(parseMacPattern(text), undefined, text)
  t.throws(() => macPattern('x'), RangeError)
})
