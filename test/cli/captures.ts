/**
 * Captures of runs, and the same captures as other programs and other places would have written them. Judges nothing.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { concat } from '../../src/core/bytes.ts'
import type { TraceEvent } from '../../src/core/trace.ts'
import { captureOf } from '../../src/report/capture.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import { type Run, runScenario } from '../../src/simulation/run.ts'
import {
  CAPTURE_EPOCH_SECONDS,
  type CaptureRecord,
  LINK_TYPE,
  encodePcapng,
} from '../../src/wire/capture/index.ts'

export const scenarioFiles = (): string[] =>
  ['scenarios', 'scenarios/firmware'].flatMap(folder =>
    readdirSync(folder)
      .filter(name => name.endsWith('.yaml'))
      .sort()
      .map(name => `${folder}/${name}`),
  )

export interface Captured {
  readonly scenario: Scenario
  readonly run: Run
  readonly pcapng: Uint8Array
}

export const capturedRun = (file: string, seed?: number): Captured => {
  const loaded = readScenario(file, seed === undefined ? {} : { seed })
  if (!loaded.ok) throw new Error(`${file}: ${loaded.errors[0].message}`)
  const { scenario } = loaded
  const run = runScenario(scenario, surroundingsOf(scenario))
  return { scenario, run, pcapng: captureOf(subnetsOf(scenario), run.trace) }
}

export const subnetsOf = (scenario: Scenario): string[] => scenario.subnets.map(({ name }) => name)

export const framesOf = (
  trace: readonly TraceEvent[],
): { at: number; segment: string; bytes: Uint8Array }[] =>
  trace.flatMap(event => (event.kind === 'frame' ? [event] : []))

/** Writes it and gives its path. */
export const inFile = (folder: string, name: string, bytes: Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

type Change = (bytes: Uint8Array) => Uint8Array

/** Each segment an interface of the link type, each frame changed. */
export const changed = ({ scenario, run }: Captured, linkType: number, change: Change): Uint8Array => {
  const names = subnetsOf(scenario)
  const records = framesOf(run.trace).map(({ at, segment, bytes }): CaptureRecord => ({
    at,
    iface: names.indexOf(segment),
    bytes: change(bytes),
  }))
  return encodePcapng(
    names.map(name => ({ name, linkType })),
    records,
  )
}

/** One 802.1Q tag per VLAN, the outermost first. */
export const tagged =
  (...vlans: readonly number[]): Change =>
  bytes =>
    concat([
      bytes.subarray(0, 12),
      ...vlans.map((vlan, i) =>
        Uint8Array.of(...(i < vlans.length - 1 ? [0x88, 0xa8] : [0x81, 0]), vlan >> 8, vlan & 255),
      ),
      bytes.subarray(12),
    ])

const isBroadcast = (bytes: Uint8Array): boolean => bytes.subarray(0, 6).every(byte => byte === 255)

/** `tcpdump -i any`, current. */
export const cooked2: Change = bytes => {
  const header = new Uint8Array(20)
  header.set(bytes.subarray(12, 14), 0)
  header[7] = 2
  header[9] = 1
  header[10] = isBroadcast(bytes) ? 1 : 4
  header[11] = 6
  header.set(bytes.subarray(6, 12), 12)
  return concat([header, bytes.subarray(14)])
}

/** `tcpdump -i any`, older. */
export const cooked1: Change = bytes => {
  const header = new Uint8Array(16)
  header[1] = isBroadcast(bytes) ? 1 : 4
  header[3] = 1
  header[5] = 6
  header.set(bytes.subarray(6, 12), 6)
  header.set(bytes.subarray(12, 14), 14)
  return concat([header, bytes.subarray(14)])
}

/** Of one segment, big-endian, nanoseconds: what a capture on another machine looks like. */
export const bigEndianNanos = ({ run }: Captured, segment: string): Uint8Array => {
  const frames = framesOf(run.trace).filter(frame => frame.segment === segment)
  const size = frames.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24)
  const view = new DataView(new ArrayBuffer(size))
  view.setUint32(0, 0xa1b23c4d)
  view.setUint16(4, 2)
  view.setUint16(6, 4)
  view.setUint32(16, 262_144)
  view.setUint32(20, LINK_TYPE.ethernet)
  const file = new Uint8Array(view.buffer)
  let offset = 24
  for (const { at, bytes } of frames) {
    const seconds = Math.floor(at / 1e6)
    view.setUint32(offset, CAPTURE_EPOCH_SECONDS + seconds)
    view.setUint32(offset + 4, (at - seconds * 1e6) * 1000 + 999)
    view.setUint32(offset + 8, bytes.length)
    view.setUint32(offset + 12, bytes.length)
    file.set(bytes, offset + 16)
    offset += 16 + bytes.length
  }
  return file
}

/** Of every frame only so many bytes. */
export const snapped = ({ scenario, run }: Captured, length: number): Uint8Array => {
  const names = subnetsOf(scenario)
  return encodePcapng(
    names.map(name => ({ name, linkType: LINK_TYPE.ethernet })),
    framesOf(run.trace).map(({ at, segment, bytes }) => ({
      at,
      iface: names.indexOf(segment),
      bytes: bytes.subarray(0, length),
      originalLength: bytes.length,
    })),
  )
}
