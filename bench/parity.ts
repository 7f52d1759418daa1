/**
 * Are results still what they were? Runs the command line of a built checkout over every scenario file and lists the
 * SHA-256 of all it wrote; and compares two such lists, or two folders of what was written. Uses nothing but the
 * command line, so that it runs over old and new trees alike. docs/performance.md tells how.
 *
 *     node dist/bench/parity.js CHECKOUT [--out FOLDER] [--scenarios CHECKOUT] [--only TEXT] [--jobs 2] > hashes.txt
 *     node dist/bench/parity.js --compare A.txt B.txt
 *     node dist/bench/parity.js --compare FOLDER-A FOLDER-B [--each] [--intended FILE]
 *
 * Exit status: 0 the same, or all differences intended; 1 otherwise; 2 a wrong call.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { artefactsOf, hashArtefacts } from './parity/artefacts.ts'
import { compareFolders, compareLists } from './parity/compare.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    compare: { type: 'boolean', default: false },
    /** Where all that was written is kept, to compare it later. */
    out: { type: 'string' },
    /** Whose scenario files and images are run; default: those of the checkout itself. */
    scenarios: { type: 'string' },
    /** Scenario files whose name has this text. */
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
    /** Of folders: the differences of each file, instead of those of one kind together. */
    each: { type: 'boolean', default: false },
    /** Differences that are wanted, a line each: ARTEFACT PATH CHANGE: REASON. */
    intended: { type: 'string' },
  },
})

const isFolder = (path: string): boolean => statSync(path).isDirectory()

const compare = (before: string, after: string): boolean => {
  if (isFolder(before) !== isFolder(after)) return usage()
  const { lines, same } = isFolder(before)
    ? compareFolders(before, after, {
        each: options.each,
        intended: options.intended === undefined ? '' : readFileSync(options.intended, 'utf8'),
      })
    : compareLists(readFileSync(before, 'utf8'), readFileSync(after, 'utf8'))
  console.log(lines.join('\n'))
  return same
}

const list = async (checkout: string): Promise<void> => {
  const kept = options.out === undefined ? mkdtempSync(join(tmpdir(), 'nbs-parity-')) : resolve(options.out)
  try {
    await artefactsOf({
      program: join(resolve(checkout), 'bin/nbs.js'),
      scenarios: resolve(options.scenarios ?? checkout),
      only: options.only,
      into: kept,
      jobs: Number(options.jobs),
    })
    console.log(hashArtefacts(kept).join('\n'))
  } finally {
    if (options.out === undefined) rmSync(kept, { recursive: true })
  }
}

function usage(): never {
  console.error(
    'parity: give one checkout, or --compare and two lists or two folders (see the head of parity.ts)',
  )
  process.exit(2)
}

const [first, second] = positionals
if (first === undefined || positionals.length !== (options.compare ? 2 : 1)) usage()
if (!options.compare) await list(first)
else if (!compare(first, second!)) process.exitCode = 1
