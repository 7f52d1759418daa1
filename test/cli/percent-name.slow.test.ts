/**
 * A file whose name holds a percent sign (case fw-06), through every command that comes by it: firmware asks for it as it
 * stands, and so does everybody here.
 */
import { join } from 'node:path'
import t from 'tap'
import { reportHtml } from '../../src/report/html.ts'
import { scenarioFrom } from '../../src/scenario/read-file.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { recordingOf } from '../../src/simulation/recording.ts'
import { runScenario } from '../../src/simulation/run.ts'
import { nbs } from '../built.ts'

const FILE = 'test/fixtures/cases/fw-06.yaml'
const NAME = 'my boot%20s0'

t.test('run, with all that it can write, and analyze', async t => {
  const folder = t.testdir({})
  const [capture, junit] = ['run.pcapng', 'run.xml'].map(name => join(folder, name))
  const run = await nbs(['run', FILE, '--json', '--capture', capture!, '--junit', junit!, '--log'])
  t.equal(run.status, 0, run.stderr)
  const machines = (JSON.parse(run.stdout) as { clients: { outcome: string; file: string }[] }).clients
  t.match(machines, [
    { outcome: 'booted', file: NAME },
    { outcome: 'booted', file: NAME },
  ])
  const scenario = scenarioFrom(FILE)
  const recording = recordingOf(scenario, runScenario(scenario, surroundingsOf(scenario)))
  const page = '<title></title><script type="application/json" id="recordings"></script>'
  t.match(reportHtml(page, [recording]), NAME, 'the report')
  const told = await nbs(['run', FILE, '--explain', 'edk2-1'])
  t.match([told.status, told.stdout], [0, new RegExp(NAME)])
  const seen = await nbs(['analyze', capture!, '--as', 'edk2,ipxe', '--json'])
  t.equal(seen.status, 0, seen.stderr)
  const { predictions } = JSON.parse(seen.stdout) as { predictions: { outcome: string; file: string }[] }
  t.ok(predictions.length > 0 && predictions.every(one => one.outcome === 'booted' && one.file === NAME))
  t.equal((await nbs(['lint', FILE])).status, 0)
})

t.test('what would lead out of a folder if it were decoded is no name, and says so', async t => {
  const folder = t.testdir({
    'x.yaml': `title: x
subnets: { lan: { cidr: 10.0.0.0/24 } }
servers: { d: { kind: foreign, role: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.0.8-10.0.0.9, files: { '%2e%2e%2fx': text } } }
clients: { pc: { on: lan, firmware: edk2 } }
`,
  })
  const { status, stderr } = await nbs(['run', join(folder, 'x.yaml')])
  t.equal(status, 2)
  t.match(
    stderr,
    /x\.yaml:3:\d+: servers\.d\.files\.%2e%2e%2fx: .* cannot be the name of a file: percent-encoded name/,
  )
})
