/** A file is the old one or the new one, never a part; links and devices are what they are. */
import {
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openWhole, writeWhole } from '../../src/outlet/write-file.ts'

const folder = (): string => mkdtempSync(join(tmpdir(), 'nbs-write-'))

t.test('the name shows the new file only when it is whole', async t => {
  const at = folder()
  const file = join(at, 'a')
  writeFileSync(file, 'old', { mode: 0o640 })
  const whole = openWhole(file)
  whole.write('new ')
  t.equal(readFileSync(file, 'utf8'), 'old')
  whole.write(Buffer.from('one'))
  whole.end()
  t.equal(readFileSync(file, 'utf8'), 'new one')
  t.equal(statSync(file).mode & 0o777, 0o640, 'with the rights of the old one')
  t.same(readdirSync(at), ['a'])
})

t.test('what is abandoned leaves nothing', async t => {
  const at = folder()
  const whole = openWhole(join(at, 'a'))
  whole.write('part')
  whole.abandon()
  t.same(readdirSync(at), [])
})

t.test('a link is not followed', async t => {
  const at = folder()
  writeFileSync(join(at, 'victim'), 'keep')
  symlinkSync('victim', join(at, 'link'))
  t.throws(() => writeWhole(join(at, 'link'), 'x'), /is a link/)
  symlinkSync('nowhere', join(at, 'dangling'))
  t.throws(() => writeWhole(join(at, 'dangling'), 'x'), /is a link/)
  t.equal(readFileSync(join(at, 'victim'), 'utf8'), 'keep')
  t.ok(lstatSync(join(at, 'link')).isSymbolicLink())
  t.throws(() => writeWhole(at, 'x'), /is a folder/)
})

t.test(
  'devices are written to, not replaced',
  { skip: process.platform !== 'linux' && 'Linux has /dev/full' },
  async t => {
    writeWhole('/dev/null', 'x')
    t.ok(statSync('/dev/null').isCharacterDevice())
    t.throws(() => writeWhole('/dev/full', 'x'), { code: 'ENOSPC' })
    t.ok(statSync('/dev/full').isCharacterDevice())
  },
)
