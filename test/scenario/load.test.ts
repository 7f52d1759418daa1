import t from 'tap'
import { formatCidr, formatIp4, formatMac, parseIp4, parseMac } from '../../src/core/address.ts'
import { matchesMac } from '../../src/core/mac-pattern.ts'
import { type LoadOptions, formatScenarioError, loadScenario } from '../../src/scenario/load.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import type { dhcpKind } from '../../src/servers/dhcp/kind.ts'
import type { foreignKind } from '../../src/servers/foreign/kind.ts'
import { SERVER_KINDS } from '../../src/servers/kinds.ts'
import type { nbsKind } from '../../src/servers/nbs/kind.ts'
import { imageDirectory, readScenario } from '../../src/scenario/read-file.ts'

/** The example of the format's contract, to the letter. */
const EXAMPLE = `title: Two NBS on one subnet, two Notification Servers
teaches: Whoever answers first decides. The one that does not know the job sends the machine to its disk.
seed: 7                                   # default 1; --seed overrides
limit: 120s                               # virtual time after which a machine still trying counts as \`pending\`
subnets:
  office:  { cidr: 10.20.1.0/24, link: { delay: 200us, jitter: 300us, loss: 0, duplicate: 0, reorder: 0 } }
  servers: { cidr: 10.20.9.0/24 }
routers:
  r1: { joins: [office, servers], relay: { office: [dhcp, nbs-b] } }      # relay = IP helper addresses per subnet
notificationServers:
  ns-1:
    delay: 5ms                            # or a range: 2ms..20ms ; unreachable: true
    unknown: { boot: pxe, image: WinPE }  # what a machine that nobody knows gets; allow: false = refuse
    computers:
      - { mac: '00:50:56:00:00:*', class: managed, boot: automation, image: WinPE, jobRunning: true }
  ns-2: { unknown: { allow: false }, computers: [ { mac: '*', class: managed, boot: production } ] }
servers:
  dhcp:  { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199 }
  nbs-a: { kind: nbs,  on: office, address: 10.20.1.5, notificationServer: ns-1, images: ../boot-images }
  nbs-b: { kind: nbs,  on: servers, address: 10.20.9.5, notificationServer: ns-2, responseDelay: 0ms..2ms }
clients:
  pc: { count: 20, on: office, firmware: edk2, arch: x64-uefi, mac: '00:50:56:00:00:01', powerOn: 0s..5s }
faults:
  - { at: 3s, stop: nbs-a.tftp }          # start, stop (a server or one of its services), cut / heal (a link), set (a link rule)
expect:
  findings:   [ multiple-pxe-responders, split-decision ]
  noFindings: [ multiple-dhcp-servers ]
  outcomes:
    pc: { booted: 1..19, localDisk: 1..19, failed: 0, from: [nbs-a, nbs-b] }
`

const ip = (text: string) => parseIp4(text)!

const scenarioOf = (text: string, options: Partial<LoadOptions> = {}): Scenario => {
  const loaded = loadScenario(text, { file: 'f', ...options })
  if (!loaded.ok) throw new Error(loaded.errors.map(formatScenarioError).join('\n'))
  return loaded.scenario
}

const errorsOf = (text: string, options: Partial<LoadOptions> = {}): string[] => {
  const loaded = loadScenario(text, { file: 'f', ...options })
  return loaded.ok ? [] : loaded.errors.map(formatScenarioError)
}

interface Kinds {
  dhcp: ReturnType<typeof dhcpKind.resolve>
  nbs: ReturnType<typeof nbsKind.resolve>
  foreign: ReturnType<typeof foreignKind.resolve>
}

const server = <K extends keyof Kinds>(scenario: Scenario, kind: K, name: string) =>
  scenario.servers.find((each): each is Kinds[K] => each.kind === kind && each.name === name)!

/** A small site around what a test is about. */
const around = (servers: string, rest = ''): string => `title: Around
subnets: { office: { cidr: 10.0.0.0/24 } }
servers:
${servers
  .trim()
  .split('\n')
  .map(line => `  ${line}`)
  .join('\n')}
${rest}`

