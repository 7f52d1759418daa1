/**
 * The program `nbs serve` at the real ports, in network namespaces made here: a real broadcast, and dnsmasq as a
 * rival. Everything is bounded, nothing leaves this machine.
 */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { requireProgram } from '../lab.ts'
import { NODE, startProgram, stopped } from './serve-lab.ts'

const run = promisify(execFile)

t.test('in network namespaces', { timeout: 110_000 }, async t => {
  const id = `nbs${process.pid % 10_000}`
  const [server, client] = [`${id}s`, `${id}c`]
  const ip = (...words: string[]) => spawnSync('ip', words, { encoding: 'utf8' })
  const made = process.getuid?.() === 0 && ip('netns', 'add', server).status === 0
  if (!made) {
    const reason = 'needs root and network namespaces'
    if (process.env['NBS_LAB'] === '1') t.fail(reason)
    else t.pass(reason, { skip: reason })
    return
  }
  t.teardown(() => {
    ip('netns', 'del', server)
    ip('netns', 'del', client)
  })
  for (const words of [
    ['netns', 'add', client],
    ['-n', server, 'link', 'add', 'lan', 'type', 'veth', 'peer', 'name', 'lan', 'netns', client],
    ['-n', server, 'addr', 'add', '10.77.0.1/24', 'dev', 'lan'],
    ['-n', client, 'addr', 'add', '10.77.0.2/24', 'dev', 'lan'],
    ...[server, client].flatMap(name => [
      ['-n', name, 'link', 'set', 'lo', 'up'],
      ['-n', name, 'link', 'set', 'lan', 'up'],
      ['-n', name, 'route', 'add', 'default', 'dev', 'lan'],
    ]),
  ])
    t.equal(ip(...words).status, 0, `ip ${words.join(' ')}`)
  const within = (name: string, ...command: string[]) => ['ip', 'netns', 'exec', name, ...command]
  const serve = (...words: string[]) =>
    startProgram(t, within(server, ...NODE, 'src/cli/main.ts', 'serve', '--interface', 'lan', ...words))

  const nbs = await serve()
  t.equal(nbs.status, undefined, nbs.lines.join('\n'))
  const [program, ...words] = within(client, ...NODE, 'test/cli/netns-client.ts')
  t.strictSame(JSON.parse((await run(program!, words)).stdout), {
    from: '10.77.0.1:67',
    file: 'BStrap/x64/BStrap.efi',
    siaddr: '10.77.0.1',
    self: '10.77.0.1',
  })
  if (requireProgram(t, 'curl')) {
    const got = join(t.testdir({}), 'got')
    const [curl, ...options] = within(
      client,
      'curl',
      '-sS',
      '-m',
      '20',
      '-o',
      got,
      'tftp://10.77.0.1/BStrap/x64/BStrap.efi',
    )
    await run(curl!, options)
    t.ok(readFileSync(got).equals(readFileSync('boot-images/BStrap/x64/BStrap.efi')))
  }
  await stopped(nbs.child)

  if (!requireProgram(t, 'dnsmasq')) return
  const [dnsmasq, ...arguments_] = within(client, 'dnsmasq', '--no-daemon', '--conf-file=/dev/null', '--port=0', '--user=root', '--interface=lan', '--bind-interfaces', '--dhcp-range=10.77.0.0,proxy', '--pxe-service=x86PC,Rival,rival') // prettier-ignore
  const rival = spawn(dnsmasq!, arguments_, { stdio: ['ignore', 'ignore', 'pipe'] })
  t.teardown(() => stopped(rival))
  await once(rival.stderr, 'data')
  const refused = await serve()
  t.equal(refused.status, 2)
  t.match(refused.lines.join('\n'), /another PXE server answers.*\n {2}10\.77\.0\.2 offers menu "Rival"/)
  const beside = await serve('--beside-others')
  t.equal(beside.lines.at(-1), 'ready')
})
