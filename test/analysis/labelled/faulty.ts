/**
 * Captures in which servers fight, and captures in which a lonely server fails: each with what has to be found, and
 * nothing beside it.
 */
import { toMac } from '../../../src/core/address.ts'
import { latin1Bytes } from '../../../src/core/bytes.ts'
import { textOption } from '../../../src/wire/dhcp/options.ts'
import {
  type Capture,
  type Machine,
  type Offer,
  complete,
  ip,
  lease,
  menu,
  ms,
  production,
  redirect,
  s,
} from '../capture-builder.ts'
import {
  A,
  B,
  DHCP,
  DHCP2,
  FILE,
  JOB,
  type Labelled,
  PA,
  bootWell,
  contended,
  failing,
  leaseOf,
} from './label.ts'

const C = '10.0.0.7'
const R1 = '10.0.0.1'
const FAR = ['10.0.9.5', '10.0.9.6'] as const
const OTHER = complete('other/x64/winpe.efi', 'PXE: Other')

/** A lease and these PXE offers, 1 ms apart. */
const offered = (
  capture: Capture,
  pc: Machine,
  offers: readonly (readonly [string, Offer])[],
  at = 0,
): void => capture.boot(at, pc, [[DHCP, leaseOf(pc)], ...offers])

const relayedOffer = (capture: Capture, at: number, pc: Machine, server: string, offer: Offer): void => {
  capture.relayed(at, pc, 'discover', R1, server)
  capture.offer(at + 200, server, pc, { ...offer, giaddr: R1, segment: 'servers' })
  capture.offer(at + 400, server, pc, { ...offer, giaddr: R1 })
}

const SPLIT = ['multiple-pxe-responders', 'split-decision']

