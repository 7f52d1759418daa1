/**
 * A scenario, as an object that a file could hold, made of what a capture shows; with a note for each value that says
 * by which frames it is known and how surely. Does not write YAML and does not run anything.
 */
import {
  ANY_IP4,
  type Ip4,
  LIMITED_BROADCAST,
  type Mac,
  formatCidr,
  formatIp4,
  ip4Number,
  isMulticast,
  contains,
  roleIn,
} from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import { DHCP_PORT } from '../wire/dhcp/message.ts'
import { type RecordedForm, recordedOf } from './answers.ts'
import { type FilesForm, filesFormOf } from './files.ts'
import { type Change, changesOf } from './lives.ts'
import { limitOf } from './run-length.ts'
import { type DraftFault, clientsOf } from './machines.ts'
import type { Candidate } from './fingerprints.ts'
import { type Place, type Places, placesOf } from './places.ts'
import type { RelayingInterface } from './router-config.ts'
import { configured } from './routers.ts'
import type { Seen } from './seen.ts'
import type { Story } from './story.ts'
import { durationText } from './written-times.ts'

/** What is written, and by path (`servers dhcp-2 address`) what is known of it. */
export interface Draft {
  readonly object: ScenarioObject
  readonly notes: ReadonlyMap<string, string>
  /** By machine: how it is called in the scenario. */
  readonly names: ReadonlyMap<Mac, string>
  /** Servers by address. */
  readonly servers: ReadonlyMap<Ip4, string>
  /** Capture time of the scenario's start. */
  readonly origin: Micros
  /** What the capture does not show, and what was taken instead. */
  readonly assumed: readonly string[]
}

export type ScenarioObject = Readonly<Record<string, unknown>>

export interface DraftOptions {
  readonly title: string
  /** Interfaces of routers, from their configurations: these relay as they say, whatever was seen. */
  readonly routers?: readonly RelayingInterface[]
  /** Which firmware each machine is given. */
  readonly chosen: ReadonlyMap<Mac, Candidate>
  /** What an answer's delay is to be corrected by. */
  readonly corrections?: ReadonlyMap<string, Micros>
}

/** A frame is seen at the switch: this much of an answer's time is the way (network/virtual). */
const WAY: Micros = 100

export const draftOf = (seen: Seen, stories: readonly Story[], options: DraftOptions): Draft => {
  const { chosen, title } = options
  const notes = new Map<string, string>()
  const assumed: string[] = []
  const asked = askedHosts(stories)
  const places = configured(placesOf(stories, [...asked]), options.routers ?? [], assumed)
  const startOf = (story: Story): Micros => story.questions[0]!.at - chosen.get(story.machine.mac)!.firstAt
  const origin = Math.min(0, ...stories.map(startOf))
  const servers = serversOf(seen, stories, places, asked, notes, origin, assumed, options)
  const { clients, names, lateLinks } = clientsOf(
    stories,
    places,
    chosen,
    story => startOf(story) - origin,
    notes,
  )
  const faults = [...servers.flatMap(({ faults: own }) => own), ...lateLinks].sort((a, b) => a.at - b.at)
  const limit = limitOf(seen, stories, origin)
  for (const { name, because } of places.subnets) notes.set(`subnets ${name} cidr`, because)
  return {
    object: {
      title,
      limit: `${limit}s`,
      subnets:
        places.subnets.length === 0
          ? { lan: { cidr: '192.0.2.0/24' } }
          : Object.fromEntries(places.subnets.map(({ name, cidr }) => [name, { cidr: formatCidr(cidr) }])),
      ...(places.routers.length > 0 && { routers: routersForm(places, servers) }),
      servers: Object.fromEntries(servers.map(({ name, form }) => [name, form])),
      clients,
      ...(faults.length > 0 && {
        faults: faults.map(({ at, kind, what }) => ({ at: durationText(at), [kind]: what })),
      }),
    },
    notes,
    names,
    servers: new Map(servers.map(({ ip, name }) => [ip, name])),
    origin,
    assumed,
  }
}

