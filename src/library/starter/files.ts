/**
 * What `nbs init` writes beside a scenario: a test of it and what CI systems call. Text only.
 */

/** For node:test; `name` is the scenario's file. */
export const testFile = (name: string, machines: string): string => `import { test } from 'node:test'
import { join } from 'node:path'
import { run } from 'nbs-lab'
import { always, assert } from 'nbs-lab/testing'

const NETWORK = join(import.meta.dirname, '${name}')

test('the network does what its file expects', async () => {
  assert.expectations(await run(NETWORK))
})

test('every machine comes to its end in time, whoever answers first', () =>
  always(NETWORK, { seeds: 20 }, result => assert.within(result, '${machines}', '60s')))
`

const steps = (name: string): readonly string[] => [
  `npx nbs lint --strict ${name}`,
  `npx nbs run ${name} --fail-on error --junit nbs.xml`,
]

export const githubWorkflow = (
  name: string,
): string => `# Copy to .github/workflows/. A finding of severity error fails the job.
name: network boot
on: [push, pull_request]
jobs:
  nbs:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm ci
${steps(name)
  .map(step => `      - run: ${step}`)
  .join('\n')}
      - if: always()
        uses: actions/upload-artifact@v4
        with: { name: nbs, path: nbs.xml }
`

export const gitlabJob = (
  name: string,
): string => `# Copy into .gitlab-ci.yml. A finding of severity error fails the job.
nbs:
  image: node:22
  script:
    - npm ci
${steps(name)
  .map(step => `    - ${step}`)
  .join('\n')}
  artifacts:
    when: always
    reports: { junit: nbs.xml }
`

export const jenkinsfile = (name: string): string => `// A finding of severity error fails the build.
pipeline {
  agent any
  stages {
    stage('network boot') {
      steps {
        sh 'npm ci'
${steps(name)
  .map(step => `        sh '${step}'`)
  .join('\n')}
      }
    }
  }
  post { always { junit 'nbs.xml' } }
}
`
