/**
 * Real firmware in QEMU: the smoke set of `nbs verify`, the screen of a real machine, and that nothing of a guest is
 * left however a run ends. Times are not compared here: a busy host distorts the clock of an emulated machine.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PLAIN, PROGRAM, nbs } from '../built.ts'
import { requireProgram } from '../lab.ts'
import { until } from '../patience.ts'

const SMOKE = [
  '01-d-pa',
  '02b-pa-pb-d',
  '04-df-pa',
  '05d-d-ba',
  '09-db-pa',
  '12-dpa-dpb',
  '19-d-pa-control-7',
]

/** Odd packets and an odd file; docs/verify.md has the table of all such rows. */
const ODD = ['55-d-pm-nobody-to-ask', '57-df-52', '59b-a-empty-67-b', '63-df-script']

/** Whose command line or environment holds the mark: guests are named by their machine. */
const processesOf = (mark: string): string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
        return words.includes('qemu-system') && words.includes(mark)
      } catch {
        return false
      }
    })

const scenario = (mark: string, client: string, servers = ''): string => `
title: A guest of a test
subnets: { lan: { cidr: 10.7.0.0/24 } }
servers: {${servers}}
clients: { ${mark}: ${client} }
`

if (requireProgram(t, 'qemu-system-x86_64') && requireProgram(t, 'setpriv')) {
  t.test('seven rows on iPXE and EDK2 agree with the models', async t => {
    const files = SMOKE.map(name => `scenarios/firmware/${name}.yaml`)
    const ended = await nbs(['verify', ...files, '--no-times', '--ipv6-router', '--jobs', '2', '--json'])
    if (ended.status !== 0) t.comment(ended.stderr)
    const { results } = JSON.parse(ended.stdout) as {
      results: { scenario: string; guest: string; agrees: boolean; differences: unknown; screen: string[] }[]
    }
    t.equal(results.length, 2 * SMOKE.length)
    for (const { scenario, guest, agrees, differences } of results)
      t.ok(agrees, `${guest} ${scenario}`, { differences })
    const booted = results.filter(({ screen }) => screen.some(line => line.includes('I am boot-')))
    t.ok(booted.length >= results.length - 2, 'the programs really ran')
    t.equal(ended.status, 0)
  })

  t.test('four rows of odd packets agree as well', async t => {
    const files = ODD.map(name => `scenarios/firmware/${name}.yaml`)
    const ended = await nbs(['verify', ...files, '--no-times', '--ipv6-router', '--jobs', '2', '--json'])
    const { results } = JSON.parse(ended.stdout) as {
      results: { scenario: string; guest: string; agrees: boolean; differences: unknown }[]
    }
    t.equal(results.length, 2 * ODD.length)
    for (const { scenario, guest, agrees, differences } of results)
      t.ok(agrees, `${guest} ${scenario}`, { differences })
  })

  t.test('real and simulated machines on one segment; the screen is in the result', async t => {
    const mark = `beside${process.pid}`
    const file = join(
      t.testdir({
        'two.yaml': `${scenario(
          mark,
          '{ on: lan, guest: ipxe, profile: 2019-ra }, model: { on: lan, firmware: ipxe, profile: 2019-ra }',
          "D: { kind: foreign, role: dhcp, on: lan, address: 10.7.0.1, pool: 10.7.0.101-10.7.0.110, bootFile: boot-D, files: { boot-D: 'I am boot-D' } }",
        )}`,
      }),
      'two.yaml',
    )
    const { status, stdout, stderr } = await nbs(['run', file, '--json'])
    t.equal(status, 0, stderr)
    const { clients } = JSON.parse(stdout) as { clients: Record<string, unknown>[] }
    t.match(clients, [
      {
        name: `${mark}-1`,
        guest: /^ipxe \d/,
        outcome: 'booted',
        leaseFrom: 'D',
        pxeServer: 'D',
        file: 'boot-D',
      },
      { name: 'model-1', outcome: 'booted', leaseFrom: 'D', pxeServer: 'D', file: 'boot-D' },
    ])
    t.ok((clients[0]!['screen'] as string[]).some(line => line.includes('Filename: boot-D')))
    t.strictSame(processesOf(mark), [], 'no guest is left')
  })

  t.test('the screen of a real machine says who booted it; sent to its disk, it leaves', async t => {
    const nbsScenario = (guest: string, decision: string) => `
title: A real machine and an NBS
subnets: { lan: { cidr: 10.20.1.0/24 } }
notificationServers: { ns: { computers: [{ mac: '*', ${decision} }] } }
servers:
  dhcp: { kind: dhcp, on: lan, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.109 }
  nbs-a: { kind: nbs, on: lan, address: 10.20.1.5, notificationServer: ns }
clients: { real: { on: lan, guest: ${guest}${guest === 'ipxe' ? ', profile: 2019-ra' : ''} } }
`
    const folder = t.testdir({
      'ipxe.yaml': nbsScenario('ipxe', 'boot: automation, image: WinPE, jobRunning: true'),
      'edk2.yaml': nbsScenario('edk2', 'boot: automation, image: WinPE, jobRunning: true'),
      'disk.yaml': nbsScenario('ipxe', 'boot: production'),
    })
    const files = ['ipxe', 'edk2', 'disk'].map(name => join(folder, `${name}.yaml`))
    const { status, stdout, stderr } = await nbs(['run', ...files, '--json'])
    t.equal(status, 0, stderr)
    const runs = JSON.parse(stdout) as { clients: { outcome: string; screen: string[] }[] }[]
    const [ipxe, edk2, disk] = runs.map(run => run.clients[0]!)
    for (const machine of [ipxe!, edk2!]) {
      t.equal(machine.outcome, 'booted')
      t.ok(
        machine.screen.includes('Booted by nbs-a (10.20.1.5): automation, image WinPE, job running'),
        machine.screen.slice(-4).join(' / '),
      )
    }
    t.equal(disk!.outcome, 'localDisk')
    t.ok(
      disk!.screen.some(line => line.startsWith('No more network devices')),
      disk!.screen.slice(-4).join(' / '),
    )
  })

  t.test('nothing is left of a run that fails or is ended', async t => {
    const start = (mark: string): ChildProcess => {
      const folder = t.testdir({ 'alone.yaml': scenario(mark, '{ on: lan, guest: edk2 }') })
      return spawn(process.execPath, [PROGRAM, 'run', join(folder, 'alone.yaml')], {
        stdio: 'ignore',
        env: PLAIN,
      })
    }
    for (const [signal, status] of [
      ['SIGINT', 130],
      ['SIGTERM', 130],
      ['SIGKILL', null],
    ] as const) {
      const mark = `ended-by-${signal}-${process.pid}`
      const run = start(mark)
      t.ok(await until(() => processesOf(mark).length === 1), 'the guest runs')
      const ended = new Promise<number | null>(done => run.on('exit', code => done(code)))
      run.kill(signal)
      t.equal(await ended, status, signal)
      t.ok(await until(() => processesOf(mark).length === 0), `no guest is left after ${signal}`)
    }
  })

  t.test('a guest that goes away', async t => {
    const mark = `lost${process.pid}`
    const folder = t.testdir({
      'lost.yaml': scenario(mark, '{ on: lan, guest: ipxe, profile: 2019-ra }'),
    })
    const run = spawn(process.execPath, [PROGRAM, 'run', join(folder, 'lost.yaml')], {
      env: PLAIN,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    run.stderr.on('data', (text: Buffer) => (said += String(text)))
    const ended = new Promise<number | null>(done => run.on('close', code => done(code)))
    t.ok(await until(() => processesOf(mark).length === 1), 'the guest runs')
    process.kill(Number(processesOf(mark)[0]), 'SIGTERM')
    t.equal(await ended, 3, 'a guest that is gone is an error')
    // QEMU takes the signal as an order to stop, once it has come so far.
    t.match(
      said,
      /^nbs: guest lost\d+-1: .*qemu-system-x86_64 (was ended by SIGTERM|has ended by itself with status 0)/,
    )
    t.notMatch(said, /at .*\.js/, 'without a stack trace')
  })
}