/** Hosts that were asked by unicast and are there, whether they answered or not. */
const askedHosts = (stories: readonly Story[]): Set<Ip4> => {
  const hosts = new Set<Ip4>()
  const gone = new Set<Ip4>()
  for (const { machine } of stories)
    for (const boot of machine.boots) {
      for (const [ip, wait] of boot.arps) if (!wait.answered && wait.count >= 2) gone.add(ip)
      for (const { target, toGroup, unreachable } of boot.asks4011)
        if (!toGroup && isThere(target, unreachable)) hosts.add(target)
      for (const { server, unreachable } of boot.transfers)
        if (isThere(server, unreachable)) hosts.add(server)
    }
  for (const ip of gone) hosts.delete(ip)
  return hosts
}

const isThere = (ip: Ip4, unreachable: { readonly cause: string; readonly by?: Ip4 } | undefined): boolean =>
  ip !== ANY_IP4 &&
  ip !== LIMITED_BROADCAST &&
  !isMulticast(ip) &&
  (unreachable === undefined || unreachable.cause === 'port')

// Servers.

interface DraftServer {
  readonly ip: Ip4
  readonly name: string
  readonly form: Readonly<Record<string, unknown>>
  readonly faults: readonly DraftFault[]
}

const serversOf = (
  seen: Seen,
  stories: readonly Story[],
  places: Places,
  asked: ReadonlySet<Ip4>,
  notes: Map<string, string>,
  origin: Micros,
  assumed: string[],
  { corrections }: DraftOptions,
): DraftServer[] => {
  const routers = new Set(places.routers.flatMap(({ joins }) => [...joins.values()]))
  const answering = new Set(
    stories.flatMap(({ questions }) =>
      questions.flatMap(({ answers }) => answers.map(({ server }) => server)),
    ),
  )
  const all = [...new Set([...answering, ...asked])]
    .filter(ip => !routers.has(ip))
    .sort((a, b) => ip4Number(a) - ip4Number(b))
  const boots = [...stories.flatMap(({ machine }) => machine.boots), ...seen.strays]
  const transfers = boots.flatMap(boot => boot.transfers)
  const used = new Set<string>()
  return all.flatMap((ip): DraftServer[] => {
    const place = places.subnetOf(ip)
    if (!place) {
      assumed.push(`${formatIp4(ip)} fits no subnet and was left out`)
      return []
    }
    const recorded = recordedOf(
      ip,
      stories,
      (story, question, answer) => {
        const way = answer.relayed ? 3 * WAY : WAY
        const key = `${ip4Number(ip)} ${story.machine.mac} ${question.seen.frame} ${answer.seen.frame}`
        return answer.after - way + (corrections?.get(key) ?? 0)
      },
      seen.lastAt,
    )
    const files = filesFormOf(ip, transfers, seen.contents, other => isFreeIn(place, other, all, routers))
    const name = nameFor(ip, recorded, files, used)
    noteServer(name, recorded, files, notes)
    return [
      {
        ip,
        name,
        form: serverForm(ip, place, recorded, files, stories),
        faults: faultsOf(name, changesOf(ip, stories, boots), origin, notes),
      },
    ]
  })
}

/** Another address of a server is one of its subnet that nobody else has. */
const isFreeIn = ({ cidr }: Place, ip: Ip4, servers: readonly Ip4[], routers: ReadonlySet<Ip4>): boolean =>
  contains(cidr, ip) && roleIn(cidr, ip) === 'host' && !servers.includes(ip) && !routers.has(ip)

