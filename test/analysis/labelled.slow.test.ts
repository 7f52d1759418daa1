/**
 * The labelled set: captures of which the truth is known, half of them without contention and as near to one as can be.
 * The analyser has to say exactly what the labels say, whatever program wrote the capture and however it was cut.
 */
import t from 'tap'
import { Analyzer, type CapturedFrame } from '../../src/analysis/analyzer.ts'
import { Score } from './labelled/score.ts'
import { ANSWER_KINDS } from './labelled/answer-kinds.ts'
import { BOOT_NAMES } from './labelled/boot-names.ts'
import { CLEAN } from './labelled/clean.ts'
import { CONTENDED, FAILING } from './labelled/faulty.ts'
import { FOREIGN } from './labelled/foreign.ts'
import { type Labelled, labelOf } from './labelled/label.ts'
import { TRANSFER_KINDS } from './labelled/transfer-kinds.ts'
import { RUNS } from './labelled/runs.ts'
import { VARIATIONS } from './labelled/variations.ts'
import { sample } from '../effort.ts'

const BY_HAND: readonly Labelled[] = [
  ...CLEAN,
  ...CONTENDED,
  ...FAILING,
  ...BOOT_NAMES,
  ...TRANSFER_KINDS,
  ...ANSWER_KINDS,
  ...FOREIGN,
]
const SET: readonly Labelled[] = [...BY_HAND, ...RUNS]

const ruleOf = (label: string): string => label.split('/')[0]!

const found = (frames: readonly CapturedFrame[]): string[] => {
  const analyzer = new Analyzer()
  for (const frame of frames) analyzer.add(frame)
  return [...new Set(analyzer.finish().findings.map(labelOf))].sort()
}

t.test('exactly the expected findings: precision and recall', async t => {
  const score = new Score()
  for (const { name, contended, expect, frames } of SET) {
    const got = found(frames())
    score.note(contended, expect, got)
    t.strictSame(got, [...expect].sort(), name)
  }
  for (const line of score.table()) t.comment(line)
  t.ok(score.captures >= 60, 'at least sixty captures')
  t.ok(score.quiet * 2 >= score.captures, 'half of them without contention')
  t.equal(score.precision, 1)
  t.equal(score.recall, 1)
})

t.test('the same story, written by another program, in another place, in pieces', async t => {
  for (const { name, rewrite, blindTo = [] } of VARIATIONS)
    for (const { name: story, expect, frames } of sample(BY_HAND, 20)) {
      const visible = (labels: readonly string[]): string[] =>
        labels.filter(label => !blindTo.includes(label) && !blindTo.includes(ruleOf(label))).sort()
      const [got, wanted] = [visible(found(rewrite([...frames()]))), visible(expect)]
      if (got.join() !== wanted.join()) t.strictSame(got, wanted, `${name}: ${story}`)
    }
  t.comment(`${VARIATIONS.length} variations of ${BY_HAND.length} captures`)
})

/** Tried more than once in vain, when the capture ends: true as far as anybody can see, whatever comes later. */
const ABSENCES = ['no-dhcp-server', 'unreachable-tftp-server']

t.test('a capture that ends early claims nothing that the whole would not', async t => {
  for (const { name, expect, frames } of sample(BY_HAND, 20)) {
    const rules = [...expect.map(ruleOf), ...ABSENCES]
    const all = [...frames()]
    // Of a transfer of 65,536 blocks, some ends say as much as all.
    const step = all.length < 500 ? 1 : Math.ceil(all.length / 20)
    for (let length = 1; length < all.length; length += step) {
      const invented = found(all.slice(0, length)).filter(label => !rules.includes(ruleOf(label)))
      if (invented.length > 0) t.fail(`${name}, first ${length} of ${all.length} frames: ${invented.join()}`)
    }
  }
})
