/**
 * Macs among the families: names and models, and what a probe asks for them.
 */
import { APPLE as CLIENT } from '../../analysis/clients/apple.ts'
import { formatImageId } from '../../wire/bsdp/image-id.ts'
import { messageType } from '../../wire/dhcp/options.ts'
import type { FirmwareFamily, ProbeAsker, ProbeConclusion, Question } from '../family.ts'
import type { Received } from '../offer.ts'
import type { Firmware } from '../pc.ts'
import { readList } from './answers.ts'
import { appleFirmware } from './apple.ts'
import { chooseAutomatically } from './choose.ts'
import { SIGN } from './display.ts'
import { listMessage } from './messages.ts'
import { APPLE_DEFAULT_PROFILE, APPLE_PROFILES, appleProfile } from './profile.ts'

/** BSDP's question for images; it binds nothing, which only a SELECT does. */
const listQuestion = ({ profile }: Firmware, { mac, address, random }: ProbeAsker): Question => {
  const xid = random.u32()
  const sender = { pc: { mac }, profile: appleProfile(profile) }
  return { after: 0, xid, payload: listMessage(sender, { xid, secs: 0, address }) }
}

/** A Mac takes the highest priority of the lists that it got; where only DHCP servers answer, none. */
const conclude = (replies: readonly Received[]): ProbeConclusion => {
  const lists = replies
    .filter(({ message }) => messageType(message) === 'ack')
    .flatMap(reply => readList(reply, false) ?? [])
  const choice = chooseAutomatically(lists)
  if (!choice) return { outcome: 'failed', code: SIGN.noServer, rule: 'A-21', assumed: [] }
  const { server, image, why } = choice
  return {
    outcome: 'booted',
    pxeServer: server,
    ...(image !== undefined && { file: `image ${formatImageId(image)}` }),
    rule: 'A-24',
    because: why,
    assumed: ['a lease, and the answer to the SELECT, which a probe does not send'],
  }
}

export const APPLE: FirmwareFamily = {
  name: 'apple',
  title: 'the Mac',
  aliases: ['mac'],
  profiles: APPLE_PROFILES,
  defaultProfile: APPLE_DEFAULT_PROFILE,
  architectures: ['x64-uefi', 'ia32-uefi', 'powerpc-open-firmware'],
  create: appleFirmware,
  asks: 'bsdp',
  client: CLIENT,
  choosingRules: ['A-20', 'A-21', 'A-22', 'A-23', 'A-24', 'A-25', 'A-28', 'A-29', 'A-32'],
  probe: {
    // A Mac says nothing of its processor in its first message.
    oneForAll: true,
    questions: (firmware, asker) => [listQuestion(firmware, asker)],
    conclude,
  },
}
