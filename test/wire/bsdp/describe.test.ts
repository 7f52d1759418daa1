/** BSDP messages as lines of text. */
import t from 'tap'
import { formatIp4 } from '../../../src/core/address.ts'
import { describeBsdp } from '../../../src/wire/bsdp/describe.ts'
import { bsdpOptions } from '../../../src/wire/bsdp/encode.ts'
import { decodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import { bootReply, bootRequest, textOption } from '../../../src/wire/dhcp/options.ts'
import { PACKETS } from './packets.ts'

const line = (bytes: Uint8Array): string => {
  const message = decodeDhcp(bytes)
  return message.ok ? describeBsdp(message.value, formatIp4) : ''
}

t.test('one line each', async t => {
  t.equal(line(PACKETS.A), 'BSDP DISCOVER of MacBookPro11,2')
  t.equal(line(PACKETS.H), 'BSDP INFORM[LIST] of MacBookPro11,2 reply port 993')
  t.equal(line(PACKETS.D), 'BSDP INFORM[SELECT] of MacBookPro11,2 for 10.66.0.10 selected 0x01001000')
  t.equal(
    line(PACKETS.O),
    'BSDP ACK[LIST] priority 32768 default 0x01000007 selected 0x01001000: Lab NetBoot OLD (0x01001000), Diag (0x01000007)',
  )
  t.equal(
    line(PACKETS.P),
    'BSDP ACK[SELECT] selected 0x00001000 file NetBoot/Old.nbi/i386/booter at 10.66.0.11',
  )
  t.equal(line(PACKETS.F), 'BSDP ACK[FAILED]')
  const secret = bootReply(bootRequest({}), {
    options: [
      textOption(60, 'AAPLBSDPC'),
      ...bsdpOptions({ messageType: 2, shadowMountPath: 'afp://a:secret@b/c' }),
    ],
  })
  t.notMatch(describeBsdp(secret, formatIp4), 'secret')
})
