/**
 * Real firmware beside its model on identical copies of a scenario: same servers, same seed, same card, one machine.
 * Where the two part, either the model is wrong or the scenario is on the edge of a race. Does not decide which.
 */
import type { GuestFirmware, GuestProvider, GuestKind } from '../../network/attach/qemu/guest.ts'
import type { ClientGroup, Scenario } from '../../scenario/model.ts'
import type { ImageFile } from '../../servers/parts/files.ts'
import { type Run, type RunSurroundings, runScenario } from '../../simulation/run.ts'
import { needsWallClock, runPaced } from '../../simulation/run-paced.ts'
import { type Difference, differencesOf } from './compare.ts'
import { type Fate, fateOf } from './fate.ts'
import { biosProgram, efiProgram } from './spoken.ts'

export interface VerifyOptions {
  readonly guests: GuestProvider
  /** Seconds by which a time may differ; undefined: times are not compared. */
  readonly tolerance: number | undefined
  /** A router advertises IPv6 on the machine's network: spares iPXE of 2019 a wait of 16 s. */
  readonly ipv6Router: boolean
  /** The real machine is run again where it differs, up to this many times: a busy host distorts its clock. */
  readonly tries: number
  readonly signal?: AbortSignal
}

export interface Verification {
  readonly scenario: string
  readonly title: string
  readonly guest: string
  readonly firmware: GuestFirmware
  readonly profile: string
  readonly seed: number
  readonly agrees: boolean
  /** Which run of the real machine this is, from 1. */
  readonly tried: number
  readonly differences: readonly Difference[]
  readonly model: Fate
  readonly real: Fate
  readonly screen: readonly string[]
}

/** With both runs, for those who want to tell their stories. */
export interface Verified extends Verification {
  readonly machine: string
  readonly copy: Scenario
  readonly runs: { readonly model: Run; readonly real: Run }
}

export const verify = async (
  scenario: Scenario,
  kind: GuestKind,
  surroundings: RunSurroundings,
  { guests, tolerance, ipv6Router, tries, signal }: VerifyOptions,
): Promise<Verified> => {
  const firmware = guests.firmware(kind)
  const profile = ipv6Router ? firmware.model.profileWithRouter : firmware.model.profile
  const copy = withOnly(scenario, kind, profile)
  const machine = copy.clients[0]!.members[0]!.name
  const model = await runModel(copy, surroundings, { guests, ...(signal && { signal }) })
  const modelFate = fateOf(copy, model, machine, surroundings.hashOf)
  for (let tried = 1; ; tried++) {
    const real = await runPaced(copy, surroundings, { guests, ...(signal && { signal }) })
    const realFate = fateOf(copy, real, machine, surroundings.hashOf)
    const differences = differencesOf(modelFate, realFate, tolerance)
    if (differences.length > 0 && tried < tries) continue
    return {
      scenario: scenario.file,
      title: scenario.title,
      guest: kind.name,
      firmware,
      profile,
      seed: copy.seed,
      agrees: differences.length === 0,
      tried,
      differences,
      model: modelFate,
      real: realFate,
      screen: real.result.clients[0]!.screen,
      machine,
      copy,
      runs: { model, real },
    }
  }
}

/** Beside servers that live by the wall clock, the model does as well. */
const runModel = async (
  copy: Scenario,
  surroundings: RunSurroundings,
  options: Pick<VerifyOptions, 'guests' | 'signal'>,
): Promise<Run> => {
  const clients = copy.clients.map(group => ({ ...group, guest: undefined }))
  const modelled = { ...copy, clients }
  return needsWallClock(modelled)
    ? runPaced(modelled, surroundings, options)
    : runScenario(copy, surroundings)
}

/** The scenario with one machine: the one the file has for this firmware, else its first. */
const withOnly = (scenario: Scenario, { name, arch }: GuestKind, profile: string): Scenario => {
  const { clients } = scenario
  const group =
    clients.find(({ guest }) => guest === name) ??
    clients.find(({ firmware }) => firmware === name) ??
    clients[0]
  if (!group) throw new RangeError(`${scenario.file} has no machine`)
  const only: ClientGroup = {
    ...group,
    firmware: name,
    profile,
    arch,
    guest: name,
    members: group.members.slice(0, 1),
  }
  const program = arch === 'x86-bios' ? biosProgram : efiProgram
  return {
    ...scenario,
    clients: [only],
    servers: scenario.servers.map(
      server => scenario.kinds.of(server).withFiles?.(server, file => bootable(file, program)) ?? server,
    ),
    expect: { findings: [], noFindings: [], outcomes: [] },
  }
}

/**
 * A file written as text becomes a program that says the text, as all files of the measurements did, and one of some size
 * a program that says its name; scripts stay.
 */
const bootable = (file: ImageFile, program: (sentence: string) => Uint8Array): ImageFile => {
  if ('size' in file) return { name: file.name, bytes: ofSize(program(`I am ${file.name}`), file.size) }
  if (!('text' in file) || file.text.startsWith('#!') || !/^[\x20-\x7e]*$/.test(file.text)) return file
  return { name: file.name, bytes: program(file.text) }
}

/** Not shorter than the program; of no size it stays empty. */
const ofSize = (program: Uint8Array, size: number): Uint8Array => {
  const bytes = new Uint8Array(size === 0 ? 0 : Math.max(size, program.length))
  bytes.set(program.subarray(0, bytes.length))
  return bytes
}
