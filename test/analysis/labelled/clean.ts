/**
 * Captures in which nothing is wrong, each as close as possible to one in which something is.
 */
import { BROADCAST_MAC, LIMITED_BROADCAST, toMac, ip4Number } from '../../../src/core/address.ts'
import { encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import {
  chaddrOf,
  bootRequest,
  bytesOption,
  ip4Option,
  messageTypeOption,
  textOption,
} from '../../../src/wire/dhcp/options.ts'
import { encodePxeVendor } from '../../../src/wire/pxe/vendor-options.ts'
import {
  type Capture,
  type Machine,
  complete,
  ip,
  lease,
  menu,
  ms,
  production,
  redirect,
  s,
} from '../capture-builder.ts'
import { A, B, DHCP, DHCP2, FILE, JOB, type Labelled, PA, bootWell, clean, leaseOf } from './label.ts'

const BIOS_FILE = 'BStrap/x86/BStrap.0'
const R1 = '10.0.0.1'
const R2 = '10.0.0.4'
const FAR_DHCP = '10.0.9.2'
const FAR_NBS = '10.0.9.5'

/** What a relay and its server say about one DISCOVER: both sides of the router. */
const relayed = (
  capture: Capture,
  at: number,
  pc: Machine,
  server: string,
  offer: object,
  giaddr = R1,
): void => {
  capture.relayed(at, pc, 'discover', giaddr, server)
  capture.offer(at + 200, server, pc, { ...offer, giaddr, segment: 'servers' })
  capture.offer(at + 400, server, pc, { ...offer, giaddr })
}

/** An operating system's own DHCP, after the firmware's. */
const system = (pc: Machine): Machine => ({ ...pc, firmware: 'os', xid: pc.xid + 0x9000 })

/** A unicast REQUEST of a bound machine, and its ACK. */
const renew = (capture: Capture, at: number, pc: Machine, server: string): void => {
  const request = {
    ...capture.message(pc, [messageTypeOption('request')]),
    ciaddr: pc.address,
    flags: 0,
    xid: pc.xid + (at % 1000),
  }
  capture.udp(
    at,
    pc.segment,
    pc.mac,
    toMac(0x020000000000 + ip4Number(ip(server))),
    [pc.address, 68],
    [ip(server), 67],
    encodeDhcp(request),
  )
  capture.ack(at + ms(1), server, pc, leaseOf(pc, { xid: request.xid, toLease: true, ciaddr: '0.0.0.0' }))
}

const twice = (capture: Capture, after: number, rename = (segment: string) => segment): void => {
  capture.records.push(
    ...capture.records.map(record => ({ ...record, at: record.at + after, segment: rename(record.segment) })),
  )
}

const firmware: readonly Labelled[] = [
  clean('EDK2 boots from the only NBS', (capture, pc) => bootWell(capture, pc)),
  clean('iPXE boots from the only NBS', capture =>
    bootWell(capture, capture.machine(1, 'ipxe'), { offer: PA }),
  ),
  clean('a BIOS ROM boots from the only NBS', capture =>
    bootWell(capture, capture.machine(1, 'bios'), { offer: complete(BIOS_FILE), file: BIOS_FILE }),
  ),
  clean('U-Boot takes the boot file from DHCP and needs no PXE server', capture => {
    const board = capture.machine(1, 'u-boot', { arch: 11 })
    capture.boot(0, board, [[DHCP, leaseOf(board, { file: 'boot.scr', siaddr: A })]])
    capture.download(s(4.1), board, A, 'boot.scr')
    capture.quietUntil(s(30))
  }),
  clean('an HTTP boot client is answered by the HTTP server, a PXE client by the NBS', (capture, pc) => {
    const web = capture.machine(2, 'http', { arch: 16 })
    capture.boot(0, web, [
      [DHCP, leaseOf(web)],
      ['10.0.0.8', { file: 'http://10.0.0.8/boot.efi', options: [textOption(60, 'HTTPClient')] }],
    ])
    bootWell(capture, pc, { at: s(40) })
  }),
  clean('one machine tries HTTP boot first and PXE then', (capture, pc) => {
    const web: Machine = { ...pc, firmware: 'http', arch: 16, xid: 0x77 }
    capture.discover(0, web)
    capture.offer(ms(1), DHCP, web, leaseOf(pc))
    capture.discover(s(4), { ...web })
    capture.offer(s(4) + ms(1), DHCP, web, leaseOf(pc))
    bootWell(capture, pc, { at: s(20) })
  }),
  clean('an iPXE from ROM is given a script by user class, not itself', (capture, pc) => {
    bootWell(capture, pc, { offer: complete('ipxe.efi'), file: 'ipxe.efi' })
    const chained: Machine = { ...pc, firmware: 'ipxe', xid: 0x5001 }
    capture.boot(s(35), chained, [[DHCP, leaseOf(pc, { file: 'menu.ipxe', siaddr: A })]])
    capture.download(s(39.1), chained, A, 'menu.ipxe')
    capture.quietUntil(s(60))
  }),
  clean('a boot loader looks for its configuration by nine names before it finds one', (capture, pc) => {
    bootWell(capture, pc, { offer: complete('pxelinux.efi'), file: 'pxelinux.efi' })
    for (let i = 0; i < 9; i++) {
      capture.rrq(s(5) + ms(10 * i), pc, A, `pxelinux.cfg/0A0000${i}`, 3000 + i)
      capture.tftpReply(
        s(5) + ms(10 * i + 1),
        A,
        pc,
        { kind: 'error', code: 1, message: 'not found' },
        3000 + i,
      )
    }
    capture.download(s(6), pc, A, 'pxelinux.cfg/default', 3100)
  }),
  clean('production is an answer: the only NBS sends the machine to its disk', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, production],
    ])
    const windows = system(pc)
    capture.boot(s(30), windows, [[DHCP, leaseOf(pc)]])
    capture.quietUntil(s(60))
  }),
  clean('the NBS asks the machine to ask port 4011 and answers there', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, redirect],
    ])
    capture.ask(s(4.1), pc, A)
    capture.answer(s(4.102), A, pc, complete(FILE, 'PXE: WinPE'))
    capture.download(s(4.2), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  clean('a menu whose entry is discovered on 4011 of the listed server', (capture, pc) => {
    const offer = menu({
      discoveryControl: 3,
      bootServers: [{ type: 0xaaaa, addresses: [ip(A)] }],
      bootMenu: [{ type: 0xaaaa, text: 'PXE: WinPE' }],
      prompt: { timeout: 0, text: '' },
    })
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, offer],
    ])
    capture.ask(s(4.1), pc, A)
    capture.answer(s(4.102), A, pc, {
      file: FILE,
      vendor: [encodePxeVendor({ bootItem: { type: 0xaaaa, layer: 0 } })],
    })
    capture.download(s(4.2), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
]

