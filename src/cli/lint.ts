/**
 * `nbs lint`: scenario files against rules that need no run. Does not know the rules.
 */
import { isUnwanted } from '../analysis/unwanted.ts'
import process from 'node:process'
import pc from '../outlet/palette.ts'
import type { Argv } from 'yargs'
import { reportFindingsJunit } from '../report/findings-junit.ts'
import { lintLines } from '../report/text/lint.ts'
import { reportSarif } from '../report/sarif.ts'
import { LINT_RULES, type LintFinding, lintScenario } from '../scenario/lint.ts'
import { EXIT } from '../core/exit.ts'
import { print, printJson } from '../outlet/print.ts'
import { writeOut } from './write-out.ts'
import { VERSION } from '../document/home.ts'
import { overridesOf } from '../scenario/overrides.ts'
import { checkSource } from '../scenario/read-file.ts'
import { trustedSource } from './trusted-source.ts'
import { ALLOWED_PATHS, CHANGED, FINDING_FILES, JSON_OUTPUT, ending } from './options.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('files', { type: 'string', array: true, demandOption: true, describe: 'Scenario files' })
    .options({ ...CHANGED, ...ALLOWED_PATHS, ...JSON_OUTPUT, ...FINDING_FILES })
    .option('strict', { type: 'boolean', describe: 'Treat warnings as failures too: exit status 1' })
    .epilogue(
      ending(
        [['nbs lint scenarios/*.yaml --sarif lint.sarif', 'for annotations on a code hosting platform']],
        {
          failed: 'a finding of severity error, or with --strict a warning',
        },
      ),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  const { files } = args
  const overrides = overridesOf(args.set ?? [])
  const failOn = args.strict ? 'warning' : 'error'
  const results: { file: string; findings: readonly LintFinding[] }[] = []
  for (const file of files) {
    const source = await trustedSource(file, args, overrides)
    results.push({ file, findings: lintScenario(checkSource(source, { overrides }), source) })
  }
  const findings = results.flatMap(result => result.findings)
  if (args.junit !== undefined)
    writeOut(
      args.junit,
      reportFindingsJunit(
        results.map(result => ({
          name: result.file,
          seconds: 0,
          rules: LINT_RULES.map(({ id }) => id),
          findings: result.findings,
        })),
        failOn,
      ),
    )
  if (args.sarif !== undefined) writeOut(args.sarif, sarifOf(findings))
  if (args.json) printJson({ files, findings })
  else print(lintLines(findings, files.length, pc))
  process.exitCode = findings.some(isUnwanted(failOn)) ? EXIT.failed : EXIT.ok
}

const sarifOf = (findings: readonly LintFinding[]): string =>
  reportSarif(
    VERSION,
    LINT_RULES,
    findings.map(({ rule, severity, message, remedy, file, line, column, field, servers, details }) => ({
      rule,
      severity,
      message: `${message} ${remedy}`,
      file,
      line,
      column,
      key: `${field} ${servers.join(' ')}`,
      properties: { details },
    })),
  )
