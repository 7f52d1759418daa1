/**
 * Machines of real firmware on the segments of a scenario: frames go to and fro, the screen goes into the trace, and
 * what becomes of the boot is read from both. Does not start virtual machines itself (a `GuestProvider` does), and does
 * not know what the firmware was meant to do.
 */
import type { Ip4 } from '../core/address.ts'
import { toHex } from '../core/bytes.ts'
import { type Micros, SECOND } from '../core/micros.ts'
import type { TraceSink } from '../core/trace.ts'
import { newBootRecord } from '../firmware/record.ts'
import type { RunningMachine } from '../firmware/run.ts'
import { FIRMWARE_FAMILIES, type FirmwareFamilies, familyNamed } from '../firmware/catalogue.ts'
import { type ScreenSigns, type ScreenVerdict, readScreen } from '../firmware/screens.ts'
import type { Attachment } from '../network/attach/attachment.ts'
import { Jack } from '../network/attach/jack.ts'
import { GuestError, type GuestKind, type GuestProvider } from '../network/attach/qemu/guest.ts'
import type { PacedNetwork } from '../network/paced/paced.ts'
import type { Frame } from '../wire/frame.ts'
import { BootStory } from './boot-story.ts'
import type { Machine, PlugGuest } from './machine.ts'
import { firmwareOf } from './build-clients.ts'
import type { BuiltNetwork } from './build-network.ts'
import type { Client, ClientGroup } from '../scenario/model.ts'

/** With its file loaded, firmware has this long to say that the file is none for it; then it runs. */
const STARTS_WITHIN: Micros = 2 * SECOND

export interface GuestSession {
  readonly plug: PlugGuest
  /** Pulls every plug; resolves when no guest is left. */
  stopAll(): Promise<void>
}

export const guestRoom = (
  built: BuiltNetwork,
  trace: TraceSink,
  world: PacedNetwork,
  house: GuestProvider,
  families: FirmwareFamilies = FIRMWARE_FAMILIES,
): GuestSession => {
  const guests: GuestMachine[] = []
  return {
    plug: (group, client, uuid, poweredOn, onEnd) => {
      const real = realFirmware(group, families)
      const { version, model } = house.firmware(real.kind)
      const known = { ...group, profile: group.profile ?? model.profile }
      const guest = new GuestMachine(known, client, uuid, real, { built, trace, world, house })
      guests.push(guest)
      const machine: Machine = {
        client,
        group,
        firmware: firmwareOf(known, families),
        poweredOn,
        running: undefined,
        ended: undefined,
        boots: undefined,
        guest: `${group.guest} ${version}`,
      }
      built.network.clock.setTimer(poweredOn, () => {
        machine.running = guest
        guest.powerOn(ended => {
          machine.ended = ended
          onEnd(machine)
        })
      })
      return machine
    },
    stopAll: async () => void (await Promise.all(guests.map(guest => guest.stop()))),
  }
}

interface RealFirmware {
  readonly kind: GuestKind
  readonly screen: ScreenSigns
}

const realFirmware = ({ name, guest }: ClientGroup, families: FirmwareFamilies): RealFirmware => {
  const family = guest === undefined ? undefined : familyNamed(families, guest)
  if (!family?.guest || !family.screen)
    throw new RangeError(`clients ${name}: ${guest} cannot be booted for real`)
  return { kind: family.guest, screen: family.screen }
}

interface Place {
  readonly built: BuiltNetwork
  readonly trace: TraceSink
  readonly world: PacedNetwork
  readonly house: GuestProvider
}

class GuestMachine implements RunningMachine {
  readonly record = newBootRecord()
  readonly #group: ClientGroup
  readonly #client: Client
  readonly #uuid: Uint8Array
  readonly #real: RealFirmware
  readonly #place: Place
  readonly #jack: Jack
  readonly #story: BootStory
  readonly #lines: string[] = []
  #guest: Attachment | undefined
  /** World time goes on when the machine has reached its network boot. */
  #goOn: (() => void) | undefined
  #onEnd: (at: Micros) => void = () => {}
  #ended = false
  #waits = false

