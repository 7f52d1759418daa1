/**
 * The suite bites: servers that are right but for one thing fail the clause about it, and no other. Of a few the fault
 * shows in two places, and then both are listed.
 */
import t from 'tap'
import { parseIp4 } from '../../src/core/address.ts'
import { CLAUSES } from '../../src/conformance/chapters.ts'
import { openScenario } from '../../src/library/scenario.ts'
import { type RespondFunction, type ScenarioObject, respond } from '../../src/index.ts'
import { OPTION, bytesOption, ip4Option, messageTypeOption, textOption } from '../../src/wire/dhcp/options.ts'
import { pxeVendorOption } from '../../src/wire/pxe/vendor-options.ts'
import { checkIn, idsOf } from './own.ts'
import { BOOT_FILES, type Fault, TYPE, proxy, withOption } from './proxy.ts'

type Servers = NonNullable<ScenarioObject['servers']>
type ServerObject = Servers[string]

const ELSEWHERE = parseIp4('10.40.0.77')!

/** What fails, in a network of its own. Of chapter T, unless it is asked for, only what is quick. */
const failuresOf = async (server: ServerObject, letters: string): Promise<readonly string[]> => {
  const scenario = openScenario({
    title: 'One server',
    subnets: { lab: { cidr: '10.40.0.0/24' } },
    servers: { server },
  }).checked
  const clauses = CLAUSES.filter(({ id }) => letters.includes(id[0]!) && id !== 'T12' && id !== 'T20')
  return idsOf(await checkIn(scenario, 'server', { clauses }), 'failed')
}

const proxyWith = (fault: Fault): ServerObject => ({
  ...respond(proxy(fault), { files: BOOT_FILES }),
  on: 'lab',
  address: '10.40.0.5',
})

const PROXIES: Readonly<Record<string, Fault>> = {
  '': {},
  P02: {
    answers: ({ type, message, port }) =>
      (port === 67 && type === 'DISCOVER' && first60(message) === undefined) || undefined,
  },
  P03: {
    answers: ({ type, message }) => (type === 'DISCOVER' && first60(message)?.[0] === 0x4d) || undefined,
  },
  P04: { offer: reply => ({ ...reply, ciaddr: ELSEWHERE }) },
  P05: { offer: reply => ({ ...reply, options: [messageTypeOption('offer'), ...reply.options] }) },
  P06: { offer: reply => withOption(reply, ip4Option(OPTION.serverIdentifier, ELSEWHERE)) },
  P07: { offer: reply => withOption(reply, textOption(OPTION.classIdentifier, 'PXEClient\0')) },
  P08: { offer: reply => withOption(reply, bytesOption(OPTION.clientMachineIdentifier, new Uint8Array(17))) },
  P09: {
    offer: reply => ({
      ...reply,
      chaddr: Uint8Array.from(reply.chaddr, (byte, at) => (at === 15 ? 1 : byte)),
    }),
  },
  P12: { unclosed: true },
  P13: { vendor: { discoveryControl: 12 } },
  P14: { offer: reply => ({ ...reply, siaddr: parseIp4('0.0.0.0')! }) },
  P15: { offer: reply => ({ ...reply, ended: false }) },
  P16: {
    answers: ({ type, port, isForMe, item }) =>
      (type === 'REQUEST' && port === 67 && !item && !isForMe) || undefined,
  },
  P17: {
    answers: ({ type, port, isForMe, item }) =>
      (type === 'REQUEST' && port === 67 && !item && isForMe) || undefined,
  },
  P18: { file: () => 'boot-7.efi' },
  P20: {
    offer: reply =>
      withOption(
        reply,
        textOption(OPTION.message, 'x'.repeat(250)),
        textOption(OPTION.rootPath, 'x'.repeat(50)),
      ),
  },
  P21: { offer: reply => ({ ...withOption(reply, textOption(OPTION.bootFileName, reply.file)), file: '' }) },
  P22: { copies: 2 },
  P23: { answers: ({ message: { op }, type }) => (op === 2 && type === 'DISCOVER') || undefined },
  P25: { after: '150ms' },
  B01: { port: asked => (asked === 4011 ? 4011 : 68) },
  B04: { from: 'fresh' },
  B05: { ack: reply => withOption(reply, ip4Option(OPTION.serverIdentifier, ELSEWHERE)) },
  B07: {
    ack: (reply, request) =>
      withOption(
        reply,
        ...(request.options.some(({ code }) => code === 43)
          ? [pxeVendorOption({ bootItem: { type: TYPE, layer: 1 } })]
          : []),
      ),
  },
  B08: {
    answers: ({ port, item, isPxe }) =>
      (port === 4011 && isPxe && item !== undefined && item.type !== TYPE) || undefined,
  },
  B10: { answers: ({ type }) => (type === 'INFORM' ? false : undefined) },
  B11: { ack: reply => ({ ...reply, yiaddr: ELSEWHERE }) },
  B12: { answers: ({ message }) => (message.secs > 255 ? false : undefined) },
  B13: { answers: ({ port, isPxe, type }) => (port === 4011 && !isPxe && type === 'REQUEST') || undefined },
  B15: { answers: ({ item, isPxe }) => (isPxe && item?.type === TYPE && item.layer === 0x8000) || undefined },
  M03: { vendor: { prompt: { timeout: 10, text: '' } } },
  M04: { answers: ({ port, item }) => (port === 67 && item ? false : undefined) },
  M08: { vendor: { bootMenu: Array.from({ length: 25 }, () => ({ type: TYPE, text: 'x' })) } },
}

