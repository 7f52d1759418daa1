/**
 * Why a packet did not arrive: on a link, by the scenario's weather or faults, or in a device, which has no room for it
 * or does not pass it on. Real networks say nothing of the second kind either; a run does. Does not drop anything.
 */

/** What a device does with a packet that it drops: `r1 drops a packet to dhcp: …`. */
const IN_DEVICES = {
  'arp-queue': 'eight packets already wait for the answer to its ARP request',
  'arp-silence': 'nobody answers its ARP request',
  reassembly: 'its buffer of incomplete datagrams is full',
  'receive-buffer': 'its receive buffer is full',
  'no-route': 'it knows no way there',
  ttl: 'it has been through too many routers',
} as const

/** What the switch of a segment does not pass on (`network/virtual/switch.ts`). */
const IN_SWITCHES = {
  'port-not-forwarding': 'the port does not forward yet',
  'dhcp-snooping': 'DHCP snooping takes answers of servers from trusted ports only',
  'too-large': 'it is larger than what gets through',
} as const

const ON_LINKS = {
  loss: 'loss',
  corrupt: 'corrupt',
  cut: 'the link is cut',
} as const

type SwitchCause = keyof typeof IN_SWITCHES
export type DeviceCause = keyof typeof IN_DEVICES | SwitchCause
export type DropCause = DeviceCause | keyof typeof ON_LINKS

const isInSwitch = (cause: string): cause is SwitchCause => Object.hasOwn(IN_SWITCHES, cause)
export const isInDevice = (cause: string): cause is DeviceCause =>
  Object.hasOwn(IN_DEVICES, cause) || isInSwitch(cause)

const TEXTS: ReadonlyMap<string, string> = new Map(
  [IN_DEVICES, IN_SWITCHES, ON_LINKS].flatMap(texts => Object.entries(texts)),
)

/** A clause; of a cause that is not known the cause itself. */
export const dropText = (cause: string): string => TEXTS.get(cause) ?? cause

interface Dropped {
  readonly segment: string
  readonly receiver: string
  readonly cause: string
}

/** `r1/eth0` is an interface of `r1`. */
export const deviceOf = ({ segment, receiver, cause }: Dropped): string =>
  isInSwitch(cause) ? `the switch of ${segment}` : receiver.split('/', 1)[0]!

/** For whoever sees all of a network. */
export const dropLine = (dropped: Dropped): string =>
  isInDevice(dropped.cause)
    ? `${deviceOf(dropped)} drops a packet: ${dropText(dropped.cause)}`
    : `a frame for ${dropped.receiver} is lost (${dropText(dropped.cause)})`
