/** Decision records have one heading, a date and a status, and the index lists them all. */
import { readFileSync, readdirSync } from 'node:fs'
import t from 'tap'

const FOLDER = 'docs/decisions'
const HEAD = /^# (\d{4}) (.+)\n\nDate: (\d{4}-\d\d-\d\d)\. Status: (accepted|replaced by \d{4})\.\n/

t.test('decision records look alike and are all in the index', async t => {
  const files = readdirSync(FOLDER).filter(name => name !== 'README.md')
  const rows = files.sort().map(name => {
    const [, number, title, date] = HEAD.exec(readFileSync(`${FOLDER}/${name}`, 'utf8')) ?? []
    t.equal(number, name.slice(0, 4), name)
    return `| [${number}](${name}) | ${title} | ${date} |`
  })
  t.equal(new Set(files.map(name => name.slice(0, 4))).size, files.length, 'no number twice')
  const index = readFileSync(`${FOLDER}/README.md`, 'utf8')
  t.strictSame(
    index.split('\n').filter(line => line.startsWith('| [')),
    rows,
  )
})
