/**
 * The BSDP service of an NBS as one machine: LIST, SELECT, FAILED, and the OFFER to bound clients, by the algorithm of
 * Apple's server (A-7 … A-17). Deviating responders are the same machine with other `manners`. Does not lease addresses,
 * does not send files, and is silent to everything that is not BSDP.
 */
import type { Ip4 } from '../../core/address.ts'
import type { MacPattern } from '../../core/mac-pattern.ts'
import {
  type Action,
  type Datagram,
  type Destination,
  type StateMachine,
  NOTHING,
  type Unreachable,
} from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import { type Random, random } from '../../core/random.ts'
import { BSDP_MESSAGE, type BsdpContent } from '../../wire/bsdp/content.ts'
import { type ImageId, imageIndex } from '../../wire/bsdp/image-id.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { requestedIpAddress } from '../../wire/dhcp/options.ts'
import { DelayedActions } from '../delayed-actions.ts'
import {
  type AnswerParts,
  ackDestination,
  bootContent,
  bootSource,
  buildAnswer,
  offerDestination,
  wantsImages,
} from './answer.ts'
import type { BsdpEvent, BsdpIgnoredReason } from './events.ts'
import { type NetBootImage, appliesTo, orderImages, passesFilter } from './images.ts'
import { APPLE_BEHAVIOR, type BsdpBehavior } from './behavior.ts'
import { type BsdpRecord, type BsdpRecords, MemoryRecords, machineName } from './records.ts'
import { type BsdpRequest, type Intake, readBsdpRequest } from './request.ts'
import { type ShadowAccount, ShadowAccounts } from './shadow-accounts.ts'

export interface BsdpServiceOptions {
  /** Our address on an interface; undefined = requests by it are ignored. */
  readonly addressOn: (iface: string) => Ip4 | undefined
  readonly isOwnAddress: (ip: Ip4) => boolean
  /** sname of answers. */
  readonly hostName: string
  /** In the order of their folders. */
  readonly images: readonly NetBootImage[]
  readonly records?: BsdpRecords
  readonly behavior?: Partial<BsdpBehavior>
  readonly ports?: { readonly server: number; readonly client: number }
  /** Before each answer. */
  readonly delay?: (() => Micros) | undefined
  readonly allow?: readonly MacPattern[] | undefined
  readonly deny?: readonly MacPattern[]
  /** Old Macs whose firmware speaks NetBoot 1.0 are served too. */
  readonly netBoot1?: boolean
  readonly shadow?: { readonly accounts?: number; readonly random?: Random }
}

type BsdpAction = Action<'bsdp', BsdpEvent>
type Prepared = { readonly shadow: ShadowAccount | undefined } | 'no-resources'

export class BsdpService implements StateMachine<'bsdp', BsdpEvent> {
  /** Changed at run time by faults. */
  delay: (() => Micros) | undefined
  readonly #options: BsdpServiceOptions
  readonly #behavior: BsdpBehavior
  readonly #intake: Intake
  readonly #images: readonly NetBootImage[]
  readonly #records: BsdpRecords
  readonly #accounts: ShadowAccounts
  readonly #delayed = new DelayedActions<'bsdp', BsdpEvent>()
  readonly #ports: { readonly server: number; readonly client: number }

  constructor(options: BsdpServiceOptions) {
    this.#options = options
    this.delay = options.delay
    this.#behavior = { ...APPLE_BEHAVIOR, ...options.behavior }
    this.#images = orderImages(options.images).images
    this.#records = options.records ?? new MemoryRecords()
    this.#accounts = new ShadowAccounts(options.shadow?.random ?? random('shadow'), options.shadow?.accounts)
    this.#ports = options.ports ?? DHCP_PORT
    const { hostName, isOwnAddress, allow, deny = [], netBoot1 = false } = options
    this.#intake = { hostName, isOwnAddress, allow, deny, netBoot1, behavior: this.#behavior }
  }

  get wakeAt(): Micros | undefined {
    return this.#delayed.next
  }

