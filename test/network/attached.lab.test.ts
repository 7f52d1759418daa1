/**
 * Programs with a network card on a virtual segment, as whoever runs the tests and as a user without any rights: what they
 * hear and say, what is told of them, and that nothing of them is left however a run ends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import t from 'tap'
import { startLive } from '../../src/demo/live.ts'
import { scenarioFrom } from '../../src/scenario/read-file.ts'
import { PLAIN, PROGRAM } from '../built.ts'
import { requireProgram } from '../lab.ts'
import { until } from '../patience.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

/** Who runs nbs: the user of the tests, and one who has no right but to be there. */
const USERS: readonly { readonly who: string; readonly words: readonly string[] }[] = [
  { who: 'the user of the tests', words: [] },
  ...(isRoot
    ? [
        {
          who: 'an ordinary user',
          words: ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'],
        },
      ]
    : []),
]

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const start = (
  user: readonly string[],
  words: readonly string[],
): { child: ChildProcess; ended: Promise<Ended> } => {
  const [program, ...rest] = [...user, process.execPath, PROGRAM, ...words]
  const child = spawn(program!, rest, { env: PLAIN, stdio: ['ignore', 'pipe', 'pipe'] })
  const out = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (text: Buffer) => (out[name] += String(text)))
  const ended = new Promise<Ended>(done => child.on('close', status => done({ status, ...out })))
  return { child, ended }
}

/** A folder that every user may read. */
const folderWith = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'attached-'))
  chmodSync(folder, 0o755)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o755 })
  return folder
}

/** Processes whose command line has the mark. */
const processesOf = (mark: string): number[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      try {
        return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(mark)
      } catch {
        return false
      }
    })

const THREE = readFileSync('scenarios/programs/kea-dnsmasq-nbs.yaml', 'utf8')

interface Result {
  readonly clients: readonly { name: string; outcome: string; leaseFrom: string; pxeServer: string }[]
  readonly findings: readonly { rule: string; severity: string; servers: string[]; message: string }[]
}

const resultOf = ({ stdout }: Ended): Result => JSON.parse(stdout) as Result

/** A server in the shell: says that it is there, and goes on as told. */
const shell = (mark: string, what: string): string => `title: A program
limit: 3s
subnets: { lan: { cidr: 10.9.0.0/24 } }
servers:
  it: { kind: program, on: lan, address: 10.9.0.2, command: [sh, -c, 'echo here; ${what}', ${mark}], ready: here }
clients: { pc: { on: lan, firmware: ipxe } }
`

