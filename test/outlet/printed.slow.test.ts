/** Scenarios, captures and names that try to write to the terminal, through the whole program. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { nbs } from '../built.ts'

/** Nothing but line feeds may move a cursor. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const FIXTURES = 'test/fixtures/hostile'

for (const args of [
  ['run', `${FIXTURES}/escape.yaml`],
  ['run', `${FIXTURES}/escape.yaml`, '--log', '--json'],
  ['run', `${FIXTURES}/escape.yaml`, '--explain', 'uefi-1'],
  ['analyze', `${FIXTURES}/interface-name.pcapng`],
  ['analyze', `${FIXTURES}/interface-name.pcapng`, '--json'],
  ['analyze', `${FIXTURES}/strings.pcap`, '--as', 'edk2,ipxe'],
  ['watch', '--read', `${FIXTURES}/interface-name.pcapng`],
  ['watch', '--json', '--read', `${FIXTURES}/interface-name.pcapng`],
  ['lint', 'no\u001b[31mfile\u202e\nnbs: all is well.yaml'],
])
  t.test(args.join(' ').replace(/[^ -~]/g, '?'), async t => {
    const { stdout, stderr } = await nbs(args)
    t.notMatch(stdout, OBEYED)
    t.notMatch(stderr, OBEYED)
    t.match(stdout + stderr, /\\(x1b|u001b|u202e)/, 'what was written is shown')
  })

t.test('a line feed in a title, a name or a value begins no line', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'nbs-outlet-'))
  const file = join(folder, 'x.yaml')
  writeFileSync(file, `title: "a\\nFAKE one"\nsubnets: { lab: { cidr: "x\\nFAKE two" } }\n`)
  const { stdout, stderr } = await nbs(['run', file])
  t.notMatch(stdout + stderr, /^FAKE/m)
  writeFileSync(
    file,
    readFileSync(`${FIXTURES}/escape.yaml`, 'utf8').replace('title: "', 'title: "a\\nFAKE three'),
  )
  const run = await nbs(['run', file])
  t.match(run.stdout, /^a\\x0aFAKE three/)
})

t.test('colours that were asked for are plain ones', async t => {
  const { stdout } = await nbs(['run', `${FIXTURES}/escape.yaml`], { env: { FORCE_COLOR: '1' } })
  const colours = stdout.match(/\u001b[^m]*m/g) ?? []
  t.ok(colours.length > 4)
  t.ok(colours.every(colour => /^\u001b\[(?:1|2|22|3[1236]|39)m$/.test(colour)))
  t.notMatch(stdout.replace(/\u001b\[\d+m/g, ''), OBEYED)
})
