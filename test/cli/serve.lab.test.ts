/**
 * The program `nbs serve` and other people's programs: TFTP clients on loopback; in network namespaces made here, a
 * real broadcast at the real ports, and dnsmasq as a rival. Everything is bounded, nothing leaves this machine.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import t from 'tap'
import { requireProgram } from '../lab.ts'
import { PORT_OFFSET } from './serve-lab.ts'

const run = promisify(execFile)
const HOST = '127.0.0.1'
const PORT = String(69 + PORT_OFFSET)
const NODE = [process.execPath, ...process.execArgv] as const

interface Teardown {
  teardown(end: () => unknown): void
}

/** Resolves at the line `ready`, or with how it ended instead. */
const startProgram = async (t: Teardown, command: readonly string[]) => {
  const [program, ...words] = command
  const child = spawn(program!, words, { stdio: ['ignore', 'inherit', 'pipe'] })
  t.teardown(() => stopped(child))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const lines: string[] = []
  const ready = new Promise<boolean>(resolve => {
    const reader = createInterface({ input: child.stderr! })
    reader.on('line', line => {
      lines.push(line)
      if (line === 'ready') resolve(true)
    })
    reader.on('close', () => resolve(false))
  })
  return (await ready) ? { lines, child, status: undefined } : { lines, child, status: (await exited)[0] }
}

const stopped = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

const sha = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const part of createReadStream(file)) hash.update(part as Buffer)
  return hash.digest('hex')
}

t.test('TFTP clients of others', { timeout: 110_000 }, async t => {
  const programs = ['curl', 'atftp', 'tftp'].filter(program => requireProgram(t, program))
  if (programs.length === 0) return
  const sizes: Record<string, number> = {
    'empty.bin': 0,
    'exact.bin': 1_468 * 512,
    'long.bin': 512 * 65_600 + 5,
  }
  const folder = t.testdir({ images: {}, got: '' })
  for (const [name, size] of Object.entries(sizes))
    writeFileSync(join(folder, 'images', name), Buffer.alloc(size, `the quick brown fox ${name} `))
  const { status, lines } = await startProgram(t, [...NODE, 'src/cli/main.ts', 'serve', '--loopback', '--port-offset', String(PORT_OFFSET), '--images', join(folder, 'images')]) // prettier-ignore
  t.equal(status, undefined, lines.join('\n'))
  const into = join(folder, 'got')
  const atftp = (blockSize: number, window: number) => (file: string) =>
    run('atftp', ['--option', `blksize ${blockSize}`, '--option', `windowsize ${window}`, '--option', 'tsize 0', '--get', '-l', into, '-r', file, HOST, PORT]) // prettier-ignore
  const curl = (options: readonly string[]) => (file: string) =>
    run('curl', ['-sS', '-m', '60', ...options, '-o', into, `tftp://${HOST}:${PORT}/${file}`])
  const clients: [string, (file: string) => Promise<unknown>][] = [
    ['curl, 512', curl(['--tftp-no-options'])],
    ['tftp-hpa', file => run('tftp', ['-m', 'binary', HOST, PORT, '-c', 'get', file, into])],
  ]
  for (const size of [1_468, 8_192, 65_464]) clients.push([`curl, ${size}`, curl(['--tftp-blksize', String(size)])])
  for (const [size, window] of [
    [512, 1],
    [512, 64],
    [1_468, 1],
    [1_468, 4],
    [1_468, 16],
    [1_468, 64],
    [65_464, 1],
    [65_464, 16],
  ] as const)
    // prettier-ignore
    clients.push([`atftp, ${size} x ${window}`, atftp(size, window)])
  for (const [name, get] of clients) {
    if (!programs.includes(name.startsWith('tftp') ? 'tftp' : name.split(',')[0]!)) continue
    for (const file of Object.keys(sizes)) {
      // curl takes the size 0 of an OACK for a mistake, and writes no file for no bytes.
      if (file === 'empty.bin' && name.startsWith('curl')) continue
      rmSync(into, { force: true })
      await get(file)
      t.equal(await sha(into), await sha(join(folder, 'images', file)), `${name}: ${file}`)
    }
    await Promise.resolve(get('none.bin')).catch(() => {})
  }
  const misses = () => lines.filter(line => line.includes('none.bin')).length
  for (let turn = 0; turn < 300 && misses() < clients.length; turn++)
    await new Promise(resolve => setTimeout(resolve, 10))
  t.equal(misses(), clients.length, 'each miss is told')
})

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
