import fc from 'fast-check'
import t from 'tap'
import { toMac } from '../../src/core/address.ts'
import { Analyzer, type CapturedFrame } from '../../src/analysis/analyzer.ts'
import { BOOT_IDLE, MAX_CLIENTS } from '../../src/analysis/limits.ts'
import { Capture, complete, ip, lease, ms, production, redirect, s } from './capture-builder.ts'
import { FUZZ } from '../effort.ts'

const DHCP = '10.0.0.2'
const A = '10.0.0.5'
const B = '10.0.0.6'
const FILE = 'BStrap/x64/BStrap.efi'
const D = lease('10.0.0.101')
const PA = complete(FILE, 'PXE: WinPE')

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

t.test('the address of a machine that asks for no lease (Raspberry Pi) is the one it loads from', async t => {
  const capture = new Capture()
  const pi = { ...capture.machine(1), address: ip('10.0.0.101') }
  capture.discover(0, pi)
  capture.offer(ms(1), DHCP, pi, D)
  capture.rrq(s(2), pi, DHCP, FILE)
  t.match(capture.analyze().clients, [{ address: ip('10.0.0.101') }])
})

t.test('TFTP silent, closed, absent, dying', async t => {
  const silent = started()
  for (const at of [4.1, 8.1, 12.1]) silent.capture.rrq(s(at), silent.pc, A, FILE)
  t.match(silent.capture.only(), {
    rule: 'unreachable-tftp-server',
    confidence: 'inferred',
    servers: [ip(A)],
    message: /did not answer/,
  })

  const closed = started()
  closed.capture.rrq(s(4.1), closed.pc, A, FILE)
  closed.capture.unreachable(s(4.11), closed.pc, A, 2000, 69)
  t.match(closed.capture.only(), {
    rule: 'unreachable-tftp-server',
    confidence: 'seen',
    message: /port unreachable.*PXE-E99/,
  })

  const stopped = started()
  stopped.capture.rrq(s(4.1), stopped.pc, A, FILE)
  const block = { kind: 'data', block: 1, bytes: new Uint8Array(512) } as const
  stopped.capture.tftpReply(s(4.2), A, stopped.pc, block, 2000)
  stopped.capture.tftp(s(4.3), stopped.pc, A, { kind: 'ack', block: 1 }, 2000, 52_000)
  stopped.capture.unreachable(s(4.31), stopped.pc, A, 2000, 52_000)
  t.match(stopped.capture.only(), {
    rule: 'unreachable-tftp-server',
    confidence: 'seen',
    message: /stopped after 512 bytes of .*: port unreachable/,
  })
  const whole = started()
  whole.capture.rrq(s(4.1), whole.pc, A, FILE)
  whole.capture.tftpReply(s(4.2), A, whole.pc, { ...block, bytes: new Uint8Array(9) }, 2000)
  whole.capture.tftp(s(4.3), whole.pc, A, { kind: 'ack', block: 1 }, 2000, 52_000)
  whole.capture.unreachable(s(4.31), whole.pc, A, 2000, 52_000)
  t.same(whole.capture.rules(), [], 'the server has closed its port after the last block')

  const absent = started('edk2', { ...PA, siaddr: B })
  for (const at of [4.1, 5.1, 6.1]) absent.capture.arp(s(at), absent.pc.mac, '10.0.0.101', B)
  t.match(absent.capture.finding('unreachable-tftp-server')?.message, /10\.0\.0\.6 does not answer ARP/)

  const dying = started()
  dying.capture.rrq(s(4.1), dying.pc, A, FILE)
  const bytes = new Uint8Array(512)
  dying.capture.tftpReply(s(4.2), A, dying.pc, { kind: 'data', block: 1, bytes }, 2000)
  for (const at of [4.3, 8.3, 12.3])
    dying.capture.tftp(s(at), dying.pc, A, { kind: 'ack', block: 1 }, 2000, 52_000)
  t.match(dying.capture.finding('unreachable-tftp-server')?.message, /stopped answering after 512 bytes/)
})

