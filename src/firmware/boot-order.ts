/**
 * Boot options tried in turn, as a boot manager does, until one has started something. Knows no firmware.
 */
import type { BootMethod } from '../core/boot-option.ts'
import type { BootAttempt, BootRecord, Pc, Script } from './pc.ts'
import { newBootRecord } from './record.ts'

export interface BootOption {
  readonly method: BootMethod
  boot(pc: Pc, record: BootRecord): Script
}

/**
 * What the first option has left in the record stays, unless a later one boots: it is what the machine was switched on
 * for. The ends of all are in `attempts`.
 */
export function* bootInTurn(pc: Pc, record: BootRecord, options: readonly BootOption[]): Script {
  const ended: BootAttempt[] = []
  for (const [index, option] of options.entries()) {
    const startedAt = pc.now()
    const own = index === 0 ? record : newBootRecord()
    if (index > 0) {
      pc.configure(undefined)
      record.attempts = [...ended, { method: option.method, startedAt, end: undefined }]
    }
    yield* option.boot(pc, own)
    const { outcome, code } = own
    ended.push({ method: option.method, startedAt, end: { at: pc.now(), outcome, code } })
    if (outcome === 'booted') {
      if (own !== record) Object.assign(record, own)
      break
    }
  }
  if (ended.length > 1) record.attempts = ended
}