const nameFor = (ip: Ip4, { messages }: RecordedForm, files: FilesForm, used: Set<string>): string => {
  const forms = Object.values(messages)
  const role = forms.some(({ lease }) => lease === 'yes')
    ? 'dhcp'
    : forms.length > 0
      ? 'pxe'
      : files.tftp === 'off'
        ? 'host'
        : 'tftp'
  const octets = formatIp4(ip).split('.')
  for (let count = 1; count <= 4; count++) {
    const name = `${role}-${octets.slice(-count).join('-')}`
    if (used.has(name)) continue
    used.add(name)
    return name
  }
  return `${role}-${ip4Number(ip)}`
}

const serverForm = (
  ip: Ip4,
  place: Place,
  { messages, answers, leases }: RecordedForm,
  { tftp, otherAddress, files }: FilesForm,
  stories: readonly Story[],
): Readonly<Record<string, unknown>> => {
  const group = groupOf(ip, stories)
  return {
    kind: 'foreign',
    on: place.name,
    address: formatIp4(ip),
    boot4011: boot4011Of(ip, stories),
    tftp,
    ...(otherAddress !== undefined && { otherAddress }),
    ...(Object.keys(files).length > 0 && { files }),
    recorded: {
      ...(group !== undefined && { group: formatIp4(group) }),
      ...(Object.keys(messages).length > 0 && { messages }),
      ...(answers.length > 0 && { answers }),
      ...(leases.length > 0 && { leases }),
    },
  }
}

const boot4011Of = (ip: Ip4, stories: readonly Story[]): string => {
  let state = 'closed'
  for (const { questions, machine } of stories) {
    if (questions.some(({ on4011, answers }) => on4011 && answers.some(({ server }) => server === ip)))
      return 'alive'
    for (const { target, unreachable } of machine.boots.flatMap(boot => boot.asks4011))
      if (target === ip && !unreachable) state = 'dead'
  }
  return state
}

const groupOf = (ip: Ip4, stories: readonly Story[]): Ip4 | undefined =>
  stories
    .flatMap(({ questions }) => questions)
    .find(
      ({ seen, answers }) =>
        seen.targetPort === DHCP_PORT.bootServer &&
        isMulticast(seen.target) &&
        answers.some(({ server }) => server === ip),
    )?.seen.target

const noteServer = (
  name: string,
  { frames, answers }: RecordedForm,
  files: FilesForm,
  notes: Map<string, string>,
): void => {
  const first = Math.min(...Object.values(frames).map(each => each.first))
  if (Number.isFinite(first)) notes.set(`servers ${name} address`, `seen: first answers in frame ${first}`)
  for (const [message, { first: frame, count }] of Object.entries(frames))
    notes.set(
      `servers ${name} recorded messages ${message}`,
      `seen: frame ${frame}${count > 1 ? ` and ${count - 1} more` : ''}`,
    )
  if (answers.length > 0)
    notes.set(`servers ${name} recorded answers`, 'delays are as measured where the machine is')
  for (const [file, note] of Object.entries(files.notes)) notes.set(`servers ${name} files ${file}`, note)
}

const faultsOf = (
  name: string,
  changes: readonly Change[],
  origin: Micros,
  notes: Map<string, string>,
): DraftFault[] => {
  const [first] = changes
  if (first) notes.set('faults', `inferred: who was there did not answer from frame ${first.frame} on`)
  return changes.map(({ at, kind, whole }) => ({
    at: at - origin,
    kind,
    what: whole ? name : `${name}.tftp`,
  }))
}

// Routers.

const routersForm = ({ routers }: Places, servers: readonly DraftServer[]) =>
  Object.fromEntries(
    routers.map(({ name, joins, relay, option82 }) => [
      name,
      {
        joins: Object.fromEntries([...joins].map(([subnet, ip]) => [subnet, formatIp4(ip)])),
        ...(relay.size > 0 && {
          relay: Object.fromEntries(
            [...relay].map(([subnet, targets]) => [
              subnet,
              targets.map(target => servers.find(({ ip }) => ip === target)?.name ?? formatIp4(target)),
            ]),
          ),
        }),
        ...(option82 && { option82 }),
      },
    ]),
  )
