import t from 'tap'
import { toIp4 } from '../../src/core/address.ts'
import { macPattern } from '../core/mac-patterns.ts'
import { MILLISECOND } from '../../src/core/micros.ts'
import { Scheduler } from '../../src/network/virtual/scheduler.ts'
import { type Answer, type Question, describeDecision } from '../../src/protocol/pxe/decision.ts'
import {
  NotificationServer,
  type Policy,
  PolicySnapshot,
  decide,
} from '../../src/deployment/notification-server.ts'
import { UUID, mac } from '../protocol/pxe/requests.ts'

const question = (address: string, architecture = 7): Question => ({
  mac: mac(address),
  uuid: UUID,
  architecture,
  giaddr: toIp4(0),
})
const POLICY: Policy = {
  computers: [
    { mac: macPattern('00:50:56:00:00:0a'), class: 'predefined', boot: 'production', image: 'WinPE' },
    { mac: macPattern('00:50:56:00:00:0b'), class: 'managed', allow: false },
    {
      mac: macPattern('00:50:56:00:00:*'),
      class: 'managed',
      boot: 'automation',
      image: 'WinPE',
      jobRunning: true,
      prompt: 5,
    },
  ],
  unknown: { image: 'Initial' },
}
const A_JOB = question('00:50:56:00:00:01')
const STRANGER = question('00:11:22:33:44:55', 0)

t.test('the first rule that matches counts', async t => {
  t.strictSame(decide(POLICY, A_JOB), {
    boot: 'automation',
    client: 'managed',
    image: 'WinPE',
    arch: 'x64',
    jobRunning: true,
    prompt: 5,
  })
  t.strictSame(decide(POLICY, question('00:50:56:00:00:0a')), {
    boot: 'production',
    client: 'predefined',
    image: '',
    arch: 'x64',
    jobRunning: false,
  })
  t.equal(decide(POLICY, question('00:50:56:00:00:0b')), 'refused')
  t.strictSame(decide(POLICY, STRANGER), {
    boot: 'pxe',
    client: 'unknown',
    image: 'Initial',
    arch: 'x86',
    jobRunning: false,
  })
  t.equal(decide({ computers: [] }, STRANGER), 'refused', 'strangers need a rule')
  t.equal(decide({ computers: [], unknown: { allow: false } }, STRANGER), 'refused')
})

t.test('how a decision reads', async t => {
  const said = [A_JOB, question('00:50:56:00:00:0a'), STRANGER].map(asked => {
    const decision = decide(POLICY, asked)
    return decision === 'refused' ? decision : describeDecision(decision)
  })
  t.strictSame(said, ['Automation: WinPE (job running)', 'Production: local disk', 'PXE: Initial'])
  t.equal(
    describeDecision({ boot: 'pxe', client: 'unknown', image: '', arch: 'x64', jobRunning: false }),
    'PXE: default image',
  )
})

/** The scheduler stops at the last event, so there is one. */
const passTo = (clock: Scheduler, at: number): void => {
  clock.setTimer(at, () => {})
  clock.run(at)
}

const asked = (server: NotificationServer | PolicySnapshot, clock: Scheduler, about = A_JOB) => {
  const answers: [number, Answer][] = []
  server.ask(about, answer => answers.push([clock.now(), answer]))
  return answers
}

t.test('answers after its delay, in the state it is in by then', async t => {
  const clock = new Scheduler()
  const delays = [5 * MILLISECOND, 0, 2 * MILLISECOND]
  const server = new NotificationServer({ policy: POLICY, clock, delay: () => delays.shift()! })
  const late = asked(server, clock)
  t.strictSame(late, [])
  t.equal(asked(server, clock).length, 1, 'no delay: at once')
  passTo(clock, 1_000_000)
  t.match(late, [[5 * MILLISECOND, { boot: 'automation' }]])
  const cutOff = asked(server, clock)
  server.unreachable = true
  passTo(clock, 2_000_000)
  t.match(cutOff, [[1_000_000 + 2 * MILLISECOND, 'unreachable']])
  server.delay = undefined
  server.unreachable = false
  server.policy = { computers: [] }
  t.match(asked(server, clock), [[2_000_000, 'refused']], 'a new policy')
})

t.test('an old copy says what was true', async t => {
  const clock = new Scheduler()
  const source = new NotificationServer({ policy: { computers: [] }, clock })
  const frozen = new PolicySnapshot({ policy: POLICY })
  t.match(asked(frozen, clock), [[0, { boot: 'automation' }]])
  const refreshed = new PolicySnapshot({ policy: POLICY, source, staleFor: 1000, clock })
  passTo(clock, 1000)
  t.match(asked(refreshed, clock), [[1000, { boot: 'automation' }]], 'not old enough')
  source.unreachable = true
  passTo(clock, 2000)
  t.match(asked(refreshed, clock), [[2000, { boot: 'automation' }]], 'nobody to fetch from')
  source.unreachable = false
  t.match(asked(refreshed, clock), [[2000, 'refused']], 'fetched')
})
