/**
 * `kind: nbs`: the product, as it runs behind `nbs serve`. Does not contain any of its behaviour.
 */
import { z } from 'zod'
import { PolicySnapshot } from '../../deployment/notification-server.ts'
import { policy, resolvePolicy } from '../../deployment/policy-form.ts'
import { drawer } from '../../document/draw.ts'
import { durationRange, oneOrMore, reference, word, words } from '../../document/parts.ts'
import type { StateMachine } from '../../core/state-machine.ts'
import { bsdpService } from '../../nbs/bsdp.ts'
import type { DecisionSource } from '../../nbs/decision.ts'
import { withoutImages } from '../../nbs/images.ts'
import { NBS_SERVICES, NetworkBootService } from '../../nbs/service.ts'
import { Restartable } from '../../network/restartable.ts'
import { sharedPorts } from '../../network/shared-ports.ts'
import type { TftpEvent } from '../../protocol/tftp/events.ts'
import { type HttpServerState, startHttpServer } from '../http-server.ts'
import { type Server, serverForm, serverKind } from '../kind.ts'
import { nbsBsdp } from '../parts/bsdp-form.ts'
import { bsdpFor } from '../parts/bsdp-service.ts'
import { resolveNbsBsdp } from '../parts/bsdp.ts'
import { type Images, changedImages, checkImages, images } from '../parts/files.ts'
import { bootServerType, discoveryWays, pxeFields, pxePolicy } from '../parts/pxe.ts'
import { serviceState, started } from '../parts/services.ts'
import { httpSetting } from '../parts/http-form.ts'
import { tftpSetting } from '../parts/tftp-form.ts'
import { type TftpBehavior, behaving, behaviorFiles, behaviorOptions } from '../tftp-behavior.ts'

export const nbsKind = serverKind({
  ...serverForm('nbs', 'A Network Boot Service', {
    notificationServer: reference.optional().describe('The Notification Server it asks about each machine'),
    stalePolicy: policy.optional().describe('What that server said some time ago, used instead of asking'),
    images: images
      .optional()
      .describe('Boot images: a directory relative to this file, or a map of file name to size or text'),
    without: oneOrMore(words)
      .prefault([])
      .describe('Globs of image files not distributed to this server yet'),
    responseDelay: durationRange.prefault('0ms').describe('Waits before each answer'),
    style: pxeFields.style.describe(
      'Offer with the boot file, offer that sends to port 4011, offer with a menu, or the old engine (three END-closed option 43)',
    ),
    services: z
      .strictObject({
        pxe: serviceState.prefault('on').describe('PXE service'),
        bsdp: serviceState.prefault('on').describe('BSDP service'),
        tftp: tftpSetting.prefault('on').describe('TFTP service, or a map of what is wrong with it'),
        http: httpSetting
          .prefault('off')
          .describe('HTTP service with the same files, port 80, or a map of what is wrong with it'),
      })
      .prefault({})
      .describe('closed: the host answers port unreachable; silent: a firewall swallows it'),
    boot4011: word('alive', 'dead').prefault('alive').describe('Does port 4011 answer?'),
    allow: pxeFields.allow,
    deny: pxeFields.deny,
    minimumSecs: pxeFields.minimumSecs.describe('Answers only requests whose secs field is at least this'),
    arches: pxeFields.arches,
    menu: pxeFields.menu,
    bootServerType: bootServerType(0),
    discovery: discoveryWays('allows').describe('How machines may discover boot servers'),
    bsdp: nbsBsdp,
    whenUnreachable: pxeFields.whenUnreachable.describe(
      'What it does while its Notification Server does not answer',
    ),
  }),
  services: [...NBS_SERVICES, 'http'],
  delaysAnswers: true,

  resolve(form, { server, check, isNotificationServer, directoryExists }) {
    const { notificationServer, stalePolicy, bsdp } = form
    if (notificationServer !== undefined) isNotificationServer(notificationServer, ['notificationServer'])
    else if (!stalePolicy)
      check.complain([], 'an NBS needs a notificationServer to ask, or a stalePolicy', { side: 'key' })
    checkImages(check.at('images'), directoryExists, form.images)
    return {
      ...form,
      ...server,
      /** Used instead of asking. */
      stalePolicy: stalePolicy && resolvePolicy(stalePolicy),
      /** Besides the NetBoot folders among the images. */
      bsdp: bsdp && resolveNbsBsdp(check.at('bsdp'), bsdp),
    }
  },

  build(server, { host, random, trace, imagesOf, notificationServers, site }) {
    const whole = imagesOf(server.images)
    const distributed = server.without.length > 0 ? withoutImages(whole, server.without) : whole
    const { setup, files } = bsdpFor(server.bsdp, site?.imagesFor(server.name, distributed) ?? distributed)
    let delay = drawer(server.responseDelay, random.fork('delay'))
    const { allow, deny, services, boot4011, whenUnreachable } = server
    const live = notificationServers.get(server.notificationServer ?? '')
    const decisions: DecisionSource = server.stalePolicy
      ? new PolicySnapshot({ policy: server.stalePolicy })
      : (site?.decisionsFor(server.name, live) ?? live ?? NOBODY)
    const service = new NetworkBootService(setup ? sharedPorts(host) : host, {
      images: typeof services.tftp === 'object' ? behaviorFiles(files, services.tftp) : files,
      decisions,
      services: { ...services, tftp: typeof services.tftp === 'string' ? services.tftp : 'on' },
      ...(typeof services.tftp === 'object' && tftpLike(services.tftp)),
      boot4011,
      whenUnreachable,
      trace,
      observe: site?.observerFor(server.name, live, decisions),
      bsdp: setup && bsdpService({ ...setup, delay: () => delay(), deny, allow }),
      pxe: pxePolicy(server, delay),
    })
    const http = new Restartable((state: HttpServerState) => startHttpServer(host, state, files, trace))
    return {
      start: () => {
        void service.start()
        void http.start(services.http)
      },
      stop: () => {
        service.stop()
        http.stop()
      },
      startService: name =>
        void (name === 'http' ? http.start(started(services.http)) : service.startService(name)),
      stopService: name => (name === 'http' ? http.stop() : service.stopService(name)),
      setResponseDelay: range => {
        delay = drawer(range, random.fork('delay by fault'))
        service.responseDelay = delay
      },
    }
  },

  role: ({ notificationServer, stalePolicy }) =>
    notificationServer === undefined || stalePolicy ? 'NBS, old policy' : `NBS, asks ${notificationServer}`,
  hasService: ({ bsdp, images: written }, service) =>
    service !== 'bsdp' || (bsdp?.images.length ?? 0) > 0 || mayHoldNetBoot(written),
  answersPxe: ({ services }) => services.pxe === 'on',
  withFiles: (server, change) => ({ ...server, images: changedImages(server.images, change) }),
})

export type NbsServer = ReturnType<typeof nbsKind.resolve>

export const isNbs = (server: Server): server is NbsServer => server.kind === nbsKind.kind

const tftpLike = (behavior: TftpBehavior) => ({
  tftp: behaviorOptions(behavior),
  overTftp: (machine: StateMachine<string, TftpEvent>) => behaving(machine, behavior),
})

const NOBODY: DecisionSource = { ask: (_question, reply) => reply('unreachable') }

/** A folder is looked into when the run begins; of files that are written down the names are known. */
const mayHoldNetBoot = (written: Images | undefined): boolean =>
  written?.kind !== 'files' || written.files.some(({ name }) => /\.nbi\//i.test(name))
