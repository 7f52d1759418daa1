/**
 * Port 4011: which requests are answered (PXE 2.1 §2.2.4).
 */
import { SECOND, formatSpan } from '../../../core/micros.ts'
import { OPTION } from '../../../wire/dhcp/options.ts'
import type { Clause } from '../../clause.ts'
import { fail, must, notApplicable } from '../../judgement.ts'
import { allAnswers, answerTo, hasClass, mustBeSilent, nameOf } from '../../probe/ask.ts'
import { bootFileOf } from '../../probe/boot-file.ts'
import { vendorOf } from '../../survey.ts'
import { pxeOffer } from '../proxy/offers.ts'
import { bootAck, bootQuestion, itemOf } from './asking.ts'

/** Of the range that no vendor has. */
const UNKNOWN_TYPE = 0x7ffe
const CREDENTIALS = 0x8000
/** Second 1 and second 4 as x64 sends them, and as the standard has them (E-33). */
const SECS = [0x0100, 0x0400, 1, 4] as const

export const REQUESTS: readonly Clause[] = [
  {
    id: 'B08',
    level: 'MUST',
    requirement: 'A boot server type that the server does not serve meets silence.',
    source: 'PXE 2.1 §2.2.4',
    rules: ['S-5', 'E-41'],
    needs: ['bootServer'],
    *check(probe) {
      const item = { type: UNKNOWN_TYPE, layer: 0 }
      const [answer] = yield* allAnswers(probe, bootQuestion(probe, { item }))
      if (!answer) return 'silence'
      const said = vendorOf(answer)?.bootItem
      return fail(
        `it answered type ${UNKNOWN_TYPE} with ${nameOf(answer)}${said ? ` for type ${said.type}` : ''}`,
      )
    },
  },
  {
    id: 'B09',
    level: 'FIRMWARE',
    requirement:
      'A REQUEST without a boot item, as EDK2 sends it after an offer without option 43, gets an ACK with a file or a menu.',
    source: 'EDK2',
    rules: ['E-32', 'E-34'],
    needs: ['bootServer'],
    *check(probe, survey) {
      const answer = yield* bootAck(probe, survey, { item: undefined }, 'a REQUEST without 43.71')
      const file = bootFileOf(answer.message)
      const menu = vendorOf(answer)?.bootMenu
      must(file !== undefined || (menu?.length ?? 0) > 0, 'the ACK has neither file nor menu')
      return file ?? 'a menu'
    },
  },
  {
    id: 'B10',
    level: 'MUST',
    requirement: 'DHCPREQUEST and DHCPINFORM are both taken.',
    source: 'PXE 2.1 §2.2.4',
    rules: ['S-5'],
    needs: ['bootServer'],
    *check(probe, survey) {
      for (const type of ['request', 'inform'] as const)
        yield* bootAck(probe, survey, { type }, `a DHCP${type.toUpperCase()} to port 4011`)
      return 'both were answered'
    },
  },
  {
    id: 'B12',
    level: 'FIRMWARE',
    requirement: 'The field secs changes nothing, in whatever byte order it comes.',
    source: 'EDK2',
    rules: ['E-33'],
    needs: ['bootServer'],
    *check(probe, survey) {
      for (const secs of SECS)
        yield* bootAck(probe, survey, { change: { fields: { secs } } }, `a REQUEST with secs ${secs}`)
      return `secs ${SECS.join(', ')}`
    },
  },
  {
    id: 'B13',
    level: 'MUST',
    requirement: 'A REQUEST without option 60 meets silence.',
    source: 'PXE 2.1 §2.2',
    rules: ['S-1'],
    needs: ['bootServer'],
    *check(probe, { item }) {
      const question = bootQuestion(probe, { item, change: { without: [OPTION.classIdentifier] } })
      yield* mustBeSilent(probe, question, 'a REQUEST without option 60')
      return 'silence'
    },
  },
  {
    id: 'B14',
    level: 'MUST',
    requirement: 'Whose offer sends clients to port 4011 answers there, within 1 s.',
    source: 'PXE 2.1 §2.2.3; rule E-31',
    rules: ['E-31', 'B-14', 'I-11'],
    needs: ['pxe'],
    *check(probe, survey) {
      const offer = yield* pxeOffer(probe)
      const vendor = vendorOf(offer)
      const isComplete = vendor !== undefined && bootFileOf(offer.message) !== undefined
      const sends = hasClass(offer, 'PXEClient') && !isComplete
      if (!sends) return notApplicable('its offer has all that a client needs')
      const began = probe.now
      const answer = yield* answerTo(probe, bootQuestion(probe, { item: survey.item }))
      if (!answer) return fail('its offer sends clients to port 4011, and nobody answers there')
      const waited = probe.now - began
      must(waited <= SECOND, `port 4011 took ${formatSpan(waited)}`)
      return `it answered after ${formatSpan(waited)}`
    },
  },
  {
    id: 'B15',
    level: 'SHOULD',
    requirement: 'A boot item with the bit for credentials meets silence where the server has none.',
    source: 'PXE 2.1 §2.2.5',
    rules: ['S-5', 'E-43'],
    needs: ['bootServer'],
    *check(probe, survey) {
      const { type } = itemOf(survey)
      const question = bootQuestion(probe, { item: { type, layer: CREDENTIALS } })
      yield* mustBeSilent(probe, question, 'a boot item with credentials')
      return 'silence'
    },
  },
]
