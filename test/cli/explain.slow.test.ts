/**
 * `--explain` by name, MAC and address: in runs, and in captures of them, where nobody has a name.
 */
import { join } from 'node:path'
import t from 'tap'
import { PROGRAM, nbs, program } from '../built.ts'

const FILE = 'scenarios/two-nbs-one-subnet.yaml'
const folder = t.testdir({})
const capture = join(folder, 'office.pcapng')

interface Machine {
  readonly name: string
  readonly mac: string
  readonly address: string
}
let machine: Machine

t.before(async () => {
  const { stdout } = await nbs(['run', FILE, '--capture', capture, '--json'])
  const { clients } = JSON.parse(stdout) as { clients: Machine[] }
  machine = clients.find(({ name }) => name === 'pc-4')!
})

t.test('a run tells the same machine by each of its names', async t => {
  const [byName, ...others] = await Promise.all(
    [machine.name, machine.mac, machine.mac.replaceAll(':', '-').toUpperCase(), machine.address].map(who =>
      nbs(['run', FILE, '--explain', who]),
    ),
  )
  t.match(byName!.stdout, /^pc-4 \(/)
  for (const other of others) t.equal(other.stdout, byName!.stdout)
})

t.test('a run refuses what is not clear', async t => {
  for (const [who, says] of [
    ['pc', /^nbs: --explain: "pc" may be any of 20 machines: pc-1 \(00:50:56:/],
    ['10.20.1.250', /^nbs: --explain: there is no machine "10\.20\.1\.250"; there are pc-1 \(/],
    ['02:00:00:00:00:99', /^nbs: --explain: there is no machine "02:00:00:00:00:99"; there are pc-1 \(/],
  ] as const) {
    const { status, stderr } = await nbs(['run', FILE, '--explain', who])
    t.equal(status, 2, who)
    t.match(stderr, says)
  }
})

t.test('a capture tells what a machine was offered, by whom, when, and how it ended', async t => {
  const byMac = await nbs(['analyze', capture, '--explain', machine.mac])
  const { stdout } = byMac
  t.equal(byMac.status, 1, 'the finding stays an error')
  t.match(stdout, new RegExp(`^${machine.mac} \\(VMware, Inc\\.\\) as ${machine.address}: 1 boot in `))
  t.match(stdout, / asks everyone: DISCOVER \[frame \d+\]/)
  t.match(stdout, / 10\.20\.\d\.5 offers /)
  t.match(stdout, / takes 10\.20\.1\.\d+ of 10\.20\.1\.2 \[/)
  t.match(stdout, / => It /)
  t.match(stdout, /^ERROR stray-relay-target on office: 20 EDK2 machines/m)
  for (const who of [machine.address, machine.mac.slice(-5)])
    t.equal((await nbs(['analyze', capture, '--explain', who])).stdout, stdout, who)
  const fromPipe = await program([
    '--input-type=module',
    '--eval',
    `import { spawnSync } from 'node:child_process'; import { readFileSync } from 'node:fs'
     process.stdout.write(spawnSync(process.execPath, [${JSON.stringify(PROGRAM)}, 'analyze', '-', '--explain', ${JSON.stringify(machine.mac)}], { input: readFileSync(${JSON.stringify(capture)}) }).stdout)`,
  ])
  t.equal(fromPipe.stdout.replaceAll(' in -', ` in ${capture}`), stdout)
})

t.test('as JSON', async t => {
  const { stdout } = await nbs(['analyze', capture, '--explain', machine.mac, '--json'])
  const { explanation } = JSON.parse(stdout) as {
    explanation: {
      mac: string
      boots: { steps: { seconds: number; frame: number }[]; outcome: string; findings: string[] }[]
    }
  }
  t.equal(explanation.mac, machine.mac)
  const [boot] = explanation.boots
  t.equal(boot!.steps[0]!.seconds, 0)
  t.ok(boot!.steps.every(({ frame }) => frame > 0))
  t.ok(boot!.findings.includes('multiple-pxe-responders'))
})

t.test('a capture lists what could be meant', async t => {
  for (const [who, says] of [
    ['10.20.1.2', /there is no machine "10\.20\.1\.2".*; 10\.20\.1\.2 is a server: /],
    ['pc-4', /there is no machine "pc-4"; there are 00:50:56:00:00:01 \(10\.20\.1\.\d+\), .* and 12 more/],
    ['0000:ffff', /there is no machine/],
  ] as const) {
    const { status, stdout, stderr } = await nbs(['analyze', capture, '--explain', who])
    t.same([status, stdout], [2, ''], who)
    t.match(stderr, says)
  }
})
