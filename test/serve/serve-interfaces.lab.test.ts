/**
 * `nbs serve` and interfaces that come, go and change their address, in network namespaces: what `/healthz` says, what is
 * logged, and that machines are served again without anybody's doing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { requireProgram } from '../lab.ts'
import { until } from '../patience.ts'
import { type Namespaces, namespaces } from './netns.ts'
import { NBS, startProgram, stopped } from './serve-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'nbs-links-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const config = join(folder, 'nbs.yaml')
writeFileSync(config, 'http: { port: 8080 }\nbesideOthers: true\n')
/** Of the server, on the switch: the first one made. */
const PORT = 'port1'

const health = async (net: Namespaces): Promise<string> => {
  const asked = net.on(
    'server',
    'curl',
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    'http://127.0.0.1:8080/healthz',
  )
  return (await asked.catch(() => ({ stdout: 'down' }))).stdout
}
const servers = async (net: Namespaces): Promise<readonly string[]> => {
  const { stdout } = await net.on(
    'client',
    process.execPath,
    '.build/test/serve/netns-client.js',
    '00:50:56:00:00:01',
  )
  return (JSON.parse(stdout) as { from: string }[]).map(({ from }) => from)
}

t.test('an address that changes, a link that goes and comes', async t => {
  if (!requireProgram(t, 'curl')) return
  const net = namespaces(t, { server: { lan: '10.77.0.1' }, client: { lan: '10.77.0.2' } })
  if (!net) return
  const nbs = await net.serve('server', config, '--interface', 'lan')
  t.equal(nbs.status, undefined, nbs.lines.join('\n'))
  t.equal(await health(net), '200')
  t.strictSame(await servers(net), ['10.77.0.1:67'])

  await net.on('server', 'ip', 'addr', 'flush', 'dev', 'lan')
  await until(async () => (await health(net)) === '503')
  await net.on('server', 'ip', 'addr', 'add', '10.77.0.9/24', 'dev', 'lan')
  await until(async () => (await health(net)) === '200')
  t.strictSame(await servers(net), ['10.77.0.9:67'], 'at the new address')
  const got = join(folder, 'got')
  await net.on('client', 'curl', '-sS', '-m', '20', '-o', got, 'tftp://10.77.0.9/BStrap/x64/BStrap.efi')

  await net.on('switch', 'ip', 'link', 'set', PORT, 'down')
  await until(async () => (await health(net)) === '503')
  await net.on('switch', 'ip', 'link', 'set', PORT, 'up')
  await until(async () => (await health(net)) === '200')
  t.strictSame(await servers(net), ['10.77.0.9:67'])

  const said = nbs.lines.join('\n')
  t.match(said, /lan has lost its link or its address/)
  t.match(said, /the address of lan was 10\.77\.0\.1/)
  t.match(said, /lan is back and served again/)
  await stopped(nbs.child)
})

t.test('no carrier at the start, and an address that is not there yet', async t => {
  if (!requireProgram(t, 'curl')) return
  const net = namespaces(t, { server: { lan: '10.77.0.1' }, client: { lan: '10.77.0.2' } })
  if (!net) return
  await net.on('switch', 'ip', 'link', 'set', PORT, 'down')
  const starting = net.serve('server', config, '--interface', 'lan', '--interface', '10.77.0.200')
  await until(async () => (await health(net)) === '503')
  await net.on('switch', 'ip', 'link', 'set', PORT, 'up')
  const nbs = await starting
  t.equal(nbs.lines.at(-1), 'ready', nbs.lines.join('\n'))
  t.match(nbs.lines.join('\n'), /lan has no link or no address yet: waits for it/)
  t.strictSame(await servers(net), ['10.77.0.1:67'])
  t.equal(await health(net), '503', 'the other one is not there')
  await net.on('server', 'ip', 'addr', 'add', '10.77.0.200/24', 'dev', 'lan')
  await until(async () => (await health(net)) === '200')
  const got = join(folder, 'got-vip')
  await net.on('client', 'curl', '-sS', '-m', '20', '-o', got, 'tftp://10.77.0.200/BStrap/x64/BStrap.efi')
  await stopped(nbs.child)
})

t.test(
  'without an interface nothing is sent; one that nobody knows is waited for only if it is configured',
  async t => {
    const net = namespaces(t, { server: { lan: '10.77.0.1' } })
    if (!net) return
    for (const command of ['serve', 'probe']) {
      const { status, lines } = await startProgram(t, net.within('server', ...NBS, command))
      t.equal(status, 2)
      t.match(lines.join('\n'), /say which network to (serve|ask) with --interface.*lan \(10\.77\.0\.1\)/)
    }
    const mistyped = await net.serve('server', '--interface', 'lam')
    t.equal(mistyped.status, 2)
    t.match(mistyped.lines.join('\n'), /no interface "lam".*lan/)
    const later = join(folder, 'later.yaml')
    writeFileSync(later, 'interfaces: late\nbesideOthers: true\n')
    const starting = net.serve('server', later)
    for (const words of [
      'link add late type veth peer name other',
      'addr add 10.78.0.1/24 dev late',
      'link set other up',
      'link set late up',
    ])
      await net.on('server', 'ip', ...words.split(' '))
    const nbs = await starting
    t.equal(nbs.lines.at(-1), 'ready', nbs.lines.join('\n'))
    await stopped(nbs.child)
  },
)
