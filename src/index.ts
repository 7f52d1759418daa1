/**
 * The library: scenarios from files, texts and objects; run, swept, compared and checked; and captures
 * analysed. Results are those of the command line's `--json`. What is not exported here is private.
 *
 * @packageDocumentation
 */
export { UsageError } from './core/exit.ts'
export type { Outcome } from './core/outcome.ts'
export { InvalidScenarioError, type ScenarioError } from './document/errors.ts'
export { type AnalyzeOptions, analyze } from './library/analyze.ts'
export { type CheckOptions, check } from './library/check.ts'
export { type ImportOptions, type ImportResult, importCapture } from './library/import.ts'
export type { CaptureLike } from './library/read-capture.ts'
export { type CompareOptions, type CompareResult, compare } from './library/compare.ts'
export { type LintResult, lint } from './library/lint.ts'
export type { ScenarioObject } from './library/object.ts'
export type { Result } from './library/result.ts'
export { type RunOptions, run } from './library/run.ts'
export {
  type Scenario,
  type ScenarioChanges,
  type ScenarioClient,
  type ScenarioLike,
  loadScenario,
  parseScenario,
} from './library/scenario.ts'
export { type SweepOptions, sweep } from './library/sweep.ts'
export type { CheckResult, ClauseResult } from './conformance/suite.ts'
export type { Prediction } from './experiments/predict/predict.ts'
export type {
  AnalysisResult,
  CaptureClient,
  CaptureConversation,
  CaptureExplanation,
  CapturedBoot,
  CaptureFileResult,
  CaptureFinding,
  CaptureServer,
} from './report/analysis-result.ts'
export type { ImportDifference, ImportedMachine } from './importing/check.ts'
export { VERSION as version } from './document/home.ts'
export type { LintFinding } from './scenario/lint.ts'
export type {
  BootResult,
  ClientResult,
  Evidence,
  ExpectationResult,
  FindingResult,
  JobResult,
  RunResult,
} from './simulation/result.ts'
export type { Comparison, ComparedMachine, FateGroup } from './experiments/compare.ts'
export type { SweepReport } from './experiments/sweep/summary.ts'
export type { Explanation } from './experiments/what-if/explanation.ts'
export { type FunctionServer, type RespondOptions, respond } from './library/respond.ts'
export type {
  AddressedReply,
  RespondFunction,
  ResponderContext,
  ResponderPacket,
  ResponderReply,
} from './servers/function/responder.ts'
