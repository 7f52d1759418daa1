/**
 * The test harness: a lab that a test leads step by step, assertions about labs and results, and
 * checks over many seeds. Works in node:test, tap, vitest and jest without an adapter.
 *
 * @packageDocumentation
 */
export * as assert from './testing/assert.ts'
export type { Check } from './testing/check.ts'
export type { Duration } from './testing/durations.ts'
export type { FailureOptions } from './testing/failures.ts'
export { type Lab, type LabFault, type LabOptions, lab } from './testing/lab.ts'
export { type ListenOptions, type Listening, listen } from './testing/listen.ts'
export type { Machines } from './testing/machines.ts'
export { type AlwaysOptions, type SeedOptions, always, sometimes } from './testing/seeds.ts'
export type { Judgeable, Subject } from './testing/subject.ts'
export type { TestContext } from './testing/test-context.ts'
export { type FunctionServer, type RespondOptions, respond } from './library/respond.ts'
export type {
  AddressedReply,
  RespondFunction,
  ResponderContext,
  ResponderPacket,
  ResponderReply,
} from './servers/function/responder.ts'
