/** A finding from outside `src/`: in a capture, in a run and its expectations, in JSON, and on the page of findings. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { captureRule } from '../../src/analysis/capture-rule.ts'
import { type ListedRule, ruleIds } from '../../src/analysis/finding.ts'
import { FINDING_RULES } from '../../src/analysis/findings/index.ts'
import { analysisResult } from '../../src/report/analysis.ts'
import { findingRow, findingsPage } from '../../src/report/findings-page.ts'
import { loadScenario } from '../../src/scenario/load.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { runScenario } from '../../src/simulation/run.ts'
import { Capture, complete, lease, s } from '../analysis/capture-builder.ts'
import * as legacyBoot from './legacy-boot.ts'

const RULES: readonly ListedRule[] = [...FINDING_RULES, captureRule(legacyBoot)]
const ID = 'acme/legacy-boot'

t.test('docs/extending.md shows this very file', async t => {
  const source = readFileSync('test/extending/legacy-boot.ts', 'utf8')
  t.ok(readFileSync('docs/extending.md', 'utf8').includes(source.trim()))
})

t.test('in a capture, and its JSON', async t => {
  const capture = new Capture()
  const pc = capture.machine(1, 'bios')
  capture.boot(0, pc, [
    ['10.0.0.2', lease('10.0.0.101')],
    ['10.0.0.5', complete('BStrap/x86/BStrap.0')],
  ])
  capture.download(s(4.1), pc, '10.0.0.5', 'BStrap/x86/BStrap.0')
  t.strictSame(capture.rules(), [], 'the built-in rules find nothing')
  const analysis = capture.analyze({ rules: RULES })
  const result = analysisResult({
    files: [],
    analysis,
    startedAt: 0,
    lastAt: 0,
    placeOf: frame => ({ file: 'a.pcap', frame }),
    notes: [],
    rules: RULES,
  })
  t.match(JSON.parse(JSON.stringify(result.findings)), [
    {
      rule: ID,
      severity: 'info',
      servers: ['10.0.0.5'],
      message:
        '1 BIOS ROM machine: the machine loaded "BStrap/x86/BStrap.0" from 10.0.0.5, a boot program for BIOS.',
      details: {
        server: '10.0.0.5',
        file: 'BStrap/x86/BStrap.0',
        machines: [{ firmware: 'BIOS ROM', count: 1 }],
      },
      causes: [],
      causedBy: [],
    },
  ])
})

t.test('in a run, which may expect it', async t => {
  const text = `title: BIOS
subnets: { lan: { cidr: 10.0.0.0/24 } }
notificationServers: { ns: { unknown: { boot: pxe, image: WinPE } } }
servers:
  dhcp: { kind: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.199 }
  nbs: { kind: nbs, on: lan, address: 10.0.0.5, notificationServer: ns }
clients: { pc: { on: lan, firmware: bios-rom } }
expect: { findings: [${ID}] }
`
  const unknown = loadScenario(text, { file: 'bios.yaml' })
  t.match(unknown.ok ? [] : unknown.errors, [{ message: /there is no finding "acme\/legacy-boot"/ }])
  const loaded = loadScenario(text, { file: 'bios.yaml', findingRules: ruleIds(RULES) })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const surroundings = surroundingsOf(loaded.scenario)
  const { result } = runScenario(loaded.scenario, surroundings, { rules: RULES })
  t.strictSame(
    result.findings.map(({ rule, clients, servers }) => ({ rule, clients, servers })),
    [{ rule: ID, clients: ['pc-1'], servers: ['nbs'] }],
  )
  t.match(result.expectations, [{ text: `finding ${ID}`, met: true }])
  t.strictSame(runScenario(loaded.scenario, surroundings).result.findings, [])
})

t.test('on the page of findings', async t => {
  t.equal(
    findingRow(legacyBoot.meta),
    '| [`acme/legacy-boot`](#acmelegacy-boot) | info | a machine loads a boot program for BIOS | packets |',
  )
  const page = findingsPage(RULES)
  t.match(page, findingRow(legacyBoot.meta))
  t.match(
    page,
    /### `acme\/legacy-boot`\n\n\*\*info\*\*: a machine loads a boot program for BIOS\.\n\nHolds when/,
  )
})
