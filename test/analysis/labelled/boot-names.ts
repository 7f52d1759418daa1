/**
 * Boot file names that firmware takes otherwise than they are meant: URLs, and option 67 without a closing NUL. Each beside
 * its healthy twin.
 */
import { latin1Bytes } from '../../../src/core/bytes.ts'
import { bytesOption } from '../../../src/wire/dhcp/options.ts'
import { type Capture, type Machine, type Offer, complete, ms, s } from '../capture-builder.ts'
import { A, DHCP, DHCP2, FILE, type Labelled, PA, clean, failing, leaseOf } from './label.ts'

const SCRIPT = 'http://10.0.0.5/boot.ipxe'
const LOADER = 'snponly.efi'

/** The lease of a server that names a file in option 67, closed by NUL or not. */
const naming67 = (pc: Machine, file: string, closed: boolean): Offer =>
  leaseOf(pc, { siaddr: A, options: [bytesOption(67, latin1Bytes(closed ? `${file}\0` : file))] })

/** Asked twice in vain. */
const refused = (capture: Capture, pc: Machine, file: string): void => {
  for (const port of [2000, 2001]) {
    capture.rrq(s(4.1) + port, pc, A, file, port)
    capture.tftpReply(s(4.1) + port + 200, A, pc, { kind: 'error', code: 1, message: 'File not found' }, port)
  }
  capture.quietUntil(s(30))
}

export const BOOT_NAMES: readonly Labelled[] = [
  failing('a URL for everybody, and a BIOS ROM asks for it by TFTP', ['boot-file-is-url'], capture => {
    const pc = capture.machine(1, 'bios')
    capture.boot(0, pc, [[DHCP, leaseOf(pc, { file: SCRIPT, siaddr: A })]])
    refused(capture, pc, SCRIPT)
  }),
  failing('a URL from the PXE server itself, and silence', ['boot-file-is-url'], (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, leaseOf(pc)],
      [A, complete('https://boot.example/x64.efi')],
    ])
    capture.discover(s(30), capture.machine(9, 'os'))
  }),
  failing(
    'the URL is meant for iPXE; U-Boot reads it, and its TFTP server is silent',
    ['boot-file-is-url'],
    capture => {
      const pc = capture.machine(1, 'u-boot')
      capture.boot(0, pc, [[DHCP, leaseOf(pc, { file: SCRIPT, siaddr: A })]])
      for (const at of [4.1, 9.1, 14.1]) capture.rrq(s(at), pc, A, SCRIPT)
      capture.quietUntil(s(30))
    },
  ),
  clean('a URL for iPXE only, its loader for everybody else', (capture, pc) => {
    capture.boot(0, pc, [[DHCP, leaseOf(pc, { file: LOADER, siaddr: A })]])
    capture.download(s(4.1), pc, A, LOADER)
    const loaded = capture.machine(1, 'ipxe', { xid: 0x7777 })
    capture.boot(s(6), loaded, [[DHCP, leaseOf(loaded, { file: SCRIPT, siaddr: A })]])
    capture.quietUntil(s(40))
  }),
  failing(
    'a URL in the lease, but the machine follows its PXE server',
    ['boot-file-conflict'],
    (capture, pc) => {
      capture.boot(0, pc, [
        [DHCP, leaseOf(pc, { file: SCRIPT, siaddr: A })],
        [A, PA],
      ])
      capture.download(s(4.1), pc, A, FILE)
      capture.quietUntil(s(30))
    },
  ),
  clean('an HTTP boot client gets its URL', capture => {
    const pc = capture.machine(1, 'http', { arch: 16 })
    const http = { options: [bytesOption(60, latin1Bytes('HTTPClient'))], file: 'http://10.0.0.5/x64.efi' }
    capture.boot(0, pc, [[DHCP, leaseOf(pc, http)]])
    capture.quietUntil(s(30))
  }),
  failing('a name that runs on into the next option', ['unterminated-boot-file'], (capture, pc) => {
    const offer: Offer = leaseOf(pc, {
      siaddr: A,
      options: [bytesOption(67, latin1Bytes(LOADER)), bytesOption(12, latin1Bytes('pc1'))],
    })
    capture.boot(0, pc, [[DHCP, offer]])
    refused(capture, pc, `${LOADER}\x0c\x03pc1\xff`)
  }),
  failing(
    'an unclosed name, a plain DHCP server after it, and the REQUEST goes there',
    ['unterminated-boot-file', 'multiple-dhcp-servers'],
    (capture, pc) => {
      capture.discover(0, pc)
      capture.offer(ms(1), DHCP, pc, naming67(pc, LOADER, false))
      capture.offer(ms(400), DHCP2, pc, leaseOf(pc))
      capture.request(s(4), pc, DHCP2)
      capture.ack(s(4.001), DHCP2, pc, leaseOf(pc))
      capture.quietUntil(s(30))
    },
  ),
  failing(
    'an unclosed name, a proxy after it, and the proxy is asked for an address',
    ['unterminated-boot-file'],
    (capture, pc) => {
      capture.discover(0, pc)
      capture.offer(ms(1), DHCP, pc, naming67(pc, LOADER, false))
      capture.offer(ms(3), A, pc, complete(LOADER))
      for (const at of [4, 8, 16, 32]) capture.request(s(at), pc, A)
      capture.quietUntil(s(90))
    },
  ),
  failing('an unclosed name, alone: no harm', ['unterminated-boot-file/info'], (capture, pc) => {
    capture.boot(0, pc, [[DHCP, naming67(pc, LOADER, false)]])
    capture.download(s(4.1), pc, A, LOADER)
    capture.quietUntil(s(30))
  }),
  clean('a name closed by NUL, and a proxy after it', (capture, pc) => {
    capture.boot(0, pc, [
      [DHCP, naming67(pc, LOADER, true)],
      [A, complete(LOADER)],
    ])
    capture.download(s(4.1), pc, A, LOADER)
    capture.quietUntil(s(30))
  }),
  clean('iPXE does not mind an unclosed name beside a proxy', capture => {
    const pc = capture.machine(1, 'ipxe')
    capture.boot(0, pc, [
      [DHCP, naming67(pc, LOADER, false)],
      [A, complete(LOADER)],
    ])
    capture.download(s(4.1), pc, A, LOADER)
    capture.quietUntil(s(30))
  }),
]
