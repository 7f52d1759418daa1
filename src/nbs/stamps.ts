/**
 * Stamps boot programs that have a field for it (`wire/pxe/stamp.ts`): a machine that was told something gets its copy
 * with who told it, and what. TFTP knows addresses only; which machine has which is seen in what the machine asks the
 * DHCP server, which the PXE service overhears. Whoever is not known by that gets the file as it is, and so does every
 * file without the field. Does not change sizes, and does not look into files that are not in memory.
 */
import { type Ip4, type Mac, formatIp4, isLoopbackIp } from '../core/address.ts'
import { RecentMap } from '../core/recent-map.ts'
import { BOOT_KINDS, type Decision } from '../protocol/pxe/decision.ts'
import type { PxeEvent } from '../protocol/pxe/events.ts'
import { type TftpFile, type TftpFiles, isRefusal } from '../protocol/tftp/files.ts'
import { STAMP_WITHIN, type Stamp, type StampField, stampBytes, stampFieldOf } from '../wire/pxe/stamp.ts'

/** Machines of which is kept what they were told, and addresses of which is kept whose they are; the oldest go first. */
export const MAX_TOLD_MACHINES = 65_536
/** Stamped copies of one file that are kept for the next machine which is told the same. */
export const MAX_KEPT_COPIES = 64

/** `Booted by nbs-a (10.20.1.5): automation, image WinPE, job running` */
export const stampText = (server: string, self: Ip4, decision: Decision): string => {
  const what =
    decision.boot === 'production'
      ? 'production, local disk'
      : `${decision.boot === 'pxe' ? 'PXE' : decision.boot}, ${decision.image === '' ? 'default image' : `image ${decision.image}`}`
  return `Booted by ${server} (${formatIp4(self)}): ${what}${decision.jobRunning ? ', job running' : ''}`
}

export class Stamps {
  readonly #server: string
  readonly #told = new RecentMap<Mac, { readonly self: Ip4; readonly decision: Decision }>(MAX_TOLD_MACHINES)
  readonly #macOf = new RecentMap<Ip4, Mac>(MAX_TOLD_MACHINES)
  readonly #fields = new WeakMap<TftpFile, StampField | 'none'>()
  readonly #copies = new WeakMap<TftpFile, Map<string, TftpFile>>()

  /** `server`: the name that screens show. */
  constructor(server: string) {
    this.#server = server
  }

  observe(event: PxeEvent): void {
    if (event.kind !== 'answered' && event.kind !== 'ignored') return
    const { mac, address } = event
    if (mac === undefined) return
    // All machines of a loopback are one address, which then says nothing of the machine.
    if (address !== undefined && !isLoopbackIp(address)) this.#macOf.set(address, mac)
    if (event.kind === 'answered') this.#told.set(mac, { self: event.self, decision: event.decision })
  }

  /** The same files, stamped for those who are known. */
  over(files: TftpFiles): TftpFiles {
    return {
      open: (path, client) => {
        const opened = files.open(path, client)
        const stamp = isRefusal(opened) ? undefined : this.#stampFor(client)
        return isRefusal(opened) || !stamp ? opened : this.#stamped(opened, stamp)
      },
    }
  }

  #stampFor(client: Ip4 | undefined): Stamp | undefined {
    const mac = client === undefined ? undefined : this.#macOf.get(client)
    const told = mac === undefined ? undefined : this.#told.get(mac)
    if (!told) return undefined
    const { self, decision } = told
    return { boot: 1 + BOOT_KINDS.indexOf(decision.boot), text: stampText(this.#server, self, decision) }
  }

  #stamped(file: TftpFile, stamp: Stamp): TftpFile {
    const field = this.#fieldOf(file)
    if (field === 'none') return file
    let copies = this.#copies.get(file)
    if (!copies) this.#copies.set(file, (copies = new Map()))
    const known = copies.get(stamp.text)
    if (known) return known
    const copy = overlaid(file, field.offset, stampBytes(field, stamp))
    if (copies.size >= MAX_KEPT_COPIES) return copy
    const kept = { ...copy, lasting: true } as const
    copies.set(stamp.text, kept)
    return kept
  }

  #fieldOf(file: TftpFile): StampField | 'none' {
    const known = this.#fields.get(file)
    if (known) return known
    const field = (file.lasting && stampFieldOf(file.read(0, Math.min(file.size, STAMP_WITHIN)))) || 'none'
    this.#fields.set(file, field)
    return field
  }
}

/** A file with other bytes at one place; only what touches the place is copied. */
const overlaid = (file: TftpFile, at: number, bytes: Uint8Array): TftpFile => ({
  name: file.name,
  size: file.size,
  read: (offset, length) => {
    const part = file.read(offset, length)
    const from = Math.max(offset, at)
    const to = Math.min(offset + part.length, at + bytes.length)
    if (from >= to) return part
    const copy = part.slice()
    copy.set(bytes.subarray(from - at, to - at), from - offset)
    return copy
  },
})
