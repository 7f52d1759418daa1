/**
 * Port 4011: what the ACK holds and where it goes (PXE 2.1 §2.2.4).
 */
import { ANY_IP4, formatEndpoint, formatIp4 } from '../../../core/address.ts'
import { DHCP_PORT } from '../../../wire/dhcp/message.ts'
import { serverIdentifier } from '../../../wire/dhcp/options.ts'
import type { Clause } from '../../clause.ts'
import { fail, must } from '../../judgement.ts'
import { answerTo, nameOf } from '../../probe/ask.ts'
import { bootFileOf } from '../../probe/boot-file.ts'
import { vendorOf } from '../../survey.ts'
import { bootAck, bootQuestion, itemOf } from './asking.ts'

const CREDENTIALS = 0x8000

export const ACKS: readonly Clause[] = [
  {
    id: 'B01',
    level: 'MUST',
    requirement:
      'A REQUEST that comes by unicast is answered with an ACK to the address and the port that asked.',
    source: 'PXE 2.1 §2.2.4',
    rules: ['S-5', 'S-20'],
    needs: ['bootServer'],
    *check(probe, { item }) {
      const usual = probe.open(DHCP_PORT.client)
      const question = bootQuestion(probe, { item, from: 0 })
      const answer = yield* answerTo(probe, question)
      if (!answer)
        return fail(
          usual.heard.length > 0
            ? 'it answered port 68, and another port had asked'
            : 'no answer at the port that asked',
        )
      must(answer.type === 'ack', `it answered with ${nameOf(answer)}`)
      return `ACK to ${formatEndpoint(answer.heard.to)}`
    },
  },
  {
    id: 'B02',
    level: 'FIRMWARE',
    requirement: 'The same for source port 4011, from which EDK2 asks, and 68, from which iPXE does.',
    source: 'EDK2, iPXE',
    rules: ['E-32', 'I-11'],
    needs: ['bootServer'],
    *check(probe, survey) {
      for (const from of [DHCP_PORT.bootServer, DHCP_PORT.client])
        yield* bootAck(probe, survey, { from }, `a REQUEST from port ${from}, at that port`)
      return 'at 4011 and at 68'
    },
  },
  {
    id: 'B03',
    level: 'FIRMWARE',
    requirement: 'The ACK comes from the address that was asked.',
    source: 'rule B-14',
    rules: ['I-11', 'B-14'],
    needs: ['bootServer'],
    *check(probe, survey) {
      const { heard } = yield* bootAck(probe, survey)
      must(
        heard.from.ip === probe.server.address,
        `${formatIp4(probe.server.address)} was asked, and ${formatIp4(heard.from.ip)} answered`,
      )
      return formatIp4(heard.from.ip)
    },
  },
  {
    id: 'B04',
    level: 'FIRMWARE',
    requirement: 'The ACK comes from port 4011.',
    source: 'rule I-11',
    rules: ['I-11'],
    needs: ['bootServer'],
    *check(probe, survey) {
      const { heard } = yield* bootAck(probe, survey)
      must(heard.from.port === DHCP_PORT.bootServer, `it came from port ${heard.from.port}`)
      return 'from 4011'
    },
  },
  {
    id: 'B05',
    level: 'MUST',
    requirement: 'Option 54 of the ACK is the server that answers, and siaddr is set where a file is named.',
    source: 'PXE 2.1 §2.2.4; rule S-6',
    rules: ['S-5', 'S-6', 'E-41'],
    needs: ['bootServer'],
    *check(probe, survey) {
      const { message } = yield* bootAck(probe, survey)
      const id = serverIdentifier(message)
      must(id !== undefined, 'option 54 is missing')
      must(id === probe.server.address, `option 54 is ${formatIp4(id)}`)
      must(bootFileOf(message) === undefined || message.siaddr !== ANY_IP4, 'siaddr is 0.0.0.0')
      return `54 ${formatIp4(id)}, siaddr ${formatIp4(message.siaddr)}`
    },
  },
  {
    id: 'B06',
    level: 'FIRMWARE',
    requirement: 'The ACK names a boot file.',
    source: 'EDK2, Intel Boot Agent',
    rules: ['E-34', 'B-20'],
    needs: ['bootServer'],
    *check(probe, survey) {
      const { message } = yield* bootAck(probe, survey)
      const file = bootFileOf(message)
      must(file !== undefined, 'it names none')
      return file
    },
  },
  {
    id: 'B07',
    level: 'MUST',
    requirement:
      'The ACK to a boot item (43.71) repeats its type and layer, without the bit for credentials.',
    source: 'PXE 2.1 §2.2.4',
    rules: ['S-5', 'B-20'],
    needs: ['bootServer'],
    *check(probe, survey) {
      const asked = itemOf(survey)
      const item = vendorOf(yield* bootAck(probe, survey))?.bootItem
      must(item !== undefined, '43.71 is missing')
      must(item.type === asked.type, `type ${asked.type} was asked for, and it says ${item.type}`)
      must((item.layer & CREDENTIALS) === 0, 'it asks for credentials')
      must(item.layer === asked.layer, `layer ${asked.layer} was asked for, and it says ${item.layer}`)
      return `type ${item.type}, layer ${item.layer}`
    },
  },
  {
    id: 'B11',
    level: 'SHOULD',
    requirement: 'The client keeps its address: the ACK repeats ciaddr, and yiaddr is 0 or the same.',
    source: 'RFC 2131 §4.3.1 table 3',
    rules: ['S-23', 'B-14'],
    needs: ['bootServer'],
    *check(probe, survey) {
      const { message } = yield* bootAck(probe, survey)
      const own = probe.station.address
      must(
        message.ciaddr === own || message.ciaddr === ANY_IP4,
        `ciaddr is ${formatIp4(message.ciaddr)}, and was ${formatIp4(own)}`,
      )
      must(message.yiaddr === ANY_IP4 || message.yiaddr === own, `yiaddr is ${formatIp4(message.yiaddr)}`)
      return `ciaddr ${formatIp4(message.ciaddr)}, yiaddr ${formatIp4(message.yiaddr)}`
    },
  },
]
