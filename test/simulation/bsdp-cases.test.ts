/**
 * Cases of BSDP that need a network: relays, TFTP block sizes, both classes on one port, and a service that stops and
 * starts; and how a scenario's BSDP is read. The tests of codec, server and Mac have the others.
 */
import t from 'tap'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { describeEvent, noTrace } from '../../src/core/trace.ts'
import { PLAIN } from '../../src/core/wording.ts'
import { appleFirmware } from '../../src/firmware/apple/apple.ts'
import type { BootRecord } from '../../src/firmware/pc.ts'
import { bootMachine } from '../../src/firmware/run.ts'
import { bsdpService } from '../../src/nbs/bsdp.ts'
import { memoryImages } from '../../src/nbs/images.ts'
import { netBootFolders } from '../../src/nbs/netboot-folders.ts'
import { NetworkBootService } from '../../src/nbs/service.ts'
import { sharedPorts } from '../../src/network/shared-ports.ts'
import { SERVER_TRAITS } from '../../src/network/virtual/host-traits.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'
import { ForeignServer } from '../../src/servers/foreign/server.ts'
import { foreign } from '../servers/shorthand.ts'
import { LAB, MAC, ip } from '../protocol/bsdp/macs.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { loadScenario } from '../../src/scenario/load.ts'
import { formatScenarioError } from '../../src/scenario/load.ts'
import { type Run, runScenario } from '../../src/simulation/run.ts'

const load = (text: string) => loadScenario(text, { file: 'scenarios/x.yaml' })

const run = (text: string): Run => {
  const loaded = load(text)
  if (!loaded.ok) throw new Error(loaded.errors.map(formatScenarioError).join('\n'))
  return runScenario(loaded.scenario, surroundingsOf(loaded.scenario))
}

const IMAGES = 'images: [{ index: 4096, name: Lab, default: true }]'
const lab = (servers: string, rest = 'mac: { on: lab, firmware: apple }', more = ''): string => `
title: x
subnets: { lab: { cidr: 10.66.0.0/24 } }
notificationServers: { ns: { unknown: { boot: pxe, image: WinPE } } }
servers:
  dhcp: { kind: dhcp, on: lab, address: 10.66.0.2, pool: 10.66.0.100-10.66.0.199 }
  ${servers}
clients: { ${rest} }
${more}`

const nbs = (bsdp = IMAGES, more = '', name = 'nbs', address = '10.66.0.10'): string =>
  `${name}: { kind: nbs, on: lab, address: ${address}, notificationServer: ns, bsdp: { ${bsdp} }${more && `, ${more}`} }`

const outcomes = ({ result }: Run) =>
  result.clients.map(({ name, outcome, pxeServer, code }) => [
    name.replace(/-1$/, ''),
    outcome,
    pxeServer ?? code,
  ])
const rules = ({ result }: Run) => [...new Set(result.findings.map(({ rule }) => rule))]
const said = ({ trace }: Run, service: string) =>
  trace.flatMap(event =>
    event.kind === 'service' && event.service === service ? [describeEvent(event, PLAIN)] : [],
  )

t.test('behind a relay', async t => {
  const far = run(`
title: x
subnets: { lab: { cidr: 10.66.0.0/24 }, servers: { cidr: 10.66.9.0/24 } }
routers: { r1: { joins: [lab, servers], relay: { lab: [dhcp, nbs] } } }
notificationServers: { ns: { unknown: { allow: false } } }
servers:
  dhcp: { kind: dhcp, on: servers, address: 10.66.9.2, pool: 10.66.0.100-10.66.0.199 }
  nbs: { kind: nbs, on: servers, address: 10.66.9.10, notificationServer: ns, bsdp: { ${IMAGES} } }
clients:
  mac: { on: lab, firmware: apple }
  startup: { on: lab, firmware: apple, profile: startup-disk }`)
  t.strictSame(outcomes(far), [
    ['mac', 'booted', 'nbs'],
    ['startup', 'booted', 'nbs'],
  ])
  t.strictSame(rules(far), [])
})

