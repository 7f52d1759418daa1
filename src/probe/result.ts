/**
 * From a judgement to the plain result of `nbs probe`. Where a probe knows more than the analyser could from a
 * capture, findings are weighed anew. Does not print.
 */
import type { Finding } from '../analysis/analyzer.ts'
import { linkFindings } from '../analysis/causes.ts'
import { FINDING_RULES } from '../analysis/findings/index.ts'
import { formatIp4, formatMac } from '../core/address.ts'
import { type Micros, toSeconds } from '../core/micros.ts'
import { inWords } from '../core/wording.ts'
import type { ProbeConclusion } from '../firmware/family.ts'
import { findingResult, serverResult } from '../report/analysis.ts'
import type {
  ProbeFile,
  ProbeMachineResult,
  ProbeOutcome,
  ProbePrediction,
  ProbeResponder,
  ProbeResult,
  UnlinkedProbeFinding,
} from '../report/probe.ts'
import type { Prediction } from '../experiments/predict/predict.ts'
import { UNKNOWN_FILE } from '../experiments/predict/replayed.ts'
import { SEVERITIES } from '../analysis/finding-meta.ts'
import { fileFindings } from './file-findings.ts'
import type { Judgement, MachinePrediction, ProbeSight, Responder } from './judge.ts'

export interface ProbeReport extends Pick<ProbeResult, 'interface' | 'address' | 'startedAt' | 'rounds'> {
  readonly sight: ProbeSight
  readonly judgement: Judgement
  readonly files: readonly ProbeFile[] | undefined
  /** Somebody asked for Macs by name. */
  readonly wantsMacs: boolean
  readonly notes: readonly string[]
}

export const probeResult = (report: ProbeReport): ProbeResult => {
  const { sight, judgement, files } = report
  const findings = [
    ...judgement.analysis.findings.flatMap(finding => weighed(finding, report)),
    ...fileFindings(files ?? [], sight.segment),
  ].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
  const links = linkFindings(findings, FINDING_RULES)
  return {
    interface: report.interface,
    address: report.address,
    startedAt: report.startedAt,
    seconds: toSeconds(sight.talk.until),
    rounds: report.rounds,
    machines: machineResults(sight),
    responders: judgement.responders.map(responderResult),
    predictions: judgement.predictions.map(predictionResult),
    ...(files && { files }),
    findings: findings.map((finding, i) => ({ ...finding, ...links[i]! })),
    notes: report.notes,
  }
}

const machineResults = ({ machines, talk }: ProbeSight): ProbeMachineResult[] =>
  machines.map(machine => ({
    firmware: machine.persona.label,
    profile: machine.firmware.profile,
    arch: machine.arch,
    mac: formatMac(machine.mac),
    asked: talk.said.filter(said => said.machine === machine && said.from === undefined).length,
  }))

const responderResult = (responder: Responder): ProbeResponder => {
  const { address, macs, relays, roles, offers } = serverResult(responder)
  return {
    address,
    macs,
    relays,
    roles,
    offers,
    answered: responder.answered,
    asked: responder.asked,
    latencySeconds: spreadOf(responder.latencies),
  }
}

/** Nearest rank; `sorted` ascending. */
const spreadOf = (sorted: readonly Micros[]): ProbeResponder['latencySeconds'] => {
  if (sorted.length === 0) return null
  const rank = (share: number): number => toSeconds(sorted[Math.ceil(share * sorted.length) - 1]!)
  return { min: toSeconds(sorted[0]!), median: rank(0.5), p95: rank(0.95) }
}

const predictionResult = ({ machine, rounds }: MachinePrediction): ProbePrediction => {
  const counted = new Map<string, ProbeOutcome>()
  for (const round of rounds) {
    const outcome = outcomeOf(round)
    const { assumed: _, because: __, ...same } = outcome
    const key = JSON.stringify(same)
    const known = counted.get(key)
    counted.set(key, { ...(known ?? outcome), rounds: (known?.rounds ?? 0) + 1 })
  }
  return {
    firmware: machine.persona.label,
    arch: machine.arch,
    mac: formatMac(machine.mac),
    outcomes: [...counted.values()].sort((a, b) => b.rounds - a.rounds),
  }
}

const NO_ANSWER: ProbeOutcome = {
  rounds: 0,
  outcome: 'noAnswer',
  code: null,
  leaseFrom: null,
  pxeServer: null,
  tftpServer: null,
  file: null,
  rule: null,
  because: null,
  assumed: [],
}

const outcomeOf = (round: MachinePrediction['rounds'][number]): ProbeOutcome => {
  if (!round) return NO_ANSWER
  return round.kind === 'predicted' ? plainOutcome(round.prediction) : concluded(round.conclusion)
}

const concluded = ({
  outcome,
  code,
  pxeServer,
  file,
  rule,
  because,
  assumed,
}: ProbeConclusion): ProbeOutcome => ({
  ...NO_ANSWER,
  outcome,
  code: code ?? null,
  pxeServer: pxeServer === undefined ? null : formatIp4(pxeServer),
  file: file ?? null,
  rule,
  because: because === undefined ? null : inWords(because),
  assumed,
})

const plainOutcome = (prediction: Prediction): ProbeOutcome => {
  const { outcome, code, leaseFrom, pxeServer, tftpServer, rule, because, assumed } = prediction
  const file = prediction.file === UNKNOWN_FILE ? '(named by port 4011)' : prediction.file
  return { rounds: 0, outcome, code, leaseFrom, pxeServer, tftpServer, file, rule, because, assumed }
}

const weighed = (finding: Finding, report: ProbeReport): UnlinkedProbeFinding[] => {
  const { judgement, wantsMacs } = report
  const servesMacs = judgement.analysis.servers.some(({ roles }) => roles.includes('bsdp'))
  // Most networks have no Macs to serve, and need no BSDP server.
  if (finding.rule === 'bsdp-list-unanswered' && !servesMacs && !wantsMacs) return []
  const result = findingResult(finding, frame => ({ file: '', frame }))
  if (result.rule !== 'no-pxe-responder' || !isServedElsewhere(judgement)) return [result]
  return [
    {
      ...result,
      severity: 'info',
      details: { ...result.details, servedElsewhere: true },
      message: `${result.message} Other machines were offered a boot file: the site may serve only some kinds of machine.`,
    },
  ]
}

const isServedElsewhere = ({ analysis }: Judgement): boolean =>
  analysis.servers.some(({ roles }) => roles.includes('proxy-dhcp') || roles.includes('dhcp-and-pxe'))
