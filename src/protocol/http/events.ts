/**
 * What an HTTP file service has to tell, and how it reads in a trace.
 */
import type { Endpoint } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import type { EventProjection } from '../../core/trace.ts'
import { PLAIN, type Wording, endpointText } from '../../core/wording.ts'

/** A request was answered, if only by an error. */
export interface HttpServiceEvent {
  readonly type: 'served' | 'refused'
  readonly client: Endpoint
  readonly method: string
  /** As asked. */
  readonly path: string
  readonly status: number
  /** Of the body as sent; 0 for HEAD. */
  readonly size: number
}

const describeHttpEvent = (event: HttpServiceEvent, wording: Wording = PLAIN): string => {
  const what = `${printable(event.method)} ${printable(event.path)} by ${endpointText(wording, event.client)}`
  return event.type === 'served' ? `${what}: ${event.size} bytes` : `${what}: ${event.status}`
}

export const HTTP_EVENTS: EventProjection<HttpServiceEvent> = {
  service: 'http',
  facts: ({ type, client }) => ({ type, address: client.ip }),
  describe: describeHttpEvent,
}
