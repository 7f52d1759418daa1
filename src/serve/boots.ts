/**
 * From what the services tell to one line per boot: which machine, which firmware, what was decided, which file, how
 * long, how it ended. A machine is known by its MAC in DHCP and by its address in TFTP; the REQUEST it broadcasts to
 * its DHCP server joins the two. Does not log by itself.
 */
import { clientKindOf } from '../analysis/clients/index.ts'
import {
  type Ip4,
  LIMITED_BROADCAST,
  type Mac,
  formatIp4,
  formatMac,
  ANY_IP4,
  isLoopbackIp,
} from '../core/address.ts'
import type { Datagram } from '../core/state-machine.ts'
import { RecentMap } from '../core/recent-map.ts'
import { BOOTSTRAP_FILES } from '../nbs/bootstrap-files.ts'
import { describeDecision } from '../nbs/decision.ts'
import type { PxeEvent } from '../protocol/pxe/events.ts'
import type { TftpEvent } from '../protocol/tftp/events.ts'
import { decodeDhcp } from '../wire/dhcp/codec.ts'
import { BOOTREQUEST, type DhcpMessage } from '../wire/dhcp/message.ts'
import * as options from '../wire/dhcp/options.ts'
import { architectureName } from '../wire/pxe/client.ts'

/** Machines and addresses remembered; those that were heard least recently are forgotten first. */
const MAX_KNOWN_MACHINES = 10_000
/** A machine that was offered a file and has not asked for it by then was served by somebody else, or gave up. */
export const CAME_WITHIN_MILLIS = 90_000

/** iPXE that asks so soon after it was sent a file, and is to have the same again, was that file. */
const LOOP_MILLIS = 60_000

export interface Boot {
  readonly mac: string | undefined
  readonly address: string | undefined
  readonly firmware: string | undefined
  readonly decision: string | undefined
  readonly file: string | undefined
  /** Since the first offer; of the transfer alone where no offer is known. */
  readonly seconds: number
  readonly bytes: number
  readonly result: 'booted' | 'localDisk' | 'failed' | 'refused' | 'neverCame'
  readonly because: string | undefined
}

interface Machine {
  readonly mac: Mac
  firmware: string | undefined
  decision: string
  file: string | undefined
  /** When the first answer of this boot left; undefined = it has ended. */
  since: number | undefined
  asked: boolean
  /** The file of its last boot that was sent whole, and when. */
  loaded: { readonly file: string; readonly at: number } | undefined
}

type Answered = Extract<PxeEvent, { kind: 'answered' }>

export class Boots {
  readonly #machines = new RecentMap<Mac, Machine>(MAX_KNOWN_MACHINES)
  readonly #macs = new RecentMap<Ip4, Mac>(MAX_KNOWN_MACHINES)
  readonly #addresses = new RecentMap<Mac, Ip4>(MAX_KNOWN_MACHINES)
  readonly #firmware = new RecentMap<Mac, string>(MAX_KNOWN_MACHINES)
  readonly #now: () => number
  readonly #onBoot: (boot: Boot) => void
  readonly #onLoop: (mac: Mac, file: string) => void

  /** `now` in milliseconds. `onLoop`: a machine seems to load the same loader for ever; told once a boot. */
  constructor(
    now: () => number,
    onBoot: (boot: Boot) => void,
    onLoop: (mac: Mac, file: string) => void = () => {},
  ) {
    this.#now = now
    this.#onBoot = onBoot
    this.#onLoop = onLoop
  }

  /** Looks at what comes to port 67: a REQUEST tells which address a machine will have. */
  look({ payload }: Datagram): void {
    if (payload[0] !== BOOTREQUEST) return
    const read = decodeDhcp(payload)
    if (!read.ok) return
    const message = read.value
    const mac = options.clientMac(message)
    const firmware = loaderOf(message)
    if (firmware !== undefined) this.#firmware.set(mac, firmware)
    else this.#firmware.delete(mac)
    const asked = options.messageType(message) === 'request' ? options.requestedIpAddress(message) : undefined
    const address = asked ?? (message.ciaddr === ANY_IP4 ? undefined : message.ciaddr)
    if (address !== undefined) this.#belongs(address, mac)
  }

