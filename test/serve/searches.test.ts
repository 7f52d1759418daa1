/** Loaders that look for their configuration: one line, and other missing files stay warnings. */
import t from 'tap'
import { parseIp4 } from '../../src/core/address.ts'
import { QUIET_MILLIS, Searches } from '../../src/serve/searches.ts'

const PC = parseIp4('10.0.0.7')!
const OTHER = parseIp4('10.0.0.8')!

const lab = () => {
  const state = { now: 0 }
  const lines: string[] = []
  return {
    state,
    lines,
    searches: new Searches(
      () => state.now,
      line => void lines.push(line),
    ),
  }
}

t.test('pxelinux asks by UUID, MAC, address and its beginnings, then finds the default', async t => {
  const { lines, searches } = lab()
  const names = ['9f1d', '01-00-50-56-00-00-01', '0A000007', '0A00000', '0A0000', '0A', '0']
  for (const name of names) t.ok(searches.missed(PC, `pxelinux.cfg/${name}`), name)
  t.strictSame(lines, [])
  searches.found(PC, 'pxelinux.cfg/default')
  t.strictSame(lines, [
    '10.0.0.7 looked for pxelinux.cfg/9f1d, pxelinux.cfg/01-00-50-56-00-00-01, pxelinux.cfg/0A000007, pxelinux.cfg/0A00000, and 3 more; it found pxelinux.cfg/default',
  ])
  searches.found(PC, 'vmlinuz')
  t.equal(lines.length, 1, 'and that is all')
})

t.test('a search that finds nothing is told when it is over', async t => {
  const { state, lines, searches } = lab()
  searches.missed(PC, '/grub/x86_64-efi/command.lst')
  searches.sweep()
  t.strictSame(lines, [])
  state.now = QUIET_MILLIS + 1
  searches.sweep()
  t.strictSame(lines, ['10.0.0.7 looked for /grub/x86_64-efi/command.lst; it found none'])
})

t.test('a file that is missing is a warning; many in a row are a search', async t => {
  const { state, lines, searches } = lab()
  t.strictSame(
    ['a', 'b', 'c', 'd'].map(name => searches.missed(PC, name)),
    [false, false, true, true],
  )
  t.notOk(searches.missed(OTHER, 'a'), 'each machine for itself')
  state.now = QUIET_MILLIS + 1
  t.notOk(searches.missed(PC, 'e'), 'later')
  t.strictSame(lines, ['10.0.0.7 looked for a, b, c, d; it found none'])
  state.now *= 3
  searches.sweep()
  t.equal(lines.length, 1, 'single ones are no search')
})
