/**
 * Groups of clients: firmware, profile and architecture by name, and a MAC for every machine. Does not build
 * machines.
 */
import { BOOT_METHODS, type BootMethod } from '../core/boot-option.ts'
import { type Mac, formatMac, isGroupMac, toMac } from '../core/address.ts'
import { familyFor, guestsOf, namesOf } from '../firmware/catalogue.ts'
import type { FirmwareFamily } from '../firmware/family.ts'
import { type GuestKind, MAX_GUESTS } from '../network/attach/qemu/guest.ts'
import { type Checking, entriesOf } from './checking.ts'
import type { ClientForm } from './format.ts'
import type { Client, ClientGroup } from './model.ts'
import type { Path } from '../document/located.ts'
import { nearestName } from '../document/nearest.ts'
import { OWN_CABLE, resolveLink } from '../servers/parts/place.ts'

/** Most machines in one scenario (docs/limits.md). */
export const MAX_CLIENTS = 100_000

export const resolveClients = (checking: Checking): ClientGroup[] => {
  const owners = new Map<Mac, string>()
  const groups = checking.declared('clients')
  let total = 0
  let guests = 0
  return entriesOf(checking.form.clients).flatMap(([name, form]) => {
    const path = ['clients', name]
    checking.known(['subnets'], form.on, [...path, 'on'])
    const guest = guestOf(checking, name, form)
    const firmware = form.firmware ?? guest?.name
    if (firmware !== undefined) checkFirmware(checking, name, firmware, form)
    else if (form.guest === undefined)
      checking.complain([...path, 'firmware'], 'missing; give a text', { side: 'key' })
    const macs = macsOf(checking, name, form, groups.indexOf(name))
    total += macs.length
    if (guest !== undefined) {
      guests += macs.length
      if (guests > MAX_GUESTS && guests - macs.length <= MAX_GUESTS)
        checking.complain([...path, 'guest'], `more than ${MAX_GUESTS} guests in total`, { side: 'key' })
    }
    if (total > MAX_CLIENTS && total - macs.length <= MAX_CLIENTS)
      checking.complain(path, `more than ${MAX_CLIENTS} machines in total`, { side: 'key' })
    if (total > MAX_CLIENTS) return []
    const members = macs.map((mac, index): Client => ({ name: `${name}-${index + 1}`, mac, uuid: form.uuid }))
    claimMacs(checking, name, form, members, owners)
    const clash = members.find(member =>
      COLLIDING.some(collection => checking.isDeclared(collection, member.name)),
    )
    if (clash)
      checking.complain(path, `the name of its machine ${clash.name} is already taken`, { side: 'key' })
    return [
      {
        name,
        on: form.on,
        firmware: firmware ?? '',
        profile: form.profile,
        arch: form.arch ?? guest?.arch ?? familyOf(checking, firmware, form)?.architectures[0] ?? '',
        boot: bootOrder(checking, path, form, familyOf(checking, firmware, form)),
        powerOn: form.powerOn,
        link: form.link && resolveLink(form.link, OWN_CABLE),
        guest: guest?.name,
        members,
      },
    ]
  })
}

const isKnown = (method: string): method is BootMethod => BOOT_METHODS.some(known => known === method)

const bootOrder = (
  checking: Checking,
  group: Path,
  { boot, arch }: ClientForm,
  family: FirmwareFamily | undefined,
): readonly BootMethod[] | undefined => {
  if (boot === undefined || !family) return undefined
  const path = [...group, 'boot']
  const isHttp = arch?.endsWith('-http') === true
  const known = isHttp ? ['http4'] : (family.methods ?? ['pxe4'])
  const order = boot.filter(isKnown)
  for (const method of boot)
    if (!isKnown(method)) checking.complain(path, `${method}: boot over IPv6 is not modelled yet`)
    else if (!known.includes(method)) {
      const who = isHttp ? `an architecture for HTTP boot` : family.title
      checking.complain(path, `${who} has no boot option ${method}; it has ${known.join(', ')}`)
    }
  if (new Set(order).size < order.length) checking.complain(path, 'a boot option stands there twice')
  return order
}

const COLLIDING = ['clients', 'servers', 'routers', 'subnets', 'notificationServers'] as const

const familyOf = (
  { surroundings: { families } }: Checking,
  name: string | undefined,
  { profile }: ClientForm,
): FirmwareFamily | undefined => (name === undefined ? undefined : familyFor(families, name, profile))

