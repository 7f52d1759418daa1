import t from 'tap'
import { formatIp4, toMac } from '../../src/core/address.ts'
import { metasOf } from '../../src/analysis/finding.ts'
import {
  Capture,
  type Offer,
  complete,
  ip,
  lease,
  menu,
  ms,
  production,
  redirect,
  s,
} from './capture-builder.ts'

const DHCP = '10.0.0.2'
const A = '10.0.0.5'
const B = '10.0.0.6'
const FILE = 'BStrap/x64/BStrap.efi'
const D = lease('10.0.0.101')
const JOB = complete(FILE, 'Automation: WinPE (job running)')

/** One machine, a lease for it, and PXE offers 1 ms apart in this order. */
const contest = (...offers: readonly (readonly [server: string, offer: Offer])[]) => {
  const capture = new Capture()
  const pc = capture.machine(1)
  capture.boot(0, pc, [[DHCP, D], ...offers])
  return { capture, pc }
}

t.test('the rules are those of the contract', async t => {
  t.same(
    metasOf('capture')
      .filter(({ id }) => !id.startsWith('bsdp-'))
      .map(({ id, severity }) => `${id} ${severity}`),
    [
      'job-lost error',
      'split-decision error',
      'multiple-pxe-responders error',
      'stray-relay-target error',
      'multiple-dhcp-servers error',
      'shared-server-address error',
      'relay-answered-by-broadcast error',
      'malformed-offer warning',
      'option-60-without-pxe-service error',
      'dead-boot-server-port error',
      'no-dhcp-server error',
      'no-pxe-responder error',
      'router-off-subnet error',
      'unusable-lease error',
      'client-denied error',
      'boot-file-is-url error',
      'unterminated-boot-file error',
      'chain-loop error',
      'wrong-architecture error',
      'mtu-hole error',
      'transfer-broke-off error',
      'missing-boot-file error',
      'unreachable-tftp-server error',
      'tftp-refused error',
      'boot-file-conflict warning',
      'server-identity-mismatch warning',
      'address-conflict warning',
      'late-link warning',
      'slow-transfer warning',
      'ignored-nak warning',
    ],
  )
})

t.test('a healthy subnet has no findings', async t => {
  const { capture, pc } = contest([A, JOB])
  capture.download(s(4.1), pc, A, FILE)
  capture.quietUntil(s(60))
  const analysis = capture.analyze()
  t.same(analysis.findings, [])
  t.match(analysis.conversations[0], {
    firmware: 'EDK2',
    architecture: 7,
    address: ip('10.0.0.101'),
    leaseFrom: ip(DHCP),
    answers: [
      { server: ip(DHCP), after: ms(1), lease: true, pxe: false },
      { server: ip(A), after: ms(2), lease: false, pxe: true },
    ],
    files: [
      { file: FILE, end: 'sizeQuery' },
      { file: FILE, end: 'completed' },
    ],
  })
  t.same(
    analysis.servers.map(server => [formatIp4(server.ip), server.roles]),
    [
      [DHCP, ['dhcp']],
      [A, ['proxy-dhcp', 'tftp']],
    ],
  )
})

t.test('two NBS that know the same: the rule of one per subnet, as a warning', async t => {
  const { capture, pc } = contest([A, JOB], [B, JOB])
  capture.download(s(4.1), pc, A, FILE)
  capture.quietUntil(s(60))
  const { findings } = capture.analyze()
  t.same(
    findings.map(finding => finding.rule),
    ['multiple-pxe-responders'],
  )
  const finding = findings[0]!
  t.match(finding, {
    severity: 'warning',
    confidence: 'seen',
    subnet: 'office',
    servers: [ip(A), ip(B)],
    clients: [pc.mac],
  })
  t.match(finding.message, /^1 EDK2 machine: 10\.0\.0\.5 and 10\.0\.0\.6 .*no different outcome seen/)
  t.match(finding.message, /It followed 10\.0\.0\.5, which answered 1\.00 ms earlier\. EDK2 keeps the first/)
  t.match(finding.because, /Only one server per subnet may have the NBS plug-in/)
  t.same(
    finding.evidence.map(shown => shown.frame),
    [1, 3, 4, 5, 10],
    'DISCOVER, both offers, REQUEST, and the file',
  )
})

