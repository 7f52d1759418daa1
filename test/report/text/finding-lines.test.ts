/** One headline per cause, with what follows from it below. */
import t from 'tap'
import { type FindingText, findingLines, headlines } from '../../../src/report/text/finding-lines.ts'

const plain = (text: string): string => text
const COLOUR = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain }

const linked = (rule: string, causes: readonly number[], causedBy: readonly number[]) => ({
  rule,
  severity: 'error' as const,
  confidence: 'seen' as const,
  subnet: 'lan',
  message: `${rule} happened.`,
  because: 'Because.',
  remedy: 'Mend it.',
  evidence: [{ frame: 7, seconds: 1.5, text: 'OFFER' }],
  causes: causes.map(index => ({ rule: String(index), index })),
  causedBy: causedBy.map(index => ({ rule: String(index), index })),
})

/** Worst first, as results list them; `lost` follows from `split`, which follows from `two`. */
const STORY = [
  linked('lost', [], [1, 3]),
  linked('split', [0], [2]),
  linked('two', [1], []),
  linked('lag', [0], []),
] as const

t.test('each finding stands once, below the first of its causes', async t => {
  t.strictSame(
    headlines(STORY).map(({ finding, consequences }) => [
      finding.rule,
      ...consequences.map(each => each.rule),
    ]),
    [['two', 'split', 'lost'], ['lag']],
  )
})

t.test('consequences are indented, without packets', async t => {
  t.strictSame(findingLines<FindingText & (typeof STORY)[number]>(STORY, COLOUR), [
    'ERROR two on lan: two happened.',
    '  why: Because.',
    '  do:  Mend it.',
    '  frame 7 at 1.500000 s: OFFER',
    '  + ERROR split on lan: split happened.',
    '      why: Because.',
    '      do:  Mend it.',
    '  + ERROR lost on lan: lost happened.',
    '      why: Because.',
    '      do:  Mend it.',
    '',
    'ERROR lag on lan: lag happened.',
    '  why: Because.',
    '  do:  Mend it.',
    '  frame 7 at 1.500000 s: OFFER',
    '',
  ])
})
