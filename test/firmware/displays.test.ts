/**
 * Screens without text: which sign stands there while the model prints what it prints.
 */
import t from 'tap'
import { signDisplayOf } from '../../src/firmware/displays.ts'
import { fileScenario } from '../simulation/running.ts'
import { runScenario } from '../../src/simulation/run.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'

t.test('a Mac shows signs, a PC text', async t => {
  t.equal(signDisplayOf('edk2'), undefined)
  const { signOf } = signDisplayOf('apple')!
  t.equal(signOf([]), 'globe')
  t.equal(signOf(['iMac14,2: NetBoot (N)', 'IP 10.0.0.9 from 10.0.0.2']), 'globe')
})

t.test('what the model prints at its end is read as the sign of that end', async t => {
  const { signOf } = signDisplayOf('apple')!
  const signs = ['one-server', 'unknown-model', 'two-balanced'].flatMap(name => {
    const scenario = fileScenario(`scenarios/bsdp/${name}.yaml`)
    const { clients } = runScenario(scenario, surroundingsOf(scenario)).result
    return clients
      .filter(({ firmware }) => firmware === 'apple')
      .map(({ outcome, code, screen }) => `${outcome} ${code}: ${signOf(screen)}`)
  })
  t.same([...new Set(signs)].sort(), ['booted null: system', 'failed flashing globe: flashingGlobe'])
})
