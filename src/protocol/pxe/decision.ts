/**
 * What a Notification Server tells an NBS about one machine, and how an NBS asks it. The values are those of the
 * vendor's answer (NBS-16). Types and their plain-text form only; the XML is in `nbs/decision.ts`.
 */
import type { Ip4, Mac } from '../../core/address.ts'

/** What the machine is to do: the preboot image at will, the image because of a job, or its own disk. */
export const BOOT_KINDS = ['pxe', 'automation', 'production'] as const
export type BootKind = (typeof BOOT_KINDS)[number]

/** How well the machine is known. */
export const COMPUTER_CLASSES = ['managed', 'predefined', 'unknown'] as const
export type ComputerClass = (typeof COMPUTER_CLASSES)[number]

/** Which build of the image. */
export const IMAGE_ARCHITECTURES = ['x86', 'x64'] as const
export type ImageArchitecture = (typeof IMAGE_ARCHITECTURES)[number]

export interface Decision {
  readonly boot: BootKind
  readonly client: ComputerClass
  /** Name of the preboot image; empty for production. */
  readonly image: string
  readonly arch: ImageArchitecture
  readonly jobRunning: boolean
  /** Seconds of prompt in style `menu`, where they differ from the NBS's own (0 = none, 255 = no limit). */
  readonly prompt?: number | undefined
}

/** What an NBS tells about the machine that asked. */
export interface Question {
  readonly mac: Mac
  /** The 16 bytes of option 97, if the client sent them. */
  readonly uuid: Uint8Array | undefined
  /** IANA number (option 93, else the class identifier). */
  readonly architecture: number
  /** 0 = the client is on the NBS's own subnet. */
  readonly giaddr: Ip4
}

/** `refused`: this machine is not to be served at all; `unreachable`: there was nobody to ask. */
export type Answer = Decision | 'refused' | 'unreachable'

/** Whoever can decide: a Notification Server, or an old copy of its policy. May reply at once or later, once. */
export interface DecisionSource {
  ask(question: Question, reply: (answer: Answer) => void): void
}

const BOOT_TEXT: Record<BootKind, string> = {
  pxe: 'PXE',
  automation: 'Automation',
  production: 'Production',
}

/** `Automation: WinPE (job running)`; `Production: local disk`. Stands in the boot menu of an offer, in clear. */
export const describeDecision = (decision: Decision): string => {
  const what = decision.boot === 'production' ? 'local disk' : decision.image || 'default image'
  return `${BOOT_TEXT[decision.boot]}: ${what}${decision.jobRunning ? ' (job running)' : ''}`
}
