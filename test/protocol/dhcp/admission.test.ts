/** Which requests are looked at: addresses that no answer may go to, one machine's rate, and a flood in virtual time. */
import t from 'tap'
import { type Ip4, parseIp4, toMac } from '../../../src/core/address.ts'
import { MILLISECOND, SECOND } from '../../../src/core/micros.ts'
import { random } from '../../../src/core/random.ts'
import type { Datagram } from '../../../src/core/state-machine.ts'
import {
  Admission,
  MAX_NEW_MACHINES,
  MAX_REQUESTS_PER_MACHINE,
} from '../../../src/protocol/dhcp/admission.ts'
import { encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import { bootRequest, chaddrOf } from '../../../src/wire/dhcp/options.ts'
import { byEffort } from '../../effort.ts'

const ip = (text: string): Ip4 => parseIp4(text)!
const SELF = { ip: ip('10.20.9.5'), prefixLength: 24 }

const request = (
  mac: number,
  { giaddr = '0.0.0.0', ciaddr = '0.0.0.0', source = '0.0.0.0', xid = 1 } = {},
): Datagram => ({
  iface: 'eth0',
  source: { ip: ip(source), port: 68 },
  target: { ip: ip('255.255.255.255'), port: 67 },
  payload: encodeDhcp(
    bootRequest({ xid, chaddr: chaddrOf(toMac(mac)), giaddr: ip(giaddr), ciaddr: ip(ciaddr), options: [] }),
  ),
})

t.test('addresses that an answer cannot go to', async t => {
  const admission = new Admission([SELF])
  const nobody = ['255.255.255.255', '10.20.9.255', '10.20.9.0', '224.0.0.1', '240.0.0.1', '127.0.0.1', '0.0.0.7', '10.20.9.5'] // prettier-ignore
  for (const address of nobody) {
    t.equal(admission.refusal(0, request(1, { giaddr: address })), 'unusable-relay', address)
    t.equal(admission.refusal(0, request(1, { ciaddr: address })), 'unusable-client-address', address)
  }
  for (const address of ['0.0.0.0', '10.20.9.7', '10.20.1.255', '192.0.2.1'])
    t.equal(admission.refusal(0, request(2, { giaddr: address, ciaddr: address })), undefined, address)
  t.equal(admission.refusal(0, { ...request(1), payload: new Uint8Array(20) }), undefined, 'no DHCP at all')
})

t.test('a point-to-point link has no broadcast address, and a lab on loopback only loopback', async t => {
  const link = new Admission([{ ip: ip('10.0.0.0'), prefixLength: 31 }])
  t.equal(link.refusal(0, request(1, { ciaddr: '10.0.0.1' })), undefined)
  const lab = new Admission([{ ip: ip('127.0.0.1'), prefixLength: 8 }])
  t.equal(lab.refusal(0, request(1, { ciaddr: '127.0.0.1', giaddr: '127.0.0.9' })), undefined)
  t.equal(lab.refusal(0, request(1, { giaddr: '224.0.0.1' })), 'unusable-relay')
})

t.test('one machine that never stops', async t => {
  const admission = new Admission([SELF])
  const admitted = Array.from({ length: 10 * SECOND }, (_, i) => i)
    .filter(now => now % (2 * MILLISECOND) === 0)
    .filter(now => admission.refusal(now, request(1)) === undefined)
  t.equal(admitted.length, 11 * MAX_REQUESTS_PER_MACHINE, 'a second ahead and ten seconds')
})

/** Of EDK2 (E-8): seconds after the first. */
const RETRIES = [0, 4, 12, 28]

t.test('a flood of new machines does not take the place of honest ones', async t => {
  const admission = new Admission([SELF])
  const drawn = random('flood')
  const perSecond = 10_000
  const seconds = byEffort({ quick: 9, thorough: 20, night: 60 })
  const machines = 400
  const waiting = Array.from({ length: machines }, (_, i) => {
    const since = drawn.below(3 * SECOND)
    return { mac: 0x005056000000 + i, times: RETRIES.map(retry => since + retry * SECOND) }
  })
  const served = new Map<number, number>()
  let answered = 0
  const attempts = waiting
    .flatMap(({ mac, times }) => times.map((at, attempt) => ({ mac, at, attempt })))
    .sort((a, b) => a.at - b.at)
  for (let sent = 0; sent < perSecond * seconds; sent++) {
    const now = sent * (SECOND / perSecond)
    // From the very place that honest machines ask from: address zero.
    const invented = 0x020000000000 + drawn.below(2 ** 40)
    if (admission.refusal(now, request(invented)) === undefined) answered++
    for (let next = attempts[0]; next && next.at <= now; next = attempts[0]) {
      attempts.shift()
      if (served.has(next.mac) || admission.refusal(next.at, request(next.mac)) !== undefined) continue
      served.set(next.mac, next.attempt)
    }
  }
  t.comment(`${served.size} of ${machines}, ${[...served.values()].filter(n => n === 0).length} at once`)
  t.ok(served.size >= 0.95 * machines, `${served.size} of ${machines} honest machines are served`)
  t.ok(answered <= MAX_NEW_MACHINES * (seconds + 1), `${answered} answers to invented machines`)
})

t.test('a flood from one address is nothing to another', async t => {
  const admission = new Admission([SELF])
  for (let i = 0; i < 2 * MAX_NEW_MACHINES; i++) admission.refusal(0, request(i, { source: '10.20.9.66' }))
  t.equal(admission.refusal(0, request(0xabcdef, { source: '10.20.9.66' })), 'source-too-often')
  t.equal(admission.refusal(0, request(0xabcdee)), undefined)
  t.equal(admission.refusal(1, request(0xabcdef, { source: '10.20.9.66' })), undefined, 'it asks again')
})
