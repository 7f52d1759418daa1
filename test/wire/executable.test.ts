/**
 * Executables by their magic bytes: every machine of the table, and files that only look like one.
 */
import t from 'tap'
import { type Processor, loadsOnUefi, peHeaderFor, processorOf } from '../../src/wire/executable.ts'

const PROCESSORS: readonly Processor[] = ['ia32', 'x64', 'arm32', 'arm64', 'ebc', 'riscv64', 'loongarch64']

t.test('a header says for which processor it is', async t => {
  for (const processor of PROCESSORS) t.equal(processorOf(peHeaderFor(processor)), processor)
})

t.test('all three ARM machines of the PE format are ARM', async t => {
  for (const machine of [0xc0, 0xc2, 0xc4]) {
    const file = peHeaderFor('arm32')
    file[0x44] = machine
    t.equal(processorOf(file), 'arm32', machine.toString(16))
  }
})

t.test('what is cut short, or has another magic, says nothing', async t => {
  const file = peHeaderFor('x64')
  for (const end of [0, 1, 0x3f, 0x40, 0x45]) t.equal(processorOf(file.subarray(0, end)), undefined, `${end}`)
  t.equal(processorOf(file.subarray(0, 0x46)), 'x64', 'the first block of a file is enough')
  for (const at of [0, 1, 0x40, 0x43, 0x45]) {
    const other = file.slice()
    other[at]! ^= 0x55
    t.equal(processorOf(other), undefined, `byte ${at}`)
  }
  const far = file.slice()
  far[0x3f] = 0xff
  t.equal(processorOf(far), undefined, 'an offset beyond 2 GiB')
})

t.test('firmware takes its own, byte code, and what has no header', async t => {
  t.ok(loadsOnUefi(peHeaderFor('x64'), 'x64'))
  t.ok(loadsOnUefi(peHeaderFor('ebc'), 'x64'))
  t.ok(loadsOnUefi(Uint8Array.of(0xe9), 'x64'))
  t.notOk(loadsOnUefi(peHeaderFor('arm64'), 'x64'))
})
