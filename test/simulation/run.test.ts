/**
 * The runner of scenarios: what faults do, which engine leases, what relays carry, what is expected and what is got.
 * Protocols and firmware have their own tests.
 */
import { compareIp4, ip4Number, toIp4, type Ip4 } from '../../src/core/address.ts'
import t from 'tap'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { decodeFrame } from '../../src/wire/frames.ts'
import type { ClientResult } from '../../src/simulation/result.ts'
import type { Run } from '../../src/simulation/run.ts'
import { LIBRARY, fileScenario, imageHash, imageSize, machine, run, runText, tally } from './running.ts'

interface Site {
  readonly limit?: string
  readonly link?: string
  readonly ns?: string
  readonly dhcp?: string
  readonly nbs?: string
  readonly clients?: string
  readonly faults?: readonly string[]
  readonly expect?: string
}

/** One NBS as it should be; a test changes one thing. */
const site = ({ faults = [], ...parts }: Site = {}): string => `
title: One subnet
limit: ${parts.limit ?? '120s'}
subnets: { office: { cidr: 10.20.1.0/24, link: { ${parts.link ?? 'delay: 100us'} } } }
notificationServers:
  ns: { delay: 2ms, computers: [{ mac: '*', boot: automation, image: WinPE }]${parts.ns ?? ''} }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199${parts.dhcp ?? ''} }
  nbs: { kind: nbs, on: office, address: 10.20.1.5, notificationServer: ns${parts.nbs ?? ''} }
clients: { ${parts.clients ?? 'pc: { on: office, firmware: edk2 }'} }
faults: [${faults.map(fault => `{ ${fault} }`).join(', ')}]
expect: { ${parts.expect ?? ''} }
`

const rules = ({ result }: Run): string[] => result.findings.map(finding => finding.rule)
const faultLines = ({ trace }: Run): string[] =>
  trace.flatMap(event => (event.kind === 'fault' ? [`${event.at} ${event.text}`] : []))

/** When each machine's outcome came, to the second. */
const outcomes = ({ result }: Run): string[] =>
  result.clients.map(
    ({ outcome, code, seconds }) => `${outcome}${code === null ? '' : ` ${code}`} ${Math.round(seconds)} s`,
  )

t.test('what is known of a machine that booted', async t => {
  const { result } = runText(site())
  t.strictSame(result.clients.length, 1)
  const { screen, seconds, attempts, ...rest } = result.clients[0]!
  t.strictSame(rest, {
    name: 'pc-1',
    mac: '02:4e:00:00:00:01',
    subnet: 'office',
    firmware: 'edk2',
    profile: '2022',
    arch: 'x64-uefi',
    outcome: 'booted',
    code: null,
    leaseFrom: 'dhcp',
    address: '10.20.1.100',
    pxeServer: 'nbs',
    tftpServer: 'nbs',
    transfer: 'tftp',
    file: 'BStrap/x64/BStrap.efi',
    sha256: imageHash('BStrap/x64/BStrap.efi'),
    bytes: imageSize('BStrap/x64/BStrap.efi'),
  })
  t.strictSame(attempts, [{ method: 'pxe4', outcome: 'booted', code: null, seconds }])
  t.ok(seconds > 3 && seconds < 5, `UEFI waits its first window: ${seconds} s`)
  t.equal(result.virtualSeconds, seconds, 'the run ends with its last machine')
  t.equal(screen[0], '>>Start PXE over IPv4.')
  t.ok(screen.includes('  NBP file downloaded successfully.') || screen.some(line => /success/i.test(line)))
  t.match(screen.at(-1), /^Booted by nbs \(10\.20\.1\.5\): /, 'the program shows its stamp')
})

t.test('each boot option that a machine tries is told, with its end', async t => {
  const ofPc = (fields: string, limit = '600s') =>
    runText(`title: x
limit: ${limit}
subnets: { office: { cidr: 10.20.1.0/24 } }
servers: { dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199 } }
clients: { pc: { on: office, firmware: edk2, ${fields} } }
`).result.clients[0]!
  const both = ofPc('profile: ovmf-http')
  t.match(both, { outcome: 'failed', code: 'PXE-E16', transfer: null, tftpServer: null })
  t.match(both.attempts, [
    { method: 'pxe4', outcome: 'failed', code: 'PXE-E16' },
    { method: 'http4', outcome: 'failed', code: null },
  ])
  const sum = both.attempts.reduce((all, { seconds }) => all + seconds, 0)
  t.ok(Math.abs(sum - both.seconds) < 1e-6, 'one follows the other')
  const cutShort = ofPc('profile: ovmf-http', `${Math.ceil(both.attempts[0]!.seconds) + 1}s`)
  t.equal(cutShort.outcome, 'pending')
  t.match(cutShort.attempts, [
    { method: 'pxe4', outcome: 'failed', code: 'PXE-E16' },
    { method: 'http4', outcome: 'pending', code: null },
  ])
  t.match(ofPc('arch: x64-uefi-http').attempts, [{ method: 'http4', outcome: 'failed' }])
  t.strictSame(ofPc('powerOn: 30s', '20s').attempts, [], 'never switched on')
})

