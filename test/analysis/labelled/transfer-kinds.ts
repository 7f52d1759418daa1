/**
 * Transfers that fail for a reason of their own, or do not fail although it looks so: full-size packets that vanish, block
 * numbers that go round, windows, answers that are not in the capture, and what telephones fetch. Each beside its twin.
 */
import { latin1Bytes } from '../../../src/core/bytes.ts'
import type { Micros } from '../../../src/core/micros.ts'
import { type Capture, type Machine, complete, ms, s } from '../capture-builder.ts'
import { A, DHCP, FILE, type Labelled, PA, bootWell, clean, failing, leaseOf } from './label.ts'

const PORT = 2001
const SERVER_PORT = 50_000 + PORT

const started = (capture: Capture, pc: Machine): void =>
  capture.boot(0, pc, [
    [DHCP, leaseOf(pc)],
    [A, PA],
  ])

interface Talk {
  readonly capture: Capture
  readonly pc: Machine
}

/** The request, and the options that the server grants. */
const agreed = ({ capture, pc }: Talk, at: Micros, options: readonly (readonly [string, string])[]): void => {
  capture.rrq(at, pc, A, FILE, PORT, options)
  capture.tftpReply(at + 100, A, pc, { kind: 'oack', options }, PORT)
}

const ack = ({ capture, pc }: Talk, at: Micros, block: number): void =>
  capture.tftp(at, pc, A, { kind: 'ack', block }, PORT, SERVER_PORT)

const data = ({ capture, pc }: Talk, at: Micros, block: number, length: number): void =>
  capture.tftpReply(at, A, pc, { kind: 'data', block, bytes: new Uint8Array(length) }, PORT)

const BIG = [['blksize', '1428']] as const
const HUGE = [['blksize', '8192']] as const

/** Blocks of 8 bytes up to the last number of 16 bits: what a large file is to a capture builder. */
const toTheLast = (talk: Talk): Micros => {
  agreed(talk, s(4.1), [['blksize', '8']])
  ack(talk, s(4.101), 0)
  let at = s(4.2)
  for (let block = 1; block <= 0xffff; block++) {
    data(talk, at, block, 8)
    ack(talk, at + 20, block)
    at += 40
  }
  return at
}

const WINDOW = [
  ['blksize', '1024'],
  ['windowsize', '8'],
] as const

