/**
 * After the ACK: what becomes of the proxy offer held (I-11). Complete ones are taken as they are, others are asked
 * on port 4011. Failing here does not fail the boot. Does not choose between proxies: discovery has.
 */
import type { Ip4 } from '../../core/address.ts'
import { named, phrase } from '../../core/wording.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { OPTION, ip4Option } from '../../wire/dhcp/options.ts'
import { PXE_TAG } from '../../wire/pxe/vendor-options.ts'
import type { Script } from '../pc.ts'
import { hasBootData, isType } from './reply.ts'
import { isOver } from './retry-timer.ts'
import { type Session, type State, runState } from './session.ts'

export function* useProxy(session: Session): Script {
  const { pc, settings } = session.rom
  const { offer, proxy } = session
  if (!offer || !proxy) return
  const server = proxy.reply.pseudoId
  if (offer.forbidsProxy) {
    pc.because(
      'I-11',
      phrase`The PXE answer of ${named(server)} is not used: the DHCP server disables proxies.`,
    )
    return
  }
  if (hasBootData(proxy.reply, PXE_TAG.bootMenu)) {
    settings.register('proxydhcp', proxy.reply)
    pc.because(
      'I-11',
      phrase`The PXE answer of ${named(server)} is complete, so no request goes to port 4011.`,
    )
    return
  }
  pc.because(
    'I-11',
    phrase`The PXE answer of ${named(server)} names neither file nor menu, so iPXE asks ${named(server)}:4011.`,
  )
  const end = yield* runState(session, proxyRequest(session, server))
  if (end !== 'registered')
    pc.because(
      'I-11',
      phrase`${named(server)}:4011 does not answer; iPXE continues with the information from DHCP.`,
    )
}

const proxyRequest = (session: Session, server: Ip4): State<'registered' | 'givenUp'> => {
  const { proxyRequest: limits, proxyRequestEnd } = session.rom.profile.timers
  return {
    limits,
    send: () =>
      // From port 68, same xid, the broadcast flag set because there is an address now (I-1, I-11).
      session.send({ ip: server, port: DHCP_PORT.bootServer }, 'request', [
        ip4Option(OPTION.serverIdentifier, server),
      ]),
    received: reply => {
      if (reply.source.port !== DHCP_PORT.bootServer || reply.pseudoId !== server) return undefined
      if (!isType(reply, 'offer') && !isType(reply, 'ack')) return undefined
      if (!hasBootData(reply, PXE_TAG.bootMenu)) return undefined
      session.rom.settings.register('proxydhcp', reply)
      return 'registered'
    },
    expired: elapsed => (isOver(elapsed, proxyRequestEnd) ? 'givenUp' : undefined),
  }
}
