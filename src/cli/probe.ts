/**
 * `nbs probe`: asks a real network what a machine of each firmware would get, and who answers. Reads the call and puts
 * the parts together; never leases, never selects (`probe/ask.ts`).
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import process from 'node:process'
import type { Argv } from 'yargs'
import { type Mac, formatIp4, parseMac, type Ip4 } from '../core/address.ts'
import { fromMillis, fromSeconds } from '../core/micros.ts'
import { type Random, random } from '../core/random.ts'
import { FIRMWARE_FAMILIES } from '../firmware/catalogue.ts'
import type { AddressedInterface } from '../network/kernel/network.ts'
import { isLoopback } from '../network/kernel/interfaces.ts'
import { NetworkError } from '../network/port.ts'
import { utcText } from '../report/analysis.ts'
import type { ProbeResult } from '../report/probe.ts'
import { probeText } from '../report/text/probe.ts'
import { vendors } from '../outlet/vendors.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { chooseInterface, portOffsetFrom } from './interfaces.ts'
import { print, printJson, showStatus } from '../outlet/print.ts'
import pc from '../outlet/palette.ts'
import { type Talk, askRounds } from '../probe/ask.ts'
import { fetchFiles, offeredFiles } from '../probe/fetch.ts'
import { captureOf, judge } from '../probe/judge.ts'
import { type ProbeMachine, defaultPersonas, inventedMac, machinesOf } from '../probe/machines.ts'
import { neighbourMacs } from '../probe/neighbours.ts'
import { probeResult } from '../probe/result.ts'
import { writeOut } from './write-out.ts'
import { JSON_OUTPUT, ending } from './options.ts'

const DEFAULT_PERSONAS = defaultPersonas(FIRMWARE_FAMILIES)

/** A probe is a look, not a load: a server may keep the address that it offers for minutes. */
export const MAX_ROUNDS = 100
/** Longest wait for answers that `--seconds` accepts. */
const MAX_SECONDS = 120

export const builder = (yargs: Argv) =>
  yargs
    .option('interface', {
      type: 'string',
      requiresArg: true,
      conflicts: 'loopback',
      describe: 'Send on this interface (name or address)',
    })
    .option('loopback', {
      type: 'boolean',
      describe: 'Ask nbs serve --loopback on this machine; needs no privileges',
    })
    .option('port-offset', {
      type: 'number',
      requiresArg: true,
      describe: 'Added to ports 67, 68 and 69 (default: 10000 with --loopback, else 0)',
    })
    .option('as', {
      type: 'string',
      requiresArg: true,
      describe: `Firmware to imitate, as family or family:profile (default: ${DEFAULT_PERSONAS})`,
    })
    .option('arch', {
      type: 'string',
      requiresArg: true,
      describe:
        'Architectures to imitate, such as x64-uefi,x86-bios (default: the usual ones of each firmware)',
    })
    .option('mac', {
      type: 'string',
      requiresArg: true,
      describe:
        'MAC of the first simulated machine; the others count up (default: random, locally administered)',
    })
    .option('rounds', { type: 'number', default: 3, requiresArg: true, describe: 'Number of rounds' })
    .option('wait', {
      type: 'number',
      default: 4,
      requiresArg: true,
      describe:
        'Seconds to listen in each round; in longer rounds the DISCOVER is repeated as the firmware does',
    })
    .option('fetch', {
      type: 'boolean',
      describe: 'Download the offered boot files by TFTP and compare them',
    })
    .option('capture', {
      type: 'string',
      requiresArg: true,
      describe: 'Write the packets to a pcapng file',
    })
    .options(JSON_OUTPUT)
    .epilogue(
      ending(
        [
          ['sudo nbs probe --interface eth0', 'which servers answer here, and which would win'],
          ['nbs probe --loopback --fetch', 'the same for a server started with nbs serve --loopback'],
        ],
        { failed: 'a finding of severity error' },
      ),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  const stream = random(randomBytes(16).toString('hex'))
  const iface = chooseInterface(args, 'ask')
  const portOffset = portOffsetFrom(args)
  const machines = chosenMachines(args, iface, stream)
  const rounds = inRange(args.rounds, '--rounds', 1, MAX_ROUNDS)
  const began = Date.now()
  const talk = await ask(args, { iface, portOffset, machines, rounds, random: stream.fork('xid') })
  const { responders } = judge({ talk, machines, segment: iface.name, macOf: () => undefined })
  const sources = talk.said.flatMap(({ from }) => (from ? [from.ip] : []))
  const macs = await neighbourMacs(iface, [...new Set([...responders.map(({ ip }) => ip), ...sources])])
  const sight = { talk, machines, segment: iface.name, macOf: (ip: Ip4) => macs.get(ip) }
  const judgement = judge(sight)
  const files = args.fetch ? await fetchFiles(offeredFiles(judgement.boots), portOffset) : undefined
  if (args.capture !== undefined) writeOut(args.capture, captureOf(sight))
  const result = probeResult({
    interface: iface.name,
    address: formatIp4(iface.address.ip),
    startedAt: utcText(fromMillis(began)),
    rounds,
    sight,
    judgement,
    files,
    wantsMacs: args.as !== undefined && machines.some(({ persona }) => persona.family.asks === 'bsdp'),
    notes: notesOf(talk, judgement.boots.length === 0 || responders.length === 0),
  })
  tell(result, args.json === true)
  process.exitCode = result.findings.some(({ severity }) => severity === 'error') ? EXIT.failed : EXIT.ok
}

