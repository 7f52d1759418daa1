/**
 * `nbs sweep` as it is called: interrupted and continued, in shards and merged, and called wrongly. What is counted
 * and how is tested elsewhere.
 */
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { PROGRAM, nbs } from '../built.ts'
import { byEffort } from '../effort.ts'

const SCENARIO = `
title: A small race
subnets: { office: { cidr: 10.20.1.0/24, link: { delay: 200us, jitter: 300us } } }
notificationServers:
  ns-1: { unknown: { boot: automation, image: WinPE } }
  ns-2: { unknown: { boot: production } }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199 }
  nbs-a: { kind: nbs, on: office, address: 10.20.1.5, notificationServer: ns-1 }
  nbs-b: { kind: nbs, on: office, address: 10.20.1.6, notificationServer: ns-2 }
clients:
  pc: { count: 2, on: office, firmware: edk2 }
expect: { outcomes: { pc: { booted: 0..2 } } }
`
const VARY = ['--vary', 'servers.nbs-b.responseDelay=0us..200us/3']
const sweep = (...args: readonly string[]) => nbs(['sweep', ...args])
const text = (file: string): string => readFileSync(file, 'utf8')

t.test('a file of records, a table, a drawing; the same with any number of workers', async t => {
  const dir = t.testdir({ 's.yaml': SCENARIO })
  const [file, one, two, svg] = ['s.yaml', '1.jsonl', '2.jsonl', 'c.svg'].map(name => join(dir, name)) as [
    string,
    string,
    string,
    string,
  ]
  const first = await sweep(file, '--seeds', '20', ...VARY, '--workers', '1', '--out', one)
  const second = await sweep(file, '--seeds', '20', ...VARY, '--workers', '2', '--out', two, '--svg', svg)
  t.same([first.status, second.status], [0, 0], first.stderr + second.stderr)
  t.equal(first.stdout, second.stdout)
  t.equal(text(one), text(two))
  const lines = text(one).trimEnd().split('\n')
  t.equal(lines.length, 60)
  t.match(JSON.parse(lines[20]!), {
    run: 20,
    seed: 1,
    vary: { 'servers.nbs-b.responseDelay': '100us' },
    groups: [{ group: 'pc', firmware: 'edk2', machines: 2 }],
  })
  t.match(first.stdout, /^A small race {2}60 runs, seeds 1\.\.20, 120 machines/)
  t.match(first.stdout, /\n +200us +40 +[89]\d\.\d % \(\d/)
  t.match(first.stderr, /^60 runs, 120 boots in [\d.]+ s: [\d,]+ boots\/s\n$/, 'no progress bar in a pipe')
  t.match(text(svg), /^<svg [\s\S]*<\/svg>\n$/)
  t.equal([...text(svg).matchAll(/<polyline/g)].length, 2)

  const again = await sweep(file, '--seeds', '20', ...VARY, '--out', two)
  t.same([again.stdout, again.stderr], [first.stdout, `60 runs are in ${two} already\n`], 'nothing to do')
  const json = await sweep('--summary', one, '--json')
  const summary = JSON.parse(json.stdout) as { done: number; cells: { vary: object }[] }
  t.same([summary.done, summary.cells.length], [60, 3])
  const alone = await nbs([
    'run',
    file,
    '--seed',
    '1',
    '--set',
    'servers.nbs-b.responseDelay=100us',
    '--json',
  ])
  const clients = (JSON.parse(alone.stdout) as { clients: { outcome: string }[] }).clients
  const { groups } = JSON.parse(lines[20]!) as { groups: { outcomes: Record<string, number> }[] }
  t.equal(
    groups[0]!.outcomes['booted'],
    clients.filter(c => c.outcome === 'booted').length,
    'a run alone agrees',
  )
})

t.test('shards make the whole, merged and summarised', async t => {
  const dir = t.testdir({ 's.yaml': SCENARIO })
  const at = (name: string): string => join(dir, name)
  const args = [at('s.yaml'), '--seeds', '7', ...VARY, '--workers', '1']
  const whole = await sweep(...args, '--out', at('whole'))
  await Promise.all(
    ['1', '2', '3'].map(part => sweep(...args, '--shard', `${part}/3`, '--out', at(`s${part}`))),
  )
  const shards = ['s3', 's1', 's2'].map(at)
  const merged = await sweep('--merge', ...shards, '--out', at('merged'))
  t.same([merged.status, merged.stdout, merged.stderr], [0, '', ''])
  t.equal(text(at('merged')), text(at('whole')))
  t.equal((await sweep('--merge', ...shards)).stdout, text(at('whole')), 'or to standard output')
  const summary = await sweep(at('s.yaml'), '--summary', ...shards)
  t.same([summary.status, summary.stdout, summary.stderr], [0, whole.stdout, ''])
  const half = await sweep('--summary', ...shards.slice(0, 2))
  t.match(half.stdout, /^A small race {2}14 of 21 runs/)
  t.equal(half.stderr, '')
  const sorted = (files: readonly string[]): string[] => files.map(text).join('').split('\n').sort()
  t.strictSame(sorted(shards), sorted([at('whole')]), 'the lines of the shards are the lines of the whole')

  const says = async (message: RegExp, ...call: string[]) => t.match(await mistake(call), message)
  await says(/^--merge needs all shards, complete: run 1 is in none/, '--merge', ...shards.slice(0, 2))
  await says(/^run 0 is in .*s1 and in .*s1: name each shard once/, '--merge', at('s1'), at('s1'))
  await says(/^run 0 is in .*s1 and in .*whole: name each shard once/, '--merge', at('s1'), at('whole'))
  await says(/^--out .*s1 is one of the files to merge/, '--merge', ...shards, '--out', at('s1'))
  await says(
    /does not come from scenarios\/one-nbs\.yaml as it is now/,
    'scenarios/one-nbs.yaml',
    '--summary',
    at('s1'),
  )
  await says(/mutually exclusive/, at('s.yaml'), '--merge', at('s1'))
  writeFileSync(at('s3'), text(at('s3')).slice(0, -30))
  await says(
    /run 20 is in none of these files; start its shard again/,
    '--merge',
    ...shards,
    '--out',
    at('m2'),
  )
  t.same([existsSync(at('m2')), existsSync(at('m2.part'))], [false, false])
})

/** Starts a sweep and ends it by a signal once it has written records. */
const interrupted = async (args: readonly string[], out: string, signal: NodeJS.Signals) => {
  const child = spawn(process.execPath, [PROGRAM, 'sweep', ...args, '--out', out], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<number | null>(done => child.on('close', done))
  const enough = statSync(out, { throwIfNoEntry: false })?.size ?? 0
  while (child.exitCode === null && (statSync(out, { throwIfNoEntry: false })?.size ?? 0) < enough + 2000)
    await pause(5)
  child.kill(signal)
  return { status: await ended, stderr }
}

t.test('killed, interrupted, started again: nothing is lost', async t => {
  const dir = t.testdir({ 's.yaml': SCENARIO })
  const at = (name: string): string => join(dir, name)
  const seeds = byEffort({ quick: 100, thorough: 400, night: 400 })
  const args = [at('s.yaml'), '--seeds', String(seeds), ...VARY, '--workers', '2']
  const out = at('out')
  const killed = await interrupted(args, out, 'SIGKILL')
  t.equal(killed.status, null, 'was still at work')
  const lines = (): number => text(out).split('\n').length - 1
  const before = lines()
  t.ok(before > 0 && before < 3 * seeds, `${before} runs were written`)
  writeFileSync(out, '{"run":', { flag: 'a' })
  const stopped = await interrupted(args, out, 'SIGINT')
  t.equal(stopped.status, 130)
  t.match(stopped.stderr, /runs are in .*out already\n/)
  t.match(
    stopped.stderr,
    /nbs: stopped after [\d,]+ of [\d,]+ runs; start it again with the same --out to continue\n$/,
  )
  t.ok(lines() > before && lines() < 3 * seeds, `${lines()} runs were written`)
  const end = await sweep(...args, '--out', out)
  const whole = await sweep(...args, '--out', at('whole'))
  t.equal(end.stdout, whole.stdout)
  t.ok(text(out) === text(at('whole')), 'as if nothing had happened')
})

/** What a wrong call says. */
const mistake = async (args: readonly string[]): Promise<string> => {
  const { status, stderr } = await sweep(...args)
  return status === 2 ? stderr.trimEnd().replace(/^nbs: /, '') : `status ${status}: ${stderr}`
}

t.test('wrong calls: what is wrong, before anything runs', async t => {
  const dir = t.testdir({ 's.yaml': SCENARIO, 'note.txt': 'not ours\n' })
  const file = join(dir, 's.yaml')
  const calls: readonly (readonly [RegExp, ...string[]])[] = [
    [/^No scenario given: nbs sweep FILE/],
    [/none\.yaml:1:1: no such file$/, 'none.yaml'],
    [/^--seeds x: "x" is neither a number of seeds/, file, '--seeds', 'x'],
    [/^--seeds 0: a sweep needs at least one seed; did you mean 1\?/, file, '--seeds', '0'],
    [/^--seeds: may be given once only/, file, '--seeds', '1', '--seeds', '2'],
    [/^--shard 5\/4: shards of 4 are numbered 1\/4 to 4\/4/, file, '--shard', '5/4'],
    [/^--vary clients\.pc\.cuont=1:1:18: .*did you mean count\?/, file, '--vary', 'clients.pc.cuont=1'],
    [/^--vary clients\.pc\.count=1\.5:.*whole number/, file, '--vary', 'clients.pc.count=1..2/3'],
    [/^--vary clients\.pc\.count: write it as path=values/, file, '--vary', 'clients.pc.count'],
    [/^--vary a=3ms\.\.1ms\/2: .*reversed; did you mean 1ms\.\.3ms\/2\?/, file, '--vary', 'a=3ms..1ms/2'],
    [/^--vary seed: named twice/, file, '--vary', 'seed=1', '--vary', 'seed=2'],
    [/^--svg plots over one parameter/, file, '--svg', join(dir, 'c.svg')],
    [/^--workers must be a whole number from 1 to 256/, file, '--workers', '0'],
    [/note\.txt is there already and holds something else/, file, '--out', join(dir, 'note.txt')],
    [/cannot be written: no such file or directory$/, file, '--out', join(dir, 'none', 'f')],
    [/is not a regular file|cannot be written: illegal operation/, file, '--out', dir],
    [/is no record of a run/, '--summary', join(dir, 'note.txt')],
    [/mutually exclusive/, '--summary', 'x', '--out', 'y'],
  ]
  for (const [message, ...args] of calls) t.match(await mistake(args), message)
  t.equal(text(join(dir, 'note.txt')), 'not ours\n')
  const { status, stdout, stderr } = await sweep(file, '--seeds', '0')
  t.match(stderr, /^nbs: --seeds 0: /)
  t.same([status, stdout, /\n +at /.test(stderr)], [2, '', false])
})

t.test('a file of another sweep is not continued, whatever differs', async t => {
  const dir = t.testdir({ 's.yaml': SCENARIO, images: { BStrap: { x64: { 'BStrap.efi': 'MZ' } } } })
  const [file, out] = [join(dir, 's.yaml'), join(dir, 'out')]
  writeFileSync(
    file,
    SCENARIO.replaceAll('notificationServer: ns-1', 'notificationServer: ns-1, images: images'),
  )
  t.equal((await sweep(file, '--seeds', '2', '--workers', '1', '--out', out)).status, 0)
  const before = text(out)
  const refused = async (what: RegExp, ...args: string[]) => {
    const message = await mistake([file, ...args, '--out', out])
    t.match(message, what)
    t.match(message, /; name another --out, or remove the file$/)
    t.equal(text(out), before)
  }
  await refused(/seeds 1\.\.2 instead of 1\.\.3/, '--seeds', '3')
  await refused(
    /--vary nothing instead of clients\.pc\.count=1/,
    '--seeds',
    '2',
    '--vary',
    'clients.pc.count=1',
  )
  await refused(/run 1 is none of this shard/, '--seeds', '2', '--shard', '1/2')
  copyFileSync(resolve('boot-images/BStrap/x64/BStrap.efi'), join(dir, 'images/BStrap/x64/BStrap.efi'))
  const replaced = await sweep(file, '--seeds', '2', '--workers', '1', '--out', out)
  t.match(replaced.stderr, /another content of the image folders/)
  t.same([replaced.status, text(out)], [2, before])
  writeFileSync(file, `${text(file)}# a remark\n`)
  await refused(/another scenario text/, '--seeds', '2')
})
