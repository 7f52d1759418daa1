/**
 * What a CI job sees: exit statuses, JUnit, and the one line that says what a status does not. Judging is tested elsewhere.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PLAIN, PROGRAM, nbs } from '../built.ts'

const ERROR = 'test/fixtures/cases/nc-error-but-green.yaml'
const NOBODY = 'test/fixtures/cases/nc-no-machines.yaml'
const EXPECTED_NOTHING = /^Nothing was expected of this run, .*--fail-on error\.$/m

t.test('an ERROR that nobody expected: green, and said; with --fail-on red', async t => {
  const junit = join(t.testdir({}), 'j.xml')
  const green = await nbs(['run', ERROR, '--junit', junit])
  t.equal(green.status, 0)
  t.match(green.stdout, EXPECTED_NOTHING)
  const told = readFileSync(junit, 'utf8')
  t.match(told, /tests="2" failures="0"/)
  t.match(told, /name="error 1: multiple-dhcp-servers on lan">\n {6}<system-out>/)

  const red = await nbs(['run', ERROR, '--fail-on', 'error', '--junit', junit])
  t.equal(red.status, 1)
  t.match(red.stdout, /^Failed: 2 findings count by --fail-on error$/m)
  t.notMatch(red.stdout, EXPECTED_NOTHING)
  const failed = readFileSync(junit, 'utf8')
  t.match(failed, /tests="2" failures="2"/)
  t.equal(failed.match(/<failure message="1 EDK2 machine: /g)?.length, 2)
})

t.test('nothing is said where something was expected, or nothing is wrong', async t => {
  const expected = await nbs(['run', 'two-nbs-one-subnet'])
  t.equal(expected.status, 0)
  t.notMatch(expected.stdout, EXPECTED_NOTHING)
  const healthy = await nbs(['run', 'one-nbs', '--set', 'expect=~', '--fail-on', 'warning'])
  t.equal(healthy.status, 0)
  t.notMatch(healthy.stdout, EXPECTED_NOTHING)
})

t.test('no machines', async t => {
  const { status, stdout } = await nbs(['run', NOBODY])
  t.equal(status, 0)
  t.match(stdout, /^No machines: nothing was switched on/m)
  t.notMatch(stdout, /nothing is broken/)
})

t.test('lint --strict counts warnings', async t => {
  const file = join(
    t.testdir({
      's.yaml': `title: Two makes
subnets: { lan: { cidr: 10.0.0.0/24 } }
notificationServers: { ns: { unknown: { boot: pxe, image: WinPE } } }
servers:
  dhcp: { kind: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.199 }
  nbs: { kind: nbs, on: lan, address: 10.0.0.5, notificationServer: ns }
  other: { kind: foreign, preset: pixiecore, on: lan, address: 10.0.0.6 }
clients: { pc: { on: lan, firmware: edk2 } }
`,
    }),
    's.yaml',
  )
  const junit = `${file}.xml`
  const usual = await nbs(['lint', file, '--junit', junit])
  t.match(
    [usual.status, usual.stdout],
    [0, /warning multiple-pxe-responders: [^]*where a run reports an error/],
  )
  t.match(readFileSync(junit, 'utf8'), /failures="0"/)
  t.equal((await nbs(['lint', file, '--strict', '--junit', junit])).status, 1)
  t.match(readFileSync(junit, 'utf8'), /failures="1"/)
})

t.test('a missing or wrong value', async t => {
  for (const args of [['--seed'], ['--seed', '--json'], ['--fail-on'], ['--junit']]) {
    const { status, stdout, stderr } = await nbs(['run', 'one-nbs', ...args])
    t.match([status, stdout, stderr], [2, '', /^nbs: --[\w-]+ needs a value/], args.join(' '))
  }
  const wrong = await nbs(['run', 'one-nbs', '--fail-on', 'eror'])
  t.match([wrong.status, wrong.stderr], [2, /"eror"/])
})

const shell = (command: string): Promise<{ status: number; stderr: string }> =>
  new Promise(done =>
    execFile(
      'bash',
      ['-c', command.replace(/^nbs /, `"${process.execPath}" "${PROGRAM}" `)],
      { env: PLAIN },
      (error, _, stderr) => done({ status: typeof error?.code === 'number' ? error.code : 0, stderr }),
    ),
  )

t.test('outputs that cannot be written', { skip: !existsSync('/dev/full') && 'no /dev/full' }, async t => {
  const full = await shell('nbs run one-nbs > /dev/full')
  t.match([full.status, full.stderr], [2, /^nbs: standard output cannot be written: ENOSPC[^\n]*\n$/])
  t.match(await shell('nbs run one-nbs --junit /dev/full'), {
    status: 2,
    stderr: /\/dev\/full cannot be written: ENOSPC/,
  })
  t.match(await shell('nbs run one-nbs 2> /dev/full'), { status: 0 })
  t.match(await shell(`nbs run one-nbs --capture /proc/none.pcapng`), {
    status: 2,
    stderr: /cannot be written: ENOENT/,
  })
})

t.test('a reader that leaves takes no verdict along', async t => {
  const junit = join(t.testdir({}), 'late.xml')
  const { status } = await shell(
    `nbs run ${ERROR} ${ERROR} --fail-on error --junit ${junit} | true; exit "\${PIPESTATUS[0]}"`,
  )
  t.equal(status, 1)
  t.ok(existsSync(junit), 'and what was to be written is')
})

t.test('lint takes names of the library, and --set', async t => {
  const usual = await nbs(['lint', 'two-nbs-one-subnet'])
  t.match([usual.status, usual.stdout], [1, /nbs-behind-one-helper-list/])
  const changed = await nbs(['lint', 'two-nbs-one-subnet', '--set', 'servers.nbs-b.services.pxe=off'])
  t.match([changed.status, changed.stdout], [0, /no findings/])
  const wrong = await nbs(['lint', 'one-nbs', '--set', 'servers.nbz.style=menu'])
  t.match([wrong.status, wrong.stderr], [2, /there is no server "nbz"/])
})
