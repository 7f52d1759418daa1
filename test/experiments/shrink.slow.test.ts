/**
 * Shrinking: what is left loads, shows what the whole showed, and holds nothing that could go.
 */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { parse, parseDocument } from 'yaml'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { reportShrunk } from '../../src/report/shrink.ts'
import { type Loaded, loadScenario } from '../../src/scenario/load.ts'
import { type ShrinkOptions, type Shrunk, shrink } from '../../src/experiments/shrink/shrink.ts'
import type { GoalRequest } from '../../src/experiments/shrink/goal.ts'
import { ShrinkTree, repaired, withDirectories } from '../../src/experiments/shrink/tree.ts'
import { LIBRARY, runText } from '../simulation/running.ts'
import { sample } from '../effort.ts'

const CAMPUS = readFileSync('test/fixtures/shrink/campus.yaml', 'utf8')
const OUTAGE = readFileSync('test/fixtures/shrink/outage.yaml', 'utf8')
const file = 'scenarios/test.yaml'

const load = (text: string): Loaded => loadScenario(text, { file })

const attempt = (text: string, request: GoalRequest, options: Partial<ShrinkOptions> = {}) =>
  shrink(text, { request, load, surroundings: surroundingsOf({ file }), ...options })

const splitDecision: GoalRequest = { kind: 'finding', rule: 'split-decision' }
let small: Shrunk | undefined
/** Several tests look at it. */
const smallCampus = (): Shrunk => (small ??= shrunkTo(CAMPUS, splitDecision))

const shrunkTo = (text: string, request: GoalRequest, options: Partial<ShrinkOptions> = {}): Shrunk => {
  const outcome = attempt(text, request, options)
  if ('problem' in outcome) throw new Error(outcome.problem)
  return outcome.shrunk
}

const problemOf = (text: string, request: GoalRequest): string | undefined => {
  const outcome = attempt(text, request)
  return 'problem' in outcome ? outcome.problem : undefined
}

const rulesIn = (text: string): Set<string> => new Set(runText(text).result.findings.map(({ rule }) => rule))

