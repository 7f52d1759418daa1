/**
 * Both ways between the rule book and everything that cites it: a cited id is in the book, and what is in the book is
 * done, or says why not. What the project's texts send readers to is in the repository.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'
import { RULES, familyOf, findRule, idsIn } from '../../src/rules/book.ts'

const root = process.cwd()
const SELF = 'test/rules/citations.test.ts'

interface Text {
  readonly file: string
  readonly text: string
}

const textsIn = (place: string): Text[] => {
  const path = join(root, place)
  const files = place.includes('.')
    ? [path]
    : readdirSync(path, { withFileTypes: true, recursive: true })
        .filter(entry => entry.isFile() && /\.(tsx?|mjs|md|ya?ml)$/.test(entry.name))
        .map(entry => join(entry.parentPath, entry.name))
  return files.map(file => ({ file: relative(root, file), text: readFileSync(file, 'utf8') }))
}

const SRC = textsIn('src')
const ALL = ['docs', 'scenarios', 'test', 'README.md'].flatMap(textsIn).concat(SRC)
const PROSE = ALL.filter(({ file }) => !file.startsWith('test/'))

/** Family -> rooms where a mention counts as doing it: what the analyser says of a firmware implements nothing. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  edk2: ['firmware/edk2', 'firmware/pxe21'],
  ipxe: ['firmware/ipxe'],
  'u-boot': ['firmware/u-boot'],
  'bios-rom': ['firmware/bios-rom', 'firmware/pxe21'],
  'raspberry-pi': ['firmware/raspberry-pi'],
  apple: ['firmware/apple', 'protocol/bsdp', 'wire/bsdp', 'nbs', 'servers', 'analysis'],
  bsdp: ['analysis'],
  servers: ['protocol', 'nbs', 'servers', 'scenario'],
  nbs: ['nbs', 'protocol', 'wire', 'deployment', 'scenario', 'servers', 'simulation', 'serve', 'analysis'],
  peers: ['peers', 'servers', 'scenario'],
  detection: ['analysis', 'probe', 'watch'],
}

/** A range in the header of a file (`E-1 … E-15`) says where to look, not what is done. */
const RANGE = /\b[A-Z]+-\d+ … [A-Z]+-\d+/g
/** Ids as values: `because('E-22', …)`, `{ rule: 'A-24' }`. */
const VALUE = /'[A-Z]+-\d+'/g

const mentionsIn = (rooms: readonly string[]): ReadonlySet<string> =>
  new Set(
    SRC.filter(({ file }) => rooms.some(room => file.startsWith(`src/${room}/`))).flatMap(({ text }) =>
      idsIn(text.replace(RANGE, '')),
    ),
  )

/** The book and its pages name old ids; the tests of the look-up also such as there never were. */
const SPEAKS_OF_OTHERS = /^(src\/rules\/|docs\/rules\/|test\/rules\/|test\/cli\/rule(\.slow)?\.test\.ts)/

t.test('every id that is cited is in the book, and is the one the rule has now', async t => {
  const cited = ALL.filter(({ file }) => !SPEAKS_OF_OTHERS.test(file)).flatMap(({ file, text }) =>
    idsIn(text).map(id => ({ file, id })),
  )
  const unknown = cited.filter(({ id }) => findRule(id) === undefined)
  t.same([...new Set(unknown.map(({ file, id }) => `${file}: ${id}`))], [])
  t.comment(`${cited.length} citations of ${new Set(cited.map(({ id }) => id)).size} rules`)
})

t.test('rules cite each other by ids that there are', async t => {
  const said = RULES.flatMap(({ id, sentence, source, measured, notImplemented }) =>
    idsIn([sentence, source, measured, notImplemented].join(' ')).map(other => ({ id, other })),
  )
  const unknown = said.filter(({ other }) => findRule(other) === undefined)
  t.same(
    unknown.map(({ id, other }) => `${id}: ${other}`),
    [],
  )
})

t.test('every rule is implemented by name, or says why not', async t => {
  const rooms = new Map(Object.entries(ROOMS).map(([family, list]) => [family, mentionsIn(list)]))
  const missing = RULES.filter(
    rule => rule.notImplemented === undefined && !rooms.get(familyOf(rule)?.key ?? '')?.has(rule.id),
  )
  t.same(
    missing.map(({ id }) => id),
    [],
  )
  t.comment(
    `${RULES.filter(rule => rule.notImplemented === undefined).length} of ${RULES.length} implemented`,
  )
})

t.test('what is said not to be implemented decides nothing', async t => {
  // A clause of the conformance suite names rules for its readers.
  const decides = ({ file }: Text): boolean => !/^src\/(rules|conformance)\//.test(file)
  const values = new Set(SRC.filter(decides).flatMap(({ text }) => text.match(VALUE) ?? []))
  const stale = RULES.filter(
    ({ id, notImplemented }) => notImplemented !== undefined && values.has(`'${id}'`),
  )
  t.same(
    stale.map(({ id }) => id),
    [],
  )
})

t.test('nothing sends its readers to a document that is not here', async t => {
  // A name without a folder is a file of docs/, of the same folder, or of the root.
  const LINK = /(?<![\w./-])((?:[\w.-]+\/)*[\w.-]+\.md)\b/g
  const lost = ALL.filter(({ file }) => file !== SELF).flatMap(({ file, text }) =>
    [...text.matchAll(LINK)]
      .map(([, name]) => name!)
      .filter(name => !['', 'docs', join(file, '..')].some(folder => existsSync(join(root, folder, name))))
      .map(name => `${file}: ${name}`),
  )
  t.same(lost, [])
  const SECTION = /\bfacts (?:[A-Z]\d|[A-Z]-\d|\u00a7)|\bdesign \u00a7|\bfindings? \d+\b/i
  const named = PROSE.filter(({ file }) => !/npm-(dhcp|tftp)/.test(file)).flatMap(({ file, text }) => {
    const found = SECTION.exec(text)
    return found ? [`${file}: ${found[0]}`] : []
  })
  t.same(named, [], 'sections and numbers of no document')
})

t.test('a row that is named is a scenario', async t => {
  const ROWS = /\b[Rr]ows? ((?:\d+[a-z]?(?:, | and | to )?)+)/g
  const rows = new Set(
    readdirSync(join(root, 'scenarios/firmware')).map(name => /^0*(\d+[a-z]?)-/.exec(name)?.[1] ?? name),
  )
  const lost = PROSE.flatMap(({ file, text }) =>
    [...text.matchAll(ROWS)].flatMap(([, list]) =>
      (list!.match(/\d+[a-z]?/g) ?? []).filter(row => !rows.has(row)).map(row => `${file}: row ${row}`),
    ),
  )
  t.same(lost, [])
})
