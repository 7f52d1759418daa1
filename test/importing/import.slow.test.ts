/**
 * Import from files: the walk-through of docs/import.md, relays and router configurations, what bad input gets, and mutated
 * captures, of which every scenario loads.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { importCapture, parseScenario, run } from '../../src/index.ts'
import { random } from '../../src/core/random.ts'
import { importSeen } from '../../src/importing/import.ts'
import { Seen } from '../../src/importing/seen.ts'
import { CaptureFeed } from '../../src/captures/feed.ts'
import { newSource } from '../../src/captures/files.ts'
import { nbs } from '../built.ts'
import { byEffort } from '../effort.ts'
import { textScenario, run as runChecked } from '../simulation/running.ts'

const folder = t.testdir()
const trouble = join(folder, 'trouble.pcapng')
const yaml = join(folder, 'trouble.yaml')

t.test('the walk-through: two NBS behind one helper list', async t => {
  t.equal((await nbs(['run', 'helper-list-names-two-nbs', '--capture', trouble])).status, 0)
  const made = await nbs(['import', trouble, '--out', yaml])
  t.match(made, { status: 0, stdout: /20 of 20 machines do in the run what the capture shows/ })
  const text = readFileSync(yaml, 'utf8')
  t.match(text, /relay:/)
  const fought = await run(yaml)
  t.ok(fought.findings.some(({ rule }) => rule === 'multiple-pxe-responders'))
  t.ok(fought.clients.some(({ pxeServer }) => pxeServer === 'pxe-6'))
  // The remedy: the second NBS is no helper any more.
  const mended = join(folder, 'mended.yaml')
  writeFileSync(mended, text.replaceAll(', pxe-6 ]', ' ]'))
  const after = await run(mended)
  t.same([...new Set(after.clients.map(({ pxeServer }) => pxeServer))], ['pxe-5'])
  t.notOk(after.findings.some(({ rule }) => rule === 'multiple-pxe-responders'))
})

t.test('--check, --json, --client, --from', async t => {
  t.match(await nbs(['import', trouble, '--check']), { status: 0, stdout: /20 of 20/ })
  const one = await nbs(['import', trouble, '--client', '02:00:01:00:00:03', '--json'])
  const { machines, yaml: text } = JSON.parse(one.stdout) as Awaited<ReturnType<typeof importCapture>>
  t.same(
    machines.map(({ mac }) => mac),
    ['02:00:01:00:00:03'],
  )
  t.equal(parseScenario(text).clients.length, 1)
  // What was cut off cannot be reproduced, and says so.
  t.match(await nbs(['import', trouble, '--from', '3', '--check', '--json']), { stdout: /"total": ?\d+/ })
})

t.test('helper lists of a router configuration count before what was seen', async t => {
  const config = join(folder, 'router.txt')
  writeFileSync(
    config,
    'hostname r1\ninterface Vlan1\n ip address 10.20.1.1 255.255.255.0\n ip helper-address 10.20.9.2\n ip helper-address 10.20.9.5\n',
  )
  const { yaml: text, notes } = await importCapture(trouble, { routers: [readFileSync(config, 'utf8')] })
  t.match(
    notes.join('\n'),
    /Vlan1 \(10\.20\.1\.0\/24\) -> 10\.20\.9\.2, 10\.20\.9\.5; 1 other lines were left alone/,
  )
  t.match(text, /floor-1: \[ dhcp-2, pxe-5 \]/)
  t.match(await nbs(['import', trouble, '--router', config, '--check']), { stdout: /Router configuration/ })
})

t.test('bad calls and bad files', async t => {
  t.match(await nbs(['import', join(folder, 'none.pcap')]), { status: 2, stderr: /no such file/ })
  t.match(await nbs(['import', trouble, '--client', 'pc']), { status: 2, stderr: /is not a MAC/ })
  t.match(await nbs(['import', trouble, '--from', '5', '--to', '1']), { status: 2, stderr: /reversed/ })
  t.match(await nbs(['import', trouble, '--router', folder]), { status: 2, stderr: /--router/ })
  t.match(await nbs(['import', trouble, '--check', '--out', yaml]), { status: 2, stderr: /writes no file/ })
  t.match(await nbs(['import', trouble, '--from', '9999']), {
    status: 2,
    stderr: /no machine of this capture/,
  })
})

/** A hundred thousand with NBS_SLOW=2. */
const MUTATED = byEffort({ quick: 150, thorough: 1_500, night: 100_000 })

t.test('mutated captures never throw, and their scenarios load', async t => {
  const small = join(folder, 'small.pcapng')
  t.equal((await nbs(['run', 'missing-image', '--capture', small])).status, 0)
  const start = readFileSync(small).subarray(0, 12_000)
  const draw = random('mutated')
  let machines = 0
  for (let n = 0; n < MUTATED; n++) {
    const bytes = Uint8Array.from(start)
    const flips = 1 + draw.below(60)
    for (let flip = 0; flip < flips; flip++) bytes[draw.below(bytes.length)] = draw.below(256)
    const imported = importBytes(bytes)
    machines += imported.machines.length
  }
  t.ok(machines > MUTATED / 2, `${machines} machines`)
})

const importBytes = (bytes: Uint8Array) => {
  const seen = new Seen()
  const feed = new CaptureFeed(seen.analyzer)
  const source = newSource('mutated')
  source.reader.push(bytes)
  for (let number = 1; source.reader.next(); number++) feed.take(source.reader.cursor, source, number)
  seen.analyzer.finish()
  return importSeen(
    seen,
    { title: 'mutated', tries: 1 },
    {
      run: text => {
        const scenario = textScenario(text)
        return { scenario, ...runChecked(scenario) }
      },
    },
  )
}
