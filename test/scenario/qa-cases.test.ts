/**
 * The networks that a QA person wrote and could not say: what `kind: foreign` with a policy by architecture meant, said by
 * `preset: windows-dhcp`, and five answers to one question.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { lint, parseScenario, run } from '../../src/index.ts'

const POLICIES = 'test/fixtures/cases/nc-qa-dhcp-policies-by-foreign.yaml'
const FIVE = 'test/fixtures/cases/nc-qa-five-answers.yaml'

const WINDOWS = `kind: dhcp
    preset: windows-dhcp
    on: servers
    address: 10.2.0.2
    options: { 66: 10.2.0.7 }
    scopes:
      floor3: { pool: 10.1.0.100-10.1.0.199 }
      floor4: { pool: 10.3.0.100-10.3.0.199 }
    classes:
      - { match: { arches: x64-uefi }, bootFile: 'boot\\x64\\wdsmgfw.efi' }
      - { match: {}, bootFile: 'boot\\x64\\wdsnbp.com' }
`

t.test('policies of Windows DHCP give what the foreign server gave', async t => {
  const written = readFileSync(POLICIES, 'utf8')
  const start = written.indexOf('kind: foreign')
  const end = written.indexOf('  wds:')
  const windows = `${written.slice(0, start)}${WINDOWS}${written.slice(end)}`
  const [before, after] = [await run(POLICIES), await run(parseScenario(windows))]
  const fates = ({ clients }: typeof before) =>
    clients.map(({ name, outcome, leaseFrom, file, address }) => ({
      name,
      outcome,
      leaseFrom,
      file,
      address,
    }))
  t.strictSame(fates(after), fates(before))
  t.ok(after.clients.every(({ outcome }) => outcome === 'booted'))
})

t.test('five answers: siaddr from option 66 makes the DHCP server a third boot server', async t => {
  const text = readFileSync(FIVE, 'utf8')
  const windows = parseScenario(text.replace('kind: dhcp\n', 'kind: dhcp\n    preset: windows-dhcp\n'), {
    file: FIVE,
  })
  const result = await run(windows)
  t.ok(result.findings.some(({ rule }) => rule === 'multiple-pxe-responders'))
  t.ok(result.expectations.every(({ met }) => met))
  const offered = result.packets({ from: 'windhcp', type: 'OFFER' })
  t.ok(offered.length > 0)
  t.ok((await lint(windows)).findings.some(({ rule }) => rule === 'multiple-pxe-responders'))
})
