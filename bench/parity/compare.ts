/**
 * Two lists of hashes, or two folders of artefacts, against each other: what is other, gone or new, in lines to read.
 * Does not know how artefacts are made.
 */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { filesBelow } from './artefacts.ts'
import { type Difference, differencesOf } from './differences.ts'

export interface Verdict {
  readonly lines: readonly string[]
  /** Nothing that was there is other or gone, except where that is intended; new things are welcome. */
  readonly same: boolean
}

export const compareLists = (before: string, after: string): Verdict => {
  const [was, is] = [hashes(before), hashes(after)]
  const changed = [...was.keys()].filter(name => is.has(name) && is.get(name) !== was.get(name))
  const gone = [...was.keys()].filter(name => !is.has(name))
  const added = [...is.keys()].filter(name => !was.has(name))
  return {
    lines: [
      ...changed.map(name => `changed  ${name}`),
      ...gone.map(name => `gone     ${name}`),
      ...added.map(name => `new      ${name}`),
      `${was.size} artefacts: ${was.size - changed.length - gone.length} the same, ${changed.length} changed, ${gone.length} gone; ${added.length} new`,
    ],
    same: changed.length + gone.length === 0,
  }
}

/** Lines that begin with # are remarks. */
const hashes = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\n')
      .filter(line => line.trim() !== '' && !line.startsWith('#'))
      .map(line => {
        const at = line.lastIndexOf(' ')
        return [line.slice(0, at), line.slice(at + 1)]
      }),
  )

export interface FoldersOptions {
  /** The differences of each file; otherwise those of one kind together, with an example. */
  readonly each: boolean
  /** Lines `ARTEFACT PATH CHANGE: REASON`, such as `run.json clients[].attempts added: one attempt per boot option`; `*` is any text. */
  readonly intended: string
}

export const compareFolders = (before: string, after: string, options: FoldersOptions): Verdict => {
  const was = filesBelow(before)
  const is = new Set(filesBelow(after))
  const gone = was.filter(name => !is.has(name))
  const files = was
    .filter(name => is.has(name))
    .map(name => ({
      name,
      differences: differencesOf(name, readFileSync(join(before, name)), readFileSync(join(after, name))),
    }))
  const changed = files.filter(file => file.differences.length > 0)
  const kinds = kindsOf(changed, parseIntended(options.intended))
  const isUnwanted = kinds.filter(kind => kind.reason === undefined)
  return {
    lines: [
      ...gone.map(name => `gone     ${name}`),
      ...(options.each ? changed.flatMap(eachLine) : kinds.map(kindLine)),
      `${was.length} artefacts: ${files.length - changed.length} the same, ${changed.length} changed, ${gone.length} gone; ${kinds.length} kinds of differences, ${kinds.length - isUnwanted.length} of them intended`,
    ],
    same: gone.length + isUnwanted.length === 0,
  }
}

interface ChangedFile {
  readonly name: string
  readonly differences: readonly Difference[]
}

/** Differences at one path of one sort of artefact. */
interface Kind {
  readonly title: string
  /** Why this is as it should be; undefined if nobody said so. */
  readonly reason: string | undefined
  readonly files: Set<string>
  count: number
  readonly example: string
}

const kindsOf = (files: readonly ChangedFile[], reasonOf: (title: string) => string | undefined): Kind[] => {
  const kinds = new Map<string, Kind>()
  for (const { name, differences } of files)
    for (const { path, change, text } of differences) {
      const title = `${basename(name)} ${path} ${change}`
      const example = `${name}: ${text}`
      const kind = kinds.get(title) ?? { title, reason: reasonOf(title), files: new Set(), count: 0, example }
      kinds.set(title, kind)
      kind.files.add(name)
      kind.count++
    }
  return [...kinds.values()].sort((a, b) => b.files.size - a.files.size)
}

const kindLine = ({ title, reason, files, count, example }: Kind): string =>
  `${title}: ${count} in ${files.size} files${reason === undefined ? '' : `, intended: ${reason}`}\n    e.g. ${example}`

const eachLine = ({ name, differences }: ChangedFile): string[] => [
  name,
  ...differences.map(({ path, change, text }) => `    ${path} ${change}: ${text}`),
]

const parseIntended = (text: string): ((title: string) => string | undefined) => {
  const rules = text
    .split('\n')
    .filter(line => line.trim() !== '' && !line.startsWith('#'))
    .map(line => {
      const at = line.indexOf(': ')
      if (at < 0) throw new Error(`--intended: no reason in "${line}"; write ARTEFACT PATH CHANGE: REASON`)
      return { pattern: patternOf(line.slice(0, at)), reason: line.slice(at + 2) }
    })
  return title => rules.find(({ pattern }) => pattern.test(title))?.reason
}

const patternOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split('*')
      .map(part => part.replace(/[.[\]()$^+?{}|\\]/g, String.raw`\$&`))
      .join('.*')}$`,
  )
