/**
 * A scenario, run in the virtual world from power-on to verdict. Pure: what it needs of the outside (image folders,
 * SHA-256, the version) is given to it. Does not print and does not write files.
 */
import { UsageError } from '../core/exit.ts'
import { type Micros, MILLISECOND, toSeconds } from '../core/micros.ts'
import { random } from '../core/random.ts'
import { type TraceEvent, type TraceSink, noTrace, traceTo } from '../core/trace.ts'
import type { ListedRule } from '../analysis/analyzer.ts'
import { FINDING_RULES } from '../analysis/findings/index.ts'
import { FIRMWARE_FAMILIES, type FirmwareFamilies } from '../firmware/catalogue.ts'
import type { Machine, PlugGuest, PowerSwitch } from './machine.ts'
import { buildMachines } from './build-clients.ts'
import { type BuiltNetwork, buildNetwork, introduceRouters } from './build-network.ts'
import { type WallClockSide, buildServers } from './build-servers.ts'
import { judge } from './expectations.ts'
import { type Attend, ignored } from './attend.ts'
import { type Faulty, causeFault, scheduleFaults } from './faults.ts'
import { findingsOf } from './findings.ts'
import type { Fault, Scenario } from '../scenario/model.ts'
import type { Attachments, ServerContext } from '../servers/kind.ts'
import { type HashOf, clientResults, screensOf } from './outcomes.ts'
import type { RunResult } from './result.ts'
import { type PacketDelay, delayPackets } from './packet-delays.ts'
import { siteResults } from './site/site-results.ts'
import { startSite } from './site/site-hosts.ts'
import { SiteRun } from './site/site-run.ts'

export interface RunSurroundings {
  /** Firmware that machines may have; default: all that is built in. */
  readonly families?: FirmwareFamilies
  readonly version: string
  readonly hashOf: HashOf
  /** Undefined: the images that nbs-lab ships. */
  readonly imagesOf: ServerContext['imagesOf']
  /** Undefined: programs and machines from disks cannot be had. */
  readonly attachments?: Attachments
}

export interface RunOptions {
  /** Default: the scenario's own. */
  readonly seed?: number
  /** False: no trace, no screens and no findings; only outcomes. For sweeps, where nobody looks at packets. */
  readonly observed?: boolean
  /** Packets of the run without them that come at another time. */
  readonly shifts?: readonly PacketDelay[]
  /** Ends when this machine has its outcome; the others may still be pending. */
  readonly until?: string
  /** What is looked for in the packets; default: all rules there are. */
  readonly rules?: readonly ListedRule[]
}

export interface Run {
  readonly result: RunResult
  readonly trace: readonly TraceEvent[]
  readonly machines: readonly Machine[]
  /** Frames that were on all segments together. */
  readonly frames: number
}

interface WorldOptions {
  /** Told of each event of the trace as it happens. */
  readonly watch?: ((event: TraceEvent) => void) | undefined
  /** Default: each machine at its scenario's time. */
  readonly power?: PowerSwitch
  /** Default: there is nothing outside of virtual time. Models stand in for guests, and paced servers are refused. */
  readonly outside?: (built: BuiltNetwork, trace: TraceSink) => Outside
}

/** What takes part in a run and lives by the wall clock. */
export interface Outside {
  readonly plug: PlugGuest
  readonly attend: Attend
  readonly wall: WallClockSide | undefined
}

/** What was sent before the last machine ended is still seen: its last ACK, above all. */
export const AFTERMATH: Micros = 100 * MILLISECOND

export const runScenario = (
  scenario: Scenario,
  surroundings: RunSurroundings,
  options: RunOptions = {},
): Run => {
  const world = openWorld(scenario, surroundings, options)
  const { network } = world.built
  const end = world.machines.length === 0 ? 0 : runUntilDecided()
  network.run(Math.min(end + AFTERMATH, scenario.limit))
  return world.conclude(end)

  function runUntilDecided(): Micros {
    const ended = network.run(scenario.limit, world.decided)
    return ended === 'stopped' ? network.clock.now() : scenario.limit
  }
}

