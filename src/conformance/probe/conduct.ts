/**
 * Leads a procedure through its waits on a host's clock. Does not let time pass: whoever has the world does.
 */
import type { Timer } from '../../network/port.ts'
import type { Probe, Procedure } from './probe.ts'

export interface Conducted<Result> {
  /** Undefined: it is under way. */
  readonly ended: { readonly result: Result } | { readonly error: unknown } | undefined
}

/** `over` is told of the end, from within an event of the world or before this returns. */
export const conduct = <Result>(
  probe: Probe,
  procedure: Procedure<Result>,
  over: (how: NonNullable<Conducted<Result>['ended']>) => void = () => {},
): Conducted<Result> => {
  const { clock } = probe.station.host
  const conducted: { ended: Conducted<Result>['ended'] } = { ended: undefined }
  let timer: Timer | undefined
  let enough: () => boolean = () => false
  const step = (): void => {
    try {
      const { value, done } = procedure.next()
      if (done) return end({ result: value })
      // Nothing is done from within an event that still goes on.
      if (value.enough()) return soon(clock.now())
      enough = value.enough
      timer = clock.setTimer(value.until, resume)
    } catch (error) {
      end({ error })
    }
  }
  const resume = (): void => {
    timer?.cancel()
    timer = undefined
    step()
  }
  const soon = (at: number): void => {
    timer?.cancel()
    timer = clock.setTimer(at, resume)
    enough = () => false
  }
  const end = (how: NonNullable<Conducted<Result>['ended']>): void => {
    probe.onNews = undefined
    conducted.ended = how
    over(how)
  }
  probe.onNews = () => {
    if (timer && enough()) soon(clock.now())
  }
  step()
  return conducted
}
