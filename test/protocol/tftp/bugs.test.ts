/**
 * Past bugs of other people's TFTP servers and clients: each of the 26 has a test that says its
 * number in its title. Which one tests what is read from the test files; this one fails if a number has none.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const BUGS: Readonly<Record<number, string>> = {
  1: 'a duplicate ACK duplicates DATA: the sorcerer’s apprentice',
  2: 'a lost DATA and a repeated ACK do not recover',
  3: 'late ACKs start a resend storm',
  4: 'a gap in a window, the last window lost',
  5: 'block number rollover',
  6: 'exact multiples of the block size, empty files, the end on a window',
  7: 'netascii across block and window edges, its size told',
  8: 'packets from another address or port disturb a transfer',
  9: 'two OACKs, two servers',
  10: 'names that lead out of the root',
  11: 'long or unterminated names, modes and options',
  12: 'oversized ERROR text, bytes of a previous packet leak',
  13: 'block sizes that are no block sizes',
  14: 'timeouts out of range, or in other units',
  15: 'window sizes out of range, or raised',
  16: 'unknown options are fatal',
  17: 'a client that asks for blksize and dies if it gets it',
  18: 'the abort after a size query counts as failure',
  19: 'start and stop during transfers leak',
  20: 'sessions without limit',
  21: 'amplification: much DATA to an address that never ACKs',
  22: 'a multi-homed host answers from another address',
  23: 'device names, directories, pipes, unreadable files',
  24: 'writes without permission, disk full on write',
  25: 'clients with few options, clients that need them',
  26: 'fragments: large blocks on a lossy path',
}

const TESTS = 'test'

/** The numbers in the titles of a file's tests. */
const numbersIn = (file: string): number[] =>
  [...readFileSync(file, 'utf8').matchAll(/t\.test\(\s*(['`])(.*?B\.4 #.*?)\1,/g)].flatMap(
    ([, , title = '']) => [...title.matchAll(/#(\d+)/g)].map(([, number]) => Number(number)),
  )

t.test('every past bug has its test', async t => {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter(
    file => file.endsWith('.test.ts') && !file.endsWith('tftp/bugs.test.ts'),
  )
  const found = new Map<number, string[]>()
  for (const file of files)
    for (const number of numbersIn(join(TESTS, file))) found.set(number, [...(found.get(number) ?? []), file])
  for (const [number, bug] of Object.entries(BUGS)) t.ok(found.has(Number(number)), `#${number} ${bug}`)
  t.strictSame(
    [...found.keys()].filter(number => !(number in BUGS)),
    [],
    'and no test has a number that is none',
  )
})