t.test('a limit of the block size keeps TFTP from fragments', async t => {
  const blocks = async (maxBlockSize?: number): Promise<[BootRecord['outcome'], number]> => {
    const network = new VirtualNetwork(random(1), noTrace)
    const segment = network.addSegment('lab')
    const server = (name: string, address: string) =>
      network.addHost(name, [{ segment, address: { ip: ip(address), prefixLength: 24 } }])
    const pool = { first: ip('10.66.0.100'), last: ip('10.66.0.199'), prefixLength: 24 }
    const dhcp = new ForeignServer(
      server('dhcp', '10.66.0.2'),
      { responder: foreign({ role: 'dhcp', address: ip('10.66.0.2'), pools: [pool] }), tftp: 'closed' },
      noTrace,
    )
    let largest = 0
    const folder = 'NetBoot/NetBootSP0/Lab.nbi/i386'
    const { files } = netBootFolders(
      memoryImages({
        [`${folder}/booter`]: new Uint8Array(20_000),
        [`${folder}/x86_64/kernelcache`]: new Uint8Array(9),
      }),
    )
    const nbs = new NetworkBootService(sharedPorts(server('nbs', '10.66.0.10')), {
      images: files,
      decisions: { ask: (_, reply) => reply('refused') },
      bsdp: bsdpService({ images: [LAB] }),
      ...(maxBlockSize !== undefined && { tftp: { maxBlockSize } }),
      observe: {
        pxe: () => {},
        tftp: event => {
          if (event.type === 'started') largest = Math.max(largest, event.blockSize)
        },
      },
      trace: noTrace,
    })
    await Promise.all([dhcp.start(), nbs.start()])
    const firmware = appleFirmware('efi')
    const host = network.addHost('mac', [{ segment, mac: MAC }], { ...SERVER_TRAITS, ...firmware.stack })
    let ended = false
    const mac = bootMachine(
      host,
      firmware,
      { mac: MAC, uuid: new Uint8Array(16) },
      noTrace,
      () => void (ended = true),
    )
    network.run(60 * SECOND, () => ended)
    return [mac.record.outcome, largest]
  }
  t.strictSame(await blocks(), ['booted', 8192], 'what a Mac asks for: six fragments each')
  t.strictSame(await blocks(1460), ['booted', 1460])
})

t.test('PXE machines get no BSDP answer, and Macs none of PXE', async t => {
  const mixed = run(
    lab(nbs(), 'mac: { on: lab, firmware: apple }, pc: { on: lab, firmware: edk2, mac: 00:50:56:00:00:01 }'),
  )
  t.strictSame(outcomes(mixed), [
    ['mac', 'booted', 'nbs'],
    ['pc', 'booted', 'nbs'],
  ])
  t.strictSame(rules(mixed), [])
  const pxe = said(mixed, 'pxe').filter(text => text.includes('ignored 02:'))
  t.ok(
    pxe.length > 0 && pxe.every(text => text.includes('does not start with PXEClient')),
    'PXE is silent to the Mac',
  )
  t.notOk(said(mixed, 'bsdp').some(text => text.includes('0:50:56')))
  const onlyMacs = run(
    lab(nbs(), 'pc: { on: lab, firmware: edk2 }')
      .replace('allow: false', 'allow: true')
      .replace('nbs, on', 'nbs, services: { pxe: off }, on'),
  )
  t.equal(onlyMacs.result.clients[0]!.outcome, 'failed')
  const noMacs = run(lab(nbs(IMAGES, 'services: { bsdp: off }')))
  t.strictSame(outcomes(noMacs), [['mac', 'failed', 'flashing globe']])
})

