import t from 'tap'
import fc from 'fast-check'
import { countUpTo } from '../../src/core/search.ts'

t.test('counts what counting one by one counts', async t => {
  const values = fc
    .array(fc.integer({ min: -9, max: 9 }), { maxLength: 40 })
    .map(list => list.sort((a, b) => a - b))
  fc.assert(
    fc.property(values, fc.integer({ min: -11, max: 11 }), (list, limit) => {
      const one = list.filter(value => value <= limit).length
      return countUpTo(list.length, index => list[index]!, limit) === one
    }),
  )
  t.pass()
})

t.test('looks at few of many', async t => {
  let looks = 0
  const at = (index: number): number => {
    looks++
    return index
  }
  t.equal(countUpTo(1_000_000, at, 123_456), 123_457)
  t.ok(looks <= 20, `${looks} of a million`)
})
