/**
 * `nbs init` and `nbs schema`: what a newcomer gets runs as it is, fails when the network is spoilt, and overwrites nothing.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { parseScenario, run } from '../../src/index.ts'
import { starterFiles } from '../../src/library/starter/init.ts'
import { libraryNames } from '../../src/scenario/library.ts'
import { sample } from '../effort.ts'
import { nbs, program } from '../built.ts'
import { violations } from '../scenario/json-schema.ts'

type Json = Readonly<Record<string, unknown>>

t.test('from an empty folder to a passing and a failing CI run', async t => {
  const cwd = t.testdir({})
  const made = await nbs(['init', 'office'], { cwd })
  t.match([made.status, made.stderr], [0, ''])
  t.match(made.stdout, /^office\/network\.yaml\n[^]*\n\nNext: nbs run office\/network\.yaml\n$/)
  const folder = join(cwd, 'office')
  t.strictSame(readdirSync(folder).sort(), ['ci', 'network.test.js', 'network.yaml', 'scenario.schema.json'])

  const github = parse(readFileSync(join(folder, 'ci/github.yml'), 'utf8')) as {
    jobs: { nbs: { steps: { run?: string }[] } }
  }
  const steps = github.jobs.nbs.steps.flatMap(({ run: step }) => (step?.startsWith('npx nbs ') ? [step] : []))
  t.equal(steps.length, 2)
  const gitlab = parse(readFileSync(join(folder, 'ci/gitlab.yml'), 'utf8')) as { nbs: { script: string[] } }
  t.strictSame(gitlab.nbs.script.slice(1), steps)
  const jenkins = readFileSync(join(folder, 'ci/Jenkinsfile'), 'utf8')
  for (const step of steps) t.ok(jenkins.includes(`sh '${step}'`), step)

  const statuses = async (): Promise<(number | null)[]> => {
    const ended = []
    for (const step of steps) ended.push((await nbs(step.split(' ').slice(2), { cwd: folder })).status)
    return ended
  }
  t.strictSame(await statuses(), [0, 0])
  const file = join(folder, 'network.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('  # old:', '  old:'))
  t.strictSame(await statuses(), [1, 1], 'with the server that somebody forgot')
  t.match(readFileSync(join(folder, 'nbs.xml'), 'utf8'), /<failure message="[^"]*nbs and old/)

  const again = await nbs(['init', 'office'], { cwd })
  t.match(
    [again.status, again.stderr],
    [2, /^nbs: office\/network\.yaml, .* there already, and nothing was written/],
  )
})

t.test('its test passes', async t => {
  const cwd = t.testdir({})
  mkdirSync(join(cwd, 'here'))
  for (const { file, text } of starterFiles(undefined).slice(0, 2)) {
    // As an installed package would be found.
    const face = (name: string) => resolve(`.build/src/${name}.js`)
    const linked = text
      .replace("'nbs-lab/testing'", JSON.stringify(face('testing')))
      .replace("'nbs-lab'", JSON.stringify(face('index')))
    writeFileSync(join(cwd, 'here', file), linked)
  }
  cpSync('package.json', join(cwd, 'here', 'package.json'))
  const { status, stdout } = await program(['--test', 'network.test.js'], { cwd: join(cwd, 'here') })
  t.equal(status, 0, stdout)
  t.match(stdout, /pass 2/)
})

t.test('every scenario of the library can be begun with', async t => {
  const schema = JSON.parse(readFileSync('schema/scenario.schema.json', 'utf8')) as Json
  const names = libraryNames()
  for (const name of names) {
    const [scenario] = starterFiles(name)
    t.notMatch(scenario!.text, /boot-images/, name)
    t.match(scenario!.text, /^# yaml-language-server: \$schema=scenario\.schema\.json$/m, name)
    t.strictSame(violations(schema, schema, parse(scenario!.text, { merge: true })), [], name)
  }
  for (const name of sample(
    ['two-nbs-one-subnet', 'foreign-wds', 'site/two-sites'].filter(one => names.includes(one)),
    1,
  )) {
    const begun = await run(parseScenario(starterFiles(name)[0]!.text))
    t.strictSame(begun.clients, (await run(name)).clients, `${name}: the same machines`)
  }
  const unknown = await nbs(['init', 'x', '--from', 'two-nbs-one-subne'], { cwd: t.testdir({}) })
  t.match([unknown.status, unknown.stderr], [2, /did you mean two-nbs-one-subnet\?/])
})

t.test('the schema on standard output, and beside a scenario of JSON', async t => {
  const printed = await nbs(['schema'])
  t.strictSame([printed.status, printed.stdout], [0, readFileSync('schema/scenario.schema.json', 'utf8')])
  for (const kind of ['serve', 'serve-notification', 'allow'])
    t.equal((await nbs(['schema', kind])).stdout, readFileSync(`schema/${kind}.schema.json`, 'utf8'), kind)
  const wrong = await nbs(['schema', 'scenari'])
  t.match([wrong.status, wrong.stdout], [2, ''])

  const written = parseScenario(
    '{ "$schema": "./scenario.schema.json", "title": "x", "subnets": { "lan": { "cidr": "10.0.0.0/24" } } }',
  )
  t.equal(written.title, 'x')
})
