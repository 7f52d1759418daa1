/**
 * The help of all commands as one manual page (roff, macros of man(7)). Reads what `nbs COMMAND --help` prints, so that
 * page and help say the same.
 */

/** Text of a line: what roff would take for its own, or does not know, is escaped. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(
      /[^\x20-\x7e]/gu,
      character => `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replace(/^([.'])/, '\\&$1')

/** The blocks of a help, by their heads: `Options`, `Examples` …; '' is what stands before the first one. */
const blocksOf = (help: string): ReadonlyMap<string, readonly string[]> => {
  let lines: string[] = []
  const blocks = new Map([['', lines]])
  for (const line of help.split('\n')) {
    const head = /^(\w[\w ]*):$/.exec(line)?.[1]
    if (head === undefined) lines.push(line)
    else blocks.set(head, (lines = []))
  }
  return blocks
}

/** `--name  what it is  [type]`, with its further lines; a line that is indented deeper goes on. */
interface Entry {
  readonly term: string
  text: string
}

const entriesOf = (lines: readonly string[]): Entry[] => {
  const entries: Entry[] = []
  for (const line of lines.filter(text => text.trim() !== '')) {
    const entry = /^ {2,6}(\S.*?)(?: {2,}(.*))?$/.exec(line)
    const last = entries.at(-1)
    if (entry) entries.push({ term: entry[1]!, text: entry[2] ?? '' })
    else if (last) last.text += ` ${line.trim()}`
  }
  return entries.map(({ term, text }) => ({ term, text: text.replaceAll(/ {2,}/g, ' ').trim() }))
}

/** They are the same for all commands. */
const COMMON = /^(-h, )?--(version|help)$/

const entryLines = ({ term, text }: Entry): string[] => ['.TP', `.B ${escaped(term)}`, escaped(text)]

interface CommandHelp {
  readonly name: string
  readonly help: string
}

const commandLines = ({ name, help }: CommandHelp): string[] => {
  const blocks = blocksOf(help)
  const [usage = `nbs ${name}`, ...about] = blocks.get('')!.filter(line => line.trim() !== '')
  const entries = (head: string): Entry[] =>
    entriesOf(blocks.get(head) ?? []).filter(({ term }) => !COMMON.test(term))
  const examples = (blocks.get('Examples') ?? []).filter(line => line.trim() !== '')
  return [
    `.SS ${escaped(usage)}`,
    ...about.map(line => escaped(line.trim())),
    ...[...entries('Positionals'), ...entries('Options')].flatMap(entryLines),
    ...(examples.length === 0 ? [] : ['.PP', 'Examples:']),
    ...examples.flatMap(exampleLines),
    ...exitLines(blocks.get('Exit status') ?? []),
  ]
}

/** The call on a line of its own, what it is for below it; where both stand on one line, the same. */
const exampleLines = (line: string): string[] => {
  const [call = '', why] = line.trim().split(/ {2,}/)
  if (/^ {4}/.test(line)) return ['.br', escaped(line.trim())]
  return ['.IP', `\\fB${escaped(call)}\\fR`, ...(why === undefined ? [] : ['.br', escaped(why)])]
}

const exitLines = (lines: readonly string[]): string[] => {
  const own = lines.map(line => /^ {2}1 {2}(.*)$/.exec(line)?.[1]).find(text => text !== undefined)
  return own === undefined ? [] : ['.PP', escaped(`Exit status 1: ${own}.`)]
}

/** `helps`: of each command its name and what its --help prints. */
export const manualPage = (helps: readonly CommandHelp[]): string =>
  [
    '.\\" Written by npm run man from the help of the program.',
    '.TH NBS 1 "" "nbs-lab" "Network boot"',
    '.SH NAME',
    'nbs \\- the flight simulator for network boot',
    '.SH SYNOPSIS',
    '.B nbs',
    '.I COMMAND',
    '[\\fIARGUMENTS\\fR]',
    '.SH DESCRIPTION',
    'Runs Network Boot Services, DHCP servers and the firmware of machines on virtual subnets and tells who booted from whom, and why; finds PXE contention in captures and on real networks; and serves machines that boot.',
    '.PP',
    escaped(
      'nbs COMMAND --help prints what stands here of one command. The documentation is in the folder docs of the package.',
    ),
    '.SH COMMANDS',
    ...helps.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...[
      ['0', 'done'] as const,
      ['1', 'what was expected or checked did not hold; each command says what that is'],
      ['2', 'the call or the input is wrong'],
      ['3', 'a program or a right is missing'],
    ].flatMap(([status, text]) => ['.TP', `.B ${status}`, text]),
    '',
  ].join('\n')
