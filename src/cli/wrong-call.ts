/**
 * What yargs finds wrong with a call, in our words: what is wrong, what was probably meant, and where to read on. Does
 * not find it.
 */
import { UsageError } from '../core/exit.ts'
import { nearestName } from '../document/nearest.ts'

/** What there is to choose from. `command` is undefined where none was named. */
export interface Known {
  readonly commands: readonly string[]
  readonly command: string | undefined
  /** With what it takes: `run <files..>`. */
  readonly takes: string | undefined
  /** Without dashes. */
  readonly options: readonly string[]
}

/** `words` are those of the call. */
export const wrongCall = (message: string, words: readonly string[], known: Known): UsageError => {
  const { command } = known
  const lines = linesOf(message, words, known)
  return new UsageError([
    ...lines,
    `${command === undefined ? 'nbs' : `nbs ${command}`} --help lists the options.`,
  ])
}

const linesOf = (message: string, words: readonly string[], known: Known): string[] => {
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ')
  if (unknown) {
    // Behind a command that is none, nothing can be known.
    const told = known.command === undefined ? unknown.slice(0, 1) : unknown
    return [...new Set(told.map(name => unknownLine(name, words, known)))]
  }
  const meant = /^Did you mean (.*)\?$/.exec(message)?.[1]
  if (meant !== undefined) return [`there is no command "${words[0] ?? ''}"; did you mean nbs ${meant}?`]
  const lacking = /^Not enough arguments following: (.*)$/.exec(message)?.[1]
  if (lacking !== undefined) return [`--${lacking} needs a value`]
  const choice = /^Invalid values:\n {2}Argument: (.*), Given: (.*), Choices: (.*)$/.exec(message)
  if (choice) return [`--${choice[1]!}: ${choice[2]!} is not one of ${choice[3]!.replaceAll('"', '')}`]
  if (message.startsWith('Not enough non-option arguments'))
    return [`an argument is missing: nbs ${known.takes ?? 'COMMAND'}`]
  return message.split('\n')
}

const unknownLine = (
  name: string,
  words: readonly string[],
  { command, commands, options }: Known,
): string => {
  const isOption = words.some(
    word => word.replace(/=.*$/s, '') === `${name.length === 1 ? '-' : '--'}${name}`,
  )
  const ending = (nearest: string | undefined, before: string): string =>
    nearest === undefined ? '' : `; did you mean ${before}${nearest}?`
  if (isOption) {
    const whose = command === undefined ? 'nbs' : `nbs ${command}`
    const dashes = name.length === 1 ? '-' : '--'
    return `${whose} has no option ${dashes}${name}${name.length < 3 ? '' : ending(nearestName(name, options), '--')}`
  }
  if (command !== undefined && commands.includes(command))
    return `nbs ${command} does not expect the argument "${name}"`
  return `there is no command "${name}"${ending(nearestName(name, commands), 'nbs ')}`
}
