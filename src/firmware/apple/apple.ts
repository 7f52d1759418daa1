/**
 * A Mac that boots from the network (A-20 … A-30): lease, then the server it is bound to, or LIST and SELECT, then TFTP.
 * Puts the phases together; knows no packet. Does not model PXE on Macs nor NetBoot 1.0.
 */
import { formatIp4 } from '../../core/address.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import type { BootRecord, Firmware, Pc, Script } from '../pc.ts'
import { takeLease } from './lease.ts'
import { load } from './load.ts'
import { LINE, SIGN } from './display.ts'
import { type Mac, newXid } from './mac.ts'
import { releaseMessage } from './messages.ts'
import { APPLE_STACK, type AppleProfile, appleProfile } from './profile.ts'
import { selectSource } from './select.ts'
import { selectInSystem } from './startup-disk.ts'

export const appleFirmware = (name: string): Firmware => {
  const profile = appleProfile(name)
  return {
    family: 'apple',
    profile: name,
    stack: APPLE_STACK,
    boot: (pc, record) => boot(pc, record, profile),
  }
}

/** Startup Disk shows an empty list. */
const NOTHING_SELECTED = 'no NetBoot image'

function* boot(pc: Pc, record: BootRecord, profile: AppleProfile): Script {
  const dhcp = pc.openUdp({ port: DHCP_PORT.client, ownChaddrOnly: true })
  const mac: Mac = { pc, record, profile, dhcp, startedAt: pc.now() }
  const isSelected = !profile.startupDisk || (yield* startSystem(mac, profile.startupDisk.replyPorts))
  if (isSelected) yield* netBoot(profile.startupDisk ? { ...mac, startedAt: pc.now() } : mac)
  dhcp.close()
}

function* netBoot(mac: Mac): Script {
  const { pc, dhcp } = mac
  pc.print(`${mac.profile.model}: NetBoot (N)`)
  const lease = yield* takeLease(mac)
  if (!lease) return fail(mac, 'no DHCP server leases an address')
  pc.print(`IP ${formatIp4(lease.address.ip)} from ${formatIp4(lease.server)}`)
  const source = lease.source ?? (yield* selectSource(mac, lease.address.ip))
  if (!source) {
    dhcp.send(
      { ip: lease.server, port: DHCP_PORT.server },
      releaseMessage(mac, lease.address.ip, lease.server, newXid(mac)),
    )
    return fail(mac, 'no boot server')
  }
  pc.print(LINE.booting(source.file, formatIp4(source.tftpServer)))
  yield* load(mac, source)
}

/** Startup Disk: the system runs from its own disk, selects, and restarts. False: it stays as it was. */
function* startSystem(mac: Mac, replyPorts: readonly [number, number]): Script<boolean> {
  const { pc, record } = mac
  pc.print(LINE.looking)
  const lease = yield* takeLease(mac, true)
  const isSelected = lease !== undefined && (yield* selectInSystem(mac, lease.address.ip, replyPorts))
  if (!isSelected) {
    pc.print(lease ? 'No image could be selected.' : 'No address.')
    record.outcome = 'failed'
    record.code = NOTHING_SELECTED
    return false
  }
  pc.print('Restarting')
  pc.configure(undefined)
  record.lease = undefined
  return true
}

const fail = ({ pc, record }: Mac, why: string): void => {
  record.outcome = 'failed'
  record.code = SIGN.noServer
  pc.print(LINE.sign(SIGN.noServer))
  pc.because('A-21', `gives up the network boot: ${why}`)
}
