/**
 * What a family of firmware says of itself: one description per folder beside this file, listed in `catalogue.ts`.
 * Everything that is to be known of a family elsewhere (which names a scenario takes, who is compared, what a probe
 * sends, how a real one is booted and read) is read from here. Types only.
 */
import type { ClientKind } from '../analysis/clients/client-kind.ts'
import type { Ip4, Mac } from '../core/address.ts'
import type { BootMethod } from '../core/boot-option.ts'
import type { Micros } from '../core/micros.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Random } from '../core/random.ts'
import type { Phrase } from '../core/wording.ts'
import type { GuestKind } from '../network/attach/qemu/guest.ts'
import type { ArchitectureName } from '../wire/pxe/client.ts'
import type { Received } from './offer.ts'
import type { Firmware } from './pc.ts'
import type { ScreenSigns } from './screens.ts'

/** One build, by vendor or age. */
export interface ProfileSummary {
  /** For people who choose one. */
  readonly description: string
  /** Where its timers and quirks come from. */
  readonly source: string
}

export interface FirmwareFamily {
  /** As scenario files and results call it: `edk2`. */
  readonly name: string
  /** In a sentence: `EDK2`, `the BIOS ROM`. */
  readonly title: string
  /** What people write who mean it, in lower case; it is suggested to them. */
  readonly aliases: readonly string[]
  /** By name. */
  readonly profiles: Readonly<Record<string, ProfileSummary>>
  /** Told apart from "the first", which JavaScript does not keep for names like 2022. */
  readonly defaultProfile: string
  /** The first one is what a machine of this family usually is. */
  readonly architectures: readonly [ArchitectureName, ...ArchitectureName[]]
  /** Boot options it can be told to try, and in which order. Default: its one, over PXE. */
  readonly methods?: readonly BootMethod[]
  /** `profile`, `architecture` and `order` are of those above. */
  readonly create: (
    profile: string,
    architecture: ArchitectureName,
    order?: readonly BootMethod[],
  ) => Firmware
  /** What it asks as; servers of the other kind do not answer it. */
  readonly asks: 'pxe' | 'bsdp'
  /** What an observer of its packets takes it for. */
  readonly client: ClientKind
  /** Rules of the book by which it chooses among servers; of its choices the last of these decided. */
  readonly choosingRules: readonly string[]
  /** It always listens to the end of a window before it chooses; others may leave as soon as they have what they want. */
  readonly waitsForWindow?: boolean
  /** Scenario files may still name its profiles as those of this family. */
  readonly formerly?: string
  /** What it is also built for, where that makes another program of it: compared as `name-suffix`. */
  readonly otherPlatform?: { readonly suffix: string; readonly architecture: ArchitectureName }
  /** No firmware of a PC: put in the place of one only where every profile is. */
  readonly comparedOnRequest?: boolean
  readonly probe?: ProbeBehavior
  /** How its real screen is read. */
  readonly screen?: ScreenSigns
  /** How a real one is booted in QEMU. */
  readonly guest?: GuestKind
}

/** What `nbs probe` asks on behalf of a family. */
export interface ProbeBehavior {
  /** Asked as where nobody says; absent: every architecture. */
  readonly architectures?: readonly ArchitectureName[]
  /** One machine stands for all architectures. */
  readonly oneForAll?: boolean
  /** Beside its DISCOVERs. */
  readonly questions?: (firmware: Firmware, asker: ProbeAsker) => readonly Question[]
  /** What it makes of all replies of a round, where its script alone does not tell. `replies`: in order of arrival. */
  readonly conclude?: (replies: readonly Received[]) => ProbeConclusion
}

export interface ProbeAsker {
  readonly mac: Mac
  /** The address from which is asked. */
  readonly address: Ip4
  readonly random: Random
}

/** A DHCP message that a machine sends unasked. */
export interface Question {
  /** After the first one. */
  readonly after: Micros
  readonly xid: number
  readonly payload: Uint8Array
}

export interface ProbeConclusion {
  readonly outcome: Outcome
  readonly code?: string
  readonly pxeServer?: Ip4
  readonly file?: string
  /** Of the rule book. */
  readonly rule: string
  readonly because?: Phrase
  /** What was taken to work. */
  readonly assumed: readonly string[]
}
