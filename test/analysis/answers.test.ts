import t from 'tap'
import { toMac } from '../../src/core/address.ts'
import { fromHex } from '../../src/core/bytes.ts'
import { textOption, u16Option } from '../../src/wire/dhcp/options.ts'
import { encodePxeVendor } from '../../src/wire/pxe/vendor-options.ts'
import { Capture, complete, ip, lease, menu, ms, production, redirect, s } from './capture-builder.ts'

const DHCP = '10.0.0.2'
const DHCP2 = '10.0.0.3'
const A = '10.0.0.5'
const B = '10.0.0.6'
const FILE = 'BStrap/x64/BStrap.efi'
const D = lease('10.0.0.101')
const PA = complete(FILE, 'PXE: WinPE')

/** A healthy start: lease, complete PXE offer; the rest is up to the test. */
const started = (
  firmware: Parameters<Capture['machine']>[1] = 'edk2',
  offer: object = PA,
  dhcp: object = D,
) => {
  const capture = new Capture()
  const pc = capture.machine(1, firmware)
  capture.boot(0, pc, [
    [DHCP, { ...D, ...dhcp }],
    [A, offer],
  ])
  return { capture, pc }
}

t.test('two DHCP servers', async t => {
  const capture = new Capture()
  const pc = capture.machine(1, 'ipxe')
  capture.boot(0, pc, [
    [DHCP, D],
    [DHCP2, lease('10.0.0.150', { options: [textOption(15, 'elsewhere')] })],
    [A, PA],
  ])
  capture.download(s(4.1), pc, A, FILE)
  const finding = capture.finding('multiple-dhcp-servers')
  t.match(finding, { severity: 'error', servers: [ip(DHCP), ip(DHCP2)] })
  t.match(finding?.message, /with different options/)
  t.match(finding?.message, /followed 10\.0\.0\.2, which answered 1\.00 ms earlier/)
  t.match(finding?.message, /iPXE takes the last OFFER/)
})

t.test('partners of one pool are told, but not called an error', async t => {
  const capture = new Capture()
  for (const number of [1, 2]) {
    const pc = capture.machine(number)
    const at = s(10 * number)
    capture.discover(at, pc)
    capture.offer(at + ms(1), DHCP, pc, lease(`10.0.0.10${number}`))
    capture.offer(at + ms(2), DHCP2, pc, lease(`10.0.0.20${number}`))
    capture.offer(at + ms(3), A, pc, PA)
    capture.request(at + s(4), pc, DHCP)
    capture.ack(at + s(4.1), DHCP, pc, lease(`10.0.0.10${number}`))
    capture.download(at + s(4.2), pc, A, FILE)
  }
  t.match(capture.only(), { rule: 'multiple-dhcp-servers', severity: 'info', clients: { length: 2 } })
  t.equal(capture.analyze().findings.length, 1)

  const third = capture.machine(3)
  capture.discover(s(40), third)
  capture.offer(s(40.001), DHCP, third, lease('10.0.0.103'))
  capture.offer(s(40.002), DHCP2, third, lease('10.0.0.101'))
  t.equal(capture.finding('multiple-dhcp-servers')?.severity, 'error', 'an address that the other gave away')
})

t.test('a server that denies what another was asked for is a DHCP server too', async t => {
  const { capture, pc } = started()
  capture.nak(s(4.0005), DHCP2, pc)
  capture.download(s(4.1), pc, A, FILE)
  t.same(capture.rules(), ['multiple-dhcp-servers', 'ignored-nak'])
  t.match(capture.finding('ignored-nak')?.message, /10\.0\.0\.3 sent a NAK to a REQUEST for 10\.0\.0\.2/)
})

t.test('nothing but an address', async t => {
  const capture = new Capture()
  const pc = capture.machine(1)
  for (const at of [0, 4, 12, 28]) {
    capture.discover(s(at), pc)
    capture.offer(s(at) + ms(1), DHCP, pc, D)
  }
  const finding = capture.finding('no-pxe-responder')
  t.match(finding, { severity: 'error', confidence: 'inferred', servers: [ip(DHCP)] })
  t.match(finding?.message, /EDK2 stops with PXE-E16 after 60 s/)

  const plain = new Capture()
  const other = plain.machine(1)
  plain.boot(0, other, [[DHCP, { ...D, option67: FILE, siaddr: DHCP }]])
  plain.download(s(4.1), other, DHCP, FILE)
  t.same(plain.rules(), [], 'a DHCP server that names a boot file serves PXE clients the plain way')

  const cut = new Capture()
  cut.discover(0, cut.machine(1))
  cut.offer(ms(1), DHCP, cut.machine(1), D)
  t.same(cut.rules(), [], 'a capture that ends before the answer can have come proves nothing')
})

