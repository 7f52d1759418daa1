/** What strangers wrote is shown and not obeyed; our own colours pass. */
import t from 'tap'
import { ownColour, visible, visibleJson, withoutMarks } from '../../src/outlet/escape.ts'
import { tableLines } from '../../src/outlet/table.ts'

const HOSTILE =
  'a\u001b]0;x\u0007\u001b[2J\u009b31m\r\nb\u202etxt\u2028c\u2029\u200d\ufeff\u{e0041}\ud800z\u007f'

t.test('control, C1, bidirectional and separator characters become their codes', async t => {
  t.equal(
    visible(HOSTILE),
    'a\\x1b]0;x\\x07\\x1b[2J\\x9b31m\\x0d\\x0ab\\u202etxt\\u2028c\\u2029\\u200d\\ufeff\\u{e0041}\\ud800z\\x7f',
  )
  t.equal(visible(visible(HOSTILE)), visible(HOSTILE), 'twice is as once')
  t.equal(visible('Größe 日本 😀 → "…"'), 'Größe 日本 😀 → "…"', 'letters of any script stay')
  t.notMatch(
    visible(String.fromCodePoint(...Array.from({ length: 0xd000 }, (_, i) => i))),
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u,
  )
})

t.test('a colour of ours passes, one that a stranger wrote does not', async t => {
  const line = `${ownColour(31)}red \u001b[31mfake\u001b[31;1;1m${ownColour(39)}`
  t.equal(withoutMarks(visible(line)), '\u001b[31mred \\x1b[31mfake\\x1b[31;1;1m\u001b[39m')
})

t.test('JSON stays the same JSON', async t => {
  const document = { text: HOSTILE, [HOSTILE]: ['\u202e'] }
  const json = visibleJson(JSON.stringify(document, null, 2))
  t.same(JSON.parse(json), document)
  t.notMatch(json.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
})

t.test('a cell is measured as it is shown, and cannot begin a row', async t => {
  t.same(
    tableLines(
      ['name', 'end'],
      [
        ['a\u001b\nFAKE', 'x'],
        [['one', 'two'], { right: 'y' }],
      ],
    ),
    ['name           end', 'a\\x1b\\x0aFAKE  x  ', 'one              y', 'two               '],
  )
})
