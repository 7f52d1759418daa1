/**
 * Boot server discovery (I-19, I-20): one address after the other, two requests each, the first acceptable ACK wins.
 * It is a DHCP session of its own. Does not fetch anything.
 */
import { ANY_IP4, type Ip4, LIMITED_BROADCAST } from '../../core/address.ts'
import { u16At } from '../../core/bytes.ts'
import { type Phrase, named, phrase } from '../../core/wording.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { DISCOVERY_CONTROL, PXE_TAG, pxeVendorOption } from '../../wire/pxe/vendor-options.ts'
import type { Script } from '../pc.ts'
import { withDots } from './configure.ts'
import { decodeTag, discoveryControlOf, shownType } from './menu.ts'
import { problemText } from './messages.ts'
import { type Reply, ip4Of, isType, pxeTagOf } from './reply.ts'
import { isOver } from './retry-timer.ts'
import { type Rom, Session, type State, runState } from './session.ts'

/** Addresses asked in one discovery; 43.8 cannot hold more, but several lists could be joined to be longer. */
const MAX_BOOT_SERVERS = 64

/** `found`: its packet is then the settings block `pxebs`. `nobodyToAsk`: not a word is said, and the line stays open. */
export type SearchEnd = 'found' | 'silent' | 'nobodyToAsk'

export function* findBootServer(rom: Rom, type: number): Script<SearchEnd> {
  const { pc, profile, platform } = rom
  const plan = planOf(rom, type)
  pc.print(`PXEBS (net0 type ${shownType(type)})`)
  if (plan.attempts.length === 0) {
    pc.because(
      'I-28',
      'Broadcast and multicast discovery are disabled (43.6) and 43.8 lists no server of this type: there is no boot server to ask, and iPXE gives up without a message.',
    )
    return 'nobodyToAsk'
  }
  pc.append('...')
  const found = yield* withDots(pc, attemptAll(rom, type, plan))
  pc.append(` ${found ? 'ok' : problemText('bootServerTimeout', profile, platform)}`)
  return found ? 'found' : 'silent'
}

interface Plan {
  readonly attempts: readonly Ip4[]
  /** Undefined: anybody may answer. */
  readonly accepted: readonly Ip4[] | undefined
}

const planOf = (rom: Rom, type: number): Plan => {
  const { settings } = rom
  const control = discoveryControlOf(settings)
  const servers = decodeTag(settings, PXE_TAG.bootServers)?.bootServers ?? []
  const listed = servers.flatMap(entry => (entry.type === type ? entry.addresses : []))
  const attempts: Ip4[] = []
  // I-19: multicast only with an address, then broadcast, then each listed server.
  const group = ip4Of(settings.pxeTag(PXE_TAG.discoveryMulticastAddress))
  if ((control & DISCOVERY_CONTROL.noMulticast) === 0 && group !== ANY_IP4) attempts.push(group)
  if ((control & DISCOVERY_CONTROL.noBroadcast) === 0) attempts.push(LIMITED_BROADCAST)
  // The list ends at the first 0.0.0.0.
  const end = listed.indexOf(ANY_IP4)
  const usable = end < 0 ? listed : listed.slice(0, end)
  return {
    attempts: [...attempts, ...usable].slice(0, MAX_BOOT_SERVERS),
    accepted: (control & DISCOVERY_CONTROL.listedServersOnly) === 0 ? undefined : usable, // I-20
  }
}

function* attemptAll(rom: Rom, type: number, plan: Plan): Script<boolean> {
  // Source quirk: this session draws no transaction id; it stays 0.
  const session = new Session(rom, 0)
  let found = false
  for (const server of plan.attempts) {
    const end = yield* runState(session, attempt(session, server, type, plan.accepted))
    found = end === 'found'
    if (found) break
    rom.pc.because(
      'I-19',
      phrase`${nameOf(server)} did not answer in time; iPXE tries the next server in its list.`,
    )
  }
  session.close()
  return found
}

const nameOf = (server: Ip4): Phrase =>
  server === LIMITED_BROADCAST ? 'The broadcast' : phrase`${named(server)}`

const attempt = (
  session: Session,
  server: Ip4,
  type: number,
  accepted: readonly Ip4[] | undefined,
): State<'found' | 'next'> => {
  const { rom } = session
  const { bootServer: limits, bootServerEnd } = rom.profile.timers
  const port = server === LIMITED_BROADCAST ? DHCP_PORT.server : DHCP_PORT.bootServer
  const bootItem = pxeVendorOption({ bootItem: { type, layer: 0 } }, { end: false })
  return {
    limits,
    send: () => session.send({ ip: server, port }, 'request', [bootItem]),
    received: reply => {
      if (!isBootServerAck(reply, type)) return undefined
      if (accepted && !accepted.includes(reply.pseudoId)) {
        rom.pc.because(
          'I-20',
          phrase`${named(reply.pseudoId)} is not in the list of 43.8 and is not accepted.`,
        )
        return undefined
      }
      rom.pc.because('I-20', phrase`${named(reply.pseudoId)} is the first acceptable boot server.`)
      rom.settings.register('pxebs', reply)
      return 'found'
    },
    expired: elapsed => (isOver(elapsed, bootServerEnd) ? 'next' : undefined),
  }
}

/** I-20. A reply without 43.71 is one for type 0. */
const isBootServerAck = (reply: Reply, type: number): boolean => {
  const { port } = reply.source
  if (port !== DHCP_PORT.server && port !== DHCP_PORT.bootServer) return false
  if (!isType(reply, 'ack')) return false
  const item = pxeTagOf(reply, PXE_TAG.bootItem)
  return (item && item.length >= 2 ? u16At(item, 0) : 0) === type
}
