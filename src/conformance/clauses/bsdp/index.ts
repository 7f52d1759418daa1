/**
 * The chapter about BSDP: NetBoot servers for Macs.
 */
import { ANY_IP4, formatEndpoint, formatIp4 } from '../../../core/address.ts'
import { latin1Bytes, latin1Text } from '../../../core/bytes.ts'
import { BSDP_CLASS } from '../../../wire/bsdp/class-identifier.ts'
import { BSDP_MESSAGE, BSDP_VERSION } from '../../../wire/bsdp/content.ts'
import { formatImageId, imageIndex, imageKind, isGlobal } from '../../../wire/bsdp/image-id.ts'
import { BROADCAST_FLAG, DHCP_PORT } from '../../../wire/dhcp/message.ts'
import { OPTION, first, messageTypeOption, serverIdentifier } from '../../../wire/dhcp/options.ts'
import type { Clause } from '../../clause.ts'
import { fail, must, notApplicable } from '../../judgement.ts'
import {
  allAnswers,
  answerTo,
  mustAnswer,
  hasClass,
  mustBeSilent,
  nameOf,
  put,
  readAnswer,
  withXid,
} from '../../probe/ask.ts'
import { bootFileOf } from '../../probe/boot-file.ts'
import { REPLY_PORT, contentOf, listMessage, macMessage, selectMessage } from '../../probe/mac.ts'
import { newMachine, pxeDiscover } from '../../probe/machine.ts'
import type { Heard } from '../../probe/probe.ts'
import { inOrder } from '../order.ts'
import { list, select, someImage } from './asking.ts'

const HEADERS = 28
const LITTLE_ROOM = 576
/** Kinds that the protocol has given names to. */
const LAST_KIND = 3
const NO_MAC = { architecture: 'nbs-check', systemId: 'NoSuchMac0,0' } as const
const UNKNOWN_IMAGE = 0x01000fff