t.test('TFTP on another network, and a lease without router', async t => {
  const { capture } = started('edk2', { ...PA, siaddr: '10.0.9.5' }, { omit: [3] })
  t.match(capture.finding('unreachable-tftp-server'), {
    confidence: 'inferred',
    servers: [ip(DHCP), ip('10.0.9.5')],
    message: /names no router/,
  })
  t.notOk(
    started('edk2', { ...PA, siaddr: '10.0.9.5' }).capture.finding('unreachable-tftp-server'),
    'with a router',
  )
  t.notOk(started('edk2', PA, { omit: [3] }).capture.finding('unreachable-tftp-server'), 'on the own subnet')

  const named = (more: object) => {
    const alone = new Capture()
    const pc = alone.machine(1, 'ipxe')
    alone.boot(0, pc, [[DHCP, lease('10.0.0.101', { file: FILE, siaddr: '10.0.9.5', ...more })]])
    return { alone, pc }
  }
  t.match(named({ omit: [3] }).alone.finding('unreachable-tftp-server')?.message, /names no router/)
  t.notOk(named({}).alone.finding('unreachable-tftp-server'), 'a file of DHCP alone, with a router')
  const declined = named({ omit: [3] })
  declined.alone.decline(s(4.2), declined.pc, DHCP)
  t.notOk(declined.alone.finding('unreachable-tftp-server'), 'it did not come to that')
})

t.test('what is no failure of TFTP', async t => {
  const retried = started()
  retried.capture.rrq(s(4.1), retried.pc, A, FILE, 1999)
  retried.capture.rrq(s(4.35), retried.pc, A, FILE, 1999)
  retried.capture.download(s(8.1), retried.pc, A, FILE)
  t.same(retried.capture.rules(), [], 'the next try worked')

  const cut = started()
  cut.capture.rrq(s(4.1), cut.pc, A, FILE)
  t.same(cut.capture.rules(), [], 'the capture ends')

  const oneWay = started()
  oneWay.capture.rrq(s(4.1), oneWay.pc, A, FILE)
  for (const [i, at] of [4.2, 4.3, 4.4, 4.5, 4.6].entries())
    oneWay.capture.tftp(s(at), oneWay.pc, A, { kind: 'ack', block: i }, 2000, 52_000)
  t.same(oneWay.capture.rules(), [], 'only the client is captured, and it goes on')

  const aborted = started()
  aborted.capture.rrq(s(4.1), aborted.pc, A, FILE)
  aborted.capture.tftpReply(
    s(4.2),
    A,
    aborted.pc,
    { kind: 'data', block: 1, bytes: new Uint8Array(512) },
    2000,
  )
  aborted.capture.tftp(s(4.3), aborted.pc, A, { kind: 'error', code: 0, message: 'no' }, 2000, 52_000)
  t.same(aborted.capture.rules(), [], 'the client broke off for its own reasons')
})

t.test('file missing', async t => {
  const { capture, pc } = started()
  capture.rrq(s(4.1), pc, A, FILE)
  capture.tftpReply(s(4.2), A, pc, { kind: 'error', code: 1, message: 'File not found' }, 2000)
  const finding = capture.finding('missing-boot-file')
  t.match(finding, { severity: 'error', confidence: 'seen', servers: [ip(A)] })
  t.match(finding?.message, /PXE-E23/)
  t.same(capture.rules(), ['missing-boot-file'])

  const elsewhere = started()
  elsewhere.capture.rrq(s(4.1), elsewhere.pc, A, FILE)
  elsewhere.capture.tftpReply(s(4.2), A, elsewhere.pc, { kind: 'error', code: 1, message: '' }, 2000)
  elsewhere.capture.download(s(5), elsewhere.pc, B, FILE, 3000)
  t.same(elsewhere.capture.rules(), [], 'another server had it')

  const probing = started('bios', complete('pxelinux.0'))
  probing.capture.download(s(4.1), probing.pc, A, 'pxelinux.0')
  for (const [i, file] of ['pxelinux.cfg/01-00', 'pxelinux.cfg/default'].entries()) {
    probing.capture.rrq(s(5 + i), probing.pc, A, file, 3000 + i)
    probing.capture.tftpReply(s(5.1 + i), A, probing.pc, { kind: 'error', code: 1, message: '' }, 3000 + i)
  }
  t.same(probing.capture.rules(), [], 'a loader looks for its configuration')

  const later = started()
  later.capture.download(s(4.1), later.pc, A, FILE)
  later.capture.rrq(s(5), later.pc, A, 'Images/WinPE/x64/boot.wim', 3000)
  later.capture.tftpReply(s(5.1), A, later.pc, { kind: 'error', code: 1, message: '' }, 3000)
  t.match(later.capture.only(), { rule: 'missing-boot-file', severity: 'warning', confidence: 'possible' })
})

