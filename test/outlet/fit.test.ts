import t from 'tap'
import { ownColour } from '../../src/outlet/escape.ts'
import { fitLine, widthOf } from '../../src/outlet/fit.ts'
import { tableLines } from '../../src/outlet/table.ts'

t.test('a terminal is as wide as it says; a pipe has no width', async t => {
  t.equal(widthOf({ isTTY: true, columns: 80 }), 80)
  t.equal(widthOf({ columns: 80 }), undefined)
  t.equal(widthOf({ isTTY: true, columns: 0 }), undefined, 'some terminals say so')
})

t.test('a long line goes on below itself, whole words, colours kept', async t => {
  const line = '  why: A helper list sends every DISCOVER to all its addresses.'
  t.same(fitLine(line, undefined), [line])
  t.same(fitLine(line, 80), [line])
  t.same(fitLine(line, 40), ['  why: A helper list sends every', '    DISCOVER to all its addresses.'])
  t.same(fitLine('\u001b[2m  one two three four five six seven eight\u001b[22m', 30), [
    '  \u001b[2mone two three four five\u001b[22m',
    '    \u001b[2msix seven eight\u001b[22m',
  ])
  t.same(fitLine(`x ${'y'.repeat(50)}`, 40), ['x', `  ${'y'.repeat(50)}`], 'a path is not broken')
})

t.test('a table as wide as its cells, or as the terminal', async t => {
  const head = ['machine', 'firmware', 'file or code', 'seconds']
  const rows = [['pc-1', 'edk2 x64-uefi', 'BStrap/x64/BStrap.efi', { right: '3.84' }]]
  t.same(tableLines(head, rows, undefined), [
    'machine  firmware       file or code           seconds',
    'pc-1     edk2 x64-uefi  BStrap/x64/BStrap.efi     3.84',
  ])
  const narrow = tableLines(head, rows, 44)
  t.same(narrow, [
    'machine  firmware  file or code  seconds',
    'pc-1     edk2      BStrap/x64/B     3.84',
    '         x64-uefi  Strap.efi',
  ])
  t.ok(narrow.every(line => line.length <= 44))
  const green = `${ownColour(32)}booted${ownColour(39)}`
  t.same(tableLines(['outcome'], [[green]], undefined)[1], `${green} `, 'nothing is added to a colour')
})
