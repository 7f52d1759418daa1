/**
 * Real sockets in bad weather: 5 % loss, duplication and reordering both ways, 200 transfers, every file byte for byte.
 * The npm package's server does not pass the same suite, which shows that it bites.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadImages } from '../../../src/nbs/image-directory.ts'
import { fetchForReal, freePort, serveForReal } from './real.ts'
import { startRelay } from './relay.ts'

const WEATHER = { loss: 0.05, duplicate: 0.05, reorder: 0.05 }
const TRANSFERS = 200
const SEED = 7

const folder = join(t.testdir({}), 'images')
mkdirSync(folder)
const sizes = [0, 511, 1_468 * 8, 20_000, 60_001]
const contents = sizes.map((size, n) => new Uint8Array(size).map((_, i) => i * (7 + n) + (i >> 8) * 13))
sizes.forEach((size, n) => writeFileSync(join(folder, `${size}.bin`), contents[n]!))
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const WISHES = [[], ['blksize', 512], ['blksize', 1_468], ['blksize', 1_468, 'windowsize', 4], ['blksize', 512, 'windowsize', 16]] // prettier-ignore

type Tally = { right: number; wrong: number; failed: number }

/** The suite: the same transfers in the same weather, whoever serves them. */
const throughTheStorm = async (
  t: Test,
  serverPort: number,
): Promise<Tally & { readonly why: ReadonlySet<string> }> => {
  const relay = await startRelay(serverPort, WEATHER, SEED)
  const tally: Tally = { right: 0, wrong: 0, failed: 0 }
  const why = new Set<string>()
  const one = async (n: number): Promise<void> => {
    const size = n % sizes.length
    const wish = WISHES[Math.floor(n / sizes.length) % WISHES.length]!
    const options = Array.from({ length: wish.length / 2 }, (_, i) => wish.slice(2 * i, 2 * i + 2).map(String) as [string, string]) // prettier-ignore
    await fetchForReal({ port: relay.port, file: `${sizes[size]}.bin`, options }).then(
      bytes => tally[sha(bytes) === sha(contents[size]!) ? 'right' : 'wrong']++,
      (error: unknown) => {
        tally.failed++
        why.add(String(error))
      },
    )
  }
  await Promise.all(Array.from({ length: TRANSFERS }, (_, n) => one(n)))
  relay.close()
  for (const count of Object.values(relay.carried)) t.ok(count > 100, `${count} datagrams met the weather`)
  return { ...tally, why }
}

t.test('ours: 200 transfers, 200 right', async t => {
  const images = loadImages(folder)
  t.teardown(() => images.close())
  const { port, events } = await serveForReal(t, images)
  const { right, wrong, failed, why } = await throughTheStorm(t, port)
  t.strictSame({ right, wrong, failed }, { right: TRANSFERS, wrong: 0, failed: 0 }, [...why].join('\n'))
  t.equal(events.filter(({ type }) => type === 'refused').length, 0)
})

t.test('the npm server: the suite finds it out', async t => {
  const port = await freePort()
  const args = ['.build/test/protocol/tftp/npm-server.js', String(port), folder]
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => server.kill('SIGKILL'))
  await once(server.stdout, 'data')
  const { right, wrong, failed } = await throughTheStorm(t, port)
  t.comment(`npm tftp: ${right} right, ${wrong} wrong, ${failed} failed`)
  t.equal(right + wrong + failed, TRANSFERS)
  t.ok(right < TRANSFERS, 'some are wrong or fail')
  t.ok(right > 0, 'although it can serve files')
})
