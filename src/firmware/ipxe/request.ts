/**
 * The REQUEST (I-9, I-10): asks the held server for the held address, until its ACK is in or time is over. A NAK
 * sends newer builds back to discovery. Does not probe the address and never declines (I-10).
 */
import type { Ip4 } from '../../core/address.ts'
import { named, phrase } from '../../core/wording.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { OPTION, ip4Option } from '../../wire/dhcp/options.ts'
import type { Script } from '../pc.ts'
import { EVERYBODY } from './discover.ts'
import { type Reply, isType, stationAddress } from './reply.ts'
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
      if (reply.source.port !== DHCP_PORT.server) return undefined
      if (isType(reply, 'nak') && isHeard(session, reply, offer)) return refused(session, reply)
      if (reply.serverId !== offer.server) return passOver(session, reply, offer)
      const granted = reply.type === 0 || isType(reply, 'ack')
      if (!granted || reply.yiaddr !== offer.address) return undefined
      bind(session, reply)
      return 'bound'
    },
    expired: () => undefined,
  }
  return yield* runState(session, state)
}

const passOver = ({ rom: { pc } }: Session, reply: Reply, offer: HeldOffer): undefined => {
  const what = isType(reply, 'ack') ? 'ACK' : isType(reply, 'nak') ? 'NAK' : undefined
  if (what)
    pc.because(
      'I-9',
      phrase`The ${what} of ${named(reply.pseudoId)} is ignored: the REQUEST was to ${named(offer.server)}.`,
    )
}

/** Once for each server; a flood of them does not grow the list beyond this. */
const MAX_LATE_TOLD = 16

const tellLate = (session: Session, reply: Reply, told: Set<Ip4>): void => {
  const known = reply.pseudoId === session.offer?.server || reply.pseudoId === session.proxy?.reply.pseudoId
  if (known || told.has(reply.pseudoId) || told.size >= MAX_LATE_TOLD) return
  told.add(reply.pseudoId)
  session.rom.pc.because(
    'I-8',
    phrase`The offer of ${named(reply.pseudoId)} arrived after iPXE had left discovery and is ignored.`,
  )
}

/** I-10: an old build that ignores NAKs ignores them here as well. */
const isHeard = ({ rom: { profile } }: Session, { serverId }: Reply, offer: HeldOffer): boolean =>
  serverId === offer.server || (profile.nak.kind === 'rediscovers' && profile.nak.from === 'anybody')

/** I-10. */
const refused = (session: Session, { pseudoId }: Reply): 'rediscover' | undefined => {
  const { pc, profile } = session.rom
  const server = named(pseudoId)
  if (profile.nak.kind === 'ignored') {
    pc.because(
      'I-10',
      phrase`${server} refuses the address (NAK); this build ignores the NAK and repeats its REQUEST.`,
    )
    return undefined
  }
  if (session.count > profile.nak.limit) {
    pc.because(
      'I-10',
      phrase`${server} refuses again, but the limit of ${profile.nak.limit} packets is exceeded.`,
    )
    return undefined
  }
  pc.because(
    'I-10',
    phrase`${server} refuses the address (NAK): back to discovery, keeping the offers received so far.`,
  )
  return 'rediscover'
}

const bind = (session: Session, ack: Reply): void => {
  const { rom } = session
  const address = ack.yiaddr
  rom.address = address
  rom.record.lease = { server: ack.pseudoId, address }
  rom.station = stationAddress(ack)
  rom.pc.configure(rom.station)
  rom.settings.register('net0.dhcp', ack) // I-11
  if (rom.profile.dropsStaleSettings) {
    rom.settings.remove('proxydhcp')
    rom.settings.remove('pxebs')
  }
}