t.test('every scenario that is shipped meets what it expects', async t => {
  for (const file of LIBRARY) {
    const { result } = run(fileScenario(file))
    t.ok(result.expectations.length > 0, `${file} expects something`)
    for (const { text, met, got } of result.expectations) t.ok(met, `${file}: ${text}; got ${got}`)
    t.equal(
      result.clients.filter(client => client.outcome === 'pending').length,
      0,
      `${file}: all is decided`,
    )
  }
})

t.test('services stop and start', async t => {
  const cases: readonly (readonly [faults: readonly string[], outcome: string, rules: readonly string[]])[] =
    [
      [['at: 0s, stop: dhcp'], 'failed PXE-E16 60 s', ['no-dhcp-server']],
      [['at: 0s, stop: dhcp.dhcp'], 'failed PXE-E16 60 s', ['no-dhcp-server']],
      [['at: 0s, stop: nbs'], 'failed PXE-E16 60 s', ['no-pxe-responder']],
      [['at: 0s, stop: nbs.pxe'], 'failed PXE-E16 60 s', ['no-pxe-responder']],
      [['at: 0s, stop: nbs.tftp'], 'failed PXE-E99 4 s', ['unreachable-tftp-server']],
      // The DISCOVERs come at 0, 4, 12 and 28 s, and EDK2 listens to the end of each window.
      [['at: 0s, stop: dhcp', 'at: 5s, start: dhcp'], 'booted 28 s', []],
      [['at: 0s, stop: nbs.pxe', 'at: 13s, start: nbs.pxe'], 'booted 60 s', []],
      [['at: 0s, stop: nbs.tftp', 'at: 3s, start: nbs.tftp'], 'booted 4 s', []],
      [['at: 0s, stop: nbs', 'at: 5s, start: nbs'], 'booted 28 s', []],
      // What runs already can be started, and what stands still stopped.
      [['at: 1s, start: nbs', 'at: 1s, start: dhcp', 'at: 2s, start: nbs.tftp'], 'booted 4 s', []],
      [
        ['at: 0s, stop: nbs', 'at: 0s, stop: nbs', 'at: 5s, start: nbs', 'at: 5s, start: nbs'],
        'booted 28 s',
        [],
      ],
      [['at: 0s, stop: dhcp.tftp', 'at: 0s, stop: nbs.bsdp'], 'booted 4 s', []],
    ]
  for (const [faults, outcome, found] of cases) {
    const ran = runText(site({ faults }))
    t.strictSame(outcomes(ran), [outcome], faults.join('; '))
    t.strictSame(rules(ran), found, faults.join('; '))
  }
})

t.test('port 4011 alone stops and starts', async t => {
  const nbs = ', style: redirect'
  const dead = runText(site({ nbs, faults: ['at: 0s, stop: nbs.boot4011'] }))
  t.strictSame(rules(dead), ['dead-boot-server-port'])
  t.equal(machine(dead, 'pc-1').outcome, 'failed')
  const back = runText(site({ nbs, faults: ['at: 0s, stop: nbs.boot4011', 'at: 6s, start: nbs.boot4011'] }))
  t.equal(machine(back, 'pc-1').outcome, 'booted')
  t.strictSame(rules(back), [])
})

t.test('what a server had not sent when it stopped is lost', async t => {
  for (const [name, site1] of [
    ['dhcp', { dhcp: ', responseDelay: 2s' }],
    ['nbs', { nbs: ', responseDelay: 2s' }],
  ] as const) {
    const ran = runText(site({ ...site1, faults: [`at: 1s, stop: ${name}`, `at: 5s, start: ${name}`] }))
    const address = name === 'dhcp' ? toIp4(0x0a140102) : toIp4(0x0a140105)
    const sent = ran.trace.flatMap(event => {
      const frame = event.kind === 'frame' ? decodeFrame(event.bytes) : undefined
      const packet = frame?.ok ? frame.value.packet : undefined
      return packet?.kind === 'ip4' && packet.source === address && packet.body.kind === 'udp'
        ? [event.at]
        : []
    })
    t.ok(sent[0]! > 13e6, `${name} answers the DISCOVER of 12 s, none before: ${sent[0]! / 1e6} s`)
    t.equal(machine(ran, 'pc-1').outcome, 'booted')
  }
})

