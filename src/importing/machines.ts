/**
 * The machines of a draft: groups, with firmware, addresses and start times, and links that came up late. Does not choose
 * firmware.
 */
import { type Mac, formatMac, macBytes } from '../core/address.ts'
import { concat, equalBytes, latin1Bytes, toHex } from '../core/bytes.ts'
import { type Micros, MILLISECOND } from '../core/micros.ts'
import { clientMachineIdentifier } from '../wire/pxe/client.ts'
import type { Candidate } from './fingerprints.ts'
import type { Places } from './places.ts'
import type { Story } from './story.ts'
import { rangeText } from './written-times.ts'

export interface DraftFault {
  readonly at: Micros
  readonly kind: 'stop' | 'start' | 'cut' | 'heal'
  readonly what: string
}

/** More machines than these are written as groups. */
const MAX_SINGLE = 256

export const clientsOf = (
  stories: readonly Story[],
  places: Places,
  chosen: ReadonlyMap<Mac, Candidate>,
  startOf: (story: Story) => Micros,
  notes: Map<string, string>,
) => {
  const names = new Map<Mac, string>()
  const lateLinks: DraftFault[] = []
  const groups = new Map<string, Story[]>()
  for (const story of stories) {
    const { family, profile, arch } = chosen.get(story.machine.mac)!
    const kind = `${places.placeOf(story).name} ${family} ${profile} ${arch}`
    const key = stories.length > MAX_SINGLE ? kind : `${kind} ${story.machine.mac}`
    groups.set(key, [...(groups.get(key) ?? []), story])
  }
  const clients = [...groups.values()].map((group, index) => {
    const name = `pc${index + 1}`
    group.forEach(({ machine }, at) => names.set(machine.mac, `${name}-${at + 1}`))
    const [first] = group as [Story]
    const { family, profile, arch, likeness } = chosen.get(first.machine.mac)!
    const frame = first.questions[0]!.seen.frame
    notes.set(`clients ${name} firmware`, `${LIKENESS[likeness]}: frame ${frame}`)
    notes.set(`clients ${name} powerOn`, `inferred: its first question, frame ${frame}`)
    const uuid = group.length === 1 ? uuidOf(first) : undefined
    const { unseen, firstAt } = chosen.get(first.machine.mac)!
    if (unseen > 0 && group.length === 1) {
      notes.set(
        `clients ${name} powerOn`,
        `inferred: frame ${frame} says that it asked before; its link was down`,
      )
      const up = startOf(first) + firstAt - LINK_BEFORE
      lateLinks.push({ at: 0, kind: 'cut', what: name }, { at: up, kind: 'heal', what: name })
    }
    const form = {
      on: places.placeOf(first).name,
      firmware: family,
      profile,
      arch,
      macs: group.map(({ machine }) => formatMac(machine.mac)),
      powerOn: rangeText(group.map(startOf)),
      ...(uuid !== undefined && { uuid }),
    }
    return [name, form] as const
  })
  return { names, lateLinks, clients: Object.fromEntries(clients) }
}

/** A link that comes up is up before the first packet that it carries. */
const LINK_BEFORE: Micros = 100 * MILLISECOND

const LIKENESS: Readonly<Record<Candidate['likeness'], string>> = {
  same: 'inferred, it sends these very options',
  kind: 'inferred from the kind of its options',
  guess: 'guessed',
}

/** As a machine of a scenario has it that says nothing else. */
const USUAL_UUID = latin1Bytes('nbs-lab\0\0\0')

const uuidOf = ({ questions, machine }: Story): string | undefined => {
  const bytes = clientMachineIdentifier(questions[0]!.seen.message)
  if (bytes?.length !== 16 || equalBytes(bytes, concat([USUAL_UUID, macBytes(machine.mac)]))) return undefined
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map(at => bytes[at]!)
  const hex = toHex(Uint8Array.from(order))
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
