/**
 * What a labelled capture is: a story, the frames that show it, and exactly the findings that an expert would write
 * down for it (docs/findings.md says where the truth was arguable). Holds no captures and judges none.
 */
import type { Severity } from '../../../src/analysis/finding-meta.ts'
import { FINDING_RULES } from '../../../src/analysis/findings/index.ts'
import { formatIp4 } from '../../../src/core/address.ts'
import { Capture, type Machine, type Offer, complete, lease, s } from '../capture-builder.ts'
import type { CapturedFrame } from '../../../src/analysis/analyzer.ts'

export interface Labelled {
  readonly name: string
  /** Servers fight over a machine in it. */
  readonly contended: boolean
  /** `rule`, or `rule/severity` where it is not the rule's own. */
  readonly expect: readonly string[]
  readonly frames: () => readonly CapturedFrame[]
}

export const DHCP = '10.0.0.2'
export const DHCP2 = '10.0.0.3'
export const A = '10.0.0.5'
export const B = '10.0.0.6'
export const FILE = 'BStrap/x64/BStrap.efi'
export const PA = complete(FILE, 'PXE: WinPE')
export const JOB = complete(FILE, 'Automation: WinPE (job running)')

/** What the DHCP server of the subnet leases to this machine. */
export const leaseOf = (pc: Machine, more: Offer = {}): Offer => lease(formatIp4(pc.address), more)

/** `rule`, or `rule/severity` where it is not the rule's own. */
export const labelOf = ({
  rule,
  severity,
}: {
  readonly rule: string
  readonly severity: Severity
}): string =>
  FINDING_RULES.some(({ meta }) => meta.id === rule && meta.severity === severity)
    ? rule
    : `${rule}/${severity}`

type Play = (capture: Capture, pc: Machine) => void

const story = (contended: boolean) => {
  return (name: string, expect: readonly string[], play: Play): Labelled => ({
    name,
    contended,
    expect,
    frames: () => {
      const capture = new Capture()
      play(capture, capture.machine(1))
      return [...capture.records].sort((a, b) => a.at - b.at)
    },
  })
}

export const contended = story(true)
export const failing = story(false)
/** Nothing is wrong in it, however it looks. */
export const clean = (name: string, play: Play): Labelled => failing(name, [], play)

/** A whole boot as it should be: lease, PXE offer, file. */
export const bootWell = (
  capture: Capture,
  pc: Machine,
  { at = 0, dhcp = DHCP, nbs = A, offer = PA, file = FILE } = {},
): void => {
  capture.boot(at, pc, [
    [dhcp, leaseOf(pc)],
    [nbs, offer],
  ])
  capture.download(at + s(4.1), pc, nbs, file)
  capture.quietUntil(at + s(30))
}
