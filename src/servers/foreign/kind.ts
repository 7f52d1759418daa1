/**
 * `kind: foreign`: any other responder, described by its packets: its preset filled in, its options encoded, and what
 * its role needs. Does not judge whether its packets make sense; that they do not is often the point.
 */
import type { Checker } from '../../document/checker.ts'
import { drawer } from '../../document/draw.ts'
import { word } from '../../document/parts.ts'
import type { ImageStore } from '../../nbs/images.ts'
import { type ServerContext, serverForm, serverKind } from '../kind.ts'
import { bsdpFor } from '../parts/bsdp-service.ts'
import { resolveForeignBsdp } from '../parts/bsdp.ts'
import { type ImageFile, type Images, checkImages, joinedStores, writtenFiles } from '../parts/files.ts'
import type { OptionsForm, OverloadForm } from '../parts/options-form.ts'
import { resolveOptionCodes, resolveOptions, resolveOverload, sendsToPort4011 } from '../parts/options.ts'
import { type ForeignOffer, foreignFields } from './fields.ts'
import { type ForeignForm, PRESETS, withPreset } from './presets.ts'
import { resolveRecorded } from './recorded-form.ts'
import { FOREIGN_SERVICES, ForeignServer } from './server.ts'

export const foreignKind = serverKind({
  ...serverForm('foreign', 'Any other responder, described by its packets', {
    preset: word(...PRESETS)
      .optional()
      .describe('A known product or situation; the other fields override it'),
    ...foreignFields,
  }),
  services: FOREIGN_SERVICES,
  delaysAnswers: true,

  resolve(given, { server, check, directoryExists }) {
    const form = withPreset(silentOtherwise(given))
    if (form.role === undefined)
      check.complain(
        ['role'],
        'missing; a foreign server needs a role (dhcp, proxy or both), a preset, bsdp, or recorded',
      )
    else checkPool(check, form)
    checkOtherAddress(check, form)
    checkImages(check.at('images'), directoryExists, form.images)
    return {
      ...encoded(check, form),
      ...server,
      role: form.role ?? 'proxy',
      ack: form.ack && encoded(check.at('ack'), form.ack),
      reply: form.reply && encoded(check.at('reply'), form.reply),
      discovery: form.discovery && encoded(check.at('discovery'), form.discovery),
      also: form.also.map((each, index) => encoded(check.at('also', index), each)),
      byArchitecture: (form.byArchitecture ?? []).map(({ reply, ...offer }, index) => {
        const at = check.at('byArchitecture', index)
        return { ...encoded(at, offer), reply: reply && encoded(at.at('reply'), reply) }
      }),
      bsdp: form.bsdp && resolveForeignBsdp(check.at('bsdp'), form.bsdp),
      recorded: form.recorded && resolveRecorded(check.at('recorded'), form.recorded),
    }
  },

  build(server, { host, random, trace, imagesOf }) {
    const own = filesOf(server, imagesOf)
    const macs = server.bsdp && bsdpFor(server.bsdp, own ?? writtenFiles([]))
    const foreign: ForeignServer = new ForeignServer(
      host,
      {
        responder: server,
        random,
        tftp: server.tftp,
        http: server.http,
        files: macs?.files ?? own,
        bsdp: macs?.setup && { ...macs.setup, delay: () => server.bsdp?.delay ?? foreign.delays.offer() },
        otherAddress: server.otherAddress,
      },
      trace,
    )
    return {
      start: () => void foreign.start(),
      stop: () => foreign.stop(),
      startService: name => void foreign.startService(name),
      stopService: name => foreign.stopService(name),
      setResponseDelay: range => {
        foreign.delays.offer = drawer(range, random.fork('delay by fault'))
      },
    }
  },

  role: ({ preset, role }) => preset ?? ROLES[role],
  hasService: ({ bsdp }, service) => service !== 'bsdp' || bsdp !== undefined,
  otherAddresses: ({ otherAddress }) => ({ otherAddress }),
  leases: ({ role, also, options = [], bootFile, nextServer }) =>
    [{ role }, ...also].every(offer => offer.role === 'proxy')
      ? undefined
      : { options, bootFile, nextServer },
  answersPxe: ({ answers, role, also }) =>
    answers !== 'silent' &&
    answers !== 'silent-but-nak-others' &&
    [{ role }, ...also].some(offer => offer.role !== 'dhcp'),
  sendsToClosed4011: server =>
    server.boot4011 !== 'alive' &&
    server.answers !== 'silent' &&
    // Role `both` says PXEClient by itself; a proxy with a dead 4011 is no DHCP server.
    [server, ...server.also].some(
      ({ role, options = [] }) => role !== 'proxy' && sendsToPort4011(options, role === 'both' || undefined),
    )
      ? []
      : undefined,
  withFiles: (server, change) => ({ ...server, files: server.files?.map(change) }),
})

