/**
 * What a firmware asks a network that stays silent: its script, run in virtual time where nobody answers. These are the
 * bytes that `nbs probe` sends, so that a server is asked by the same options as by that machine. DISCOVERs only: a
 * script that hears nothing sends no REQUEST.
 */
import { ANY_IP4, ip4At } from '../../core/address.ts'
import { writeU16, writeU32 } from '../../core/bytes.ts'
import type { Micros } from '../../core/micros.ts'
import { noTrace } from '../../core/trace.ts'
import type { Question } from '../../firmware/family.ts'
import type { Firmware } from '../../firmware/pc.ts'
import { type Identity, bootMachine } from '../../firmware/run.ts'
import { BROADCAST_FLAG, DHCP_PORT } from '../../wire/dhcp/message.ts'
import { messageType } from '../../wire/dhcp/options.ts'
import { ReplayHost } from './host.ts'
import { decodedOf } from './replayed.ts'

/** Firmware that has not asked by then asks never; the longest wait for a link and a menu before it is shorter. */
const PATIENCE: Micros = 60_000_000

/** The DISCOVERs of the first `window` after the first of them. */
export const questionsOf = (firmware: Firmware, identity: Identity, window: Micros): Question[] => {
  const questions: Question[] = []
  let firstAt: Micros | undefined
  const host = new ReplayHost(identity.mac, firmware.stack, ({ to, payload }, { clock }) => {
    const message = to.port === DHCP_PORT.server ? decodedOf(payload) : undefined
    if (!message || messageType(message) !== 'discover') return
    firstAt ??= clock.now()
    questions.push({ after: clock.now() - firstAt, xid: message.xid, payload })
  })
  const isOver = (): boolean => host.clock.now() > (firstAt ?? PATIENCE) + window
  const machine = bootMachine(host, firmware, identity, noTrace, () => {})
  host.clock.run(PATIENCE + window, isOver)
  machine.powerOff()
  return questions.filter(({ after }) => after <= window)
}

const XID_AT = 4
const FLAGS_AT = 10
const CIADDR_AT = 12
const CHADDR_AT = 28

/**
 * The same question of another transaction, and answerable by broadcast: who has no raw socket cannot hear a unicast
 * to an address that is only offered. Nothing else differs from what the firmware sends.
 */
export const asked = (payload: Uint8Array, xid: number): Uint8Array => {
  const bytes = payload.slice()
  if (bytes.length <= CHADDR_AT) return bytes
  writeU32(bytes, XID_AT, xid)
  if (ip4At(bytes, CIADDR_AT) === ANY_IP4) writeU16(bytes, FLAGS_AT, BROADCAST_FLAG)
  return bytes
}
