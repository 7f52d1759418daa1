/**
 * Frames in words, for lists, the ladder and labels; made when first looked at and kept. Does not decide who looks.
 */
import { decodeFrame } from '../../wire/frames.ts'
import { type Described, describeFrame } from '../../wire/describe.ts'
import type { Replay } from './model.ts'

export interface PacketText {
  readonly from: string
  readonly to: string
  readonly text: string
  /** A word or two. */
  readonly label: string
  /** Bytes of file, where it is a DATA or ACK within a transfer. */
  readonly bulk: number | undefined
}

/** Kept descriptions; beyond that all are dropped and made again. */
const MAX_KEPT = 20_000

export const packetTexts = (replay: Replay): ((frame: number) => PacketText) => {
  const kept = new Map<number, PacketText>()
  return frame => {
    let text = kept.get(frame)
    if (!text) {
      if (kept.size >= MAX_KEPT) kept.clear()
      kept.set(frame, (text = describe(replay, frame)))
    }
    return text
  }
}

const describe = (replay: Replay, frame: number): PacketText => {
  const { trace, frames, hosts } = replay
  const decoded = trace ? decodeFrame(trace.bytes(frames.event[frame]!)) : undefined
  if (!decoded?.ok) return { from: '?', to: '?', text: 'not readable', label: '?', bulk: undefined }
  const described = describeFrame(decoded.value, replay.nameOf)
  const source = hosts[frames.source[frame]!]
  const target = hosts[frames.target[frame]!]
  // A machine has no address yet in most of what matters here.
  const from = described.from === 'no address' ? (source?.name ?? 'no address') : described.from
  const to = target?.kind === 'machine' && /^\d/.test(described.to) ? target.name : described.to
  return { from, to, text: described.text, label: labelOf(described), bulk: described.bulk?.bytes }
}

const labelOf = ({ text }: Described): string => {
  const words = text.split(' ')
  switch (words[0]!) {
    case 'DHCP':
      return words[1] ?? 'DHCP'
    case 'PXE':
      return `PXE ${words[1] ?? ''}`.trim()
    case 'TFTP':
      return words.slice(1, words[1] === 'read' ? 2 : 3).join(' ')
    default:
      return words[0]!.replace(/:$/, '')
  }
}
