/**
 * What linters cannot say: imports follow the arrows of docs/architecture.md, `node:*` stays where it may be, files
 * and functions stay small, and words we do not use do not appear in names.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const root = process.cwd()

/** The floors, from the ground up: a room may import rooms of lower floors only, and never the one beside it. */
const FLOORS: readonly (readonly string[])[] = [
  ['core', 'rules'],
  ['wire', 'document', 'outlet'],
  ['protocol', 'analysis'],
  ['network'],
  ['firmware', 'nbs', 'captures', 'peers'],
  ['deployment'],
  ['servers'],
  ['scenario'],
  ['simulation'],
  ['experiments', 'conformance'],
  ['importing'],
  ['report'],
  ['serve', 'probe'],
  ['watch', 'demo'],
  ['library'],
  ['testing'],
  ['viewer'],
  ['cli'],
]

/** Narrower than its floor: an analyser that shared the servers' logic would share their mistakes. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  document: ['core'],
  outlet: ['core'],
  analysis: ['wire', 'core'],
  // Of the rooms above wire, types only, but for what screens without text show: a page replays what ran elsewhere.
  viewer: ['experiments', 'simulation', 'firmware', 'wire', 'core'],
}

const floorOf = (room: string): number => FLOORS.findIndex(floor => floor.includes(room))
const mayImport = (room: string, target: string): boolean =>
  // The rule book is data that whoever tells of a rule may quote.
  (target === 'rules' && room !== 'core') || (ONLY[room]?.includes(target) ?? floorOf(target) < floorOf(room))

/** Where the operating system may be touched. */
const NODE_ROOMS = [
  /^src\/network\/(kernel|attach|paced)\//,
  /^src\/nbs\/(image-(reload|tree|worker)|large-file)\.ts$/,
  /^src\/peers\//,
  /^src\/document\/(bounded-file|config-file|home)\.ts$/,
  /^src\/scenario\/(allowed-directory|library|read-file)\.ts$/,
  /^src\/simulation\/node\.ts$/,
  /^src\/experiments\/sweep\/(file|gather|pool|source|worker)\.ts$/,
  /^src\/(captures|report|serve|probe|watch|demo|library|testing|cli|outlet)\//,
]

/** Files in the source folder itself are faces: what others import. They may take from every room. */
const isFace = (file: string): boolean => file.split('/').length === 2
/** Circles of types that stand from before; each goes with the redesign of its room. The list only shrinks. */
const STANDING_CIRCLES: readonly string[] = []
const MAX_FOLDER_FILES = 25

/** A helper list is what a router has (IP helper addresses); any other helper is a thing without a name. */
const FORBIDDEN_WORDS = /manager|helper(?!list)|utils?$/i
const MAX_FILE_LINES = 320

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .sort()

const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!)
const roomOf = (file: string): string => file.split('/')[1]!

t.test('imports follow the arrows', async t => {
  const wrong: string[] = []
  for (const file of sources('src').filter(name => !isFace(name))) {
    const room = roomOf(file)
    for (const specifier of importsOf(read(file)).filter(name => name.startsWith('.'))) {
      const target = roomOf(relative(root, join(root, file, '..', specifier)))
      if (target !== room && !mayImport(room, target)) wrong.push(`${file} -> ${specifier}`)
    }
  }
  t.same(wrong, [])
})

t.test('tests use the command line as people do: none imports its modules', async t => {
  const wrong = sources('test').filter(file => importsOf(read(file)).some(name => name.includes('/src/cli/')))
  t.same(wrong, [])
})

t.test('the viewer takes types of the rooms above wire, and no code', async t => {
  const wrong = sources('src/viewer').filter(file =>
    /^import (?!type\b)[^']*'(\.\.\/)+(simulation|experiments|firmware\/(?!displays\.ts))\//m.test(
      read(file),
    ),
  )
  t.same(wrong, [])
})

