/** `nbs check` as people call it. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { PLAIN, PROGRAM, nbs } from '../built.ts'

const SERVERS = `
title: Two proxies, one of them careless
subnets: { lab: { cidr: 10.30.0.0/24 } }
servers:
  good: { kind: foreign, role: proxy, on: lab, address: 10.30.0.5, bootFile: boot.efi, files: { boot.efi: 4096 } }
  bad: { kind: foreign, role: proxy, on: lab, address: 10.30.0.6, bootFile: boot.efi, files: { boot.efi: 4096 }, malformed: no-end }
`

const folder = mkdtempSync(join(tmpdir(), 'nbs-check-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'servers.yaml')
writeFileSync(file, SERVERS)

t.test('our own servers pass, and the document has exactly what is promised', async t => {
  const { status, stdout } = await nbs(['check', '--only', 'P05,b01,D02,T13,H04', '--json'])
  t.equal(status, 0)
  const result = JSON.parse(stdout) as { clauses: { id: string; verdict: string }[] }
  t.same(Object.keys(result), ['target', 'version', 'clauses'])
  t.same(Object.keys(result.clauses[0]!), [
    'id',
    'level',
    'verdict',
    'requirement',
    'source',
    'because',
    'frames',
  ])
  t.same(
    result.clauses.map(({ id, verdict }) => `${id} ${verdict}`),
    ['P05 passed', 'B01 passed', 'D02 passed', 'T13 passed', 'H04 notRun'],
  )
})

t.test('a failed MUST is exit status 1, with its packets in a file of their own', async t => {
  const captures = join(folder, 'failed')
  const junit = join(folder, 'check.xml')
  const call = ['check', file, '--server', 'bad', '--only', 'P04,P15', '--capture-dir', captures]
  const { status, stdout } = await nbs([...call, '--junit', junit])
  t.equal(status, 1)
  t.match(stdout, /P15 +MUST +failed +no END in options/)
  t.match(stdout, /wanted: The option list is closed by 255/)
  t.same(readdirSync(captures), ['P15.pcapng'])
  t.match(readFileSync(junit, 'utf8'), /tests="2" failures="1" skipped="0"/)
  const good = await nbs(['check', file, '--server', 'good', '--only', 'P04,P15'])
  t.equal(good.status, 0)
  t.match(good.stdout, /2 clauses: 2 passed\. Every MUST that applies passed\./)
})

t.test('the same call gives the same bytes', async t => {
  const call = ['check', file, '--server', 'bad', '--only', 'P,T', '--json']
  const [one, two] = await Promise.all([nbs(call), nbs(call)])
  t.not(one.stdout, '')
  t.equal(one.stdout, two.stdout)
})

t.test('two targets stand beside each other, by name or from files', async t => {
  const live = await nbs(['check', file, '--compare', 'good', 'bad', '--only', 'P04,P15'])
  t.equal(live.status, 1, 'verdicts differ')
  t.match(live.stdout, /P15 +MUST +passed +failed/)
  t.match(live.stdout, /1 of 2 clauses have the same verdict/)
  const kept = join(folder, 'good.json')
  writeFileSync(kept, (await nbs(['check', file, '--server', 'good', '--only', 'P04,P15', '--json'])).stdout)
  const same = await nbs(['check', '--compare', kept, kept])
  t.equal(same.status, 0)
  const wrong = await nbs(['check', '--compare', kept, file])
  t.equal(wrong.status, 2)
  t.match(wrong.stderr, /servers\.yaml cannot be read/)
})

t.test('wrong calls say what would be right', async t => {
  const says = async (args: readonly string[], what: RegExp) => {
    const { status, stderr, stdout } = await nbs(['check', ...args])
    t.equal(status, 2, args.join(' '))
    t.match(stderr, what)
    t.equal(stdout, '')
  }
  await says([file], /say which server of .*: good, bad/)
  await says([file, '--server', 'gud'], /there is no server "gud"; there is good, bad/)
  await says(['--server', 'x'], /there is nbs, nbs-redirect, nbs-menu, dhcp/)
  await says(['--only', 'T99'], /there is no clause "T99"/)
  await says(['--level', 'must,maybe'], /there is no level MAYBE; there is MUST, SHOULD/)
  await says(['192.0.2.1'], /say --i-own-this-network/)
  await says(['192.0.2.1', '--i-own-this-network'], /say which network to check/)
  await says([file, '--interface', 'lo'], /--interface is for a real server/)
  await says(['--loopback', '--expect', 'pixie'], /there is no service "pixie"/)
})

t.test('the clauses are listed without asking anybody', async t => {
  const { status, stdout } = await nbs(['check', '--list'])
  t.equal(status, 0)
  t.equal(stdout.match(/^[PBMDTAH]\d\d /gm)?.length, 107)
})

t.test('nbs serve on loopback is asked over real sockets', async t => {
  const offset = '13000'
  const serving = ['serve', '--loopback', '--port-offset', offset]
  const server = spawn(process.execPath, [PROGRAM, ...serving], {
    env: PLAIN,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.teardown(() => server.kill())
  await new Promise<void>((ready, failed) => {
    let said = ''
    server.stderr.on('data', (chunk: Buffer) => {
      said += String(chunk)
      if (/^ready$/m.test(said)) ready()
    })
    server.on('exit', () => failed(new Error(said)))
  })
  const call = ['check', '--loopback', '--port-offset', offset, '--only', 'P04,P11,B01,T02,T13']
  const { status, stdout, stderr } = await nbs([...call, '--expect', 'pxe,bootServer,tftp'])
  t.equal(status, 0, stdout + stderr)
  t.match(stdout, /5 clauses: 5 passed/)
})

t.test('where nobody answers, nothing has passed', async t => {
  const { status, stdout } = await nbs(['check', '--loopback', '--port-offset', '13500', '--only', 'T13'])
  t.equal(status, 1)
  t.match(stdout, /Nothing of it answered/)
  t.notOk(existsSync('T13.pcapng'))
})
