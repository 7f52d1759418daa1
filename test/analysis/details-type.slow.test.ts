/**
 * The shipped types of findings' details are those of the rules. `NBS_WRITE=1` writes them again.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { detailsType } from './details-type.ts'

const TYPE = 'schema/findings.d.ts'

t.test('the shipped type is the one that the rules give (npm run schema writes it)', async t => {
  const generated = detailsType([
    { file: 'src/analysis/finding.ts', type: 'CaptureDetails', as: 'CaptureDetails' },
    { file: 'src/scenario/lint.ts', type: 'DetailsOfLint', as: 'LintDetails' },
    { file: 'src/simulation/site/findings/details.ts', type: 'DeploymentDetails', as: 'DeploymentDetails' },
    { file: 'src/simulation/died-findings.ts', type: 'RunDetails', as: 'RunDetails' },
  ])
  if (process.env['NBS_WRITE'] === '1') writeFileSync(TYPE, generated)
  t.equal(readFileSync(TYPE, 'utf8'), generated)
})
