/**
 * Captures as callers hand them over: files, a stream, or bytes at hand. Does not look into them.
 */
import type { CaptureFeed } from '../captures/feed.ts'
import {
  type CaptureSource,
  MAX_CAPTURE_FILES,
  newSource,
  readCaptureFiles,
  readCaptureStream,
} from '../captures/files.ts'
import { UsageError } from '../core/exit.ts'

/** Paths of pcap or pcapng files, told in order of time as one capture; or the bytes of one, whole or as a stream. */
export type CaptureLike = string | readonly string[] | Uint8Array | AsyncIterable<Uint8Array>

export const readCapture = async (
  capture: CaptureLike,
  name: string,
  feed: CaptureFeed,
): Promise<readonly CaptureSource[]> => {
  if (typeof capture !== 'string' && !Array.isArray(capture)) {
    const source = newSource(name)
    await readCaptureStream(source, chunksOf(capture as Uint8Array | AsyncIterable<Uint8Array>), feed.take)
    return [source]
  }
  const files = typeof capture === 'string' ? [capture] : (capture as readonly string[])
  if (files.length > MAX_CAPTURE_FILES)
    throw new UsageError(`at most ${MAX_CAPTURE_FILES} files: join them first (mergecap -w all.pcapng FILE…)`)
  const sources = files.map(newSource)
  readCaptureFiles(sources, feed.take)
  return sources
}

async function* chunksOf(
  capture: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (ArrayBuffer.isView(capture)) yield capture
  else yield* capture
}

/** A part that was read is worth telling; nothing at all is a wrong call. */
export const refuseNothing = (sources: readonly CaptureSource[]): void => {
  if (sources.some(({ frames, issues }) => frames > 0 || issues.length === 0)) return
  throw new UsageError(sources.map(({ file, issues }) => `${file}: ${issues.join('; ')}`))
}
