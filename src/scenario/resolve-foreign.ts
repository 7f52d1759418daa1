/**
 * A foreign responder: its preset filled in, its options encoded, and what its role needs. Does not judge whether
 * its packets make sense; that they do not is often the point.
 */
import type { Checking } from './checking.ts'
import type { ForeignForm, OfferForm, ReplyForm } from './format-foreign.ts'
import type { Path } from '../document/located.ts'
import type {
  ForeignDiscovery,
  ForeignOffer,
  ForeignReply,
  ForeignServer,
  ForeignVariant,
} from './model-foreign.ts'
import type { Range } from '../document/quantities.ts'
import { resolveOptionCode, resolveOptions } from './options.ts'
import { type CompleteForm, withPreset } from './presets.ts'
import { resolveForeignBsdp } from './resolve-bsdp.ts'
import type { Addresses } from './resolve-network.ts'
import { resolvePools } from './resolve-pools.ts'
import { baseOf, resolveFiles, resolveImages } from './server-parts.ts'

const AT_ONCE: Range = { low: 0, high: 0 }

export const resolveForeign = (
  checking: Checking,
  network: Addresses,
  name: string,
  written: ForeignForm,
): ForeignServer => {
  const path = ['servers', name]
  const form = withPreset(bsdpOnly(written))
  const role = form.role ?? 'proxy'
  if (form.role === undefined)
    checking.complain(
      [...path, 'role'],
      'missing; a foreign server needs a role (dhcp, proxy or both), a preset, or bsdp',
    )
  else checkPool(checking, name, form)
  checkOtherAddress(checking, name, form)
  return {
    kind: 'foreign',
    ...baseOf(network, name, form, form.delay ?? AT_ONCE),
    role,
    ...resolveOffer(checking, form, path),
    preset: form.preset,
    ackDelay: form.ackDelay,
    pools: resolvePools(checking, network, name, form.on, form.pool ?? []),
    leaseTime: form.leaseTime,
    boot4011: form.boot4011,
    reply: form.reply && resolveReply(checking, form.reply, [...path, 'reply']),
    discovery: form.discovery && resolveDiscovery(checking, form.discovery, [...path, 'discovery']),
    tftp: form.tftp,
    otherAddress: form.otherAddress,
    files: resolveFiles(form.files ?? {}),
    images: form.images === undefined ? undefined : resolveImages(checking, form.images, [...path, 'images']),
    answers: form.answers,
    unicast: form.unicast ?? [],
    repeat: form.repeat,
    answersClass: form.answersClass,
    also: form.also.map((each, index) => ({
      role: each.role,
      delay: each.delay,
      ...resolveOffer(checking, each, [...path, 'also', index]),
    })),
    byArchitecture: (form.byArchitecture ?? []).map((each, index) =>
      resolveVariant(checking, each, [...path, 'byArchitecture', index]),
    ),
    minimumSecs: form.minimumSecs ?? 0,
    own: form.own,
    bsdp: form.bsdp && resolveForeignBsdp(checking, form.bsdp, [...path, 'bsdp']),
  }
}

/** Who answers Macs and has no other role is silent to everybody else. */
const bsdpOnly = (form: ForeignForm): ForeignForm =>
  form.bsdp && form.role === undefined && form.preset === undefined
    ? { ...form, role: 'proxy', answers: 'silent', boot4011: 'closed', tftp: form.tftp ?? 'on' }
    : form

const resolveOffer = (checking: Checking, form: OfferForm, path: Path): Omit<ForeignOffer, 'role'> => ({
  options: resolveOptions(checking, form.options, [...path, 'options']),
  bootFile: form.bootFile,
  nextServer: form.nextServer,
  noLease: form.noLease ?? false,
  omit: resolveOmit(checking, form, path),
  malformed: form.malformed ?? [],
  ipxe: { priority: form.ipxe?.priority, noProxy: form.ipxe?.noProxy ?? false },
})

const resolveOmit = (checking: Checking, { omit = [] }: OfferForm, path: Path): number[] =>
  omit.flatMap(
    (option, index) =>
      resolveOptionCode(checking, option, [...path, 'omit', ...(omit.length === 1 ? [] : [index])]) ?? [],
  )

/** What is not written is left as the offer has it. */
const resolveVariant = (
  checking: Checking,
  form: NonNullable<ForeignForm['byArchitecture']>[number],
  path: Path,
): ForeignVariant => {
  const whole = resolveOffer(checking, form, path)
  const written = Object.entries(whole).filter(([field]) => form[field as keyof OfferForm] !== undefined)
  return {
    arches: form.arches,
    offer: Object.fromEntries(written),
    reply: form.reply && resolveReply(checking, form.reply, [...path, 'reply']),
  }
}

const resolveReply = (checking: Checking, form: NonNullable<ReplyForm>, path: Path): ForeignReply => ({
  delay: form.delay,
  bootFile: form.bootFile,
  nextServer: form.nextServer,
  serverIdentifier: form.serverIdentifier,
  options: resolveOptions(checking, form.options, [...path, 'options']),
})

const resolveDiscovery = (
  checking: Checking,
  form: NonNullable<ForeignForm['discovery']>,
  path: Path,
): ForeignDiscovery => ({
  ...resolveReply(checking, form, path),
  types: form.types,
  broadcast: form.broadcast,
  unicast: form.unicast,
  group: form.group,
})

const checkPool = (
  checking: Checking,
  name: string,
  { role, pool, answers, also, noLease }: CompleteForm,
): void => {
  const path = ['servers', name]
  const leases = [{ role, noLease }, ...also].some(offer => offer.role !== 'proxy' && offer.noLease !== true)
  if (!leases && pool && noLease !== true)
    checking.complain(
      [...path, 'pool'],
      'a proxy leases no addresses; remove the pool, or write role: both',
      { side: 'key' },
    )
  // Whoever never offers needs nothing to offer.
  const offers = answers !== 'silent-but-nak-others' && answers !== 'silent'
  if (leases && offers && !pool)
    checking.complain([...path, 'pool'], `missing; role ${role} leases addresses`)
}

const checkOtherAddress = (checking: Checking, name: string, { tftp, otherAddress }: CompleteForm): void => {
  const needed = tftp === 'other-address' || tftp === 'other-address-hears-both'
  const path = ['servers', name, 'otherAddress']
  if (needed && otherAddress === undefined) checking.complain(path, `missing; tftp: ${tftp} answers from it`)
  if (!needed && otherAddress !== undefined)
    checking.complain(path, 'otherAddress is used by tftp: other-address only', { side: 'key' })
}
