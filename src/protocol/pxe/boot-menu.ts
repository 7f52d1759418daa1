/**
 * The option 43 an NBS sends, per style and decision (PXE 2.1 §2.2.3–2.2.5). Returns one value per instance of the
 * option, because the legacy quirk has three. Does not know the rest of the message.
 */
import { type Ip4, ip4Bytes, parseIp4 } from '../../core/address.ts'
import { concat, latin1Bytes, u16Bytes } from '../../core/bytes.ts'
import { DISCOVERY_CONTROL, PXE_TAG, encodePxeVendor } from '../../wire/pxe/vendor-options.ts'
import { type ComputerClass, type Decision, describeDecision } from './decision.ts'
import type { BootItem } from './request.ts'

const { noBroadcast, noMulticast, listedServersOnly, bootFileAtOnce } = DISCOVERY_CONTROL
/** What the vendor's forced mode sets (NBS-7): 0x0B. */
const FORCED_MODE = noBroadcast | noMulticast | bootFileAtOnce

/** The boot server type of the vendor's engine, in the vendor range (NBS-7). */
export const NBS_BOOT_SERVER_TYPE = 0xaaaa
/** PXE 2.1 table 2-2: type 0 = the local disk. */
const LOCAL_DISK = 0

/** Characters of a menu text; option 43 holds 255 bytes in all. */
export const MAX_MENU_TEXT = 80

export interface Prompt {
  readonly text: string
  /** Seconds by class of computer; 0 = first item at once, 255 = wait for ever. */
  readonly seconds: Readonly<Record<ComputerClass, number>>
}

/** 3 s is the product's default (NBS-14). */
export const DEFAULT_PROMPT: Prompt = {
  text: 'Press F8 for the boot menu',
  seconds: { managed: 3, predefined: 3, unknown: 3 },
}

/** The menus that differ only by what was decided are encoded once: this many are kept, then all are dropped. */
const MAX_KEPT_MENUS = 256

/** The two menus that nearly every reply has. */
export class DecisionMenus {
  readonly #bootServerType: number
  readonly #kept = new Map<string, Uint8Array>()

  constructor(bootServerType: number) {
    this.#bootServerType = bootServerType
  }

  menuFor(decision: Decision): Uint8Array {
    const text = menuText(decision)
    const kept = this.#kept.get(text)
    if (kept) return kept
    if (this.#kept.size >= MAX_KEPT_MENUS) this.#kept.clear()
    const menu =
      decision.boot === 'production' ? productionMenu(text) : completeMenu(text, this.#bootServerType)
    this.#kept.set(text, menu)
    return menu
  }
}

const menuText = (decision: Decision): string => describeDecision(decision).slice(0, MAX_MENU_TEXT)

/**
 * "Go on to your disk": a menu whose only item is type 0, taken without a prompt, and no file. EDK2 shows E21 and
 * takes the next boot device (E-39), iPXE starts the local disk (I-18), a BIOS ROM leaves with M0F. Our choice:
 * docs/decisions/0003-production-answer.md.
 */
const productionMenu = (text: string): Uint8Array =>
  encodePxeVendor({
    discoveryControl: noMulticast, // all that a menu without discovery needs to be consistent (B-6)
    bootMenu: [{ type: LOCAL_DISK, text }],
    prompt: { timeout: 0, text: 'Local disk' },
  })

/** Complete by itself: bit 3 and the file win (E-37, I-12); the menu only says in clear what was decided. */
const completeMenu = (text: string, bootServerType: number): Uint8Array =>
  encodePxeVendor({
    discoveryControl: bootFileAtOnce,
    bootMenu: [{ type: bootServerType, text }],
    prompt: { timeout: 0, text },
  })

/** How the menu sends clients to look for its boot server, besides asking it directly. */
export interface DiscoveryWays {
  /** `answer`: broadcast discovery is answered, but nobody is told to use it. */
  readonly broadcast?: 'off' | 'answer' | 'advertise' | undefined
  /** The group is joined, and put into 43.7. The standard names none (S-10). */
  readonly multicast?: Ip4 | undefined
}

/** A menu with prompt; the choice is then discovered at this server only (bit 2), by unicast unless told otherwise. */
export const promptedMenu = (
  decision: Decision,
  bootServerType: number,
  self: Ip4,
  prompt: Prompt,
  { broadcast, multicast }: DiscoveryWays,
): Uint8Array => {
  const closed = (broadcast === 'advertise' ? 0 : noBroadcast) | (multicast === undefined ? noMulticast : 0)
  return encodePxeVendor({
    discoveryControl: closed | listedServersOnly, // S-11: 43.7 and 43.8 are there where it says so
    ...(multicast !== undefined && { multicastAddress: multicast }),
    bootServers: [{ type: bootServerType, addresses: [self] }],
    bootMenu: [
      { type: bootServerType, text: menuText(decision) },
      { type: LOCAL_DISK, text: 'Local disk' },
    ],
    prompt: promptFor(decision, prompt),
  })
}

/** A waiting job is not to be missed: no prompt then (NBS-14). */
const promptFor = (decision: Decision, prompt: Prompt): { timeout: number; text: string } => ({
  timeout: decision.prompt ?? (decision.jobRunning ? 0 : prompt.seconds[decision.client]),
  text: prompt.text.slice(0, MAX_MENU_TEXT),
})

/** A boot server's answer names what it answers (S-5). */
export const echoedBootItem = (item: BootItem): Uint8Array => encodePxeVendor({ bootItem: item })

/** The group is ours (no public capture shows one); the ports are the product's (HOWTO3191). */
const MTFTP = {
  group: ip4Bytes(parseIp4('239.255.17.58')!),
  clientPort: 1758,
  serverPort: 1759,
  timeoutSeconds: 2,
  delaySeconds: 2,
}
const END = 255
/** The one instance of known length in the captures of NBS-6. */
const QUIRK_LENGTH = 253

/**
 * As an old engine sent it (NBS-6): three instances, each closed by END, one 253 bytes long. Who
 * joins them (RFC 3396) and stops at the first END sees 1–6 and 8 and misses 9, 10, 71 and 224. Which tag stood in
 * which instance beyond that, and what 224 held, is not public: ours.
 */
export const legacyQuirk = (
  decision: Decision,
  bootServerType: number,
  self: Ip4,
  prompt: Prompt,
): Uint8Array[] => {
  const discovery = encodePxeVendor({
    discoveryControl: FORCED_MODE,
    bootServers: [{ type: bootServerType, addresses: [self] }],
  })
  const menu = encodePxeVendor({
    bootMenu: [{ type: bootServerType, text: menuText(decision) }],
    prompt: promptFor(decision, prompt),
    bootItem: { type: bootServerType, layer: 0 },
  })
  const note = new Uint8Array(QUIRK_LENGTH - 3)
  note.set(latin1Bytes(menuText(decision)))
  return [
    concat([
      tag(PXE_TAG.mtftpAddress, MTFTP.group),
      tag(PXE_TAG.mtftpClientPort, u16Bytes(MTFTP.clientPort)),
      tag(PXE_TAG.mtftpServerPort, u16Bytes(MTFTP.serverPort)),
      tag(PXE_TAG.mtftpTimeout, Uint8Array.of(MTFTP.timeoutSeconds)),
      tag(PXE_TAG.mtftpDelay, Uint8Array.of(MTFTP.delaySeconds)),
      discovery,
    ]),
    menu,
    concat([tag(224, note), Uint8Array.of(END)]),
  ]
}

const tag = (code: number, value: Uint8Array): Uint8Array =>
  concat([Uint8Array.of(code, value.length), value])
