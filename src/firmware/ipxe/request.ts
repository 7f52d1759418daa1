/**
 * The REQUEST (I-9, I-10): asks the held server for the held address, until its ACK is in or time is over. A NAK
 * sends newer builds back to discovery. Does not probe the address and never declines (I-10).
 */
import { type Ip4, formatIp4 } from '../../core/address.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { OPTION, ip4Option } from '../../wire/dhcp/options.ts'
import { leasedAddress } from '../offer.ts'
import type { Script } from '../pc.ts'
import { EVERYBODY } from './discover.ts'
import { type Reply, isType } from './reply.ts'
import { type HeldOffer, type Session, type State, runState } from './session.ts'

export type RequestEnd = 'bound' | 'rediscover' | 'timedOut'

export function* request(session: Session, offer: HeldOffer): Script<RequestEnd> {
  const lateProxies = new Set<Ip4>()
  const state: State<'bound' | 'rediscover'> = {
    limits: session.rom.profile.timers.request, // I-9
    send: () =>
      session.send(EVERYBODY, 'request', [
        ip4Option(OPTION.serverIdentifier, offer.server),
        ip4Option(OPTION.requestedIpAddress, offer.address),
      ]),
    received: reply => {
      if (isType(reply, 'offer')) tellLate(session, reply, lateProxies)
      if (reply.source.port !== DHCP_PORT.server || reply.serverId !== offer.server) return undefined
      if (isType(reply, 'nak')) return refused(session, offer)
      const granted = reply.type === 0 || isType(reply, 'ack')
      if (!granted || reply.message.yiaddr !== offer.address) return undefined
      bind(session, reply)
      return 'bound'
    },
    expired: () => undefined,
  }
  return yield* runState(session, state)
}

/** Once for each server; a flood of them does not grow the list beyond this. */
const MAX_LATE_TOLD = 16

const tellLate = (session: Session, reply: Reply, told: Set<Ip4>): void => {
  const known = reply.pseudoId === session.offer?.server || reply.pseudoId === session.proxy?.reply.pseudoId
  if (known || told.has(reply.pseudoId) || told.size >= MAX_LATE_TOLD) return
  told.add(reply.pseudoId)
  session.rom.pc.because(
    'I-8',
    `The offer of ${formatIp4(reply.pseudoId)} came after iPXE had left discovery and is lost.`,
  )
}

/** I-10 and finding 5. */
const refused = (session: Session, offer: HeldOffer): 'rediscover' | undefined => {
  const { pc, profile } = session.rom
  const server = formatIp4(offer.server)
  if (profile.nak.kind === 'ignored') {
    pc.because(
      'I-10',
      `${server} refuses the address (NAK); this build does not listen to that and asks again.`,
    )
    return undefined
  }
  if (session.count > profile.nak.limit) {
    pc.because(
      'I-10',
      `${server} refuses once more, but the limit of ${profile.nak.limit} packets is passed.`,
    )
    return undefined
  }
  pc.because('I-10', `${server} refuses the address (NAK): back to discovery, with the offers still held.`)
  return 'rediscover'
}

const bind = (session: Session, ack: Reply): void => {
  const { rom } = session
  const { message } = ack
  const address = message.yiaddr
  rom.address = address
  rom.record.lease = { server: ack.pseudoId, address }
  rom.pc.configure(leasedAddress(message))
  rom.settings.register('net0.dhcp', ack) // I-11
  if (rom.profile.dropsStaleSettings) {
    rom.settings.remove('proxydhcp')
    rom.settings.remove('pxebs')
  }
}
