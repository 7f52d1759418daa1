/**
 * `nbs check`: the conformance suite against our own servers, a server of a scenario, `nbs serve --loopback`, or a server
 * on a network that its user owns. Reads the call and puts the parts together.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Argv } from 'yargs'
import { type Ip4, type Mac, parseIp4, parseMac, toIp4 } from '../../core/address.ts'
import { EXIT, UsageError } from '../../core/exit.ts'
import { LEVELS, type Clause } from '../../conformance/clause.ts'
import { type CheckResult, type CheckedClause, captureOfClause, check } from '../../conformance/suite.ts'
import { SERVICES, type Service } from '../../conformance/survey.ts'
import { kernelRoom } from '../../conformance/targets/kernel.ts'
import { type Inspection, clausesOf, inspect, inspectOwn, inspection } from '../../library/check.ts'
import { AttachmentError } from '../../network/attach/attachment.ts'
import { loopbackInterface } from '../../network/kernel/network.ts'
import pc from '../../outlet/palette.ts'
import { print, printJson, showStatus } from '../../outlet/print.ts'
import { reportCheckJunit } from '../../report/check-junit.ts'
import { checkText, clauseList, comparisonText } from '../../report/text/check.ts'
import { checkSource } from '../../scenario/read-file.ts'
import { readCheckResult } from './results.ts'
import { chooseInterface, portOffsetFrom } from '../interfaces.ts'
import { attachmentRefused } from '../live.ts'
import { ALLOWED_PATHS, CHANGED_RUN, JSON_OUTPUT, ending } from '../options.ts'
import { overridesOf } from '../../scenario/overrides.ts'
import { trustedSource } from '../trusted-source.ts'
import { writeOut } from '../write-out.ts'

const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const

export const builder = (yargs: Argv) =>
  yargs
    .positional('target', {
      type: 'string',
      describe: 'Scenario file, or address of a real server; default: the servers of nbs-lab',
    })
    .options({
      server: text('Server of the scenario'),
      loopback: { type: 'boolean', describe: 'Ask nbs serve --loopback on this machine; needs no rights' },
      interface: text('Ask a real server by this interface (name or address)'),
      'port-offset': {
        type: 'number',
        requiresArg: true,
        describe: 'Added to all ports (default: 10000 with --loopback, else 0)',
      },
      'i-own-this-network': {
        type: 'boolean',
        describe: 'The server may lease addresses to machines of a lab range and count boots that are none',
      },
      file: {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'File that its TFTP service has, besides the boot file; may be given several times',
      },
      denied: text('MAC of a machine that it is not to answer'),
      expect: text(`Services that it is meant to have: ${SERVICES.join(', ')}; silence then fails`),
      level: text(`Only clauses of these levels: ${LEVELS.join(', ')}`),
      only: text('Only these clauses, or chapters by their letter: T05,B10,M'),
      compare: {
        type: 'string',
        array: true,
        nargs: 2,
        describe: 'Two servers of the scenario, or two files of --json, beside each other',
      },
      list: { type: 'boolean', describe: 'List the clauses and ask nobody' },
      junit: text('Write a JUnit case for each clause'),
      'capture-dir': text('Write a pcapng file for each clause that failed'),
    })
    .options({ ...CHANGED_RUN, ...ALLOWED_PATHS, ...JSON_OUTPUT })
    .epilogue(
      ending(
        [
          ['nbs check', 'the servers of nbs-lab themselves'],
          ['nbs check office.yaml --server nbs-a --capture-dir failed', 'a server of a scenario'],
          ['nbs check office.yaml --compare nbs-a old', 'two of its servers beside each other'],
          ['nbs check --loopback --only P,B', 'nbs serve --loopback, over real sockets'],
          [
            'sudo nbs check 10.0.0.5 --interface eth1 --i-own-this-network --json',
            'a real server; it will lease and count boots',
          ],
        ],
        { failed: 'a clause of level MUST failed, or nothing answered; with --compare: verdicts differ' },
      ),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']> & { readonly target?: string }

export const handler = async (args: Arguments): Promise<void> => {
  if (args.list === true) return print(clauseList())
  const clauses = clausesOf({ only: listOf(args.only), level: listOf(args.level) })
  if (args.compare) return compareTwo(args, args.compare, clauses)
  const found = await inspectTarget(args, clauses)
  if (args['capture-dir'] !== undefined) writeCaptures(args['capture-dir'], found.clauses)
  tell(args, [found.result])
  if (args.json) printJson(found.result)
  else print(checkText(found.result, pc))
  process.exitCode = isFailed(found.result) ? EXIT.failed : EXIT.ok
}

const listOf = (written: string | undefined): readonly string[] | undefined =>
  written
    ?.split(',')
    .map(each => each.trim())
    .filter(each => each !== '')

const isFailed = ({ clauses }: CheckResult): boolean =>
  clauses.some(({ verdict, level }) => verdict === 'failed' && level === 'MUST') ||
  !clauses.some(({ verdict }) => verdict === 'passed' || verdict === 'failed')

const tell = ({ junit }: Arguments, results: readonly CheckResult[]): void => {
  if (junit !== undefined) writeOut(junit, reportCheckJunit(results))
}

const progress =
  ({ json }: Arguments, clauses: readonly Clause[]) =>
  ({ result }: CheckedClause): void => {
    if (!json) showStatus(`${result.id} of ${clauses.length} clauses …`)
  }

const inspectTarget = async (args: Arguments, clauses: readonly Clause[]): Promise<Inspection> => {
  try {
    const { target } = args
    if (args.loopback === true || (target !== undefined && parseIp4(target) !== undefined))
      return await inspectReal(args, clauses)
    refuseForScenario(args)
    if (target === undefined) return await inspectOwn(clauses, args.server, progress(args, clauses))
    return await inspectScenario(args, target, args.server, clauses)
  } finally {
    if (!args.json) showStatus('')
  }
}

const refuseForScenario = (args: Arguments): void => {
  if (args.interface !== undefined)
    throw new UsageError('--interface is for a real server: name its address, such as nbs check 10.0.0.5')
}

const inspectScenario = async (
  args: Arguments,
  target: string,
  server: string | undefined,
  clauses: readonly Clause[],
): Promise<Inspection> => {
  const overrides = overridesOf(args.set ?? [])
  const { seed } = args
  const scenario = checkSource(await trustedSource(target, args, overrides), {
    overrides,
    ...(seed !== undefined && { seed }),
  })
  try {
    return await inspect(scenario, clauses, { server, files: args.file, onClause: progress(args, clauses) })
  } catch (error) {
    throw error instanceof AttachmentError ? attachmentRefused(error) : error
  }
}

const OWN_LOOPBACK = toIp4(0x7f000009)
const LOOPBACK_SERVER = toIp4(0x7f000001)

const inspectReal = async (args: Arguments, clauses: readonly Clause[]): Promise<Inspection> => {
  const { loopback = false } = args
  const address = addressOf(args)
  if (!loopback && args['i-own-this-network'] !== true)
    throw new UsageError([
      `nbs check leases addresses of ${args.target} to machines of a lab range (02:6e:62:…) and asks for what no machine asks for:`,
      'it is for a server and a network of your own. If these are, say --i-own-this-network',
    ])
  const iface = loopback ? loopbackInterface(OWN_LOOPBACK) : chooseInterface(args, 'check')
  const room = kernelRoom({ iface, portOffset: portOffsetFrom(args), isLab: loopback })
  const name = loopback ? 'nbs serve --loopback' : args.target!
  const denied = args.denied === undefined ? undefined : macFrom(args.denied)
  const done = await check({
    room,
    server: { name, address, files: args.file ?? [], denied },
    clauses,
    expects: expectsOf(args),
    onClause: progress(args, clauses),
  })
  return inspection(name, done.clauses)
}

const addressOf = ({ target, loopback }: Arguments): Ip4 => {
  const address = target === undefined ? undefined : parseIp4(target)
  if (target !== undefined && address === undefined)
    throw new UsageError(`--loopback asks nbs serve --loopback, and ${target} is no address of it`)
  return address ?? (loopback ? LOOPBACK_SERVER : raiseNoTarget())
}

const raiseNoTarget = (): never => {
  throw new UsageError('name the server by its address')
}

const expectsOf = ({ expect }: Arguments): readonly Service[] => {
  const names = listOf(expect) ?? []
  const unknown = names.find(name => !isService(name))
  if (unknown !== undefined)
    throw new UsageError(`--expect: there is no service "${unknown}"; there is ${SERVICES.join(', ')}`)
  return names.filter(isService)
}

const isService = (name: string): name is Service => SERVICES.some(service => service === name)

const macFrom = (written: string): Mac => {
  const mac = parseMac(written)
  if (mac === undefined) throw new UsageError(`--denied ${written}: write it as 02:00:00:00:00:01`)
  return mac
}

/** `T05.pcapng`: its packets are those that `frames` counts. */
const writeCaptures = (folder: string, clauses: readonly CheckedClause[]): void => {
  const failed = clauses.filter(({ result }) => result.verdict === 'failed')
  if (failed.length === 0) return
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new UsageError(`${folder} cannot be made: ${(error as Error).message}`)
  }
  for (const one of failed) writeOut(join(folder, `${one.result.id}.pcapng`), captureOfClause(one))
}

const compareTwo = async (
  args: Arguments,
  [one = '', other = '']: readonly string[],
  clauses: readonly Clause[],
): Promise<void> => {
  const a = await resultNamed(args, one, clauses)
  const b = await resultNamed(args, other, clauses)
  tell(args, [a, b])
  if (args.json) printJson([a, b])
  else print(comparisonText(a, b, pc))
  const differ = a.clauses.some(({ id, verdict }) => {
    const same = b.clauses.find(each => each.id === id)
    return same !== undefined && same.verdict !== verdict
  })
  process.exitCode = differ ? EXIT.failed : EXIT.ok
}

/** A file of `--json`, a server of the scenario that is the target, or one of our own. */
const resultNamed = async (
  args: Arguments,
  name: string,
  clauses: readonly Clause[],
): Promise<CheckResult> => {
  if (/\.json$/i.test(name) || existsSync(name)) return readCheckResult(name, clauses)
  const { target } = args
  const found =
    target === undefined
      ? await inspectOwn(clauses, name, progress(args, clauses))
      : await inspectScenario(args, target, name, clauses)
  if (!args.json) showStatus('')
  return found.result
}
