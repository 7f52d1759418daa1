/** Other people's TFTP clients against our service over real loopback sockets: atftp, curl, tftp-hpa. */
import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { memoryImages } from '../../../src/nbs/images.ts'
import { requireProgram } from '../../lab.ts'
import { HOST, serveForReal } from './real.ts'

const run = promisify(execFile)
const numbered = (size: number): Uint8Array =>
  new Uint8Array(size).map((_, i) => i * 7 + (i >> 8) * 13 + (i >> 16))
const FILES: Record<string, Uint8Array> = {
  empty: numbered(0),
  'exact.bin': numbered(1_024 * 8),
  'BStrap/x64/BStrap.efi': numbered(40_960),
  // More than 65,535 blocks of 512 bytes: B.4 #5.
  'boot.wim': numbered(512 * 66_000 + 17),
}

const clients: Record<string, (port: number, file: string, into: string) => Promise<unknown>> = {
  'curl without options': (port, file, into) =>
    run('curl', ['-sS', '--tftp-no-options', '-o', into, `tftp://${HOST}:${port}/${file}`]),
  'curl, 1428': (port, file, into) =>
    run('curl', ['-sS', '--tftp-blksize', '1428', '-o', into, `tftp://${HOST}:${port}/${file}`]),
  'atftp, 1468 x 16': (port, file, into) =>
    run('atftp', ['--option', 'blksize 1468', '--option', 'windowsize 16', '--option', 'tsize 0', '--get', '-l', into, '-r', file, HOST, String(port)]), // prettier-ignore
  'atftp, 512': (port, file, into) => run('atftp', ['--get', '-l', into, '-r', file, HOST, String(port)]),
  'tftp, octet': (port, file, into) =>
    run('tftp', ['-m', 'binary', HOST, String(port), '-c', 'get', file, into]),
}

for (const [name, get] of Object.entries(clients))
  t.test(name, async t => {
    if (!requireProgram(t, name.split(/[ ,]/)[0]!)) return
    const { port, events } = await serveForReal(t, memoryImages(FILES))
    const into = join(t.testdir({}), 'got')
    // curl calls an OACK with `tsize 0` invalid, although the file is empty.
    const files = Object.entries(FILES).filter(([file]) => file !== 'empty' || name !== 'curl, 1428')
    for (const [file, bytes] of files) {
      rmSync(into, { force: true })
      await get(port, file, into)
      // curl writes no file for no bytes.
      const got = bytes.length === 0 && name.startsWith('curl') ? Buffer.alloc(0) : readFileSync(into)
      t.ok(got.equals(bytes), `${file}: ${got.length} of ${bytes.length} bytes`)
    }
    t.equal(events.filter(event => event.type === 'completed').length, files.length)
    await get(port, 'none', into).catch(() => {})
    t.equal(events.at(-1)?.type, 'refused')
  })