t.test('refused', async t => {
  const { capture, pc } = started()
  capture.rrq(s(4.1), pc, A, FILE)
  capture.tftpReply(s(4.2), A, pc, { kind: 'error', code: 2, message: 'Access \u0007violation' }, 2000)
  t.match(capture.only(), { rule: 'tftp-refused', confidence: 'seen', servers: [ip(A)] })
  t.match(capture.finding('tftp-refused')?.message, /error 2 \("Access \\x07violation"\)/)

  const options = started()
  options.capture.rrq(s(4.1), options.pc, A, FILE, 2000, [['tsize', '0']])
  options.capture.tftpReply(
    s(4.2),
    A,
    options.pc,
    { kind: 'data', block: 1, bytes: new Uint8Array(512) },
    2000,
  )
  options.capture.tftp(
    s(4.3),
    options.pc,
    A,
    { kind: 'error', code: 4, message: 'User aborted download' },
    2000,
    52_000,
  )
  t.match(options.capture.only(), { rule: 'tftp-refused', confidence: 'inferred' })
})

t.test('a capture at the TFTP server, without any DHCP', async t => {
  const capture = new Capture()
  const pc = capture.machine(1)
  capture.rrq(0, pc, A, FILE)
  capture.tftpReply(ms(1), A, pc, { kind: 'error', code: 1, message: 'File not found' }, 2000)
  t.match(capture.only(), {
    rule: 'missing-boot-file',
    severity: 'warning',
    confidence: 'possible',
    clients: [pc.mac],
  })
})

t.test('a routed transfer is seen on two segments and counted once', async t => {
  const { capture, pc } = started()
  for (const segment of ['office', 'servers'])
    capture.tftp(
      s(4.1) + (segment === 'office' ? 0 : 100),
      pc,
      A,
      { kind: 'rrq', file: FILE, mode: 'octet', options: [] },
      2000,
      69,
      segment,
    )
  t.same(capture.rules(), [], 'one request, not two tries')
})

t.test('a mirror port that shows every frame twice', async t => {
  const { capture, pc } = started('edk2', redirect)
  capture.ask(s(4.1), pc, A)
  capture.records.push(...capture.records.map(record => ({ ...record, at: record.at + 3 })))
  t.same(capture.rules(), [], 'one request on 4011, not two without answer')
})

t.test('damaged datagrams are no answers, unless the whole capture is damaged', async t => {
  const { capture, pc } = started()
  capture.download(s(4.1), pc, A, FILE)
  const broken = new Capture()
  broken.offer(ms(3), B, pc, production)
  const record = broken.records[0]!
  record.bytes[record.bytes.length - 30]! ^= 1
  capture.records.push(record)
  t.same(capture.rules(), [])
  t.match(capture.analyze().notes, [/1 datagrams had a wrong checksum/])

  const { capture: rewritten } = started()
  for (const { bytes } of rewritten.records) bytes[40] = bytes[40]! ^ 0x55
  t.equal(rewritten.analyze().conversations[0]?.answers.length, 2)
})

t.test('VLANs of a trunk are segments of their own, other link layers are read', async t => {
  const { capture, pc } = started('edk2', production)
  capture.offer(ms(3), B, pc, PA)
  const tagged = capture.records.map(({ at, segment, bytes }) => {
    const frame = new Uint8Array(bytes.length + 4)
    frame.set(bytes.subarray(0, 12))
    frame.set([0x81, 0, 0x20, 12], 12)
    frame.set(bytes.subarray(12), 16)
    return { at, segment, bytes: frame }
  })
  const run = (records: readonly CapturedFrame[]) => {
    const analyzer = new Analyzer()
    for (const record of [...records].sort((a, b) => a.at - b.at)) analyzer.add(record)
    return analyzer.finish()
  }
  t.equal(run(tagged).findings[0]?.subnet, 'office.12')
  t.equal(run(tagged).findings[0]?.rule, 'split-decision')
  const raw = capture.records.map(record => ({ ...record, bytes: record.bytes.subarray(14), linkType: 101 }))
  t.equal(run(raw).findings[0]?.rule, 'split-decision')
  const cooked = capture.records.map(record => {
    const bytes = new Uint8Array(record.bytes.length + 2)
    bytes.set([0, 0, 0, 1, 0, 6])
    bytes.set(record.bytes.subarray(6, 12), 6)
    bytes.set(record.bytes.subarray(12), 14)
    return { ...record, bytes, linkType: 113 }
  })
  t.equal(run(cooked).findings[0]?.rule, 'split-decision')
  t.match(run(cooked.map(record => ({ ...record, linkType: 127 }))).notes, [/could not be read/])
})

