/**
 * What a run shows of one machine, in the terms of the tables: from the frames on the wire where they tell it, from
 * the result where only the machine knows. Does not compare.
 */
import { type Ip4, type Mac, macAt, ANY_IP4 } from '../../../src/core/address.ts'
import { latin1Text } from '../../../src/core/bytes.ts'
import { type Micros, SECOND } from '../../../src/core/micros.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import { recordOf } from '../../../src/simulation/machine.ts'
import type { Scenario } from '../../../src/scenario/model.ts'
import { serverNames } from '../../../src/simulation/server-names.ts'
import type { Run } from '../../../src/simulation/run.ts'
import { decodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../../src/wire/dhcp/message.ts'
import { clientMac, messageType, serverIdentifier } from '../../../src/wire/dhcp/options.ts'
import type { UdpPacket } from '../../../src/wire/frame.ts'
import { decodeFrame } from '../../../src/wire/frames.ts'
import { pxeVendor } from '../../../src/wire/pxe/vendor-readings.ts'
import { decodeTftp } from '../../../src/wire/tftp/codec.ts'

/** Times in seconds since the machine's first DISCOVER. */
export interface Seen {
  readonly outcome: Outcome
  readonly code: string | null
  readonly screen: readonly string[]
  readonly lease: string | undefined
  readonly requestTo: string | undefined
  readonly asked: string
  readonly reads: string | undefined
  readonly file: string | undefined
  /** Of the file that was received whole. */
  readonly content: string | undefined
  readonly request: number | undefined
  readonly rrq: number | undefined
  readonly end: number | undefined
}

/** By client group; each group of these scenarios is one machine. */
export const seenIn = (scenario: Scenario, run: Run): Map<string, Seen> => {
  const name = serverNames(scenario)
  const stories = new Map<Mac, Story>(run.machines.map(({ client }) => [client.mac, newStory()]))
  for (const event of run.trace) if (event.kind === 'frame') read(event.at, event.bytes, stories)
  return new Map(
    run.machines.map(machine => {
      const { client, group, ended } = machine
      const story = stories.get(client.mac)!
      const result = run.result.clients.find(one => one.name === client.name)!
      const content = recordOf(machine)?.content
      const since = (at: Micros | undefined) =>
        at === undefined ? undefined : (at - (story.discover ?? 0)) / SECOND
      const seen: Seen = {
        outcome: result.outcome,
        code: result.code,
        screen: result.screen,
        // Rows 37 and 47a: what the server has confirmed and the machine has not taken.
        lease: result.leaseFrom ?? (story.confirmed === undefined ? undefined : name(story.confirmed)),
        requestTo: story.requestTo === undefined ? undefined : name(story.requestTo),
        asked: counted(story.asked.map(name)),
        reads: story.reads === undefined ? undefined : name(story.reads),
        file: result.file ?? undefined,
        content: content && latin1Text(content),
        request: since(story.request),
        rrq: since(story.rrq),
        end: since(ended),
      }
      return [group.name, seen]
    }),
  )
}

/** `Ba Ba Ba Ba Bb` as `Ba×4 Bb`. */
const counted = (names: readonly string[]): string => {
  const runs: { readonly name: string; count: number }[] = []
  for (const name of names) {
    const last = runs.at(-1)
    if (last?.name === name) last.count++
    else runs.push({ name, count: 1 })
  }
  return runs.map(({ name, count }) => (count === 1 ? name : `${name}×${count}`)).join(' ')
}

interface Story {
  discover: Micros | undefined
  request: Micros | undefined
  requestTo: Ip4 | undefined
  confirmed: Ip4 | undefined
  readonly asked: Ip4[]
  rrq: Micros | undefined
  /** Of the last RRQ: a menu may lead to another server than an offer. */
  reads: Ip4 | undefined
}

const newStory = (): Story => ({
  discover: undefined,
  request: undefined,
  requestTo: undefined,
  confirmed: undefined,
  asked: [],
  rrq: undefined,
  reads: undefined,
})

const read = (at: Micros, bytes: Uint8Array, stories: ReadonlyMap<Mac, Story>): void => {
  const frame = decodeFrame(bytes)
  if (!frame.ok || frame.value.packet.kind !== 'ip4' || frame.value.packet.body.kind !== 'udp') return
  const { body, target } = frame.value.packet
  const own = stories.get(macAt(bytes, SOURCE_OFFSET))
  if (own) readSent(own, at, target, body)
  else if (body.targetPort === 68) readReceived(body, stories)
}

/** In an Ethernet frame. */
const SOURCE_OFFSET = 6

const readSent = (story: Story, at: Micros, target: Ip4, udp: UdpPacket): void => {
  if (udp.targetPort === 69) {
    const packet = decodeTftp(udp.payload)
    if (!packet.ok || packet.value.kind !== 'rrq') return
    story.rrq ??= at
    story.reads = target
  } else if (udp.targetPort === 4011) {
    story.asked.push(target)
  } else if (udp.targetPort === 67) {
    const message = dhcpOf(udp)
    const type = message && messageType(message)
    if (type === 'discover') story.discover ??= at
    if (type !== 'request' || isDiscovery(message!)) return
    story.request ??= at
    story.requestTo ??= serverIdentifier(message!)
  }
}

/** RFC 2131 §4.3.2: an ACK of the server that was asked. */
const readReceived = (udp: UdpPacket, stories: ReadonlyMap<Mac, Story>): void => {
  const message = dhcpOf(udp)
  if (!message || messageType(message) !== 'ack' || message.yiaddr === ANY_IP4) return
  const story = stories.get(clientMac(message))
  if (story && serverIdentifier(message) === story.requestTo) story.confirmed = story.requestTo
}

const dhcpOf = ({ payload }: UdpPacket): DhcpMessage | undefined => {
  const decoded = decodeDhcp(payload)
  return decoded.ok ? decoded.value : undefined
}

const isDiscovery = (message: DhcpMessage): boolean => {
  const vendor = pxeVendor(message, 'first')
  return vendor?.ok === true && vendor.value.bootItem !== undefined
}