t.test('the example of the contract is read as it is meant', async t => {
  const whole = scenarioOf(EXAMPLE)
  const { subnets, routers, notificationServers, servers, clients, kinds, ...scenario } = whole
  t.equal(kinds, SERVER_KINDS)
  const { members, ...group } = clients[0]!
  t.strictSame(scenario, {
    file: 'f',
    title: 'Two NBS on one subnet, two Notification Servers',
    teaches:
      'Whoever answers first decides. The one that does not know the job sends the machine to its disk.',
    steps: [],
    seed: 7,
    limit: 120_000_000,
    faults: [{ at: 3_000_000, kind: 'stop', server: 'nbs-a', service: 'tftp' }],
    expect: {
      findings: ['multiple-pxe-responders', 'split-decision'],
      noFindings: ['multiple-dhcp-servers'],
      outcomes: [
        {
          clients: 'pc',
          members: members.map(({ name }) => name),
          booted: { low: 1, high: 19 },
          localDisk: { low: 1, high: 19 },
          failed: { low: 0, high: 0 },
          pending: undefined,
          from: ['nbs-a', 'nbs-b'],
          file: undefined,
          code: undefined,
        },
      ],
    },
  })
  t.strictSame(
    subnets.map(({ name, cidr, link }) => [name, formatCidr(cidr), link]),
    [
      [
        'office',
        '10.20.1.0/24',
        { delay: 200, jitter: 300, loss: 0, duplicate: 0, reorder: 0, corrupt: 0, mtu: 1500 },
      ],
      [
        'servers',
        '10.20.9.0/24',
        { delay: 100, jitter: 0, loss: 0, duplicate: 0, reorder: 0, corrupt: 0, mtu: 1500 },
      ],
    ],
  )
  t.strictSame(routers, [
    {
      name: 'r1',
      joins: [
        { subnet: 'office', address: ip('10.20.1.1') },
        { subnet: 'servers', address: ip('10.20.9.1') },
      ],
      relay: [
        {
          subnet: 'office',
          to: [
            { address: ip('10.20.1.2'), server: 'dhcp' },
            { address: ip('10.20.9.5'), server: 'nbs-b' },
          ],
        },
      ],
      option82: false,
      knowsNeighbours: true,
    },
  ])
  const [ns1, ns2] = notificationServers
  t.strictSame([ns1?.name, ns1?.delay, ns1?.unreachable], ['ns-1', { low: 5_000, high: 5_000 }, false])
  const nothing = { arch: undefined, prompt: undefined }
  t.strictSame(ns1?.unknown, { allow: true, boot: 'pxe', image: 'WinPE', jobRunning: false, ...nothing })
  const { mac, ...computer } = ns1!.computers[0]!
  t.strictSame(computer, {
    class: 'managed',
    allow: true,
    boot: 'automation',
    image: 'WinPE',
    jobRunning: true,
    ...nothing,
  })
  t.strictSame(
    ['00:50:56:00:00:ff', '00:50:56:00:01:00'].map(text => matchesMac(mac, parseMac(text)!)),
    [true, false],
  )
  t.match(ns2, {
    unknown: { allow: false },
    computers: [{ boot: 'production', allow: true, jobRunning: false }],
  })
  t.match(servers[0], {
    kind: 'dhcp',
    name: 'dhcp',
    on: 'office',
    address: ip('10.20.1.2'),
    gateway: ip('10.20.1.1'),
    link: undefined,
    responseDelay: { low: 0, high: 0 },
    pools: [
      {
        subnet: 'office',
        first: ip('10.20.1.100'),
        last: ip('10.20.1.199'),
        prefixLength: 24,
        router: ip('10.20.1.1'),
      },
    ],
    options: [],
    leaseSeconds: 3600,
    scopes: [],
    answers: 'normal',
    engine: 'own',
    tftp: 'off',
  } satisfies Partial<Kinds['dhcp']>)
  t.strictSame(servers[2], {
    kind: 'nbs',
    name: 'nbs-b',
    on: 'servers',
    address: ip('10.20.9.5'),
    gateway: ip('10.20.9.1'),
    link: undefined,
    pools: [],
    responseDelay: { low: 0, high: 2_000 },
    notificationServer: 'ns-2',
    stalePolicy: undefined,
    without: [],
    style: 'complete',
    services: { pxe: 'on', bsdp: 'on', tftp: 'on', http: 'off' },
    boot4011: 'alive',
    deny: [],
    minimumSecs: 0,
    menu: { prompt: 'Press F8 for the boot menu', timeout: 0 },
    bootServerType: 0xaaaa,
    discovery: { broadcast: true },
    whenUnreachable: 'silent',
    bsdp: undefined,
  } satisfies Kinds['nbs'])
  t.strictSame(server(whole, 'nbs', 'nbs-a').images, {
    kind: 'directory',
    path: '../boot-images',
  })
  t.strictSame(group, {
    name: 'pc',
    on: 'office',
    firmware: 'edk2',
    profile: undefined,
    arch: 'x64-uefi',
    boot: undefined,
    powerOn: { low: 0, high: 5_000_000 },
    link: undefined,
    guest: undefined,
  })
  t.equal(members.length, 20)
  t.strictSame(
    [members[0], members[19]],
    [
      { name: 'pc-1', mac: parseMac('00:50:56:00:00:01'), uuid: undefined },
      { name: 'pc-20', mac: parseMac('00:50:56:00:00:14'), uuid: undefined },
    ],
  )
})

