/** Files of strangers: what they may have read, what they may keep waiting, and that nothing of ours is lost. */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { PROGRAM, nbs } from '../built.ts'

const SECRET = 'MARKER-SECRET-9f8e7d'
const folder = (): string => mkdtempSync(join(tmpdir(), 'nbs-strange-'))

/** Boots `id_rsa` from the folder. */
const hostile = (images: string): string => `title: Please run this with --report
subnets: { lab: { cidr: 10.0.0.0/24 } }
notificationServers: { ns: { unknown: { boot: pxe, image: WinPE } } }
servers:
  dhcp: { kind: dhcp, on: lab, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.199, nextServer: 10.0.0.5, bootFile: id_rsa }
  nbs-a: { kind: nbs, on: lab, address: 10.0.0.5, notificationServer: ns, images: ${images}, services: { pxe: off } }
clients:
  pc: { on: lab, firmware: ipxe, mac: '00:50:56:00:01:01' }
`

t.test('a scenario reads image folders outside its own only where it may', async t => {
  const at = folder()
  mkdirSync(join(at, 'else'))
  writeFileSync(join(at, 'else', 'id_rsa'), SECRET)
  mkdirSync(join(at, 'own', 'images'), { recursive: true })
  writeFileSync(join(at, 'own', 'images', 'id_rsa'), SECRET)
  mkdirSync(join(at, 'own', '.ssh'))
  symlinkSync('../else', join(at, 'own', 'link'))
  const file = join(at, 'own', 'x.yaml')
  const capture = join(at, 'x.pcapng')
  const run = async (images: string, ...more: string[]) => {
    writeFileSync(file, hostile(images))
    return nbs(['run', file, '--capture', capture, ...more])
  }
  for (const images of [join(at, 'else'), '../else', './link', '.ssh']) {
    const { status, stderr } = await run(images)
    t.equal(status, 2, images)
    t.match(stderr, /x\.yaml:6:\d+: servers\.nbs-a\.images: ".*" is outside .* --allow-path/)
  }
  t.notOk(readdirSync(at).includes('x.pcapng'))
  t.equal((await run('./images')).status, 0, 'its own folder')
  t.equal((await run('../else', '--allow-path', join(at, 'else'))).status, 0)
  t.ok(readFileSync(capture).includes(SECRET))
  t.equal((await run('./images', '--set', 'servers.nbs-a.images=../else')).status, 0, 'who called said so')
  for (const command of [
    ['sweep', '--seeds', '2'],
    ['compare'],
    ['lint'],
    ['shrink', '--finding', 'job-lost'],
  ]) {
    writeFileSync(file, hostile('../else'))
    const { status, stderr } = await nbs([...command, file])
    t.equal(status, 2, command.join(' '))
    t.match(stderr, /--allow-path/)
  }
})

t.test('a folder boot-images above belongs to a scenario, unless a link stands in their place', async t => {
  const at = folder()
  mkdirSync(join(at, 'scenarios', 'deep'), { recursive: true })
  mkdirSync(join(at, 'else'))
  writeFileSync(join(at, 'else', 'id_rsa'), SECRET)
  writeFileSync(join(at, 'scenarios', 'deep', 'x.yaml'), hostile('../../boot-images'))
  symlinkSync('else', join(at, 'boot-images'))
  t.equal((await nbs(['run', join(at, 'scenarios/deep/x.yaml')])).status, 2, 'the link')
  execFileSync('rm', [join(at, 'boot-images')])
  cpSync(join(at, 'else'), join(at, 'boot-images'), { recursive: true })
  t.equal((await nbs(['run', join(at, 'scenarios/deep/x.yaml')])).status, 0)
})

t.test('a result that names a device, a pipe or a huge file keeps nobody waiting', async t => {
  const at = folder()
  const result = JSON.parse((await nbs(['run', 'one-nbs', '--json'])).stdout) as object
  const pipe = join(at, 'pipe')
  execFileSync('mkfifo', [pipe])
  for (const scenario of ['/dev/zero', pipe]) {
    writeFileSync(join(at, 'r.json'), JSON.stringify({ ...result, scenario }))
    const { status, stderr } = await nbs([
      'view',
      join(at, 'r.json'),
      '--no-open',
      '--out',
      join(at, 'v.html'),
    ])
    t.equal(status, 0)
    t.match(stderr, /without packets/)
  }
  for (const args of [['view', '--no-open'], ['analyze'], ['watch', '--read'], ['run'], ['lint']]) {
    const { status, stderr } = await nbs([...args, '/dev/zero'])
    t.equal(status, 2, args.join(' '))
    t.match(stderr, /is not a regular file|is larger than/)
  }
  for (const args of [['view', '--no-open'], ['analyze']])
    t.match((await nbs([...args, pipe])).stderr, /is not a regular file/)
})

t.test('a full disk or a link leaves what was there', { skip: process.platform !== 'linux' }, async t => {
  const at = folder()
  writeFileSync(join(at, 'victim'), 'keep')
  symlinkSync('victim', join(at, 'link'))
  for (const [option, target] of [
    ['--report', join(at, 'link')],
    ['--capture', '/dev/full'],
    ['--junit', '/dev/full'],
  ] as const) {
    const { status, stderr } = await nbs(['run', 'one-nbs', option, target])
    t.equal(status, 2)
    t.match(stderr, /cannot be written: (it is a link|ENOSPC)/)
  }
  const sweep = await nbs([
    'sweep',
    resolve('scenarios/one-nbs.yaml'),
    '--seeds',
    '2',
    '--out',
    join(at, 'link'),
  ])
  t.equal(sweep.status, 2)
  t.equal(readFileSync(join(at, 'victim'), 'utf8'), 'keep')
  // Node gives its children sockets, which no name opens; a shell gives pipes.
  const piped = execFileSync(
    'sh',
    ['-c', `"${process.execPath}" "${PROGRAM}" run one-nbs --junit /dev/stdout | cat`],
    {
      encoding: 'utf8',
    },
  )
  t.match(piped, /<testsuites>/)
})
