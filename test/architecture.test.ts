/**
 * What linters cannot say: imports follow the arrows of docs/architecture.md, `node:*` stays where it may be, files
 * and functions stay small, and words we do not use do not appear in names.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')

/** Room -> rooms it may import, besides itself. */
const ARROWS: Record<string, readonly string[]> = {
  core: [],
  wire: ['core'],
  protocol: ['wire', 'core'],
  network: ['wire', 'core'],
  analysis: ['wire', 'core'],
  firmware: ['network', 'protocol', 'wire', 'core'],
  nbs: ['network', 'protocol', 'wire', 'core'],
  site: ['nbs', 'network', 'protocol', 'wire', 'core'],
  peers: ['nbs', 'site', 'network', 'protocol', 'wire', 'core'],
  // What a machine runs after its firmware.
  systems: ['firmware', 'site', 'nbs', 'network', 'protocol', 'wire', 'core'],
  scenario: [
    'analysis',
    'systems',
    'firmware',
    'nbs',
    'site',
    'peers',
    'network',
    'protocol',
    'wire',
    'core',
  ],
  report: ['scenario', 'analysis', 'firmware', 'wire', 'core'],
  // Of scenario, types only: a page runs nothing.
  viewer: ['scenario', 'wire', 'core'],
  cli: [
    'report',
    'viewer',
    'scenario',
    'analysis',
    'firmware',
    'nbs',
    'site',
    'peers',
    'network',
    'protocol',
    'wire',
    'core',
  ],
}

/** Where the operating system may be touched. */
const NODE_ROOMS = [
  /^src\/network\/(kernel|guest|paced)\//,
  /^src\/nbs\/image-directory\.ts$/,
  /^src\/peers\//,
  /^src\/scenario\/read-file\.ts$/,
  /^src\/report\//,
  /^src\/cli\//,
]

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
  for (const file of sources('src')) {
    const room = roomOf(file)
    for (const specifier of importsOf(read(file)).filter(name => name.startsWith('.'))) {
      const target = roomOf(relative(root, join(root, file, '..', specifier)))
      if (target !== room && !ARROWS[room]?.includes(target)) wrong.push(`${file} -> ${specifier}`)
    }
  }
  t.same(wrong, [])
})

t.test('the viewer takes types of the scenario room, and no code', async t => {
  const wrong = sources('src/viewer').filter(file =>
    /^import (?!type\b)[^']*'\.\.\/scenario\//m.test(read(file)),
  )
  t.same(wrong, [])
})

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

t.test('every room is known to this test', async t => {
  t.same(
    [...new Set(sources('src').map(roomOf))].filter(room => !(room in ARROWS)),
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
