/**
 * From capture sources to the analyser: times count from the first frame, an interface is a segment, and a frame's
 * number in the analysis leads back to its file. Does not read files and does not judge.
 */
import type { Micros } from '../core/micros.ts'
import { countUpTo } from '../core/search.ts'
import { type Analyzer, emptyRecord } from '../analysis/analyzer.ts'
import { CAPTURE_EPOCH_SECONDS, type CaptureCursor } from '../wire/capture/index.ts'
import type { CaptureSource } from './files.ts'

/** Changes from one file to another that are remembered; frames after more are numbered through all files. */
const MAX_SWITCHES = 1 << 20

export interface FramePlace {
  readonly source: CaptureSource
  readonly number: number
}

export class CaptureFeed {
  /** Microseconds since 1970 of the first frame. */
  startedAt: Micros | undefined
  lastAt: Micros = 0
  readonly #analyzer: Analyzer
  /** Filled anew for each frame. */
  readonly #record = emptyRecord()
  #count = 0
  #origin: Micros = 0
  #source: CaptureSource | undefined
  #segments: string[] = []
  readonly #names = new Map<CaptureSource, string[]>()
  /** Where a source begins or goes on: number through all files, source, number in it. */
  readonly #switches: { readonly at: number; readonly source: CaptureSource; readonly number: number }[] = []

  constructor(analyzer: Analyzer) {
    this.#analyzer = analyzer
  }

  readonly take = (frame: CaptureCursor, source: CaptureSource, number: number): void => {
    this.#count++
    if (source !== this.#source) this.#switch(source, number)
    if (this.startedAt === undefined) {
      this.#origin = frame.at
      this.startedAt = frame.at + CAPTURE_EPOCH_SECONDS * 1_000_000
    }
    const at = frame.at - this.#origin
    if (at > this.lastAt) this.lastAt = at
    const record = this.#record
    record.at = at
    record.segment = this.#segments[frame.iface] ?? this.#segmentOf(source, frame.iface)
    record.linkType = frame.linkType
    record.bytes = frame.buffer
    record.start = frame.start
    record.end = frame.end
    this.#analyzer.take(record)
  }

  /** Undefined where files changed too often to remember. */
  placeOf(frame: number): FramePlace | undefined {
    const switches = this.#switches
    if (switches.length >= MAX_SWITCHES && frame >= switches.at(-1)!.at) return undefined
    const found = switches[countUpTo(switches.length, index => switches[index]!.at, frame) - 1]
    return found && { source: found.source, number: found.number + frame - found.at }
  }

  #switch(source: CaptureSource, number: number): void {
    this.#source = source
    let names = this.#names.get(source)
    if (!names) this.#names.set(source, (names = []))
    this.#segments = names
    if (this.#switches.length < MAX_SWITCHES) this.#switches.push({ at: this.#count, source, number })
  }

  /** An interface's name is its segment; one without a name is called after the place where the file was taken. */
  #segmentOf(source: CaptureSource, iface: number): string {
    const { interfaces } = source.reader
    const { name: place, isFirst } = source.place
    const own = interfaces[iface]?.name
    const nameless = interfaces.length > 1 ? `${place} interface ${iface}` : place
    const name = !own ? nameless : isFirst ? own : `${own} of ${place}`
    this.#segments[iface] = name
    return name
  }
}
