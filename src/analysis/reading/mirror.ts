/**
 * A mirror port that copies both directions of a link shows a frame twice, microseconds apart. Remembers the last few
 * frames, whole, and of the middle of transfers only what tells one datagram from the next. Does not merge the copies
 * that relays and routers make.
 */
import { equalBytes } from '../../core/bytes.ts'
import type { Micros } from '../../core/micros.ts'
import { LINK_TYPE } from '../../wire/capture/record.ts'
import type { CapturedFrame } from './record.ts'
import { MIRROR_DEPTH, MIRROR_WINDOW } from '../limits.ts'
import type { FastPath } from './fast-path.ts'

/** `tcpdump -i any` on a bridge or router sees a frame at each interface, and writes down which: the packet is the same. */
const COOKED_HEADERS: Readonly<Record<number, number>> = {
  [LINK_TYPE.linuxSll]: 16,
  [LINK_TYPE.linuxSll2]: 20,
}

interface Datagram {
  at: Micros
  segment: string
  ports: number
  identification: number
  lengthAndChecksum: number
}

export class Mirror {
  readonly #frames: CapturedFrame[] = []
  #nextFrame = 0
  readonly #datagrams: Datagram[] = Array.from({ length: MIRROR_DEPTH }, () => ({
    at: -Infinity,
    segment: '',
    ports: 0,
    identification: 0,
    lengthAndChecksum: 0,
  }))
  #nextDatagram = 0

  /** If it is not one of the last frames once more, it is remembered. */
  isCopy(record: CapturedFrame): boolean {
    const header = COOKED_HEADERS[record.linkType ?? 0] ?? 0
    for (const recent of this.#frames)
      if (
        recent.bytes.length === record.bytes.length &&
        Math.abs(record.at - recent.at) <= MIRROR_WINDOW &&
        recent.segment === record.segment &&
        recent.linkType === record.linkType &&
        equalBytes(recent.bytes.subarray(header), record.bytes.subarray(header))
      )
        return true
    this.#frames[this.#nextFrame] = record
    this.#nextFrame = (this.#nextFrame + 1) % MIRROR_DEPTH
    return false
  }

  noteDatagram(datagram: FastPath, at: Micros, segment: string): void {
    const slot = this.#datagrams[this.#nextDatagram]!
    this.#nextDatagram = (this.#nextDatagram + 1) % MIRROR_DEPTH
    slot.at = at
    slot.segment = segment
    slot.ports = datagram.sourcePort * 0x10000 + datagram.targetPort
    slot.identification = datagram.identification
    slot.lengthAndChecksum = datagram.lengthAndChecksum
  }

  isCopyOfDatagram(datagram: FastPath, at: Micros, segment: string): boolean {
    const { identification, lengthAndChecksum } = datagram
    const ports = datagram.sourcePort * 0x10000 + datagram.targetPort
    return this.#datagrams.some(
      recent =>
        recent.ports === ports &&
        recent.identification === identification &&
        recent.lengthAndChecksum === lengthAndChecksum &&
        Math.abs(at - recent.at) <= MIRROR_WINDOW &&
        recent.segment === segment,
    )
  }
}
