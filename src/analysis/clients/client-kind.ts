/**
 * What the observer knows of one kind of client: by which packets it is recognised, which of several offers it prefers,
 * and what findings mean for it. One file per kind beside this one; `index.ts` lists them. A guess is good enough to
 * say which machines a finding hurts (D-9); nothing else depends on it except the order in which a client prefers offers.
 */
import { type Micros, SECOND } from '../../core/micros.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'

export interface ClientKind {
  /** As summaries and findings call it: `5 EDK2 machines`. */
  readonly name: string
  /** Whether this packet of a client is of this kind; kinds are asked in the order of their registry. */
  readonly matches: (message: DhcpMessage) => boolean
  /**
   * Of several PXE offers: `first` takes the first complete one, else the first redirect; `last` the last that came
   * before it chose. Absent: it does not choose among PXE offers, or nobody knows.
   */
  readonly prefers?: 'first' | 'last'
  /** By finding rule: what it means for these clients, a clause that begins with their name; absent: nothing to add. */
  readonly effects: Readonly<Partial<Record<string, string>>>
  /** With its lease and asking for nothing for so long it has gone to its disk. */
  readonly localBootQuiet?: Micros
  /** It is loaded by other firmware and asks again by itself: its packets begin a boot of its own. */
  readonly loader?: {
    /** Names of the files that it usually is. */
    readonly files: RegExp
  }
  /** It never asks by ARP whether its address is in use: its DECLINE has another reason. */
  readonly neverProbesAddress?: boolean
  /** A NAK of the server that it asked, or its own DECLINE, is the end of its boot. */
  readonly endsWhenDenied?: boolean
  /** It boots from nobody but who says `Raspberry Pi Boot` in option 43, or is named by option 66 (RPI-2). */
  readonly bootsByMark?: boolean
  /** The field `secs` is the time since it began to ask (E-7). */
  readonly countsSecs?: boolean
  /** It understands a boot file name that is a URL. */
  readonly readsUrls?: boolean
  /** It closes option 67 with a NUL of its own, in its copy of the offer (E-54). */
  readonly closesBootFileName?: boolean
  /** It fetches boot files without ever asking as a PXE client. */
  readonly bootsByDhcpAlone?: boolean
  /** A more exact guess than this kind, which was made from an earlier packet. */
  readonly refines?: ClientKind
  /** The name says more of the machine than its architecture does, so that logs call it by that. */
  readonly knownByName?: boolean
}

/** EDK2 asks within 0.05 s, a BIOS ROM within 0.5 s. */
export const USUAL_LOCAL_BOOT_QUIET: Micros = SECOND