export const TRANSFER_KINDS: readonly Labelled[] = [
  failing('at the server: blocks of 1428 bytes, again and again', ['mtu-hole'], (capture, pc) => {
    started(capture, pc)
    const talk = { capture, pc }
    agreed(talk, s(4.1), BIG)
    ack(talk, s(4.101), 0)
    for (let i = 0; i < 5; i++) {
      data(talk, s(4.2 + 2 * i), 1, 1428)
      ack(talk, s(5.9 + 2 * i), 0)
    }
    capture.quietUntil(s(40))
  }),
  failing('at the machine: a new request each time, and no block', ['mtu-hole'], (capture, pc) => {
    started(capture, pc)
    for (let i = 0; i < 4; i++) {
      const [at, port] = [s(4.1 + 4 * i), 3000 + i]
      capture.rrq(at, pc, A, FILE, port, HUGE)
      capture.tftpReply(at + 100, A, pc, { kind: 'oack', options: HUGE }, port)
      capture.tftp(at + 200, pc, A, { kind: 'ack', block: 0 }, port, 50_000 + port)
    }
    capture.quietUntil(s(60))
  }),
  failing('the file comes after all, in small blocks', ['mtu-hole/warning'], (capture, pc) => {
    started(capture, pc)
    const talk = { capture, pc }
    agreed(talk, s(4.1), BIG)
    for (let i = 0; i < 4; i++) ack(talk, s(4.2 + 4 * i), 0)
    capture.download(s(30), pc, A, FILE, 4000)
    capture.quietUntil(s(60))
  }),
  clean('one large block is lost, and comes again', (capture, pc) => {
    started(capture, pc)
    const talk = { capture, pc }
    agreed(talk, s(4.1), BIG)
    ack(talk, s(4.101), 0)
    data(talk, s(4.2), 1, 1428)
    data(talk, s(5.2), 1, 1428)
    ack(talk, s(5.21), 1)
    data(talk, s(5.3), 2, 100)
    ack(talk, s(5.31), 2)
    capture.quietUntil(s(40))
  }),
  failing(
    'the server is gone after its options, in small blocks',
    ['unreachable-tftp-server'],
    (capture, pc) => {
      started(capture, pc)
      const talk = { capture, pc }
      agreed(talk, s(4.1), [['tsize', '40000']])
      for (let i = 0; i < 4; i++) ack(talk, s(4.2 + 4 * i), 0)
      capture.quietUntil(s(40))
    },
  ),
  failing('block 65,535, and the machine takes none after it', ['transfer-broke-off'], (capture, pc) => {
    started(capture, pc)
    const talk = { capture, pc }
    const at = toTheLast(talk)
    for (let i = 0; i < 4; i++) {
      data(talk, at + s(i), 0, 8)
      ack(talk, at + s(i + 0.5), 0xffff)
    }
    capture.quietUntil(at + s(40))
  }),
  failing('block 65,535, and the server ends there', ['unreachable-tftp-server'], (capture, pc) => {
    started(capture, pc)
    const talk = { capture, pc }
    const at = toTheLast(talk)
    for (let i = 0; i < 4; i++) ack(talk, at + s(i + 0.5), 0xffff)
    capture.quietUntil(at + s(40))
  }),
  clean('block 65,535, and on with 0', (capture, pc) => {
    started(capture, pc)
    const talk = { capture, pc }
    const at = toTheLast(talk)
    data(talk, at, 0, 8)
    ack(talk, at + 20, 0)
    data(talk, at + 40, 1, 3)
    ack(talk, at + 60, 1)
    capture.quietUntil(at + s(40))
  }),
  failing(
    'a window of eight, of which the machine takes the first block',
    ['transfer-broke-off'],
    (capture, pc) => {
      started(capture, pc)
      const talk = { capture, pc }
      agreed(talk, s(4.1), WINDOW)
      ack(talk, s(4.101), 0)
      for (let i = 0; i < 4; i++) {
        for (let block = 1; block <= 8; block++) data(talk, s(4.2 + i) + 30 * block, block, 1024)
        ack(talk, s(4.5 + i), 1)
      }
      capture.quietUntil(s(40))
    },
  ),
  clean('a window of eight, each acknowledged at its end', (capture, pc) => {
    started(capture, pc)
    const talk = { capture, pc }
    agreed(talk, s(4.1), WINDOW)
    ack(talk, s(4.101), 0)
    for (let block = 1; block <= 17; block++) {
      data(talk, s(4.2) + 30 * block, block, block === 17 ? 5 : 1024)
      if (block % 8 === 0 || block === 17) ack(talk, s(4.2) + 30 * block + 10, block)
    }
    capture.quietUntil(s(40))
  }),
  clean('only port 69 was captured: EDK2 asks for the size and then for the file', (capture, pc) => {
    started(capture, pc)
    capture.rrq(s(4.1), pc, A, FILE, 2000, [['tsize', '0']])
    capture.rrq(s(4.2), pc, A, FILE, 2001, [['blksize', '1468']])
    capture.quietUntil(s(60))
  }),
  clean('only port 69 was captured: iPXE asks once, for its only file', capture => {
    const pc = capture.machine(1, 'ipxe')
    started(capture, pc)
    capture.rrq(s(4.1), pc, A, FILE, 2000, [['tsize', '0']])
    capture.quietUntil(s(60))
  }),
  failing(
    'the server is silent: every try is repeated from a new port',
    ['unreachable-tftp-server'],
    capture => {
      const pc = capture.machine(1)
      started(capture, pc)
      for (let i = 0; i < 4; i++) capture.rrq(s(4.1 + 4 * i), pc, A, FILE, 2000 + i, [['tsize', '0']])
      capture.quietUntil(s(60))
    },
  ),
  clean('the port is closed by the ERROR that ended the size query', (capture, pc) => {
    bootWell(capture, pc)
    capture.unreachable(s(4.1) + 250, pc, A, 2000, 52_000)
  }),
  clean('a telephone fetches its configuration by the sixth name', capture => {
    const phone = capture.machine(7, 'os')
    capture.boot(0, phone, [[DHCP, leaseOf(phone, { file: 'phone.cfg', siaddr: A })]])
    const names = ['CTLSEP00.tlv', 'SEP00.cnf.xml', 'phone.cfg', 'XMLDefault.cnf.xml', 'RingList.dat']
    names.forEach((name, i) => {
      const port = 3000 + i
      capture.rrq(s(5 + i), phone, A, name, port)
      capture.tftpReply(s(5 + i) + 90, A, phone, { kind: 'error', code: 1, message: 'File not found' }, port)
      capture.tftp(s(5 + i) + 100, phone, A, { kind: 'ack', block: 1 }, port, 50_000 + port)
      capture.unreachable(s(5 + i) + 120, phone, A, port, 50_000 + port)
    })
    capture.quietUntil(s(60))
  }),
  clean('a switch without DHCP asks for its configuration in vain', capture => {
    const device = capture.machine(8, 'os')
    for (const [i, name] of ['network-confg', 'cisconet.cfg', 'router-confg'].entries())
      for (let tries = 0; tries < 4; tries++) capture.rrq(s(12 * i + 3 * tries), device, A, name, 3000 + i)
    capture.quietUntil(s(90))
  }),
  failing(
    'a boot program of a machine without DHCP is asked in vain',
    ['missing-boot-file/warning'],
    (capture, pc) => {
      capture.rrq(0, pc, A, 'pxelinux.0')
      capture.tftpReply(100, A, pc, { kind: 'error', code: 1, message: 'File not found' }, 2000)
      capture.quietUntil(s(30))
    },
  ),
  clean('an iPXE ROM is reset, and carries out the same script again', capture => {
    const script = latin1Bytes('#!ipxe\nchain http://10.0.0.5/menu\n')
    for (const [i, at] of [0, s(22), s(44)].entries()) {
      const pc = capture.machine(1, 'ipxe', { xid: 0x500 + i })
      capture.boot(at, pc, [[DHCP, leaseOf(pc, { file: 'ipxe-boot', siaddr: A })]])
      capture.download(at + s(4.1), pc, A, 'ipxe-boot', 2000 + 10 * i, script)
    }
    capture.quietUntil(s(90))
  }),
  failing('an iPXE ROM is given the loader, which is given itself', ['chain-loop'], capture => {
    for (const [i, at] of [0, s(8)].entries()) {
      const pc = capture.machine(1, 'ipxe', { arch: 0, xid: 0x500 + i })
      capture.boot(at, pc, [[DHCP, leaseOf(pc, { file: 'undionly.kpxe', siaddr: A })]])
      capture.download(at + s(4.1), pc, A, 'undionly.kpxe', 2000 + 10 * i)
    }
    capture.quietUntil(s(90))
  }),
  failing(
    'only the servers were captured, and two of them are PXE servers',
    ['multiple-pxe-responders', 'split-decision'],
    (capture, pc) => {
      capture.offer(ms(1), DHCP, pc, leaseOf(pc))
      capture.offer(ms(2), A, pc, PA)
      capture.offer(ms(4), '10.0.0.6', pc, complete('other/x64/winpe.efi', 'PXE: Other'))
      capture.ack(s(4), DHCP, pc, leaseOf(pc))
      capture.quietUntil(s(30))
    },
  ),
  clean('only the servers were captured: one leases, one boots', (capture, pc) => {
    capture.offer(ms(1), DHCP, pc, leaseOf(pc))
    capture.offer(ms(2), A, pc, PA)
    capture.ack(s(4), DHCP, pc, leaseOf(pc))
    capture.quietUntil(s(30))
  }),
]