t.test('the service stops and starts, and keeps its records', async t => {
  const stopped = run(
    lab(nbs(), 'mac: { on: lab, firmware: apple }', 'faults: [{ at: 0s, stop: nbs.bsdp }]\n'),
  )
  t.strictSame(outcomes(stopped), [['mac', 'failed', 'flashing globe']])
  const back = run(
    lab(
      nbs(`${IMAGES}, bound: [{ mac: '02:00:c0:a5:00:01', image: 4096 }]`),
      "mac: { on: lab, firmware: apple, mac: '02:00:c0:a5:00:01', powerOn: 5s }",
      'faults: [{ at: 1s, stop: nbs.bsdp }, { at: 2s, start: nbs.bsdp }]\n',
    ),
  )
  t.match(said(back, 'bsdp').join('\n'), /BSDP OFFER sent \[1,2:0:c0:a5:0:1\]/)
})

t.test('a revived server', async t => {
  const bound = "bound: [{ mac: '02:00:c0:a5:00:01', image: 4096 }]"
  const other = `other: { kind: foreign, on: lab, address: 10.66.0.11, bsdp: { ${IMAGES}, ${bound} } }`
  const both = run(
    lab(
      `${nbs(`${IMAGES}, ${bound}`)}\n  ${other}`,
      "mac: { on: lab, firmware: apple, mac: '02:00:c0:a5:00:01' }",
    ),
  )
  t.strictSame(rules(both), ['bsdp-double-binding'])
})

t.test('A-34: products by name', async t => {
  const beside = (product: string, profile = 'efi') =>
    run(
      lab(
        `${nbs()}\n  other: { kind: foreign, on: lab, address: 10.66.0.11, bsdp: { product: ${product}, ${IMAGES} } }`,
        `mac: { on: lab, firmware: apple, profile: ${profile}, count: 3, powerOn: 0s..40s }`,
      ),
    )
  const found = (product: string) => rules(beside(product)).toSorted()
  t.strictSame(found('apple'), [])
  t.ok(found('netsus-4').includes('bsdp-constant-priority'))
  t.ok(
    found('bsdpy').includes('bsdp-answer-for-another') ||
      beside('bsdpy').result.clients.every(({ pxeServer }) => pxeServer === 'other'),
  )
  t.ok(found('fog-dhcproxy').includes('bsdp-claims-everyone'))
  t.ok(
    beside('bsdpserver').result.clients.every(({ pxeServer }) => pxeServer === 'nbs'),
    'priority 500',
  )
  t.ok(rules(beside('pybsdp', 'startup-disk')).length > 0)
})

t.test('a diskless image runs out of accounts', async t => {
  const few = run(
    lab(
      nbs('accounts: 1, images: [{ index: 4096, name: Lab, diskless: true }]'),
      'mac: { on: lab, firmware: apple, count: 2 }',
      'limit: 100s',
    ),
  )
  t.strictSame(new Set(outcomes(few).map(([, outcome]) => outcome)), new Set(['booted', 'failed']))
  t.ok(rules(few).includes('bsdp-select-failed') && rules(few).includes('bsdp-password-on-wire'))
})

t.test('mistakes are told', async t => {
  const errors = (text: string): string[] => {
    const loaded = load(text)
    return loaded.ok ? [] : loaded.errors.map(error => error.message)
  }
  const foreign = (bsdp: string) =>
    lab(`f: { kind: foreign, on: lab, address: 10.66.0.11, bsdp: { ${bsdp} } }`)
  t.match(errors(foreign(`${IMAGES}, priority: 1, basePriority: 2`)), [/constant \(priority\) or falls/])
  t.match(errors(foreign('priority: 1')), [/without images answers nobody/])
  t.match(errors(foreign(`${IMAGES}, product: bsdppy`)), [/"bsdppy" is not allowed/])
  t.match(errors(lab(nbs(`${IMAGES}, bound: [{ mac: '02:00:00:00:00:01', image: 9 }]`))), [
    /no image with index 9/,
  ])
  t.match(errors(lab(nbs('images: [{ index: 0, name: x }]'))), [/at least 1/])
  t.strictSame(errors(foreign(IMAGES)), [], 'a BSDP responder needs no role')
})
