/**
 * Proxy DHCP: whom it answers and whom not (PXE 2.1 §2.2, RFC 2131).
 */
import {
  LIMITED_BROADCAST,
  formatEndpoint,
  formatIp4,
  formatMac,
  isLoopbackIp,
  toIp4,
} from '../../../core/address.ts'
import { equalBytes } from '../../../core/bytes.ts'
import { MILLISECOND, formatSpan } from '../../../core/micros.ts'
import { encodeDhcp } from '../../../wire/dhcp/codec.ts'
import { DHCP_PORT, type DhcpMessage } from '../../../wire/dhcp/message.ts'
import { OPTION, bytesOption, classIdentifier, first, textOption } from '../../../wire/dhcp/options.ts'
import type { Clause } from '../../clause.ts'
import { fail, must, notApplicable } from '../../judgement.ts'
import { allAnswers, answers, mustAnswer, mustBeSilent, nameOf, put, withXid } from '../../probe/ask.ts'
import { type Machine, newMachine, plainMessage, pxeDiscover, selecting } from '../../probe/machine.ts'
import type { Probe, ProbeSocket, Procedure } from '../../probe/probe.ts'

const OTHER_CLASSES = [
  'HTTPClient:Arch:00016:UNDI:003001',
  'AAPLBSDPC/i386/iMac14,2',
  'MSFT 5.0',
  'docsis3.0:',
] as const
/** TEST-NET-1 (RFC 5737): nobody's. */
const NOBODYS = toIp4(0xc0000201)
const TOO_MANY_HOPS = 17
const TOO_LONG = 17
const WRONG_COOKIE = 0x12345678
const REPEATS = 3
const ASKED_FOR_TIMES = 40
const SLOW_MILLIS = 100
const RELAY_CIRCUIT = Uint8Array.of(1, 5, 0x63, 0x68, 0x65, 0x63, 0x6b)

/** Answers that are copies but for what counts the time. */
const isSameContent = (a: DhcpMessage, b: DhcpMessage): boolean =>
  equalBytes(encodeDhcp({ ...a, secs: 0 }), encodeDhcp({ ...b, secs: 0 }))

