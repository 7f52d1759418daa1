/**
 * Builds the replies of a PXE service, per style: the proxy OFFER (S-3) and the boot server's ACK (S-5), and says
 * where each goes (S-7). Does not decide what a machine is to do, nor whether it is answered.
 */
import { ANY_IP4, LIMITED_BROADCAST, isLoopbackIp } from '../../core/address.ts'
import type { Destination } from '../../core/state-machine.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import { BROADCAST_FLAG, type DhcpOption } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootReply,
  bytesOption,
  first,
  ip4Option,
  messageTypeOption,
  textOption,
} from '../../wire/dhcp/options.ts'
import {
  DecisionMenus,
  type DiscoveryWays,
  type Prompt,
  echoedBootItem,
  legacyQuirk,
  promptedMenu,
} from './boot-menu.ts'
import type { Decision } from './decision.ts'
import type { PxeRequest } from './request.ts'

export const PXE_STYLES = ['complete', 'redirect', 'menu', 'legacy-quirk'] as const
/**
 * `complete`: the OFFER has all the client needs. `redirect`: it has only option 60; the client comes to 4011.
 * `menu`: prompt and menu, then discovery on 4011. `legacy-quirk`: three instances of option 43.
 */
export type PxeStyle = (typeof PXE_STYLES)[number]

export interface PxePorts {
  readonly server: number
  readonly client: number
  readonly bootServer: number
}

export interface ReplySettings {
  readonly style: PxeStyle
  readonly bootServerType: number
  readonly prompt: Prompt
  readonly discovery: DiscoveryWays
  readonly ports: PxePorts
}

export interface PxeReply {
  readonly to: Destination
  readonly payload: Uint8Array
  readonly file: string | undefined
}

/** What of a reply depends on style and decision. */
interface BootContent {
  readonly file: string | undefined
  /** One value per instance of option 43. */
  readonly vendor: readonly Uint8Array[]
}

const NO_CONTENT: BootContent = { file: undefined, vendor: [] }
const CLASS = textOption(OPTION.classIdentifier, 'PXEClient')

export class ReplyBuilder {
  readonly #settings: ReplySettings
  readonly #menus: DecisionMenus

  constructor(settings: ReplySettings) {
    this.#settings = settings
    this.#menus = new DecisionMenus(settings.bootServerType)
  }

  /** `file`: the first boot file for this machine; not needed for production. */
  build(request: PxeRequest, decision: Decision, file: string | undefined): PxeReply {
    const content = this.#content(request, decision, file)
    const { message, self } = request
    const { ports } = this.#settings
    const offer = request.wants === 'offer'
    const reply = bootReply(message, {
      hops: message.hops, // S-8
      ciaddr: offer ? ANY_IP4 : message.ciaddr,
      siaddr: self, // S-6: together with 54
      // S-20: without yiaddr the client can only be reached by broadcast, and a relay must know.
      flags: offer || message.giaddr !== ANY_IP4 ? message.flags | BROADCAST_FLAG : message.flags,
      file: content.file ?? '',
      options: replyOptions(request, content),
    })
    return {
      to: offer ? offerDestination(request, ports) : ackDestination(request, ports),
      payload: encodeDhcp(reply),
      file: content.file,
    }
  }

  #content(request: PxeRequest, decision: Decision, file: string | undefined): BootContent {
    const { style, bootServerType, prompt, discovery } = this.#settings
    const { self, bootItem } = request
    if (style === 'redirect' && request.wants === 'offer') return NO_CONTENT
    if (decision.boot === 'production') return { file: undefined, vendor: [this.#menus.menuFor(decision)] }
    if (style === 'menu' && !bootItem)
      return { file: undefined, vendor: [promptedMenu(decision, bootServerType, self, prompt, discovery)] }
    if (bootItem) return { file, vendor: [echoedBootItem(bootItem)] }
    if (style === 'legacy-quirk') return { file, vendor: legacyQuirk(decision, bootServerType, self, prompt) }
    return { file, vendor: [this.#menus.menuFor(decision)] }
  }
}

/** S-3, S-5: 53, 54, 60, 97 as the client sent it, 43; RFC 3046 §2.1: option 82 comes last. */
const replyOptions = (request: PxeRequest, content: BootContent): DhcpOption[] => {
  const { message } = request
  const options: DhcpOption[] = [
    messageTypeOption(request.wants),
    ip4Option(OPTION.serverIdentifier, request.self),
    CLASS,
  ]
  const machine = first(message, OPTION.clientMachineIdentifier)
  if (machine) options.push(bytesOption(OPTION.clientMachineIdentifier, machine))
  for (const value of content.vendor) options.push(bytesOption(OPTION.vendorSpecific, value))
  const relay = first(message, OPTION.relayAgentInformation)
  if (relay) options.push(bytesOption(OPTION.relayAgentInformation, relay))
  return options
}

/** S-7: by the relay, else by broadcast on the client's wire; a proxy has no yiaddr to send to. */
const offerDestination = ({ message, iface, source }: PxeRequest, ports: PxePorts): Destination => {
  if (message.giaddr !== ANY_IP4) return { ip: message.giaddr, port: ports.server }
  // A client on loopback has its address already, and its socket hears no broadcast.
  const ip = isLoopbackIp(source.ip) ? source.ip : LIMITED_BROADCAST
  return { ip, port: ports.client, iface }
}

/**
 * S-5: where the client asked from; with a relay, to that and nowhere else (RFC 2131 §4.1): ciaddr is only what the
 * request says. From address zero it has to be believed, on the wire that the request came by.
 */
const ackDestination = (request: PxeRequest, ports: PxePorts): Destination => {
  const { message, source, iface } = request
  if (message.giaddr !== ANY_IP4) return { ip: message.giaddr, port: ports.server }
  const ip = source.ip === ANY_IP4 ? message.ciaddr : source.ip
  return ip === ANY_IP4 ? { ip: LIMITED_BROADCAST, port: ports.client, iface } : { ip, port: source.port }
}
