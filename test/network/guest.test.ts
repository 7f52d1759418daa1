/**
 * What of guests can be tested without one: the console, the one IPv6 packet, the call of QEMU, and what is said where
 * a program is missing.
 */
import { decodeFrame } from '../../src/wire/frames.ts'
import t from 'tap'
import { parseMac } from '../../src/core/address.ts'
import { fromHex, latin1Bytes, toHex } from '../../src/core/bytes.ts'
import { commandLineOf } from '../../src/network/attach/qemu/command-line.ts'
import { MAX_CONSOLE_LINE, SerialConsole } from '../../src/network/attach/qemu/console.ts'
import { GuestError } from '../../src/network/attach/qemu/guest.ts'
import { installedFor } from '../../src/network/attach/qemu/installed.ts'
import { routerAdvertisement } from '../../src/network/attach/qemu/router-advertisement.ts'
import { FIRMWARE_FAMILIES, familyNamed, guestsOf } from '../../src/firmware/catalogue.ts'
import { EDK2 } from '../../src/firmware/edk2/family.ts'
import { IPXE } from '../../src/firmware/ipxe/family.ts'
import { readScreen } from '../../src/firmware/screens.ts'

const shown = (...texts: string[]): string[] => {
  const lines: string[] = []
  const console = new SerialConsole((text, continues) => {
    if (continues && lines.length > 0) lines[lines.length - 1] += text
    else lines.push(text)
  })
  for (const text of texts) {
    console.write(latin1Bytes(text))
    console.flush()
  }
  return lines
}

t.test('a serial console as lines', async t => {
  t.strictSame(shown('\x1b[2J\x1b[01;01H\x1b[=3h\r\n>>Start PXE over IPv4', '.\r\n  PXE-E18: late\r\n'), [
    '>>Start PXE over IPv4.',
    '  PXE-E18: late',
  ])
  t.strictSame(shown('Press Ctrl-B...\b \b\b \bnet0: up\r\n'), ['Press Ctrl-B.net0: up'])
  const wide = `${'x'.repeat(76)} No c`
  t.strictSame(shown(`${wide.slice(0, 80)}\r\nonfiguration\r\nnext\r\n`), [
    `${wide.slice(0, 80)}onfiguration`,
    'next',
  ])
  t.strictSame(shown('\x1b[0;1miPXE\x1b[0m -- \x1b[0;36mhttp'), ['iPXE -- http'])
  t.equal(shown('y'.repeat(3 * MAX_CONSOLE_LINE)).length, 3, 'a line has a limit')
})

t.test('a router advertisement answers a solicitation and nothing else', async t => {
  const head = '333300000002024e0000000186dd60000000'
  const addresses = 'fe80000000000000004e00fffe000001ff020000000000000000000000000002'
  const solicitation = fromHex(`${head}00103aff${addresses}85000000000000000101024e00000001`)
  const answer = routerAdvertisement(solicitation)!
  t.equal(toHex(answer).slice(0, 28), '333300000001026e62fffffe86dd')
  t.equal(answer[54], 134)
  let sum = 24 + 58
  for (let at = 22; at < answer.length; at += 2) sum += (answer[at]! << 8) | answer[at + 1]!
  t.equal((sum & 0xffff) + (sum >>> 16), 0xffff, 'checksum')
  solicitation[54] = 135
  t.equal(routerAdvertisement(solicitation), undefined)
  t.equal(routerAdvertisement(solicitation.subarray(0, 50)), undefined)
  t.ok(decodeFrame(answer).ok)
})

t.test('how QEMU is called', async t => {
  const mac = parseMac('02:4e:00:00:00:01')!
  for (const kind of guestsOf(FIRMWARE_FAMILIES)) {
    const spec = { kind, name: 'a,b', mac, uuid: '4c4c4544-0051-3010-8052-b4c04f4e3132', ipv6Router: false }
    const args = commandLineOf(spec, ['/fw/code', '/fw/vars']).args(4711)
    t.match(args, ['-name', 'a,,b'])
    t.ok(args.includes('-nodefaults') && args.includes('-no-reboot'))
    t.match(args.join(' '), /remote\.port=4711 .*mac=02:4e:00:00:00:01/)
    t.notMatch(args.join(' '), /tap|bridge/)
  }
})

t.test('a missing program is named with the line that installs it', async t => {
  const path = process.env['PATH']
  t.teardown(() => (process.env['PATH'] = path))
  process.env['PATH'] = ''
  t.throws(() => installedFor(IPXE.guest!), GuestError)
  t.throws(() => installedFor(EDK2.guest!), {
    message: /guest edk2 needs qemu-system-x86_64, setpriv.* apt-get install qemu-system-x86 util-linux/,
  })
})

t.test('what screens of real firmware say', async t => {
  const read = (family: string, ...lines: string[]) =>
    readScreen(familyNamed(FIRMWARE_FAMILIES, family)!.screen!, lines)
  t.strictSame(read('edk2', '>>Start PXE over IPv4.', '  PXE-E16: No valid offer received.'), {
    kind: 'gaveUp',
    code: 'PXE-E16',
  })
  const option =
    'Boot0001 "UEFI PXEv4 (MAC:024E00000001)" from PciRoot(0x0)/Pci(0x1,0x0)/MAC(024E00000001,0x1)'
  t.strictSame(read('edk2', `BdsDxe: loading ${option}`, `BdsDxe: starting ${option}`), { kind: 'started' })
  t.strictSame(read('edk2', `BdsDxe: failed to load ${option}: Unsupported`), {
    kind: 'refused',
    code: 'Unsupported',
  })
  t.strictSame(
    read(
      'ipxe',
      'Nothing to boot: No such file or directory (http://ipxe.org/2d03e13b)',
      'No more network devices',
    ),
    { kind: 'gaveUp', code: '2d03e13b' },
  )
  t.strictSame(read('ipxe', 'boot-Df : 48 bytes [PXE-NBP]'), { kind: 'started' })
  t.strictSame(read('ipxe', 'x : 48 bytes [PXE-NBP (may be EFI?)]'), { kind: 'refused', code: undefined })
  t.equal(read('ipxe', 'Configuring (net0 02:4e:00:00:00:01)......'), undefined)
  t.strictSame(read('u-boot', "TFTP error: 'File not found' (1)"), {
    kind: 'gaveUp',
    code: "TFTP error: 'File not found' (1)",
  })
})