const NOTHING = menu({ discoveryControl: 8 })

t.test('a PXE server that answers, and has nothing for this machine', async t => {
  const offering = new Capture()
  const bios = offering.machine(1, 'bios')
  offering.boot(0, bios, [
    [DHCP, D],
    [A, NOTHING],
  ])
  offering.quietUntil(s(20))
  t.same(offering.rules(), ['malformed-offer'], 'an OFFER that contradicts itself')

  const { capture, pc } = started('edk2', redirect)
  capture.ask(s(4.1), pc, A)
  capture.answer(s(4.101), A, pc, NOTHING)
  capture.quietUntil(s(20))
  t.match(capture.only(), { rule: 'no-pxe-responder', servers: [ip(DHCP), ip(A)] })
  t.match(capture.only().message, /the PXE server 10\.0\.0\.5 answered with neither/)

  const early = started('edk2', redirect)
  early.capture.ask(s(4.1), early.pc, A)
  early.capture.answer(s(4.101), A, early.pc, NOTHING)
  t.same(early.capture.rules(), [], 'a capture that ends there says nothing')

  const named = new Capture()
  const other = named.machine(1)
  named.boot(0, other, [
    [DHCP, { ...D, file: FILE, siaddr: DHCP }],
    [A, NOTHING],
  ])
  named.quietUntil(s(20))
  t.notOk(named.rules().includes('no-pxe-responder'), 'a file of the DHCP server')
})

t.test('iPXE that was chain-loaded may want nothing but an address', async t => {
  const { capture, pc } = started('edk2', complete('ipxe.efi'))
  capture.download(s(4.1), pc, A, 'ipxe.efi')
  const stage = capture.machine(1, 'ipxe', { xid: 99 })
  capture.boot(s(8), stage, [[DHCP, D]])
  t.match(capture.only(), { rule: 'no-pxe-responder', severity: 'warning', confidence: 'possible' })
})

t.test('no address', async t => {
  const capture = new Capture()
  const pc = capture.machine(1)
  for (const at of [0, 4, 12]) {
    capture.discover(s(at), pc)
    capture.offer(s(at) + ms(1), A, pc, PA)
  }
  t.match(capture.only(), { rule: 'no-dhcp-server', servers: [ip(A)], confidence: 'inferred' })

  const hidden = new Capture()
  const ipxe = hidden.machine(1, 'ipxe')
  hidden.discover(0, ipxe)
  hidden.offer(ms(1), A, ipxe, PA)
  hidden.request(s(1), ipxe, DHCP)
  hidden.download(s(2), ipxe, A, FILE)
  t.same(
    hidden.rules(),
    [],
    'the OFFER was a unicast that the capture cannot show; the REQUEST names its server',
  )

  const silent = new Capture()
  for (const at of [0, 4, 12]) silent.discover(s(at), pc)
  t.match(silent.finding('no-dhcp-server')?.message, /the DISCOVER was not answered/)
})

t.test('port 4011 is dead', async t => {
  const { capture, pc } = started('edk2', redirect)
  for (const at of [4.1, 5.1, 7.1, 10.1]) capture.ask(s(at), pc, A)
  capture.quietUntil(s(20))
  const finding = capture.finding('dead-boot-server-port')
  t.match(finding, { severity: 'error', confidence: 'inferred', servers: [ip(A)] })
  t.match(finding?.evidence.at(-1)?.text, /4 tries/)
  t.same(capture.rules(), ['dead-boot-server-port'])

  const closed = started('edk2', redirect)
  closed.capture.ask(s(4.1), closed.pc, A)
  closed.capture.unreachable(s(4.11), closed.pc, A, 4011, 4011)
  t.equal(closed.capture.finding('dead-boot-server-port')?.confidence, 'seen')
})

t.test('port 4011 that answers, late or unseen, is not dead', async t => {
  const late = started('edk2', redirect)
  late.capture.ask(s(4.1), late.pc, A)
  late.capture.ask(s(5.1), late.pc, A)
  late.capture.answer(s(5.2), A, late.pc, { file: FILE })
  late.capture.download(s(6.1), late.pc, A, FILE)
  t.same(late.capture.rules(), [])

  const unseen = started('edk2', redirect)
  unseen.capture.ask(s(4.1), unseen.pc, A)
  unseen.capture.ask(s(5.1), unseen.pc, A)
  unseen.capture.rrq(s(6.1), unseen.pc, A, FILE)
  unseen.capture.tftpReply(s(6.2), A, unseen.pc, { kind: 'data', block: 1, bytes: fromHex('00') }, 2000)
  t.same(unseen.capture.rules(), [], 'it went on to that server')

  const cut = started('edk2', redirect)
  cut.capture.ask(s(4.1), cut.pc, A)
  t.same(cut.capture.rules(), [], 'the capture ends')
})

