/**
 * `nbs serve` at the real ports as somebody without rights, as root that gives them up, and under what
 * packaging/nbs.service allows: the same transfers work, also at an address that comes later.
 */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { requireProgram, requireRoot } from '../lab.ts'
import { until } from '../patience.ts'
import { type Namespaces, namespaces } from './netns.ts'
import { startProgram, stopped } from './serve-lab.ts'

/** What the unit says, in words that a shell knows; `test/package/unit.test.ts` holds them to the unit. */
const UNIT = ['prlimit', '--nofile=16384', '--data=2147483648', 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all,+net_bind_service', '--inh-caps=-all,+net_bind_service', '--ambient-caps=-all,+net_bind_service', '--no-new-privs'] // prettier-ignore
const STRANGER = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'] // prettier-ignore

const WAYS = {
  'nobody, where every port is free to all': { before: STRANGER, free: true, words: [] },
  'root that becomes nobody': { before: [], free: false, words: [] },
  'root that becomes a number of no user': { before: [], free: false, words: ['--user', '54321'] },
  'the rights of the unit': { before: UNIT, free: false, words: [] },
} as const

const SMALL = new Uint8Array(100_000).map((_, n) => n * 7)
const LARGE = new Uint8Array(3_000_000).map((_, n) => n * 11 + (n >> 9))

/** Readable for all, whoever may read the folder that the tests are in. */
const publicFolder = (t: Test): string => {
  const folder = mkdtempSync(join(tmpdir(), 'nbs-rights-'))
  chmodSync(folder, 0o755)
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'images'))
  mkdirSync(join(folder, 'program'))
  writeFileSync(join(folder, 'images/small.efi'), SMALL)
  writeFileSync(join(folder, 'images/large.wim'), LARGE)
  return folder
}

/** The program at a place that everybody may read, seen in this process alone. */
const program = (folder: string, before: readonly string[]): string[] => {
  const at = join(folder, 'program')
  // Whoever is not root here may write nowhere, as with ProtectSystem=strict.
  const readOnly = before.length > 0 ? ' && mount -o remount,bind,ro /' : ''
  const within = `mount --bind "${process.cwd()}" "${at}"${readOnly} && cd / && exec "$@"`
  return ['sh', '-c', within, 'sh', ...before, process.execPath, join(at, '.build/nbs/main.js'), 'serve']
}

const lab = (t: Test): { readonly net: Namespaces; readonly folder: string } | undefined => {
  for (const name of ['curl', 'atftp', 'setpriv', 'prlimit']) if (!requireProgram(t, name)) return undefined
  if (!requireRoot(t)) return undefined
  const net = namespaces(t, { server: { lan: '10.77.0.1' }, client: { lan: '10.77.0.2' } })
  return net && { net, folder: publicFolder(t) }
}

for (const [name, { before, free, words }] of Object.entries(WAYS))
  t.test(name, async t => {
    const made = lab(t)
    if (!made) return
    const { net, folder } = made
    if (free) await net.on('server', 'sysctl', '-qw', 'net.ipv4.ip_unprivileged_port_start=0')
    const got = join(folder, 'got')
    const transfers = async (address: string): Promise<void> => {
      await net.on('client', 'curl', '-sS', '-m', '20', '-o', got, `tftp://${address}/small.efi`)
      t.ok(readFileSync(got).equals(SMALL), `small, from ${address}`)
      const wishes = ['--option', 'blksize 1428', '--option', 'windowsize 16']
      await net.on('client', 'atftp', ...wishes, '--get', '-l', got, '-r', 'large.wim', address)
      t.ok(readFileSync(got).equals(LARGE), `large, from ${address}`)
    }
    const call = ['--interface', 'lan', '--beside-others', '--images', join(folder, 'images'), ...words]
    const served = await startProgram(t, [...net.within('server', ...program(folder, before)), ...call])
    const { lines, child, status } = served
    t.equal(status, undefined, lines.join('\n'))
    const own = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    t.notMatch(own, /^Uid:.*\b0\b/m, 'no user of the process is root')
    t.match(own, free ? /^CapEff:\t0+$/m : /^CapEff:\t0+400$/m, 'one right, or none')
    await transfers('10.77.0.1')

    writeFileSync(join(folder, 'images/later.efi'), SMALL)
    child.kill('SIGHUP')
    t.ok(await until(() => lines.some(line => line.includes('"msg":"reloaded"'))), lines.join('\n'))
    await net.on('client', 'curl', '-sS', '-m', '20', '-o', got, 'tftp://10.77.0.1/later.efi')
    t.ok(readFileSync(got).equals(SMALL), 'a file that came later')

    await net.on('server', 'ip', 'addr', 'flush', 'dev', 'lan')
    await net.on('server', 'ip', 'addr', 'add', '10.77.0.7/24', 'dev', 'lan')
    t.ok(await until(() => lines.some(line => line.includes('serves lan'))), lines.join('\n'))
    await transfers('10.77.0.7')
    await stopped(child)
  })

t.test('what that user may not read is a mistake at the start', async t => {
  const made = lab(t)
  if (!made) return
  const { net, folder } = made
  const start = (...words: string[]) =>
    startProgram(t, [...net.within('server', ...program(folder, [])), '--interface', 'lan', '--beside-others', ...words]) // prettier-ignore
  const secret = join(folder, 'secret')
  mkdirSync(secret, { mode: 0o700 })
  const refused = await start('--images', secret)
  t.equal(refused.status, 2)
  t.match(refused.lines.join('\n'), /images: .*EACCES.*secret.*--user NAME.*--user root/)
  chownSync(secret, 54_321, 54_321)
  const owner = await start('--images', secret, '--user', '54321')
  t.equal(owner.status, undefined, owner.lines.join('\n'))
  await stopped(owner.child)
  const nobody = await start('--images', join(folder, 'images'), '--user', 'no-such-user')
  t.equal(nobody.status, 2)
  t.match(nobody.lines.join('\n'), /user no-such-user: this system has no such user/)
})
