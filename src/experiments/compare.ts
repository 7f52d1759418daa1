/**
 * One machine of each firmware in turn in the same scenario with the same seed, alone or in a machine's stead: same
 * MAC, same place, same moment of power-on, so that every decision about it is the same, and only what the firmware
 * makes of the answers differs. Does not say what to do about a disagreement.
 */
import { FIRMWARE_FAMILIES, type FirmwareFamilies, familyFor } from '../firmware/catalogue.ts'
import type { FirmwareFamily } from '../firmware/family.ts'
import type { ArchitectureName } from '../wire/pxe/client.ts'
import type { Client, ClientGroup, Scenario } from '../scenario/model.ts'
import type { ClientResult } from '../simulation/result.ts'
import { type RunSurroundings, runScenario } from '../simulation/run.ts'

export interface ComparedMachine extends ClientResult {
  /** `edk2`, or `ipxe-efi` for the other platform of a family; with its profile where several are compared. */
  readonly label: string
}

export interface Comparison {
  readonly scenario: string
  readonly title: string
  readonly seed: number
  readonly version: string
  /** Whose MAC and place all of them had. */
  readonly machine: { readonly name: string; readonly mac: string; readonly subnet: string }
  readonly machines: readonly ComparedMachine[]
  /** In order of size; one group means that all firmware agrees. */
  readonly groups: readonly FateGroup[]
}

/** Machines with the same end. The file may differ: each architecture has its own. */
export interface FateGroup {
  readonly outcome: ClientResult['outcome']
  readonly pxeServer: string | null
  readonly labels: readonly string[]
}

export interface CompareOptions {
  readonly seed?: number
  /** Default: the first machine of the first group. */
  readonly client?: string
  /** Every profile of every family, not only the usual one. */
  readonly allProfiles?: boolean
  /**
   * Among the scenario's other machines instead of alone: servers and links then draw for it what they drew for the
   * machine that stood there.
   */
  readonly amongOthers?: boolean
}

/** Undefined: the scenario has no such machine. */
export const compareFirmware = (
  scenario: Scenario,
  surroundings: RunSurroundings,
  { seed = scenario.seed, client, allProfiles = false, amongOthers = false }: CompareOptions = {},
): Comparison | undefined => {
  const found = machineOf(scenario, client)
  if (!found) return undefined
  const machines = variantsOf(found.group, surroundings.families ?? FIRMWARE_FAMILIES, allProfiles).map(
    (variant): ComparedMachine => {
      const { name } = found.member
      const place = amongOthers ? inPlace : onlyMachine
      const { result } = runScenario(place(scenario, found.group, found.member, variant), surroundings, {
        seed,
        until: name,
        observed: !amongOthers,
      })
      return { label: variant.label, ...result.clients.find(one => one.name === name)! }
    },
  )
  const { name, mac, subnet } = machines[0]!
  return {
    scenario: scenario.file,
    title: scenario.title,
    seed,
    version: surroundings.version,
    machine: { name, mac, subnet },
    machines,
    groups: groupsOf(machines),
  }
}

const machineOf = (
  scenario: Scenario,
  name: string | undefined,
): { group: ClientGroup; member: Client } | undefined => {
  for (const group of scenario.clients)
    for (const member of group.members)
      if (name === undefined || member.name === name) return { group, member }
  return undefined
}

interface Variant {
  readonly label: string
  readonly firmware: string
  readonly profile: string
  readonly arch: ArchitectureName
}

const variantsOf = (group: ClientGroup, families: FirmwareFamilies, allProfiles: boolean): Variant[] => {
  const own = familyFor(families, group.firmware, group.profile)
  return families
    .filter(family => allProfiles || !family.comparedOnRequest || family === own)
    .flatMap(family => {
      const isOwn = family === own
      const usual = (isOwn && group.profile) || family.defaultProfile
      return platformsOf(family, isOwn ? group : undefined).flatMap(({ label, arch }) => {
        const profiles = allProfiles ? Object.keys(family.profiles) : [usual]
        return profiles.map(profile => ({
          label: allProfiles ? `${label} ${profile}` : label,
          firmware: family.name,
          profile,
          arch,
        }))
      })
    })
}

/** A machine of the scenario keeps its own architecture among its own family. */
const platformsOf = (
  { name, architectures, otherPlatform: other }: FirmwareFamily,
  own: ClientGroup | undefined,
): { label: string; arch: ArchitectureName }[] => {
  const ownArch = own?.arch as ArchitectureName | undefined
  const usual = ownArch !== undefined && ownArch !== other?.architecture ? ownArch : architectures[0]
  return [
    { label: name, arch: usual },
    ...(other ? [{ label: `${name}-${other.suffix}`, arch: other.architecture }] : []),
  ]
}

const NOTHING_EXPECTED = { findings: [], noFindings: [], outcomes: [] }

const onlyMachine = (
  scenario: Scenario,
  group: ClientGroup,
  member: Client,
  { firmware, profile, arch }: Variant,
): Scenario => ({
  ...scenario,
  clients: [{ ...group, firmware, profile, arch, members: [member] }],
  expect: NOTHING_EXPECTED,
})

const inPlace = (
  scenario: Scenario,
  group: ClientGroup,
  member: Client,
  { firmware, profile, arch }: Variant,
): Scenario => ({
  ...scenario,
  clients: scenario.clients.flatMap(one => {
    if (one !== group) return [one]
    const at = group.members.indexOf(member)
    return [
      { ...group, members: group.members.slice(0, at) },
      { ...group, firmware, profile, arch, members: [member] },
      { ...group, members: group.members.slice(at + 1) },
    ]
  }),
  expect: NOTHING_EXPECTED,
})

export const groupsOf = (machines: readonly Omit<ComparedMachine, 'screen'>[]): FateGroup[] => {
  const groups = new Map<
    string,
    { outcome: FateGroup['outcome']; pxeServer: string | null; labels: string[] }
  >()
  for (const { label, outcome, pxeServer } of machines) {
    // What a machine that failed was told by whom does not make it fail differently.
    const server = outcome === 'booted' || outcome === 'localDisk' ? pxeServer : null
    const key = `${outcome} ${server}`
    const group = groups.get(key)
    if (group) group.labels.push(label)
    else groups.set(key, { outcome, pxeServer: server, labels: [label] })
  }
  return [...groups.values()].sort((a, b) => b.labels.length - a.labels.length)
}
