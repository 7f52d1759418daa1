/**
 * PXE options of the packet EDK2 boots by: prompt, menu and the search for a boot server (E-36 … E-43). Nobody sits
 * at the keyboard. Does not load the file.
 */
import { type Ip4, ANY_IP4 } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import { SECOND } from '../../core/micros.ts'
import { named, phrase } from '../../core/wording.ts'
import { DISCOVERY_CONTROL, type PxeVendorOptions, PXE_TAG } from '../../wire/pxe/vendor-options.ts'
import type { Pc, Script } from '../pc.ts'
import { askBootServer, describeTarget } from './ask-boot-server.ts'
import type { Edk2Boot, Edk2Error, Lease } from './boot.ts'
import type { StoredPacket } from './stored-packet.ts'

/** What to load, as far as the packets say. */
export interface BootSource {
  readonly packet: StoredPacket
  /** E-42: the address the search has left behind. */
  readonly server: Ip4 | undefined
}

/** E-38: more entries do not fit the screen. */
const MAX_MENU_ENTRIES = 24
/** E-39: boot server type 0 means the local disk. */
const LOCAL_BOOT = 0
const FOR_EVER = 255

export function* findBootSource(
  boot: Edk2Boot,
  lease: Lease,
  packet: StoredPacket,
): Script<BootSource | Edk2Error | 'localBoot'> {
  const { pc } = boot
  const { vendor } = packet
  const pxe10 = packet.class === 'dhcpPxe10' || packet.class === 'proxyPxe10'
  if (!pxe10 || vendor === undefined) return { packet, server: undefined } // E-36
  if (has(vendor, DISCOVERY_CONTROL.bootFileAtOnce) && packet.bootFile !== undefined) {
    pc.because(
      'E-37',
      phrase`${named(packet.identity)} sets "use the boot file in the offer" (43.6 bit 3) and names one: no prompt, no menu, no boot server discovery.`,
    )
    return { packet, server: undefined }
  }
  yield* prompt(pc, vendor)
  const type = chosenType(pc, vendor)
  if (typeof type === 'string') return type
  return yield* discoverBootServer(boot, lease, vendor, type)
}

/** E-38. A menu that waits without limit waits until the machine is switched off. */
function* prompt(pc: Pc, { prompt: shown, bootMenu = [] }: PxeVendorOptions): Script {
  if (shown === undefined || shown.timeout === 0) return
  if (shown.timeout === FOR_EVER) {
    for (const { text } of bootMenu.slice(0, MAX_MENU_ENTRIES)) pc.print(printable(text))
    pc.because('E-38', 'The menu is shown and waits for a key with no time-out.')
    for (;;) yield Infinity
  }
  pc.print(`${printable(shown.text)} (${shown.timeout})`)
  const end = pc.now() + shown.timeout * SECOND
  while (pc.now() < end) yield end
  pc.because('E-38', `No key was pressed for ${shown.timeout} s, so the first menu entry is taken.`)
}

/** E-38, E-39. */
const chosenType = (pc: Pc, vendor: PxeVendorOptions): number | Edk2Error | 'localBoot' => {
  if (!vendor.tags.includes(PXE_TAG.bootMenu)) {
    pc.because(
      'E-39',
      'There are PXE options but no menu (43.9), and 43.6 bit 3 ("use the boot file in the offer") is not set: cancelled, PXE-E21.',
    )
    return 'PXE-E21'
  }
  const entry = vendor.bootMenu?.[0]
  if (entry === undefined) return 'PXE-E07'
  if (entry.type !== LOCAL_BOOT) return entry.type
  pc.because('E-39', `The first menu entry (${printable(entry.text)}) is the local disk: PXE-E21.`)
  return 'localBoot'
}

/** E-40: one method only, and no fall-through to the next one. */
function* discoverBootServer(
  boot: Edk2Boot,
  lease: Lease,
  vendor: PxeVendorOptions,
  type: number,
): Script<BootSource | Edk2Error> {
  const { pc } = boot
  const multicast = !has(vendor, DISCOVERY_CONTROL.noMulticast)
  const broadcast = !has(vendor, DISCOVERY_CONTROL.noBroadcast)
  const listedOnly = has(vendor, DISCOVERY_CONTROL.listedServersOnly)
  const hasList = vendor.tags.includes(PXE_TAG.bootServers)
  const addresses = vendor.bootServers?.find(entry => entry.type === type)?.addresses
  if (hasList && addresses === undefined) {
    pc.because('E-40', `The boot server list (43.8) contains no server of type ${type}: PXE-E07.`)
    return 'PXE-E07'
  }
  if ((!multicast && !broadcast && !hasList) || (listedOnly && !addresses?.length)) {
    pc.because(
      'E-40',
      'No discovery method is allowed, or only the boot server list, which is empty: PXE-E99.',
    )
    return 'PXE-E99'
  }
  const listed = listedOnly ? addresses : undefined
  if (!multicast && !broadcast) return yield* askEach(boot, lease, type, addresses ?? [], listed)
  if (multicast && (vendor.multicastAddress ?? ANY_IP4) === ANY_IP4) {
    pc.because(
      'E-40',
      'Multicast discovery is allowed (43.6 bit 1) and is then the only method tried, but no group (43.7) is given: PXE-E99.',
    )
    return 'PXE-E99'
  }
  const reply = yield* ask(boot, lease, multicast ? vendor.multicastAddress : undefined, type, listed)
  return typeof reply === 'string' ? reply : { packet: reply, server: undefined }
}

/** E-42: every listed server is asked, whatever the others have said; the last result counts. */
function* askEach(
  boot: Edk2Boot,
  lease: Lease,
  type: number,
  addresses: readonly Ip4[],
  listed: readonly Ip4[] | undefined,
): Script<BootSource | Edk2Error> {
  if (addresses.length === 0)
    boot.pc.because(
      'E-42',
      'The entry in the boot server list (43.8) has no address, so no request is sent: PXE-E99.',
    )
  let result: BootSource | Edk2Error = 'PXE-E99'
  for (const server of addresses) {
    const reply: StoredPacket | Edk2Error = yield* ask(boot, lease, server, type, listed)
    result = typeof reply === 'string' ? reply : { packet: reply, server }
  }
  if (addresses.length > 1)
    boot.pc.because(
      'E-42',
      `${addresses.length} boot servers in the list were asked; only the result of the last one counts.`,
    )
  return result
}

function* ask(
  boot: Edk2Boot,
  lease: Lease,
  to: Ip4 | undefined,
  type: number,
  listed: readonly Ip4[] | undefined,
): Script<StoredPacket | Edk2Error> {
  const { pc } = boot
  const whom = describeTarget(to)
  pc.because('E-40', phrase`EDK2 asks ${whom} for a boot server of type ${type}.`)
  const reply = yield* askBootServer(boot, lease, { to, type, listed })
  if (typeof reply === 'object') {
    boot.record.pxeServer = reply.identity
    return reply
  }
  const [text, error] =
    reply === 'silent'
      ? ([phrase`No boot server answered (asked: ${whom}): PXE-E18.`, 'PXE-E18'] as const)
      : (['No boot server in the list answered: PXE-E53.', 'PXE-E53'] as const)
  pc.because('E-41', text)
  return error
}

const has = (vendor: PxeVendorOptions, bit: number): boolean => ((vendor.discoveryControl ?? 0) & bit) !== 0