t.test('cables and subnets are cut and healed', async t => {
  const cut = runText(site({ faults: ['at: 0s, cut: office', 'at: 5s, heal: office'] }))
  t.strictSame(outcomes(cut), ['booted 28 s'])
  const clients = 'pc: { count: 3, on: office, firmware: edk2 }'
  const one = runText(site({ clients, faults: ['at: 0s, cut: pc-2'] }))
  t.strictSame(outcomes(one), ['booted 4 s', 'failed PXE-E18 60 s', 'booted 4 s'])
  const all = runText(site({ clients, faults: ['at: 0s, cut: pc', 'at: 5s, heal: pc-2'] }))
  t.strictSame(outcomes(all), ['failed PXE-E18 60 s', 'booted 28 s', 'failed PXE-E18 60 s'])
  t.strictSame(faultLines(all), ['0 0 s: cut pc-1, pc-2, pc-3', '5000000 5 s: heal pc-2'])
  // In the middle of the download: the window is sent again when the cable is back.
  const slow = { link: 'delay: 20ms' }
  const healed = runText(site({ ...slow, faults: ['at: 4100ms, cut: nbs', 'at: 8s, heal: nbs'] }))
  t.equal(machine(healed, 'pc-1').outcome, 'booted')
  t.equal(machine(healed, 'pc-1').sha256, imageHash('BStrap/x64/BStrap.efi'))
  t.ok(machine(healed, 'pc-1').seconds > 8)
  const closed = runText(site({ ...slow, faults: ['at: 4100ms, stop: nbs.tftp'] }))
  t.strictSame(tally(closed.result.clients), { 'failed PXE-E99': 1 })
  t.ok(rules(closed).includes('unreachable-tftp-server'), 'the port is closed in the middle of the file')
  const stopped = runText(site({ ...slow, faults: ['at: 4100ms, stop: nbs'] }))
  t.strictSame(tally(stopped.result.clients), { 'failed PXE-E18': 1 })
  t.ok(rules(stopped).includes('unreachable-tftp-server'))
})

t.test('the weather changes', async t => {
  const office = runText(
    site({
      faults: ['at: 0s, set: { target: office, loss: 1 }', 'at: 5s, set: { target: office, loss: 0 }'],
    }),
  )
  t.strictSame(outcomes(office), ['booted 28 s'])
  const late = runText(site({ faults: ['at: 0s, set: { target: dhcp, delay: 3s }'] }))
  t.strictSame(outcomes(late), ['booted 18 s'], 'each answer of the DHCP server takes six seconds')
})

t.test('a Notification Server and a response delay change', async t => {
  const target = 'set: { target: ns'
  const gone = runText(site({ faults: [`at: 0s, ${target}, unreachable: true }`] }))
  t.strictSame(outcomes(gone), ['failed PXE-E16 60 s'])
  t.strictSame(rules(gone), ['no-pxe-responder'])
  const back = runText(
    site({ faults: [`at: 0s, ${target}, unreachable: true }`, `at: 5s, ${target}, unreachable: false }`] }),
  )
  t.strictSame(outcomes(back), ['booted 28 s'])
  const production = runText(
    site({ nbs: ', whenUnreachable: production', faults: [`at: 0s, ${target}, unreachable: true }`] }),
  )
  t.strictSame(tally(production.result.clients), { 'localDisk PXE-E21': 1 })
  // Its answer comes after the first window of 4 s, and within the second.
  t.strictSame(outcomes(runText(site({ faults: [`at: 0s, ${target}, delay: 6s }`] }))), ['booted 12 s'])
  t.strictSame(outcomes(runText(site({ faults: ['at: 0s, set: { target: nbs, responseDelay: 6s }'] }))), [
    'booted 12 s',
  ])
})

