/**
 * What every firmware that nbs-lab models sends when nobody answers: each family, profile and architecture, asked once.
 * A machine of a capture is recognised by these. Does not look at captures.
 */
import { toMac } from '../core/address.ts'
import { toHex } from '../core/bytes.ts'
import { type Micros, SECOND } from '../core/micros.ts'
import { noTrace } from '../core/trace.ts'
import { ReplayHost } from '../experiments/predict/host.ts'
import { FIRMWARE_FAMILIES, firmwareOf } from '../firmware/catalogue.ts'
import type { FirmwareFamily } from '../firmware/family.ts'
import { bootMachine } from '../firmware/run.ts'
import { decodeDhcp } from '../wire/dhcp/codec.ts'
import { DHCP_PORT, type DhcpMessage } from '../wire/dhcp/message.ts'
import { OPTION } from '../wire/dhcp/option-codes.ts'
import type { ArchitectureName } from '../wire/pxe/client.ts'

export interface Habit {
  readonly family: string
  readonly profile: string
  readonly arch: ArchitectureName
  /** As an observer calls it. */
  readonly kind: string
  readonly print: string
  /** Each question after power-on, and what its field `secs` says. */
  readonly asks: readonly { readonly at: Micros; readonly secs: number }[]
}

/** Firmware that nobody answers has asked all its questions by then. */
const LISTENED = 70 * SECOND

let known: readonly Habit[] | undefined
let prints: ReadonlySet<string> | undefined

export const habits = (): readonly Habit[] => (known ??= FIRMWARE_FAMILIES.flatMap(habitsOf))

/** Some firmware begins with this very message. */
export const isFirstOfFirmware = (message: DhcpMessage): boolean =>
  (prints ??= new Set(habits().map(({ print }) => print))).has(printOf(message))

const habitsOf = (family: FirmwareFamily): Habit[] =>
  [
    family.defaultProfile,
    ...Object.keys(family.profiles).filter(name => name !== family.defaultProfile),
  ].flatMap(profile => family.architectures.flatMap(arch => habitOf(family, profile, arch)))

const habitOf = (family: FirmwareFamily, profile: string, arch: ArchitectureName): Habit[] => {
  const firmware = firmwareOf(family, profile, arch)
  if ('unknown' in firmware) return []
  const mac = toMac(0x02_00_00_00_00_01)
  const sent: { readonly at: Micros; readonly message: DhcpMessage }[] = []
  const host: ReplayHost = new ReplayHost(mac, firmware.stack, ({ to, payload }) => {
    const read = to.port === DHCP_PORT.server ? decodeDhcp(payload) : undefined
    if (read?.ok) sent.push({ at: host.clock.now(), message: read.value })
  })
  let ended = false
  bootMachine(host, firmware, { mac, uuid: new Uint8Array(16) }, noTrace, () => (ended = true))
  host.clock.run(LISTENED, () => ended)
  const [first] = sent
  if (!first) return []
  return [
    {
      family: family.name,
      profile,
      arch,
      kind: family.client.name,
      print: printOf(first.message),
      asks: sent.map(({ at, message }) => ({ at, secs: message.secs })),
    },
  ]
}

/** Its options without what is its own: identifiers, and how long it has waited. */
export const printOf = ({ options, flags, op }: DhcpMessage): string =>
  [
    op,
    flags,
    ...options.map(({ code, value }) => `${code}:${OWN.includes(code) ? value.length : toHex(value)}`),
  ].join(' ')

const OWN: readonly number[] = [OPTION.clientMachineIdentifier, OPTION.clientIdentifier, OPTION.hostName]
