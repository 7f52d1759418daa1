/**
 * Answers that go astray, come twice, or do not say what the machine wants to hear. Each beside its healthy twin.
 */
import { BROADCAST_MAC, LIMITED_BROADCAST, toMac } from '../../../src/core/address.ts'
import { fromHex, latin1Bytes } from '../../../src/core/bytes.ts'
import type { Micros } from '../../../src/core/micros.ts'
import { encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import {
  bootRequest,
  bytesOption,
  chaddrOf,
  messageTypeOption,
  textOption,
} from '../../../src/wire/dhcp/options.ts'
import { type Capture, type Machine, type Offer, complete, ip, ms, s } from '../capture-builder.ts'
import { A, DHCP, FILE, type Labelled, PA, bootWell, clean, failing, leaseOf } from './label.ts'

const RELAY = '10.0.0.1'
const FAR_DHCP = '10.0.9.2'
const FAR_NBS = '10.0.9.5'
const CARD_A = toMac(0x02000000aa01)
const CARD_B = toMac(0x02000000bb02)

/** A relayed DISCOVER reaches both servers; the DHCP server answers as it should. */
const relayedRound = (capture: Capture, at: Micros, pc: Machine): void => {
  capture.relayed(at, pc, 'discover', RELAY, FAR_DHCP)
  capture.relayed(at + 10, pc, 'discover', RELAY, FAR_NBS)
  capture.offer(at + 200, FAR_DHCP, pc, { ...leaseOf(pc), giaddr: RELAY, segment: 'servers' })
}

/** By broadcast on the servers' segment. */
const astray = (capture: Capture, at: Micros, server: string, pc: Machine, offer: Offer): void => {
  const bytes = encodeDhcp(capture.replyMessage(server, pc, { type: 'offer', ...offer }))
  capture.udp(at, 'servers', CARD_A, BROADCAST_MAC, [ip(server), 67], [LIMITED_BROADCAST, 68], bytes)
}

/** A Raspberry Pi's own question (RPI-6). */
const askAsPi = (capture: Capture, at: Micros, pc: Machine): void => {
  const message = bootRequest({
    xid: 0x26f30339,
    chaddr: chaddrOf(pc.mac),
    options: [
      messageTypeOption('discover'),
      bytesOption(55, fromHex('2b 3c 43 80 81 82 83 84 85 86 87 42 01 03')),
      bytesOption(93, Uint8Array.of(0, 0)),
      bytesOption(94, Uint8Array.of(1, 2, 1)),
      bytesOption(97, new Uint8Array(17)),
      textOption(60, 'PXEClient:Arch:00000:UNDI:002001'),
    ],
  })
  capture.udp(
    at,
    pc.segment,
    pc.mac,
    BROADCAST_MAC,
    [ip('0.0.0.0'), 68],
    [LIMITED_BROADCAST, 67],
    encodeDhcp(message),
  )
}

const pi = (capture: Capture): Machine => capture.machine(1, 'bios', { xid: 0x26f30339 })

const answers43 = (pc: Machine, value: Uint8Array): Offer =>
  leaseOf(pc, { pxe: true, siaddr: A, file: 'BStrap/x86/BStrap.0', vendor: [value] })

export const ANSWER_KINDS: readonly Labelled[] = [
  failing('nobody hears the first two DISCOVERs, then everybody the third', ['late-link'], (capture, pc) => {
    for (const at of [0, 4]) capture.discover(s(at), pc, { secs: at })
    bootWell(capture, pc, { at: s(12) })
  }),
  failing(
    'at the server: the first that is heard has asked for twelve seconds',
    ['late-link'],
    (capture, pc) => {
      bootWell(capture, capture.machine(2))
      capture.discover(s(50), pc, { secs: 12 })
      capture.offer(s(50.001), DHCP, pc, leaseOf(pc))
      capture.offer(s(50.002), A, pc, PA)
      capture.request(s(66), pc, DHCP)
      capture.ack(s(66.001), DHCP, pc, leaseOf(pc))
      capture.download(s(66.1), pc, A, FILE)
      capture.quietUntil(s(90))
    },
  ),
  clean('the capture begins with a machine that has asked for twelve seconds', (capture, pc) => {
    capture.discover(s(1), pc, { secs: 12 })
    capture.offer(s(1.001), DHCP, pc, leaseOf(pc))
    capture.offer(s(1.002), A, pc, PA)
    capture.request(s(17), pc, DHCP)
    capture.ack(s(17.001), DHCP, pc, leaseOf(pc))
    capture.download(s(17.1), pc, A, FILE)
    capture.quietUntil(s(40))
  }),
  clean('one server, DHCP and file in one, is late', (capture, pc) => {
    for (const at of [0, 4]) capture.discover(s(at), pc, { secs: at })
    capture.boot(s(12), pc, [[DHCP, leaseOf(pc, { file: FILE, siaddr: DHCP })]])
    capture.download(s(16.1), pc, DHCP, FILE)
    capture.quietUntil(s(40))
  }),
  failing(
    'the NBS answers a relay by broadcast, with giaddr',
    ['relay-answered-by-broadcast'],
    (capture, pc) => {
      for (const at of [0, s(4)]) {
        relayedRound(capture, at, pc)
        astray(capture, at + 300, FAR_NBS, pc, { ...PA, giaddr: RELAY })
      }
    },
  ),
  failing(
    'the NBS answers a relay by broadcast, without giaddr',
    ['relay-answered-by-broadcast'],
    (capture, pc) => {
      relayedRound(capture, 0, pc)
      astray(capture, 300, FAR_NBS, pc, PA)
    },
  ),
  clean('both answer the relay', (capture, pc) => {
    relayedRound(capture, 0, pc)
    capture.offer(300, FAR_NBS, pc, { ...PA, giaddr: RELAY, segment: 'servers' })
  }),
  clean('the relay’s own broadcast, seen on one trunk with what it sent on', (capture, pc) => {
    const trunk = { ...pc, segment: 'servers' }
    capture.discover(0, trunk)
    relayedRound(capture, 100, trunk)
    capture.offer(500, FAR_DHCP, trunk, { ...leaseOf(pc), giaddr: RELAY, segment: 'servers' })
    const bytes = encodeDhcp(capture.replyMessage(FAR_NBS, trunk, { type: 'offer', ...PA, giaddr: RELAY }))
    capture.udp(
      600,
      'servers',
      toMac(0x02000a000001),
      BROADCAST_MAC,
      [ip(RELAY), 67],
      [LIMITED_BROADCAST, 68],
      bytes,
    )
  }),
  failing('a clone answers under the same address', ['shared-server-address'], (capture, pc) => {
    capture.discover(0, pc)
    capture.offer(ms(1), DHCP, pc, leaseOf(pc))
    capture.offer(ms(2), A, pc, { ...PA, mac: CARD_A })
    capture.offer(ms(3), A, pc, { ...PA, mac: CARD_B })
    capture.request(s(4), pc, DHCP)
    capture.ack(s(4.001), DHCP, pc, leaseOf(pc))
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  failing('two DHCP servers on one address lease two addresses', ['shared-server-address'], (capture, pc) => {
    capture.discover(0, pc)
    capture.offer(ms(1), DHCP, pc, { ...leaseOf(pc), mac: CARD_A })
    capture.offer(ms(2), DHCP, pc, { ...leaseOf(pc), lease: '10.0.0.177', mac: CARD_B })
    capture.offer(ms(3), A, pc, PA)
    capture.request(s(4), pc, DHCP)
    capture.ack(s(4.001), DHCP, pc, { ...leaseOf(pc), mac: CARD_A })
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  clean('the standby takes the address over between two DISCOVERs (VRRP)', (capture, pc) => {
    capture.discover(0, pc)
    capture.offer(ms(1), DHCP, pc, leaseOf(pc))
    capture.offer(ms(2), A, pc, { ...PA, mac: CARD_A })
    capture.discover(s(4), pc)
    capture.offer(s(4.001), DHCP, pc, leaseOf(pc))
    capture.offer(s(4.002), A, pc, { ...PA, mac: CARD_B })
    capture.request(s(8), pc, DHCP)
    capture.ack(s(8.001), DHCP, pc, leaseOf(pc))
    capture.download(s(8.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  clean('one card answers for two servers', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, { ...leaseOf(pc), mac: CARD_A }],
      [A, { ...PA, mac: CARD_A }],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  failing(
    'option 43 as digits with colons, and the ROM asks port 4011 in vain',
    ['malformed-offer/error', 'dead-boot-server-port'],
    capture => {
      const pc = capture.machine(1, 'bios')
      capture.boot(0, pc, [[DHCP, answers43(pc, latin1Bytes('06:01:08:08:07:00:01:0a:00:00:05'))]])
      for (const at of [4.1, 5.1, 7.1]) capture.ask(s(at), pc, DHCP)
      capture.quietUntil(s(60))
    },
  ),
  failing('option 43 as a text', ['malformed-offer/error'], capture => {
    const pc = capture.machine(1, 'bios')
    capture.boot(0, pc, [[DHCP, answers43(pc, latin1Bytes('PXE boot please'))]])
    capture.quietUntil(s(60))
  }),
  clean('option 43 as bytes', capture => {
    const pc = capture.machine(1, 'bios')
    capture.boot(0, pc, [[DHCP, answers43(pc, Uint8Array.of(6, 1, 8, 255))]])
    capture.download(s(4.1), pc, A, 'BStrap/x86/BStrap.0')
    capture.quietUntil(s(60))
  }),
  failing('an HTTP boot client, and a server for PXE clients only', ['no-pxe-responder'], capture => {
    const pc = capture.machine(1, 'http', { arch: 16 })
    for (const at of [0, 4, 12, 28]) {
      capture.discover(s(at), pc)
      capture.offer(s(at) + ms(1), DHCP, pc, leaseOf(pc, { file: 'bootx64.efi', siaddr: A }))
    }
    capture.quietUntil(s(80))
  }),
  failing('an HTTP boot client, and nobody', ['no-dhcp-server'], capture => {
    const pc = capture.machine(1, 'http', { arch: 16 })
    for (const at of [0, 4, 12, 28]) capture.discover(s(at), pc)
    capture.quietUntil(s(80))
  }),
  clean('HTTP boot in vain, then PXE', (capture, pc) => {
    const http = capture.machine(1, 'http', { arch: 16, xid: 0x900 })
    for (const at of [0, 4]) {
      capture.discover(s(at), http)
      capture.offer(s(at) + ms(1), DHCP, http, leaseOf(pc))
    }
    bootWell(capture, pc, { at: s(7) })
  }),
  failing('a Raspberry Pi among servers for PCs', ['no-pxe-responder'], capture => {
    const pc = pi(capture)
    for (let i = 0; i < 5; i++) {
      askAsPi(capture, s(5 * i), pc)
      capture.offer(s(5 * i + 1.2), DHCP, pc, leaseOf(pc))
      capture.offer(s(5 * i + 1.3), A, pc, complete('pxelinux.0'))
    }
    capture.quietUntil(s(60))
  }),
  clean('a Raspberry Pi is named its TFTP server by option 66', capture => {
    const pc = pi(capture)
    askAsPi(capture, 0, pc)
    capture.offer(s(1.2), DHCP, pc, { ...leaseOf(pc), options: [textOption(66, A)] })
    capture.download(s(1.3), pc, A, 'bootcode.bin')
    capture.quietUntil(s(60))
  }),
]