const ROLES: Readonly<Record<ForeignOffer['role'], string>> = {
  dhcp: 'DHCP, foreign',
  proxy: 'PXE, foreign',
  both: 'DHCP and PXE, foreign',
}

/** Who answers Macs, or as was recorded, and has no other role is silent to everybody else. */
const silentOtherwise = (form: ForeignForm): ForeignForm => {
  if (form.role !== undefined || form.preset !== undefined) return form
  const silent = { role: 'proxy', answers: 'silent', boot4011: form.boot4011 ?? 'closed' } as const
  if (form.recorded) return { ...form, ...silent }
  return form.bsdp ? { ...form, ...silent, tftp: form.tftp ?? 'on' } : form
}

interface WithOptions {
  readonly options?: OptionsForm | undefined
  readonly omit?: readonly (string | number)[] | undefined
  readonly overload?: OverloadForm | undefined
}

const encoded = <F extends WithOptions>(check: Checker, { options, omit, overload, ...rest }: F) => ({
  ...rest,
  options: options && resolveOptions(check.at('options'), options),
  omit: omit && resolveOptionCodes(check.at('omit'), omit),
  overload: overload && resolveOverload(check.at('overload'), overload),
})

type Checked = Pick<ForeignForm, 'role' | 'pool' | 'answers' | 'also' | 'noLease' | 'tftp' | 'otherAddress'>

const checkPool = (check: Checker, { role, pool, answers, also, noLease }: Checked): void => {
  const leases = [{ role, noLease }, ...also].some(offer => offer.role !== 'proxy' && offer.noLease !== true)
  if (!leases && pool && noLease !== true)
    check.complain(['pool'], 'a proxy leases no addresses; remove the pool, or write role: both', {
      side: 'key',
    })
  // Whoever never offers needs nothing to offer.
  const offers = answers !== 'silent-but-nak-others' && answers !== 'silent'
  if (leases && offers && !pool) check.complain(['pool'], `missing; role ${role} leases addresses`)
}

const checkOtherAddress = (check: Checker, { tftp, otherAddress }: Checked): void => {
  const needed = tftp === 'other-address' || tftp === 'other-address-hears-both'
  if (needed && otherAddress === undefined)
    check.complain(['otherAddress'], `missing; tftp: ${tftp} answers from it`)
  if (!needed && otherAddress !== undefined)
    check.complain(['otherAddress'], 'otherAddress is used by tftp: other-address only', { side: 'key' })
}

interface WithFiles {
  readonly files?: readonly ImageFile[] | undefined
  readonly images?: Images | undefined
}

/** The scenario's own files before those of a directory. */
const filesOf = (
  { files = [], images }: WithFiles,
  imagesOf: ServerContext['imagesOf'],
): ImageStore | undefined => {
  if (!images) return files.length > 0 ? writtenFiles(files) : undefined
  return joinedStores(writtenFiles(files), imagesOf(images))
}
