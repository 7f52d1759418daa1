/**
 * The machines of a scenario: a host each, switched on at its time, with the firmware it has. Does not judge what
 * becomes of them.
 */
import { type Mac, macBytes } from '../core/address.ts'
import { concat, equalBytes, fromHex, latin1Bytes } from '../core/bytes.ts'
import type { Random } from '../core/random.ts'
import type { TraceSink } from '../core/trace.ts'
import { type FirmwareFamilies, firmwareFor } from '../firmware/catalogue.ts'
import type { Firmware } from '../firmware/pc.ts'
import { bootMachine } from '../firmware/run.ts'
import type { VirtualHost } from '../network/virtual/host.ts'
import { SERVER_TRAITS } from '../network/virtual/host-traits.ts'
import type { BuiltNetwork } from './build-network.ts'
import type { Client, ClientGroup } from '../scenario/model.ts'
import { draw } from '../document/draw.ts'
import type { Boot, Machine, PlugGuest, PowerSwitch } from './machine.ts'
import { machineLife } from './site/machine-lifecycle.ts'
import type { SiteRun } from './site/site-run.ts'

/** `onEnd` is called once for each machine whose boot ends. */
export const buildMachines = (
  groups: readonly ClientGroup[],
  families: FirmwareFamilies,
  built: BuiltNetwork,
  random: Random,
  trace: TraceSink,
  onEnd: (machine: Machine) => void,
  site?: SiteRun,
  plugGuest?: PlugGuest,
  power: PowerSwitch = ({ poweredOn }, switchOn) => built.network.clock.setTimer(poweredOn, switchOn),
): Machine[] => {
  const shared = sharing()
  return groups.flatMap(group => {
    const firmware = firmwareOf(group, families)
    return group.members.map(client => {
      const poweredOn = draw(group.powerOn, random.fork(`power ${client.name}`))
      if (group.guest !== undefined && plugGuest)
        return plugGuest(group, client, uuidOf(client), poweredOn, onEnd)
      const host = built.addHost({
        name: client.name,
        subnet: group.on,
        mac: client.mac,
        link: group.link,
        traits: { ...SERVER_TRAITS, ...firmware.stack },
      })
      const computer = site?.computer(client.mac)
      const boots: Boot[] | undefined = computer && []
      const machine: Machine = {
        client,
        group,
        firmware,
        poweredOn,
        running: undefined,
        ended: undefined,
        boots,
      }
      const runs =
        computer && boots
          ? machineLife(site!, computer, group, firmware, boots, () => linkUp(host))
          : firmware
      power(machine, () => switchOn(machine, runs, host, trace, shared, onEnd))
      return machine
    })
  })
}

/**
 * Ten thousand machines that received the same file keep one copy of it between them. Different files are few; past
 * that, each machine keeps its own.
 */
const sharing = (): ((content: Uint8Array) => Uint8Array) => {
  const known: Uint8Array[] = []
  return content => {
    const same = known.find(candidate => equalBytes(candidate, content))
    if (!same && known.length < MAX_SHARED_CONTENTS) known.push(content)
    return same ?? content
  }
}

/** Contents compared to be shared between machines; further ones are kept separately. */
const MAX_SHARED_CONTENTS = 64

const switchOn = (
  machine: Machine,
  firmware: Firmware,
  host: VirtualHost,
  trace: TraceSink,
  shared: (content: Uint8Array) => Uint8Array,
  onEnd: (machine: Machine) => void,
): void => {
  const { client } = machine
  machine.running?.powerOff()
  linkUp(host)
  machine.poweredOn = host.clock.now()
  machine.ended = undefined
  const identity = { mac: client.mac, uuid: uuidOf(client) }
  machine.running = bootMachine(host, firmware, identity, trace, () => {
    machine.ended = host.clock.now()
    const { record } = machine.running!
    if (record.content) record.content = shared(record.content)
    onEnd(machine)
  })
}

/** A machine that is reset takes its link down and up. */
const linkUp = (host: VirtualHost): void => {
  for (const { port } of host.interfaces) port.linkUp(host.clock.now())
}

export const firmwareOf = (group: ClientGroup, families: FirmwareFamilies): Firmware => {
  const found = firmwareFor(families, group.firmware, group.profile, group.arch, group.boot)
  if ('unknown' in found) throw new RangeError(`clients ${group.name}: no firmware ${found.unknown}`)
  return found
}

const uuidOf = ({ uuid, mac }: Client): Uint8Array => (uuid === undefined ? uuidFrom(mac) : uuidBytes(uuid))

/** As VMware does for its machines: a fixed word and the MAC, so that a capture can be read. */
const UUID_PREFIX = latin1Bytes('nbs-lab\0\0\0')
const uuidFrom = (mac: Mac): Uint8Array => concat([UUID_PREFIX, macBytes(mac)])

/** SMBIOS keeps the first three fields little-endian; firmware sends them as they stand in the table (E-4). */
const uuidBytes = (text: string): Uint8Array => {
  const bytes = fromHex(text.replace(/-/g, ''))
  return Uint8Array.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15], at => bytes[at]!)
}
