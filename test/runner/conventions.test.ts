/** What test files promise (CONTRIBUTING.md, "Running tests"): their names say what they are, and no clock is theirs. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { chosen, longestFirst } from './files.ts'

const all = chosen([], 'lab')
const textOf = (file: string): string => readFileSync(file, 'utf8')

t.test('a file of the fast set starts no program of ours', async t => {
  const wrong = chosen([], 'fast').filter(file => /from '[./]*built\.ts'/.test(textOf(file)))
  t.strictSame(wrong, [], 'these are x.slow.test.ts')
})

t.test('what asks for a program of others is a lab test', async t => {
  const wrong = chosen([], 'normal').filter(file => /\brequire(Program|Root)\(/.test(textOf(file)))
  t.strictSame(wrong, [], 'these are x.lab.test.ts')
})

t.test('no test has a time limit of its own', async t => {
  const limit =
    /\bt\.setTimeout\(|t\.test\([^\n]*\{ *timeout:|\btimeout: *\d[\d_]{3,}|AbortSignal\.timeout\(\d/
  t.strictSame(
    all.filter(file => limit.test(textOf(file))),
    [],
    'the limit is in test/patience.ts',
  )
})

t.test('each set holds the one before it, and all files have a set', async t => {
  const [fast, normal] = [new Set(chosen([], 'fast')), new Set(chosen([], 'normal'))]
  t.ok(fast.size > 50 && normal.size > fast.size && all.length > normal.size)
  t.ok([...fast].every(file => normal.has(file)) && [...normal].every(file => all.includes(file)))
})

t.test('what is named is run, whatever its set', async t => {
  t.strictSame(chosen(['test/runner/killed.slow.test.ts'], 'fast'), ['test/runner/killed.slow.test.ts'])
  t.ok(chosen(['.lab.'], 'fast').length > 5, 'a part of the path')
  t.ok(chosen(['test/wire'], 'fast').length > 5, 'a folder')
  t.strictSame(chosen(['no such thing'], 'fast'), [])
})

t.test('the longest come first', async t => {
  const files = ['a.test.ts', 'b.slow.test.ts', 'c.lab.test.ts', 'd.test.ts']
  t.strictSame(longestFirst(files, { 'd.test.ts': 100 }), [
    'd.test.ts',
    'c.lab.test.ts',
    'b.slow.test.ts',
    'a.test.ts',
  ])
})