/** A scenario with everything in place, at time 0; whoever has it lets the time pass. */
export interface World {
  readonly built: BuiltNetwork
  readonly machines: readonly Machine[]
  /** All machines (or the one that is waited for) have their outcome. */
  readonly decided: () => boolean
  /** This machine has its outcome; it was switched on before. */
  readonly isSettled: (machine: Machine) => boolean
  /** Causes a fault that no scenario lists. */
  readonly cause: (fault: Fault) => void
  /** What it came to up to now, as if it had ended then. */
  readonly conclude: (end: Micros) => Run
}

export const openWorld = (
  scenario: Scenario,
  surroundings: RunSurroundings,
  { seed = scenario.seed, observed = true, shifts = [], until, rules = FINDING_RULES }: RunOptions,
  { watch, outside, power }: WorldOptions = {},
): World => {
  if (!outside) refusePaced(scenario)
  const { families = FIRMWARE_FAMILIES } = surroundings
  const trace: TraceEvent[] = []
  const sink = observed ? traceTo(trace, watch) : noTrace
  const stream = random(seed)
  const built = buildNetwork(scenario, stream.fork('network'), sink)
  const { clock } = built.network
  const { plug, attend = ignored, wall } = outside?.(built, sink) ?? {}
  const site = scenario.site && new SiteRun(scenario, scenario.site, clock, stream.fork('site'), sink)
  const { servers, notificationServers } = buildServers(
    scenario,
    built,
    stream.fork('servers'),
    sink,
    surroundings.imagesOf,
    site,
    wall,
  )
  if (site) startSite(site, built)
  for (const [name, server] of servers) {
    const at = site?.nbsStartsAt(name) ?? 0
    const start = (): void => attend(server, server.start())
    if (at === 0) start()
    else if (at < Infinity) clock.setTimer(at, start)
  }

  const all = scenario.clients.reduce((sum, group) => sum + group.members.length, 0)
  let waiting = until === undefined ? all : 1
  const machines = buildMachines(
    scenario.clients,
    families,
    built,
    stream.fork('clients'),
    sink,
    ({ client }) => {
      if (until === undefined || client.name === until) waiting--
    },
    site,
    plug,
    power,
  )
  introduceRouters(scenario, built)
  const awaited = machines.find(({ client }) => client.name === until)?.client.mac
  const isDecided = site ? () => site.progress.isSettled(awaited) : () => waiting === 0
  delayPackets(shifts, built)
  const faulty: Faulty = {
    built,
    servers,
    notificationServers,
    random: stream.fork('faults'),
    trace: sink,
    attend,
  }
  scheduleFaults(scenario.faults, faulty)
  const conclude = (end: Micros): Run => {
    const screens = screensOf(trace)
    const ofSite = site && siteResults(site)
    // Whoever has the switch need not have used it for every machine.
    const booted = power ? machines.filter(({ running }) => running) : machines
    const clients = clientResults(scenario, booted, end, screens, surroundings.hashOf, ofSite)
    const findings = observed ? findingsOf(scenario, trace, machines, site, { families, rules }) : []
    return {
      result: {
        scenario: scenario.file,
        title: scenario.title,
        seed,
        version: surroundings.version,
        virtualSeconds: toSeconds(end),
        clients,
        findings,
        expectations: judge(scenario.expect, clients, findings),
      },
      trace,
      machines,
      frames: [...built.segments.values()].reduce((sum, segment) => sum + segment.frames, 0),
    }
  }
  return {
    built,
    machines,
    decided: () => all === 0 || isDecided(),
    isSettled: ({ client, ended }) => (site ? site.progress.isSettled(client.mac) : ended !== undefined),
    cause: fault => causeFault(fault, faulty),
    conclude,
  }
}

/** Throws `UsageError` where a server cannot take part in virtual time. */
export const refusePaced = ({ servers, kinds }: Scenario): void => {
  const paced = servers.find(server => kinds.of(server).paced)
  if (paced)
    throw new UsageError(
      `servers.${paced.name}: kind ${paced.kind} lives by the wall clock and cannot take part in virtual time`,
    )
}