const copies: readonly Labelled[] = [
  clean('every DISCOVER is sent three times and answered three times', (capture, pc) => {
    for (const at of [0, s(4), s(12)]) {
      capture.discover(at, pc)
      capture.offer(at + ms(1), A, pc, PA)
    }
    capture.offer(s(12) + ms(2), DHCP, pc, leaseOf(pc))
    capture.request(s(16), pc, DHCP)
    capture.ack(s(16.001), DHCP, pc, leaseOf(pc))
    capture.download(s(16.1), pc, A, FILE)
    capture.quietUntil(s(40))
  }),
  clean('a BIOS ROM takes a new xid for each try, and is answered each time', (capture, pc) => {
    const rom = capture.machine(1, 'bios')
    for (const [i, at] of [0, s(4), s(12)].entries()) {
      const again = { ...rom, xid: 0x100 + i }
      capture.discover(at, again)
      capture.offer(at + ms(1), A, again, complete(BIOS_FILE))
    }
    const last = { ...rom, xid: 0x110 }
    capture.boot(s(28), last, [
      [DHCP, leaseOf(pc)],
      [A, complete(BIOS_FILE)],
    ])
    capture.download(s(32.1), last, A, BIOS_FILE)
    capture.quietUntil(s(60))
  }),
  clean('a mirror port shows every frame twice', (capture, pc) => {
    bootWell(capture, pc)
    twice(capture, 40)
  }),
  clean('a trunk shows every frame in the VLAN and a mirror port beside it untagged', (capture, pc) => {
    bootWell(capture, pc)
    twice(capture, 30, segment => `${segment}.12`)
  }),
  clean('one DHCP server and one NBS, both behind one relay', (capture, pc) => {
    capture.discover(0, pc)
    relayed(capture, ms(1), pc, FAR_DHCP, leaseOf(pc))
    relayed(capture, ms(2), pc, FAR_NBS, PA)
    capture.request(s(4), pc, FAR_DHCP)
    capture.ack(s(4.1), FAR_DHCP, pc, leaseOf(pc, { giaddr: R1 }))
    capture.download(s(4.2), pc, FAR_NBS, FILE)
    capture.quietUntil(s(30))
  }),
  clean('two redundant routers relay, so that every offer comes twice', (capture, pc) => {
    capture.discover(0, pc)
    for (const [i, giaddr] of [R1, R2].entries()) {
      relayed(capture, ms(1) + i * 300, pc, FAR_DHCP, leaseOf(pc), giaddr)
      relayed(capture, ms(2) + i * 300, pc, FAR_NBS, PA, giaddr)
    }
    capture.request(s(4), pc, FAR_DHCP)
    for (const giaddr of [R1, R2]) capture.ack(s(4.1), FAR_DHCP, pc, leaseOf(pc, { giaddr }))
    capture.download(s(4.2), pc, FAR_NBS, FILE)
    capture.quietUntil(s(30))
  }),
  clean('the same, seen from the servers alone', (capture, pc) => {
    for (const [i, giaddr] of [R1, R2].entries()) {
      for (const [server, offer] of [
        [FAR_DHCP, leaseOf(pc)],
        [FAR_NBS, PA],
      ] as const) {
        capture.relayed(i * 300, pc, 'discover', giaddr, server)
        capture.offer(ms(1) + i * 300, server, pc, { ...offer, giaddr, segment: 'servers' })
      }
      capture.relayed(s(4) + i * 300, pc, 'request', giaddr, FAR_DHCP)
      capture.ack(s(4.1) + i * 300, FAR_DHCP, pc, leaseOf(pc, { giaddr, segment: 'servers' }))
    }
    capture.quietUntil(s(4.2))
  }),
  clean('two relays put their own address in option 54 (RFC 5107), before one DHCP server', (capture, pc) => {
    capture.discover(0, pc)
    for (const [i, giaddr] of [R1, R2].entries())
      capture.offer(ms(1 + i), FAR_DHCP, pc, leaseOf(pc, { giaddr, identifier: giaddr }))
    capture.offer(ms(3), A, pc, PA)
    capture.request(s(4), pc, R1)
    capture.ack(s(4.1), FAR_DHCP, pc, leaseOf(pc, { giaddr: R1, identifier: R1 }))
    capture.download(s(4.2), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  clean('a PXE offer and a lease, both with option 54 of the relay (RFC 5107)', (capture, pc) => {
    capture.discover(0, pc)
    capture.offer(ms(1), FAR_DHCP, pc, leaseOf(pc, { giaddr: R1, identifier: R1 }))
    capture.offer(ms(2), FAR_NBS, pc, { ...PA, giaddr: R1, identifier: R1 })
    capture.request(s(4), pc, R1)
    capture.ack(s(4.1), FAR_DHCP, pc, leaseOf(pc, { giaddr: R1, identifier: R1 }))
    capture.download(s(4.2), pc, FAR_NBS, FILE)
    capture.quietUntil(s(30))
  }),
  clean('a relay adds option 82 and the server repeats it', (capture, pc) => {
    const circuit = bytesOption(82, Uint8Array.of(1, 4, 0, 4, 0, 7))
    capture.discover(0, pc)
    relayed(capture, ms(1), pc, FAR_DHCP, leaseOf(pc, { options: [circuit] }))
    relayed(capture, ms(2), pc, FAR_NBS, { ...PA, options: [circuit] })
    capture.request(s(4), pc, FAR_DHCP)
    capture.ack(s(4.1), FAR_DHCP, pc, leaseOf(pc, { giaddr: R1 }))
    capture.download(s(4.2), pc, FAR_NBS, FILE)
    capture.quietUntil(s(30))
  }),
]

const servers: readonly Labelled[] = [
  clean('DHCP and PXE on one host, under one address', (capture, pc) => {
    capture.boot(0, pc, [
      [A, leaseOf(pc)],
      [A, PA],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  clean('DHCP and PXE in one offer, port 4011 answers (WDS on a DHCP server)', (capture, pc) => {
    capture.boot(0, pc, [[A, leaseOf(pc, { pxe: true })]])
    capture.ask(s(4.1), pc, A)
    capture.answer(s(4.102), A, pc, complete(FILE))
    capture.download(s(4.2), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  clean('one PXE server says two things in two offers', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, PA],
      [A, redirect],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  clean('two NBS divide the machines by their MAC lists', (capture, pc) => {
    bootWell(capture, pc, { nbs: A })
    bootWell(capture, capture.machine(2), { nbs: B, at: s(1) })
    bootWell(capture, capture.machine(3), { nbs: A, at: s(2) })
  }),
  clean('two PXE servers divide the machines by architecture', (capture, pc) => {
    bootWell(capture, pc, { nbs: A })
    bootWell(capture, capture.machine(2, 'bios'), {
      nbs: B,
      at: s(1),
      offer: complete(BIOS_FILE),
      file: BIOS_FILE,
    })
  }),
  clean('an NBS of its own in each of two VLANs, machines with one xid at one time', capture => {
    for (const [i, segment] of ['office.10', 'office.20'].entries())
      bootWell(capture, capture.machine(i + 1, 'edk2', { segment, xid: 7 }), {
        nbs: i ? B : A,
        dhcp: i ? DHCP2 : DHCP,
      })
  }),
  clean('the NBS is replaced by another between two boots of one machine', (capture, pc) => {
    bootWell(capture, pc, { nbs: A })
    bootWell(capture, { ...pc, xid: 0x99 }, { nbs: B, at: s(600) })
  }),
  clean('the DHCP server is replaced by another between two boots', (capture, pc) => {
    bootWell(capture, pc, { dhcp: DHCP })
    bootWell(capture, { ...pc, xid: 0x99 }, { dhcp: DHCP2, at: s(4000) })
  }),
  clean('the NBS comes back with another network card', (capture, pc) => {
    bootWell(capture, pc)
    bootWell(capture, { ...pc, xid: 0x99 }, { at: s(600), offer: { ...PA, mac: toMac(0x02000a00ff05) } })
  }),
  clean('the DHCP service restarts, and its answer comes at the third DISCOVER', (capture, pc) => {
    for (const at of [0, s(4), s(8)]) {
      capture.discover(at, pc)
      capture.offer(at + ms(2), A, pc, PA)
    }
    capture.offer(s(8) + ms(5), DHCP, pc, leaseOf(pc))
    capture.request(s(12), pc, DHCP)
    capture.ack(s(12.001), DHCP, pc, leaseOf(pc))
    capture.download(s(12.1), pc, A, FILE)
    capture.quietUntil(s(40))
  }),
  clean('the TFTP service restarts, and the second request is served', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, PA],
    ])
    capture.rrq(s(4.1), pc, A, FILE, 1999)
    capture.rrq(s(5.1), pc, A, FILE, 1999)
    capture.download(s(9.1), pc, A, FILE)
    capture.quietUntil(s(40))
  }),
  clean('failover partners share the load: each machine is answered by one of them', capture => {
    for (let i = 1; i <= 6; i++)
      bootWell(capture, capture.machine(i), { at: s(i), dhcp: i % 2 ? DHCP : DHCP2 })
  }),
  clean('the failover partner answers the rebinding of a machine whose server is gone', (capture, pc) => {
    const windows = system(pc)
    bootWell(capture, pc)
    capture.boot(s(40), windows, [[DHCP, leaseOf(pc)]])
    const request = {
      ...capture.message(windows, [messageTypeOption('request')]),
      ciaddr: pc.address,
      flags: 0,
      xid: 0x6001,
    }
    for (const at of [s(100), s(104)])
      capture.udp(
        at,
        'office',
        pc.mac,
        BROADCAST_MAC,
        [pc.address, 68],
        [LIMITED_BROADCAST, 67],
        encodeDhcp(request),
      )
    capture.ack(s(104.001), DHCP2, windows, leaseOf(pc, { xid: 0x6001, toLease: true }))
    capture.quietUntil(s(130))
  }),
  clean('the file lies on a TFTP server of its own', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, { ...PA, siaddr: '10.0.0.9' }],
    ])
    capture.download(s(4.1), pc, '10.0.0.9', FILE)
    capture.quietUntil(s(30))
  }),
  clean('DHCP names the same boot file as the PXE server, in another spelling', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc, { file: '\\BSTRAP\\x64\\bstrap.efi', siaddr: A })],
      [A, PA],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  clean('no PXE server, and none needed: DHCP names server and boot file', (capture, pc) => {
    capture.boot(0, pc, [[DHCP, leaseOf(pc, { file: 'grubx64.efi', siaddr: A })]])
    capture.download(s(4.1), pc, A, 'grubx64.efi')
    capture.quietUntil(s(30))
  }),
]

const bystanders: readonly Labelled[] = [
  clean('denied, it starts again and boots', (capture, pc) => {
    capture.discover(0, pc)
    capture.offer(ms(1), DHCP, pc, leaseOf(pc))
    capture.offer(ms(2), A, pc, PA)
    capture.request(s(4), pc, DHCP)
    capture.nak(s(4.001), DHCP, pc)
    bootWell(capture, { ...pc, xid: 0x77 }, { at: s(6) })
  }),
  clean('an ordinary machine is denied the address of another network', capture => {
    const laptop = capture.machine(1, 'os')
    capture.request(0, laptop, DHCP)
    capture.nak(ms(1), DHCP, laptop)
    capture.quietUntil(s(60))
  }),
  clean('ordinary machines get a lease and want nothing else', capture => {
    for (let i = 1; i <= 5; i++)
      capture.boot(s(i), capture.machine(i, 'os'), [[DHCP, leaseOf(capture.machine(i))]])
    capture.quietUntil(s(60))
  }),
  clean('a machine renews its lease by unicast, again and again', (capture, pc) => {
    bootWell(capture, pc)
    const windows = system(pc)
    capture.boot(s(40), windows, [[DHCP, leaseOf(pc)]])
    for (const at of [s(100), s(200), s(300)]) renew(capture, at, windows, DHCP)
    capture.quietUntil(s(400))
  }),
  clean(
    'a machine comes back to its old subnet: its REQUEST is denied and it starts again',
    (capture, pc) => {
      const laptop = { ...system(pc), xid: 0x31 }
      const request = capture.message(laptop, [messageTypeOption('request'), ip4Option(50, ip('10.0.7.7'))])
      capture.udp(
        0,
        'office',
        pc.mac,
        BROADCAST_MAC,
        [ip('0.0.0.0'), 68],
        [LIMITED_BROADCAST, 67],
        encodeDhcp(request),
      )
      capture.nak(ms(1), DHCP, laptop)
      capture.boot(s(1), { ...laptop, xid: 0x32 }, [[DHCP, leaseOf(pc)]])
      capture.quietUntil(s(60))
    },
  ),
  clean(
    'Windows asks for further options by INFORM, and two DHCP servers are authorised to answer',
    (capture, pc) => {
      bootWell(capture, pc)
      const windows = { ...system(pc), xid: 0x41 }
      const inform = {
        ...capture.message(windows, [messageTypeOption('inform')]),
        ciaddr: pc.address,
        flags: 0,
      }
      capture.udp(
        s(40),
        'office',
        pc.mac,
        BROADCAST_MAC,
        [pc.address, 68],
        [LIMITED_BROADCAST, 67],
        encodeDhcp(inform),
      )
      for (const [i, server] of [DHCP, DHCP2].entries())
        capture.ack(s(40) + ms(i + 1), server, windows, { toLease: true, ciaddr: '10.0.0.101' })
      capture.quietUntil(s(60))
    },
  ),
  clean('a machine gives its address back and another one gets it', (capture, pc) => {
    bootWell(capture, pc)
    const release = {
      ...bootRequest({
        xid: 5,
        chaddr: chaddrOf(pc.mac),
        options: [messageTypeOption('release'), ip4Option(54, ip(DHCP))],
      }),
      ciaddr: pc.address,
    }
    capture.udp(
      s(40),
      'office',
      pc.mac,
      toMac(0x02000a000002),
      [pc.address, 68],
      [ip(DHCP), 67],
      encodeDhcp(release),
    )
    const next = capture.machine(2, 'edk2', { address: pc.address })
    bootWell(capture, next, { at: s(60) })
  }),
  clean('the machine announces and probes its own address', (capture, pc) => {
    bootWell(capture, pc)
    capture.arp(s(4.05), pc.mac, '0.0.0.0', '10.0.0.101')
    capture.arp(s(4.06), pc.mac, '10.0.0.101', '10.0.0.101')
  }),
  clean('a router answers ARP for every address of the subnet (proxy ARP)', (capture, pc) => {
    const router = toMac(0x00005e000101)
    const asker = capture.machine(9)
    for (const [i, address] of [A, '10.0.0.7', '10.0.0.8', DHCP].entries())
      capture.arpReply(ms(i), router, address, asker)
    bootWell(capture, pc, { at: s(1) })
    capture.arpReply(s(6), router, '10.0.0.101', asker)
  }),
  clean(
    'a server that hears no PXE class says nothing; an unknown firmware asks in vain for more',
    capture => {
      const phone = capture.machine(5, 'os')
      capture.boot(0, phone, [[DHCP, leaseOf(phone, { options: [textOption(66, 'phones.example')] })]])
      capture.rrq(s(5), phone, '10.0.0.9', 'SEP001122334455.cnf.xml', 4000)
      capture.tftpReply(s(5.01), '10.0.0.9', phone, { kind: 'error', code: 1, message: 'not found' }, 4000)
      capture.download(s(6), phone, '10.0.0.9', 'XMLDefault.cnf.xml', 4100)
      capture.quietUntil(s(30))
    },
  ),
  clean('somebody runs a PXE server for HTTP clients only, beside the NBS', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, PA],
    ])
    capture.offer(ms(5), '10.0.0.8', pc, {
      file: 'http://10.0.0.8/x.efi',
      options: [textOption(60, 'HTTPClient')],
    })
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
]