const BSDP: readonly Clause[] = [
  {
    id: 'A01',
    level: 'MUST',
    requirement:
      'INFORM with LIST and class AAPLBSDPC/architecture/model gets an ACK with LIST; PXE clients get nothing of BSDP.',
    source: 'BSDP 1.0.8',
    rules: ['A-10', 'A-1'],
    needs: ['bsdp'],
    *check(probe) {
      const { answer, content } = yield* list(probe)
      must(answer.type === 'ack', `it answered with ${nameOf(answer)}`)
      must(content.messageType === BSDP_MESSAGE.list, `43.1 is ${content.messageType}`)
      const socket = probe.open(DHCP_PORT.client)
      const all = yield* allAnswers(probe, { socket, message: pxeDiscover(newMachine(probe)) })
      must(!all.some(each => hasClass(each, BSDP_CLASS)), 'it answers a PXE client as a Mac')
      return `${content.images?.length ?? 0} images`
    },
  },
  {
    id: 'A02',
    level: 'MUST',
    requirement:
      'The answer has option 60 AAPLBSDPC and nothing behind it, option 54, and a priority (43.4).',
    source: 'BSDP 1.0.8',
    rules: ['A-1', 'A-10'],
    needs: ['bsdp'],
    *check(probe) {
      const { answer, content } = yield* list(probe)
      const value = first(answer.message, OPTION.classIdentifier)
      must(
        value !== undefined && latin1Text(value) === BSDP_CLASS,
        `option 60 is "${value && latin1Text(value)}"`,
      )
      const id = serverIdentifier(answer.message)
      must(
        id === probe.server.address,
        id === undefined ? 'option 54 is missing' : `option 54 is ${formatIp4(id)}`,
      )
      must(content.priority !== undefined, 'it has no priority (43.4)')
      return `priority ${content.priority}`
    },
  },
  {
    id: 'A03',
    level: 'MUST',
    requirement: 'The answer goes by unicast to ciaddr, and to the reply port (43.5) where one is given.',
    source: 'BSDP 1.0.8',
    rules: ['A-8'],
    needs: ['bsdp'],
    *check(probe) {
      // Asked from 68, so that the source port is not the reply port.
      const socket = probe.open(DHCP_PORT.client)
      const hears = probe.open(REPLY_PORT)
      const message = listMessage(newMachine(probe), probe.station.address, { replyPort: REPLY_PORT })
      const what = `a LIST with reply port ${REPLY_PORT}, at that port`
      const answer = yield* mustAnswer(probe, { socket, hears, message }, what)
      const isOwn = (heard: Heard): boolean => {
        const other = heard.from.ip === probe.server.address ? readAnswer(heard) : undefined
        return other !== undefined && hasClass(other, BSDP_CLASS)
      }
      must(!socket.heard.some(isOwn), 'it answered port 68 too')
      must(answer.heard.to.ip === probe.station.address, `it answered to ${formatIp4(answer.heard.to.ip)}`)
      return formatEndpoint(answer.heard.to)
    },
  },
  {
    id: 'A04',
    level: 'MUST',
    requirement:
      'The list is no larger than the client takes (43.12), its records are whole, its names UTF-8 and its ids of known kinds.',
    source: 'BSDP 1.0.8',
    rules: ['A-3', 'A-11'],
    needs: ['bsdp'],
    *check(probe) {
      const { answer, content } = yield* list(probe, { maxMessageSize: LITTLE_ROOM })
      const size = answer.bytes.length + HEADERS
      must(size <= LITTLE_ROOM, `${size} bytes to a client that takes ${LITTLE_ROOM}`)
      must(content.intact && content.listIntact, 'records of its list run past the end')
      for (const { id, name } of content.images ?? []) {
        must(
          imageKind(id) <= LAST_KIND && imageIndex(id) > 0,
          `image ${formatImageId(id)}: no known kind, or index 0`,
        )
        must(isUtf8(latin1Bytes(name)), `the name of image ${formatImageId(id)} is not UTF-8`)
      }
      return `${content.images?.length ?? 0} images in ${size} bytes`
    },
  },
  {
    id: 'A05',
    level: 'MUST',
    requirement: 'The default image is one of the list, and a SELECT is answered for the image selected.',
    source: 'BSDP 1.0.8',
    rules: ['A-10', 'A-13'],
    needs: ['bsdp'],
    *check(probe) {
      const listed = yield* list(probe)
      const { images = [], defaultImage } = listed.content
      must(
        defaultImage === undefined || images.some(({ id }) => id === defaultImage),
        `the default image ${defaultImage && formatImageId(defaultImage)} is not in the list`,
      )
      const image = someImage(listed).id
      const { content } = yield* select(probe, listed)
      must(
        content.messageType === BSDP_MESSAGE.select,
        `43.1 of the answer to SELECT is ${content.messageType}`,
      )
      must(
        content.selectedImage === image,
        `${formatImageId(image)} was selected, and it says ${content.selectedImage === undefined ? 'none' : formatImageId(content.selectedImage)}`,
      )
      return formatImageId(image)
    },
  },
  {
    id: 'A06',
    level: 'MUST',
    requirement: 'A SELECT that names another server (43.3) meets silence.',
    source: 'BSDP 1.0.8',
    rules: ['A-13'],
    needs: ['bsdp'],
    *check(probe) {
      const listed = yield* list(probe)
      const socket = probe.open(DHCP_PORT.client)
      const { address } = probe.station
      const message = selectMessage(listed.machine, address, address, someImage(listed).id)
      yield* mustBeSilent(probe, { socket, message }, 'a SELECT for another server')
      return 'silence'
    },
  },
  {
    id: 'A07',
    level: 'SHOULD',
    requirement: 'A SELECT of an image that is not there gets an ACK with FAILED.',
    source: 'BSDP 1.0.8',
    rules: ['A-13'],
    needs: ['bsdp'],
    *check(probe) {
      const { content } = yield* select(probe, yield* list(probe), UNKNOWN_IMAGE)
      must(content.messageType === BSDP_MESSAGE.failed, `43.1 is ${content.messageType}`)
      return 'FAILED'
    },
  },
  {
    id: 'A08',
    level: 'MUST',
    requirement: 'The answer to SELECT names the boot file, its server in siaddr, and the root path (17).',
    source: 'BSDP 1.0.8',
    rules: ['A-14'],
    needs: ['bsdp'],
    *check(probe) {
      const { answer } = yield* select(probe, yield* list(probe))
      const { message } = answer
      const file = bootFileOf(message)
      must(file !== undefined, 'it names no boot file')
      must(
        message.siaddr !== ANY_IP4 || first(message, OPTION.tftpServerName) !== undefined,
        'it names no TFTP server',
      )
      const root = first(message, OPTION.rootPath)
      must(root !== undefined, 'it has no root path (17)')
      return `${file}, ${latin1Text(root)}`
    },
  },
  {
    id: 'A09',
    level: 'SHOULD',
    requirement: 'A Mac is listed no image that is not made for its architecture and model.',
    source: 'BSDP 1.0.8',
    rules: ['A-5'],
    needs: ['bsdp'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const message = listMessage(newMachine(probe), probe.station.address, {}, NO_MAC)
      const answer = yield* answerTo(probe, { socket, message })
      const images = (answer && contentOf(answer)?.images) ?? []
      must(images.length === 0, `a Mac of an architecture that does not exist is listed "${images[0]?.name}"`)
      return answer ? 'an empty list' : 'silence'
    },
  },
  {
    id: 'A10',
    level: 'SHOULD',
    requirement:
      'A Mac that is bound, and asks by DISCOVER as version 1.0 has it, gets an OFFER with its image.',
    source: 'BSDP 1.0.8',
    rules: ['A-12'],
    needs: ['bsdp'],
    *check(probe) {
      const listed = yield* list(probe)
      yield* select(probe, listed)
      const socket = probe.open(DHCP_PORT.client)
      const change = { options: [messageTypeOption('discover')], fields: { flags: BROADCAST_FLAG } }
      const message = macMessage(listed.machine, ANY_IP4, { version: BSDP_VERSION.v1_0 }, undefined, change)
      const offer = yield* answerTo(probe, { socket, message })
      if (!offer) return fail('no answer to the DISCOVER of a Mac that is bound to it')
      must(offer.type === 'offer', `it answered with ${nameOf(offer)}`)
      must(bootFileOf(offer.message) !== undefined, 'its OFFER names no boot file')
      return bootFileOf(offer.message)!
    },
  },
  {
    id: 'A11',
    level: 'PEER',
    requirement: 'Servers beside each other give an image id from 4096 on to the same image only.',
    source: 'BSDP 1.0.8',
    rules: ['A-3'],
    needs: ['bsdp'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const message = withXid(probe, listMessage(newMachine(probe), probe.station.address))
      put({ socket, message })
      yield* probe.wait(probe.patience.silence)
      const all = socket.heard.flatMap(heard => {
        const answer = readAnswer(heard)
        const images = answer && hasClass(answer, BSDP_CLASS) ? contentOf(answer)?.images : undefined
        return (images ?? [])
          .filter(({ id }) => isGlobal(id))
          .map(image => ({ ...image, from: heard.from.ip }))
      })
      const own = all.filter(({ from }) => from === probe.server.address)
      const others = all.filter(({ from }) => from !== probe.server.address)
      if (others.length === 0) return notApplicable('no other BSDP server is beside it')
      const clash = own.find(({ id, name }) => others.some(other => other.id === id && other.name !== name))
      must(
        !clash,
        `${clash && formatImageId(clash.id)} is "${clash?.name}" here, and another image elsewhere`,
      )
      return `${own.length} ids, compared with ${new Set(others.map(({ from }) => from)).size} other servers`
    },
  },
]

const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

export const BSDP_CHAPTER = inOrder('A', 'BSDP', [BSDP])
