/** Images loaded again while others are served: in a thread of its own, and only what has changed. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MAX_IN_MEMORY_SIZE, loadImages } from '../../src/nbs/image-directory.ts'
import { reloadImages } from '../../src/nbs/image-reload.ts'
import type { TftpFile } from '../../src/protocol/tftp/files.ts'
import { isRefusal } from '../../src/protocol/tftp/files.ts'
import type { ImageStore } from '../../src/nbs/images.ts'
import { joined } from '../../src/serve/joined.ts'

const fileOf = (store: ImageStore, name: string): TftpFile => {
  const file = store.open(name)
  if (isRefusal(file)) throw new Error(file.message)
  return file
}
const textOf = (file: TftpFile): string => Buffer.from(file.read(0, file.size)).toString()
const piece = (file: TftpFile, offset: number, length: number) =>
  new Promise<{
    readonly length: number
    readonly version: string | number | undefined
    readonly bytes: Uint8Array
  }>(done => {
    const bytes = new Uint8Array(length)
    file.load?.(offset, bytes, (got, version) => done({ length: got, version, bytes }))
  })

t.test('what has not changed is the same object, and not read again', async t => {
  const root = t.testdir({ a: 'one', b: 'two', folder: { c: 'three' }, gone: 'x' })
  writeFileSync(join(root, 'large.wim'), Buffer.alloc(MAX_IN_MEMORY_SIZE + 10, 7))
  const before = loadImages(root)
  writeFileSync(join(root, 'b'), 'TWO')
  writeFileSync(join(root, 'new'), 'four')
  rmSync(join(root, 'gone'))
  execFileSync('mkfifo', [join(root, 'pipe')])
  const after = await reloadImages(root, before)
  t.strictSame(after.list(), ['a', 'b', 'folder/c', 'large.wim', 'new'])
  for (const name of ['a', 'folder/c', 'large.wim'])
    t.equal(fileOf(after, name), fileOf(before, name), `${name} is as before`)
  t.equal(textOf(fileOf(after, 'b')), 'TWO')
  t.equal(textOf(fileOf(before, 'b')), 'two', 'for those who began with it')
  t.equal(textOf(fileOf(after, 'new')), 'four')
  t.match(after.refused, [{ name: 'pipe', reason: 'is not a file' }])
  before.close()
  t.equal(
    fileOf(after, 'large.wim').read(0, 5).length,
    5,
    'the store before gives nothing back that is in use',
  )
  after.close()
  t.equal(fileOf(after, 'large.wim').read(0, 5).length, 0)
})

t.test('many portions arrive whole, a second time from what is known', async t => {
  const folders = t.testdir({ root: {}, empty: {} })
  const root = join(folders, 'root')
  for (let n = 0; n < 700; n++) {
    const folder = join(root, `d${n % 7}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `f${n}`), `content ${n} ${'x'.repeat(n)}`)
  }
  const none = loadImages(join(folders, 'empty'))
  const all = await reloadImages(root, none)
  const again = await reloadImages(root, all)
  t.equal(all.list().length, 700)
  t.strictSame(again.list(), all.list())
  t.ok(all.list().every(name => fileOf(all, name) === fileOf(again, name)))
  t.equal(textOf(fileOf(all, 'd3/f3')), 'content 3 xxx')
})

t.test('a tree that cannot be loaded leaves the one before as it is', async t => {
  const root = t.testdir({ a: 'one' })
  const before = loadImages(root)
  await t.rejects(reloadImages(join(root, 'nothing'), before), /ENOENT/)
  await t.rejects(reloadImages(join(root, 'a'), before), /is not a directory/)
  t.equal(textOf(fileOf(before, 'a')), 'one')
})

t.test('pieces of a large file say of which version they are', async t => {
  const root = t.testdir({})
  const path = join(root, 'large.wim')
  const size = MAX_IN_MEMORY_SIZE + 1_000
  writeFileSync(path, Buffer.alloc(size, 1))
  const store = loadImages(root)
  const file = fileOf(store, 'large.wim')
  const [first, second] = await Promise.all([piece(file, 0, 500), piece(file, size - 100, 500)])
  t.equal(first.length, 500)
  t.equal(second.length, 100, 'up to the end')
  t.equal(first.version, second.version)
  const writing = openSync(path, 'r+')
  writeSync(writing, 'changed', 100)
  closeSync(writing)
  const third = await piece(file, 0, 500)
  t.ok(third.version !== undefined && third.version !== first.version, 'rewritten in place')
  writeFileSync(`${path}.new`, 'other')
  renameSync(`${path}.new`, path)
  const kept = await piece(file, 0, 500)
  t.equal(kept.length, 500, 'another file in its place: the one that is open stays')
  t.match((await piece(file, 0, 0)).length, 0)
  const late = Promise.all([piece(file, 0, 500), piece(file, 500, 500)])
  store.close()
  t.strictSame(
    (await late).map(({ version }) => version !== undefined),
    [true, false],
    'closed while it is read',
  )
  t.equal((await piece(file, 0, 5)).version, undefined)
})

t.test('a file cut short while it is served has no version', async t => {
  const root = t.testdir({})
  const path = join(root, 'large.wim')
  writeFileSync(path, Buffer.alloc(MAX_IN_MEMORY_SIZE + 1_000, 1))
  const store = loadImages(root)
  writeFileSync(path, 'short')
  t.match(await piece(fileOf(store, 'large.wim'), 0, 500), { length: 5, version: undefined })
  store.close()
})

t.test('who asks while a run is under way has one more, together', async t => {
  const ends: (() => void)[] = []
  const ask = joined(() => new Promise(end => ends.push(end)))
  ask()
  for (let n = 0; n < 100; n++) ask()
  t.equal(ends.length, 1)
  ends[0]!()
  await new Promise(setImmediate)
  t.equal(ends.length, 2, 'a hundred hang-ups are one')
  ends[1]!()
  await new Promise(setImmediate)
  t.equal(ends.length, 2)
  ask()
  t.equal(ends.length, 3)
})
