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
  'too-large': 'it is larger than the switch lets through',
  snooping: 'DHCP snooping takes server messages from trusted ports only',
  blocked: 'its port does not forward yet',
} as const

const ON_LINKS = {
  loss: 'loss',
  corrupt: 'corrupt',
  cut: 'the link is cut',
} as const

export type DeviceCause = keyof typeof IN_DEVICES
export type DropCause = DeviceCause | keyof typeof ON_LINKS

export const isInDevice = (cause: string): cause is DeviceCause => Object.hasOwn(IN_DEVICES, cause)

/** A clause; of a cause that is not known the cause itself. */
export const dropText = (cause: string): string =>
  isInDevice(cause)
    ? IN_DEVICES[cause]
    : Object.hasOwn(ON_LINKS, cause)
      ? ON_LINKS[cause as keyof typeof ON_LINKS]
      : cause

/** `r1/eth0` is an interface of `r1`. */
export const deviceOf = (receiver: string): string => receiver.split('/', 1)[0]!

/** For whoever sees all of a network. */
export const dropLine = (receiver: string, cause: string): string =>
  isInDevice(cause)
    ? `${deviceOf(receiver)} drops a packet: ${dropText(cause)}`
    : `a frame for ${receiver} is lost (${dropText(cause)})`
