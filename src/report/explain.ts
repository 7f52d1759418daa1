/**
 * A machine's boot as a story: its packets, its choices with their rules, its screen and what the servers did, in
 * order of time. A projection of the trace; adds no judgement of its own.
 */
import { type Mac, formatMac, isGroupMac } from '../core/address.ts'
import { deviceOf, dropText, isInDevice } from '../core/drops.ts'
import { type Micros, toSeconds } from '../core/micros.ts'
import { type ServiceEvent, type TraceEvent, describeEvent } from '../core/trace.ts'
import { PLAIN, inWords, namingServers } from '../core/wording.ts'
import { type Described, type NameOf, describeFrame } from '../wire/describe.ts'
import { decodeFrame } from '../wire/frames.ts'
import type { Scenario } from '../scenario/model.ts'
import { recordOf } from '../simulation/machine.ts'
import { serverNames } from '../simulation/server-names.ts'
import type { Run } from '../simulation/run.ts'

export interface ExplainedMachine {
  readonly name: string
  readonly mac: Mac
}

interface Line {
  readonly at: Micros
  readonly mark: string
  readonly text: string
}

/** The boot of a machine of a scenario; nothing where there is no such machine. */
export const storyLines = (scenario: Scenario, run: Run, name: string): string[] => {
  const machine = run.machines.find(({ client }) => client.name === name)
  if (!machine) return []
  const lease = recordOf(machine)?.lease?.address
  const nameOfServer = serverNames(scenario)
  return explain(machine.client, run.trace, ip => (ip === lease ? name : nameOfServer(ip)))
}

/** Lines for the terminal; times are seconds since the machine was switched on. */
export const explain = (
  machine: ExplainedMachine,
  trace: readonly TraceEvent[],
  nameOf: NameOf,
): string[] => {
  const start =
    trace.find(event => event.kind === 'power' && event.host === machine.name && event.on)?.at ?? 0
  const lines: Line[] = []
  let bulk: Bulk | undefined
  const told = new Set<string>()
  const endBulk = () => {
    if (bulk) lines.push(bulk.line())
    bulk = undefined
  }
  trace.forEach(event => {
    const frame = event.kind === 'frame' ? ownFrame(event.bytes, machine, nameOf) : undefined
    // A message of agents is the same one on both sides of a router.
    if (frame?.packet !== undefined) {
      if (told.has(frame.packet)) return
      told.add(frame.packet)
    }
    if (frame?.bulk && bulk?.takes(frame)) return bulk.add(frame)
    const line = frame ? frameLine(event.at, frame) : otherLine(event, machine, nameOf)
    if (!line && !frame?.bulk) return
    endBulk()
    if (frame?.bulk) bulk = new Bulk(event.at, frame)
    else if (line) lines.push(line)
  })
  endBulk()
  const head = `${machine.name} (${formatMac(machine.mac)}), switched on at ${toSeconds(start).toFixed(3)} s of the run`
  return [
    head,
    ...lines.map(
      line =>
        `${toSeconds(line.at - start)
          .toFixed(4)
          .padStart(9)}  ${line.mark} ${line.text}`,
    ),
  ]
}

/** A run of DATA and ACK packets, told as one line. */
class Bulk {
  readonly #at: Micros
  readonly #first: Described
  #packets = 0
  #bytes = 0

  constructor(at: Micros, first: Described) {
    this.#at = at
    this.#first = first
    this.add(first)
  }

  takes({ bulk }: Described): boolean {
    return bulk?.what === this.#first.bulk?.what
  }

  add(frame: Described): void {
    this.#packets++
    this.#bytes += frame.bulk?.bytes ?? 0
  }

  line(): Line {
    if (this.#packets === 1) return frameLine(this.#at, this.#first)
    const { from, to } = this.#first
    return {
      at: this.#at,
      mark: '  ',
      text: `${from} <-> ${to}: ${this.#packets} ${this.#first.bulk!.what}${this.#bytes > 0 ? `, ${this.#bytes} bytes of file` : ''}`,
    }
  }
}

const frameLine = (at: Micros, frame: Described): Line => ({
  at,
  mark: '  ',
  text: `${frame.from} -> ${frame.to}: ${frame.text}`,
})

const ownFrame = (bytes: Uint8Array, machine: ExplainedMachine, nameOf: NameOf): Described | undefined => {
  const frame = decodeFrame(bytes)
  if (!frame.ok) return undefined
  const described = describeFrame(frame.value, nameOf)
  const { source, target } = frame.value
  const own = source === machine.mac || target === machine.mac
  if (described.about !== undefined) return described.about === machine.mac ? described : undefined
  return own || (isGroupMac(target) && source === machine.mac) ? described : undefined
}

const otherLine = (event: TraceEvent, machine: ExplainedMachine, nameOf: NameOf): Line | undefined => {
  switch (event.kind) {
    case 'choice':
      return event.host === machine.name
        ? { at: event.at, mark: '=>', text: `${inWords(event.text, namingServers(nameOf))} [${event.rule}]` }
        : undefined
    case 'screen':
      return event.host === machine.name && !event.continues
        ? { at: event.at, mark: ' |', text: event.text }
        : undefined
    case 'power':
      return undefined
    case 'service':
      return event.client === machine.mac ? { at: event.at, mark: ' .', text: serviceText(event) } : undefined
    case 'fault':
      return { at: event.at, mark: ' !', text: event.text }
    case 'drop':
      return lostFrame(event, machine, nameOf)
    case 'frame':
      return undefined
  }
}

/** A site is no service of its host. */
const serviceText = (event: ServiceEvent): string => {
  const { host, service } = event
  return `${service === 'site' ? host : `${host} ${service}`}: ${describeEvent(event, PLAIN)}`
}

const lostFrame = (
  event: Extract<TraceEvent, { kind: 'drop' }>,
  machine: ExplainedMachine,
  nameOf: NameOf,
): Line | undefined => {
  const line = (text: string): Line => ({ at: event.at, mark: ' x', text })
  const { receiver, segment, cause } = event
  if (isInDevice(cause)) {
    const dropped = packetOf(event.bytes, machine, nameOf)
    return dropped === undefined ? undefined : line(`${deviceOf(event)} drops ${dropped}: ${dropText(cause)}`)
  }
  if (receiver.startsWith(`${machine.name}/`))
    return line(`a frame for this machine was lost (${dropText(cause)})`)
  const sent = receiver === segment ? decodeFrame(event.bytes) : undefined
  return sent?.ok && sent.value.source === machine.mac
    ? line(`a frame of this machine was lost (${dropText(cause)})`)
    : undefined
}

/** A packet about the machine, to it or from it: in a router it has other MACs. */
const packetOf = (bytes: Uint8Array, machine: ExplainedMachine, nameOf: NameOf): string | undefined => {
  const frame = decodeFrame(bytes)
  if (!frame.ok) return undefined
  const { about, from, to, text } = describeFrame(frame.value, nameOf)
  const isOwn = about === undefined ? from === machine.name || to === machine.name : about === machine.mac
  return isOwn ? `a packet from ${from} to ${to} (${text})` : undefined
}
