/**
 * What an offer to a PXE client holds (PXE 2.1 §2.2.3, RFC 2131, RFC 2132).
 */
import { ANY_IP4, formatIp4 } from '../../../core/address.ts'
import { equalBytes, latin1Text } from '../../../core/bytes.ts'
import { BOOTP_MINIMUM } from '../../../wire/dhcp/codec.ts'
import { DHCP_PORT, MESSAGE_TYPE } from '../../../wire/dhcp/message.ts'
import {
  OPTION,
  all,
  bytesOption,
  concatenated,
  first,
  serverIdentifier,
  u16Option,
} from '../../../wire/dhcp/options.ts'
import { clientMachineIdentifierOption } from '../../../wire/pxe/client.ts'
import { DISCOVERY_CONTROL, decodePxeVendor } from '../../../wire/pxe/vendor-options.ts'
import type { Clause } from '../../clause.ts'
import { must, notApplicable } from '../../judgement.ts'
import { type Answer, answerTo, hasClass, mustAnswer, withXid } from '../../probe/ask.ts'
import { bootFileOf } from '../../probe/boot-file.ts'
import { type Change, newMachine, pxeDiscover } from '../../probe/machine.ts'
import type { Probe, Procedure } from '../../probe/probe.ts'
import { vendorOf } from '../../survey.ts'

export function* pxeOffer(probe: Probe, change?: Change): Procedure<Answer> {
  const socket = probe.open(DHCP_PORT.client)
  const message = pxeDiscover(newMachine(probe), change)
  const offer = yield* mustAnswer(probe, { socket, message }, 'a DISCOVER with PXEClient')
  socket.close()
  return offer
}

/** IPv4 and UDP. */
const HEADERS = 28
/** RFC 2131 §2: what everybody takes. */
const LEAST_MAXIMUM = 576
const ODD_LENGTH = 16

