/**
 * Hard cases at random, from scenario to prediction: nothing throws, and no machine fails without an explanation: a
 * finding names it, or its own last choice is told with its rule.
 */
import t from 'tap'
import { analyze } from '../../../src/library/analyze.ts'
import { captureOf } from '../../../src/report/capture.ts'
import { storyLines } from '../../../src/report/explain.ts'
import { PLAIN } from '../../../src/core/wording.ts'
import { endingLines } from '../../../src/report/endings.ts'
import { byEffort } from '../../effort.ts'
import { run, textScenario } from '../running.ts'
import { oddCase } from '../../experiments/verify/odd-case.ts'
import { hardCase } from './hard-case.ts'

const CASES = byEffort({ quick: 25, thorough: 200, night: 5_000 })
const FAMILIES = 'edk2,ipxe,ipxe:2019-ra,bios-rom,u-boot'

const GENERATORS = { hard: hardCase, odd: oddCase }

for (const [name, caseOf] of Object.entries(GENERATORS))
  t.test(`${name} cases, from scenario to prediction`, async t => {
    let failed = 0
    for (let seed = 1; seed <= CASES; seed++) {
      const text = caseOf(seed)
      try {
        const scenario = textScenario(text)
        const ran = run(scenario)
        const named = new Set(ran.result.findings.flatMap(({ clients }) => clients))
        const endings = endingLines(ran.result, ran.trace, PLAIN).join('\n')
        for (const { name, outcome, code } of ran.result.clients) {
          const story = storyLines(scenario, ran, name)
          if (outcome !== 'failed') continue
          failed++
          if (named.has(name)) continue
          if (!/: .*\S \[[A-Z]+-\d+\]|nothing came that it could choose from/.test(endings))
            t.fail(`seed ${seed}: nothing tells why ${name} failed with ${code}`, { text, story })
        }
        await analyze(
          captureOf(
            scenario.subnets.map(({ name }) => name),
            ran.trace,
          ),
          { as: FAMILIES },
        )
      } catch (error) {
        t.fail(`seed ${seed}: ${(error as Error).stack}`, { text })
      }
    }
    t.ok(failed > CASES / 2, `${failed} machines failed`)
  })
