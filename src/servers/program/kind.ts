/**
 * `kind: program`: a server program of this computer, unmodified, with a network card on a subnet of the scenario. Its
 * configuration is the user's, or is made from the plain fields of the scenario (`presets/`). Does not start programs.
 */
import { SECOND } from '../../core/micros.ts'
import { attachedServer } from '../attached/server.ts'
import { serverForm, serverKind } from '../kind.ts'
import { cardFor } from '../parts/card.ts'
import { checkFile, checkImages } from '../parts/files.ts'
import { resolveOptions, sendsToPort4011 } from '../parts/options.ts'
import { checkWritten, programFields } from './fields.ts'
import { type ProgramServer, programSpec, whatOf } from './spec.ts'

const USUAL_LEASE = 3600 * SECOND

export const programKind = serverKind({
  ...serverForm('program', 'A server program of this computer, on the virtual subnet', programFields),
  services: ['program'],
  paced: true,

  resolve(form, { server, check, directoryExists, fileExists }): ProgramServer {
    checkWritten(check, form)
    checkImages(check.at('images'), directoryExists, form.images)
    if (form.config !== undefined) checkFile(check.at('config'), fileExists, form.config)
    const { leaseTime = USUAL_LEASE } = form
    return {
      ...server,
      kind: form.kind,
      program: form.program,
      command: form.command,
      config: form.config,
      ready: form.ready,
      card: form.interface,
      mac: form.mac,
      images: form.images,
      isProxy: form.proxy ?? false,
      options: resolveOptions(check.at('options'), form.options),
      bootFile: form.bootFile,
      nextServer: form.nextServer,
      leaseSeconds: Math.min(Math.round(leaseTime / SECOND), 0xffff_ffff),
    }
  },

  attach(server, context) {
    const { jack, clock, trace, attachments, imagesOf, prefixLength } = context
    const place = { imagesOf, prefixLength, mac: jack.mac }
    const { name } = server
    return attachedServer({
      name,
      what: whatOf(server),
      jack,
      clock,
      trace,
      open: onLog => attachments.programs.start(programSpec(server, place, onLog)),
    })
  },

  cardOf: ({ mac: written, address, name }) => written ?? cardFor(address, name),
  role: server => `${whatOf(server)}, a program`,
  leases: ({ pools: own, options: said, bootFile, nextServer }, subnet) =>
    own.some(pool => pool.subnet === subnet) ? { options: said, bootFile, nextServer } : undefined,
  answersPxe: ({ isProxy, program }) => isProxy || program === 'nbs',
  sendsToClosed4011: ({ options: said, program }) =>
    program !== 'nbs' && sendsToPort4011(said) ? ['options'] : undefined,
  withFiles: (server, change) => ({
    ...server,
    images:
      server.images?.kind === 'files'
        ? { ...server.images, files: server.images.files.map(change) }
        : server.images,
  }),
})
