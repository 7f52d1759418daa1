/**
 * The findings: their ids (programs rely on them), how bad each is unless the case says otherwise, and what it means
 * in one line. Does not decide when one holds: `findings/` does, and `lint` for those of a configuration.
 */
import type { Ip4, Mac } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'

export type Severity = 'error' | 'warning' | 'info'

/**
 * `seen`: all the packets that prove it are in the capture. `inferred`: an absence, or a step that leaves no packet.
 * `possible`: depends on where the capture was taken.
 */
export type Confidence = 'seen' | 'inferred' | 'possible'

interface Rule {
  readonly severity: Severity
  readonly meaning: string
  /** Where it is found: in packets, in a configuration without a run, by asking, or by who knows a site's jobs. */
  readonly from: 'frames' | 'configuration' | 'probe' | 'site'
}

const frames = (severity: Severity, meaning: string): Rule => ({ severity, meaning, from: 'frames' })
const configuration = (severity: Severity, meaning: string): Rule => ({
  severity,
  meaning,
  from: 'configuration',
})

const probe = (severity: Severity, meaning: string): Rule => ({ severity, meaning, from: 'probe' })
const site = (severity: Severity, meaning: string): Rule => ({ severity, meaning, from: 'site' })

/** In the order in which findings of equal weight are told: causes before their consequences. */
export const FINDING_RULES = {
  'job-lost': frames(
    'error',
    'a machine with a pending job was sent to its disk by a server that did not know of it',
  ),
  'split-decision': frames('error', 'several PXE servers would make the machine do different things'),
  'multiple-pxe-responders': frames('error', 'more than one PXE server answers the same machine'),
  'stray-relay-target': frames(
    'error',
    'the relay asks several PXE servers, one of which serves another subnet',
  ),
  'multiple-dhcp-servers': frames('error', 'more than one server leases addresses on the subnet'),
  'option-60-without-pxe-service': frames(
    'error',
    'a DHCP server says PXEClient but nothing answers on its port 4011',
  ),
  'dead-boot-server-port': frames('error', 'a machine was sent to port 4011 and nobody answered there'),
  'no-dhcp-server': frames('error', 'the machine asked as PXE client and was offered no address'),
  'no-pxe-responder': frames('error', 'the machine asked as PXE client and got nothing but an address'),
  'chain-loop': frames('error', 'a chain-loaded boot loader is given itself again'),
  'wrong-architecture': frames('error', 'the boot file offered is made for another architecture'),
  'missing-boot-file': frames('error', 'the boot file that was named is not on the server'),
  'unreachable-tftp-server': frames('error', 'the TFTP server that was named does not answer'),
  'tftp-refused': frames('error', 'the TFTP server answered with an error'),
  'malformed-offer': frames('warning', 'an offer that strict firmware drops or cannot use'),
  'boot-file-conflict': frames(
    'warning',
    'DHCP and PXE name different boot files; firmware differs on which wins',
  ),
  'server-identity-mismatch': frames(
    'warning',
    'server identifier, siaddr and source address contradict each other',
  ),
  'address-conflict': frames('warning', 'an address that was leased is used by another machine'),
  'slow-transfer': frames('warning', 'a file came slowly; whether server, machine, loss or block size'),
  'ignored-nak': frames('warning', 'a lease was denied and the client went on'),
  'policy-lag': site('warning', 'an NBS answered from a policy that was older than the job'),
  'image-not-here': site('error', 'an image or package has not arrived on the server that was asked for it'),
  'server-not-registered': site(
    'warning',
    'an NBS answers and the console does not list it, or the other way round',
  ),
  // BSDP: the rule of the book stands in front.
  'bsdp-answer-for-another': frames('error', 'BSDP-2: a server answers a SELECT that names another'),
  'bsdp-global-image-conflict': frames('error', 'BSDP-3: one global image id, but different images'),
  'bsdp-double-binding': frames('error', 'BSDP-6, BSDP-7: several servers say that the Mac is bound to them'),
  'bsdp-class-confusion': frames('error', 'BSDP-25: a PXE answer to a Mac, or a BSDP answer to a PXE client'),
  'bsdp-wrong-reply-port': frames('error', 'BSDP-11: an answer to another port than the Mac asked for'),
  'bsdp-select-unanswered': frames('error', 'BSDP-17: the selected server does not answer'),
  'bsdp-loaded-elsewhere': frames('error', 'BSDP-18: the Mac loads from another server than it selected'),
  'bsdp-not-loaded': frames('error', 'BSDP-19: the Mac does not load what it was told to'),
  'bsdp-malformed-answer': frames('error', 'BSDP-13, BSDP-14, BSDP-21: an answer that Macs drop'),
  'bsdp-stale-binding': frames('warning', 'BSDP-28: a server claims a Mac that selected another'),
  'bsdp-constant-priority': frames('warning', 'BSDP-9: a server takes all Macs that are not bound'),
  'bsdp-unstable-default': frames('warning', 'BSDP-8: equal priorities, different default images'),
  'bsdp-bad-image-id': frames('warning', 'BSDP-10: a list with impossible ids, or without its default'),
  'bsdp-unprivileged-reply-port': frames('warning', 'BSDP-12: a reply port that servers ignore'),
  'bsdp-select-failed': frames('warning', 'BSDP-15: a server could not prepare the image'),
  'bsdp-list-unanswered': frames('warning', 'BSDP-16: a Mac asks for images and nobody answers'),
  'bsdp-truncated-list': frames('warning', 'BSDP-22: a list as long as the Mac can take'),
  'bsdp-unsolicited-answer': frames('warning', 'BSDP-26: an answer without a request'),
  'bsdp-late-answer': frames('warning', 'BSDP-30: an answer after Macs have chosen'),
  'bsdp-password-on-wire': frames('info', 'BSDP-24: the password of a shadow volume in clear text'),
  'bsdp-claims-everyone': frames('info', 'BSDP-27: a server claims Macs that never selected it'),
  'boot-file-content-conflict': probe('error', 'servers have different files under one name'),
  'nbs-per-subnet': configuration('error', 'more than one Network Boot Service on one subnet'),
  'nbs-behind-one-helper-list': configuration(
    'error',
    'one helper list names more than one Network Boot Service',
  ),
  'plugin-missing': configuration('error', 'a plug-in is missing that the role of this machine needs'),
} as const satisfies Record<string, Rule>

export type FindingRule = keyof typeof FINDING_RULES
/** Worst first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']
/** Strongest first. */
export const CONFIDENCES: readonly Confidence[] = ['seen', 'inferred', 'possible']

export interface Evidence {
  /** Number of the frame in the capture, from 1. */
  readonly frame: number
  readonly at: Micros
  readonly text: string
}

export interface Finding {
  readonly rule: FindingRule
  readonly severity: Severity
  readonly confidence: Confidence
  /** The segment on which the machines are; absent if the capture does not show it. */
  readonly subnet?: string
  /** Identities, ascending. */
  readonly servers: readonly Ip4[]
  /** Ascending. */
  readonly clients: readonly Mac[]
  readonly message: string
  readonly because: string
  readonly remedy: string
  readonly evidence: readonly Evidence[]
}
