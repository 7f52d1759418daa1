/**
 * What the TFTP service of an NBS tells, as lines of a trace. The PXE service's are in `protocol/pxe/events.ts`.
 */
import { formatEndpoint } from '../core/address.ts'
import { printable } from '../core/bytes.ts'
import type { TftpEvent } from '../protocol/tftp/service.ts'

export const describeTftpEvent = (event: TftpEvent): string => {
  const who = formatEndpoint(event.client)
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

const optionsText = (options: readonly (readonly [string, string])[]): string =>
  options.length === 0 ? '' : ` (${options.map(([name, value]) => printable(`${name} ${value}`)).join(', ')})`
