/**
 * How the clauses about DHCP servers get a lease and give it back.
 */
import { formatIp4 } from '../../../core/address.ts'
import { DHCP_PORT, type DhcpMessage } from '../../../wire/dhcp/message.ts'
import { OPTION, ip4Option, serverIdentifier } from '../../../wire/dhcp/options.ts'
import { fail } from '../../judgement.ts'
import { type Answer, mustAnswer, nameOf, put, withXid } from '../../probe/ask.ts'
import {
  type Change,
  type Machine,
  newMachine,
  pxeDiscover,
  pxeMessage,
  selecting,
} from '../../probe/machine.ts'
import type { Probe, ProbeSocket, Procedure } from '../../probe/probe.ts'

export interface Lease {
  readonly machine: Machine
  readonly socket: ProbeSocket
  readonly offer: Answer
  readonly ack: Answer
}

/** On one socket, so that a clause may go on with it. */
export function* offerTo(
  probe: Probe,
  socket: ProbeSocket,
  machine: Machine,
  change?: Change,
): Procedure<Answer> {
  return yield* mustAnswer(probe, { socket, message: pxeDiscover(machine, change) }, 'a DISCOVER')
}

export function* leaseFor(
  probe: Probe,
  machine: Machine = newMachine(probe),
  change: Change = {},
): Procedure<Lease> {
  const socket = probe.open(DHCP_PORT.client)
  const offer = yield* offerTo(probe, socket, machine, change)
  const { yiaddr } = offer.message
  const message = selecting(machine, yiaddr, identityOf(probe, offer), change)
  const ack = yield* mustAnswer(
    probe,
    { socket, message },
    `the REQUEST for ${formatIp4(yiaddr)}, which it had offered,`,
  )
  if (ack.type !== 'ack') fail(`it answered the REQUEST for what it had offered with ${nameOf(ack)}`)
  return { machine, socket, offer, ack }
}

export const identityOf = (probe: Probe, { message }: Answer) =>
  serverIdentifier(message) ?? probe.server.address

/** Nobody answers that. */
export const release = (probe: Probe, { machine, socket, ack }: Lease): void => {
  const message = pxeMessage(machine, 'release', {
    options: [ip4Option(OPTION.serverIdentifier, identityOf(probe, ack))],
    fields: { ciaddr: ack.message.yiaddr, flags: 0 },
  })
  put({ socket, message: withXid(probe, message), to: { ip: probe.server.address, port: DHCP_PORT.server } })
}

export const declined = (
  machine: Machine,
  address: DhcpMessage['yiaddr'],
  server: DhcpMessage['yiaddr'],
): DhcpMessage =>
  pxeMessage(machine, 'decline', {
    options: [ip4Option(OPTION.requestedIpAddress, address), ip4Option(OPTION.serverIdentifier, server)],
  })
