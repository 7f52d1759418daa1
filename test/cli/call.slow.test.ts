/**
 * How `nbs` is called: help, wrong calls with what was probably meant, and completion. What the commands do is tested
 * elsewhere.
 */
import { execFile } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { PLAIN, PROGRAM, nbs } from '../built.ts'

/** What is said, first line; the second one tells where to read on. */
const WRONG: readonly (readonly [call: string, says: string])[] = [
  ['', 'no command given: nbs COMMAND'],
  ['rnu x.yaml', 'there is no command "rnu"; did you mean nbs run?'],
  ['simulate x.yaml', 'there is no command "simulate"'],
  ['help simulate', 'there is no command "simulate"'],
  ['run', 'an argument is missing: nbs run <files..>'],
  ['run x.yaml --seed', '--seed needs a value'],
  ['run x.yaml --sede 4', 'nbs run has no option --sede; did you mean --seed?'],
  ['run x.yaml --repotr=x.html', 'nbs run has no option --repotr; did you mean --report?'],
  ['run x.yaml -q', 'nbs run has no option -q'],
  ['run x.yaml --fail-on all', '--fail-on: "all" is not one of error, warning'],
  ['watch office', 'nbs watch does not expect the argument "office"'],
  ['completion csh', '--shell: "csh" is not one of bash, zsh, fish'],
]

for (const [call, says] of WRONG)
  t.test(`nbs ${call}`, async t => {
    const { status, stdout, stderr } = await nbs(call.split(' ').filter(Boolean))
    const [first, second] = stderr.split('\n')
    t.same([status, stdout, first], [2, '', `nbs: ${says}`])
    t.match(second, /^nbs( \w+)? --help lists the options\.$/)
  })

t.test('help, however it is asked for', async t => {
  const [long, short, word] = await Promise.all(
    [
      ['run', '--help'],
      ['run', '-h'],
      ['help', 'run'],
    ].map(words => nbs(words)),
  )
  t.same([long!.status, short!.stdout, word!.stdout], [0, long!.stdout, long!.stdout])
  t.match(
    long!.stdout,
    /^ {2}nbs run scenarios\/two-nbs-one-subnet\.yaml --explain pc-1\n {6}why /m,
    'unbroken',
  )
  t.match(long!.stdout, /^Exit status:\n {2}0 {2}done\n {2}1 {2}an expectation failed/m)
  t.match((await nbs(['help'])).stdout, /^Commands:\n {2}nbs analyze /m)
})

t.test('bash completes commands, options and choices', async t => {
  const folder = t.testdir({})
  writeFileSync(join(folder, 'nbs'), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`)
  chmodSync(join(folder, 'nbs'), 0o755)
  const script = (await nbs(['completion', 'bash'])).stdout
  const complete = async (...words: string[]): Promise<string[]> => {
    const given = words.map(word => `'${word}'`).join(' ')
    const ask = `${script}\nCOMP_WORDS=(${given}); COMP_CWORD=${words.length - 1}; _nbs; printf '%s\\n' "\${COMPREPLY[@]}"`
    const env = { ...PLAIN, PATH: `${folder}:${PLAIN['PATH'] ?? ''}` }
    const { stdout } = await promisify(execFile)('bash', ['-c', ask], { env })
    return stdout.trim().split('\n')
  }
  t.same(await complete('nbs', 'sw'), ['sweep'])
  t.same(await complete('nbs', 'run', '--fa'), ['--fail-on'])
  t.same(await complete('nbs', 'run', '--fail-on', 'w'), ['warning'])
  for (const shell of ['zsh', 'fish'])
    t.match((await nbs(['completion', shell])).stdout, /--get-yargs-completions/)
})
