/**
 * Every rule of facts/firmware.md is named where it is implemented, or has a reason here why it is not.
 */
import { readFileSync, readdirSync } from 'node:fs'
import t from 'tap'

const numbers = (letter: string, first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `${letter}-${first + i}`)

interface Part {
  readonly rules: readonly string[]
  /** Where a mention counts: what the analyser says of a rule implements nothing. */
  readonly rooms: readonly string[]
}

const PARTS: readonly Part[] = [
  { rules: numbers('E', 1, 53), rooms: ['firmware/edk2'] },
  { rules: numbers('I', 1, 22), rooms: ['firmware/ipxe'] },
  { rules: numbers('U', 1, 9), rooms: ['firmware/u-boot'] },
  { rules: numbers('B', 1, 24), rooms: ['firmware/bios-rom'] },
  {
    rules: [...numbers('S', 1, 12), ...numbers('S', 20, 23)],
    rooms: ['protocol', 'nbs', 'site', 'scenario'],
  },
]

const EXCEPTIONS: Readonly<Record<string, string>> = {
  'E-9': 'the wait for a link: a machine of the simulator always has its cable plugged in',
  'E-43': 'credentials of boot integrity services: no firmware that is in use ships them',
  'E-49': 'there is no rule of this number',
  'I-17': 'an observation that I-7 explains, and I-7 is implemented',
  'B-17': 'the DISCOVER loop of one report, whose conditions nobody has described',
}

/** A range in the header of a file (`E-1 … E-15`) says where to look, not what is done. */
const RANGE = /\b[EIUBS]-\d+ … [EIUBS]-\d+/g
const MENTION = /\b[EIUBS]-\d+\b/g
const COMMENT = /\/\*[^]*?\*\/|\/\/.*/g
const CHOICE = /because\(\s*(?:[^,()]*\? )?'([EIUBS]-\d+)'/g

const mentionsIn = (room: string): string[] =>
  readdirSync(`src/${room}`, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .flatMap(entry => {
      const text = readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8').replace(RANGE, '')
      const comments = [...text.matchAll(COMMENT)].flatMap(([comment]) => comment.match(MENTION) ?? [])
      const choices = [...text.matchAll(CHOICE)].map(([, rule]) => rule!)
      return [...comments, ...choices]
    })

t.test('every rule is implemented by name, or explained', async t => {
  const missing: string[] = []
  let implemented = 0
  for (const { rules, rooms } of PARTS) {
    const mentioned = new Set(rooms.flatMap(mentionsIn))
    for (const rule of rules) {
      if (rule in EXCEPTIONS) continue
      if (mentioned.has(rule)) implemented++
      else missing.push(rule)
    }
  }
  t.comment(`${implemented} rules implemented, ${Object.keys(EXCEPTIONS).length} explained`)
  t.same(missing, [])
})

t.test('there is no mention of a rule that does not exist', async t => {
  // The BSDP rules of facts/bsdp-and-detection.md B4.2 are numbered by two digits, and belong to the analyser.
  const detection = numbers('B', 1, 30).map(rule => rule.replace(/-(\d)$/, '-0$1'))
  const known = new Set([...PARTS.flatMap(({ rules }) => rules), ...detection])
  const unknown = [...new Set(mentionsIn('.'))].filter(rule => !known.has(rule) || rule === 'E-49')
  t.same(unknown, [])
  t.same(
    Object.keys(EXCEPTIONS).filter(rule => !known.has(rule)),
    [],
  )
})
