/**
 * What README.md shows is true: its commands end as it says, its scenarios do what they expect, its transcripts are
 * what is printed, the npm scripts and files it names are there. A comment behind a command tells an exit status
 * other than 0 (`# exit 1`), or why it is not run here (`# until …`, `# needs …`).
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PROGRAM } from './built.ts'
import { viewerPage } from './viewer/page.ts'
import { byEffort } from './effort.ts'

const README = readFileSync('README.md', 'utf8')

/** The fenced blocks of a language; '' for those of none. */
const blocks = (language: string): string[] =>
  [...README.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, found, text]) =>
    found === language && text !== undefined ? [text] : [],
  )

const COMMANDS = blocks('sh').flatMap(block => block.split('\n').filter(line => line.trim() !== ''))

/** In a copy of what an installed package has, so that nothing is written here. */
const sandbox = (t: Test): string => {
  const directory = t.testdir({})
  for (const folder of ['scenarios', 'boot-images', 'schema'])
    cpSync(folder, join(directory, folder), { recursive: true })
  return directory
}

const shell = (command: string, cwd: string) => {
  // Hundreds of runs say no more than some, and take their time.
  const short = byEffort({ quick: '$1', thorough: '$&', night: '$&' })
  const program = command
    .replace(/(--seeds \d+)0\b/g, short)
    .replace(/\bnpx nbs\b/g, `"${process.execPath}" "${PROGRAM}"`)
  const { status, stdout, stderr } = spawnSync('sh', ['-c', program], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { status, stdout, stderr }
}

t.before(viewerPage)

t.test('every command is one that is understood here', async t => {
  t.ok(COMMANDS.length >= 5, `${COMMANDS.length} commands`)
  for (const line of COMMANDS) t.match(line, /^(npx nbs|node|npm) /, line)
})

t.test('npm scripts and files that are named exist', async t => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }
  const lines = [...COMMANDS, ...[...README.matchAll(/`(npm [^`]+)`/g)].map(([, text]) => text!)]
  for (const line of lines)
    for (const [, run, name] of line.matchAll(/\bnpm (run )?(?:--?\S+ )*([\w:-]+)/g))
      if (run !== undefined || !['ci', 'install'].includes(name!))
        t.ok(Object.hasOwn(scripts, name!), `npm ${run ?? ''}${name}`)
  for (const [, path = ''] of README.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) t.ok(existsSync(path), path)
})

t.test('each command ends as it says', async t => {
  const cwd = sandbox(t)
  const help = shell('npx nbs --help', cwd).stdout
  for (const line of COMMANDS.filter(command => !command.startsWith('npm '))) {
    const [command = '', comment = ''] = line.split(/\s+#\s+/)
    const name = /^npx nbs (\S+)/.exec(command)?.[1] ?? ''
    if (/^(until|needs) /.test(comment)) {
      t.match(help, new RegExp(`^ +nbs ${name}\\b`, 'm'), `${command}: not run, ${comment}`)
      continue
    }
    const { status, stderr } = shell(command, cwd)
    t.equal(status, Number(/^exit (\d)/.exec(comment)?.[1] ?? 0), `${line}${stderr && `\n${stderr}`}`)
  }
})

t.test('each scenario does what it expects', async t => {
  const cwd = sandbox(t)
  const scenarios = blocks('yaml').filter(text => /^subnets:/m.test(text))
  t.ok(scenarios.length > 0)
  for (const [n, text] of scenarios.entries()) {
    writeFileSync(join(cwd, 'scenarios', `readme-${n}.yaml`), text)
    const { status, stdout, stderr } = shell(`npx nbs run scenarios/readme-${n}.yaml`, cwd)
    t.equal(status, 0, `${text.slice(0, 80)}\n${stdout}${stderr}`)
  }
})

t.test('what is shown is what is printed', async t => {
  const cwd = sandbox(t)
  const collapsed = (text: string): string => text.replace(/\s+/g, ' ').trim()
  const shown = blocks('').filter(text => text.startsWith('$ npx nbs '))
  t.ok(shown.length > 0)
  for (const text of shown) {
    const [first = '', ...lines] = text.trimEnd().split('\n')
    const printed = collapsed(shell(first.slice(2), cwd).stdout)
    // Lines may be left out (…) and broken anew.
    for (const line of lines.filter(candidate => !['', '…'].includes(candidate.trim())))
      t.ok(printed.includes(collapsed(line)), `${first}: ${line}`)
  }
})
