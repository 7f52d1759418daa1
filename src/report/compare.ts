/**
 * A comparison of firmware for people: a matrix, and one sentence that says who boots from whom. Does not run it.
 */
import type { ComparedMachine, Comparison, FateGroup } from '../experiments/compare.ts'
import { groupsOf } from '../experiments/compare.ts'
import { type Palette, outcomeText, plainTable } from './text/run.ts'

export const reportComparison = (comparison: Comparison, colour: Palette): string[] => {
  const { title, scenario, seed, machine, machines } = comparison
  return [
    `${colour.bold(title)}  ${colour.dim(`seed ${seed}, ${scenario}`)}`,
    colour.dim(
      `One machine of each firmware in turn as ${machine.name} (${machine.mac}) on ${machine.subnet}`,
    ),
    '',
    ...matrix(machines, colour),
    '',
    verdictOf(comparison),
  ]
}

const matrix = (machines: readonly ComparedMachine[], colour: Palette): string[] => {
  const table = plainTable(
    ['firmware', 'profile', 'arch', 'lease from', 'PXE server', 'file', 'outcome', 'code', 'seconds'],
    colour,
  )
  for (const { label, profile, outcome, code, leaseFrom, pxeServer, file, arch, seconds } of machines)
    table.push([
      // With all profiles, a label ends with the profile's name.
      label.split(' ')[0]!,
      profile,
      arch,
      leaseFrom ?? '-',
      pxeServer ?? '-',
      file ?? '-',
      outcomeText(outcome, colour),
      code ?? '-',
      { right: seconds.toFixed(2) },
    ])
  return table.lines()
}

/** `The firmwares disagree: edk2 and bios-rom boot from nbs-a; ipxe boots dhcp's own file installer.0.` */
export const verdictOf = ({ machines, groups }: Pick<Comparison, 'machines' | 'groups'>): string => {
  const [only] = groups
  if (groups.length === 1 && only) return `All firmware agrees: ${sentenceOf(only, machines)}.`
  return `The firmwares disagree: ${groups.map(group => sentenceOf(group, machines)).join('; ')}.`
}

type Machines = readonly Omit<ComparedMachine, 'screen'>[]

/** Without a verdict: what each of these would do. */
export const whatEachDoes = (machines: Machines): string =>
  groupsOf(machines)
    .map(group => sentenceOf(group, machines))
    .join('; ')

const sentenceOf = ({ outcome, pxeServer, labels }: FateGroup, machines: Machines): string => {
  const members = machines.filter(({ label }) => labels.includes(label))
  const one = members.length === 1
  const who = listed(withProfiles(labels, machines))
  switch (outcome) {
    case 'booted': {
      const boot = one ? 'boots' : 'boot'
      const ownFile = members.every(({ leaseFrom }) => leaseFrom === pxeServer)
      const files = [...new Set(members.map(({ file }) => file))]
      if (!ownFile || pxeServer === null) return `${who} ${boot} from ${pxeServer ?? 'an unknown server'}`
      return `${who} ${boot} ${pxeServer}'s own file ${files.join(', ')}`
    }
    case 'localDisk':
      return `${who} ${one ? 'goes' : 'go'} to the local disk${pxeServer === null ? '' : `, sent there by ${pxeServer}`}`
    case 'failed':
      return `${listed(withCodes(members, machines))} ${one ? 'fails' : 'fail'}`
    case 'pending':
      return `${who} still ${one ? 'tries' : 'try'} at the limit`
  }
}

/** `edk2 2022` and `edk2 pre-2019` become `edk2 (2022, pre-2019)`; all profiles of a family, `all ipxe`. */
const withProfiles = (labels: readonly string[], machines: Machines): string[] => {
  const families = new Map<string, string[]>()
  for (const label of labels) {
    const [family = label, profile] = label.split(' ')
    families.set(family, [...(families.get(family) ?? []), ...(profile === undefined ? [] : [profile])])
  }
  return [...families].map(([family, profiles]) => {
    if (profiles.length === 0) return family
    if (profiles.length === 1) return `${family} ${profiles[0]}`
    const all = machines.filter(({ label }) => label.startsWith(`${family} `)).length
    return profiles.length === all ? `all ${family}` : `${family} (${profiles.join(', ')})`
  })
}

const withCodes = (members: Machines, machines: Machines): string[] => {
  const codes = new Map<string | null, string[]>()
  for (const { label, code } of members) codes.set(code, [...(codes.get(code) ?? []), label])
  return [...codes].map(([code, labels]) => {
    const who = listed(withProfiles(labels, machines))
    return code === null ? who : `${who} (${code})`
  })
}

export const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
