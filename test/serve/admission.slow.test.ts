/** `nbs serve` and requests that may not be answered: silence, a count, and one line in the log for each reason. */
import t from 'tap'
import { toMac } from '../../src/core/address.ts'
import { MAX_REQUESTS_PER_MACHINE } from '../../src/protocol/dhcp/admission.ts'
import { address, ask, startServer } from './serve-lab.ts'

t.test('an answer that would go to a group, and a machine that does not stop', async t => {
  const { server, lines } = await startServer(t)
  const told = (words: RegExp) => lines.filter(({ msg }) => words.test(msg))
  const relayed = { type: 'discover', giaddr: address('224.0.0.1') } as const
  t.equal(await ask(relayed, { waitMillis: 100 }), undefined)
  t.equal(await ask(relayed, { waitMillis: 100 }), undefined)
  t.equal(await server.metrics.value('nbs_requests_refused_total', { reason: 'unusable-relay' }), 2)
  t.match(told(/a relay \(giaddr\) that can be none/), [{ level: 40, giaddr: '224.0.0.1' }])
  t.equal(told(/giaddr/).length, 1, 'one line')

  const busy = { type: 'discover', mac: toMac(0x005056000099) } as const
  const reason = { reason: 'machine-too-often' }
  t.ok(await ask(busy))
  // The rate is a second's requests at once; this many come faster.
  for (let i = 0; (await server.metrics.value('nbs_requests_refused_total', reason)) === 0; i++) {
    if (i > 100 * MAX_REQUESTS_PER_MACHINE) break
    await ask(busy, { waitMillis: 1 })
  }
  t.ok(await server.metrics.value('nbs_requests_refused_total', reason))
  t.equal(told(/asks too often/).length, 1)
  t.ok(await ask({ type: 'discover', mac: toMac(0x005056000098) }), 'others are served')
})
