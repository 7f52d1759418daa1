/** The unit, where systemd does not run: the sandbox of `rights.lab.test.ts` gives what it gives, and it bounds what it must. */
import { readFileSync } from 'node:fs'
import t from 'tap'

const unit = readFileSync('packaging/nbs.service', 'utf8')
const sandbox = readFileSync('test/serve/rights.lab.test.ts', 'utf8')
const said = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? ''

t.test('the sandbox of the tests gives no more than the unit', async t => {
  t.equal(said('AmbientCapabilities'), 'CAP_NET_BIND_SERVICE')
  t.equal(said('CapabilityBoundingSet'), 'CAP_NET_BIND_SERVICE')
  t.equal(said('NoNewPrivileges'), 'yes')
  for (const word of [
    '--bounding-set=-all,+net_bind_service',
    '--ambient-caps=-all,+net_bind_service',
    '--no-new-privs',
    '--clear-groups',
  ])
    // prettier-ignore
    t.match(sandbox, `'${word}'`)
  t.match(sandbox, `--nofile=${said('LimitNOFILE')}`)
  t.equal(said('MemoryMax'), '2G')
  t.match(sandbox, `--data=${2 * 1024 ** 3}`)
  t.equal(said('ProtectSystem'), 'strict')
  t.match(sandbox, 'remount,bind,ro')
})

t.test('it is bounded, and tries again where that helps', async t => {
  for (const limit of ['MemoryMax', 'MemoryHigh', 'TasksMax', 'LimitNOFILE']) t.not(said(limit), '', limit)
  t.equal(said('Restart'), 'on-failure')
  t.equal(said('RestartPreventExitStatus'), '2 3', '1 is tried again')
  t.equal(said('StartLimitIntervalSec'), '0')
})

t.test('the container image is pinned, and packages run no scripts of their own', async t => {
  const file = readFileSync('packaging/Containerfile', 'utf8')
  const bases = [...file.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
  t.equal(bases.length, 2)
  for (const base of bases) t.match(base, /:\d+\.\d+\.\d+-slim$/)
  for (const [line] of file.matchAll(/npm (ci|install|prune)[^&\n]*/g)) t.match(line, '--ignore-scripts')
})