  constructor(group: ClientGroup, client: Client, uuid: Uint8Array, real: RealFirmware, place: Place) {
    this.#group = group
    this.#client = client
    this.#uuid = uuid
    this.#real = real
    this.#place = place
    this.#story = new BootStory(client.mac)
    this.#jack = new Jack({
      name: client.name,
      mac: client.mac,
      world: place.world,
      join: station => place.built.plugIn(station, group.on, group.link),
      admits: frame => this.#admits(frame),
    })
    place.built.segments.get(group.on)!.tap((at, frame) => this.#see(at, frame))
  }

  /**
   * Self-test and start of the firmware take a time that no scenario knows and that depends on the host, so the world
   * waits: a machine switched on at 5 s sends its first DISCOVER at 5 s, as a model does.
   */
  powerOn(onEnd: (at: Micros) => void): void {
    this.#jack.port.linkUp(this.#place.built.network.clock.now())
    const { world, trace, house } = this.#place
    const { name, mac } = this.#client
    const { kind } = this.#real
    this.#onEnd = onEnd
    this.#goOn = world.hold()
    trace.add({ at: this.#now(), kind: 'power', host: name, on: true })
    const spec = {
      kind,
      name,
      mac,
      uuid: uuidText(this.#uuid),
      ipv6Router: kind.wantsRouter?.(this.#group.profile!) ?? false,
    }
    const guest = house.start(spec, { onScreen: (text, continues) => this.#show(text, continues) })
    this.#guest = this.#jack.plug(guest)
    // What a program does to the machine once it was loaded (a reset, say) is the program's business.
    void guest.lost.then(reason => {
      if (this.#ended) return
      if (this.#story.loaded !== undefined) this.#conclude({ kind: 'started' })
      else world.fail(new GuestError(`guest ${name}: ${reason}`, 'failed'))
    })
  }

  powerOff(): void {
    void this.stop()
  }

  async stop(): Promise<void> {
    this.#ended = true
    await this.#guest?.stop()
  }

  #now(): Micros {
    return this.#place.built.network.clock.now()
  }

  #admits(frame: Frame): boolean {
    // IPv6 and the like: nobody on a virtual segment speaks it.
    if (frame.packet.kind === 'other') return false
    if (this.#goOn && !isDhcp(frame)) return false
    const goOn = this.#goOn
    this.#goOn = undefined
    goOn?.()
    return true
  }

  #show(text: string, continues: boolean): void {
    this.#place.world.happen(() => {
      const { name } = this.#client
      this.#place.trace.add({ at: this.#now(), kind: 'screen', host: name, text, continues })
      if (continues && this.#lines.length > 0) this.#lines[this.#lines.length - 1] += text
      else this.#lines.push(text)
      this.#consider()
    })
  }

  #see(at: Micros, frame: Frame): void {
    if (this.#ended) return
    this.#story.see(at, frame)
    if (this.#story.loaded !== undefined) this.#consider()
  }

  #consider(): void {
    if (this.#ended) return
    const { loaded } = this.#story
    const verdict = readScreen(this.#real.screen, this.#lines)
    if (verdict) return this.#conclude(verdict)
    if (loaded === undefined || this.#waits) return
    this.#waits = true
    this.#place.built.network.clock.setTimer(loaded + STARTS_WITHIN, () =>
      this.#conclude({ kind: 'started' }),
    )
  }

  #conclude(verdict: ScreenVerdict): void {
    if (this.#ended) return
    this.#ended = true
    const { record } = this
    const story = this.#story
    // One that refused its address came to no menu, whatever code it shows.
    const cameToMenu = story.readRequest === undefined && !story.declined
    const diskBy = cameToMenu ? story.sentToDiskBy.at(-1) : undefined
    record.lease = story.declined ? undefined : story.lease
    record.transfer = story.reads === undefined ? undefined : { kind: 'tftp', server: story.reads }
    record.file = story.file
    record.content = story.content
    record.outcome =
      verdict.kind === 'started'
        ? 'booted'
        : verdict.kind === 'gaveUp' && diskBy !== undefined && this.#mayLeave(verdict.code)
          ? 'localDisk'
          : 'failed'
    record.pxeServer = record.outcome === 'localDisk' ? diskBy : lastOf(story.namedBy)
    if (verdict.kind !== 'started') record.code = verdict.code
    this.#onEnd(verdict.kind === 'started' ? (story.loaded ?? this.#now()) : this.#now())
  }

  /** The code is one that is shown where a menu sends the machine to its disk. */
  #mayLeave(code: string | undefined): boolean {
    return code === undefined || code === this.#real.screen.localDiskCode
  }
}

const lastOf = (servers: readonly Ip4[]): Ip4 | undefined => servers.at(-1)

const isDhcp = ({ packet }: Frame): boolean =>
  packet.kind === 'ip4' && packet.body.kind === 'udp' && packet.body.targetPort === 67

/** SMBIOS keeps the first three fields little-endian. */
const uuidText = (bytes: Uint8Array): string => {
  const hex = toHex(Uint8Array.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15], at => bytes[at]!))
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
