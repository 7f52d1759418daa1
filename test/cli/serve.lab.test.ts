/** The program `nbs serve` on loopback, and other people's TFTP clients. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { requireProgram } from '../lab.ts'
import { NODE, PORT_OFFSET, startProgram } from './serve-lab.ts'

const run = promisify(execFile)
const HOST = '127.0.0.1'
const PORT = String(69 + PORT_OFFSET)
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
  for (const size of [1_468, 8_192, 65_464])
    clients.push([`curl, ${size}`, curl(['--tftp-blksize', String(size)])])
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