t.test('another DHCP engine, the same boots', async t => {
  const clients = ['edk2', 'ipxe', 'bios-rom', 'u-boot']
    .map(
      (firmware, n) =>
        `${firmware}: { count: 4, on: office, firmware: ${firmware}, powerOn: ${n}s..${n + 2}s }`,
    )
    .join(', ')
  const link = 'delay: 200us, jitter: 300us'
  const dhcp = ', nextServer: 10.20.1.5, bootFile: BStrap/x64/BStrap.efi'
  // Without a next server the package names itself (docs/npm-dhcp.md #8), which only U-Boot minds.
  for (const [extra, booted] of [
    ['', ['bios-rom', 'edk2', 'ipxe']],
    [dhcp, ['bios-rom', 'edk2', 'u-boot']], // iPXE follows the DHCP server's file, which is no BIOS program
  ] as const) {
    const own = runText(site({ clients, link, dhcp: extra })).result
    const npm = runText(site({ clients, link, dhcp: `${extra}, engine: npm-dhcp` })).result
    const inThem = own.clients.filter(({ outcome }) => outcome === 'booted')
    t.strictSame([...new Set(inThem.map(({ firmware }) => firmware))].toSorted(), booted)
    t.equal(inThem.length, 12)
    const fate = ({ name, outcome, code, leaseFrom, pxeServer, file, sha256, seconds }: ClientResult) => ({
      name,
      outcome,
      code,
      leaseFrom,
      pxeServer,
      file,
      sha256,
      seconds: seconds.toFixed(2),
    })
    const fates = (clients: readonly ClientResult[]) =>
      clients.map(fate).filter(({ name }) => extra !== '' || !name.startsWith('u-boot'))
    t.strictSame(fates(npm.clients), fates(own.clients))
    const addresses = new Set(npm.clients.map(client => client.address))
    t.equal(addresses.size, 16, 'each machine has an address of its own')
  }
})

t.test('two helper lists: each subnet asks its own servers', async t => {
  const ran = runText(`
title: Two offices, two helper lists
subnets:
  north: { cidr: 10.20.1.0/24 }
  south: { cidr: 10.20.2.0/24 }
  servers: { cidr: 10.20.9.0/24 }
routers:
  r1: { joins: [north, south, servers], relay: { north: [dhcp, nbs-n], south: [dhcp, nbs-s] }, option82: true }
notificationServers:
  ns: { computers: [{ mac: '*', boot: automation, image: WinPE }] }
servers:
  dhcp: { kind: dhcp, on: servers, address: 10.20.9.2, pool: [10.20.1.50-10.20.1.60, 10.20.2.70-10.20.2.80] }
  nbs-n: { kind: nbs, on: servers, address: 10.20.9.5, notificationServer: ns }
  nbs-s: { kind: nbs, on: servers, address: 10.20.9.6, notificationServer: ns }
clients:
  n: { count: 3, on: north, firmware: edk2 }
  s: { count: 3, on: south, firmware: ipxe }
expect:
  noFindings: [multiple-pxe-responders, stray-relay-target, multiple-dhcp-servers]
  outcomes: { n: { booted: 3, from: nbs-n }, s: { booted: 3, from: nbs-s } }
`)
  for (const { text, met, got } of ran.result.expectations) t.ok(met, `${text}; got ${got}`)
  t.strictSame(rules(ran), [])
  t.strictSame(
    ran.result.clients.map(({ name, leaseFrom, address, pxeServer, tftpServer }) => [
      name,
      leaseFrom,
      address?.replace(/\.\d+$/, '.x'),
      pxeServer,
      tftpServer,
    ]),
    [
      ...[1, 2, 3].map(n => [`n-${n}`, 'dhcp', '10.20.1.x', 'nbs-n', 'nbs-n']),
      ...[1, 2, 3].map(n => [`s-${n}`, 'dhcp', '10.20.2.x', 'nbs-s', 'nbs-s']),
    ],
  )
  const giaddrs = new Set<Ip4>()
  for (const event of ran.trace) {
    const frame = event.kind === 'frame' && event.segment === 'servers' ? decodeFrame(event.bytes) : undefined
    const packet = frame?.ok && frame.value.packet.kind === 'ip4' ? frame.value.packet.body : undefined
    const message =
      packet?.kind === 'udp' && packet.targetPort === 67 ? decodeDhcp(packet.payload) : undefined
    if (message?.ok) giaddrs.add(message.value.giaddr)
  }
  t.strictSame(
    [...giaddrs].toSorted(compareIp4).map(ip4Number),
    [0x0a140101, 0x0a140201],
    'one helper address per subnet',
  )
})

