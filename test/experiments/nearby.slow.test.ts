/**
 * Worlds next to a run: one packet at another time and nothing else, and the flip points found with them.
 */
import fc from 'fast-check'
import t from 'tap'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { toHex } from '../../src/core/bytes.ts'
import type { TraceEvent } from '../../src/core/trace.ts'
import { reportExplanation } from '../../src/report/nearby.ts'
import { type Explanation, explainMachine } from '../../src/experiments/what-if/explanation.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { MAX_RERUNS, type Race, fateOf } from '../../src/experiments/what-if/counterfactuals.ts'
import type { Run } from '../../src/simulation/run.ts'
import { type SeenReply, bootAsSeen } from '../../src/experiments/what-if/seen-replies.ts'
import { fileScenario, machine, run, textScenario } from '../simulation/running.ts'
import { byEffort, sample } from '../effort.ts'

const plain = (text: string): string => text
const colourless = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain }

/** Two complete proxies of different minds, 3 ms and 4 ms after the question. */
const contested = (link = '{}', firmware = 'edk2', dhcpDelay = '0ms', count = 4): Scenario =>
  textScenario(`title: contested
subnets: { office: { cidr: 10.20.1.0/24, link: ${link} } }
notificationServers:
  ns-1: { delay: 3ms, computers: [{ mac: '*', boot: automation, image: WinPE, jobRunning: true }] }
  ns-2: { delay: 4ms, computers: [{ mac: '*', boot: production }] }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199, responseDelay: ${dhcpDelay} }
  nbs-a: { kind: nbs, on: office, address: 10.20.1.5, notificationServer: ns-1 }
  nbs-b: { kind: nbs, on: office, address: 10.20.1.6, notificationServer: ns-2 }
clients:
  pc: { count: ${count}, on: office, firmware: ${firmware}, powerOn: 0s..2s }
`)

const explained = (scenario: Scenario, name: string, whole: Run = run(scenario)): Explanation =>
  explainMachine(scenario, whole, name, surroundingsOf(scenario))!

const toldOf = (explanation: Explanation): string[] => reportExplanation(explanation, colourless)

const repliesOf = (whole: Run, name: string): readonly SeenReply[] => {
  const { client, group } = whole.machines.find(one => one.client.name === name)!
  return bootAsSeen({ name, mac: client.mac }, group.on, whole.trace).replies
}

/** Every event, as text: what `same` means here. */
const events = (trace: readonly TraceEvent[]): string[] =>
  trace.map(event =>
    JSON.stringify(event, (_, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value)),
  )

t.test('a packet moved by nothing changes nothing', async t => {
  const scenario = contested('{ delay: 200us, jitter: 300us, loss: 2%, duplicate: 5%, reorder: 5% }')
  const whole = run(scenario)
  for (const { packet } of repliesOf(whole, 'pc-2').slice(0, 4))
    t.strictSame(
      events(run(scenario, { shifts: [{ packet, by: 0 }] }).trace).toSorted(),
      events(whole.trace).toSorted(),
    )
})

t.test('a moved packet leaves every other frame, loss and draw as it was', async t => {
  const link = '{ delay: 200us, jitter: 300us, loss: 2%, reorder: 5%, corrupt: 2% }'
  type Line = { at: number; bytes: string }
  const onWire = (one: Run): Set<string> =>
    new Set(events(one.trace.filter(({ kind }) => kind === 'frame' || kind === 'drop')))
  const missing = (from: Set<string>, other: Set<string>): Line[] =>
    [...from].filter(line => !other.has(line)).map(line => JSON.parse(line) as Line)
  let moves = 0
  const seeds = byEffort({ quick: 4, thorough: 12, night: 12 })
  for (let seed = 1; seed <= seeds; seed++) {
    const scenario = { ...contested(link), seed }
    const whole = run(scenario)
    // The proxy that came second to pc-2 decides nothing.
    const second = repliesOf(whole, 'pc-2').filter(({ kind, leases }) => kind === 'offer' && !leases)[1]
    if (!second) continue
    for (const by of [90_000, -50]) {
      moves++
      const other = run(scenario, { shifts: [{ packet: second.packet, by }] })
      const gone = missing(onWire(whole), onWire(other))
      t.strictSame(
        gone.map(({ at }) => at),
        [second.packet.at],
        `seed ${seed}: one frame is not where it was`,
      )
      t.strictSame(
        missing(onWire(other), onWire(whole)),
        gone.map(line => ({ ...line, at: line.at + by })),
        `but ${by} us from there`,
      )
      t.strictSame(other.result.clients.map(fateOf), whole.result.clients.map(fateOf), 'and nobody minds')
    }
  }
  t.ok(moves >= (seeds * 4) / 3, `${moves} moves`)
})

