/**
 * EDK2's PXE boot over IPv4 (OVMF and most UEFI PCs): rules E-1 … E-59. Reads
 * top-down like the specification; every step has its own file beside this one. Does not
 * model IPv6, the wait for a link (E-9: here a cable is always plugged in) nor boot integrity services (E-43).
 */
import type { BootMethod } from '../../core/boot-option.ts'
import { type ArchitectureName, architectureNumber } from '../../wire/pxe/client.ts'
import { type BootOption, bootInTurn } from '../boot-order.ts'
import type { BootRecord, Firmware, Pc, Script } from '../pc.ts'
import { askBinlServers } from './binl.ts'
import { type NotStarted, loadBootFile } from './boot-file.ts'
import { findBootSource } from './boot-server.ts'
import { type Edk2Boot, type Edk2Error, type Edk2Machine, type Lease, beginBoot } from './boot.ts'
import { printError, printNotLoaded, printStarted } from './console.ts'
import { discover } from './discover.ts'
import { bootOverHttp } from './http-boot.ts'
import { clientOptions } from './messages.ts'
import {
  EDK2_ARCHITECTURES,
  EDK2_DEFAULT_PROFILE,
  EDK2_PROFILES_BY_NAME,
  EDK2_STACK,
  type Edk2Profile,
} from './profile.ts'
import { requestLease } from './request.ts'
import type { Selection } from './select.ts'
import { type StoredPacket, rereadPacket } from './stored-packet.ts'
import { Tick } from './tick.ts'

/** An unknown profile is the default one, an architecture EDK2 has not is x64: `catalogue.ts` checks both before. */
export const edk2Firmware = (
  profile: string,
  architecture: ArchitectureName,
  order?: readonly BootMethod[],
): Firmware => {
  const known = EDK2_PROFILES_BY_NAME[profile]
  const settings = known ?? EDK2_PROFILES_BY_NAME[EDK2_DEFAULT_PROFILE]!
  const processor = EDK2_ARCHITECTURES.get(architecture.replace(/-http$/, '') as ArchitectureName) ?? 'x64'
  const number = architectureNumber(architecture)
  const isHttp = architecture.endsWith('-http')
  const methods = order ?? usualOrder(settings, isHttp)
  return {
    family: 'edk2',
    profile: known ? profile : EDK2_DEFAULT_PROFILE,
    stack: EDK2_STACK,
    method: methods[0]!,
    boot: (pc, record) => {
      const machine = { profile: settings, processor, tick: new Tick(firstTick(pc, settings)) }
      const options: Readonly<Record<BootMethod, BootOption['boot']>> = {
        pxe4: (...to) => bootOverPxe(...to, machine, number),
        http4: (...to) => bootOverHttp(...to, machine, isHttp ? number : httpNumber(number)),
      }
      return bootInTurn(
        pc,
        record,
        methods.map(method => ({ method, boot: options[method] })),
      )
    },
  }
}

const usualOrder = ({ httpBootAfterFailure }: Edk2Profile, isHttp: boolean): readonly BootMethod[] =>
  isHttp ? ['http4'] : httpBootAfterFailure ? ['pxe4', 'http4'] : ['pxe4']

function* bootOverPxe(pc: Pc, record: BootRecord, machine: Edk2Machine, architecture: number): Script {
  const client = clientOptions(pc, { architecture, undi: machine.profile.undi, http: false })
  const boot = beginBoot(pc, record, machine, client)
  pc.print('>>Start PXE over IPv4')
  const end = yield* fetchBootFile(boot)
  boot.dhcp.close()
  conclude(boot, end)
}

type End = 'loaded' | NotStarted | 'localBoot' | Edk2Error

/** DISCOVER … ACK, port 4011 where an offer wants it, boot server where a menu wants it, file. */
function* fetchBootFile(boot: Edk2Boot): Script<End> {
  const discovered = yield* discover(boot)
  if (typeof discovered === 'string') return discovered
  const { selection } = discovered
  const lease = yield* requestLease(boot, discovered)
  if (typeof lease === 'string') return lease
  const packet = yield* bootInformation(boot, lease, selection)
  if (typeof packet === 'string') return packet
  const source = yield* findBootSource(boot, lease, packet)
  if (typeof source === 'string') return source
  boot.dhcp.close()
  return yield* loadBootFile(boot, lease, source)
}

/** E-30. */
function* bootInformation(
  boot: Edk2Boot,
  lease: Lease,
  { from, proxies, lease: selected }: Selection,
): Script<StoredPacket | Edk2Error> {
  if (from === 'port4011') {
    const reply = yield* askBinlServers(boot, lease, proxies)
    if (typeof reply === 'object') boot.record.pxeServer = reply.identity
    return reply
  }
  // Of an offer that serves as ACK or proxy reply the driver makes another copy, of what the first reading has left.
  const offer = from === 'proxyOffer' ? proxies[0] : from === 'bootp' ? selected : undefined
  const packet = offer ? rereadPacket(offer) : lease.ack
  boot.record.pxeServer = packet.identity
  return packet
}

const conclude = ({ pc, record }: Edk2Boot, end: End): void => {
  if (end === 'loaded') {
    record.outcome = 'booted'
    printStarted(pc, 'PXE')
  } else if (end === 'Unsupported' || end === 'Not Found') {
    record.outcome = 'failed'
    record.code = end
    printNotLoaded(pc, end, 'PXE')
  } else {
    const error = end === 'localBoot' ? 'PXE-E21' : end
    record.outcome = end === 'localBoot' ? 'localDisk' : 'failed'
    record.code = error
    printError(pc, error)
    printNotLoaded(pc, 'Not Found', 'PXE')
  }
}

/** E-8: the tick was running before this boot began, and nobody knows its phase. */
const firstTick = (pc: Pc, { firstTick: [earliest, latest] }: Edk2Profile): number =>
  pc.now() + pc.random.between(earliest, latest)

/** IANA's numbers: each UEFI architecture has one for PXE and one for HTTP. */
const HTTP_ARCHITECTURES: ReadonlyMap<number, number> = new Map([
  [6, 15],
  [7, 16],
  [9, 17],
  [10, 18],
  [11, 19],
  [27, 28],
  [39, 40],
])

const httpNumber = (number: number): number => HTTP_ARCHITECTURES.get(number) ?? number
