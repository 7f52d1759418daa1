/**
 * The contention tables as scenarios: every row and variant is a file
 * in `scenarios/firmware/`, run as `nbs run` runs it, and each of its machines is held against its column.
 */
import { readdirSync } from 'node:fs'
import t from 'tap'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { formatScenarioError } from '../../src/scenario/load.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import { runScenario } from '../../src/simulation/run.ts'
import type { Measured } from './rows/cell.ts'
import { COLUMNS } from './rows/columns.ts'
import { differences } from './rows/compare.ts'
import { EXCEPTIONS } from './rows/exceptions.ts'
import { seenIn } from './rows/seen.ts'

const DIRECTORY = 'scenarios/firmware'
/** `04r-pa-df.yaml` is row 4r. */
const files = new Map(
  readdirSync(DIRECTORY).flatMap(name => {
    const row = /^0?(\d+[a-z]?)-.*\.yaml$/.exec(name)?.[1]
    return row === undefined ? [] : [[row, `${DIRECTORY}/${name}`] as const]
  }),
)

const counts = { measured: 0, predicted: 0 }
const mismatches: string[] = []
const excused = new Set<string>()

/** Without what has an explanation. */
const unexplained = (row: string, client: string, found: readonly string[]): string[] =>
  found.filter(difference => {
    const exception = EXCEPTIONS.find(
      one => one.row === row && one.client === client && difference.startsWith(`${one.what}:`),
    )
    if (exception) excused.add(`row ${row}, ${client}: ${difference}; ${exception.because}`)
    return !exception
  })

for (const [row, file] of files) {
  const loaded = readScenario(file)
  if (!loaded.ok) {
    t.fail(file, { errors: loaded.errors.map(formatScenarioError) })
    continue
  }
  const { scenario } = loaded
  const run = runScenario(scenario, surroundingsOf(scenario))
  const seen = seenIn(scenario, run)
  const unmet = run.result.expectations.filter(({ met }) => !met)
  t.strictSame(
    unmet.map(({ text, got }) => `${text}: got ${got}`),
    [],
    `${file} shows what it says`,
  )
  for (const { client, measured, facts, predicted } of COLUMNS) {
    const timed = measured[row] !== undefined
    const seenOnce = timed || facts[row] !== undefined
    const cell = measured[row] ?? facts[row] ?? predicted[row]
    const all = cell ? differences(seen.get(client)!, cell, timed) : ['no such cell']
    const found = unexplained(row, client, all)
    counts[seenOnce ? 'measured' : 'predicted']++
    const name = `row ${row}, ${client}${seenOnce ? '' : ' (predicted)'}`
    t.strictSame(found, [], name)
    for (const difference of found) mismatches.push(`${name}: ${difference}`)
  }
}

t.test('all rows are there, and all measured cells are met', async t => {
  const cells = counts.measured + counts.predicted
  t.comment(`${files.size} rows, ${cells} cells: ${counts.measured} measured, ${counts.predicted} predicted`)
  for (const exception of excused) t.comment(`exception: ${exception}`)
  for (const mismatch of mismatches) t.comment(mismatch)
  t.same(mismatches, [])
  t.equal(excused.size, EXCEPTIONS.length, 'every exception is needed')
  const cellsOf = (table: Measured) => Object.keys(table).length
  const measured = COLUMNS.reduce((sum, column) => sum + cellsOf(column.measured) + cellsOf(column.facts), 0)
  t.equal(counts.measured, measured, 'every measured cell has a scenario')
  t.ok(cells >= 350)
})