const first60 = ({
  options,
}: {
  readonly options: readonly { readonly code: number; readonly value: Uint8Array }[]
}) => options.find(({ code }) => code === OPTION.classIdentifier)?.value

t.test('proxies and boot servers', async t => {
  for (const [clause, fault] of Object.entries(PROXIES))
    t.same(await failuresOf(proxyWith(fault), 'PBMDAHT'), clause === '' ? [] : [clause], clause)
})

const LEASES: ServerObject = {
  kind: 'foreign',
  role: 'dhcp',
  on: 'lab',
  address: '10.40.0.5',
  pool: '10.40.0.100-10.40.0.110',
  bootFile: 'boot.efi',
  byArchitecture: [
    { arches: 'x86-bios', bootFile: 'boot.bin' },
    { arches: 'ia32-uefi', bootFile: 'boot-ia32.efi' },
    { arches: 'arm64-uefi', bootFile: 'boot-arm64.efi' },
  ],
  files: { 'boot.efi': 4096 },
  tftp: 'on',
} as ServerObject

const DHCP: Readonly<Record<string, object>> = {
  '': {},
  D01: { omit: 'subnetMask' },
  D04: { answers: 'ack-others' },
  D05: { answers: 'nak-others' },
  'P08 B14 D06 D07': { options: { classIdentifier: 'PXEClient' }, boot4011: 'closed' },
  D12: { nextServer: '10.40.0.99' },
  D13: { nextServer: '0.0.0.0', options: { tftpServerName: '10.40.0.5' } },
  D14: { options: { bootFileName: { hex: '6f746865722e65666900' } } },
  D16: { ipxe: { noProxy: true } },
}

t.test('DHCP servers', async t => {
  for (const [clauses, fault] of Object.entries(DHCP)) {
    const failed = await failuresOf({ ...LEASES, ...fault } as ServerObject, 'PBMD')
    // It has a file for architectures that do not exist, and keeps RFC 2131 on identifiers, as its model does.
    t.same(
      failed.filter(id => id !== 'D08' && id !== 'P18'),
      clauses.split(' ').filter(Boolean),
      clauses,
    )
  }
})

const TFTP: Readonly<Record<string, object>> = {
  '': {},
  T01: { tftp: 'other-address', otherAddress: '10.40.0.6' },
  'T05 T24': { tftp: 'raises-blksize' },
  T06: { tftp: { tsize: 7 } },
  'T09 T10 T16': { tftp: { dataCopies: 2 } },
  T13: { tftp: { errors: { 'nbs-check/*': 2 } } },
  'T05 T06': { tftp: 'no-options' },
}

t.test('TFTP servers', async t => {
  for (const [clauses, fault] of Object.entries(TFTP))
    t.same(
      await failuresOf({ ...LEASES, ...fault } as ServerObject, 'T'),
      clauses.split(' ').filter(Boolean),
      clauses,
    )
})

const MACS = { images: [{ index: 4096, name: 'Lab NetBoot', folder: 'Lab.nbi', default: true }] }

const BSDP: Readonly<Record<string, object>> = {
  '': {},
  A02: { classIdentifier: 'architecture' },
  A03: { repliesTo: 'source-port' },
  A06: { ignoresServerIdentifier: true },
  A09: { checksModel: false },
}

t.test('BSDP servers', async t => {
  for (const [clause, fault] of Object.entries(BSDP)) {
    const server = { kind: 'foreign', on: 'lab', address: '10.40.0.5', bsdp: { ...MACS, ...fault } }
    t.same(
      await failuresOf(server as unknown as ServerObject, 'PBMDA'),
      clause === '' ? [] : [clause],
      clause,
    )
  }
})

/** The server of the sorcerer's apprentice: each ACK gets the next block, however often it comes. */
const apprentice: RespondFunction = ({ tftp, target }) => {
  if (target.port !== 69 || !tftp) return []
  const block = tftp.kind === 'rrq' ? 1 : tftp.kind === 'ack' ? tftp.block + 1 : 0
  if (block < 1 || block > BLOCKS) return []
  const bytes = new Uint8Array(block < BLOCKS ? 512 : 100)
  return [{ kind: 'data', block, bytes }]
}
const BLOCKS = 40

t.test('a server that answers every ACK is told in finite time', async t => {
  const server = { ...respond(apprentice, { ports: [69] }), on: 'lab', address: '10.40.0.5' }
  const scenario = openScenario({
    title: 'Apprentice',
    subnets: { lab: { cidr: '10.40.0.0/24' } },
    servers: { server },
  }).checked
  const clauses = CLAUSES.filter(({ id }) => id === 'T10')
  const { clauses: checked } = await checkIn(scenario, 'server', { clauses, files: ['any'] })
  t.match(checked[0]?.result.because, /^\d+ DATA packets for 40 blocks$/)
  t.ok(checked[0]!.said.length < 1000)
})
