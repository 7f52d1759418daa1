/**
 * What a server is, as a machine learns it: whom it answers, what it offers, which files it has. Asked once before the
 * clauses, which then say themselves to what they do not apply. Does not judge.
 */
import { ANY_IP4, type Ip4 } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import { DHCP_PORT, type DhcpMessage } from '../wire/dhcp/message.ts'
import { OPTION, textOption } from '../wire/dhcp/options.ts'
import { pxeVendor } from '../wire/pxe/vendor-readings.ts'
import type { PxeVendorOptions } from '../wire/pxe/vendor-options.ts'
import { type Answer, allAnswers, answerTo, bootServerPort, hasClass } from './probe/ask.ts'
import { listMessage } from './probe/mac.ts'
import { bootFileOf, tftpServerOf } from './probe/boot-file.ts'
import {
  type BootItem,
  type Machine,
  bootRequestMessage,
  newMachine,
  plainMessage,
  pxeDiscover,
} from './probe/machine.ts'
import type { Probe, ProbeSocket, Procedure } from './probe/probe.ts'
import { type Download, download } from './probe/download.ts'

/**
 * `offer`: answers DISCOVERs of PXE clients. `pxe`: with option 60 PXEClient. `proxy`: without an address. `lease`:
 * with one. `bootServer`: on port 4011. `menu`: its offers have one. `file`: there is one to fetch by TFTP from it.
 */
export const SERVICES = [
  'offer',
  'pxe',
  'proxy',
  'lease',
  'bootServer',
  'menu',
  'tftp',
  'file',
  'bsdp',
  'http',
] as const
export type Service = (typeof SERVICES)[number]

export interface KnownFile {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface Survey {
  readonly has: ReadonlySet<Service>
  /** To an x64 PXE client; undefined: none came. */
  readonly offer: Answer | undefined
  /** Its option 43, joined. */
  readonly vendor: PxeVendorOptions | undefined
  /** What 43.71 of a request to it names; undefined: it lists no boot server type. */
  readonly item: BootItem | undefined
  /** Boot file that an x64 PXE client learns from it, and from whom it is fetched. */
  readonly bootFile: { readonly name: string; readonly from: Ip4 } | undefined
  /** What could be fetched from it. */
  readonly files: readonly KnownFile[]
  /** The slowest answer. */
  readonly answerTime: Micros
}

const NOTHING_THERE = 'nbs-check/no-such-file'

export function* surveyOf(probe: Probe): Procedure<Survey> {
  const has = new Set<Service>()
  const machine = newMachine(probe)
  const client = probe.open(DHCP_PORT.client)
  const began = probe.now
  const offer = yield* answerTo(probe, { socket: client, message: pxeDiscover(machine) })
  const answerTime = offer ? probe.now - began : 0
  if (offer) {
    has.add('offer')
    if (hasClass(offer, 'PXEClient')) has.add('pxe')
    has.add(offer.message.yiaddr === ANY_IP4 ? 'proxy' : 'lease')
  }
  if (!has.has('lease') && (yield* leases(probe, client))) has.add('lease')
  const vendor = offer && vendorOf(offer)
  if (vendor?.bootMenu?.some(({ type }) => type !== 0)) has.add('menu')
  const item = itemOf(vendor)
  const booted = yield* askBootServer(probe, client, machine, item)
  if (booted) has.add('bootServer')
  if (yield* answersMacs(probe, client)) has.add('bsdp')
  const bootFile = fileNamed(probe, booted) ?? fileNamed(probe, offer)
  const files: KnownFile[] = []
  for (const name of namesOf(probe, bootFile)) {
    const fetched = yield* fetchFile(probe, name)
    if (fetched.isAnswered) has.add('tftp')
    if (fetched.isComplete) files.push({ name, bytes: fetched.bytes })
  }
  if (!has.has('tftp') && (yield* fetchFile(probe, NOTHING_THERE)).isAnswered) has.add('tftp')
  if (files.length > 0) has.add('file')
  if (yield* answersHttp(probe, client)) has.add('http')
  return { has, offer, vendor, item, bootFile, files, answerTime }
}

export const vendorOf = ({ message }: Answer): PxeVendorOptions | undefined => {
  const read = pxeVendor(message, 'perInstance')
  return read?.ok ? read.value : undefined
}

/** Type 0 is the local disk, which nobody asks for. */
const itemOf = (vendor: PxeVendorOptions | undefined): BootItem | undefined => {
  const type = [...(vendor?.bootMenu ?? []), ...(vendor?.bootServers ?? [])].find(
    each => each.type !== 0,
  )?.type
  return type === undefined ? undefined : { type, layer: 0 }
}

function* leases(probe: Probe, socket: ProbeSocket): Procedure<boolean> {
  const answer = yield* answerTo(probe, { socket, message: plainMessage(newMachine(probe), 'discover') })
  return answer !== undefined && answer.message.yiaddr !== ANY_IP4
}

function* askBootServer(
  probe: Probe,
  socket: ProbeSocket,
  machine: Machine,
  item: BootItem | undefined,
): Procedure<Answer | undefined> {
  const message = bootRequestMessage(machine, probe.station.address, item)
  return yield* answerTo(probe, { socket, message, to: bootServerPort(probe.server.address) })
}

function* answersMacs(probe: Probe, socket: ProbeSocket): Procedure<boolean> {
  const message = listMessage(newMachine(probe), probe.station.address)
  return (yield* allAnswers(probe, { socket, message })).some(answer => hasClass(answer, 'AAPLBSDPC'))
}

/** Option 93 of a UEFI machine that boots by HTTP. */
export const HTTP_X64 = 16

function* answersHttp(probe: Probe, socket: ProbeSocket): Procedure<boolean> {
  const message = httpDiscover(newMachine(probe, HTTP_X64))
  return (yield* allAnswers(probe, { socket, message })).some(answer => hasClass(answer, 'HTTPClient'))
}

/** As UEFI HTTP boot asks (E-65). */
export const httpDiscover = (machine: Machine): DhcpMessage =>
  pxeDiscover(machine, {
    options: [
      textOption(
        OPTION.classIdentifier,
        `HTTPClient:Arch:${String(machine.arch).padStart(5, '0')}:UNDI:003001`,
      ),
    ],
  })

const fileNamed = (probe: Probe, answer: Answer | undefined): Survey['bootFile'] => {
  const name = answer && bootFileOf(answer.message)
  return name === undefined ? undefined : { name, from: tftpServerOf(answer!) ?? probe.server.address }
}

/** What another server has is not this one's. */
const namesOf = ({ server }: Probe, bootFile: Survey['bootFile']): readonly string[] => [
  ...new Set([...(bootFile && bootFile.from === server.address ? [bootFile.name] : []), ...server.files]),
]

function* fetchFile(probe: Probe, file: string): Procedure<Download> {
  const fetched = download(probe, {
    file,
    options: [
      ['blksize', '1428'],
      ['tsize', '0'],
    ],
  })
  yield* fetched.finish()
  return fetched
}
