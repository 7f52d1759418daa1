/**
 * The same seed is the same bytes: result and capture, twice in one process and in two processes; another seed is
 * another story. Other versions of Node are in determinism.lab.test.ts.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { nbs } from '../built.ts'
import { captureOf } from '../../src/report/capture.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { LIBRARY, fileScenario, run } from './running.ts'
import { sample } from '../effort.ts'

const FLAGSHIP = 'scenarios/two-nbs-one-subnet.yaml'

interface Story {
  readonly json: string
  readonly capture: string
}

/** What `nbs run --json --capture` prints and writes, the capture as its hash. */
const storyOf = (scenario: Scenario, seed = scenario.seed): Story => {
  const { result, trace } = run(scenario, { seed })
  const capture = captureOf(
    scenario.subnets.map(({ name }) => name),
    trace,
  )
  return { json: `${JSON.stringify(result, null, 2)}\n`, capture: hash(capture) }
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

t.test('every scenario: the same twice in one process, and another story with another seed', async t => {
  for (const file of sample(LIBRARY, 6)) {
    const first = storyOf(fileScenario(file))
    // From the file again, so that nothing is shared but the images.
    const second = storyOf(fileScenario(file))
    t.equal(second.json, first.json, `${file}: the same result`)
    t.equal(second.capture, first.capture, `${file}: the same capture`)
    const other = storyOf(fileScenario(file), 4711)
    t.not(other.capture, first.capture, `${file}: another seed, another capture`)
  }
})

t.test('other runs in between change nothing', async t => {
  const alone = storyOf(fileScenario(FLAGSHIP))
  for (const file of sample(LIBRARY, 6)) run(fileScenario(file), { seed: 99 })
  t.strictSame(storyOf(fileScenario(FLAGSHIP)), alone)
})

t.test('another seed differs in what happens, not only in its number', async t => {
  const fates = new Set<string>()
  for (let seed = 1; seed <= 5; seed++) {
    const { clients } = run(fileScenario(FLAGSHIP), { seed }).result
    fates.add(clients.map(({ outcome, seconds }) => `${outcome} ${seconds}`).join('\n'))
  }
  t.equal(fates.size, 5)
})

t.test('a machine more does not change what the others draw', async t => {
  const of = (count: number) => {
    const scenario = fileScenario(FLAGSHIP)
    const [pc] = scenario.clients
    return run({ ...scenario, clients: [{ ...pc!, members: pc!.members.slice(0, count) }] })
  }
  const powered = (count: number) =>
    of(count)
      .machines.slice(0, 19)
      .map(({ poweredOn }) => poweredOn)
  t.strictSame(powered(20), powered(19))
})

t.test('two processes, byte for byte', async t => {
  const directory = t.testdir({})
  const stories: Story[] = []
  for (const name of ['1', '2']) {
    const file = join(directory, `${name}.pcapng`)
    const env = { TZ: name === '1' ? 'UTC' : 'Pacific/Chatham', LANG: name === '1' ? 'C' : 'tr_TR.UTF-8' }
    const { status, stdout } = await nbs(['run', FLAGSHIP, '--json', '--capture', file], { env })
    t.equal(status, 0)
    stories.push({ json: stdout, capture: hash(readFileSync(file)) })
  }
  t.strictSame(stories[1], stories[0])
  t.strictSame(storyOf(fileScenario(FLAGSHIP)), stories[0], 'and as in this process')
})
