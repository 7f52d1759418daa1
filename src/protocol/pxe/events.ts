/**
 * What a PXE service has to tell, and how it reads in a trace. Does not decide anything.
 */
import { ANY_IP4, type Ip4, type Mac } from '../../core/address.ts'
import type { Destination, Unreachable } from '../../core/state-machine.ts'
import type { EventFacts, EventProjection } from '../../core/trace.ts'
import { PLAIN, type Wording, endpointText } from '../../core/wording.ts'
import { architectureName } from '../../wire/pxe/client.ts'
import { type Decision, type Question, describeDecision } from './decision.ts'

/** Why a request got no answer. The texts end the sentence "ignored, because …". */
export const IGNORED = {
  malformed: 'it is no DHCP message',
  'no-request': 'it is a reply, not a request',
  'no-pxe-client': 'its class identifier (60) does not start with PXEClient', // S-1
  'no-address': 'the interface it came by has no address',
  'other-message': 'such a message is not for a PXE service',
  'for-dhcp-server': 'this REQUEST is for the DHCP server', // S-4
  'for-other-server': 'its server identifier (54) names another server',
  'other-boot-server-type': 'it asks for another boot server type', // S-5
  'other-layer': 'it asks for a layer that is not served', // S-5
  'boot-server-dead': 'the boot server on 4011 is set to be dead',
  'no-broadcast-discovery': 'it is not to answer broadcast discovery',
  denied: 'the machine is on the deny list',
  'not-allowed': 'the machine is not on the allow list',
  'too-early': 'the client has not been trying for long enough (secs)',
  'other-architecture': 'machines of its architecture are not served',
  'no-boot-file': 'there is no boot file for its architecture',
  'already-asked': 'the answer to the same request is under way',
  'too-many-waiting': 'too many requests wait for an answer',
  undecided: 'the Notification Server did not say what to do',
  refused: 'the Notification Server does not allow the machine',
  unreachable: 'the Notification Server is unreachable',
  production: 'the machine is to start its own disk, not a boot server',
} as const

export type IgnoredReason = keyof typeof IGNORED

export type PxeEvent =
  /** Answer with `PxeService.answer(now, id, …)`. */
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | {
      readonly kind: 'answered'
      readonly message: 'offer' | 'ack'
      readonly mac: Mac
      /** The client's own, if it has one already (ciaddr). */
      readonly address: Ip4 | undefined
      readonly architecture: number
      readonly self: Ip4
      readonly to: Destination
      readonly decision: Decision
      /** The Notification Server was unreachable; this is what the NBS does then. */
      readonly assumed: boolean
      readonly file: string | undefined
    }
  | {
      readonly kind: 'ignored'
      readonly mac: Mac | undefined
      readonly reason: IgnoredReason
      /** What the machine asks the DHCP server for (reason `for-dhcp-server`). */
      readonly address?: Ip4 | undefined
    }
  | { readonly kind: 'undelivered'; readonly what: Unreachable }

/** One line for the trace. */
export const describePxeEvent = (event: PxeEvent, wording: Wording = PLAIN): string => {
  switch (event.kind) {
    case 'ask':
      return `asks what ${describeQuestion(event.question, wording)} is to do`
    case 'answered':
      return describeAnswered(event, wording)
    case 'ignored':
      return `ignored${event.mac === undefined ? '' : ` ${wording.machine(event.mac)}`}, because ${IGNORED[event.reason]}`
    case 'undelivered':
      return `an answer to ${endpointText(wording, event.what.target)} was not delivered (${event.what.cause} unreachable)`
  }
}

const describeQuestion = ({ mac, architecture, giaddr }: Question, wording: Wording): string => {
  const relay = giaddr === ANY_IP4 ? '' : ` behind relay ${wording.address(giaddr)}`
  return `${wording.machine(mac)} (${describeArchitecture(architecture)})${relay}`
}

const describeArchitecture = (architecture: number): string =>
  architectureName(architecture) ?? `architecture ${architecture}`

const describeAnswered = (event: Extract<PxeEvent, { kind: 'answered' }>, wording: Wording): string => {
  const what = `${event.message.toUpperCase()} to ${wording.machine(event.mac, event.to)}`
  const file = event.file === undefined ? '' : `, file ${event.file} from ${wording.address(event.self)}`
  const assumed = event.assumed ? ', because the Notification Server is unreachable' : ''
  return `${what}: ${describeDecision(event.decision)} (${event.decision.client})${file}${assumed}`
}

const factsOf = (event: PxeEvent): EventFacts => {
  switch (event.kind) {
    case 'ask':
      return { type: event.kind, client: event.question.mac }
    case 'answered':
    case 'ignored':
      return { type: event.kind, client: event.mac, address: event.address }
    case 'undelivered':
      return { type: event.kind, address: event.what.target.ip }
  }
}

export const PXE_EVENTS: EventProjection<PxeEvent> = {
  service: 'pxe',
  facts: factsOf,
  describe: describePxeEvent,
}
