/**
 * The library's results are those of the command line, to the byte.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { analyze, compare, lint, run, sweep } from '../../src/index.ts'
import { nbs } from '../built.ts'

const FILE = 'scenarios/two-nbs-one-subnet.yaml'

t.test('results are those of the command line, to the byte', async t => {
  const changes = ['--seed', '9', '--set', 'servers.nbs-b.responseDelay=20ms']
  const options = { seed: 9, set: { 'servers.nbs-b.responseDelay': '20ms' } }
  const printed = async (...args: string[]): Promise<string> => (await nbs(args)).stdout
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
  const result = await run(FILE, options)
  t.equal(json(result), await printed('run', FILE, ...changes, '--json'))
  t.equal(`${result.explain('pc-1')}\n\n`, await printed('run', FILE, ...changes, '--explain', 'pc-1'))
  t.equal(json(await compare(FILE, { seed: 9 })), await printed('compare', FILE, '--seed', '9', '--json'))
  t.equal(json(await lint(FILE)), await printed('lint', FILE, '--json'))
  t.equal(json(await sweep(FILE, { seeds: 4 })), await printed('sweep', FILE, '--seeds', '4', '--json'))
  const capture = `${t.testdir()}/run.pcapng`
  await printed('run', FILE, ...changes, '--capture', capture)
  t.strictSame(Buffer.from(result.capture()), readFileSync(capture))
  t.equal(json(await analyze(capture)), await printed('analyze', capture, '--json'))
})
