/**
 * A progress bar on a terminal: share, count, rate and time left. Silent where standard error is no terminal.
 */
import { STATUS_STREAM, type Terminal, showStatus } from '../../outlet/print.ts'
import { numberText } from './sweep.ts'

export interface Progress {
  /** `machines` boots were simulated since the start. */
  show(done: number, machines: number): void
  /** Takes the bar away. */
  end(): void
}

const CELLS = 24
const REFRESH_MS = 100

/** `stream` is standard error, but in tests. */
export const startProgress = (from: number, total: number, stream: Terminal = STATUS_STREAM): Progress => {
  if (!stream.isTTY) return { show: () => {}, end: () => {} }
  const start = performance.now()
  let shown = -Infinity
  return {
    show: (done, machines) => {
      const now = performance.now()
      if (now - shown < REFRESH_MS && done < total) return
      shown = now
      const seconds = (now - start) / 1000
      const left = ((total - done) * seconds) / Math.max(1, done - from)
      const filled = Math.floor((CELLS * done) / total)
      const bar = `${'█'.repeat(filled)}${'░'.repeat(CELLS - filled)}`
      const text = `${bar} ${Math.floor((100 * done) / total)} %  ${numberText(done)} of ${numberText(total)} runs, ${numberText(Math.round(machines / seconds))} boots/s, ${spanText(left)} left`
      showStatus(text, stream)
    },
    end: () => showStatus('', stream),
  }
}

/** `42 s`, `3:07 min`, `2:05 h`. */
const spanText = (seconds: number): string => {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  const [small, unit] = whole < 3600 ? [whole, 'min'] : [Math.ceil(whole / 60), 'h']
  return `${Math.floor(small / 60)}:${String(small % 60).padStart(2, '0')} ${unit}`
}