export const OFFERS: readonly Clause[] = [
  {
    id: 'P04',
    level: 'MUST',
    requirement: "A proxy's offer has yiaddr 0 and ciaddr 0.",
    source: 'PXE 2.1 §2.2.3',
    rules: ['S-3', 'E-16'],
    needs: ['proxy'],
    *check(probe) {
      const { message } = yield* pxeOffer(probe)
      must(message.yiaddr === ANY_IP4, `yiaddr is ${formatIp4(message.yiaddr)}`)
      must(message.ciaddr === ANY_IP4, `ciaddr is ${formatIp4(message.ciaddr)}`)
      return 'both are 0.0.0.0'
    },
  },
  {
    id: 'P05',
    level: 'MUST',
    requirement: 'The answer to a DISCOVER has option 53 once, and it says OFFER.',
    source: 'RFC 2131 §3, RFC 2132 §9.6',
    rules: ['E-12'],
    needs: ['offer'],
    *check(probe) {
      const { message } = yield* pxeOffer(probe)
      const types = all(message, OPTION.messageType)
      must(
        types.length === 1,
        types.length === 0 ? 'option 53 is missing' : `option 53 is there ${types.length} times`,
      )
      must(types[0]![0] === MESSAGE_TYPE.offer, `option 53 says ${types[0]![0]}`)
      return 'OFFER, once'
    },
  },
  {
    id: 'P06',
    level: 'MUST',
    requirement: "Option 54 is the server's own address on the machine's subnet.",
    source: 'RFC 2132 §9.7',
    rules: ['E-12', 'S-9'],
    needs: ['offer'],
    *check(probe) {
      const { message } = yield* pxeOffer(probe)
      const id = serverIdentifier(message)
      must(id !== undefined, 'option 54 is missing')
      must(
        id === probe.server.address,
        `option 54 is ${formatIp4(id)}, and the offer came from ${formatIp4(probe.server.address)}`,
      )
      return formatIp4(id)
    },
  },
  {
    id: 'P07',
    level: 'MUST',
    requirement: "A PXE offer's option 60 begins with the nine bytes PXEClient and has no NUL.",
    source: 'PXE 2.1 §2.2.3',
    rules: ['S-3', 'E-16'],
    needs: ['pxe'],
    *check(probe) {
      const offer = yield* pxeOffer(probe)
      const value = first(offer.message, OPTION.classIdentifier)
      must(
        hasClass(offer, 'PXEClient'),
        value ? `option 60 is "${latin1Text(value)}"` : 'option 60 is missing',
      )
      must(!value!.includes(0), 'option 60 has a NUL')
      return latin1Text(value!)
    },
  },
  {
    id: 'P08',
    level: 'MUST',
    requirement: 'Option 97 comes back byte for byte; one of wrong length does not silence the server.',
    source: 'RFC 4578 §2.3',
    rules: ['S-3'],
    needs: ['pxe'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const machine = newMachine(probe)
      const { message } = yield* mustAnswer(probe, { socket, message: pxeDiscover(machine) }, 'a DISCOVER')
      const id = first(message, OPTION.clientMachineIdentifier)
      must(id !== undefined, 'option 97 is missing')
      must(
        equalBytes(id, clientMachineIdentifierOption(machine.uuid).value),
        'option 97 is not that of the machine',
      )
      const odd = bytesOption(OPTION.clientMachineIdentifier, machine.uuid.subarray(0, ODD_LENGTH))
      const question = { socket, message: pxeDiscover(newMachine(probe), { options: [odd] }) }
      yield* mustAnswer(probe, question, `a DISCOVER whose option 97 has ${ODD_LENGTH} bytes`)
      return 'as it was sent'
    },
  },
  {
    id: 'P09',
    level: 'MUST',
    requirement: 'xid, chaddr, htype, hlen, giaddr and the broadcast flag are those of the request.',
    source: 'RFC 2131 §4.3.1 table 3',
    rules: ['E-10', 'S-20'],
    needs: ['offer'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const request = withXid(probe, pxeDiscover(newMachine(probe)))
      const { message } = yield* mustAnswer(probe, { socket, message: request }, 'a DISCOVER')
      for (const field of ['htype', 'hlen', 'giaddr', 'flags'] as const)
        must(
          message[field] === request[field],
          `${field} is ${Number(message[field])}, and was ${Number(request[field])}`,
        )
      must(equalBytes(message.chaddr, request.chaddr), 'the padding of chaddr was changed')
      return 'all are copied'
    },
  },
  {
    id: 'P12',
    level: 'MUST',
    requirement:
      'Option 43 is a list of whole sub-options closed by 255, in one piece or split as RFC 3396 says.',
    source: 'RFC 2132 §8.4, RFC 3396 §5',
    rules: ['S-3', 'NBS-6'],
    needs: ['pxe'],
    *check(probe) {
      const { message } = yield* pxeOffer(probe)
      const value = concatenated(message, OPTION.vendorSpecific)
      if (value === undefined) return notApplicable('its offer has no option 43')
      const read = decodePxeVendor(value)
      const [issue] = read.issues
      must(issue === undefined, `${issue?.message} (${issue?.reference})`)
      const instances = all(message, OPTION.vendorSpecific)
      const early = instances
        .slice(0, -1)
        .some(each => decodePxeVendor(each).issues.length === 0 && each.length < 255)
      must(!early, `${instances.length} options 43, each closed by its own 255: clients stop at the first`)
      return `${value.length} bytes, sub-options ${read.ok ? read.value.tags.join(', ') : ''}`
    },
  },
  {
    id: 'P13',
    level: 'SHOULD',
    requirement:
      'Discovery control (43.6) agrees with the rest: a list where only listed servers count, a group where multicast is allowed, and a menu with prompt unless bit 3 comes with a file.',
    source: 'PXE 2.1 §2.2.3',
    rules: ['S-11', 'B-6'],
    needs: ['pxe'],
    *check(probe) {
      const offer = yield* pxeOffer(probe)
      const vendor = vendorOf(offer)
      if (!vendor || vendor.tags.length === 0) return notApplicable('its offer has no option 43')
      const control = vendor.discoveryControl ?? 0
      const { noMulticast, listedServersOnly, bootFileAtOnce } = DISCOVERY_CONTROL
      const named = bootFileOf(offer.message)
      const said = `43.6 is ${control}`
      const isListed = (vendor.bootServers ?? []).length > 0
      must(
        (control & listedServersOnly) === 0 || isListed,
        `${said}: only listed servers count, and there is no list (43.8)`,
      )
      if ((control & bootFileAtOnce) !== 0 && named !== undefined)
        return `${said}: ${named} is booted at once`
      must((control & bootFileAtOnce) === 0, `${said}: a file is to be booted, and none is named`)
      must(
        (control & noMulticast) !== 0 || vendor.multicastAddress !== undefined,
        `${said}: multicast is allowed, and there is no group (43.7)`,
      )
      must(
        (vendor.bootMenu ?? []).length > 0 && vendor.prompt !== undefined,
        `${said}: neither file at once nor menu (43.9) with prompt (43.10)`,
      )
      return said
    },
  },
  {
    id: 'P14',
    level: 'FIRMWARE',
    requirement: 'Who names a boot file names its TFTP server in siaddr.',
    source: 'rule S-6',
    rules: ['S-6', 'E-45', 'I-14'],
    needs: ['pxe'],
    *check(probe) {
      const { message } = yield* pxeOffer(probe)
      const named = bootFileOf(message)
      if (named === undefined) return notApplicable('its offer names no boot file')
      must(message.siaddr !== ANY_IP4, `${named} is named, and siaddr is 0.0.0.0`)
      return `${named} at ${formatIp4(message.siaddr)}`
    },
  },
  {
    id: 'P15',
    level: 'MUST',
    requirement:
      'The option list is closed by 255, known options have legal lengths, and the message has 300 bytes or more.',
    source: 'RFC 2131 §4.1, RFC 2132, RFC 1542 §2.1',
    rules: ['E-11'],
    needs: ['offer'],
    *check(probe) {
      const { issues, bytes } = yield* pxeOffer(probe)
      const issue = issues.find(({ severity }) => severity !== 'oddity')
      must(issue === undefined, `${issue?.message} (${issue?.reference})`)
      must(bytes.length >= BOOTP_MINIMUM, `${bytes.length} bytes`)
      return `${bytes.length} bytes`
    },
  },
  {
    id: 'P20',
    level: 'MUST',
    requirement: 'No answer is larger than the client takes (option 57; 576 bytes where it does not say).',
    source: 'RFC 2131 §2, RFC 2132 §9.10',
    rules: ['E-10'],
    needs: ['offer'],
    *check(probe) {
      const sizes: number[] = []
      for (const change of [
        { options: [u16Option(OPTION.maximumMessageSize, LEAST_MAXIMUM)] },
        { without: [OPTION.maximumMessageSize] },
      ]) {
        const { bytes } = yield* pxeOffer(probe, change)
        must(
          bytes.length + HEADERS <= LEAST_MAXIMUM,
          `${bytes.length + HEADERS} bytes to a client that takes ${LEAST_MAXIMUM}`,
        )
        sizes.push(bytes.length + HEADERS)
      }
      return `${sizes.join(' and ')} bytes`
    },
  },
  {
    id: 'P21',
    level: 'FIRMWARE',
    requirement: 'Option 67 ends in NUL, or the boot file stands in the field file.',
    source: 'rule E-54',
    rules: ['E-54'],
    needs: ['offer'],
    *check(probe) {
      const { message } = yield* pxeOffer(probe)
      const option = first(message, OPTION.bootFileName)
      if (bootFileOf(message) === undefined) return notApplicable('its offer names no boot file')
      if (option === undefined) return 'the field file names it'
      must(option.at(-1) === 0, `option 67 "${latin1Text(option)}" does not end in NUL`)
      return 'option 67 ends in NUL'
    },
  },
]

/** Undefined: it is not answered, or told no file. */
export function* namedFile(probe: Probe, change: Change, arch: number): Procedure<string | undefined> {
  const socket = probe.open(DHCP_PORT.client)
  const offer = yield* answerTo(probe, { socket, message: pxeDiscover(newMachine(probe, arch), change) })
  socket.close()
  return offer && bootFileOf(offer.message)
}
