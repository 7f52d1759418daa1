/**
 * What a TFTP service has to tell, and how it reads in a trace. Does not decide anything.
 */
import type { Endpoint } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import type { EventProjection } from '../../core/trace.ts'
import { PLAIN, type Wording, endpointText } from '../../core/wording.ts'
import type { TftpOptions } from '../../wire/tftp/packet.ts'

/**
 * Why a transfer failed. `superseded`: its client asked anew from the same port. `evicted`: it made room for another.
 * `no-socket`: the system has no socket for it.
 */
export type TransferFault =
  | 'timeout'
  | 'deadline'
  | 'client-error'
  | 'unreachable'
  | 'unreadable'
  | 'superseded'
  | 'evicted'
  | 'no-socket'
  | 'stopped'

interface Ended {
  /** Acknowledged by the client. */
  readonly bytes: number
  readonly seconds: number
}

export type TftpEvent = { readonly client: Endpoint; /** As asked. */ readonly file: string } & (
  | {
      readonly type: 'requested'
      readonly kind: 'rrq' | 'wrq'
      readonly mode: string
      readonly options: TftpOptions
    }
  | {
      readonly type: 'started'
      readonly size: number
      readonly blockSize: number
      readonly windowSize: number
    }
  /** `confirmed` is false if the last ACK never came, but the client's port was closed by then. */
  | ({ readonly type: 'completed'; readonly confirmed: boolean } & Ended)
  | ({ readonly type: 'failed'; readonly reason: TransferFault; readonly text: string } & Ended)
  /** Not a failure: firmware asks for the size, and ends that transfer with an ERROR once it has the OACK. */
  | ({ readonly type: 'aborted-after-size-query'; readonly text: string } & Ended)
  | { readonly type: 'refused'; readonly code: number; readonly reason: string }
  | { readonly type: 'ignored'; readonly reason: string }
)

export const describeTftpEvent = (event: TftpEvent, wording: Wording = PLAIN): string => {
  const who = endpointText(wording, event.client)
  const file = printable(event.file)
  switch (event.type) {
    case 'requested':
      return `${event.kind.toUpperCase()} ${file} by ${who}${optionsText(event.options)}`
    case 'started':
      return `sends ${file} to ${who}: ${event.size} bytes, blocks of ${event.blockSize}, window ${event.windowSize}`
    case 'completed':
      return `sent ${file} to ${who}: ${event.bytes} bytes in ${event.seconds.toFixed(3)} s`
    case 'failed':
      return `${file} to ${who} failed after ${event.bytes} bytes: ${event.reason} (${printable(event.text)})`
    case 'aborted-after-size-query':
      return `${who} only asked for the size of ${file}`
    case 'refused':
      return `refused ${file} to ${who}: ERROR ${event.code} ${printable(event.reason)}`
    case 'ignored':
      return `ignored a request by ${who}: ${event.reason}`
  }
}

const optionsText = (options: TftpOptions): string =>
  options.length === 0 ? '' : ` (${options.map(([name, value]) => printable(`${name} ${value}`)).join(', ')})`

export const TFTP_EVENTS: EventProjection<TftpEvent> = {
  service: 'tftp',
  facts: ({ type, client }) => ({ type, address: client.ip }),
  describe: describeTftpEvent,
}
