/**
 * What a BSDP service has to tell, and how it reads in a trace: Apple's own log lines where there are any (A-17).
 * Does not decide anything.
 */
import { type Ip4, type Mac, macBytes } from '../../core/address.ts'
import type { Destination, Unreachable } from '../../core/state-machine.ts'
import type { EventFacts, EventProjection } from '../../core/trace.ts'
import { PLAIN, type Wording, endpointText } from '../../core/wording.ts'
import { type ImageId, formatImageId } from '../../wire/bsdp/image-id.ts'

/** Why a request got no answer. The texts end the sentence "ignored, because …". */
export const BSDP_IGNORED = {
  malformed: 'it is no DHCP message',
  'no-request': 'it is no request of an Ethernet client',
  'not-bsdp': 'its class identifier (60) does not start with AAPLBSDPC',
  'bad-class': 'its class identifier (60) names no architecture and model',
  'no-address': 'the interface it came by has no address',
  denied: 'the machine is on the deny list',
  'not-allowed': 'the machine is not on the allow list',
  'for-other-server': 'siaddr or sname name another server',
  'bad-vendor': 'its vendor options (43) are missing or overrun',
  'bad-version': 'its version (sub-option 2) is none that is known',
  'netboot-1': 'it asks for NetBoot 1.0, which is off',
  'other-message': 'such a message is not for a BSDP server',
  'reply-port': 'its reply port (sub-option 5) is not privileged',
  'no-client-address': 'ciaddr is 0 in an INFORM',
  'no-message-type': 'it says neither LIST nor SELECT (sub-option 1)',
  'no-image': 'no image is for this architecture, model, machine and filter',
  'no-server-identifier': 'the SELECT names no server (sub-option 3)',
  'selected-other': 'it selected another server',
  unbound: 'the client is not bound to this server',
  'image-gone': 'the image of its binding is not for it any more',
  'no-resources': 'the resources of its image cannot be prepared',
  'unknown-image': 'the image it selected is unknown',
  'dhcp-request': 'a REQUEST is for the DHCP server',
  'too-many-waiting': 'too many answers wait',
} as const

export type BsdpIgnoredReason = keyof typeof BSDP_IGNORED

export type BsdpEvent =
  | { readonly kind: 'ignored'; readonly mac: Mac | undefined; readonly reason: BsdpIgnoredReason }
  | {
      readonly kind: 'answered'
      readonly message: 'list' | 'select' | 'failed' | 'offer'
      readonly mac: Mac
      readonly to: Destination
      readonly size: number
      readonly image: ImageId | undefined
      readonly because: string | undefined
      /** Images listed, where not all found room. */
      readonly truncatedTo: number | undefined
      readonly file: string | undefined
    }
  /** The client selected another server, so its record here is gone. */
  | { readonly kind: 'forgot'; readonly mac: Mac; readonly server: Ip4 }
  | { readonly kind: 'undelivered'; readonly what: Unreachable }

export const describeBsdpEvent = (event: BsdpEvent, wording: Wording = PLAIN): string => {
  switch (event.kind) {
    case 'ignored':
      return `ignored${event.mac === undefined ? '' : ` ${clientOf(event.mac)}`}, because ${BSDP_IGNORED[event.reason]}`
    case 'forgot':
      return `NetBoot: ${clientOf(event.mac)} selected ${wording.address(event.server)}: its record is removed`
    case 'undelivered':
      return `an answer to ${endpointText(wording, event.what.target)} was not delivered (${event.what.cause} unreachable)`
    case 'answered':
      return describeAnswered(event, wording)
  }
}

const describeAnswered = (event: Extract<BsdpEvent, { kind: 'answered' }>, wording: Wording): string => {
  const { message, mac, to, size, image, because, truncatedTo, file } = event
  const sent =
    message === 'offer'
      ? `BSDP OFFER sent ${clientOf(mac)} pktsize ${size}`
      : `NetBoot: ${clientOf(mac)} BSDP ACK[${message.toUpperCase()}] sent ${wording.address(to.ip)} pktsize ${size}`
  const notes = [
    ...(image === undefined ? [] : [`image ${formatImageId(image)}`]),
    ...(file === undefined ? [] : [`file ${file}`]),
    ...(truncatedTo === undefined ? [] : [`image list truncated to first ${truncatedTo} images`]),
    ...(because === undefined ? [] : [because]),
  ]
  return notes.length === 0 ? sent : `${sent} (${notes.join(', ')})`
}

/** `[1,0:1b:63:aa:bb:cc]`: hardware type and octets without leading zeros. */
const clientOf = (mac: Mac): string => `[1,${[...macBytes(mac)].map(octet => octet.toString(16)).join(':')}]`

const factsOf = (event: BsdpEvent): EventFacts =>
  event.kind === 'undelivered'
    ? { type: event.kind, address: event.what.target.ip }
    : { type: event.kind, client: event.mac }

export const BSDP_EVENTS: EventProjection<BsdpEvent> = {
  service: 'bsdp',
  facts: factsOf,
  /** Apple's own words, after the machine as everything else here names it. */
  describe: (event, wording) => {
    const { client } = factsOf(event)
    const whose = client === undefined ? '' : `${wording.machine(client)}: `
    return whose + describeBsdpEvent(event, wording)
  },
}