  answered(event: Answered): void {
    const { mac, to, message } = event
    // An offer goes to everybody or to a relay; on loopback, to the machine.
    const isOwn = message === 'ack' ? to.ip !== LIMITED_BROADCAST : isLoopbackIp(to.ip)
    if (isOwn) this.#belongs(to.ip, mac)
    const known = this.#machines.get(mac)
    const now = this.#now()
    const decision = `${describeDecision(event.decision)} (${event.decision.client})`
    const firmware =
      this.#firmware.get(mac) ?? architectureName(event.architecture) ?? `arch ${event.architecture}`
    const isSame = known?.since !== undefined && known.decision === decision
    const machine: Machine = {
      mac,
      firmware,
      decision,
      file: event.file ?? (isSame ? known.file : undefined),
      since: isSame ? known.since : now,
      asked: isSame && known.asked,
      loaded: known?.loaded,
    }
    this.#machines.set(mac, machine)
    this.#lookForLoop(machine)
    // A machine may ask again and again; it is sent to its disk once.
    if (event.decision.boot !== 'production' || machine.asked) return
    machine.asked = true
    this.#onBoot({
      ...about(machine, this.#addresses.get(mac)),
      seconds: 0,
      bytes: 0,
      result: 'localDisk',
      because: undefined,
    })
  }

  tftp(event: TftpEvent): void {
    switch (event.type) {
      case 'requested':
      case 'started': {
        const machine = this.#machineAt(event.client.ip)
        if (machine && isOfferedFile(machine, event.file)) machine.asked = true
        return
      }
      case 'completed':
        return this.#ended(event, 'booted', event.confirmed ? undefined : 'the last ACK is missing')
      case 'failed':
        return this.#ended(event, 'failed', `${event.reason}: ${event.text}`)
      case 'refused':
        return this.#ended({ ...event, bytes: 0, seconds: 0 }, 'refused', event.reason)
      case 'aborted-after-size-query':
      case 'ignored':
    }
  }

  /** Tells of machines that were offered a file and never asked for it. */
  sweep(): void {
    const limit = this.#now() - CAME_WITHIN_MILLIS
    for (const machine of this.#machines.values()) {
      if (machine.since === undefined || machine.since > limit) continue
      if (!machine.asked)
        this.#end(
          machine,
          { seconds: (this.#now() - machine.since) / 1000, bytes: 0 },
          'neverCame',
          undefined,
        )
      machine.since = undefined
    }
  }

  #ended(
    event: Pick<TftpEvent, 'client' | 'file'> & { readonly bytes: number; readonly seconds: number },
    result: Boot['result'],
    because: string | undefined,
  ): void {
    const machine = this.#machineAt(event.client.ip)
    if (machine && isOfferedFile(machine, event.file)) {
      const seconds = machine.since === undefined ? event.seconds : (this.#now() - machine.since) / 1000
      this.#end(machine, { seconds, bytes: event.bytes }, result, because, event.client.ip)
      // Firmware tries a failed file again; that is still the same boot.
      if (result !== 'booted') return
      machine.since = undefined
      machine.loaded = { file: event.file, at: this.#now() }
      return
    }
    if (machine || !FIRST_FILES.has(keyOf(event.file))) return
    const { seconds, bytes } = event
    const unknown = { mac: undefined, firmware: undefined, decision: undefined, file: event.file }
    this.#onBoot({ ...unknown, address: formatIp4(event.client.ip), seconds, bytes, result, because })
  }

  #end(
    machine: Machine,
    amount: { readonly seconds: number; readonly bytes: number },
    result: Boot['result'],
    because: string | undefined,
    address: Ip4 | undefined = this.#addresses.get(machine.mac),
  ): void {
    this.#onBoot({ ...about(machine, address), ...amount, result, because })
  }

  #lookForLoop(machine: Machine): void {
    const { mac, file, loaded, firmware } = machine
    if (!loaded || file === undefined || keyOf(file) !== keyOf(loaded.file)) return
    if (!firmware?.startsWith('iPXE') || this.#now() - loaded.at > LOOP_MILLIS) return
    machine.loaded = undefined
    this.#onLoop(mac, file)
  }

  #machineAt(address: Ip4): Machine | undefined {
    const mac = this.#macs.get(address)
    return mac === undefined ? undefined : this.#machines.get(mac)
  }

  #belongs(address: Ip4, mac: Mac): void {
    this.#macs.set(address, mac)
    this.#addresses.set(mac, address)
  }
}

const about = (machine: Machine, address: Ip4 | undefined) => ({
  mac: formatMac(machine.mac),
  address: address === undefined ? undefined : formatIp4(address),
  firmware: machine.firmware,
  decision: machine.decision,
  file: machine.file,
})

/** Which program sends this, where it says so; otherwise only the architecture is known. */
const loaderOf = (message: DhcpMessage): string | undefined => {
  const kind = clientKindOf(message)
  return kind.knownByName ? kind.name : undefined
}

const keyOf = (file: string): string => file.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase()
const FIRST_FILES: ReadonlySet<string> = new Set(BOOTSTRAP_FILES.map(([, file]) => keyOf(file)))
const isOfferedFile = (machine: Machine, file: string): boolean =>
  machine.file !== undefined && keyOf(machine.file) === keyOf(file)
