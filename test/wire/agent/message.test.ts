/**
 * Agent traffic as text: what goes in comes out, and nothing that comes in throws.
 */
import fc from 'fast-check'
import t from 'tap'
import { formatIp4, toMac } from '../../../src/core/address.ts'
import { latin1Bytes, latin1Text } from '../../../src/core/bytes.ts'
import { describeAgent } from '../../../src/wire/agent/describe.ts'
import { AGENT_VERBS, decodeAgent, encodeAgent } from '../../../src/wire/agent/message.ts'

const mac = toMac(0x005056000001)
const message = fc.record(
  {
    verb: fc.constantFrom(...AGENT_VERBS),
    id: fc.integer({ min: 0, max: 999_999_999 }),
    mac: fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(toMac),
    fields: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ unit: 'grapheme', maxLength: 20 }), {
      maxKeys: 6,
      noNullPrototype: true,
    }),
  },
  { noNullPrototype: true },
)

t.test('a message is a line that can be read in a capture', async t => {
  const bytes = encodeAgent({ verb: 'get-task', id: 12, mac, fields: { menu: 'deploy new' } })
  t.equal(latin1Text(bytes), 'nbs-lab get-task 12 00:50:56:00:00:01 menu=deploy%20new')
})

t.test('what goes in comes out', async t => {
  fc.assert(
    fc.property(message, sent => {
      t.strictSame(decodeAgent(encodeAgent(sent)), sent)
      describeAgent(sent, formatIp4)
    }),
    { numRuns: 200 },
  )
})

t.test('nothing that comes in throws', async t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => void decodeAgent(bytes)),
    { numRuns: 500 },
  )
  fc.assert(
    fc.property(message, fc.nat(), fc.nat(255), (sent, at, byte) => {
      const bytes = encodeAgent(sent)
      bytes[at % bytes.length] = byte
      const read = decodeAgent(bytes)
      if (read) describeAgent(read, formatIp4)
    }),
    { numRuns: 500 },
  )
  for (const text of [
    '',
    'nbs-lab',
    'nbs-lab x 1 00:50:56:00:00:01',
    'nbs-lab task 1 zz',
    'nbs-lab task 1 00:50:56:00:00:01 a=%',
  ])
    t.equal(decodeAgent(latin1Bytes(text)), undefined, text)
})