if (['unshare', 'setpriv', 'ip', 'tshark'].every(program => requireProgram(t, program))) {
  for (const { who, words } of USERS) {
    t.test(`${who}: Kea, dnsmasq as proxy and an NBS boot three machines`, async t => {
      if (!requireProgram(t, 'kea-dhcp4') || !requireProgram(t, 'dnsmasq')) return
      const folder = folderWith({ 'three.yaml': THREE })
      chmodSync(folder, 0o777)
      const capture = join(folder, 'three.pcapng')
      const ended = await start(words, ['run', join(folder, 'three.yaml'), '--json', '--capture', capture])
        .ended
      t.equal(ended.status, 0, ended.stderr)
      const { clients, findings } = resultOf(ended)
      t.match(
        clients,
        ['uefi-1', 'ipxe-1', 'bios-1'].map(name => ({ name, outcome: 'booted', leaseFrom: 'kea' })),
      )
      const rivals = findings.find(({ rule }) => rule === 'multiple-pxe-responders')
      t.strictSame([...(rivals?.servers ?? [])].sort(), ['nbs', 'proxy'], 'the analyser judges programs too')
      const malformed = spawn('tshark', ['-r', capture, '-Y', '_ws.malformed'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      let lines = ''
      malformed.stdout.on('data', (text: Buffer) => (lines += String(text)))
      await new Promise(done => malformed.on('close', done))
      t.equal(lines, '', 'tshark finds nothing malformed')
    })

    t.test(`${who}: one that ends is told of`, async t => {
      const mark = `ends-${process.pid}`
      const folder = folderWith({ 'ends.yaml': shell(mark, 'sleep 1; exit 7') })
      const ended = await start(words, ['run', join(folder, 'ends.yaml'), '--json']).ended
      t.match(resultOf(ended).findings, [{ rule: 'server-died', severity: 'error', servers: ['it'] }])
      t.match(resultOf(ended).findings[0]!.message, /it ended .*sh ended with status 7/)
    })

    t.test(`${who}: one that does not start is told with its last words`, async t => {
      const folder = folderWith({
        'fails.yaml': shell('x', 'true').replace('echo here', 'echo the pool is wrong >&2; exit 3'),
        'missing.yaml': shell('x', 'true').replace('sh, -c', 'no-such-server, -c'),
      })
      const failed = await start(words, ['run', join(folder, 'fails.yaml')]).ended
      t.equal(failed.status, 2)
      t.match(
        failed.stderr,
        /server it: sh ended with status 3 before it was ready; its last words:\n {2}the pool is wrong/,
      )
      const missing = await start(words, ['run', join(folder, 'missing.yaml')]).ended
      t.equal(missing.status, 3)
      t.match(missing.stderr, /server it: there is no program no-such-server/)
    })

    t.test(`${who}: it sees its card, and can write nowhere but in its folder`, async t => {
      const folder = folderWith({
        'sees.yaml': shell(
          'x',
          'cat /proc/net/dev | grep -c :; touch "$0" /tmp/x 2>&1 | grep -c Read-only; touch $TMPDIR/x && echo own; sleep 100',
        ),
      })
      const ended = await start(words, ['run', join(folder, 'sees.yaml'), '--json', '--log']).ended
      const said = ended.stderr
        .split('\n')
        .filter(line => line.includes('"service":"log"'))
        .map(line => (JSON.parse(line) as { msg: string }).msg)
      t.strictSame(said, ['here', 'sh is ready', '2', '2', 'own'], 'lo and eth0; no file but its own')
    })

    t.test(`${who}: nothing is left of a run that is ended`, async t => {
      for (const [signal, status] of [
        ['SIGINT', 130],
        ['SIGTERM', 130],
        ['SIGKILL', null],
      ] as const) {
        const mark = `left-${signal}-${process.pid}`
        const folder = folderWith({
          'long.yaml': shell(mark, 'sleep 1000 & wait').replace('limit: 3s', 'limit: 900s'),
        })
        const { child, ended } = start(words, ['run', join(folder, 'long.yaml')])
        t.ok(await until(() => processesOf(mark).length > 0), 'the program runs')
        process.kill(child.pid!, signal)
        t.equal((await ended).status, status, signal)
        t.ok(await until(() => processesOf(mark).length === 0), `no process after ${signal}`)
      }
    })
  }

  t.test('twenty starts and stops leave nothing', async t => {
    const mark = `loop-${process.pid}`
    const folder = folderWith({ 'loop.yaml': loopScenario(mark, 20) })
    const before = namespaces()
    const ended = await start([], ['run', join(folder, 'loop.yaml'), '--json']).ended
    t.equal(ended.status, 0, ended.stderr)
    t.strictSame(processesOf(mark), [])
    t.ok(await until(() => namespaces() <= before), 'no namespace')
  })

  t.test('live: the run is looked at while it goes on, and a hand can stop a server', async t => {
    const mark = `live-${process.pid}`
    const folder = folderWith({ 'live.yaml': shell(mark, 'sleep 1000') })
    const seen: boolean[] = []
    const run = startLive(scenarioFrom(join(folder, 'live.yaml')), 1, (recording, isWhole) => {
      if (seen.length === 0) run.act('stop', 'it')
      seen.push(isWhole)
      if (isWhole) t.ok(recording.trace, 'the whole has its trace')
    })
    await run.ended
    t.ok(seen.length > 2, 'several times')
    t.strictSame(seen.slice(-2), [false, true])
    t.ok(await until(() => processesOf(mark).length === 0), 'nothing is left')
  })

  t.test('what needs virtual time refuses them', async t => {
    const folder = folderWith({ 'no.yaml': shell('x', 'sleep 1000') })
    for (const words of [['sweep'], ['compare'], ['shrink', '--finding', 'no-dhcp-server']]) {
      const [command = '', ...options] = words
      const { status, stderr } = await start([], [command, join(folder, 'no.yaml'), ...options]).ended
      t.equal(status, 2, command)
      t.match(
        stderr,
        /servers\.it: kind program lives by the wall clock and cannot take part in virtual time/,
      )
    }
  })

  t.test('a machine boots from its disk, which stays as it is', async t => {
    if (!requireProgram(t, 'qemu-system-x86_64')) return
    const folder = folderWith({ 'vm.yaml': DISK_MACHINE })
    writeFileSync(join(folder, 'disk.raw'), bootSector('disk server up'))
    const { status, stderr } = await start([], ['run', join(folder, 'vm.yaml'), '--json', '--log']).ended
    t.equal(status, 0, stderr)
    t.match(stderr, /"host":"old","service":"log".*disk server up/)
    t.strictSame(readFileSync(join(folder, 'disk.raw')), bootSector('disk server up'))
    t.strictSame(processesOf(join(folder, 'disk.raw')), [])
  })

  t.test('a real iPXE beside real servers', async t => {
    if (!requireProgram(t, 'qemu-system-x86_64') || !requireProgram(t, 'kea-dhcp4')) return
    const folder = folderWith({
      'real.yaml': THREE.replace(
        /^clients:[^]*/m,
        'clients: { real: { on: office, guest: ipxe, profile: 2019-ra } }\n',
      ),
    })
    const ended = await start([], ['run', join(folder, 'real.yaml'), '--json']).ended
    t.equal(ended.status, 0, ended.stderr)
    t.match(resultOf(ended).clients, [{ outcome: 'booted', leaseFrom: 'kea', pxeServer: /^(nbs|proxy)$/ }])
  })
}

const DISK_MACHINE = `title: A machine from its disk
limit: 4s
subnets: { office: { cidr: 10.20.1.0/24 } }
servers: { old: { kind: vm, on: office, disk: disk.raw, memory: 64M, ready: disk server up } }
clients: { pc: { on: office, firmware: ipxe } }
`

/** Writes a line to the serial console and stops: cli; xor ax,ax; mov ds,ax; mov si,text; lodsb … out 3f8h,al; hlt. */
const bootSector = (text: string): Buffer => {
  const code = Buffer.from('fa31c08ed8be157cac84c07406baf803eeebf5f4ebfd', 'hex')
  const sector = Buffer.alloc(1 << 20)
  code.copy(sector)
  sector.writeUInt16LE(0x7c00 + code.length, 6)
  sector.write(`${text}\r\n\0`, code.length, 'latin1')
  sector.writeUInt16LE(0xaa55, 510)
  return sector
}

/** Started and stopped so often by faults, a tenth of a second apart. */
const loopScenario = (mark: string, times: number): string => {
  const faults = Array.from({ length: times }, (_, at) => [
    `  - { at: ${100 * (2 * at + 1)}ms, stop: it }`,
    `  - { at: ${100 * (2 * at + 2)}ms, start: it }`,
  ])
  return `${shell(mark, 'sleep 1000').replace('limit: 3s', `limit: ${times}s`)}faults:\n${faults.flat().join('\n')}\n`
}

/** Network namespaces that processes are in. */
const namespaces = (): number =>
  new Set(
    readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .flatMap(pid => {
        try {
          return [readlinkSync(`/proc/${pid}/ns/net`)]
        } catch {
          return []
        }
      }),
  ).size