t.test('option 60 on a DHCP server without PXE service', async t => {
  const capture = new Capture()
  const pc = capture.machine(1)
  capture.boot(0, pc, [[DHCP, { ...D, pxe: true, siaddr: DHCP }]])
  for (const at of [4.1, 5.1, 7.1]) capture.ask(s(at), pc, DHCP)
  capture.quietUntil(s(20))
  t.same(capture.rules(), ['option-60-without-pxe-service', 'dead-boot-server-port'])
  t.match(capture.finding('option-60-without-pxe-service'), { servers: [ip(DHCP)], severity: 'error' })
  t.match(capture.finding('option-60-without-pxe-service')?.remedy, /Remove option 60/)

  const served = new Capture()
  served.boot(0, pc, [[DHCP, { ...D, pxe: true, siaddr: DHCP }]])
  served.ask(s(4.1), pc, DHCP)
  served.answer(s(4.2), DHCP, pc, { file: FILE })
  served.download(s(5.1), pc, DHCP, FILE)
  t.same(served.rules(), [], 'PXE service and DHCP on one host')

  const forced = new Capture()
  const vendor = [fromHex('06 01 0b 08 07 aaaa 01 0a000005')]
  forced.boot(0, pc, [[DHCP, { ...D, pxe: true, vendor, option67: FILE, siaddr: A }]])
  forced.download(s(4.1), pc, A, FILE)
  t.same(forced.rules(), [], "the vendor's forced mode needs no port 4011")
})

t.test('iPXE uses one xid for DHCP and port 4011', async t => {
  const { capture, pc } = started('ipxe', redirect)
  capture.ask(s(4.1), pc, A, pc.xid)
  capture.answer(s(4.2), A, pc, { file: FILE }, pc.xid)
  capture.download(s(4.3), pc, A, FILE)
  t.same(capture.rules(), [])
  t.equal(capture.analyze().conversationCount, 1)
})

t.test('DHCP names one file, the PXE server another', async t => {
  const { capture, pc } = started('edk2', PA, { option67: 'pxelinux.efi', siaddr: DHCP })
  capture.download(s(4.1), pc, A, FILE)
  const finding = capture.finding('boot-file-conflict')
  t.match(finding, { severity: 'warning', servers: [ip(DHCP), ip(A)] })
  t.match(finding?.message, /EDK2 follows the PXE server/)

  const same = started('edk2', PA, { option67: '\\bstrap\\x64\\bstrap.efi', siaddr: A })
  same.capture.download(s(4.1), same.pc, A, FILE)
  t.same(same.capture.rules(), [], 'the same file in another spelling')

  const two = started('edk2', PA, { option67: FILE, file: 'old.efi', siaddr: A })
  two.capture.download(s(4.1), two.pc, A, FILE)
  t.match(two.capture.finding('boot-file-conflict')?.message, /"old\.efi"/)
})

t.test('a file for another machine, by name and by its first bytes', async t => {
  const bios = started('bios', PA)
  t.match(bios.capture.finding('wrong-architecture'), {
    confidence: 'inferred',
    servers: [ip(A)],
    message:
      /"BStrap\/x64\/BStrap\.efi", which according to its name is for x64 UEFI, to a machine with BIOS/,
  })
  t.notOk(started('bios', complete('BStrap/x86/BStrap.0')).capture.finding('wrong-architecture'))
  t.ok(
    started('edk2', complete('BStrap/x86/BStrap.efi')).capture.finding('wrong-architecture'),
    'ia32 to x64',
  )
  t.notOk(started('edk2', complete('boot.ipxe')).capture.finding('wrong-architecture'), 'no name that tells')

  const pe = new Uint8Array(512)
  pe.set(fromHex('4d5a'))
  pe[0x3c] = 0x80
  pe.set(fromHex('50450000 64aa'), 0x80)
  const { capture, pc } = started('edk2', complete('boot.bin'))
  capture.download(s(4.1), pc, A, 'boot.bin', 2000, pe)
  t.match(capture.finding('wrong-architecture'), { confidence: 'seen', message: /is for 64-bit ARM UEFI/ })

  pe.set(fromHex('50450000 6486'), 0x80)
  const misnamed = started('edk2', complete('BStrap/x86/BStrap.efi'))
  misnamed.capture.download(s(4.1), misnamed.pc, A, 'BStrap/x86/BStrap.efi', 2000, pe)
  t.notOk(misnamed.capture.finding('wrong-architecture'), 'the bytes count, not the name')
})