t.test('the same promise, of which one was not kept', async t => {
  const { capture, pc } = contest([A, JOB], [B, JOB])
  capture.rrq(s(4.1), pc, A, FILE)
  capture.tftpReply(s(4.2), A, pc, { kind: 'error', code: 1, message: 'file not found' }, 2000)
  t.match(capture.finding('multiple-pxe-responders'), {
    severity: 'error',
    message: /but the file was not loaded/,
  })
  t.match(capture.finding('missing-boot-file')?.message, /"BStrap\/x64\/BStrap\.efi", which it named itself/)
})

t.test('retransmissions and copies are one answer', async t => {
  const capture = new Capture()
  const pc = capture.machine(1)
  for (const at of [0, s(4)]) {
    capture.discover(at, pc)
    capture.offer(at + ms(1), DHCP, pc, D)
    capture.offer(at + ms(2), A, pc, JOB)
    capture.offer(at + ms(3), A, pc, JOB)
  }
  capture.request(s(8), pc, DHCP)
  capture.ack(s(8.1), DHCP, pc, D)
  capture.download(s(8.2), pc, A, FILE)
  t.same(capture.rules(), [])
})

t.test('DHCP and PXE on one host are one server', async t => {
  const capture = new Capture()
  const pc = capture.machine(1)
  capture.boot(0, pc, [
    [A, D],
    [A, JOB],
  ])
  capture.download(s(4.1), pc, A, FILE)
  t.same(capture.rules(), [])
})

t.test('image against local disk: split decision, and a job lost', async t => {
  const { capture } = contest([B, production], [A, JOB])
  capture.quietUntil(s(30))
  const { findings } = capture.analyze()
  t.same(
    findings.map(finding => [finding.rule, finding.severity, finding.confidence]),
    [
      ['job-lost', 'error', 'seen'],
      ['split-decision', 'error', 'seen'],
      ['multiple-pxe-responders', 'error', 'seen'],
    ],
  )
  t.match(
    findings[0]!.message,
    /10\.0\.0\.5 offered the image of a running job, but the machine followed 10\.0\.0\.6/,
  )
  t.match(findings[0]!.message, /followed 10\.0\.0\.6, which answered 1\.00 ms earlier/)
  t.match(findings[1]!.message, /boot "Automation: WinPE \(job running\)"/)
  t.match(findings[1]!.message, /start from the local disk \("Production: local disk"\)/)
})

t.test('the capture ends with the lease: what firmware prefers decides, and is called inferred', async t => {
  const { capture } = contest([B, production], [A, JOB])
  t.equal(capture.finding('job-lost')?.confidence, 'inferred')
  const { capture: other } = contest([A, JOB], [B, production])
  t.same(other.rules(), ['split-decision', 'multiple-pxe-responders'], 'the job came first: nothing is lost')
})

t.test('no job is lost when the machine boots the image, or no job ran', async t => {
  const { capture, pc } = contest([A, JOB], [B, production])
  capture.download(s(4.1), pc, A, FILE)
  capture.quietUntil(s(60))
  t.same(capture.rules(), ['split-decision', 'multiple-pxe-responders'])
  t.match(capture.finding('split-decision')?.message, /followed 10\.0\.0\.5, which answered 1\.00 ms earlier/)

  const { capture: idle } = contest([B, production], [A, complete(FILE, 'PXE: WinPE')])
  idle.quietUntil(s(60))
  t.same(idle.rules(), ['split-decision', 'multiple-pxe-responders'])
})

t.test('other image text, other file, and what is not different', async t => {
  const outcome = (first: Offer, second: Offer) => {
    const { capture } = contest([A, first], [B, second])
    const finding = capture.finding('multiple-pxe-responders')
    return [finding?.severity, capture.rules().includes('split-decision')]
  }
  t.same(
    outcome(complete(FILE, 'PXE: WinPE'), complete(FILE, 'PXE: LinuxPE')),
    ['error', true],
    'other image',
  )
  t.same(outcome(complete('a.efi'), complete('b.efi')), ['error', true], 'other file')
  t.same(outcome(complete(FILE), complete('\\bstrap\\X64\\BStrap.efi')), ['warning', false], 'the same name')
  t.same(outcome(JOB, complete(FILE, 'Automation: WinPE')), ['warning', false], 'only the job differs')
  t.same(outcome(JOB, redirect), ['error', false], 'what a redirect would say is not known')
  t.same(outcome(redirect, redirect), ['error', false], 'nor what a second redirect would')
  t.same(outcome(production, production), ['warning', false])
  const waiting = menu({
    discoveryControl: 3,
    bootMenu: [{ type: 1, text: 'x' }],
    prompt: { timeout: 255, text: '' },
  })
  t.same(outcome(waiting, production), ['error', true], 'one waits for a person')
})

