/** YAML aliases cost what they are long, not the square of it. */
import t from 'tap'
import { plain, readTree } from '../../src/document/located.ts'

t.test('an alias means the last node before it that has the anchor', async t => {
  const { root, complaints } = readTree('a: &x 1\nb: *x\nc: &x 2\nd: *x\ne: [*x, &y [*x], *y]\n', {
    file: 'a.yaml',
  })
  t.same(complaints, [])
  t.same(plain(root!), { a: 1, b: 1, c: 2, d: 2, e: [2, [2], [2]] })
})

t.test('unknown, later and own anchors are mistakes', async t => {
  const { complaints } = readTree('a: *x\nb: &x 1\n', { file: 'a.yaml' })
  t.match(complaints, [{ place: { line: 1, column: 4 }, message: 'the alias *x has no anchor &x' }])
  t.match(readTree('a: &x [*x]\n', { file: 'a.yaml' }).complaints, [{ message: /nested deeper/ }])
})

/** The square of this is a minute and more; what is asked for is far from either. */
const MANY = 40_000

t.test('tens of thousands are read', async t => {
  const text = `a: &a 1\nlist:\n${'  - *a\n'.repeat(MANY)}`
  const { root, complaints } = readTree(text, { file: 'a.yaml' })
  t.same(complaints, [])
  t.equal((plain(root!) as { list: unknown[] }).list.length, MANY)
})