t.test('a loader that loads itself', async t => {
  const chained = (nextFile: string, firmware: 'edk2' | 'ipxe' = 'edk2', gap = 3, file = 'ipxe.efi') => {
    const { capture, pc } = started(firmware, complete(file))
    capture.download(s(4.1), pc, A, file)
    const stage = capture.machine(1, 'ipxe', { xid: 99 })
    capture.boot(s(4.2 + gap), stage, [
      [DHCP, D],
      [A, complete(nextFile)],
    ])
    capture.download(s(8.3 + gap), stage, A, nextFile)
    return capture
  }
  const loop = chained('ipxe.efi')
  t.match(loop.only(), { rule: 'chain-loop', severity: 'error', confidence: 'seen', servers: [ip(A)] })
  t.equal(loop.analyze().conversationCount, 2)
  t.same(chained('boot.ipxe').rules(), [], 'the next stage is named')
  t.same(
    chained(FILE, 'ipxe', 3, FILE).rules(),
    [],
    'an iPXE ROM that boots an NBS file again after a restart',
  )
  t.same(chained('ipxe.efi', 'edk2', 600).rules(), [], 'too long ago')
})

t.test('offers that strict firmware drops', async t => {
  const faults = (offer: object, firmware: 'edk2' | 'ipxe' = 'edk2') => {
    const message = started(firmware, offer).capture.finding('malformed-offer')?.message ?? ''
    return /OFFER from \S+: (.*?)\. /.exec(message)?.[1]
  }
  t.equal(faults(PA), undefined)
  t.equal(faults(production), undefined)
  t.equal(faults(redirect), undefined)
  t.equal(
    faults({ ...PA, ended: false, rawOptions: fromHex('350102 36040a000005 3c09 505845436c69656e74') }),
    'its options do not end with END (255)',
  )
  t.equal(faults({ ...PA, identifier: null }), 'it has no server identifier (option 54)')
  t.equal(faults({ ...PA, options: [u16Option(51, 1)] }), 'option 51 (leaseTime) has the wrong length')
  t.match(faults({ ...PA, vendor: [...PA.vendor!, ...PA.vendor!] }), /several instances/)
  t.match(faults(menu({ discoveryControl: 7 }, { file: FILE })), /neither a menu nor bit 3/)
  t.match(
    faults(menu({ discoveryControl: 0, bootMenu: [{ type: 1, text: 'x' }] })),
    /no multicast address \(43\.7\)/,
  )
  t.match(
    faults(menu({ discoveryControl: 3, bootMenu: [{ type: 1, text: 'x' }] })),
    /there is none \(43\.8\)/,
  )
  const unicast = started('edk2', PA, { toLease: true }).capture
  t.match(unicast.finding('malformed-offer')?.message, /although the machine set the broadcast flag/)
  t.notOk(
    started('ipxe', PA, { toLease: true }).capture.finding('malformed-offer'),
    'iPXE did not ask for one',
  )
  t.match(started('edk2', PA, { omit: [1] }).capture.finding('malformed-offer')?.message, /no subnet mask/)
})

t.test('server identity', async t => {
  const { capture, pc } = started('edk2', { ...PA, from: B })
  capture.download(s(4.1), pc, A, FILE)
  t.match(capture.only(), {
    rule: 'server-identity-mismatch',
    severity: 'warning',
    confidence: 'seen',
    servers: [ip(A), ip(B)],
  })

  const dead = started('edk2', { ...PA, siaddr: B })
  for (const at of [4.1, 8.1, 12.1]) dead.capture.rrq(s(at), dead.pc, B, FILE)
  t.match(dead.capture.finding('server-identity-mismatch'), { confidence: 'seen', servers: [ip(A), ip(B)] })

  const working = started('edk2', { ...PA, siaddr: B })
  working.capture.download(s(4.1), working.pc, B, FILE)
  t.same(working.capture.rules(), [], 'a TFTP server of its own that works')

  const nextServer = started('edk2', PA, { siaddr: B })
  nextServer.capture.download(s(4.1), nextServer.pc, A, FILE)
  t.same(nextServer.capture.rules(), [], 'a next server is an ordinary thing for DHCP')

  const multihomed = started('ipxe')
  multihomed.capture.rrq(s(4.1), multihomed.pc, A, FILE)
  multihomed.capture.tftpReply(
    s(4.2),
    B,
    multihomed.pc,
    { kind: 'data', block: 1, bytes: fromHex('00') },
    2000,
  )
  t.match(
    multihomed.capture.finding('server-identity-mismatch')?.message,
    /went to 10\.0\.0\.5, but 10\.0\.0\.6 answered/,
  )
})