t.test('a redirect is judged by what its port 4011 said', async t => {
  const { capture, pc } = contest([A, redirect], [B, complete('other.efi')])
  capture.ask(s(4.1), pc, A)
  capture.answer(s(4.11), A, pc, { file: FILE })
  capture.download(s(5), pc, A, FILE)
  t.match(
    capture.finding('split-decision')?.message,
    /10\.0\.0\.5 tells it to boot "BStrap\/x64\/BStrap\.efi"/,
  )
  t.match(
    capture.finding('multiple-pxe-responders')?.message,
    /followed 10\.0\.0\.5, which answered 1\.00 ms earlier/,
  )
})

t.test('many machines share one finding, with who won how often', async t => {
  const capture = new Capture()
  for (const number of [1, 2, 3, 4, 5]) {
    const pc = capture.machine(number, number === 5 ? 'ipxe' : 'edk2')
    const at = s(number)
    capture.discover(at, pc)
    capture.offer(at + ms(1), DHCP, pc, lease(`10.0.0.10${number}`))
    const [first, second] = number === 2 ? [B, A] : [A, B]
    capture.offer(at + ms(2), first, pc, complete(FILE, 'PXE: WinPE'))
    capture.offer(at + ms(2 + number), second, pc, complete(FILE, 'PXE: WinPE'))
    capture.request(at + s(4), pc, DHCP)
    capture.ack(at + s(4.001), DHCP, pc, lease(`10.0.0.10${number}`))
    capture.download(at + s(4.1), pc, number === 5 ? B : first, FILE)
  }
  const { findings } = capture.analyze({
    name: address => `<${formatIp4(address)}>`,
    segmentNames: new Map([['office', 'Office']]),
  })
  t.equal(findings.length, 1)
  const [finding] = findings
  t.equal(finding!.clients.length, 5)
  t.equal(finding!.subnet, 'Office')
  t.match(finding!.message, /^4 EDK2 machines and 1 iPXE machine: <10\.0\.0\.5> and <10\.0\.0\.6>/)
  t.match(finding!.message, /Followed: <10\.0\.0\.5> 3 times, <10\.0\.0\.6> twice/)
  t.match(
    finding!.message,
    /the first answer led by 1\.00 ms to 5\.00 ms, but once the machine took a later one/,
  )
  t.match(finding!.message, /EDK2 keeps the first complete PXE OFFER.*iPXE takes the last/)
  const shown = finding!.evidence.map(({ text }) => text)
  for (const number of [1, 2, 3])
    t.ok(
      shown.includes(`DISCOVER from 00:50:56:00:00:0${number}`),
      `the packets of machine ${number} are shown`,
    )
  t.notOk(shown.includes('DISCOVER of 00:50:56:00:00:04'), 'three machines are enough')
})

t.test('two machines with the same xid at the same time are two conversations', async t => {
  const capture = new Capture()
  const [first, second] = [capture.machine(1, 'edk2', { xid: 7 }), capture.machine(2, 'edk2', { xid: 7 })]
  capture.discover(0, first)
  capture.discover(10, second)
  capture.offer(ms(1), DHCP, first, D)
  capture.offer(ms(1), DHCP, second, lease('10.0.0.102'))
  capture.offer(ms(2), A, first, JOB)
  capture.offer(ms(2), B, second, JOB)
  for (const [pc, server] of [
    [first, A],
    [second, B],
  ] as const) {
    capture.request(s(4), pc, DHCP)
    capture.ack(s(4.1), DHCP, pc, lease(formatIp4(pc.address)))
    capture.download(s(4.2), pc, server, FILE)
  }
  t.same(capture.rules(), [])
})

t.test('machines that are no PXE clients are not judged as such', async t => {
  const capture = new Capture()
  const board = capture.machine(1, 'u-boot')
  capture.boot(0, board, [[DHCP, D]])
  capture.offer(s(4.5), A, board, JOB)
  capture.offer(s(4.6), B, board, production)
  const mac = capture.machine(2, 'apple')
  capture.discover(s(1), mac)
  capture.offer(s(1.001), A, mac, { options: [], pxe: false })
  capture.offer(s(1.002), B, mac, { options: [], pxe: false })
  capture.quietUntil(s(60))
  t.same(capture.rules(), [])
})