const guestOf = (checking: Checking, name: string, form: ClientForm): GuestKind | undefined => {
  const path = ['clients', name]
  const { guest: written, firmware, arch } = form
  if (written === undefined) return undefined
  const guests = guestsOf(checking.surroundings.families)
  const guest = guests.find(kind => kind.name === written)
  if (guest === undefined) {
    const names = guests.map(kind => kind.name)
    checking.unknownName('guest', written, [...path, 'guest'], names)
    return undefined
  }
  if (firmware !== undefined && firmware !== guest.name)
    checking.complain([...path, 'guest'], `boots ${guest.name}, but the firmware is ${firmware}`, {
      nearest: firmware,
    })
  if (arch !== undefined && arch !== guest.arch)
    checking.complain([...path, 'arch'], `guest ${guest.name} is ${guest.arch}`, { nearest: guest.arch })
  return guest
}

const checkFirmware = (checking: Checking, name: string, firmware: string, form: ClientForm): void => {
  const path = ['clients', name]
  const { profile, arch } = form
  const family = familyOf(checking, firmware, form)
  if (!family) {
    const { families } = checking.surroundings
    const names = namesOf(families)
    const meant = families.find(({ aliases }) => aliases.includes(firmware.toLowerCase()))
    const nearest = nearestName(firmware, names) ?? meant?.name
    checking.complain(
      [...path, 'firmware'],
      `there is no firmware "${firmware}"; there are ${names.join(', ')}`,
      { nearest },
    )
    return
  }
  const profiles = Object.keys(family.profiles)
  if (profile !== undefined && !profiles.includes(profile))
    checking.unknownName(`profile of ${firmware}`, profile, [...path, 'profile'], profiles)
  if (arch !== undefined && !family.architectures.includes(arch))
    checking.complain(
      [...path, 'arch'],
      `${firmware} does not exist for architecture ${arch}${family.architectures.length > 8 ? '' : `; it does for ${family.architectures.join(', ')}`}`,
      {
        nearest: nearestName(arch, family.architectures),
      },
    )
}

/** Locally administered, one block of 2^24 per group. */
const USUAL_MAC = 0x02_4e_00_00_00_01

const macsOf = (checking: Checking, name: string, form: ClientForm, index: number): Mac[] => {
  const path = ['clients', name]
  const { count, mac, macs } = form
  if (macs) {
    if (mac !== undefined)
      checking.complain([...path, 'mac'], 'give mac and count, or macs, not both', { side: 'key' })
    if (macs.length === 0) checking.complain([...path, 'macs'], 'must name at least one MAC')
    if (count !== undefined && count !== macs.length)
      checking.complain([...path, 'count'], `${count} machines, but ${macs.length} macs`, {
        nearest: String(macs.length),
      })
    return [...macs]
  }
  const number = count ?? 1
  const first = mac ?? toMac(USUAL_MAC + (index % 256) * 2 ** 24)
  // Counting past the last three octets would make cards of another vendor.
  const room = 2 ** 24 - (first % 2 ** 24)
  if (number > room) {
    checking.complain(
      [...path, 'mac'],
      `${number} machines do not fit: only ${room} MACs are left from ${formatMac(first)} on`,
    )
    return []
  }
  return Array.from({ length: number }, (_, offset) => toMac(first + offset))
}

const claimMacs = (
  checking: Checking,
  name: string,
  form: ClientForm,
  members: readonly Client[],
  owners: Map<Mac, string>,
): void => {
  const at = (index: number): (string | number)[] => [
    'clients',
    name,
    ...(form.macs ? ['macs', index] : ['mac']),
  ]
  if (form.uuid !== undefined) {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(form.uuid))
      checking.complain(
        ['clients', name, 'uuid'],
        `"${form.uuid}" is not a UUID; write it as 4c4c4544-0051-3010-8052-b4c04f4e3132`,
      )
    else if (members.length > 1)
      checking.complain(['clients', name, 'uuid'], 'a UUID belongs to one machine, not to a group')
  }
  let clashes = 0
  for (const [index, { mac, name: member }] of members.entries()) {
    const earlier = owners.get(mac)
    owners.set(mac, earlier ?? member)
    if (isGroupMac(mac) && clashes++ === 0)
      checking.complain(at(index), `${formatMac(mac)} is a group address, not the address of a network card`)
    // One complaint per group: a block that overlaps another does so many times.
    if (earlier !== undefined && clashes++ === 0)
      checking.complain(at(index), `${formatMac(mac)} (${member}) is already the MAC of ${earlier}`)
  }
}
