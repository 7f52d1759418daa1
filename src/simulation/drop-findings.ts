/**
 * Findings about packets that devices of the simulated network dropped, from the trace of a run: real routers drop them
 * without a word, and a run that did not tell would leave a slow boot without a cause. Weather and faults are not told
 * here: the scenario asks for them.
 */
import { metaOf } from '../analysis/finding.ts'
import { SEVERITIES } from '../analysis/finding-meta.ts'
import { type ListedRule, ruleIds } from '../analysis/finding.ts'
import { type DeviceCause, deviceOf, dropText, isInDevice } from '../core/drops.ts'
import { toSeconds } from '../core/micros.ts'
import type { TraceEvent } from '../core/trace.ts'
import { type NameOf, describeFrame } from '../wire/describe.ts'
import { decodeFrame } from '../wire/frames.ts'
import { type Machine, recordOf } from './machine.ts'
import type { UnlinkedFinding } from './result.ts'

/** Times are seconds since the start of the run. */
export type PacketDropped = {
  /** A router, a switch, a server or a machine. */
  readonly device: string
  readonly cause: string
  readonly packets: number
  readonly firstSeconds: number
  readonly lastSeconds: number
  /** What the first of them was: `DISCOVER …`, from whom and to whom. */
  readonly first: { readonly from: string; readonly to: string; readonly text: string }
  readonly affected: number
}

type Drop = Extract<TraceEvent, { kind: 'drop' }>
type DeviceDrop = Drop & { readonly cause: DeviceCause }

/** Told by others: `unreachable-tftp-server` and whoever waits for an answer. */
const TOLD_ELSEWHERE: readonly DeviceCause[] = ['arp-silence', 'no-route']

/** The others of a run with these, worst first, in the order of the registry. */
export const withDropFindings = (
  trace: readonly TraceEvent[],
  machines: readonly Machine[],
  nameOf: NameOf,
  others: readonly UnlinkedFinding[],
  rules: readonly ListedRule[],
): readonly UnlinkedFinding[] => {
  const order = ruleIds(rules)
  if (!order.includes('packet-dropped')) return others
  const own = dropFindings(trace, machines, nameOf)
  if (own.length === 0) return others
  return [...others, ...own].sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      order.indexOf(a.rule) - order.indexOf(b.rule),
  )
}

const dropFindings = (
  trace: readonly TraceEvent[],
  machines: readonly Machine[],
  nameOf: NameOf,
): UnlinkedFinding[] => {
  const groups = new Map<string, DeviceDrop[]>()
  for (const event of trace) {
    if (event.kind !== 'drop' || !isInDevice(event.cause) || TOLD_ELSEWHERE.includes(event.cause)) continue
    const key = `${deviceOf(event)} ${event.segment} ${event.cause}`
    const group = groups.get(key)
    if (group) group.push(event as DeviceDrop)
    else groups.set(key, [event as DeviceDrop])
  }
  return [...groups.values()].map(drops => findingOf(drops, machines, nameOf))
}

const findingOf = (
  drops: readonly DeviceDrop[],
  machines: readonly Machine[],
  nameOf: NameOf,
): UnlinkedFinding => {
  const nameOfAny = withLeases(machines, nameOf)
  const [first] = drops as readonly [DeviceDrop]
  const described = drops.map(({ bytes }) => describedPacket(bytes, nameOfAny))
  const clients = machines
    .filter(({ client }) =>
      described.some(
        packet => packet.about === client.mac || packet.from === client.name || packet.to === client.name,
      ),
    )
    .map(({ client }) => client.name)
  const { from, to, text } = described[0]!
  const details: PacketDropped = {
    device: deviceOf(first),
    cause: first.cause,
    packets: drops.length,
    firstSeconds: toSeconds(first.at),
    lastSeconds: toSeconds(drops.at(-1)!.at),
    first: { from, to, text },
    affected: clients.length,
  }
  return {
    rule: 'packet-dropped',
    severity: metaOf('packet-dropped').severity,
    confidence: 'seen',
    subnet: first.segment,
    servers: [],
    clients,
    ...sentences(details, first.cause),
    evidence: [],
    details,
  }
}

const describedPacket = (bytes: Uint8Array, nameOf: NameOf) => {
  const frame = decodeFrame(bytes)
  return frame.ok
    ? describeFrame(frame.value, nameOf)
    : { from: '?', to: '?', text: 'a damaged packet', about: undefined }
}

const withLeases = (machines: readonly Machine[], nameOf: NameOf): NameOf => {
  const leases = new Map(
    machines.flatMap(machine => {
      const address = recordOf(machine)?.lease?.address
      return address === undefined ? [] : [[address, machine.client.name] as const]
    }),
  )
  return ip => leases.get(ip) ?? nameOf(ip)
}

const sentences = (
  { device, packets, first, affected, firstSeconds, lastSeconds }: PacketDropped,
  cause: DeviceCause,
) => {
  const count = packets === 1 ? 'a packet' : `${packets} packets`
  const whose = affected === 0 ? '' : affected === 1 ? ' of one machine' : ` of ${affected} machines`
  const when =
    packets === 1
      ? `${firstSeconds.toFixed(3)} s`
      : `${firstSeconds.toFixed(3)} to ${lastSeconds.toFixed(3)} s`
  return {
    message: `${device} dropped ${count}${whose} without a word (${when}), first from ${first.from} to ${first.to}: ${first.text}.`,
    because: `When it came, ${dropText(cause)}. Nobody is told: whoever waits for the answer tries again later, or gives up.`,
    remedy: REMEDIES[cause],
  }
}

const REMEDIES: Readonly<Record<DeviceCause, string>> = {
  'arp-queue':
    'Let the machines start one after another, or keep the addresses of servers in the router (static ARP). If the router is to know its neighbours from the start, leave out arp: cold.',
  'arp-silence': 'Give the address to a host, or take it out of what names it.',
  reassembly: 'Lower the block size of TFTP, so that no packet is sent in fragments.',
  'receive-buffer': 'Let fewer servers answer, or let them answer once.',
  'no-route': 'Give the router a way to that network.',
  ttl: 'Look for a loop between routers.',
  'too-large': 'Lower the block size of TFTP, or raise the MTU of the way.',
  'dhcp-snooping': 'Trust the port on which the DHCP server is, and no other.',
  'port-not-forwarding': 'Let ports of machines forward at once (PortFast, edge port).',
}
