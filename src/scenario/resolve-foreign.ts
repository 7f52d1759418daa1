/**
 * A foreign responder: its preset filled in, its options encoded, and what its role needs. Does not judge whether
 * its packets make sense; that they do not is often the point.
 */
import type { Checking } from './checking.ts'
import type { ForeignForm } from './format-servers.ts'
import type { ForeignServer } from './model-foreign.ts'
import { resolveOptionCode, resolveOptions } from './options.ts'
import { withPreset } from './presets.ts'
import type { Addresses } from './resolve-network.ts'
import { baseOf, resolveFiles, resolveImages, resolvePools } from './resolve-servers.ts'

export const resolveForeign = (
  checking: Checking,
  network: Addresses,
  name: string,
  written: ForeignForm,
): ForeignServer => {
  const path = ['servers', name]
  const form = withPreset(written)
  const role = form.role ?? 'proxy'
  if (form.role === undefined)
    checking.complain([...path, 'role'], 'a foreign server needs a role (dhcp, proxy or both) or a preset')
  else checkPool(checking, name, form)
  checkOtherAddress(checking, name, form)
  const { reply, discovery } = form
  return {
    kind: 'foreign',
    ...baseOf(network, name, form, form.delay ?? { low: 0, high: 0 }),
    role,
    preset: form.preset,
    pools: resolvePools(checking, network, name, form.on, form.pool ?? []),
    leaseTime: form.leaseTime,
    options: resolveOptions(checking, form.options, [...path, 'options']),
    bootFile: form.bootFile,
    nextServer: form.nextServer,
    boot4011: form.boot4011,
    reply: {
      delay: reply?.delay,
      bootFile: reply?.bootFile,
      nextServer: reply?.nextServer,
      serverIdentifier: reply?.serverIdentifier,
      options: resolveOptions(checking, reply?.options, [...path, 'reply', 'options']),
    },
    discovery: discovery && {
      types: discovery.types,
      broadcast: discovery.broadcast,
      unicast: discovery.unicast,
      group: discovery.group,
      bootFile: discovery.bootFile,
      nextServer: discovery.nextServer,
      serverIdentifier: discovery.serverIdentifier,
    },
    tftp: form.tftp,
    otherAddress: form.otherAddress,
    files: resolveFiles(form.files ?? {}),
    images: form.images === undefined ? undefined : resolveImages(checking, form.images, [...path, 'images']),
    answers: form.answers,
    omit: (form.omit ?? []).flatMap(
      (option, index) => resolveOptionCode(checking, option, [...path, 'omit', index]) ?? [],
    ),
    malformed: form.malformed,
    unicast: form.unicast,
    repeat: form.repeat,
    answersClass: form.answersClass,
    ipxe: { priority: form.ipxe.priority, noProxy: form.ipxe.noProxy },
  }
}

const checkPool = (checking: Checking, name: string, { role, pool, answers }: ForeignForm): void => {
  const path = ['servers', name]
  if (role === 'proxy' && pool)
    checking.complain(
      [...path, 'pool'],
      'a proxy leases no addresses; remove the pool, or write role: both',
      { side: 'key' },
    )
  // Whoever never offers needs nothing to offer.
  if (role !== 'proxy' && !pool && answers !== 'silent-but-nak-others')
    checking.complain([...path, 'pool'], `role ${role} leases addresses, so it needs a pool`)
}

const checkOtherAddress = (checking: Checking, name: string, { tftp, otherAddress }: ForeignForm): void => {
  const needed = tftp === 'other-address' || tftp === 'other-address-hears-both'
  const path = ['servers', name, 'otherAddress']
  if (needed && otherAddress === undefined)
    checking.complain(path, `tftp: ${tftp} needs an otherAddress to answer from`)
  if (!needed && otherAddress !== undefined)
    checking.complain(path, 'otherAddress is used by tftp: other-address only', { side: 'key' })
}
