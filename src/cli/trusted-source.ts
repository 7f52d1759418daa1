/**
 * A scenario file as the command line reads it: it may come from a stranger, so that image folders outside its own need
 * `--allow-path`, or a yes on the terminal. What `--set` names, the caller has said. Does not check anything else.
 */
import { saysYes } from '../outlet/ask.ts'
import type { TextSource } from '../scenario/load.ts'
import { type Override } from '../scenario/overrides.ts'
import { directoriesIn, directoriesOutside, imageDirectory, readSource } from '../scenario/read-file.ts'

export interface TrustCall {
  readonly 'allow-path'?: string[] | undefined
}

/** Throws `InvalidScenarioError` where there is nothing to read. */
export const trustedSource = async (
  file: string,
  { 'allow-path': allowed = [] }: TrustCall,
  overrides: readonly Override[] = [],
): Promise<TextSource> => {
  const written = readSource(file)
  const inFile = overrides.length === 0 ? undefined : directoriesIn(written)
  const said =
    inFile === undefined
      ? []
      : [...directoriesIn(written, { overrides }).keys()].filter(name => !inFile.has(name))
  const source = {
    ...written,
    allowedDirectories: [...allowed, ...said.map(name => imageDirectory(file, name))],
  }
  const outside = directoriesOutside(source, { overrides }).map(name => imageDirectory(file, name))
  if (outside.length === 0) return source
  const question = `${file} wants to read ${outside.join(', ')}, and what it reads can end up in reports and captures. Allow it?`
  return (await saysYes(question))
    ? { ...source, allowedDirectories: [...source.allowedDirectories, ...outside] }
    : source
}
