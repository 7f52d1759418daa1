import t from 'tap'
import { requestIn } from '../../../src/protocol/dhcp/request.ts'
import { encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../../src/wire/dhcp/message.ts'
import { bootRequest, messageTypeOption } from '../../../src/wire/dhcp/options.ts'

const refusalOf = (fields: Partial<DhcpMessage>) => {
  const read = requestIn(encodeDhcp(bootRequest({ options: [messageTypeOption('discover')], ...fields })))
  return 'refused' in read ? read.refused : undefined
}

t.test('what goes in a circle is no request, nor what names no hardware address', async t => {
  t.equal(refusalOf({ hops: 16 }), undefined)
  t.equal(refusalOf({ hops: 17 }), 'malformed', 'RFC 1542 §4.1.1: relays drop it too')
  t.equal(refusalOf({ hlen: 16 }), undefined)
  t.equal(refusalOf({ hlen: 17 }), 'malformed')
  t.equal(refusalOf({ op: 2, hops: 17 }), 'no-request')
})
