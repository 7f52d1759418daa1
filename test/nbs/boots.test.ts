/** What each firmware makes of each style and decision: the claims of docs/decisions/0003 and of the styles. */
import t from 'tap'
import { parseMac } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { noTrace } from '../../src/core/trace.ts'
import type { ArchitectureName } from '../../src/wire/pxe/client.ts'
import { FIRMWARE_FAMILIES, familyNamed } from '../../src/firmware/catalogue.ts'
import type { BootRecord } from '../../src/firmware/pc.ts'
import { bootMachine } from '../../src/firmware/run.ts'
import { memoryImages } from '../../src/nbs/images.ts'
import { NetworkBootService, type NetworkBootServiceOptions } from '../../src/nbs/service.ts'
import { SERVER_TRAITS } from '../../src/network/virtual/host-traits.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'
import type { Answer } from '../../src/protocol/pxe/decision.ts'
import { PXE_STYLES, type PxeStyle } from '../../src/protocol/pxe/offer.ts'
import { ForeignServer } from '../../src/servers/foreign/server.ts'
import { foreign } from '../servers/shorthand.ts'
import { UUID, ip } from '../protocol/pxe/requests.ts'

const JOB: Answer = { boot: 'automation', client: 'managed', image: 'WinPE', arch: 'x64', jobRunning: true }
const DISK: Answer = { boot: 'production', client: 'managed', image: '', arch: 'x64', jobRunning: false }
const IMAGES = memoryImages({
  'BStrap/x64/BStrap.efi': new Uint8Array(3000).fill(1),
  'BStrap/x86/BStrap.0': new Uint8Array(3000).fill(2),
})
const SELF = ip('10.20.1.5')

const boot = async (
  family: string,
  arch: ArchitectureName,
  answer: Answer,
  style: PxeStyle,
  more: Partial<NetworkBootServiceOptions> = {},
): Promise<BootRecord> => {
  const network = new VirtualNetwork(random(1), noTrace)
  const segment = network.addSegment('office')
  const server = (name: string, address: string) =>
    network.addHost(name, [{ segment, address: { ip: ip(address), prefixLength: 24 } }])
  const pool = { first: ip('10.20.1.100'), last: ip('10.20.1.199'), prefixLength: 24 }
  const dhcp = new ForeignServer(
    server('dhcp', '10.20.1.2'),
    { responder: foreign({ role: 'dhcp', address: ip('10.20.1.2'), pools: [pool] }), tftp: 'closed' },
    noTrace,
  )
  const decisions = { ask: (_: unknown, reply: (answer: Answer) => void) => reply(answer) }
  const nbs = new NetworkBootService(server('nbs', '10.20.1.5'), {
    images: IMAGES,
    decisions,
    trace: noTrace,
    pxe: { style },
    ...more,
  })
  await Promise.all([dhcp.start(), nbs.start()])
  const { create, defaultProfile } = familyNamed(FIRMWARE_FAMILIES, family)!
  const firmware = create(defaultProfile, arch)
  const mac = parseMac('00:50:56:00:00:01')!
  const pc = network.addHost('pc', [{ segment, mac }], { ...SERVER_TRAITS, ...firmware.stack })
  const ended: BootRecord[] = []
  const machine = bootMachine(pc, firmware, { mac, uuid: UUID }, noTrace, record => void ended.push(record))
  network.run(300 * SECOND, () => ended.length > 0)
  return machine.record
}

const brief = ({ outcome, code, file, content, pxeServer, transfer }: BootRecord) =>
  [outcome, code, file, content?.length, pxeServer === SELF, transfer?.server === SELF] as const

const EFI = ['booted', undefined, 'BStrap/x64/BStrap.efi', 3000, true, true] as const
const BIOS = ['booted', undefined, 'BStrap/x86/BStrap.0', 3000, true, true] as const

t.test('every style boots EDK2, iPXE and a BIOS ROM', async t => {
  for (const style of PXE_STYLES) {
    t.strictSame(brief(await boot('edk2', 'x64-uefi', JOB, style)), EFI, `edk2, ${style}`)
    t.strictSame(brief(await boot('ipxe', 'x86-bios', JOB, style)), BIOS, `ipxe, ${style}`)
    t.strictSame(brief(await boot('bios-rom', 'x86-bios', JOB, style)), BIOS, `bios-rom, ${style}`)
  }
})

t.test('production sends every firmware to its disk, in every style', async t => {
  for (const style of PXE_STYLES) {
    const edk2 = await boot('edk2', 'x64-uefi', DISK, style)
    t.strictSame(
      [edk2.outcome, edk2.code, edk2.content],
      ['localDisk', 'PXE-E21', undefined],
      `edk2, ${style}`,
    )
    const ipxe = await boot('ipxe', 'x86-bios', DISK, style)
    t.strictSame(
      [ipxe.outcome, ipxe.code, ipxe.content],
      ['localDisk', undefined, undefined],
      `ipxe, ${style}`,
    )
    const bios = await boot('bios-rom', 'x86-bios', DISK, style)
    t.strictSame(
      [bios.outcome, bios.code, bios.content],
      ['localDisk', 'PXE-M0F', undefined],
      `bios-rom, ${style}`,
    )
  }
})

t.test('advertised ways of discovery are answered', async t => {
  for (const discovery of [{ broadcast: 'advertise' as const }, { multicast: ip('239.1.1.1') }]) {
    const pxe = { style: 'menu' as const, discovery }
    t.strictSame(brief(await boot('edk2', 'x64-uefi', JOB, 'menu', { pxe })), EFI)
    t.strictSame(brief(await boot('ipxe', 'x86-bios', JOB, 'menu', { pxe })), BIOS)
  }
})

t.test('a dead boot server costs those who were sent there', async t => {
  t.equal((await boot('edk2', 'x64-uefi', JOB, 'redirect', { boot4011: 'dead' })).code, 'PXE-E16', 'E-35')
  t.equal((await boot('edk2', 'x64-uefi', JOB, 'menu', { boot4011: 'dead' })).code, 'PXE-E18', 'E-41')
  t.equal((await boot('edk2', 'x64-uefi', JOB, 'complete', { boot4011: 'dead' })).outcome, 'booted')
})