t.test('EDK2: the first proxy wins, and the flip point is where the offers pass each other', async t => {
  const scenario = contested()
  const explanation = explained(scenario, 'pc-3')
  t.equal(explanation.decided?.rule, 'E-22')
  t.equal(explanation.ended, null)
  const [race, ...others] = explanation.races
  t.strictSame(others, [])
  t.strictSame(
    [race!.over, race!.winner, race!.rival, race!.marginSeconds],
    ['boot', 'nbs-a', 'nbs-b', 0.001],
  )
  const flips = race!.flips.map(({ server, seconds, unchangedAt, fate }) => [
    server,
    seconds,
    unchangedAt,
    fate.pxeServer,
  ])
  t.strictSame(flips, [
    ['nbs-a', 0.0011, 0.001, 'nbs-b'],
    ['nbs-b', -0.0011, -0.001, 'nbs-b'],
  ])
  const text = toldOf(explanation)
  t.ok(text.includes("Race: nbs-a's offer came 1.0 ms before nbs-b's."))
  t.ok(
    text.some(line =>
      line.includes(
        "if nbs-a's offer came 1.1 ms later, nbs-b would have won and pc-3 would have gone to its local disk (1.0 ms changes nothing)",
      ),
    ),
  )
})

t.test('every flip point holds when the seed is run again on both sides of it', async t => {
  const cases = [
    ['scenarios/two-nbs-one-subnet.yaml', ['pc-1', 'pc-4', 'pc-17']],
    ['scenarios/mixed-firmware.yaml', ['uefi-1', 'rom-2', 'ipxe-3']],
    ['scenarios/two-dhcp-servers.yaml', ['pc-3']],
    ['scenarios/foreign-wds.yaml', ['vm-1']],
  ] as const
  for (const [file, names] of sample(cases, 2)) {
    const scenario = fileScenario(file)
    const whole = run(scenario)
    for (const name of names) {
      const base = fateOf(machine(whole, name))
      const { races, reruns } = explained(scenario, name, whole)
      t.ok(
        races.length > 0 && races.every(({ flips }) => flips.length > 0),
        `${file} ${name}: a race that can flip`,
      )
      t.ok(reruns < MAX_RERUNS, `${reruns} runs`)
      for (const race of races)
        for (const flip of race.flips) {
          const copies = repliesOf(whole, name).filter(reply => belongs(reply, race, flip.server, scenario))
          const at = (seconds: number) =>
            fateOf(
              machine(
                run(scenario, {
                  shifts: copies.map(({ packet }) => ({ packet, by: Math.round(seconds * 1e6) })),
                }),
                name,
              ),
            )
          t.strictSame(
            at(flip.unchangedAt),
            base,
            `${name}: ${flip.server} by ${flip.unchangedAt} changes nothing`,
          )
          t.strictSame(at(flip.seconds), flip.fate, `${name}: ${flip.server} by ${flip.seconds} does`)
          t.ok(Math.abs(flip.seconds - flip.unchangedAt) < 0.000_101, 'within 0.1 ms')
        }
    }
  }
})

/** The packets that the search moves: a server's offers in this race. */
const belongs = (reply: SeenReply, race: Race, server: string, scenario: Scenario): boolean => {
  const name = scenario.servers.find(({ address }) => address === reply.server)?.name
  if (name !== server || reply.kind !== 'offer') return false
  const isContender = race.contenders.some(contender => contender.server === server)
  return race.over === 'lease' || !isContender ? reply.leases : reply.boots
}