t.test('a machine still trying at the limit is pending', async t => {
  const clients = 'pc: { on: office, firmware: edk2 }, late: { on: office, firmware: edk2, powerOn: 5s }'
  const { result } = runText(site({ limit: '3s', clients, expect: 'outcomes: { pc: { pending: 1 } }' }))
  t.strictSame(
    result.clients.map(({ outcome, code, seconds, file, sha256 }) => [outcome, code, seconds, file, sha256]),
    [
      ['pending', null, 3, null, null],
      ['pending', null, 0, null, null],
    ],
  )
  t.strictSame([result.virtualSeconds, result.expectations[0]!.met], [3, true])
  t.strictSame(result.clients[1]!.screen, [], 'it was never switched on')
})

t.test('what is expected and what is got', async t => {
  const expect = `findings: [split-decision], noFindings: [no-dhcp-server, no-pxe-responder], outcomes: {
    pc: { booted: 1..2, localDisk: 0..1, failed: 1..2, pending: 0, from: [dhcp], file: 'BStrap/x86/*', code: PXE-E16 },
    pc-2: { booted: 1, from: [nbs, dhcp], file: 'bstrap/*.efi' },
    alone: { failed: 1, code: 'PXE-E*', from: [nbs] } }`
  const clients =
    'pc: { count: 2, on: office, firmware: edk2 }, alone: { on: office, firmware: edk2, link: { loss: 1 } }'
  const { result } = runText(site({ clients, expect }))
  t.strictSame(result.expectations, [
    { text: 'finding split-decision', met: false, got: 'not found; found: nothing' },
    { text: 'no finding no-dhcp-server', met: true, got: 'not found; found: nothing' },
    { text: 'no finding no-pxe-responder', met: true, got: 'not found; found: nothing' },
    { text: 'pc: booted 1..2', met: true, got: '2' },
    { text: 'pc: localDisk 0..1', met: true, got: '0' },
    { text: 'pc: failed 1..2', met: false, got: '0' },
    { text: 'pc: pending 0', met: true, got: '0' },
    { text: 'pc: from dhcp', met: false, got: 'nbs 2' },
    { text: 'pc: file BStrap/x86/*', met: false, got: 'BStrap/x64/BStrap.efi' },
    { text: 'pc: code PXE-E16', met: false, got: 'nothing' },
    { text: 'pc-2: booted 1', met: true, got: '1' },
    { text: 'pc-2: from nbs, dhcp', met: true, got: 'nbs 1' },
    { text: 'pc-2: file bstrap/*.efi', met: true, got: 'BStrap/x64/BStrap.efi' },
    { text: 'alone: failed 1', met: true, got: '1' },
    { text: 'alone: from nbs', met: false, got: 'nothing' },
    { text: 'alone: code PXE-E*', met: true, got: 'PXE-E18' },
  ])
  const found = runText(site({ faults: ['at: 0s, stop: dhcp'], expect: 'findings: [no-dhcp-server]' }))
  t.strictSame(
    found.result.expectations.map(({ text, met }) => [text, met]),
    [['finding no-dhcp-server', true]],
  )
  t.equal(found.result.expectations[0]!.got, found.result.findings[0]!.message)
})

t.test('servers that are not in the file are named by address', async t => {
  const ran = runText(
    site({
      dhcp: ', bootFile: x.efi, nextServer: 10.20.1.77',
      clients: 'pc: { on: office, firmware: ipxe }',
    }),
  )
  const { leaseFrom, tftpServer, pxeServer, outcome } = machine(ran, 'pc-1')
  t.strictSame([leaseFrom, outcome], ['dhcp', 'failed'])
  t.strictSame([pxeServer, tftpServer], ['dhcp', '10.20.1.77'])
})

t.test('nobody looks: the same outcomes without a trace', async t => {
  for (const file of ['scenarios/two-nbs-one-subnet.yaml', 'scenarios/nbs-behind-two-relays.yaml']) {
    const scenario = fileScenario(file)
    const seen = run(scenario)
    const blind = run(scenario, { observed: false })
    const withoutScreen = (ran: Run) => ran.result.clients.map(client => ({ ...client, screen: [] }))
    t.strictSame(withoutScreen(blind), withoutScreen(seen), file)
    t.strictSame([blind.trace.length, blind.result.findings.length], [0, 0])
    t.equal(blind.frames, seen.frames)
    t.equal(seen.trace.filter(event => event.kind === 'frame').length, seen.frames)
  }
})
