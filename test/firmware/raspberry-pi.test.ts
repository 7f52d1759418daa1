/** The Raspberry Pi 3's boot ROM against what people report of it; each test names its report. */
import t from 'tap'
import { ANY_IP4, type Ip4, formatIp4, toMac } from '../../src/core/address.ts'
import { toHex } from '../../src/core/bytes.ts'
import { MILLISECOND, SECOND } from '../../src/core/micros.ts'
import { raspberryPiFirmware } from '../../src/firmware/raspberry-pi/raspberry-pi.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage, DhcpOption } from '../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootReply,
  chaddrOf,
  ip4Option,
  messageTypeOption,
  textOption,
} from '../../src/wire/dhcp/options.ts'
import { decodeTftp } from '../../src/wire/tftp/codec.ts'
import { FAKE_MAC, type FakeRun, type Reply, type Sent, type World, ip, runScript } from './fake-pc.ts'

const [DHCP, PROXY, TFTP] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(ip) as [Ip4, Ip4, Ip4]
const MARK = textOption(OPTION.vendorSpecific, 'Raspberry Pi Boot   ')

interface Offer {
  readonly from: Ip4
  readonly delay: number
  readonly options?: readonly DhcpOption[]
  readonly fields?: Partial<DhcpMessage>
}

const lease = (delay: number, ...options: readonly DhcpOption[]): Offer => ({
  from: DHCP,
  delay,
  options,
  fields: { yiaddr: ip('10.0.0.100') },
})
const proxy = (delay: number, ...options: readonly DhcpOption[]): Offer => ({ from: PROXY, delay, options })

const isDiscover = ({ to }: Sent): boolean => to.port === 67
const world =
  (...offers: readonly Offer[]): World =>
  sent => {
    if (!isDiscover(sent)) return []
    const asked = decodeDhcp(sent.payload)
    if (!asked.ok) throw new Error('no DHCP message')
    return offers.map(({ from, delay, options = [], fields }): Reply => {
      const all = [messageTypeOption('offer'), ip4Option(OPTION.serverIdentifier, from), ...options]
      const payload = encodeDhcp(bootReply(asked.value, { ...fields, options: all }))
      return { delay: delay * MILLISECOND, from: { ip: from, port: 67 }, payload }
    })
  }
const boot = (...offers: readonly Offer[]): FakeRun =>
  runScript(raspberryPiFirmware('raspberry-pi-3'), world(...offers))
const asks = (run: FakeRun): string[] =>
  run.sent.flatMap(({ to, payload }) => {
    const packet = to.port === 69 ? decodeTftp(payload) : undefined
    return packet?.ok && packet.value.kind === 'rrq' ? [`${packet.value.file} of ${formatIp4(to.ip)}`] : []
  })
const asked = (run: FakeRun): string | undefined => asks(run)[0]
const why = (run: FakeRun): string => run.choices.map(({ text }) => text).join('\n')

t.test('firmware#1265, #764: the DISCOVER byte for byte, five times, five seconds apart', async t => {
  const run = boot()
  const discovers = run.sent.filter(isDiscover)
  t.strictSame(
    discovers.map(({ at }) => at / SECOND),
    [0, 5, 10, 15, 20],
  )
  const bytes = discovers[0]!.payload
  t.equal(bytes.length, 322)
  t.equal(toHex(bytes.subarray(0, 12)), '0101060026f3033900000000', 'the same xid for all, secs 0, unicast')
  t.equal(
    toHex(bytes.subarray(240)),
    '350101' +
      '370e2b3c438081828384858687420103' +
      '5d020000' +
      '5e03010201' +
      `611100${'44'.repeat(16)}` +
      '3c20505845436c69656e743a417263683a30303030303a554e44493a303032303031' +
      'ff',
  )
  t.match(run.record, { outcome: 'failed', code: undefined, lease: undefined })
  t.equal(run.endedAt, 25 * SECOND)
  t.equal(run.openSockets, 0)
  t.match(why(run), 'No server offered an address after 5 DISCOVERs.')
})

t.test('netboot-rpi3b: a packet must come more than a second after the DISCOVER', async t => {
  const late = boot(lease(10), proxy(2000, MARK))
  t.strictSame(asks(late).at(0), 'bootcode.bin of 10.0.0.2')
  t.strictSame(late.record.lease, { server: DHCP, address: ip('10.0.0.100') })
  t.equal(late.record.pxeServer, PROXY)
  t.equal(late.sent.filter(isDiscover).length, 1, 'firmware#1699: no REQUEST')
  const quick = boot(lease(10), proxy(20, MARK))
  t.equal(asked(quick), undefined)
  t.match(why(quick), /Everything was offered, but within 1 s of each DISCOVER/)
  t.equal(
    asked(boot(lease(10), proxy(20, MARK), proxy(1001))),
    'bootcode.bin of 10.0.0.2',
    'any packet will do',
  )
})

t.test('firmware#670, #801, #941: what names the TFTP server', async t => {
  const server = (text: string) => textOption(OPTION.tftpServerName, text)
  const named = (...options: readonly DhcpOption[]) => asked(boot(lease(1500, ...options)))
  t.equal(named(MARK), 'bootcode.bin of 10.0.0.1', 'the mark: the sender')
  t.equal(named(server('10.0.0.3')), 'bootcode.bin of 10.0.0.3', 'option 66: in digits')
  t.equal(named(server('boot.example')), undefined, 'not by name')
  t.equal(named(MARK, server('10.0.0.3')), 'bootcode.bin of 10.0.0.3', 'the later one')
  t.equal(named(server('10.0.0.3'), MARK), 'bootcode.bin of 10.0.0.1', 'the later one')
  t.equal(named(textOption(OPTION.vendorSpecific, 'Raspberry Pi Boot')), undefined, 'without the spaces')
  const other = {
    ...lease(1500, MARK, textOption(OPTION.bootFileName, 'x')),
    fields: { yiaddr: ip('10.0.0.100'), siaddr: TFTP },
  }
  t.equal(asked(boot(other)), 'bootcode.bin of 10.0.0.1', 'siaddr and file are not read')
  t.match(why(boot(lease(1500))), /No server named a TFTP server after 5 DISCOVERs/)
})

t.test('firmware#1067, linux#1638: whose offer it takes', async t => {
  const neighbour = {
    ...lease(1500, MARK),
    fields: { yiaddr: ip('10.0.0.101'), chaddr: chaddrOf(toMac(FAKE_MAC + 1)) },
  }
  t.equal(boot(neighbour).record.lease?.address, ip('10.0.0.101'), "another Pi's")
  const relayed = { ...lease(1500, MARK), fields: { yiaddr: ip('10.0.0.100'), giaddr: ip('10.0.0.254') } }
  t.not(relayed.fields.giaddr, ANY_IP4)
  t.equal(asked(boot(relayed)), undefined, 'none through a relay agent')
})