const tell = (result: ProbeResult, json: boolean): void =>
  json ? printJson(result) : print(probeText(result, pc, vendors()))

const chosenMachines = (
  args: Arguments,
  iface: AddressedInterface,
  stream: Random,
): readonly ProbeMachine[] => {
  const machines = machinesOf({
    personas: args.as ?? DEFAULT_PERSONAS,
    architectures: args.arch,
    mac: args.mac === undefined ? inventedMac(stream) : macFrom(args.mac),
    window: fromSeconds(inRange(args.wait, '--wait', 1, MAX_SECONDS, false)),
    address: iface.address.ip,
  })
  if (typeof machines === 'string') throw new UsageError(machines)
  return machines
}

const macFrom = (text: string): Mac => {
  const mac = parseMac(text)
  if (mac === undefined)
    throw new UsageError(`--mac ${text}: not a MAC address; write it as 02:00:00:00:00:01`)
  return mac
}

const inRange = (value: number, option: string, low: number, high: number, whole = true): number => {
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value
  throw new UsageError(`${option} ${value}: must be a ${whole ? 'whole ' : ''}number from ${low} to ${high}`)
}

interface Question extends Pick<
  Parameters<typeof askRounds>[0],
  'iface' | 'portOffset' | 'machines' | 'rounds' | 'random'
> {}

const ask = async (args: Arguments, question: Question): Promise<Talk> => {
  const { iface, rounds } = question
  try {
    return await askRounds({
      ...question,
      window: fromSeconds(args.wait),
      now: () => Number(process.hrtime.bigint() / 1000n),
      onRound: round => args.json || showStatus(`round ${round + 1} of ${rounds}, ${args.wait} s …`),
    })
  } catch (error) {
    throw error instanceof NetworkError ? portError(error, isLoopback(iface)) : error
  } finally {
    if (!args.json) showStatus('')
    await pause(0)
  }
}

const portError = (error: NetworkError, loopback: boolean): UsageError => {
  if (error.code === 'not-permitted')
    return new UsageError(
      [
        `${error.message}. Try one of these:`,
        '  sudo setcap cap_net_bind_service=+ep "$(readlink -f "$(command -v node)")"   grants node the capability',
        '  sudo nbs probe …                                                            runs it as root',
        '  nbs probe --loopback                                                        asks nbs serve --loopback, without privileges',
      ],
      EXIT.missing,
    )
  if (error.code === 'address-in-use')
    return new UsageError(
      loopback
        ? `${error.message}. Is another nbs probe running?`
        : `${error.message}. A DHCP client on this machine holds port 68 exclusively: stop it during the probe, or probe from another machine.`,
    )
  return new UsageError(error.message)
}

const notesOf = ({ dropped }: Talk, isSilent: boolean): string[] => [
  ...(dropped > 0 ? [`${dropped} answers exceeded the limit and are not counted.`] : []),
  ...(isSilent
    ? [
        'No server answered. Is this the right interface, and does the firewall of this machine allow UDP port 68 in?',
      ]
    : []),
]