t.test('a NAK that is ignored, and one that is not', async t => {
  const naked = () => {
    const capture = new Capture()
    const pc = capture.machine(1, 'ipxe')
    capture.discover(0, pc)
    capture.offer(ms(1), DHCP, pc, D)
    capture.offer(ms(2), A, pc, PA)
    capture.request(s(1), pc, DHCP)
    capture.nak(s(1.01), DHCP, pc)
    return { capture, pc }
  }
  const ignored = naked()
  ignored.capture.request(s(1.25), ignored.pc, DHCP)
  ignored.capture.request(s(1.75), ignored.pc, DHCP)
  t.match(ignored.capture.only(), { rule: 'ignored-nak', severity: 'warning', servers: [ip(DHCP)] })
  t.match(ignored.capture.finding('ignored-nak')?.message, /the machine ignored the NAK/)

  const obeyed = naked()
  obeyed.capture.discover(s(2), obeyed.pc)
  obeyed.capture.offer(s(2.001), DHCP, obeyed.pc, D)
  obeyed.capture.request(s(3), obeyed.pc, DHCP)
  t.same(obeyed.capture.rules(), [])
  t.same(naked().capture.rules(), [])
})

t.test('an address used twice', async t => {
  const declined = started('bios', complete('BStrap/x86/BStrap.0'))
  declined.capture.decline(s(4.5), declined.pc, DHCP)
  t.match(declined.capture.only(), { rule: 'address-conflict', confidence: 'seen', servers: [ip(DHCP)] })
  t.equal(declined.capture.analyze().conversationCount, 1, 'a DECLINE names no class, but is no new boot')

  const noMask = started('edk2', PA, { omit: [1] })
  noMask.capture.decline(s(4.5), noMask.pc, DHCP)
  t.notOk(noMask.capture.finding('address-conflict'), 'EDK2 declines an offer without mask')

  const arp = started()
  arp.capture.arp(s(4.2), toMac(0x020000000099), '10.0.0.101', '10.0.0.1')
  arp.capture.download(s(4.3), arp.pc, A, FILE)
  t.match(arp.capture.finding('address-conflict')?.message, /02:00:00:00:00:99 claims it by ARP/)
  const own = started()
  own.capture.arp(s(4.2), own.pc.mac, '10.0.0.101', '10.0.0.5')
  own.capture.arpReply(s(4.21), toMac(0x02000a000005), A, own.pc)
  own.capture.download(s(4.3), own.pc, A, FILE)
  t.same(own.capture.rules(), [])

  const twice = started()
  twice.capture.download(s(4.3), twice.pc, A, FILE)
  const other = twice.capture.machine(2, 'edk2', { address: ip('10.0.0.101') })
  twice.capture.boot(s(20), other, [
    [DHCP2, D],
    [A, PA],
  ])
  twice.capture.download(s(25), other, A, FILE)
  t.match(twice.capture.finding('address-conflict'), {
    confidence: 'inferred',
    servers: [ip(DHCP), ip(DHCP2)],
    clients: [twice.pc.mac, other.mac],
  })
})

t.test('a menu discovered on 4011 whose server is dead', async t => {
  const offer = menu({
    discoveryControl: 7,
    bootServers: [{ type: 0xaaaa, addresses: [ip(A)] }],
    bootMenu: [{ type: 0xaaaa, text: 'PXE: WinPE' }],
    prompt: { timeout: 0, text: '' },
  })
  const { capture, pc } = started('edk2', offer)
  capture.ask(s(4.1), pc, A)
  capture.ask(s(5.1), pc, A)
  t.same(capture.rules(), ['dead-boot-server-port'])
  const alive = started('edk2', offer)
  alive.capture.ask(s(4.1), alive.pc, A)
  alive.capture.answer(s(4.2), A, alive.pc, {
    file: FILE,
    vendor: [encodePxeVendor({ bootItem: { type: 0xaaaa, layer: 0 } })],
  })
  alive.capture.download(s(5.1), alive.pc, A, FILE)
  t.same(alive.capture.rules(), [])
})
