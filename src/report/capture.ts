/**
 * The frames of a run as a pcapng file, one interface per subnet. Does not write it.
 */
import type { TraceEvent } from '../core/trace.ts'
import { LINK_TYPE, encodePcapng } from '../wire/capture/index.ts'

export const captureOf = (subnets: readonly string[], trace: readonly TraceEvent[]): Uint8Array => {
  const numbers = new Map(subnets.map((name, index) => [name, index]))
  const records = trace.flatMap(event =>
    event.kind === 'frame'
      ? [{ at: event.at, iface: numbers.get(event.segment) ?? 0, bytes: event.bytes }]
      : [],
  )
  return encodePcapng(
    subnets.map(name => ({ name, linkType: LINK_TYPE.ethernet })),
    records,
  )
}
