/**
 * States of a service as they are written, and what a fault that starts the service makes of them. Does not start
 * anything.
 */
import { word } from '../../document/parts.ts'
import { SERVICE_STATES, type ServiceState } from '../../nbs/service.ts'

export const serviceState = word(...SERVICE_STATES)

type Absent = Exclude<ServiceState, 'on'>

const isAbsent = (state: unknown): state is Absent =>
  state === 'off' || state === 'closed' || state === 'silent'

/** A service that is started is there, with its quirks, however it began. */
export const started = <S extends string | object>(state: S | Absent): S | 'on' =>
  isAbsent(state) ? 'on' : state
