/** How EDK2's drivers walk over options, byte by byte (E-11, E-17, E-54, E-102 … E-108). */
import t from 'tap'
import { routerFault, takesStation } from '../../src/firmware/edk2/addresses.ts'
import { arrivingParameters, chosenParameters } from '../../src/firmware/edk2/option-check.ts'
import { rereadPacket, storePacket } from '../../src/firmware/edk2/stored-packet.ts'
import { readVendorOptions } from '../../src/firmware/edk2/vendor-walk.ts'
import { fromHex } from '../../src/core/bytes.ts'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { ip } from './fake-pc.ts'
import { type Fields, packetWith } from './packets.ts'

const DROPS = { malformedOption: 'dropsPacket' } as const
const SKIPS = { malformedOption: 'isSkipped' } as const
const OFFER = '35 01 02 36 04 0a 00 00 02 '
const stored = (options: string, fields: Fields = {}) => {
  const bytes = packetWith(options, fields)
  const decoded = decodeDhcp(bytes)
  if (!decoded.ok) throw new Error('no DHCP message')
  return storePacket(bytes, decoded.value, ip('10.0.0.2'))
}

t.test('E-11, E-102 … E-104: what is dropped on arrival', t => {
  const arrives = (options: string) => arrivingParameters(packetWith(OFFER + options), DROPS) !== undefined
  t.ok(arrives('ff'))
  t.notOk(arrives(''), 'no END')
  t.notOk(arrives('0c 05 61 ff'), 'runs past the end')
  t.notOk(arrives('33 05 00 00 0e 10 00 ff'), '51 of five bytes')
  t.ok(arrives('33 02 00 00 33 02 0e 10 ff'), 'two halves are one whole')
  t.notOk(arrives('36 04 0a 00 00 02 ff'), '54 twice')
  for (const code of ['0c', '0f', '42', '2b', '06', '03', '43'])
    t.ok(arrives(`${code} 00 ff`), `${code} is empty`)
  const skipped = arrivingParameters(packetWith(`${OFFER}01 03 ff ff ff ff`), SKIPS)
  t.match(skipped, { mask: 0, type: 2 }, 'a later build passes over it')
  t.end()
})

t.test('E-54: a name without NUL breaks the stored copy', t => {
  const last = stored(`${OFFER}43 02 61 62 ff`)
  t.equal(last.bootFile, 'ab')
  t.equal(chosenParameters(last.bytes, DROPS), undefined, 'END is gone')
  t.ok(chosenParameters(stored(`${OFFER}43 03 61 62 00 ff`).bytes, DROPS), 'closed by a NUL')
  t.ok(chosenParameters(stored(`43 02 61 62 00 ${OFFER}ff`).bytes, DROPS), 'a pad behind it takes the NUL')
  t.equal(rereadPacket(stored(`${OFFER}43 02 61 62 ff`)).bootFile, 'ab', 'read again')
  t.end()
})

t.test('E-17, E-103: which name', t => {
  t.equal(stored(`${OFFER}ff`, { file: '63' }).bootFile, 'c')
  t.equal(stored(`${OFFER}43 01 61 ff`, { file: '63' }).bootFile, 'a', 'the option before the field')
  t.equal(stored(`${OFFER}43 00 ff`, { file: '63' }).bootFile, '\u00ff', 'what stands behind an empty one')
  t.equal(stored(`${OFFER}34 01 01 ff`, { file: '43 02 61 00 ff' }).bootFile, 'a', 'in the overloaded field')
  t.equal(stored(`${OFFER}34 01 02 ff`, { file: '63' }).bootFile, 'c', 'sname is overloaded, file is not')
  t.equal(stored(`${OFFER}ff`).bootFile, undefined)
  t.end()
})

t.test('E-105: suboptions of 43', t => {
  // The value begins behind code and length.
  const read = (hex: string, length: number) =>
    readVendorOptions(Uint8Array.of(43, length, ...fromHex(hex)), 2)
  t.match(read('06 01 08 ff', 4), { discoveryControl: 8 })
  t.match(read('09 06 00 05 03 4c 61 62', 7), { bootMenu: [{ type: 5, text: 'Lab' }] }, 'one byte beyond')
  t.strictSame((read('06 01 08 09 01 00', 3) as { tags: readonly number[] }).tags, [6], 'begins beyond')
  t.match(read('06 01 08 06 01 03', 6), { discoveryControl: 3 }, 'the later of two')
  t.end()
})

t.test('E-106 … E-108: addresses', t => {
  const now = { freePrefixes: [31, 32] }
  const old = { freePrefixes: [] }
  const mask = ip('255.255.255.0')
  const host = ip('10.0.0.7')
  const broadcast = ip('10.0.0.255')
  t.ok(takesStation(host, mask, now))
  t.notOk(takesStation(ip('10.0.0.0'), mask, now))
  t.notOk(takesStation(broadcast, mask, now))
  t.notOk(takesStation(host, ip('255.0.255.0'), now), 'holes')
  for (const tight of ['255.255.255.254', '255.255.255.255']) {
    t.ok(takesStation(host, ip(tight), now), tight)
    t.notOk(takesStation(host, ip(tight), old), `${tight} in old builds`)
  }
  t.equal(routerFault(ip('10.0.0.1'), host, mask, now), undefined)
  t.equal(routerFault(ip('10.9.0.1'), host, mask, now), 'offSubnet')
  t.equal(routerFault(broadcast, host, mask, now), 'notHost')
  t.equal(routerFault(ip('10.9.0.1'), host, ip('255.255.255.255'), now), undefined, 'under a mask of 32 ones')
  t.end()
})