t.test('a capture that shows broadcasts only is said to do so', async t => {
  const { capture } = started('edk2', production)
  t.match(capture.analyze().notes, [/Only broadcasts were seen on office/])
})

t.test('silent boots are closed as time goes on', async t => {
  const analyzer = new Analyzer()
  const capture = new Capture()
  for (let number = 1; number <= 50; number++) {
    const pc = capture.machine(number)
    capture.discover(s(number), pc)
    capture.offer(s(number) + 1, A, pc, PA)
    capture.offer(s(number) + 2, B, pc, production)
  }
  for (const record of capture.records) analyzer.add(record)
  t.same(analyzer.findingsSoFar(), [])
  capture.quietUntil(BOOT_IDLE + s(100))
  for (const record of capture.records.slice(150)) analyzer.add(record)
  t.equal(analyzer.findingsSoFar()[0]?.clients.length, 50)
  t.equal(analyzer.finish().conversationCount, 50)
})

t.test('a flood of machines does not grow without limit', async t => {
  const analyzer = new Analyzer()
  const capture = new Capture()
  const total = MAX_CLIENTS + 500
  for (let number = 0; number < total; number++) {
    capture.discover(number, capture.machine(number, 'edk2', { mac: toMac(number + 1) }))
    analyzer.add(capture.records.pop()!)
  }
  const analysis = analyzer.finish()
  t.equal(analysis.frames, total)
  t.equal(analysis.conversationCount, total)
  t.equal(analysis.clients.length, MAX_CLIENTS)
})

t.test('the same capture gives the same analysis', async t => {
  const { capture, pc } = started('edk2', production)
  capture.offer(ms(3), B, pc, PA)
  t.equal(JSON.stringify(capture.analyze()), JSON.stringify(capture.analyze()))
})

t.test('no bytes make it throw', async t => {
  const { capture, pc } = started()
  capture.offer(ms(3), B, pc, redirect)
  capture.ask(s(4.05), pc, B)
  capture.answer(s(4.06), B, pc, { file: FILE })
  capture.unreachable(s(4.07), pc, B, 4011, 4011)
  capture.download(s(4.1), pc, A, FILE)
  capture.decline(s(5), pc, DHCP)
  capture.nak(s(5.1), DHCP, pc)
  capture.quietUntil(s(6))
  const records = [...capture.records].sort((a, b) => a.at - b.at)
  const edit = fc.record({
    frame: fc.nat(records.length - 1),
    offset: fc.nat(400),
    value: fc.nat(255),
    cut: fc.option(fc.nat(400), { freq: 6 }),
    later: fc.option(fc.integer({ min: -1_000_000, max: 1_000_000_000 }), { freq: 6 }),
  })
  const runs = Math.ceil(FUZZ / 10)
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 10 }), edits => {
      const mutated = records.map(record => ({ ...record, bytes: Uint8Array.from(record.bytes) }))
      for (const { frame, offset, value, cut, later } of edits) {
        const record = mutated[frame]!
        if (offset < record.bytes.length) record.bytes[offset] = value
        if (cut !== null) record.bytes = record.bytes.subarray(0, cut)
        if (later !== null) record.at += later
      }
      const analyzer = new Analyzer()
      for (const record of mutated) analyzer.add(record)
      const analysis = analyzer.finish()
      return (
        analysis.frames === records.length && analysis.findings.every(finding => finding.message.length > 20)
      )
    }),
    { numRuns: runs, seed: 1 },
  )
  t.pass(`${runs} mutated captures`)
})
