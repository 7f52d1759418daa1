/**
 * Executables by their magic bytes: every machine of the table, and files that only look like one.
 */
import t from 'tap'
import { latin1Bytes } from '../../src/core/bytes.ts'
import { biosProgram, efiProgram } from '../../src/experiments/verify/spoken.ts'
import {
  type Processor,
  executableIn,
  peHeaderFor,
  placeholderOf,
  processorOf,
} from '../../src/wire/executable.ts'

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

t.test('what a file is', async t => {
  const application = { kind: 'pe', application: true }
  t.strictSame(executableIn(peHeaderFor('x64')), { ...application, processor: 'x64' })
  const unknown = peHeaderFor('x64')
  unknown.set([0x34, 0x12], 0x44)
  t.strictSame(executableIn(unknown), { ...application, processor: undefined })
  const driver = new Uint8Array(1024)
  driver.set(peHeaderFor('x64'))
  driver[0x40 + 24 + 68] = 11
  t.match(executableIn(driver), { kind: 'pe', application: false })
  driver[0x40 + 24 + 68] = 10
  t.match(executableIn(driver), application)
  driver[0x41] = 0
  t.strictSame(executableIn(driver), { kind: 'dos' })
  t.equal(executableIn(peHeaderFor('x64').subarray(0, 0x42)), undefined, 'cut off before it tells')
  t.equal(executableIn(latin1Bytes('MZ')), undefined)
  for (const text of ['#!ipxe\nshell\n', '#!gpxe', '#!ipxe'])
    t.strictSame(executableIn(latin1Bytes(text)), { kind: 'script' }, text)
  for (const first of [0xea, 0xeb, 0xfa, 0x31])
    t.strictSame(executableIn(Uint8Array.of(first, 5, 0x7c, 0, 0)), { kind: 'binary' })
  t.strictSame(executableIn(biosProgram('x')), { kind: 'binary' })
  t.match(executableIn(efiProgram('x')), { ...application, processor: 'x64' })
})

t.test('placeholders stand for whatever is wanted', async t => {
  for (const text of ['I am boot-A from A', '', '.', 'text\r\n', '#!/bin/sh', 'gr\u00fc\u00dfe'])
    t.equal(executableIn(latin1Bytes(text)), undefined, text)
  for (const size of [0, 1, 2, 511, 512, 40_960])
    t.equal(executableIn(placeholderOf(size)), undefined, `${size}`)
  for (const byte of [0, 1, 0xea]) t.equal(executableIn(new Uint8Array(300).fill(byte)), undefined, `${byte}`)
})