export const CONTENDED: readonly Labelled[] = [
  contended(
    'two NBS of one Notification Server: the rule is broken, nothing else happens',
    ['multiple-pxe-responders/warning'],
    (capture, pc) => {
      offered(capture, pc, [
        [A, PA],
        [B, PA],
      ])
      capture.download(s(4.1), pc, A, FILE)
      capture.quietUntil(s(30))
    },
  ),
  contended('two NBS, another image', SPLIT, (capture, pc) => {
    offered(capture, pc, [
      [A, PA],
      [B, OTHER],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  contended('three NBS, of which two agree', SPLIT, (capture, pc) => {
    offered(capture, pc, [
      [A, PA],
      [B, PA],
      [C, OTHER],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  contended(
    'image against disk, and the disk wins: the job is lost',
    [...SPLIT, 'job-lost'],
    (capture, pc) => {
      offered(capture, pc, [
        [A, production],
        [B, JOB],
      ])
      capture.quietUntil(s(60))
    },
  ),
  contended('image against disk, and the image wins', SPLIT, (capture, pc) => {
    offered(capture, pc, [
      [A, JOB],
      [B, production],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  contended('image without a job against disk: no job is lost', SPLIT, (capture, pc) => {
    offered(capture, pc, [
      [A, production],
      [B, PA],
    ])
    capture.quietUntil(s(60))
  }),
  contended(
    'the second NBS answers three seconds late',
    ['multiple-pxe-responders/warning'],
    (capture, pc) => {
      offered(capture, pc, [[A, PA]])
      capture.offer(s(3), B, pc, PA)
      capture.download(s(4.1), pc, A, FILE)
      capture.quietUntil(s(30))
    },
  ),
  contended(
    'the second NBS answers only the second DISCOVER',
    ['multiple-pxe-responders/warning'],
    (capture, pc) => {
      capture.discover(0, pc)
      capture.offer(ms(1), A, pc, PA)
      capture.discover(s(4), pc)
      capture.offer(s(4) + ms(1), DHCP, pc, leaseOf(pc))
      capture.offer(s(4) + ms(2), A, pc, PA)
      capture.offer(s(4) + ms(3), B, pc, PA)
      capture.request(s(8), pc, DHCP)
      capture.ack(s(8.001), DHCP, pc, leaseOf(pc))
      capture.download(s(8.1), pc, A, FILE)
      capture.quietUntil(s(30))
    },
  ),
  contended(
    'two PXE servers send to port 4011; the machine asks the first (KB 181525)',
    ['multiple-pxe-responders'],
    (capture, pc) => {
      const rom = { ...pc, firmware: 'bios' as const, arch: 0 }
      offered(capture, rom, [
        [A, redirect],
        [B, redirect],
      ])
      capture.ask(s(4.5), rom, A)
      capture.answer(s(4.502), A, rom, complete('BStrap/x86/BStrap.0'))
      capture.download(s(4.6), rom, A, 'BStrap/x86/BStrap.0')
      capture.quietUntil(s(30))
    },
  ),
  contended(
    'two PXE servers send to port 4011, and the first is dead',
    ['multiple-pxe-responders', 'dead-boot-server-port'],
    (capture, pc) => {
      offered(capture, pc, [
        [A, redirect],
        [B, PA],
      ])
      for (const at of [4.1, 5.1, 6.1, 7.1]) capture.ask(s(at), pc, A)
      capture.quietUntil(s(30))
    },
  ),
  contended(
    'same promise, but the winner does not have the file',
    ['multiple-pxe-responders', 'missing-boot-file'],
    (capture, pc) => {
      offered(capture, pc, [
        [A, PA],
        [B, PA],
      ])
      capture.rrq(s(4.1), pc, A, FILE)
      capture.tftpReply(s(4.2), A, pc, { kind: 'error', code: 1, message: 'file not found' }, 2000)
      capture.quietUntil(s(30))
    },
  ),
  contended(
    'a relay asks two PXE servers',
    ['multiple-pxe-responders/warning', 'stray-relay-target/warning'],
    (capture, pc) => {
      capture.discover(0, pc)
      capture.offer(ms(1), DHCP, pc, leaseOf(pc))
      FAR.forEach((server, i) => relayedOffer(capture, ms(2 + i), pc, server, PA))
      capture.request(s(4), pc, DHCP)
      capture.ack(s(4.001), DHCP, pc, leaseOf(pc))
      capture.download(s(4.1), pc, FAR[0], FILE)
      capture.quietUntil(s(30))
    },
  ),
  contended(
    'a relay asks a PXE server although one stands on the subnet',
    [...SPLIT, 'stray-relay-target'],
    (capture, pc) => {
      capture.discover(0, pc)
      capture.offer(ms(1), DHCP, pc, leaseOf(pc))
      capture.offer(ms(1.5), A, pc, PA)
      relayedOffer(capture, ms(2), pc, FAR[0], OTHER)
      capture.request(s(4), pc, DHCP)
      capture.ack(s(4.001), DHCP, pc, leaseOf(pc))
      capture.download(s(4.1), pc, A, FILE)
      capture.quietUntil(s(30))
    },
  ),
  contended(
    'two PXE servers behind a relay that puts itself into option 54 (RFC 5107)',
    [...SPLIT, 'stray-relay-target'],
    (capture, pc) => {
      capture.discover(0, pc)
      capture.offer(ms(1), '10.0.9.2', pc, leaseOf(pc, { giaddr: R1, identifier: R1 }))
      capture.offer(ms(2), FAR[0], pc, { ...PA, giaddr: R1, identifier: R1 })
      capture.offer(ms(3), FAR[1], pc, { ...OTHER, giaddr: R1, identifier: R1 })
      capture.request(s(4), pc, R1)
      capture.ack(s(4.1), '10.0.9.2', pc, leaseOf(pc, { giaddr: R1, identifier: R1 }))
      capture.download(s(4.2), pc, FAR[0], FILE)
      capture.quietUntil(s(30))
    },
  ),
  contended('a mirror port shows two NBS, every frame twice', SPLIT, (capture, pc) => {
    offered(capture, pc, [
      [A, PA],
      [B, OTHER],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
    capture.records.push(...capture.records.map(record => ({ ...record, at: record.at + 40 })))
  }),
  contended('one of two VLANs has two NBS, the other one', SPLIT, capture => {
    const [first, second] = [1, 2].map(i =>
      capture.machine(i, 'edk2', { segment: `office.${i}0`, xid: 7 }),
    ) as [Machine, Machine]
    offered(capture, first, [
      [A, PA],
      [B, OTHER],
    ])
    capture.download(s(4.1), first, A, FILE)
    bootWell(capture, second, { nbs: C, at: ms(3) })
  }),
  contended('two DHCP servers with other options', ['multiple-dhcp-servers'], (capture, pc) => {
    offered(capture, pc, [
      [DHCP2, lease('10.0.0.150', { options: [textOption(15, 'elsewhere')] })],
      [A, PA],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  contended('two DHCP servers that offer one address', ['multiple-dhcp-servers'], (capture, pc) => {
    offered(capture, pc, [
      [DHCP2, leaseOf(pc)],
      [A, PA],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  contended(
    'a home router leases to ordinary machines beside the DHCP server',
    ['multiple-dhcp-servers'],
    capture => {
      for (let i = 1; i <= 3; i++) {
        const laptop = capture.machine(i, 'os')
        capture.boot(s(i), laptop, [
          [DHCP, leaseOf(laptop)],
          ['192.168.1.1', lease(`192.168.1.${i + 10}`, { omit: [15], options: [textOption(15, 'home')] })],
        ])
      }
      capture.quietUntil(s(60))
    },
  ),
  contended(
    'two DHCP servers share a pool and both answer: told, not blamed',
    ['multiple-dhcp-servers/info'],
    capture => {
      for (let i = 1; i <= 2; i++) {
        const pc = capture.machine(i)
        offered(
          capture,
          pc,
          [
            [DHCP2, lease(`10.0.0.20${i}`)],
            [A, PA],
          ],
          s(10 * i),
        )
        capture.download(s(10 * i) + s(4.1), pc, A, FILE)
      }
      capture.quietUntil(s(60))
    },
  ),
  contended(
    'a second DHCP server denies what the first was asked for',
    ['multiple-dhcp-servers', 'ignored-nak'],
    (capture, pc) => {
      offered(capture, pc, [[A, PA]])
      capture.nak(s(4) + ms(2), DHCP2, pc)
      capture.download(s(4.1), pc, A, FILE)
      capture.quietUntil(s(30))
    },
  ),
  contended(
    'one host answers as two servers, by one card, with one mind',
    ['multiple-pxe-responders/info'],
    (capture, pc) => {
      const card = toMac(0x02000a00abcd)
      offered(capture, pc, [
        [A, { ...PA, mac: card }],
        [B, { ...PA, mac: card }],
      ])
      capture.download(s(4.1), pc, A, FILE)
      capture.quietUntil(s(30))
    },
  ),
  contended('one card, two services with two minds', SPLIT, (capture, pc) => {
    const card = toMac(0x02000a00abcd)
    offered(capture, pc, [
      [A, { ...PA, mac: card }],
      [B, { ...OTHER, mac: card }],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  contended('a menu that waits for a person beside a file', SPLIT, (capture, pc) => {
    const waits = menu({
      discoveryControl: 3,
      bootServers: [{ type: 0xaaaa, addresses: [ip(B)] }],
      bootMenu: [
        { type: 0, text: 'Local disk' },
        { type: 0xaaaa, text: 'Deploy' },
      ],
      prompt: { timeout: 255, text: 'Press F8' },
    })
    offered(capture, pc, [
      [A, PA],
      [B, waits],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
]

const toB = { siaddr: B }

export const FAILING: readonly Labelled[] = [
  failing('DHCP and the PXE server name different files', ['boot-file-conflict'], (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc, { file: 'undionly/x64/grub.efi', ...toB })],
      [A, PA],
    ])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  failing('nothing but an address', ['no-pxe-responder'], (capture, pc) => {
    for (const at of [0, s(4), s(12)]) {
      capture.discover(at, pc)
      capture.offer(at + ms(1), DHCP, pc, leaseOf(pc))
    }
    capture.request(s(16), pc, DHCP)
    capture.ack(s(16.001), DHCP, pc, leaseOf(pc))
    capture.quietUntil(s(60))
  }),
  failing('no address', ['no-dhcp-server'], (capture, pc) => {
    for (const at of [0, s(4), s(12), s(28)]) {
      capture.discover(at, pc)
      capture.offer(at + ms(1), A, pc, PA)
    }
    capture.quietUntil(s(90))
  }),
  failing(
    'DHCP says PXEClient, and its port 4011 is closed',
    ['option-60-without-pxe-service', 'dead-boot-server-port'],
    (capture, pc) => {
      capture.boot(0, pc, [[DHCP, leaseOf(pc, { pxe: true })]])
      capture.ask(s(4.1), pc, DHCP)
      capture.unreachable(s(4.101), pc, DHCP, 4011, 4011)
      capture.quietUntil(s(30))
    },
  ),
  failing('a PXE server whose port 4011 is silent', ['dead-boot-server-port'], (capture, pc) => {
    offered(capture, pc, [[A, redirect]])
    for (const at of [4.1, 5.1, 6.1, 7.1]) capture.ask(s(at), pc, A)
    capture.quietUntil(s(30))
  }),
  failing('TFTP is silent', ['unreachable-tftp-server'], (capture, pc) => {
    offered(capture, pc, [[A, PA]])
    for (const at of [4.1, 8.1, 12.1]) capture.rrq(s(at), pc, A, FILE)
    capture.quietUntil(s(60))
  }),
  failing('TFTP is closed', ['unreachable-tftp-server'], (capture, pc) => {
    offered(capture, pc, [[A, PA]])
    capture.rrq(s(4.1), pc, A, FILE)
    capture.unreachable(s(4.101), pc, A, 2000, 69)
    capture.quietUntil(s(30))
  }),
  failing('the file is not there', ['missing-boot-file'], (capture, pc) => {
    offered(capture, pc, [[A, PA]])
    capture.rrq(s(4.1), pc, A, FILE)
    capture.tftpReply(s(4.101), A, pc, { kind: 'error', code: 1, message: 'File not found' }, 2000)
    capture.quietUntil(s(30))
  }),
  failing('the TFTP service has no right to the file', ['tftp-refused'], (capture, pc) => {
    offered(capture, pc, [[A, PA]])
    capture.rrq(s(4.1), pc, A, FILE)
    capture.tftpReply(s(4.101), A, pc, { kind: 'error', code: 2, message: 'Access violation' }, 2000)
    capture.quietUntil(s(30))
  }),
  failing('a BIOS program for a UEFI machine, by name', ['wrong-architecture'], (capture, pc) => {
    offered(capture, pc, [[A, complete('BStrap/x86/BStrap.0')]])
    capture.download(s(4.1), pc, A, 'BStrap/x86/BStrap.0')
    capture.quietUntil(s(30))
  }),
  failing('iPXE is given itself again', ['chain-loop'], (capture, pc) => {
    bootWell(capture, pc, { offer: complete('snponly.efi'), file: 'snponly.efi' })
    const chained: Machine = { ...pc, firmware: 'ipxe', xid: 0x5001 }
    capture.boot(s(6), chained, [
      [DHCP, leaseOf(pc)],
      [A, complete('snponly.efi')],
    ])
    capture.download(s(10.1), chained, A, 'snponly.efi', 3000)
    capture.quietUntil(s(60))
  }),
  failing('an offer without the end mark', ['malformed-offer'], (capture, pc) => {
    offered(capture, pc, [[A, { ...PA, ended: false }]])
    capture.quietUntil(s(4.05))
  }),
  failing(
    'several instances of option 43, each closed by END (the real NBS, SYSLX815)',
    ['malformed-offer'],
    (capture, pc) => {
      offered(capture, pc, [
        [A, { ...PA, vendor: [Uint8Array.of(6, 1, 8, 255), Uint8Array.of(10, 2, 0, 0x50, 255)] }],
      ])
      capture.download(s(4.1), pc, A, FILE)
      capture.quietUntil(s(30))
    },
  ),
  failing('option 54 names another machine than the sender', ['server-identity-mismatch'], (capture, pc) => {
    offered(capture, pc, [[A, { ...PA, from: '10.0.0.55', siaddr: A }]])
    capture.download(s(4.1), pc, A, FILE)
    capture.quietUntil(s(30))
  }),
  ...(['10.99.0.1', '10.0.0.255', '10.0.0.0'] as const).map(router =>
    failing(`the router of the lease is ${router}`, ['router-off-subnet'], (capture, pc) => {
      capture.boot(0, pc, [
        [DHCP, leaseOf(pc, { router })],
        [A, PA],
      ])
      capture.quietUntil(s(60))
    }),
  ),
  failing('iPXE boots in spite of its router', ['router-off-subnet'], capture => {
    const vm = capture.machine(1, 'ipxe')
    capture.boot(0, vm, [
      [DHCP, leaseOf(vm, { router: '10.99.0.1' })],
      [A, PA],
    ])
    capture.download(s(4.1), vm, A, FILE)
    capture.quietUntil(s(60))
  }),
  ...(['10.0.0.255', '10.0.0.0', DHCP] as const).map(address =>
    failing(`the lease is ${address}`, ['unusable-lease'], (capture, pc) => {
      capture.discover(0, pc)
      capture.offer(ms(1), DHCP, pc, lease(address))
      capture.offer(ms(2), A, pc, PA)
      capture.quietUntil(s(60))
    }),
  ),
  failing('a static address within the pool: ARP tells', ['address-conflict'], (capture, pc) => {
    bootWell(capture, pc)
    capture.arp(s(4.05), toMac(0x020000000099), '10.0.0.101', '10.0.0.1')
  }),
  failing(
    'a static address within the pool: a BIOS ROM declines, and gives up',
    ['address-conflict', 'client-denied'],
    capture => {
      const pc = capture.machine(1, 'bios')
      offered(capture, pc, [[A, complete('BStrap/x86/BStrap.0')]])
      capture.decline(s(4.5), pc, DHCP)
      // Of a capture without Ethernet headers only IP shows how long it went on.
      const laptop = capture.machine(2, 'os')
      capture.boot(s(30), laptop, [[DHCP, leaseOf(laptop)]])
    },
  ),
  failing('EDK2 declines its lease, for whatever reason', ['client-denied'], (capture, pc) => {
    offered(capture, pc, [[A, PA]])
    capture.decline(s(4.5), pc, DHCP)
    capture.quietUntil(s(30))
  }),
  failing('EDK2 is denied what it was offered', ['client-denied'], (capture, pc) => {
    capture.discover(0, pc)
    capture.offer(ms(1), DHCP, pc, leaseOf(pc))
    capture.offer(ms(2), A, pc, PA)
    capture.request(s(4), pc, DHCP)
    capture.nak(s(4.001), DHCP, pc)
    const laptop = capture.machine(2, 'os')
    capture.boot(s(60), laptop, [[DHCP, leaseOf(laptop)]])
  }),
  failing('a NAK that iPXE does not hear', ['ignored-nak'], capture => {
    const vm = capture.machine(1, 'ipxe')
    capture.discover(0, vm)
    capture.offer(ms(1), DHCP, vm, leaseOf(vm))
    capture.offer(ms(2), A, vm, PA)
    capture.request(s(1), vm, DHCP)
    capture.nak(s(1.01), DHCP, vm)
    capture.request(s(1.25), vm, DHCP)
    capture.request(s(1.75), vm, DHCP)
    capture.quietUntil(s(30))
  }),
  failing('a slow server', ['slow-transfer'], (capture, pc) =>
    slow(capture, pc, { server: ms(40), machine: ms(1) }),
  ),
  failing('a slow machine', ['slow-transfer'], (capture, pc) =>
    slow(capture, pc, { server: ms(1), machine: ms(40) }),
  ),
]

/** 200 blocks of 512 bytes, with these turn-round times. */
const slow = (capture: Capture, pc: Machine, wait: { server: number; machine: number }): void => {
  offered(capture, pc, [[A, PA]])
  capture.rrq(s(4.1), pc, A, FILE)
  let at = s(4.1)
  for (let block = 1; block <= 200; block++) {
    at += wait.server
    const bytes = block < 200 ? new Uint8Array(512) : latin1Bytes('end')
    capture.tftpReply(at, A, pc, { kind: 'data', block, bytes }, 2000)
    at += wait.machine
    capture.tftp(at, pc, A, { kind: 'ack', block }, 2000, 52_000)
  }
  capture.quietUntil(at + s(30))
}
