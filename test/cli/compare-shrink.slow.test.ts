/**
 * `nbs compare`, `nbs run --explain` and `nbs shrink` as programs: what they print where, and how they end.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { nbs } from '../built.ts'

const CAMPUS = 'test/fixtures/shrink/campus.yaml'
const OUTAGE = 'test/fixtures/shrink/outage.yaml'

t.test('compare: a matrix, one sentence, exit 0 although they disagree', async t => {
  const { status, stdout, stderr } = await nbs(['compare', 'scenarios/mixed-firmware.yaml'])
  t.strictSame([status, stderr], [0, ''])
  t.match(stdout, /^firmware +profile +arch +lease from +PXE server +file +outcome +code +seconds/m)
  t.match(stdout, /^bios-rom +intel +x86-bios +dhcp +nbs-b +- +local disk +PXE-M0F +\d\.\d\d/m)
  t.match(stdout, /^The firmwares disagree: edk2 and bios-rom go to the local disk, sent there by nbs-b; /m)

  const json = await nbs(['compare', 'scenarios/mixed-firmware.yaml', '--client', 'ipxe-2', '--json'])
  const document = JSON.parse(json.stdout) as { machine: unknown; verdict: string; machines: unknown[] }
  t.match(document.machine, { name: 'ipxe-2', subnet: 'office' })
  t.match(document.verdict, /^The firmwares disagree: /)
  t.ok(document.machines.length >= 6, 'every family, and iPXE on both platforms')
})

t.test('compare: what is wrong with the call is said', async t => {
  const missing = await nbs(['compare', 'scenarios/one-nbs.yaml', '--client', 'pc-99'])
  t.strictSame([missing.status, missing.stdout], [2, ''])
  t.match(missing.stderr, /^nbs: --client: there is no machine "pc-99"; there are pc-1, /)
})

t.test('run --explain ends with the flip point, and --json carries it', async t => {
  const args = ['run', 'scenarios/two-nbs-one-subnet.yaml', '--explain', 'pc-4']
  const { status, stdout } = await nbs(args)
  t.equal(status, 0)
  t.match(stdout, /^Decided: .* \[E-22\]$/m)
  t.match(stdout, /^Other firmware in its place: /m)
  t.match(stdout, /^Race: nbs-b's offer came 0\.\d ms before nbs-a's\.$/m)
  t.match(
    stdout,
    /^Flip point: if nbs-b's offer came 0\.\d ms later, nbs-a would have won and pc-4 would have booted BStrap\/x64\/BStrap\.efi/m,
  )

  const told = JSON.parse((await nbs([...args, '--json'])).stdout) as { explanation?: { races: unknown[] } }
  const plain = JSON.parse((await nbs([...args.slice(0, 2), '--json'])).stdout) as object
  t.match(told.explanation, {
    client: 'pc-4',
    decided: { rule: 'E-22' },
    races: [{ winner: 'nbs-b', rival: 'nbs-a' }],
  })
  const { explanation: _, ...rest } = told
  t.strictSame(rest, plain, 'and nothing else differs')
})

t.test('shrink: what is printed is a scenario that shows the finding', async t => {
  const folder = t.testdir()
  const { status, stdout, stderr } = await nbs(['shrink', OUTAGE, '--finding', 'unreachable-tftp-server'])
  t.strictSame([status, stderr], [0, ''])
  t.match(
    stdout,
    /^# 1 subnet, 3 servers, of them 1 NBS, 8 machines, .* -> 1 subnet, 2 servers, of them 1 NBS, 1 machine, 1 fault, 1\d lines, in \d+ runs$/m,
  )

  const out = join(folder, 'small.yaml')
  const written = await nbs(['shrink', OUTAGE, '--finding', 'unreachable-tftp-server', '--out', out])
  t.match(written.stdout, /^written to .*small\.yaml$/m)
  t.ok(stdout.endsWith(readFileSync(out, 'utf8')), 'the file holds what would have been printed')
  const run = await nbs(['run', out, '--json'])
  t.equal(run.status, 0, 'its expectation is the finding, and it is met')
  t.match(JSON.parse(run.stdout), {
    clients: { length: 1 },
    expectations: [{ text: 'finding unreachable-tftp-server', met: true }],
  })
})

t.test('shrink: image folders are found from another place', async t => {
  const folder = t.testdir({ in: {}, images: { 'own.0': 'x'.repeat(600) } })
  mkdirSync(join(folder, 'out', 'deep'), { recursive: true })
  const scenario = `title: a file that is not there
subnets: { office: { cidr: 10.20.1.0/24 } }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199, bootFile: no.0, nextServer: 10.20.1.2, tftp: on, images: ../images }
clients: { pc: { count: 3, on: office, firmware: bios-rom } }
`
  const file = join(folder, 'in', 'a.yaml')
  writeFileSync(file, scenario)
  const out = join(folder, 'out', 'deep', 'b.yaml')
  const { status, stderr } = await nbs([
    'shrink',
    file,
    '--finding',
    'missing-boot-file',
    '--out',
    out,
    '--json',
    '--allow-path',
    join(folder, 'images'),
  ])
  t.strictSame([status, stderr], [0, ''])
  t.equal((await nbs(['run', out, '--allow-path', join(folder, 'images')])).status, 0)
})

t.test('shrink: what is wrong with the call is said', async t => {
  const ends = async (...args: string[]) => {
    const { status, stdout, stderr } = await nbs(['shrink', CAMPUS, ...args])
    t.strictSame([status, stdout], [2, ''])
    return stderr
  }
  t.match(await ends(), /--finding RULE or --expectation TEXT/)
  t.match(
    await ends('--finding', 'split-decision', '--expectation', 'x'),
    /--finding RULE or --expectation TEXT/,
  )
  t.match(
    await ends('--finding', 'split-decison'),
    /there is no finding "split-decison"; did you mean split-decision\?/,
  )
  t.match(
    await ends('--finding', 'chain-loop'),
    /campus\.yaml does not show that: seed 7: no finding chain-loop; found: /,
  )
})
