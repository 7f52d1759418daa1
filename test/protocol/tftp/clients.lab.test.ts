/**
 * The table of issue 4: what each TFTP client can ask for, against our service over real loopback sockets. A cell holds
 * if the file arrived byte for byte and what was agreed on is what was asked for; where a client cannot ask, the cell
 * says why.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { loadImages } from '../../../src/nbs/image-directory.ts'
import { fetchWithNpmTftp } from '../../../src/peers/npm-tftp.ts'
import type { TftpEvent } from '../../../src/protocol/tftp/service.ts'
import { requireProgram } from '../../lab.ts'
import { PATIENCE_MILLIS } from '../../patience.ts'
import { HOST, fetchForReal, serveForReal } from './real.ts'

const run = promisify(execFile)
/** Longer than any client waits before it sends again. */
const PATIENCE = { timeout: PATIENCE_MILLIS }

interface Wish {
  readonly blksize?: number
  readonly windowsize?: number
  readonly tsize?: boolean
}

interface Client {
  /** What must be installed; none for those that come with us. */
  readonly program?: string
  /** Wishes it cannot express, and files it cannot fetch. */
  readonly cannot: Readonly<Record<string, string>>
  /** Rejects, or leaves no file, when the server refuses. */
  readonly get: (port: number, wish: Wish, file: string, into: string) => Promise<unknown>
}

const save = (into: string) => (bytes: Uint8Array) => writeFileSync(into, bytes)
const NO_WINDOW = 'has no option for windows'

const CLIENTS: Readonly<Record<string, Client>> = {
  curl: {
    program: 'curl',
    cannot: { windowsize: NO_WINDOW, '0 bytes': 'takes a tsize of 0 for a mistake; see without options' },
    get: (port, { blksize, tsize }, file, into) => {
      const options =
        blksize !== undefined ? ['--tftp-blksize', String(blksize)] : tsize ? [] : ['--tftp-no-options']
      return run('curl', ['-sS', '-m', '60', ...options, '-o', into, `tftp://${HOST}:${port}/${file}`])
    },
  },
  'tftp-hpa': {
    program: 'tftp',
    cannot: {
      blksize: 'sends no options',
      windowsize: NO_WINDOW,
      tsize: 'sends no options',
    },
    get: (port, _wish, file, into) =>
      run('tftp', ['-m', 'binary', HOST, String(port), '-c', 'get', file, into], PATIENCE),
  },
  atftp: {
    program: 'atftp',
    cannot: {},
    get: (port, { blksize, windowsize, tsize }, file, into) => {
      const wishes = [
        ...(blksize === undefined ? [] : [`blksize ${blksize}`]),
        ...(windowsize === undefined ? [] : [`windowsize ${windowsize}`]),
        ...(tsize ? ['tsize 0'] : []),
      ].flatMap(wish => ['--option', wish])
      return run('atftp', [...wishes, '--get', '-l', into, '-r', file, HOST, String(port)], PATIENCE)
    },
  },
  busybox: {
    program: 'busybox',
    cannot: { windowsize: NO_WINDOW, plain: 'always asks for the size' },
    get: (port, { blksize }, file, into) => {
      const options = blksize === undefined ? [] : ['-b', String(blksize)]
      return run('busybox', ['tftp', ...options, '-g', '-l', into, '-r', file, HOST, String(port)], PATIENCE)
    },
  },
  'npm tftp': {
    cannot: {
      plain: 'always sends options',
      'windowsize 16 of 65464':
        'keeps blocks in the order in which they came, and such a window is partly lost',
    },
    get: (port, { blksize = 1_468, windowsize = 1 }, file, into) =>
      fetchWithNpmTftp({ host: HOST, port, file, blockSize: blksize, windowSize: windowsize }).then(
        save(into),
      ),
  },
  ours: {
    cannot: {},
    get: (port, wish, file, into) =>
      fetchForReal({
        port,
        file,
        options: Object.entries({ ...wish, ...(wish.tsize && { tsize: 0 }) }).map(
          ([name, value]) => [name, String(value)] as const,
        ),
      }).then(save(into)),
  },
}

/** The bytes tell their place, so that a misplaced block is found. */
const numbered = (size: number): Uint8Array =>
  new Uint8Array(size).map((_, i) => i * 7 + (i >> 8) * 13 + (i >> 16) * 31)

const FILES: Readonly<Record<string, Uint8Array>> = {
  'odd.bin': numbered(300_007),
  'empty.bin': numbered(0),
  'exact.bin': numbered(512 * 1_468),
  'blocks64.bin': numbered(64 * 65_600 + 5),
  'blocks512.bin': numbered(512 * 65_600 + 5),
}

