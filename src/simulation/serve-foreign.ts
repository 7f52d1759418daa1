/**
 * `kind: foreign`: any other responder, described by its packets. Does not contain any of its behaviour.
 */
import type { Random } from '../core/random.ts'
import type { ImageStore } from '../nbs/images.ts'
import { isRefusal } from '../protocol/tftp/files.ts'
import { type ForeignServiceName, ForeignServer as RunningForeign } from '../servers/foreign.ts'
import type {
  ForeignOffer as OfferOptions,
  ForeignReply as ReplyOptions,
} from '../servers/foreign-options.ts'
import { architectureNumber, isArchitectureName } from '../wire/pxe/client.ts'
import { bsdpFor } from './serve-bsdp.ts'
import { writtenFiles } from './written-files.ts'
import { drawer } from '../document/draw.ts'
import type { ServiceName } from '../scenario/model.ts'
import type { ForeignReply, ForeignServer } from '../scenario/model-foreign.ts'
import type { Range } from '../document/quantities.ts'
import type { RunningServer, Workshop } from './running-server.ts'

export const foreignServer = (server: ForeignServer, workshop: Workshop): RunningServer => {
  const { host, random, trace } = workshop
  let delay = drawer(server.responseDelay, random.fork('delay'))
  const replyOptions = (reply: ForeignReply | undefined, label: string): ReplyOptions | undefined =>
    reply && { ...reply, delay: maybeDrawer(reply.delay, random.fork(label)) }
  const { discovery, bsdp } = server
  const macs = bsdp && bsdpFor(bsdp, filesOf(server, workshop) ?? writtenFiles([]))
  const foreign = new RunningForeign(
    host,
    {
      responder: {
        ...offerOptions(server),
        address: server.address,
        delay: () => delay(),
        ackDelay: maybeDrawer(server.ackDelay, random.fork('ack delay')),
        pools: server.pools,
        leaseTime: server.leaseTime,
        boot4011: server.boot4011,
        reply: replyOptions(server.reply, 'reply'),
        discovery: discovery && {
          ...discovery,
          delay: maybeDrawer(discovery.delay, random.fork('discovery')),
        },
        answers: server.answers,
        unicast: server.unicast,
        repeat: server.repeat,
        answersClass: server.answersClass,
        also: server.also.map((offer, index) => ({
          ...offerOptions(offer),
          delay: maybeDrawer(offer.delay, random.fork(`also ${index}`)),
        })),
        byArchitecture: server.byArchitecture.map(({ arches, offer, reply }, index) => ({
          arches: arches.filter(isArchitectureName).map(architectureNumber),
          ...offer,
          ...(reply && { reply: replyOptions(reply, `variant ${index}`) }),
        })),
        minimumSecs: server.minimumSecs,
        own: server.own,
      },
      tftp: server.tftp,
      files: macs ? macs.files : filesOf(server, workshop),
      bsdp: macs?.setup && { ...macs.setup, delay: () => bsdp?.delay ?? delay() },
      otherAddress: server.otherAddress,
    },
    trace,
  )
  const has = (name: ServiceName): name is ForeignServiceName =>
    name === 'dhcp' || name === 'tftp' || name === 'bsdp'
  return {
    name: server.name,
    start: () => void foreign.start(),
    stop: () => foreign.stop(),
    startService: name => void (has(name) && foreign.startService(name)),
    stopService: name => void (has(name) && foreign.stopService(name)),
    setResponseDelay: range => {
      delay = drawer(range, random.fork('delay by fault'))
    },
  }
}

type Offer = Pick<
  ForeignServer,
  'role' | 'options' | 'bootFile' | 'nextServer' | 'noLease' | 'omit' | 'malformed' | 'ipxe'
>

const offerOptions = ({
  role,
  options,
  bootFile,
  nextServer,
  noLease,
  omit,
  malformed,
  ipxe,
}: Offer): OfferOptions => ({
  role,
  options,
  bootFile,
  nextServer,
  noLease,
  omit,
  malformed,
  ipxe,
})

const maybeDrawer = (range: Range | undefined, random: Random): (() => number) | undefined =>
  range && drawer(range, random)

/** The scenario's own files before those of a directory. */
const filesOf = ({ files, images }: ForeignServer, { imagesOf }: Workshop): ImageStore | undefined => {
  if (!images) return files.length > 0 ? writtenFiles(files) : undefined
  const [own, directory] = [writtenFiles(files), imagesOf(images)]
  return {
    list: () => [...own.list(), ...directory.list()],
    open: path => {
      const found = own.open(path)
      return isRefusal(found) ? directory.open(path) : found
    },
  }
}
