/**
 * On whose behalf `nbs probe` asks: one machine for each firmware and architecture, with an invented address and the
 * messages that this firmware would send. Does not send them.
 */
import { type Ip4, type Mac, formatMac, isGroupMac, toMac } from '../core/address.ts'
import { type Micros, SECOND } from '../core/micros.ts'
import { type Random, random } from '../core/random.ts'
import { FIRMWARE_FAMILIES, type FirmwareFamilies, firmwareOf, namesOf } from '../firmware/catalogue.ts'
import type { FirmwareFamily, Question } from '../firmware/family.ts'
import type { Firmware } from '../firmware/pc.ts'
import { type Persona, parsePersonas } from '../experiments/predict/predict.ts'
import { questionsOf } from '../experiments/predict/questions.ts'
import { ARCHITECTURES, type ArchitectureName, isArchitectureName } from '../wire/pxe/client.ts'

/** Machines that ask in one round; each may be offered an address, which the server keeps for a while. */
const MAX_PROBE_MACHINES = 32

export interface ProbeMachine {
  readonly persona: Persona
  readonly firmware: Firmware
  readonly arch: ArchitectureName
  readonly mac: Mac
  /** Of one round, with the transaction ids of the script. */
  readonly questions: readonly Question[]
}

/** Those of which there is something to ask; Macs only where they are named: few networks have any. */
export const defaultPersonas = (families: FirmwareFamilies): string =>
  namesOf(families.filter(({ probe, asks }) => probe && asks === 'pxe')).join(',')

/** Answers need time: what would be asked in the last second of a round is not. */
const LAST_QUESTION_BEFORE: Micros = SECOND

export interface MachineChoice {
  /** `edk2,ipxe:2022`. */
  readonly personas: string
  /** Names, with commas; undefined: the usual ones. */
  readonly architectures: string | undefined
  /** Of the first machine; the others count up. */
  readonly mac: Mac
  readonly window: Micros
  /** The address from which a Mac's INFORM is sent: it must have one (RFC 2131 §4.4.3). */
  readonly address: Ip4
}

/** The machines, or what is wrong with the choice. */
export const machinesOf = (
  choice: MachineChoice,
  families: FirmwareFamilies = FIRMWARE_FAMILIES,
): readonly ProbeMachine[] | string => {
  const personas = parsePersonas(choice.personas, families)
  if (typeof personas === 'string') return personas
  const wanted = architecturesIn(choice.architectures)
  if (typeof wanted === 'string') return wanted
  const machines: ProbeMachine[] = []
  for (const persona of personas)
    for (const arch of wanted ?? persona.family.probe?.architectures ?? persona.family.architectures) {
      const { family, profile } = persona
      const firmware = firmwareOf(family, profile, arch)
      if ('unknown' in firmware) continue
      const mac = toMac(choice.mac + machines.length)
      machines.push({ persona, firmware, arch, mac, questions: questionsFor(family, firmware, mac, choice) })
      if (family.probe?.oneForAll) break
    }
  if (machines.length === 0) return 'none of these firmware families exists for any of these architectures'
  if (machines.length > MAX_PROBE_MACHINES) return `at most ${MAX_PROBE_MACHINES} machines: choose fewer`
  if (isGroupMac(choice.mac) || isGroupMac(machines.at(-1)!.mac) || machines.at(-1)!.mac > 0xffffffffffff)
    return `${formatMac(choice.mac)} is a group address, not the address of one machine`
  return machines
}

const architecturesIn = (text: string | undefined): readonly ArchitectureName[] | undefined | string => {
  if (text === undefined) return undefined
  const names = text.split(',').map(name => name.trim())
  const unknown = names.find(name => !isArchitectureName(name))
  if (unknown !== undefined)
    return `there is no architecture "${unknown}"; there is ${ARCHITECTURES.map(({ name }) => name).join(', ')}`
  return names.filter(isArchitectureName)
}

const questionsFor = (
  { probe }: FirmwareFamily,
  firmware: Firmware,
  mac: Mac,
  { window, address }: MachineChoice,
): Question[] => {
  const stream = random(`probe ${mac}`)
  const questions = questionsOf(firmware, { mac, uuid: uuidFrom(stream) }, window - LAST_QUESTION_BEFORE)
  return [...questions, ...(probe?.questions?.(firmware, { mac, address, random: stream }) ?? [])]
}

/** The same for the same MAC, so that servers that remember machines meet the same ones again. */
const uuidFrom = (stream: Random): Uint8Array => Uint8Array.from({ length: 16 }, () => stream.below(256))

/** Locally administered, so that it is nobody's; room to count up. */
export const inventedMac = (stream: Random): Mac =>
  toMac(0x020000000000 + stream.below(2 ** 20) * 2 ** 20 + stream.below(2 ** 14) * 2 ** 6)
