/** iPXE's search for options (I-14, I-27), byte by byte. */
import t from 'tap'
import { toHex } from '../../src/core/bytes.ts'
import { findOption, findSubOption } from '../../src/firmware/ipxe/option-search.ts'
import {
  fileNameOf,
  hasBootData,
  isPxeClient,
  readReply,
  stationAddress,
} from '../../src/firmware/ipxe/reply.ts'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { ip } from './fake-pc.ts'
import { packetWith } from './packets.ts'

const hex = (value: Uint8Array | undefined) => value && toHex(value)
const reply = (bytes: Uint8Array, subOptionOverrun = 2) => {
  const decoded = decodeDhcp(bytes)
  if (!decoded.ok) throw new Error('no DHCP message')
  return readReply(bytes, decoded.value, { ip: ip('10.0.0.9'), port: 67 }, { subOptionOverrun })
}

t.test('options: the first instance, as far as END', t => {
  const bytes = packetWith('00 35 01 02 0c 01 61 0c 01 62 ff 0f 01 63')
  t.equal(hex(findOption(bytes, 53)), '02', 'behind a pad')
  t.equal(hex(findOption(bytes, 12)), '61')
  t.equal(findOption(bytes, 15), undefined, 'behind END')
  t.equal(hex(findOption(packetWith('0c 00 ff'), 12)), '', 'an empty one is there')
  t.equal(hex(findOption(packetWith('35 01 02 0c 01 61'), 12)), '61', 'END may be missing')
  t.equal(findOption(packetWith('0c 05 61 62'), 12), undefined, 'cut off')
  t.equal(hex(findOption(packetWith('35 01 02 0c'), 53)), '02', 'what stands before it counts')
  t.equal(findOption(packetWith('35 01 02 0c'), 12), undefined, 'cut off before its length')
  t.end()
})

t.test('I-27: suboptions', t => {
  const two = packetWith('2b 04 06 01 02 09 2b 03 0a 01 00 ff')
  t.equal(hex(findSubOption(two, 43, 6, 2)), '02')
  t.equal(findSubOption(two, 43, 10, 2), undefined, 'the second instance is not looked into')
  const cut = packetWith('2b 07 06 01 02 09 03 61 62 2b 00 ff')
  t.equal(hex(findSubOption(cut, 43, 9, 2)), '61622b', 'one byte of the next option')
  t.equal(findSubOption(cut, 43, 9, 0), undefined, 'not in builds since August 2026')
  t.equal(
    findSubOption(packetWith('2b 06 06 01 02 09 05 61 2b 00 00 00 ff'), 43, 9, 2),
    undefined,
    'four bytes',
  )
  t.equal(
    hex(findSubOption(packetWith('2b 02 00 00 06 01 02 ff'), 43, 6, 2)),
    undefined,
    'the walk ends with the room',
  )
  t.equal(findSubOption(packetWith('2b 04 ff 06 01 02 ff'), 43, 6, 2), undefined, 'its own END')
  t.equal(findSubOption(packetWith('2b 03 06 01'), 43, 6, 2), undefined, 'option 43 is cut off')
  t.end()
})

t.test('I-14: the file name', t => {
  t.equal(fileNameOf(reply(packetWith('43 02 61 62 ff', { file: '63' }))), 'c', 'the field before the option')
  t.equal(fileNameOf(reply(packetWith('43 02 61 62 ff'))), 'ab')
  t.equal(fileNameOf(reply(packetWith('43 00 ff'))), '', 'empty, but there')
  t.equal(fileNameOf(reply(packetWith('35 01 02 ff'))), undefined)
  const overloaded = packetWith('34 01 01 ff', { file: '43 01 61 ff', yiaddr: '0a000001' })
  t.equal(fileNameOf(reply(overloaded)), 'C\u0001a\u00ff', 'option 52 means nothing')
  const mask = packetWith('34 01 01 ff', { file: '01 04 ff ff ff 00 ff', yiaddr: '0a000001' })
  t.strictSame(stationAddress(reply(mask)), { ip: ip('10.0.0.1'), prefixLength: 8 }, 'nor are there options')
  t.equal(hasBootData(reply(packetWith('43 01 61 ff')), 9), false, 'siaddr is 0')
  t.end()
})

t.test('what else it reads', t => {
  t.ok(isPxeClient(reply(packetWith('3c 0a 50 58 45 43 6c 69 65 6e 74 21 ff'))))
  t.notOk(isPxeClient(reply(packetWith('3c 08 50 58 45 43 6c 69 65 6e ff'))))
  const ack = packetWith('01 04 ff ff ff 00 03 04 0a 00 00 fe ff', { yiaddr: '0a000001' })
  t.strictSame(stationAddress(reply(ack)), {
    ip: ip('10.0.0.1'),
    prefixLength: 24,
    router: ip('10.0.0.254'),
    routerOffLink: true,
  })
  t.equal(reply(packetWith('36 04 0a 00 00 02 ff')).pseudoId, ip('10.0.0.2'))
  t.equal(reply(packetWith('ff')).pseudoId, ip('10.0.0.9'), 'where it came from')
  t.end()
})