t.test('the least a scenario needs', async t => {
  const scenario = scenarioOf('title: Nothing\nsubnets: { a: { cidr: 10.0.0.0/24 } }\n')
  t.match(scenario, {
    seed: 1,
    limit: 120_000_000,
    servers: [],
    clients: [],
    faults: [],
    expect: { findings: [] },
  })
})

t.test('--seed counts before the file', async t => {
  t.equal(scenarioOf(EXAMPLE, { seed: 99 }).seed, 99)
})

t.test('--set changes what is there', async t => {
  const set = (...overrides: [string, string][]): Scenario => scenarioOf(EXAMPLE, { overrides })
  t.equal(
    set(['clients.pc.count', '21'], ['expect.outcomes.pc', '{ booted: 1..21 }']).clients[0]?.members.length,
    21,
  )
  t.equal(
    set(['subnets.servers.link.delay', '5ms']).subnets[1]?.link.delay,
    5_000,
    'also inside a map that was not given',
  )
  t.strictSame(server(set(['servers.nbs-a.responseDelay', '1ms..3ms']), 'nbs', 'nbs-a').responseDelay, {
    low: 1_000,
    high: 3_000,
  })
  t.equal(set(['faults.0.at', '4s']).faults[0]?.at, 4_000_000)
  t.equal(set(['faults[0].at', '5s']).faults[0]?.at, 5_000_000)
  t.strictSame(set(['faults', '[]']).faults, [])
  t.strictSame(set(['faults.0', '~']).faults, [], 'nothing removes')
  t.equal(set(['teaches', '']).teaches, undefined)
  t.equal(set(['seed', '1'], ['seed', '2']).seed, 2, 'the last counts')
  t.match(set(['servers.dhcp.options.60', 'PXEClient']).servers[0], { options: [{ code: 60 }] })
})

t.test('a wrong --set is blamed on the command line', async t => {
  const set = (path: string, value: string): string[] => errorsOf(EXAMPLE, { overrides: [[path, value]] })
  t.strictSame(set('clients.pd.count', '5'), [
    '--set clients.pd.count=5:1:15: clients.pd: there is no group of clients "pd"; did you mean pc?',
  ])
  t.strictSame(set('client.pc.count', '5'), [
    '--set client.pc.count=5:1:7: client: unknown field "client"; did you mean clients?',
  ])
  t.strictSame(set('clients.pc.cuont', '5'), [
    '--set clients.pc.cuont=5:1:18: clients.pc.cuont: unknown field "cuont"; did you mean count?',
  ])
  t.strictSame(set('limit', '60'), [
    '--set limit=60:1:13: limit: a duration needs a unit: us, ms or s; did you mean 60s?',
  ])
  t.strictSame(set('servers.nbs-a.on', 'ofice'), [
    '--set servers.nbs-a.on=ofice:1:24: servers.nbs-a.on: there is no subnet "ofice"; did you mean office?',
  ])
  t.strictSame(set('faults.1.at', '5s'), [
    '--set faults.1.at=5s:1:14: faults.1: there is no item 1; there is only item 0',
  ])
  t.strictSame(set('limit.x', '5s'), [
    '--set limit.x=5s:1:13: limit.x: limit is a single value; it has no field x',
  ])
  t.strictSame(set('', '5s'), ['--set =5s:1:7: "" is not a path such as clients.pc.count'])
  t.strictSame(set('limit', '[5s'), [
    '--set limit=[5s:1:16: limit: not valid YAML: flow sequence must end with a ]',
  ])
  t.match(set('title', '~'), [/title: missing/])
})

