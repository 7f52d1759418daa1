import { SocketAddress, isIPv6 } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import {
  type Ip6,
  ANY_IP6,
  compareIp,
  formatIp,
  formatIp6,
  ip6At,
  ip6Bytes,
  isInPrefix,
  isLinkLocal,
  isLoopback,
  isMulticastIp,
  isUnspecifiedIp,
  parseIp,
  parseIp6,
} from '../../src/core/ip.ts'

const ip = (text: string) => parseIp(text)!
const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
/** Many zeros, as real addresses have. */
const sparse = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map(groups => Uint8Array.from(groups.flatMap(value => [value >>> 8, value & 255])))

t.test('text as RFC 5952 has it', async t => {
  for (const [written, shown] of [
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['FE80::', 'fe80::'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ] as const)
    t.equal(formatIp6(parseIp6(written)!), shown, written)
  for (const wrong of [
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    'g::',
    '::12345',
    'fe80::1%eth0',
    '1.2.3.4::',
    '::1.2.3.4.5',
  ])
    // prettier-ignore
    t.equal(parseIp6(wrong), undefined, wrong)
})

t.test('every address comes back, in the form that Node knows', async t => {
  t.equal(formatIp6(ANY_IP6), '::')
  fc.assert(
    fc.property(fc.oneof(bytes, sparse), value => {
      const address = ip6At(value)
      const text = formatIp6(address)
      // A canonical form: what Node writes is read as the same address, and what we write Node reads.
      const theirs = new SocketAddress({ address: text, family: 'ipv6' }).address
      return isIPv6(text) && parseIp6(text) === address && parseIp6(theirs) === address
    }),
  )
  fc.assert(fc.property(bytes, value => Buffer.compare(ip6Bytes(ip6At(value)), value) === 0))
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('0', '1', '2', '3', 'a', 'b', 'f', ':', '.') }), text => {
      const parsed = parseIp6(text)
      return (parsed !== undefined) === isIPv6(text)
    }),
    { numRuns: 5000 },
  )
})

t.test('both families side by side', async t => {
  const order = ['0.0.0.0', '10.0.0.2', '10.0.0.10', '255.255.255.255', '::', '::1', '2001:db8::', 'ff02::1']
  t.strictSame(order.toReversed().map(ip).sort(compareIp).map(formatIp), order)
  t.equal(new Set([ip('fe80::1'), ip('FE80:0::1')]).size, 1)
  t.ok(isUnspecifiedIp(ip('0.0.0.0')) && isUnspecifiedIp(ANY_IP6) && !isUnspecifiedIp(ip('::1')))
  t.ok(isMulticastIp(ip('ff02::1')) && isMulticastIp(ip('224.0.0.1')) && !isMulticastIp(ip('fe80::1')))
  t.ok(isLoopback(ip('::1')) && isLoopback(ip('127.9.9.9')) && !isLoopback(ip('::2')))
  t.ok(isLinkLocal(ip('febf::1')) && isLinkLocal(ip('169.254.1.1')) && !isLinkLocal(ip('fec0::1')))
})

t.test('prefixes', async t => {
  const site = { network: ip('2001:db8:0:8000::'), prefixLength: 49 }
  t.ok(isInPrefix(site, ip('2001:db8:0:ffff::1')))
  t.notOk(isInPrefix(site, ip('2001:db8:0:7fff::1')))
  t.notOk(isInPrefix({ network: ip('::'), prefixLength: 0 }, ip('10.0.0.1')), 'not of the other family')
  t.ok(isInPrefix({ network: ip('10.0.0.4'), prefixLength: 30 }, ip('10.0.0.7')))
  t.notOk(isInPrefix({ network: ip('10.0.0.4'), prefixLength: 30 }, ip('10.0.0.8')))
  const one: Ip6 = ip6At(new Uint8Array(16).fill(1))
  t.ok(isInPrefix({ network: one, prefixLength: 128 }, one))
})
