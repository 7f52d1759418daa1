/**
 * What a capture leaves out is said in a line, and judged by no rule.
 */
import t from 'tap'
import { Capture, ms, s } from './capture-builder.ts'
import { A, DHCP, FILE, PA, bootWell, leaseOf } from './labelled/label.ts'

const told = (capture: Capture) => {
  const { findings, notes } = capture.analyze()
  return { rules: findings.map(({ rule }) => rule), notes: notes.join('\n') }
}

t.test('a request to port 69, once, and a capture that goes on', async t => {
  const capture = new Capture()
  const pc = capture.machine(1, 'ipxe')
  capture.boot(0, pc, [
    [DHCP, leaseOf(pc)],
    [A, PA],
  ])
  capture.rrq(s(4.1), pc, A, FILE)
  t.same(told(capture), { rules: [], notes: '' }, 'it may be answered yet')
  capture.quietUntil(s(40))
  t.match(told(capture), { rules: [], notes: /^In 1 boot the TFTP answers are missing from this capture/ })
})

t.test('one direction', async t => {
  const machines = new Capture()
  const pc = machines.machine(1)
  machines.discover(0, pc)
  machines.request(s(4), pc, DHCP)
  machines.quietUntil(s(40))
  t.match(told(machines), {
    rules: [],
    notes: /^In 1 boot the machine took an offer that is not in this capture/,
  })

  const servers = new Capture()
  servers.offer(ms(1), DHCP, pc, leaseOf(pc, { file: FILE, siaddr: A }))
  servers.ack(s(4), DHCP, pc, leaseOf(pc))
  t.match(told(servers).notes, /^Of 1 boot only the answers were captured/)
})

t.test('a whole boot leaves nothing to say', async t => {
  const capture = new Capture()
  bootWell(capture, capture.machine(1))
  t.same(told(capture), { rules: [], notes: '' })
})
