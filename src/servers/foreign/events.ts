/**
 * What a foreign responder has to tell, and how it reads in a trace. Does not decide anything.
 */
import { ANY_IP4, type Ip4, type Mac } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import type { Destination } from '../../core/state-machine.ts'
import type { EventProjection } from '../../core/trace.ts'
import { PLAIN, type Wording } from '../../core/wording.ts'

export type ForeignEvent =
  | {
      readonly kind: 'answered'
      readonly message: ForeignMessage
      readonly mac: Mac
      readonly to: Destination
      readonly yiaddr: Ip4
      readonly file: string
    }
  | { readonly kind: 'ignored'; readonly mac: Mac | undefined; readonly because: string }
  | { readonly kind: 'boot-server'; readonly mac?: undefined; readonly state: 'alive' | 'dead' }

export type ForeignMessage = 'offer' | 'ack' | 'nak'

export const describeForeignEvent = (event: ForeignEvent, wording: Wording = PLAIN): string => {
  if (event.kind === 'boot-server') return `port 4011 is ${event.state}`
  if (event.kind === 'ignored') {
    const whose = event.mac === undefined ? '' : ` ${wording.machine(event.mac)}`
    return `ignored${whose}, because ${event.because}`
  }
  const { message, mac, to, yiaddr, file } = event
  const lease = yiaddr === ANY_IP4 ? '' : `, address ${wording.address(yiaddr)}`
  const named = file === '' ? '' : `, file ${printable(file)}`
  return `${message.toUpperCase()} to ${wording.machine(mac, to)}${lease}${named}`
}

export const FOREIGN_EVENTS: EventProjection<ForeignEvent> = {
  service: 'foreign',
  facts: ({ kind, mac }) => ({ type: kind, client: mac }),
  describe: describeForeignEvent,
}