interface Row {
  readonly name: string
  readonly wish: Wish
  readonly file: string
}

const ROWS: readonly Row[] = [
  { name: 'plain', wish: {}, file: 'odd.bin' },
  { name: 'tsize', wish: { tsize: true }, file: 'odd.bin' },
  ...[512, 1_024, 1_428, 1_468, 8_192, 65_464].map(blksize => ({
    name: `blksize ${blksize}`,
    wish: { blksize },
    file: 'odd.bin',
  })),
  ...[1, 4, 16, 64].map(windowsize => ({
    name: `windowsize ${windowsize}`,
    wish: { blksize: 1_468, windowsize },
    file: 'odd.bin',
  })),
  { name: 'windowsize 16 of 65464', wish: { blksize: 65_464, windowsize: 16 }, file: 'odd.bin' },
  { name: '0 bytes', wish: { blksize: 1_468 }, file: 'empty.bin' },
  { name: '0 bytes, plain', wish: {}, file: 'empty.bin' },
  { name: 'exactly 512 x 1468', wish: { blksize: 1_468 }, file: 'exact.bin' },
  { name: 'exactly 1468 x 512, plain', wish: {}, file: 'exact.bin' },
  { name: '65,600 blocks of 64', wish: { blksize: 64 }, file: 'blocks64.bin' },
]
/** For those who cannot ask for small blocks: more bytes, but as many packets. */
const LONG_PLAIN: Row = { name: '65,600 blocks of 512, plain', wish: {}, file: 'blocks512.bin' }

/** Why this client cannot fill this cell; undefined = it can. */
const excuse = ({ cannot }: Client, { name, wish }: Row): string | undefined => {
  const words = [name, ...(Object.keys(wish).length === 0 ? ['plain'] : Object.keys(wish))]
  return words.map(word => cannot[word]).find(why => why !== undefined)
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
/** curl makes no file for no bytes. */
const contentOf = (file: string): Uint8Array => (existsSync(file) ? readFileSync(file) : new Uint8Array())

const isAsWished = (events: readonly TftpEvent[], wish: Wish): boolean => {
  const asked = events.find(event => event.type === 'requested')?.options.map(([name]) => name) ?? []
  const agreed = events.find(event => event.type === 'started')
  if (!agreed || (wish.tsize && !asked.includes('tsize'))) return false
  if (Object.keys(wish).length === 0) return asked.length === 0 && agreed.blockSize === 512
  return (
    agreed.blockSize === (wish.blksize ?? agreed.blockSize) && agreed.windowSize === (wish.windowsize ?? 1)
  )
}

t.test('every client, every wish', async t => {
  const folder = t.testdir({ images: {}, got: {} })
  for (const [name, bytes] of Object.entries(FILES)) writeFileSync(join(folder, 'images', name), bytes)
  const images = loadImages(join(folder, 'images'))
  t.teardown(() => images.close())
  const table: string[] = []
  for (const [name, client] of Object.entries(CLIENTS)) {
    if (client.program !== undefined && !requireProgram(t, client.program)) continue
    await t.test(name, async t => {
      const { port, events } = await serveForReal(t, images)
      const into = join(folder, 'got', 'file')
      const rows = [...ROWS, ...(client.cannot['blksize'] === undefined ? [] : [LONG_PLAIN])]
      for (const row of rows) {
        const why = excuse(client, row)
        const cell = `${name} | ${row.name}`
        if (why !== undefined) {
          table.push(`${cell} | ${why}`)
          continue
        }
        rmSync(into, { force: true })
        events.length = 0
        const since = performance.now()
        await client.get(port, row.wish, row.file, into).catch((error: unknown) => t.fail(String(error)))
        t.equal(sha(contentOf(into)), sha(FILES[row.file]!), cell)
        t.ok(isAsWished(events, row.wish), `${cell}: what was agreed on`)
        table.push(`${cell} | ok, ${Math.round(performance.now() - since)} ms`)
      }
      rmSync(into, { force: true })
      await client.get(port, client.cannot['plain'] ? { blksize: 512 } : {}, 'none.bin', into).catch(() => {})
      t.equal(contentOf(into).length, 0, `${name} | missing file`)
      t.match(events.at(-1), { type: 'refused', code: 1 })
      table.push(`${name} | missing file | ERROR 1`)
    })
  }
  t.comment(['client | wish | result', ...table].join('\n'))
})
