/**
 * How the clauses about port 4011 ask it.
 */
import { DHCP_PORT } from '../../../wire/dhcp/message.ts'
import { type Answer, type Question, bootServerPort, mustAnswer } from '../../probe/ask.ts'
import { type BootItem, type Change, bootRequestMessage, newMachine } from '../../probe/machine.ts'
import type { Probe, Procedure } from '../../probe/probe.ts'
import { notApplicable } from '../../judgement.ts'
import type { Survey } from '../../survey.ts'

export interface Asking {
  readonly item?: BootItem | undefined
  readonly change?: Change
  readonly type?: 'request' | 'inform'
  /** Source port; 0: any. Default 68. */
  readonly from?: number
}

export const bootQuestion = (
  probe: Probe,
  { item, change, type, from = DHCP_PORT.client }: Asking,
): Question => ({
  socket: probe.open(from),
  message: bootRequestMessage(newMachine(probe), probe.station.address, item, change, type),
  to: bootServerPort(probe.server.address),
})

/** Whose own type it is, or none where it lists none. */
export function* bootAck(
  probe: Probe,
  { item }: Survey,
  asking: Asking = {},
  what = 'a REQUEST to port 4011',
): Procedure<Answer> {
  const question = bootQuestion(probe, { item, ...asking })
  const answer = yield* mustAnswer(probe, question, what)
  question.socket.close()
  return answer
}

export const itemOf = ({ item }: Survey): BootItem =>
  item ?? notApplicable('it lists no boot server type (43.8, 43.9)')