const views: readonly Labelled[] = [
  clean('the capture begins in the middle of a transfer', (capture, pc) => {
    for (let block = 700; block < 720; block++) {
      capture.tftpReply(ms(block), A, pc, { kind: 'data', block, bytes: new Uint8Array(512) }, 2000)
      capture.tftp(ms(block) + 100, pc, A, { kind: 'ack', block }, 2000, 52_000)
    }
    capture.quietUntil(s(30))
  }),
  clean('the capture ends with the DISCOVER', (capture, pc) => capture.discover(0, pc)),
  clean('the capture ends with the lease, before anything else could come', (capture, pc) => {
    capture.discover(0, pc)
    capture.offer(ms(1), DHCP, pc, leaseOf(pc))
  }),
  clean('the capture ends while port 4011 is being asked', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, redirect],
    ])
    capture.ask(s(4.1), pc, A)
  }),
  clean('only broadcasts are seen: neither port 4011 nor TFTP', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, redirect],
    ])
    capture.arp(s(60), toMac(0x0200000000fe), '10.0.0.254', '10.0.0.253')
  }),
  clean('DHCP answers iPXE by unicast, which a switch does not show here', capture => {
    const vm = capture.machine(1, 'ipxe')
    capture.discover(0, vm)
    capture.offer(ms(2), A, vm, complete('snponly.efi'))
    capture.request(s(2), vm, DHCP)
    capture.arp(s(60), toMac(0x0200000000fe), '10.0.0.254', '10.0.0.253')
  }),
  clean('only the server’s side of a transfer is captured', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, PA],
    ])
    for (let block = 1; block < 6; block++)
      capture.tftpReply(
        s(4.1) + ms(block),
        A,
        pc,
        { kind: 'data', block, bytes: new Uint8Array(block < 5 ? 512 : 9) },
        2000,
      )
    capture.quietUntil(s(30))
  }),
  clean('two machines follow one job at the NBS, one after the other', capture => {
    for (const number of [1, 2]) bootWell(capture, capture.machine(number), { at: s(number), offer: JOB })
  }),
  clean(
    'a lease without anything, and the same machine as operating system a moment later',
    (capture, pc) => {
      const windows = system(pc)
      capture.boot(0, windows, [[DHCP, lease('10.0.0.101')]])
      capture.boot(s(60), { ...windows, xid: 0x1234 }, [[DHCP, lease('10.0.0.101')]])
      capture.quietUntil(s(90))
    },
  ),
]

export const CLEAN: readonly Labelled[] = [...firmware, ...copies, ...servers, ...bystanders, ...views]