t.test('an answer that came too late still breaks the rule, and says so', async t => {
  const { capture, pc } = contest([A, JOB])
  capture.download(s(4.1), pc, A, FILE)
  capture.offer(s(5), B, pc, JOB)
  t.match(
    capture.finding('multiple-pxe-responders')?.message,
    /the later answer came too late to matter this time/,
  )
})

t.test('one network card under two names is said to be one', async t => {
  const capture = new Capture()
  const card = toMac(0x020000aabbcc)
  capture.boot(0, capture.machine(1), [
    [DHCP, D],
    [A, { ...JOB, mac: card }],
    [B, { ...JOB, mac: card }],
  ])
  t.match(capture.finding('multiple-pxe-responders')?.message, /came from one network card/)
})

/** A client on `office` behind relay 10.0.0.1; both sides are captured. */
const relayedOffer = (
  capture: Capture,
  at: number,
  server: string,
  pc: ReturnType<Capture['machine']>,
  offer: object,
) => {
  capture.relayed(at, pc, 'discover', '10.0.0.1', server)
  capture.offer(at + 200, server, pc, { ...offer, giaddr: '10.0.0.1', segment: 'servers' })
  capture.offer(at + 400, server, pc, { ...offer, giaddr: '10.0.0.1' })
}

t.test('one PXE server behind a relay is fine, and its copies are one answer', async t => {
  const capture = new Capture()
  const pc = capture.machine(1)
  capture.discover(0, pc)
  relayedOffer(capture, ms(1), '10.0.9.2', pc, D)
  relayedOffer(capture, ms(2), '10.0.9.5', pc, JOB)
  capture.request(s(4), pc, '10.0.9.2')
  capture.ack(s(4.1), '10.0.9.2', pc, { ...D, giaddr: '10.0.0.1' })
  capture.download(s(4.2), pc, '10.0.9.5', FILE)
  const analysis = capture.analyze()
  t.same(analysis.findings, [])
  t.same(analysis.conversations[0]!.answers.length, 2)
})

t.test('a helper list that reaches another PXE server: stray relay target', async t => {
  const capture = new Capture()
  const pc = capture.machine(1)
  capture.discover(0, pc)
  relayedOffer(capture, ms(1), '10.0.9.2', pc, D)
  capture.offer(ms(2), A, pc, JOB)
  relayedOffer(capture, ms(3), '10.0.9.5', pc, production)
  capture.request(s(4), pc, '10.0.9.2')
  const finding = capture.finding('stray-relay-target')
  t.match(finding, { severity: 'error', subnet: 'office', servers: [ip(A), ip('10.0.9.5')] })
  t.match(
    finding?.message,
    /relay agent 10\.0\.0\.1 also forwards to 10\.0\.9\.5, although 10\.0\.0\.5 is on this subnet/,
  )
  t.match(finding?.message, /led by 1\.40 ms/, 'the margin is that of the client segment')
})

t.test('seen from the servers only: several behind one helper list, and no subnet is claimed', async t => {
  const capture = new Capture()
  const pc = capture.machine(1)
  for (const [i, server] of ['10.0.9.5', '10.0.9.6'].entries()) {
    capture.relayed(ms(i), pc, 'discover', '10.0.0.1', server)
    capture.offer(ms(i) + 200, server, pc, { ...JOB, giaddr: '10.0.0.1', segment: 'servers' })
  }
  const finding = capture.finding('stray-relay-target')
  t.equal(finding?.subnet, undefined)
  t.match(
    finding?.message,
    /^1 EDK2 machine behind relay agent 10\.0\.0\.1: relay agent 10\.0\.0\.1 forwards to several PXE servers/,
  )
})

t.test('two relays that copy one server are no contention', async t => {
  const capture = new Capture()
  const pc = capture.machine(1)
  capture.discover(0, pc)
  capture.offer(ms(1), DHCP, pc, D)
  for (const [i, giaddr] of ['10.0.0.1', '10.0.0.3'].entries())
    capture.offer(ms(2 + i), '10.0.9.5', pc, { ...JOB, giaddr })
  capture.request(s(4), pc, DHCP)
  capture.ack(s(4.1), DHCP, pc, D)
  capture.download(s(4.2), pc, '10.0.9.5', FILE)
  t.same(capture.rules(), [])
})
