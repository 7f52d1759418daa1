/** Findings of one result are linked by what their rules say of themselves. */
import t from 'tap'
import { linkFindings } from '../../src/analysis/causes.ts'
import type { FindingMeta } from '../../src/analysis/finding-meta.ts'

const rule = (id: string, consequences: FindingMeta['consequences'] = []): { meta: FindingMeta } => ({
  meta: { id, severity: 'error', meaning: id, origins: {}, consequences },
})

const RULES = [
  rule('cause'),
  rule('other-cause'),
  rule('effect', [
    { of: 'cause', share: ['clients', 'servers'] },
    { of: 'other-cause', share: ['clients'] },
  ]),
  rule('lost-file', [{ of: 'cause', share: ['file'] }]),
]

const finding = (
  rule: string,
  clients: readonly string[],
  servers: readonly string[] = ['a'],
  details: object = {},
) => ({ rule, clients, servers, details })

const causedBy = (...findings: ReturnType<typeof finding>[]): number[][] =>
  linkFindings(findings, RULES).map(links => links.causedBy.map(({ index }) => index))

t.test('a consequence names its cause, and the cause its consequence', async t => {
  t.strictSame(linkFindings([finding('effect', ['pc']), finding('cause', ['pc', 'other'])], RULES), [
    { causes: [], causedBy: [{ rule: 'cause', index: 1 }] },
    { causes: [{ rule: 'effect', index: 0 }], causedBy: [] },
  ])
})

t.test('what has to be shared, is', async t => {
  t.strictSame(causedBy(finding('effect', ['pc']), finding('cause', ['other'])), [[], []], 'machine')
  t.strictSame(causedBy(finding('effect', ['pc']), finding('cause', ['pc'], ['b'])), [[], []], 'server')
  t.strictSame(causedBy(finding('effect', ['pc']), finding('other-cause', ['pc'], ['b'])), [[1], []])
})

t.test('machines that no cause explains make it news of its own', async t => {
  const effect = finding('effect', ['pc-1', 'pc-2'])
  t.strictSame(causedBy(effect, finding('cause', ['pc-1'])), [[], []])
  t.strictSame(
    causedBy(effect, finding('cause', ['pc-1']), finding('other-cause', ['pc-2'])),
    [[1, 2], [], []],
    'two causes explain one machine each',
  )
})

t.test('machines that cannot be told apart are explained by findings about such machines', async t => {
  t.strictSame(causedBy(finding('effect', []), finding('cause', [])), [[1], []])
  t.strictSame(causedBy(finding('effect', []), finding('cause', ['pc'])), [[], []])
})

t.test('the same transfer is the same file', async t => {
  const lost = finding('lost-file', ['pc'], ['a'], { file: 'boot.efi' })
  t.strictSame(causedBy(lost, finding('cause', ['pc'], ['b'], { file: 'boot.efi' })), [[1], []])
  t.strictSame(causedBy(lost, finding('cause', ['pc'], ['a'], { file: 'other.efi' })), [[], []])
  t.strictSame(causedBy(lost, finding('cause', ['pc'])), [[], []])
})

t.test('a rule from elsewhere has no links', async t => {
  t.strictSame(causedBy(finding('acme/unknown', ['pc']), finding('cause', ['pc'])), [[], []])
})