t.test('a campus of 40 machines shrinks to two NBS and the one machine they disagree about', async t => {
  const { before, after, text, removed, runs, complete, seed } = smallCampus()
  t.match(before, { subnets: 3, servers: 4, nbs: 3, machines: 40, faults: 3 })
  t.match(after, { nbs: 2, machines: 1, faults: 0, servers: 2 })
  t.ok(after.subnets <= 2)
  t.ok(after.lines < 25, `${after.lines} lines`)
  t.ok(complete && runs < 300, `${runs} runs`)
  t.equal(seed, 7)
  t.ok(removed.includes('23 of 24 machines pc'))

  t.ok(rulesIn(text).has('split-decision'), 'run as it is written, it shows it')
  const written = parse(text) as { expect: unknown; clients: Record<string, { mac: string }> }
  t.strictSame(written.expect, { findings: ['split-decision'] })
  t.match(written.clients['pc']!.mac, /^00:50:56:00:00:(0a|11)$/, 'one of the two machines with a job')
  t.match(text, /^# A campus as it grew/, 'comments stay')
  t.match(text, /\[nbs-b\] # nbs-b was for the lab/, 'and so does the way lists are written')
})

t.test('nothing can be taken out of what is left', async t => {
  const { text } = smallCampus()
  const again = shrunkTo(text, splitDecision)
  t.equal(again.text, text)
  const tree = ShrinkTree.parse(text)
  for (const collection of ['servers', 'clients', 'notificationServers', 'routers', 'subnets'])
    for (const name of tree.children([collection])) {
      const copy = tree.copy()
      copy.remove([collection, name])
      const small = repaired(copy, load)
      t.notOk(small && rulesIn(small.text).has('split-decision'), `without ${collection}.${name}`)
    }
})

t.test('an expectation that fails keeps failing in the same way', async t => {
  const { text, after, result, goal } = shrunkTo(CAMPUS, { kind: 'expectation', text: 'bench: booted' })
  t.equal(goal, 'bench: booted 1..16')
  t.match(after, { machines: 1, nbs: 1 })
  t.match(result.clients, [{ name: 'bench-1', outcome: 'failed', code: 'PXE-E3B', pxeServer: 'nbs-c' }])
  const { expectations } = runText(text).result
  t.strictSame(expectations, [{ text: 'bench: booted 1', met: false, got: '0' }])
})

t.test('"all eight boot" becomes "the one boots", and stays unmet for the same reason', async t => {
  const { text, after, result } = shrunkTo(OUTAGE, { kind: 'expectation', text: 'pc: booted 8' })
  t.match(after, { machines: 1, nbs: 1, servers: 2, faults: 1 })
  t.match(result.clients, [{ outcome: 'failed', code: 'PXE-E99', pxeServer: 'nbs' }])
  t.strictSame((parse(text) as { expect: unknown }).expect, { outcomes: { pc: { booted: 1 } } })
  t.strictSame(
    (parse(text) as { faults: { stop: string }[] }).faults.map(({ stop }) => stop),
    ['nbs.tftp'],
  )
})

t.test('what is due to a fault stays due to it', async t => {
  const { text, after, scenario } = shrunkTo(OUTAGE, { kind: 'finding', rule: 'unreachable-tftp-server' })
  t.match(after, { machines: 1, nbs: 1, faults: 1 })
  t.match(scenario.faults, [{ kind: 'stop', server: 'nbs', service: 'tftp' }])
  t.ok(rulesIn(text).has('unreachable-tftp-server'))

  // Without its NBS the network would show the same finding for another reason.
  const down = readFileSync('scenarios/notification-server-outage.yaml', 'utf8')
  const small = shrunkTo(down, { kind: 'finding', rule: 'no-pxe-responder' })
  t.match(small.after, { nbs: 1, notificationServers: 1, machines: 1, faults: 1 })
  t.notOk(rulesIn(small.text.replace(/^faults:\n(?: .*\n)+/m, '')).has('no-pxe-responder'))
})

t.test(
  'a large step that hides it at this seed may show it at another, which the file then names',
  async t => {
    const text = `title: only one of twenty loses
subnets: { office: { cidr: 10.20.1.0/24, link: { jitter: 2ms } } }
notificationServers:
  ns-1: { delay: 5ms, computers: [{ mac: '*', boot: automation, image: WinPE, jobRunning: true }] }
  ns-2: { delay: 5ms, computers: [{ mac: '*', boot: production }] }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199 }
  nbs-a: { kind: nbs, on: office, address: 10.20.1.5, notificationServer: ns-1 }
  nbs-b: { kind: nbs, on: office, address: 10.20.1.6, notificationServer: ns-2 }
clients:
  pc: { count: 20, on: office, firmware: edk2, powerOn: 0s..5s }
expect: { outcomes: { pc: { localDisk: 0 } } }
`
    for (const seed of sample([1, 2, 3], 1)) {
      const { text: small, after } = shrunkTo(text, { kind: 'expectation', text: 'localDisk' }, { seed })
      t.equal(after.machines, 1)
      t.match(runText(small).result, {
        clients: [{ outcome: 'localDisk', pxeServer: 'nbs-b' }],
        expectations: [{ met: false }],
      })
    }
  },
)

t.test('an expectation about one machine keeps that machine, by its new name', async t => {
  const text = CAMPUS.replace('bench: { booted: 1..16, from: nbs-c }', 'pc-17: { localDisk: 1 }')
  const { text: small, result } = shrunkTo(text, { kind: 'expectation', text: 'pc-17: localDisk 1' })
  t.strictSame((parse(small) as { expect: unknown }).expect, { outcomes: { 'pc-1': { localDisk: 1 } } })
  t.match(result.clients, [{ name: 'pc-1', mac: '00:50:56:00:00:11', outcome: 'booted', pxeServer: 'nbs-a' }])
})

t.test('what cannot be shrunk is refused with a reason', async t => {
  t.equal(
    problemOf(CAMPUS, { kind: 'finding', rule: 'chain-loop' }),
    'seed 7: no finding chain-loop; found: split-decision, multiple-pxe-responders, stray-relay-target, missing-boot-file',
  )
  t.equal(
    problemOf(CAMPUS, { kind: 'expectation', text: 'pc: failed 0' }),
    'seed 7: "pc: failed 0" is met; what fails is "bench: booted 1..16"',
  )
  t.match(
    problemOf(CAMPUS, { kind: 'expectation', text: 'nonsense' }),
    'there is no expectation "nonsense"; what fails is "bench: booted 1..16"',
  )
  const absent = CAMPUS.replace('findings: [multiple-pxe-responders', 'findings: [chain-loop')
  t.match(
    problemOf(absent, { kind: 'expectation', text: 'finding chain-loop' }),
    'fails because nothing is found: an empty scenario shows that as well',
  )
  const unwanted = CAMPUS.replace(/findings: \[.*\]/, 'noFindings: [split-decision]')
  const { text } = shrunkTo(unwanted, { kind: 'expectation', text: 'no finding split-decision' })
  t.strictSame((parse(text) as { expect: unknown }).expect, { noFindings: ['split-decision'] })
})

t.test('the limit of runs holds, and what is there by then still shows it', async t => {
  const seen: number[] = []
  const { runs, complete, text, ...rest } = shrunkTo(
    CAMPUS,
    { kind: 'finding', rule: 'split-decision' },
    { maxRuns: 25, onProgress: progress => void seen.push(progress.runs) },
  )
  t.strictSame([runs, complete], [25, false])
  t.ok(rulesIn(text).has('split-decision'))
  t.ok(seen.length > 5 && seen.every((run, at) => at === 0 || run >= seen[at - 1]!), 'progress is told')
  const lines = reportShrunk({ runs, complete, text, ...rest }, 'campus.yaml')
  t.match(lines[0], /^campus\.yaml shrunk: still shows finding split-decision at seed 7$/)
  t.match(lines.at(-1), /limit of runs/)
})

t.test('shrinking twice gives the same bytes', async t => {
  const request: GoalRequest = { kind: 'finding', rule: 'unreachable-tftp-server' }
  t.equal(shrunkTo(OUTAGE, request).text, shrunkTo(OUTAGE, request).text)
})

t.test('what a removed thing leaves dangling goes with it', async t => {
  const tree = ShrinkTree.parse(CAMPUS)
  tree.remove(['subnets', 'lab'])
  const small = repaired(tree, load)!
  t.notMatch(small.text, /\blab:|10\.20\.2|nbs-c:|bench:/)
  t.match(small.scenario.routers, [{ joins: [{ subnet: 'office' }, { subnet: 'servers' }] }])
  t.equal(small.scenario.faults.length, 0)
  const all = ShrinkTree.parse(CAMPUS)
  for (const name of all.children(['subnets'])) all.remove(['subnets', name])
  t.equal(repaired(all, load), undefined, 'a scenario without a subnet is none')
})

t.test('writing a tree again keeps every value, and the style of lists', async t => {
  for (const name of LIBRARY) {
    const text = readFileSync(name, 'utf8')
    const written = ShrinkTree.parse(text).text()
    t.strictSame(parse(written!), parse(text), name)
    t.equal(written!.includes('[ '), text.includes('[ '), `${name}: brackets as they were`)
  }
  const odd = 'title: a list [ is not ] this one\nsubnets: { a: { cidr: 10.0.0.0/24 } }\nclients: {}\n'
  t.strictSame(parse(ShrinkTree.parse(odd).text()!), parse(odd))
  const anchored = 'a: &x { b: 1 }\nc: *x\n'
  const tree = ShrinkTree.parse(anchored)
  t.ok(tree.remove(['a']))
  t.equal(tree.text(), undefined, 'an alias without its anchor cannot be written')
})

t.test('image folders are named anew for another place', async t => {
  const text =
    'servers:\n  a: { kind: nbs, images: ../boot-images }\n  b: { kind: nbs, images: { x.0: 5 } }\n'
  t.equal(
    withDirectories(text, directory => `up/${directory}`),
    'servers:\n  a: { kind: nbs, images: up/../boot-images }\n  b: { kind: nbs, images: { x.0: 5 } }\n',
  )
})

t.test('removing any path keeps the rest', async t => {
  const paths: (string | number)[][] = []
  const collect = (tree: ShrinkTree, steps: (string | number)[]): void => {
    for (const step of tree.children(steps)) {
      paths.push([...steps, step])
      collect(tree, [...steps, step])
    }
  }
  collect(ShrinkTree.parse(CAMPUS), [])
  t.ok(paths.length > 100)
  fc.assert(
    fc.property(fc.constantFrom(...paths), steps => {
      const tree = ShrinkTree.parse(CAMPUS)
      const copy = tree.copy()
      if (!copy.remove(steps)) return false
      const document = parseDocument(copy.text()!)
      const parent = tree.children(steps.slice(0, -1)).length
      const left = copy.children(steps.slice(0, -1)).length
      // The copy has lost one child, or its emptied parent; the original nothing.
      return (
        document.errors.length === 0 &&
        (left === parent - 1 || parent === 1) &&
        tree.node(steps) !== undefined
      )
    }),
    { numRuns: 60 },
  )
})
