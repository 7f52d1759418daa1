/**
 * "Configuring": runs the DHCP session, and waits for IPv6 to end as well (I-50). Does not boot anything.
 */
import { ANY_IP4, formatIp4, formatMac, netmask } from '../../core/address.ts'
import { type Micros, fromSeconds } from '../../core/micros.ts'
import type { Pc, Script } from '../pc.ts'
import { discover } from './discover.ts'
import { problemText } from './messages.ts'
import { useProxy } from './proxy.ts'
import { stationAddress } from './reply.ts'
import { request } from './request.ts'
import { DOT_INTERVAL } from './retry-timer.ts'
import { type Rom, Session, idle } from './session.ts'

/** True if there is something to boot with: a lease, or an IPv6 router that takes its place. */
export function* configure(rom: Rom): Script<boolean> {
  const { pc, profile, platform } = rom
  pc.print(`Configuring (net0 ${formatMac(pc.mac)})...`)
  const configured = yield* withDots(pc, allConfigurators(rom))
  if (!configured) {
    pc.append(` ${problemText('notConfigured', profile, platform)}`)
    return false
  }
  pc.append(' ok')
  // The screen and the next job wait for the clock to tick.
  yield* idle(pc, rom.clock.after(pc.now(), 1))
  printRoute(rom)
  return true
}

function* allConfigurators(rom: Rom): Script<boolean> {
  const { pc, profile, platform } = rom
  const ipv6 = profile.ipv6[platform.kind]
  const started = pc.now()
  const bound = yield* dhcp(rom)
  if (ipv6.kind === 'unanswered') yield* idle(pc, started + fromSeconds(ipv6.seconds))
  return bound || ipv6.kind === 'answered'
}

function* dhcp(rom: Rom): Script<boolean> {
  const session = new Session(rom, rom.pc.random.u32()) // I-3
  const bound = yield* lease(session)
  if (bound) yield* useProxy(session)
  session.close()
  return bound
}

function* lease(session: Session): Script<boolean> {
  let end = yield* discover(session, 'atOnce')
  // At most as often as the limit of I-10 allows: the session's counter grows with every round.
  while (end === 'request' && session.offer) {
    const answer = yield* request(session, session.offer)
    if (answer !== 'rediscover') return answer === 'bound'
    end = yield* discover(session, 'afterNak')
  }
  return false
}

const printRoute = (rom: Rom): void => {
  const ack = rom.settings.get('net0.dhcp')?.reply
  if (!ack || rom.address === ANY_IP4) return
  const { ip, prefixLength, router } = stationAddress(ack)
  const gateway = router === undefined ? '' : ` gw ${formatIp4(router)}`
  rom.pc.print(`net0: ${formatIp4(ip)}/${formatIp4(netmask(prefixLength))}${gateway}`)
}

/** A dot a second while a job runs; `quietOnceHeard`: none after the first packet, where a percentage would stand. */
export function* withDots<Result>(
  pc: Pc,
  job: Script<Result>,
  { quietOnceHeard = false }: { readonly quietOnceHeard?: boolean } = {},
): Script<Result> {
  let dotAt: Micros = pc.now() + DOT_INTERVAL
  let step = job.next(undefined)
  while (!step.done) {
    const incoming = yield Math.min(step.value, dotAt)
    for (; dotAt <= pc.now(); dotAt += DOT_INTERVAL) pc.append('.')
    if (incoming?.kind === 'datagram' && quietOnceHeard) dotAt = Infinity
    if (incoming || pc.now() >= step.value) step = job.next(incoming)
  }
  return step.value
}