t.test('anchors, aliases and merged maps', async t => {
  const scenario = scenarioOf(
    around(
      `
a: &a { kind: nbs, on: office, address: 10.0.0.5, stalePolicy: { unknown: { boot: pxe } } }
b: { <<: *a, address: 10.0.0.6 }`,
    ),
  )
  t.match(scenario.servers, [
    { address: ip('10.0.0.5') },
    { address: ip('10.0.0.6'), kind: 'nbs', on: 'office' },
  ])
  t.match(errorsOf(around('a: &a { kind: nbs, <<: *a }')), [/nested deeper than 16 levels/], 'a circle')
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 9; level++)
    bomb.push(
      `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    )
  t.match(errorsOf(bomb.join('\n')), [/more than 100000 values after expanding aliases/], 'a bomb')
})

t.test('what a class says, its computers inherit', async t => {
  const [ns] = scenarioOf(
    around(
      'x: { kind: nbs, on: office, address: 10.0.0.5, notificationServer: ns }',
      `
notificationServers:
  ns:
    managed: { image: WinPE, prompt: 3 }
    predefined: { image: Setup, allow: false }
    computers:
      - { mac: '00:*' }
      - { mac: '01:*', jobRunning: true }
      - { mac: '02:*', class: predefined }
      - { mac: ['03:*', '04:*'], class: predefined, allow: true, image: Other, arch: x86 }
`,
    ),
  ).notificationServers
  t.strictSame(
    ns!.computers.map(({ mac, boot, image, allow, prompt, arch }) => [
      mac.text,
      boot,
      image,
      allow,
      prompt,
      arch,
    ]),
    [
      ['00:*', 'production', 'WinPE', true, 3, undefined],
      ['01:*', 'automation', 'WinPE', true, 3, undefined],
      ['02:*', 'pxe', 'Setup', false, undefined, undefined],
      ['03:*', 'pxe', 'Other', true, undefined, 'x86'],
      ['04:*', 'pxe', 'Other', true, undefined, 'x86'],
    ],
  )
  t.equal(ns!.unknown?.allow, false, 'whoever is not mentioned is refused')
})

t.test('options become bytes', async t => {
  const { options } = server(
    scenarioOf(
      around(`
d:
  kind: dhcp
  on: office
  address: 10.0.0.2
  pool: 10.0.0.100-10.0.0.199
  options:
    bootFileName: pxelinux.0
    router: [10.0.0.1, 10.0.0.3]
    60: PXEClient
    interfaceMtu: 1400
    ipForwarding: true
    rapidCommit: true
    200: { hex: '00 ff:10' }
    43: { discoveryControl: 8, bootServers: [{ type: 43690, addresses: 10.0.0.5 }], bootMenu: [{ type: 0, text: Disk }], prompt: { timeout: 0, text: Go } }`),
    ),
    'dhcp',
    'd',
  )
  const hex = options.map(({ code, value }) => [code, Buffer.from(value).toString('hex')])
  t.strictSame(hex, [
    [3, '0a0000010a000003'],
    [19, '01'],
    [26, '0578'],
    [
      43,
      '0601080807aaaa010a0000050907000004' +
        Buffer.from('Disk').toString('hex') +
        '0a03' +
        '00' +
        Buffer.from('Go').toString('hex') +
        'ff',
    ],
    [60, Buffer.from('PXEClient').toString('hex')],
    [67, Buffer.from('pxelinux.0').toString('hex')],
    [80, ''],
    [200, '00ff10'],
  ])
})

t.test('texts that do not fit their field are refused, not cut', async t => {
  const long = 'x'.repeat(300)
  const dhcp = (fields: string): string[] =>
    errorsOf(around(`d: { kind: dhcp, on: office, address: 10.0.0.2, pool: 10.0.0.9-10.0.0.9, ${fields} }`))
  t.match(dhcp(`bootFile: ${long}`), [/d\.bootFile: longer than the 127 bytes available for it/])
  t.match(dhcp(`options: { 43: { bootMenu: [{ type: 1, text: ${long} }] } }`), [
    /bootMenu\[0\]\.text: longer than the 252/,
  ])
  t.match(dhcp(`options: { 43: { prompt: { timeout: 1, text: ${long} } } }`), [
    /prompt\.text: longer than the 254/,
  ])
  t.match(dhcp(`options: { 67: ${'x'.repeat(1025)} }`), [/options\.67: longer than 1024 bytes/])
  t.strictSame(dhcp(`options: { 67: ${long} }`), [], 'RFC 3396: options may be long')
})

t.test('several option 43, each with its own end or none', async t => {
  const scenario = scenarioOf(
    around(`
f:
  kind: foreign
  role: proxy
  on: office
  address: 10.0.0.7
  options: { 43: [{ discoveryControl: 3 }, { discoveryControl: 8, end: false }, { hex: 'e0 00' }] }`),
  )
  const { options = [] } = server(scenario, 'foreign', 'f')
  t.strictSame(
    options.map(({ code, value }) => [code, [...value]]),
    [
      [43, [6, 1, 3, 255]],
      [43, [6, 1, 8]],
      [43, [224, 0]],
    ],
  )
})

t.test('every kind of foreign server can be written', async t => {
  const foreign = (fields: string) =>
    server(
      scenarioOf(around(`f: { kind: foreign, on: office, address: 10.0.0.7, ${fields} }`)),
      'foreign',
      'f',
    )
  const pool = 'pool: 10.0.0.50-10.0.0.60'
  t.match(foreign(`role: dhcp, ${pool}`), {
    role: 'dhcp',
    answersClass: 'any',
    boot4011: 'closed',
    options: undefined,
  }) // D
  t.match(foreign(`role: dhcp, ${pool}, bootFile: a.0`), { bootFile: 'a.0' }) // Df
  t.match(foreign(`role: both, ${pool}, boot4011: dead`), { role: 'both', boot4011: 'dead' }) // Db
  t.match(
    foreign(`role: proxy, options: { 43: { discoveryControl: 8 } }, bootFile: a.efi, files: { a.efi: 10 }`),
    {
      role: 'proxy',
      answersClass: 'pxe',
      tftp: 'on',
      files: [{ name: 'a.efi', size: 10 }],
    },
  ) // Pa
  t.match(foreign(`role: proxy, reply: { bootFile: a.efi, delay: 1ms }`), {
    boot4011: 'alive',
    reply: { bootFile: 'a.efi', delay: { low: 1_000, high: 1_000 } },
  }) // Ba
  t.match(foreign(`role: proxy, discovery: { types: 7, group: 239.1.1.1, unicast: false }`), {
    discovery: { types: [7], group: ip('239.1.1.1'), unicast: false, broadcast: true },
  }) // Pm
  t.match(
    foreign(
      `role: proxy, omit: [serverIdentifier, 97], malformed: no-end, repeat: 2, ipxe: { priority: 10 }`,
    ),
    {
      omit: [54, 97],
      malformed: ['no-end'],
      repeat: 2,
      ipxe: { priority: 10, noProxy: false },
    },
  )
  t.match(foreign(`role: dhcp, ${pool}, also: [{ role: proxy, delay: 3ms, bootFile: b.efi }]`), {
    also: [{ role: 'proxy', delay: { low: 3_000, high: 3_000 }, bootFile: 'b.efi' }],
  })
  t.match(foreign(`role: dhcp, ${pool}, delay: 1s, ackDelay: 2ms..3ms`), {
    delay: { low: 1_000_000, high: 1_000_000 },
    ackDelay: { low: 2_000, high: 3_000 },
  })
  t.match(foreign(`role: dhcp, noLease: true, answers: silent-but-nak-others, unicast: [offer, ack]`), {
    noLease: true,
    unicast: ['offer', 'ack'],
  })
  t.match(foreign(`role: proxy, tftp: other-address, otherAddress: 10.0.0.8`), {
    otherAddress: ip('10.0.0.8'),
  })
})

t.test('presets fill in what the file does not say', async t => {
  const foreign = (fields: string) =>
    server(
      scenarioOf(around(`f: { kind: foreign, on: office, address: 10.0.0.7, ${fields} }`)),
      'foreign',
      'f',
    )
  t.match(foreign('preset: wds'), {
    role: 'proxy',
    boot4011: 'alive',
    bootFile: undefined,
    nextServer: ip('10.0.0.7'),
    reply: { bootFile: 'boot\\x64\\wdsmgfw.efi' },
    tftp: 'on',
    byArchitecture: [{ arches: ['x86-bios'], reply: { bootFile: 'boot\\x64\\wdsnbp.com' } }],
  })
  t.match(foreign('preset: smee-proxy, bootFile: mine.efi'), {
    answers: 'ack-others',
    bootFile: 'mine.efi',
    options: [{ code: 43 }],
    byArchitecture: [],
  })
  t.match(foreign('preset: plain-dhcp-option-60, pool: 10.0.0.50-10.0.0.60'), {
    role: 'both',
    boot4011: 'dead',
    options: undefined,
  })
  t.match(foreign('preset: split-scope-pair'), { answers: 'silent-but-nak-others', pools: [] })
  t.match(foreign('preset: itcm, own: "00:50:56:*"'), { minimumSecs: 10, own: [{ text: '00:50:56:*' }] })
})

t.test('foreign servers that cannot be meant', async t => {
  const foreign = (fields: string): string[] =>
    errorsOf(around(`f: { kind: foreign, on: office, address: 10.0.0.7, ${fields} }`))
  t.strictSame(foreign('delay: 1ms'), [
    'f:4:3: servers.f.role: missing; a foreign server needs a role (dhcp, proxy or both), a preset, bsdp, or recorded',
  ])
  t.strictSame(foreign('role: dhcp'), ['f:4:3: servers.f.pool: missing; role dhcp leases addresses'])
  t.strictSame(foreign('role: proxy, pool: 10.0.0.50-10.0.0.60'), [
    'f:4:67: servers.f.pool: a proxy leases no addresses; remove the pool, or write role: both',
  ])
  t.strictSame(foreign('role: proxy, tftp: other-address'), [
    'f:4:3: servers.f.otherAddress: missing; tftp: other-address answers from it',
  ])
  t.strictSame(foreign('role: proxy, otherAddress: 10.0.0.9'), [
    'f:4:67: servers.f.otherAddress: otherAddress is used by tftp: other-address only',
  ])
  t.strictSame(foreign('preset: wsd'), [
    `f:4:62: servers.f.preset: "wsd" is not allowed here; use one of dnsmasq-proxy, pixiecore, smee-proxy, smee-reservation, pypxe-proxy, plain-dhcp-option-60, wds, itcm, split-scope-pair; did you mean wds?`,
  ])
  t.strictSame(foreign('role: proxy, omit: serverIdentifer'), [
    'f:4:73: servers.f.omit: there is no DHCP option "serverIdentifer"; did you mean serverIdentifier?',
  ])
  t.strictSame(foreign('role: proxy, discovery: { types: 7, group: 10.1.1.1 }'), [
    'f:4:97: servers.f.discovery.group: 10.1.1.1 is not a multicast group; it must be in 224.0.0.0/4',
  ])
})

t.test('addresses: routers take what is left, pools follow relays', async t => {
  const { routers, servers } = scenarioOf(`
title: Two routers
subnets: { a: { cidr: 10.0.1.0/24 }, b: { cidr: 10.0.2.0/24 }, core: { cidr: 10.0.9.0/24 } }
routers:
  r1: { joins: [a, core], relay: { a: [dhcp, 10.0.9.77] }, option82: true }
  r2: { joins: { a: 10.0.1.254, b: 10.0.2.254, core: 10.0.9.2 }, relay: { b: dhcp } }
servers:
  dhcp: { kind: dhcp, on: core, address: 10.0.9.1, pool: [10.0.1.1-10.0.1.9, 10.0.2.50-10.0.2.60], link: { delay: 1ms..3ms, loss: 1% } }
`)
  const joins = routers.map(router =>
    router.joins.map(({ subnet, address }) => `${subnet} ${formatIp4(address)}`),
  )
  t.strictSame(joins, [
    ['a 10.0.1.10', 'core 10.0.9.3'],
    ['a 10.0.1.254', 'b 10.0.2.254', 'core 10.0.9.2'],
  ])
  t.strictSame(routers[0]?.relay[0]?.to, [
    { address: ip('10.0.9.1'), server: 'dhcp' },
    { address: ip('10.0.9.77'), server: undefined },
  ])
  t.match(servers[0], {
    gateway: ip('10.0.9.3'),
    pools: [
      { subnet: 'a', router: ip('10.0.1.10') },
      { subnet: 'b', router: ip('10.0.2.254') },
    ],
    link: { delay: 1_000, jitter: 2_000, loss: 0.01, mtu: Infinity },
  })
  t.match(
    scenarioOf(
      around('d: { kind: dhcp, on: office, address: 10.0.0.2, pool: 10.0.0.9-10.0.0.9, router: none }'),
    ).servers,
    [{ pools: [{ router: undefined }] }],
  )
  t.match(
    errorsOf(
      around('d: { kind: dhcp, on: office, address: 10.0.0.2, pool: 10.0.0.9-10.0.0.9, router: 10.1.0.1 }'),
    ),
    [/10\.1\.0\.1 is in no subnet of the pool/],
  )
})

t.test('clients: MACs given, counted or made up', async t => {
  const { clients } = scenarioOf(`
title: Clients
subnets: { a: { cidr: 10.0.1.0/24 } }
clients:
  one: { on: a, firmware: bios-rom }
  two: { on: a, firmware: ipxe, profile: 2020, count: 2 }
  three: { on: a, firmware: u-boot, macs: ['52:54:00:00:00:09', '52:54:00:00:00:03'], powerOn: 1s }
  four: { on: a, firmware: edk2, arch: arm64-uefi, uuid: 4C4C4544-0051-3010-8052-b4c04f4e3132, link: { loss: 0.5 } }
`)
  t.strictSame(
    clients.map(({ arch, profile, members }) => [
      arch,
      profile,
      ...members.map(({ name, mac }) => `${name} ${formatMac(mac)}`),
    ]),
    [
      ['x86-bios', undefined, 'one-1 02:4e:00:00:00:01'],
      ['x86-bios', '2020', 'two-1 02:4e:01:00:00:01', 'two-2 02:4e:01:00:00:02'],
      ['arm64-u-boot', undefined, 'three-1 52:54:00:00:00:09', 'three-2 52:54:00:00:00:03'],
      ['arm64-uefi', undefined, 'four-1 02:4e:03:00:00:01'],
    ],
  )
  t.match(clients[3], {
    members: [{ uuid: '4C4C4544-0051-3010-8052-b4c04f4e3132' }],
    link: { loss: 0.5, delay: 0 },
  })
})

t.test('faults in order of time, whatever they do', async t => {
  const { faults } = scenarioOf(
    EXAMPLE.replace(
      '  - { at: 3s, stop: nbs-a.tftp } ',
      `  - { at: 9s, heal: office }
  - { at: 2s, start: nbs-a }
  - { at: 2s, cut: pc }
  - { at: 1s, cut: pc-3 }
  - { at: 1s, stop: nbs-b.boot4011 }
  - { at: 4s, set: { target: office, loss: 20%, delay: 1ms..2ms } }
  - { at: 5s, set: { target: ns-1, unreachable: true, delay: 1ms } }
  - { at: 6s, set: { target: nbs-a, responseDelay: 7ms, loss: 1 } }
  #`,
    ),
  )
  t.match(faults, [
    { at: 1_000_000, kind: 'cut', target: { kind: 'hosts', hosts: ['pc-3'] } },
    { at: 1_000_000, kind: 'stop', server: 'nbs-b', service: 'boot4011' },
    { at: 2_000_000, kind: 'start', server: 'nbs-a', service: undefined },
    { at: 2_000_000, kind: 'cut', target: { kind: 'hosts', hosts: { length: 20 } } },
    {
      at: 4_000_000,
      kind: 'setLink',
      target: { kind: 'subnet', subnet: 'office' },
      rules: { loss: 0.2, delay: 1_000, jitter: 1_000 },
    },
    {
      at: 5_000_000,
      kind: 'setNotificationServer',
      notificationServer: 'ns-1',
      unreachable: true,
      delay: { low: 1_000 },
    },
    { at: 6_000_000, kind: 'setResponseDelay', server: 'nbs-a', responseDelay: { low: 7_000 } },
    { at: 6_000_000, kind: 'setLink', target: { kind: 'hosts', hosts: ['nbs-a'] }, rules: { loss: 1 } },
    { at: 9_000_000, kind: 'heal', target: { kind: 'subnet', subnet: 'office' } },
  ])
})

