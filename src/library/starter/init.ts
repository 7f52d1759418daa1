/**
 * A folder to begin with: a scenario, a test of it, the schema for the editor, and what CI systems call. Overwrites nothing.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ruleIds } from '../../analysis/finding.ts'
import { UsageError } from '../../core/exit.ts'
import { libraryNames, nearestInLibrary } from '../../scenario/library.ts'
import { checkSource, readSource } from '../../scenario/read-file.ts'
import { scenarioSchema } from '../../scenario/schema.ts'
import { githubWorkflow, gitlabJob, jenkinsfile, testFile } from './files.ts'
import { SCHEMA_FILE, STARTER, startedFrom } from './scenario.ts'

export interface StarterFile {
  /** Relative to the folder. */
  readonly file: string
  readonly text: string
}

/** In the order in which one reads them. Throws `UsageError`. */
export const starterFiles = (from: string | undefined): readonly StarterFile[] => {
  const name = from === undefined ? 'network.yaml' : `${basename(from)}.yaml`
  const text = from === undefined ? STARTER : startedFrom(libraryText(from))
  const [group] = checkSource({ file: name, text }).clients
  return [
    { file: name, text },
    { file: name.replace(/\.yaml$/, '.test.js'), text: testFile(name, group?.name ?? 'pc') },
    { file: SCHEMA_FILE, text: scenarioSchema(ruleIds()) },
    { file: join('ci', 'github.yml'), text: githubWorkflow(name) },
    { file: join('ci', 'gitlab.yml'), text: gitlabJob(name) },
    { file: join('ci', 'Jenkinsfile'), text: jenkinsfile(name) },
  ]
}

const libraryText = (name: string): string => {
  const names = libraryNames()
  if (!names.includes(name)) {
    const nearest = nearestInLibrary(name)
    throw new UsageError(
      `--from: the library has no scenario "${name}"; ${nearest === undefined ? `it has ${names.filter(each => !each.includes('/')).join(', ')}` : `did you mean ${nearest}?`}`,
    )
  }
  const source = readSource(name)
  return source.text
}

/** Returns what was written. Throws `UsageError` where something is there already, or cannot be written. */
export const startIn = (folder: string, from: string | undefined): readonly string[] => {
  const files = starterFiles(from).map(({ file, text }) => ({ path: join(folder, file), text }))
  const there = files.filter(({ path }) => existsSync(path)).map(({ path }) => path)
  if (there.length > 0)
    throw new UsageError(
      `${there.join(', ')} ${there.length === 1 ? 'is' : 'are'} there already, and nothing was written: name another folder`,
    )
  try {
    mkdirSync(join(folder, 'ci'), { recursive: true })
    for (const { path, text } of files) writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    throw new UsageError(`${folder} cannot be written: ${(error as Error).message}`)
  }
  return files.map(({ path }) => path)
}
