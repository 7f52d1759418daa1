/**
 * `nbs verify`: scenarios with real firmware in QEMU beside the model of it, and where the two differ. Does not know
 * how either runs.
 */
import process from 'node:process'
import type { Argv } from 'yargs'
import { fromSeconds } from '../core/micros.ts'
import { FIRMWARE_FAMILIES, guestsOf } from '../firmware/catalogue.ts'
import { type GuestKind, MAX_GUESTS } from '../network/attach/qemu/guest.ts'
import { qemuGuests } from '../network/attach/qemu/qemu.ts'
import { verifyDetails, verifyHead, verifyLine, verifySummary } from '../report/verify.ts'
import type { Scenario } from '../scenario/model.ts'
import { type Verification, type Verified, verify } from '../experiments/verify/verify.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { VERSION } from '../document/home.ts'
import { orderly } from './live.ts'
import { print, printJson } from '../outlet/print.ts'
import pc from '../outlet/palette.ts'
import { writeOut } from './write-out.ts'
import { overridesOf } from '../scenario/overrides.ts'
import { checkSource } from '../scenario/read-file.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { trustedSource } from './trusted-source.ts'
import { ALLOWED_PATHS, JSON_OUTPUT, ending, CHANGED } from './options.ts'

const GUESTS = guestsOf(FIRMWARE_FAMILIES)
const USUAL = GUESTS.filter(({ usual }) => usual)
const named = (guests: readonly GuestKind[], between: string): string =>
  guests.map(({ name }) => name).join(between)

export const builder = (yargs: Argv) =>
  yargs
    .positional('files', { type: 'string', array: true, demandOption: true, describe: 'Scenario files' })
    .options(CHANGED)
    .option('guest', {
      type: 'string',
      requiresArg: true,
      describe: `Real firmware, comma-separated: ${named(GUESTS, ', ')}; default: the guests in the file, else ${named(USUAL, ',')}`,
    })
    .option('tolerance', {
      type: 'number',
      requiresArg: true,
      default: 0.5,
      describe: 'Allowed difference of times in seconds',
    })
    .option('times', { type: 'boolean', default: true, describe: 'Compare times; --no-times does not' })
    .option('ipv6-router', {
      type: 'boolean',
      default: false,
      describe: 'Advertise an IPv6 router, so that iPXE of 2019 does not wait 16 s for one',
    })
    .option('limit', {
      type: 'number',
      requiresArg: true,
      describe: 'Seconds after which both are stopped; default: the limit in the file',
    })
    .option('tries', {
      type: 'number',
      requiresArg: true,
      default: 3,
      describe: 'Maximum runs of the real machine until it agrees; a busy host distorts its clock',
    })
    .option('jobs', { type: 'number', requiresArg: true, default: 1, describe: 'Machines to boot at once' })
    .options({ ...ALLOWED_PATHS, ...JSON_OUTPUT })
    .option('out', { type: 'string', requiresArg: true, describe: 'Write the JSON document to this file' })
    .epilogue(
      ending([['nbs verify scenarios/firmware/04-df-pa.yaml', 'real EDK2 and iPXE boot among two servers']], {
        failed: 'firmware and model differ',
      }),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

interface Job {
  readonly scenario: Scenario
  readonly guest: GuestKind
}

export const handler = async (args: Arguments): Promise<void> => {
  check(args)
  const overrides = overridesOf(args.set ?? [])
  const jobs: Job[] = []
  for (const file of args.files) {
    const scenario = limited(
      checkSource(await trustedSource(file, args, overrides), { overrides }),
      args.limit,
    )
    if (scenario.clients.length === 0) throw new UsageError(`${file} has no machine: add a group of clients`)
    jobs.push(...chosenGuests(args.guest, scenario).map((guest): Job => ({ scenario, guest })))
  }
  const done = await orderly(signal => runAll(jobs, args, signal))
  const document = {
    version: VERSION,
    tolerance: args.times ? args.tolerance : null,
    results: done.map(plain),
  }
  if (args.out !== undefined) writeOut(args.out, `${JSON.stringify(document, null, 2)}\n`)
  if (args.json) printJson(document)
  else print(['', ...verifySummary(done)])
  process.exitCode = done.every(({ agrees }) => agrees) ? EXIT.ok : EXIT.failed
}

const check = ({ tolerance, limit, jobs, tries }: Arguments): void => {
  if (!(tolerance >= 0)) throw new UsageError('--tolerance must be 0 seconds or more')
  if (limit !== undefined && !(limit > 0)) throw new UsageError('--limit must be more than 0 seconds')
  if (!(Number.isInteger(tries) && tries >= 1)) throw new UsageError('--tries must be 1 or more')
  if (!(Number.isInteger(jobs) && jobs >= 1 && jobs <= MAX_GUESTS))
    throw new UsageError(`--jobs must be between 1 and ${MAX_GUESTS}`)
}

const limited = (scenario: Scenario, limit: number | undefined): Scenario =>
  limit === undefined ? scenario : { ...scenario, limit: Math.min(scenario.limit, fromSeconds(limit)) }

const chosenGuests = (text: string | undefined, scenario: Scenario): readonly GuestKind[] => {
  if (text === undefined) {
    const own = GUESTS.filter(({ name }) => scenario.clients.some(({ guest }) => guest === name))
    return own.length > 0 ? own : USUAL
  }
  return text.split(',').map(name => {
    const kind = GUESTS.find(one => one.name === name.trim())
    if (!kind)
      throw new UsageError(`--guest: there is no guest "${name.trim()}"; there are ${named(GUESTS, ', ')}`)
    return kind
  })
}

/** In the order of the jobs, whichever ends first. */
const runAll = async (jobs: readonly Job[], args: Arguments, signal: AbortSignal): Promise<Verified[]> => {
  const guests = qemuGuests()
  const done: Verified[] = []
  const waiting = [...jobs.entries()]
  let told = 0
  if (!args.json) print([verifyHead(pc)])
  const work = async () => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      const [index, { scenario, guest }] = next
      done[index] = await verify(scenario, guest, surroundingsOf(scenario), {
        guests,
        tolerance: args.times ? args.tolerance : undefined,
        ipv6Router: args['ipv6-router'],
        tries: args.tries,
        signal,
      })
      if (!args.json) while (done[told]) tell(done[told++]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(args.jobs, jobs.length) }, work))
  return done
}

const tell = (verified: Verified): void =>
  print([verifyLine(verified, pc), ...verifyDetails(verified, pc, process.stdout.columns ?? 160)])

const plain = ({ machine: _m, copy: _c, runs: _r, ...verification }: Verified): Verification => verification