  start(): readonly BsdpAction[] {
    return [{ type: 'open', socket: 'bsdp', options: { port: this.#ports.server } }]
  }

  receive(now: Micros, _via: 'bsdp', datagram: Datagram): readonly BsdpAction[] {
    const request = readBsdpRequest(datagram, this.#options.addressOn(datagram.iface), this.#intake)
    if ('refused' in request) return [ignored(request.refused, request)]
    switch (request.wants) {
      case 'offer':
        return this.#offer(now, request)
      case 'notice':
        return this.#noticeAddress(request)
      case 'list':
        return this.#list(now, request)
      case 'select':
        return this.#select(now, request)
    }
  }

  wake(now: Micros): readonly BsdpAction[] {
    return this.#delayed.take(now)
  }

  unreachable(_now: Micros, _via: 'bsdp', what: Unreachable): readonly BsdpAction[] {
    return [{ type: 'event', event: { kind: 'undelivered', what } }]
  }

  /** only a client that is bound, to an image that is still for it. */
  #offer(now: Micros, request: BsdpRequest): readonly BsdpAction[] {
    const record = this.#records.get(request.mac)
    if (!record?.bound || !this.#behavior.offersToBound) return [ignored('unbound', request)]
    const image = this.#boundImage(request, record)
    if (!image) return [ignored('image-gone', request)]
    const prepared = this.#prepare(now, request, image)
    if (prepared === 'no-resources') return [ignored('no-resources', request)]
    this.#records.put({ ...record, lastBoot: now })
    const parts: AnswerParts = {
      type: 'offer',
      content: bootContent(request, record, image, prepared.shadow, this.#behavior),
      boot: bootSource(request, image, this.#behavior, this.#options.hostName),
    }
    return this.#answer(now, request, 'offer', parts, offerDestination(request, this.#ports), {
      image: image.id,
    })
  }

  #noticeAddress(request: BsdpRequest): readonly BsdpAction[] {
    const record = this.#records.get(request.mac)
    const address = requestedIpAddress(request.message) ?? request.message.ciaddr
    if (record && record.address !== address) this.#records.put({ ...record, address })
    return [ignored('dhcp-request', request)]
  }

  /** */
  #list(now: Micros, request: BsdpRequest): readonly BsdpAction[] {
    const images = this.#applicable(request)
    const [first] = images
    if (!first) return [ignored('no-image', request)]
    const record = this.#records.get(request.mac)
    const bound = record?.bound ? this.#boundImage(request, record) : undefined
    const selected = bound ?? (this.#behavior.claimsEveryone ? first : undefined)
    const content: Partial<BsdpContent> = {
      messageType: BSDP_MESSAGE.list,
      priority: this.#priority(),
      defaultImage: first.id,
      ...(selected && { selectedImage: selected.id }),
      ...(wantsImages(request) && { images: images.map(({ id, name }) => ({ id, name })) }),
    }
    const to = ackDestination(request, this.#behavior, this.#ports.client)
    return this.#answer(now, request, 'list', { type: 'ack', content }, to, {
      images: wantsImages(request) ? images.length : 0,
    })
  }

  /** */
  #select(now: Micros, request: BsdpRequest): readonly BsdpAction[] {
    const { content, self } = request
    const server = content.serverIdentifier
    if (server === undefined && !this.#behavior.ignoresServerIdentifier)
      return [ignored('no-server-identifier', request)]
    if (server !== self && server !== undefined && !this.#behavior.ignoresServerIdentifier)
      return this.#forget(request, server)
    const image = this.#selectedImage(request)
    if (!image) return this.#unknownImage(now, request)
    if (this.#behavior.failsSelect) return this.#fail(now, request, 'set to fail')
    const record = this.#bind(now, request, image)
    const prepared = this.#prepare(now, request, image)
    if (prepared === 'no-resources') return this.#fail(now, request, 'the AFP login capacity is reached')
    const parts: AnswerParts = {
      type: 'ack',
      content: {
        messageType: BSDP_MESSAGE.select,
        ...bootContent(request, record, image, prepared.shadow, this.#behavior),
      },
      boot: bootSource(request, image, this.#behavior, this.#options.hostName),
    }
    const to = ackDestination(request, this.#behavior, this.#ports.client)
    return this.#answer(now, request, 'select', parts, to, { image: image.id })
  }

  #forget(request: BsdpRequest, server: Ip4): readonly BsdpAction[] {
    const { mac } = request
    if (this.#behavior.keepsRecords || !this.#records.get(mac)) return [ignored('selected-other', request)]
    this.#records.delete(mac)
    return [{ type: 'event', event: { kind: 'forgot', mac, server } }]
  }

  #unknownImage(now: Micros, request: BsdpRequest): readonly BsdpAction[] {
    const { unknownImage } = this.#behavior
    if (unknownImage === 'silent') return [ignored('unknown-image', request)]
    if (unknownImage === 'failed')
      return this.#fail(now, request, 'the image is unknown or not for this machine')
    const { selectedImage } = request.content
    const content = {
      messageType: BSDP_MESSAGE.select,
      ...(selectedImage !== undefined && { selectedImage }),
    }
    const boot = { server: request.self, serverName: '', file: '', rootPath: undefined }
    const to = ackDestination(request, this.#behavior, this.#ports.client)
    return this.#answer(now, request, 'select', { type: 'ack', content, boot }, to, {})
  }

  #fail(now: Micros, request: BsdpRequest, because: string): readonly BsdpAction[] {
    const to = ackDestination(request, this.#behavior, this.#ports.client)
    const parts = { type: 'ack', content: { messageType: BSDP_MESSAGE.failed } } as const
    return this.#answer(now, request, 'failed', parts, to, { because })
  }

  #applicable(request: BsdpRequest): readonly NetBootImage[] {
    const { attributesFilter } = request.content
    return this.#images.filter(image => this.#isFor(image, request) && passesFilter(image, attributesFilter))
  }

  #isFor(image: NetBootImage, { client }: BsdpRequest): boolean {
    return this.#behavior.checksModel ? appliesTo(image, client) : image.enabled
  }

  /** with the filter. */
  #boundImage(request: BsdpRequest, record: BsdpRecord): NetBootImage | undefined {
    return this.#applicable(request).find(image => this.#isSame(image.id, record.image))
  }

  /** without it. */
  #selectedImage(request: BsdpRequest): NetBootImage | undefined {
    const { selectedImage } = request.content
    const candidates = this.#images.filter(image => this.#isFor(image, request))
    if (selectedImage === undefined) return candidates.find(image => passesFilter(image, undefined))
    return candidates.find(image => this.#isSame(image.id, selectedImage))
  }

  #isSame(a: ImageId, b: ImageId): boolean {
    return this.#behavior.comparesIndexOnly ? imageIndex(a) === imageIndex(b) : a === b
  }

  #priority(): number {
    const { base, falls } = this.#behavior.priority
    return falls ? Math.max(0, base - this.#records.size) : base
  }

  #bind(now: Micros, request: BsdpRequest, image: NetBootImage): BsdpRecord {
    const { mac, client, message } = request
    const known = this.#records.get(mac)
    const number = known?.number ?? this.#records.highestNumber + 1
    const record: BsdpRecord = {
      mac,
      number,
      name: known?.name ?? machineName(number),
      architecture: client.architecture,
      systemId: client.systemId,
      image: image.id,
      bound: true,
      address: message.ciaddr,
      lastBoot: now,
    }
    this.#records.put(record)
    return record
  }

  #prepare(now: Micros, { mac }: BsdpRequest, image: NetBootImage): Prepared {
    if (!image.diskless) return { shadow: undefined }
    const shadow = this.#accounts.take(mac, now)
    return shadow ? { shadow } : 'no-resources'
  }

  #answer(
    now: Micros,
    request: BsdpRequest,
    message: Extract<BsdpEvent, { kind: 'answered' }>['message'],
    parts: AnswerParts,
    to: Destination,
    told: { readonly image?: ImageId; readonly because?: string; readonly images?: number },
  ): readonly BsdpAction[] {
    const { payload, images } = buildAnswer(request, parts, this.#behavior)
    const event: BsdpEvent = {
      kind: 'answered',
      message,
      mac: request.mac,
      to,
      size: payload.length,
      image: told.image,
      because: told.because,
      truncatedTo: (told.images ?? 0) > images ? images : undefined,
      file: parts.boot?.file,
    }
    const actions: readonly BsdpAction[] = [
      { type: 'send', via: 'bsdp', to, payload },
      { type: 'event', event },
    ]
    const delay = this.delay?.() ?? 0
    if (delay <= 0) return actions
    return this.#delayed.add(now + delay, actions) ? NOTHING : [ignored('too-many-waiting', request)]
  }
}

const ignored = (
  reason: BsdpIgnoredReason,
  { mac }: Pick<Extract<BsdpEvent, { kind: 'ignored' }>, 'mac'>,
): BsdpAction => ({
  type: 'event',
  event: { kind: 'ignored', mac, reason },
})
