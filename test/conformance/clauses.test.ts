import t from 'tap'
import { CHAPTERS, CLAUSES, findClause } from '../../src/conformance/chapters.ts'
import { LEVELS } from '../../src/conformance/clause.ts'
import { findRule } from '../../src/rules/book.ts'

t.test('every clause has its place, and ids of one letter and two digits', async t => {
  t.same(
    CHAPTERS.map(({ letter, clauses }) => [letter, clauses.length]),
    [
      ['P', 25],
      ['B', 15],
      ['M', 8],
      ['D', 16],
      ['T', 24],
      ['A', 11],
      ['H', 8],
    ],
  )
  t.equal(CLAUSES.length, 107)
  for (const { letter, clauses } of CHAPTERS)
    t.same(
      clauses.map(({ id }) => id),
      clauses.map((_, index) => `${letter}${String(index + 1).padStart(2, '0')}`),
    )
  t.equal(findClause('t05')?.id, 'T05')
  t.equal(findClause('T99'), undefined)
})

t.test('every clause says what is wanted, who says so and whom it hurts', async t => {
  for (const { id, level, requirement, source, rules } of CLAUSES) {
    t.ok(LEVELS.includes(level), id)
    t.match(requirement, /^\S.* .*[^.]\.$/, `${id}: a sentence`)
    t.not(source, '', id)
    t.ok(rules.length > 0, `${id} names a rule`)
    t.same(
      rules.filter(rule => !findRule(rule)),
      [],
      `${id} cites rules of the book`,
    )
  }
})
