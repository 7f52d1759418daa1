/**
 * Discovery (I-1 … I-8): which DHCP offer and which proxy offer are held when iPXE leaves for the REQUEST. Arrival
 * relative to the DHCP offer decides, and among equals the later one. Does not ask anybody for a lease.
 */
import { ANY_IP4, LIMITED_BROADCAST } from '../../core/address.ts'
import { named, phrase } from '../../core/wording.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import type { Script } from '../pc.ts'
import { type Reply, forbidsProxy, isPxeClient, isType, priorityOf } from './reply.ts'
import { isOver } from './retry-timer.ts'
import { type Session, type State, runState } from './session.ts'

/** The rediscovery after a NAK starts with a pause of one first time-out (I-10). */
export type DiscoveryStart = 'atOnce' | 'afterNak'

export function* discover(session: Session, start: DiscoveryStart): Script<'request' | 'timedOut'> {
  const { discover: limits, proxyWait } = session.rom.profile.timers
  const state: State<'request'> = {
    limits, // I-4
    ...(start === 'afterNak' && { firstWait: limits.min }),
    send: () => session.send(EVERYBODY, 'discover'), // I-1
    received: (reply, elapsed) => {
      considerAsOffer(session, reply)
      considerAsProxy(session, reply)
      return mayLeave(session, elapsed, proxyWait) ? 'request' : undefined
    },
    expired: elapsed => {
      if (!session.offer || !isOver(elapsed, proxyWait)) return undefined
      session.rom.pc.because(
        'I-7',
        phrase`No proxy offer arrived within ${proxyWait} s of discovery, so iPXE continues with the DHCP offer of ${named(session.offer.server)} alone.`,
      )
      return 'request'
    },
  }
  return yield* runState(session, state)
}

export const EVERYBODY = { ip: LIMITED_BROADCAST, port: DHCP_PORT.server }

/** I-5. Without option 54 the server is 0.0.0.0, and the ACK must lack it as well. */
const considerAsOffer = (session: Session, reply: Reply): void => {
  const { yiaddr, source, serverId } = reply
  const bootp = reply.type === 0
  if (yiaddr === ANY_IP4 || source.port !== DHCP_PORT.server) return
  if (!bootp && !isType(reply, 'offer')) return
  const { pc } = session.rom
  const priority = priorityOf(reply)
  const held = session.offer
  if (priority < (held?.priority ?? 0)) {
    pc.because(
      'I-5',
      phrase`The offer of ${named(reply.pseudoId)} has priority ${priority} and is not chosen.`,
    )
    return
  }
  if (held && held.server !== serverId)
    // I-8
    pc.because(
      'I-8',
      phrase`The DHCP offer of ${named(serverId)} arrived after that of ${named(held.server)} and replaces it: of equal offers, iPXE keeps the last.`,
    )
  session.offer = { address: yiaddr, server: serverId, priority, forbidsProxy: forbidsProxy(reply) }
}

/** I-6: any reply with a server and the class counts; neither its type nor its source port is looked at. */
const considerAsProxy = (session: Session, reply: Reply): void => {
  if (reply.pseudoId === ANY_IP4 || !isPxeClient(reply)) return
  const { pc } = session.rom
  const priority = priorityOf(reply)
  const held = session.proxy
  if (priority < (held?.priority ?? 0)) return
  if (held && held.reply.pseudoId !== reply.pseudoId)
    // I-8
    pc.because(
      'I-8',
      phrase`The PXE answer of ${named(reply.pseudoId)} arrived after that of ${named(held.reply.pseudoId)} and replaces it.`,
    )
  session.proxy = { reply, priority }
}

/** I-7: looked at with every reply, wanted or not. */
const mayLeave = (session: Session, elapsed: number, proxyWait: number): boolean => {
  const { offer, proxy } = session
  if (!offer) return false
  const { pc } = session.rom
  if (offer.forbidsProxy) {
    pc.because(
      'I-7',
      phrase`${named(offer.server)} disables proxy offers (175.176), so iPXE continues immediately.`,
    )
    return true
  }
  if (proxy) {
    pc.because(
      'I-7',
      phrase`iPXE holds a lease offer (${named(offer.server)}) and a PXE answer (${named(proxy.reply.pseudoId)}), so it continues immediately; any later offer is too late.`,
    )
    return true
  }
  if (!isOver(elapsed, proxyWait)) return false
  pc.because('I-7', `More than ${proxyWait} s have passed, so the next packet ends discovery.`)
  return true
}