export const ANSWERS: readonly Clause[] = [
  {
    id: 'P01',
    level: 'MUST',
    requirement: 'A DISCOVER whose option 60 begins with PXEClient is answered.',
    source: 'PXE 2.1 §2.2',
    rules: ['S-1'],
    needs: ['pxe'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const offer = yield* mustAnswer(
        probe,
        { socket, message: pxeDiscover(newMachine(probe)) },
        'a DISCOVER with PXEClient',
      )
      return `${nameOf(offer)} from ${formatEndpoint(offer.heard.from)}`
    },
  },
  {
    id: 'P02',
    level: 'MUST',
    requirement: 'A proxy is silent to a DISCOVER without option 60.',
    source: 'PXE 2.1 §2.2',
    rules: ['S-1'],
    needs: ['proxy'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const message = plainMessage(newMachine(probe), 'discover')
      yield* mustBeSilent(probe, { socket, message }, 'a DISCOVER without option 60')
      return 'silence'
    },
  },
  {
    id: 'P03',
    level: 'MUST',
    requirement: 'A proxy makes no PXE offer to other classes: HTTPClient, AAPLBSDPC, MSFT 5.0, docsis.',
    source: 'PXE 2.1 §2.2',
    rules: ['S-1', 'E-53'],
    needs: ['proxy'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      for (const name of OTHER_CLASSES) {
        const options = [textOption(OPTION.classIdentifier, name)]
        const all = yield* allAnswers(probe, {
          socket,
          message: plainMessage(newMachine(probe), 'discover', { options }),
        })
        // What serves this class too says so.
        const wrong = all.find(({ message }) => classIdentifier(message)?.slice(0, 9) !== name.slice(0, 9))
        if (wrong)
          fail(
            `it answered class ${name} with ${nameOf(wrong)}, class ${classIdentifier(wrong.message) ?? 'none'}`,
          )
      }
      return `${OTHER_CLASSES.length} classes`
    },
  },
  {
    id: 'P10',
    level: 'FIRMWARE',
    requirement:
      'An offer without an address is broadcast to port 68, also where the broadcast flag is clear.',
    source: 'RFC 2131 §4.1',
    rules: ['S-7', 'E-13', 'S-20'],
    needs: ['proxy'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      for (const flags of [0x8000, 0]) {
        const message = pxeDiscover(newMachine(probe), { fields: { flags } })
        const how = `a DISCOVER with the broadcast flag ${flags === 0 ? 'clear' : 'set'}`
        const { heard } = yield* mustAnswer(probe, { socket, message }, how)
        must(heard.to.port === DHCP_PORT.client, `it answered port ${heard.to.port}`)
        const isBroadcast = heard.to.ip === LIMITED_BROADCAST || heard.to.ip !== probe.station.address
        // On loopback there is no broadcast that a client without address needs.
        must(
          isBroadcast || isLoopbackIp(probe.server.address),
          `it answered ${how} by unicast to ${formatIp4(heard.to.ip)}`,
        )
      }
      return `both reached port ${DHCP_PORT.client}`
    },
  },
  {
    id: 'P11',
    level: 'MUST',
    requirement:
      'What came by a relay is answered to giaddr, port 67, with option 82 as it was, in the last place.',
    source: 'RFC 2131 §4.1, RFC 3046 §2.1, §2.2',
    rules: ['S-7'],
    needs: ['offer'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.server)
      const options = [bytesOption(OPTION.relayAgentInformation, RELAY_CIRCUIT)]
      const fields = { giaddr: probe.station.address, hops: 1 }
      const message = pxeDiscover(newMachine(probe), { options, fields })
      const to = { ip: probe.server.address, port: DHCP_PORT.server }
      const { message: reply } = yield* mustAnswer(
        probe,
        { socket, message, to },
        'a relayed DISCOVER, at giaddr port 67',
      )
      must(reply.giaddr === probe.station.address, `giaddr is ${formatIp4(reply.giaddr)}`)
      const circuit = first(reply, OPTION.relayAgentInformation)
      must(circuit !== undefined, 'option 82 is missing')
      must(equalBytes(circuit, RELAY_CIRCUIT), 'option 82 was changed')
      must(reply.options.at(-1)!.code === OPTION.relayAgentInformation, 'option 82 is not the last one')
      return 'to giaddr, with option 82 last'
    },
  },
  {
    id: 'P16',
    level: 'MUST',
    requirement: "A proxy neither ACKs nor NAKs the REQUEST for another server's address.",
    source: 'PXE 2.1 §2.2, RFC 2131 §4.3.2',
    rules: ['S-4', 'B-17'],
    needs: ['proxy'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const message = selecting(newMachine(probe), NOBODYS, probe.station.address)
      yield* mustBeSilent(probe, { socket, message }, 'a REQUEST to another server')
      return 'silence'
    },
  },
  {
    id: 'P17',
    level: 'MUST',
    requirement:
      'A proxy does not answer a REQUEST for an address on port 67 with its own id either: it has none to give.',
    source: 'PXE 2.1 §2.2',
    rules: ['S-4'],
    needs: ['proxy'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const message = selecting(newMachine(probe), NOBODYS, probe.server.address)
      yield* mustBeSilent(probe, { socket, message }, 'a REQUEST with its own id')
      return 'silence'
    },
  },
  {
    id: 'P22',
    level: 'SHOULD',
    requirement: 'Each retransmission is answered once, with the same content.',
    source: 'RFC 2131 §4.3.1',
    rules: ['E-15', 'I-8'],
    needs: ['offer'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const message = withXid(probe, pxeDiscover(newMachine(probe)))
      const before: DhcpMessage[] = []
      for (let time = 0; time < REPEATS; time++) {
        const all = yield* allAnswers(probe, { socket, message: { ...message, secs: 4 * time } })
        must(all.length > 0, `no answer to DISCOVER ${time + 1} of one transaction`)
        must(all.length === 1, `${all.length} answers to one DISCOVER`)
        const reply = all[0]!.message
        must(
          before.every(earlier => isSameContent(earlier, reply)),
          `answer ${time + 1} differs from those before`,
        )
        before.push(reply)
      }
      return `${REPEATS} DISCOVERs, ${REPEATS} equal answers`
    },
  },
  {
    id: 'P23',
    level: 'HARDENING',
    requirement:
      'Silence to what is no request: op 2, hops above 16, a hardware address above 16 bytes, a wrong cookie.',
    source: 'RFC 1542 §4.1.1, RFC 2131 §3',
    rules: ['S-1'],
    needs: ['offer'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const machine = newMachine(probe)
      const odd = (fields: Partial<DhcpMessage>) => withXid(probe, pxeDiscover(machine, { fields }))
      yield* mustBeSilent(probe, { socket, message: odd({ op: 2 }) }, 'a BOOTREPLY')
      yield* mustBeSilent(probe, { socket, message: odd({ hops: TOO_MANY_HOPS }) }, `${TOO_MANY_HOPS} hops`)
      yield* mustBeSilent(probe, { socket, message: odd({ hlen: TOO_LONG }) }, `hlen ${TOO_LONG}`)
      const message = odd({})
      const bytes = encodeDhcp(message, { cookie: WRONG_COOKIE })
      yield* mustBeSilent(probe, { socket, message, bytes }, 'a wrong magic cookie')
      return 'silence to all four'
    },
  },
  {
    id: 'P24',
    level: 'PEER',
    requirement: 'A machine that is not to be served meets silence, not an offer with a file that says no.',
    source: 'practice of servers in use',
    rules: ['I-8'],
    needs: ['pxe'],
    *check(probe) {
      const { denied } = probe.server
      if (denied === undefined)
        return notApplicable('no machine is known that it must not answer; name one with --denied')
      const socket = probe.open(DHCP_PORT.client)
      const message = pxeDiscover({ ...newMachine(probe), mac: denied })
      yield* mustBeSilent(probe, { socket, message }, `${formatMac(denied)}, which it is not to serve,`)
      return 'silence'
    },
  },
  {
    id: 'P25',
    level: 'SHOULD',
    requirement: `Answers come within ${SLOW_MILLIS} ms, 99 of 100, and in the order of the questions.`,
    source: 'rule I-7: a client collects offers for seconds, not minutes',
    rules: ['I-7', 'E-16'],
    needs: ['offer'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const machine = newMachine(probe)
      yield* mustAnswer(probe, { socket, message: pxeDiscover(machine) }, 'a DISCOVER')
      const times = yield* answerTimes(probe, socket, machine)
      const sorted = [...times].sort((a, b) => a - b)
      const slow = sorted[Math.ceil(sorted.length * 0.99) - 1]!
      must(slow < Infinity, 'some DISCOVERs had no answer')
      must(slow < SLOW_MILLIS * MILLISECOND, `an answer took ${formatSpan(slow)}`)
      const arrivals = times.map((time, index) => time + index * probe.patience.gap)
      must(
        arrivals.every((at, index) => index === 0 || at >= arrivals[index - 1]!),
        'answers overtook each other',
      )
      return `${times.length} answers, the slowest after ${formatSpan(sorted.at(-1)!)}`
    },
  },
]

/** From each of many DISCOVERs of one machine to its answer; Infinity: none came. */
function* answerTimes(probe: Probe, socket: ProbeSocket, machine: Machine): Procedure<readonly number[]> {
  const since = socket.heard.length
  const asked: { readonly message: DhcpMessage; readonly at: number }[] = []
  for (let time = 0; time < ASKED_FOR_TIMES; time++) {
    const message = withXid(probe, pxeDiscover(machine))
    asked.push({ message, at: probe.now })
    put({ socket, message })
    yield* probe.wait(probe.patience.gap)
  }
  const timeOf = ({ message, at }: (typeof asked)[number]): number => {
    const [answer] = answers(probe, { socket, message }, since)
    return answer ? answer.heard.at - at : Infinity
  }
  yield* probe.until(() => asked.every(each => timeOf(each) < Infinity), probe.patience.silence)
  return asked.map(timeOf)
}
