/**
 * What other firmware would have done in the place of a captured machine: its script, run in virtual time on the
 * offers that the capture holds. Assumes that servers would have answered it alike, and says what else is assumed.
 * Does not judge the network; the analyser does.
 */
import type { Boot } from '../../analysis/analyzer.ts'
import { architectureOfClient } from '../../analysis/conversations/architecture.ts'
import { allOffers } from '../../analysis/conversations/conversation.ts'
import { formatIp4, formatMac, toMac } from '../../core/address.ts'
import { SECOND, toSeconds } from '../../core/micros.ts'
import { type TraceEvent, traceTo } from '../../core/trace.ts'
import { inWords } from '../../core/wording.ts'
import {
  FIRMWARE_FAMILIES,
  type FirmwareFamilies,
  familyFor,
  firmwareOf,
  namesOf,
} from '../../firmware/catalogue.ts'
import type { FirmwareFamily } from '../../firmware/family.ts'
import type { BootRecord, Firmware } from '../../firmware/pc.ts'
import { bootMachine } from '../../firmware/run.ts'
import {
  type ArchitectureName,
  architectureName,
  architectureNumber,
  clientMachineIdentifier,
} from '../../wire/pxe/client.ts'
import { ReplayHost } from './host.ts'
import { decodedOf } from './replayed.ts'
import { SeenServers } from './seen-servers.ts'
import { CapturedNetwork } from './captured-network.ts'

/** Boots whose machines are replaced; later ones are counted. */
const MAX_PREDICTED = 1_024
/** A firmware that is still trying then counts as `pending`. */
const LIMIT = 180 * SECOND

/** A firmware to put in a machine's place: `edk2`, `edk2:2010-2017`. */
export interface Persona {
  readonly label: string
  readonly family: FirmwareFamily
  readonly profile: string | undefined
}

export interface Prediction {
  readonly client: string
  readonly subnet: string
  readonly firmware: string
  readonly profile: string
  readonly arch: string
  readonly outcome: BootRecord['outcome']
  readonly code: string | null
  readonly leaseFrom: string | null
  readonly pxeServer: string | null
  readonly tftpServer: string | null
  readonly file: string | null
  /** The choice among servers, or what ended the boot. */
  readonly rule: string | null
  readonly because: string | null
  readonly seconds: number
  /** What the capture does not hold and was taken to work, or to be alike. */
  readonly assumed: readonly string[]
}

/** The personas, or what is wrong with the text. */
export const parsePersonas = (
  text: string,
  families: FirmwareFamilies = FIRMWARE_FAMILIES,
): readonly Persona[] | string => {
  const personas: Persona[] = []
  for (const label of text.split(',').map(part => part.trim())) {
    const [name = '', profile] = label.split(/:(.*)/s)
    const family = familyFor(families, name, profile)
    if (!family) return `there is no firmware "${name}"; there is ${namesOf(families).join(', ')}`
    if (profile !== undefined && !Object.hasOwn(family.profiles, profile))
      return `${name} has no profile "${profile}"; there is ${Object.keys(family.profiles).join(', ')}`
    personas.push({ label, family, profile })
  }
  return personas
}

export class Predictor {
  readonly #personas: readonly Persona[]
  readonly #boots: Boot[] = []
  readonly #seen = new SeenServers()
  /** Boots that were not kept. */
  omitted = 0

  constructor(personas: readonly Persona[]) {
    this.#personas = personas
  }

  /** A boot that is over; its replies have kept their bytes (`AnalyzerOptions.keepMessages`). */
  note(boot: Boot): void {
    this.#seen.note(boot)
    // PXE servers are silent to who does not say PXEClient: what they would have said to another is not known.
    if (boot.client === undefined || boot.asks !== 'pxe') return
    if (!allOffers(boot).some(offer => offer.payload)) return
    if (this.#boots.length < MAX_PREDICTED) this.#boots.push(boot)
    else this.omitted++
  }

  predictions(): Prediction[] {
    return this.#boots.flatMap(boot => this.#personas.map(persona => predict(boot, persona, this.#seen)))
  }
}

/** Of a boot that was asked for as this very firmware: nothing about its class or architecture has to be assumed. */
export const predictOwn = (boot: Boot, persona: Persona, arch: ArchitectureName): Prediction => {
  const seen = new SeenServers()
  seen.note(boot)
  return predict(boot, persona, seen, arch)
}

const predict = (
  boot: Boot,
  persona: Persona,
  seen: SeenServers,
  own = boot.architecture === undefined ? undefined : architectureName(boot.architecture),
): Prediction => {
  const { firmware, arch, isOther } = firmwareIn(persona, own)
  const mac = boot.client ?? toMac(0)
  const world = new CapturedNetwork(
    boot,
    seen,
    isOther ? architectureOfClient(architectureNumber(arch)) : undefined,
  )
  const host = new ReplayHost(mac, firmware.stack, world.receive)
  const events: TraceEvent[] = []
  let ended = false
  const machine = bootMachine(host, firmware, { mac, uuid: uuidOf(boot) }, traceTo(events), () => {
    ended = true
  })
  host.clock.run(LIMIT, () => ended)
  const { record } = machine
  const seconds = toSeconds(host.clock.now())
  const choice = choiceOf(events, persona.family, record)
  const assumed = [...world.assumed]
  if (isOther) assumed.push(`the offers to ${archText(boot)} are those that ${arch} would get`)
  return {
    client: formatMac(mac),
    subnet: boot.segment,
    firmware: persona.label,
    profile: firmware.profile,
    arch,
    outcome: record.outcome,
    code: record.code ?? null,
    leaseFrom: record.lease ? formatIp4(record.lease.server) : null,
    pxeServer: record.pxeServer === undefined ? null : formatIp4(record.pxeServer),
    tftpServer: record.transfer ? formatIp4(record.transfer.server) : null,
    file: record.file ?? null,
    rule: choice?.rule ?? null,
    because: choice ? inWords(choice.text) : null,
    seconds,
    assumed,
  }
}

/** Of the machine's own architecture, if this firmware comes for it. */
const firmwareIn = (
  { family, profile }: Persona,
  own: ArchitectureName | undefined,
): { firmware: Firmware; arch: ArchitectureName; isOther: boolean } => {
  const firmware = own === undefined ? undefined : firmwareOf(family, profile, own)
  if (firmware && own !== undefined && !('unknown' in firmware))
    return { firmware, arch: own, isOther: false }
  const usual = firmwareOf(family, profile)
  if ('unknown' in usual) throw new RangeError(`${family.name} has no profile ${usual.unknown}`)
  return { firmware: usual, arch: family.architectures[0], isOther: true }
}

const archText = ({ architecture }: Boot): string =>
  architecture === undefined
    ? 'a machine that says no architecture'
    : (architectureName(architecture) ?? `architecture ${architecture}`)

/** Servers echo it (97); some firmware wants it back. */
const uuidOf = (boot: Boot): Uint8Array => {
  for (const { payload } of allOffers(boot)) {
    const message = payload && decodedOf(payload)
    const uuid = message && clientMachineIdentifier(message)
    if (uuid) return uuid
  }
  return new Uint8Array(16)
}

/** For a boot that failed what ended it, else the last choice among servers. */
const choiceOf = (events: readonly TraceEvent[], { choosingRules }: FirmwareFamily, record: BootRecord) => {
  const choices = events.filter(event => event.kind === 'choice')
  if (record.outcome === 'failed') return choices.at(-1)
  return choices.findLast(({ rule }) => choosingRules.includes(rule)) ?? choices.at(-1)
}