t.test('iPXE keeps the last offer before the lease, and may be turned by the lease as well', async t => {
  const scenario = contested('{}', 'ipxe', '50ms', 1)
  const explanation = explained(scenario, 'pc-1')
  const [race] = explanation.races
  t.strictSame([race!.winner, race!.marginSeconds], ['nbs-b', -0.001])
  const moved = race!.flips.map(({ server, seconds }) => `${server} ${seconds > 0 ? 'later' : 'earlier'}`)
  t.strictSame(new Set(moved), new Set(['nbs-b earlier', 'nbs-a later', 'nbs-b later', 'dhcp earlier']))
  t.match(
    toldOf(explanation).join('\n'),
    /nbs-b's offer came 1\.0 ms after nbs-a's, and iPXE keeps the last\./,
  )
})

t.test('where the kind of offer decides, no delay does, and that is said', async t => {
  const scenario = fileScenario('scenarios/nbs-beside-dhcp-boot-options.yaml')
  const edk2 = explained(scenario, 'uefi-1')
  t.strictSame(
    edk2.races[0]!.flips.map(({ missesWindow }) => missesWindow),
    [true],
  )
  const text = toldOf(edk2).join('\n')
  t.match(
    text,
    /no delay of dhcp's or nbs's offer within the 3\.\d s that EDK2 listens changes who wins: EDK2 chooses by the kind of offer here, not by its time \(E-22\)\./,
  )
  t.match(
    text,
    /Only if nbs's offer missed that window, dhcp would have won and uefi-1 would have booted installer\.0\./,
  )
  const ipxe = explained(scenario, 'ipxe-1')
  t.strictSame(ipxe.races[0]!.flips, [])
  t.match(toldOf(ipxe).join('\n'), /no delay .* within the 3\.0 s that iPXE listens .* \(I-13\)\./)
})

t.test('an offer that came too late is a race against the window', async t => {
  const explanation = explained(fileScenario('scenarios/nbs-too-slow.yaml'), 'vm-1')
  const [race] = explanation.races
  t.strictSame([race!.winner, race!.flips.length, race!.flips[0]!.fate.outcome], [null, 1, 'booted'])
  t.ok(race!.flips[0]!.seconds < -1)
  t.match(
    toldOf(explanation).join('\n'),
    /nbs's offer came 5\.\d+ s after power-on, when the machine had chosen already\./,
  )
})

t.test('without a rival nothing is said of a race', async t => {
  for (const [file, name] of [
    ['scenarios/one-nbs.yaml', 'pc-1'],
    // Every offer comes twice, but from one server.
    ['scenarios/nbs-behind-two-relays.yaml', 'pc-2'],
    ['scenarios/dead-boot-server-port.yaml', 'pc-1'],
  ] as const) {
    const explanation = explained(fileScenario(file), name)
    t.strictSame([explanation.races, explanation.reruns], [[], 0], file)
    t.notMatch(toldOf(explanation).join('\n'), /Race|Flip/)
  }
})

t.test('two offers without a lease are no race: something else was missing', async t => {
  const scenario = contested('{}', 'edk2', '0ms', 2)
  const small = { ...scenario, servers: scenario.servers.filter(({ kind }) => kind === 'nbs') }
  const explanation = explained(small, 'pc-1')
  t.strictSame([explanation.races, explanation.ended?.rule ?? explanation.decided?.rule], [[], 'E-22'])
  t.notMatch(toldOf(explanation).join('\n'), /Race|Flip/)
})

t.test('a failure names what ended it besides what decided', async t => {
  const { decided, ended } = explained(fileScenario('scenarios/dead-boot-server-port.yaml'), 'pc-1')
  t.strictSame([decided?.rule, ended?.rule], ['E-22', 'E-35'])
  t.match(decided?.text, /port 4011 of nbs\b/, 'servers by name')
})

t.test('explaining twice gives the same', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.constantFrom('edk2', 'ipxe', 'bios-rom'),
      (seed, firmware) => {
        const scenario = { ...contested('{ delay: 200us, jitter: 2ms }', firmware, '0ms..10ms', 1), seed }
        return JSON.stringify(explained(scenario, 'pc-1')) === JSON.stringify(explained(scenario, 'pc-1'))
      },
    ),
    { numRuns: 5 },
  )
})