t.test('no import leads in a circle, types included', async t => {
  const graph = new Map(
    sources('src').map(file => [
      file,
      importsOf(read(file))
        .filter(name => name.startsWith('.'))
        .map(specifier => relative(root, join(root, file, '..', specifier))),
    ]),
  )
  t.same(circles(graph).sort(), [...STANDING_CIRCLES].sort())
})

/** One line per set of files that reach each other (Tarjan's strongly connected components). */
const circles = (graph: ReadonlyMap<string, readonly string[]>): string[] => {
  const found: string[] = []
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const visit = (file: string): void => {
    order.set(file, order.size)
    low.set(file, order.get(file)!)
    stack.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next)
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!))
    }
    if (low.get(file) !== order.get(file)) return
    const members = stack.splice(stack.indexOf(file))
    if (members.length > 1) found.push(members.sort().join(' <-> '))
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return found
}

t.test('only the rooms at the edge touch the operating system', async t => {
  const wrong = sources('src').filter(file => {
    if (NODE_ROOMS.some(allowed => allowed.test(file))) return false
    const text = read(file)
    return (
      importsOf(text).some(name => name.startsWith('node:')) ||
      /\b(Date\.now|new Date|Math\.random|setTimeout|setInterval|performance\.now|process\.)/.test(text)
    )
  })
  t.same(wrong, [])
})

/** Where bytes of the network are put into words, one character for each byte: that is what they mean, not how they are shown. */
const SPELLS_BYTES = /^src\/(wire|protocol|analysis|servers|firmware|viewer)\//

t.test('what is printed or logged goes through the one outlet, which makes it safe', async t => {
  const outside = sources('src').filter(file => roomOf(file) !== 'outlet' && file !== 'src/core/bytes.ts')
  const prints =
    /(?<![.#/\w])console\.(?!ts\b)\w|\bprocess\.std(?:out|err)\b(?!\.(?:columns|isTTY)\b)|\{[^}]*\bstd(?:out|err)\b[^}]*\} = process\b/
  t.same(
    outside.filter(file => prints.test(read(file))),
    [],
    'no other way to a terminal',
  )
  const escapes = /\bprintable\(|\bvisible(?:Json)?\(|\\u001b|\\x1b|\\u202e/
  t.same(
    outside.filter(file => !SPELLS_BYTES.test(file) && escapes.test(read(file))),
    [],
    'nobody escapes on the way there',
  )
})

t.test('every room is known to this test', async t => {
  t.same(
    [
      ...new Set(
        sources('src')
          .filter(file => !isFace(file))
          .map(roomOf),
      ),
    ].filter(room => floorOf(room) < 0),
    [],
  )
})

t.test('a folder is a page of files', async t => {
  const counts = new Map<string, number>()
  for (const file of sources('src')) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  t.same(
    [...counts].filter(([, count]) => count > MAX_FOLDER_FILES),
    [],
  )
})

t.test('files are one idea each', async t => {
  const long = sources('src').filter(file => read(file).split('\n').length > MAX_FILE_LINES)
  t.same(long, [], `no file above ${MAX_FILE_LINES} lines`)
  const headless = sources('src').filter(file => !read(file).startsWith('/**'))
  t.same(headless, [], 'every module says what it does')
})

t.test('names are the words of the field', async t => {
  const wrong = sources('src').flatMap(file => {
    const names = [...read(file).matchAll(/\b(?:const|function|class|interface|type)\s+(\w+)/g)].map(
      match => match[1]!,
    )
    return names.filter(name => FORBIDDEN_WORDS.test(name)).map(name => `${file}: ${name}`)
  })
  t.same(wrong, [])
})

t.test('no file names a registry host or a path of one machine', async t => {
  const hosts = ['registry.' + 'npmjs', 'deb.' + 'debian', 'pypi.' + 'org']
  const wrong = [
    ...sources('src'),
    ...sources('test'),
    'package-lock.json',
    'package.json',
    'README.md',
    '.ci/run',
  ].filter(file => {
    const text = read(file)
    return hosts.some(host => text.includes(host)) || text.includes('/' + 'work/')
  })
  t.same(wrong, [])
})
