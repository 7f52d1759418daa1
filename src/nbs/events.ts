/**
 * What a Network Boot Service tells of itself, beside what its protocols tell: its services start and stop, and a file
 * that it has named is not among its images.
 */
import type { EventProjection } from '../core/trace.ts'

export type NbsEvent =
  | { readonly type: 'started' | 'stopped' | 'silent' }
  | { readonly type: 'boot-server'; readonly state: 'alive' | 'dead' }
  | { readonly type: 'missing-file'; readonly file: string }

const describe = (event: NbsEvent): string => {
  switch (event.type) {
    case 'started':
    case 'stopped':
      return event.type
    case 'silent':
      return 'is silent'
    case 'boot-server':
      return `port 4011 is ${event.state}`
    case 'missing-file':
      return `its own images do not hold ${event.file}`
  }
}

const eventsOf = (service: string): EventProjection<NbsEvent> => ({
  service,
  facts: ({ type }) => ({ type }),
  describe,
})

/** By the service that it is told of. */
export const NBS_EVENTS = { pxe: eventsOf('pxe'), tftp: eventsOf('tftp'), bsdp: eventsOf('bsdp') } as const
