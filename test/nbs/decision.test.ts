import fc from 'fast-check'
import t from 'tap'
import { architectureNumber } from '../../src/wire/pxe/client.ts'
import { bootstrapFile } from '../../src/nbs/bootstrap-files.ts'
import { MAX_IMAGE_NAME, parseDecision, renderDecision } from '../../src/nbs/decision.ts'
import { BOOT_KINDS, COMPUTER_CLASSES, IMAGE_ARCHITECTURES } from '../../src/protocol/pxe/decision.ts'

const read = (text: string) => {
  const result = parseDecision(text)
  return { value: result.ok ? result.value : undefined, codes: result.issues.map(issue => issue.code) }
}

t.test("the vendor's example", async t => {
  const text = '<response boot="0" client="1" image="LinuxInstall" arch="1" jobrunning="1" />'
  const decision = {
    boot: 'pxe',
    client: 'predefined',
    image: 'LinuxInstall',
    arch: 'x86',
    jobRunning: true,
  } as const
  t.strictSame(read(text), { value: decision, codes: [] })
  t.equal(renderDecision(decision), text)
})

t.test('every decision survives', async t => {
  const decision = fc.record({
    boot: fc.constantFrom(...BOOT_KINDS),
    client: fc.constantFrom(...COMPUTER_CLASSES),
    image: fc.string({ minLength: 1, maxLength: 40 }),
    arch: fc.constantFrom(...IMAGE_ARCHITECTURES),
    jobRunning: fc.boolean(),
  })
  fc.assert(
    fc.property(decision, value => {
      const result = parseDecision(renderDecision(value))
      return result.ok && JSON.stringify(result.value) === JSON.stringify(value)
    }),
    { numRuns: 500, seed: 7 },
  )
  t.pass()
})

t.test('tolerance', async t => {
  const other =
    "<?xml version='1.0'?>\n<Response JobRunning='0' extra=\"9\" BOOT = '2' Client='0' ARCH=\"2\"></Response>"
  t.strictSame(read(other), {
    value: { boot: 'production', client: 'managed', image: '', arch: 'x64', jobRunning: false },
    codes: [],
  })
  t.strictSame(read('<response boot="1" client="7" arch="x" jobrunning="yes" />'), {
    value: { boot: 'automation', client: 'unknown', image: '', arch: 'x64', jobRunning: false },
    codes: ['decision.client', 'decision.arch', 'decision.jobrunning', 'decision.image'],
  })
  t.equal(read(`<response boot="0" image="${'x'.repeat(900)}"/>`).value?.image.length, MAX_IMAGE_NAME)
  t.strictSame(read('<response boot="0" image="&amp;lt;&quot;"/>').value?.image, '&lt;"')
  for (const text of ['', '<html>', '<response', '<responses boot="0"/>'])
    t.strictSame(read(text), { value: undefined, codes: ['decision.element'] })
  for (const text of [
    '<response/>',
    '<response boot="3"/>',
    '<response boot="-1"/>',
    '<response boot="99999"/>',
  ])
    t.strictSame(read(text), { value: undefined, codes: ['decision.boot'] })
})

t.test('nothing it is given makes it throw', async t => {
  const pieces = fc.constantFrom(
    '<response',
    ' boot',
    '=',
    '"',
    "'",
    '0',
    '1',
    '/>',
    '>',
    ' image',
    '&',
    'amp;',
    '\u0000',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), parts => {
      parseDecision(parts.join(''))
    }),
    { numRuns: 3000, seed: 8 },
  )
  t.pass()
})

t.test('first boot files', async t => {
  t.equal(bootstrapFile(architectureNumber('x64-uefi')), 'BStrap/x64/BStrap.efi')
  t.equal(bootstrapFile(architectureNumber('ebc')), 'BStrap/x64/BStrap.efi')
  t.equal(bootstrapFile(architectureNumber('x64-uefi-http')), undefined)
  t.equal(bootstrapFile(65535), undefined)
})