t.test('names that JavaScript has plans for are names', async t => {
  const named = (name: string): string[] =>
    errorsOf(
      `title: x\nsubnets: { ${name}: { cidr: 10.0.0.0/24 } }\nclients: { c: { on: ${name}, firmware: edk2 } }\n`,
    )
  for (const name of ['constructor', 'toString', 'hasOwnProperty', 'valueOf'])
    t.strictSame(named(name), [], name)
  t.match(named('__proto__').join(' '), /"__proto__" cannot be a key/)
  t.match(
    errorsOf(
      'title: x\nsubnets: { a: { cidr: 10.0.0.0/24 } }\nclients: { c: { on: toString, firmware: constructor } }\n',
    ),
    [/there is no subnet "toString"/, /there is no firmware "constructor"/],
  )
})

t.test('limits', async t => {
  t.match(errorsOf(`title: ${'x'.repeat(2 ** 20)}`), [/larger than 1048576 characters/])
  t.match(errorsOf(`title: x\nsubnets: ${'['.repeat(50_000)}`), [/nested too deeply|not valid YAML/])
  const clients = ['a', 'b'].map(name => `  ${name}: { on: s, firmware: edk2, count: 60000 }`).join('\n')
  t.match(errorsOf(`title: x\nsubnets: { s: { cidr: 10.0.0.0/8 } }\nclients:\n${clients}\n`), [
    /more than 100000 machines/,
  ])
})

t.test('files', async t => {
  const directory = t.testdir({
    images: {},
    scenarios: {
      'good.yaml': around(
        'n: { kind: nbs, on: office, address: 10.0.0.5, stalePolicy: {}, images: ../images }',
      ),
      'bad.yaml': around(
        'n: { kind: nbs, on: office, address: 10.0.0.5, stalePolicy: {}, images: ../image }',
      ),
    },
  })
  const good = `${directory}/scenarios/good.yaml`
  const loaded = readScenario(good)
  t.match(loaded, { ok: true, scenario: { file: good } })
  t.equal(imageDirectory(good, '../images'), `${directory}/images`)
  const errors = (file: string) => {
    const loaded = readScenario(`${directory}/${file}`)
    return loaded.ok ? [] : loaded.errors.map(error => formatScenarioError({ ...error, file: 'f' }))
  }
  t.strictSame(errors('scenarios/bad.yaml'), [
    'f:4:75: servers.n.images: there is no directory "../image" (seen from the scenario file)',
  ])
  t.strictSame(errors('scenarios/none.yaml'), ['f:1:1: no such file'])
  t.strictSame(errors('scenarios'), ['f:1:1: is a directory, not a scenario file'])
})
