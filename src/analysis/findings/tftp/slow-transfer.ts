/**
 * `slow-transfer`: a file that came, but slowly, and who was slow. TFTP is a dialogue, so every second is somebody's:
 * the server's until its next block, the client's until its acknowledgement, or lost with a packet that had to be sent
 * again; and small blocks make many turns. Seen from where the capture was taken: the way to the far side counts as
 * the far side's.
 */
import { SECOND, formatSpan, fromSeconds, toSeconds } from '../../../core/micros.ts'
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { isBootTraffic } from '../../conversations/boot-traffic.ts'
import type { Transfer } from '../../conversations/transfer.ts'
import { evidence } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { SLOW_RATE, SLOW_SPAN } from '../../limits.ts'
import { plural, quoted } from '../../words.ts'

export const meta = {
  id: 'slow-transfer',
  severity: 'warning',
  meaning: 'a file was loaded slowly; names the cause: server, machine, packet loss, block size or delay',
  origins: {
    capture: {
      holdsWhen:
        'a transfer takes five seconds or more at less than 250 kB/s; the verdict names packet loss (half of the time or more was spent waiting for retransmissions), a block size of half the requested one or less, the server, the machine, or the delay of the path',
      isNot: 'a transfer that failed or delivered nothing; TFTP of telephones, switches and routers',
      confidence: '`inferred`',
      remedy:
        'depending on the cause: check cables and switch ports; allow blocks of 1468 bytes; use a nearer or less loaded server; update the firmware',
    },
  },
} as const satisfies FindingMeta

export type SlowTransfer = {
  readonly server: string
  readonly file: string
  readonly bytes: number
  readonly seconds: number
  readonly blockSize: number
  readonly askedBlockSize: number
  /** Where the time went: waiting for the server, for the machine, before packets that were sent again. */
  readonly waited: { readonly server: number; readonly machine: number; readonly repeats: number }
  readonly repeats: number
  readonly verdict: 'loss' | 'blockSize' | 'server' | 'machine' | 'delay'
}

export const test: RuleTest<SlowTransfer> = (boot, context) => {
  if (!isBootTraffic(boot)) return NO_REPORTS
  const [worst] = boot.transfers.filter(isSlow).sort((a, b) => spanOf(b) - spanOf(a))
  if (!worst) return NO_REPORTS
  const { server, file, bytes, pace } = worst
  const span = spanOf(worst)
  const rate = Math.round((bytes * SECOND) / span / 1000)
  const request = `TFTP request for ${quoted(file)}: ${bytes} bytes in ${formatSpan(span)}, ${rate} kB/s, blocks of ${worst.blockSize ?? 512}`
  const shares = `waited for the server ${formatSpan(pace.server)}, for the machine ${formatSpan(pace.client)}, for ${plural(pace.repeats, 'retransmission')} ${formatSpan(pace.repeated)}`
  return [
    {
      confidence: 'inferred',
      servers: [server],
      details: detailsOf(worst, context.names.server(server)),
      evidence: [evidence(worst.seen, request), evidence(worst.end?.seen ?? worst.seen, shares)],
    },
  ]
}

const spanOf = (transfer: Transfer): number => transfer.pace.lastAt - transfer.seen.at

const isSlow = (transfer: Transfer): boolean => {
  const span = spanOf(transfer)
  return hasDelivered(transfer) && span >= SLOW_SPAN && (transfer.bytes * SECOND) / span < SLOW_RATE
}

/** It came, or was coming: what never arrived is not slow. */
const hasDelivered = ({ end, bytes, acked, resent, unanswered, unreachable }: Transfer): boolean => {
  if (end) return end.kind === 'completed' && bytes > 0
  return (acked ?? 0) > 0 && resent < FAILING_REPEATS && unanswered < FAILING_REPEATS && !unreachable
}
/** Of one packet in vain. */
const FAILING_REPEATS = 3

const detailsOf = (transfer: Transfer, server: string): SlowTransfer => {
  const { file, bytes, askedBlockSize, blockSize = 512, pace } = transfer
  return {
    server,
    file,
    bytes,
    seconds: toSeconds(spanOf(transfer)),
    blockSize,
    askedBlockSize,
    waited: {
      server: toSeconds(pace.server),
      machine: toSeconds(pace.client),
      repeats: toSeconds(pace.repeated),
    },
    repeats: pace.repeats,
    verdict: verdictOf(transfer),
  }
}

const verdictOf = ({ pace, askedBlockSize, blockSize = 512 }: Transfer): SlowTransfer['verdict'] => {
  if (pace.repeated * 2 >= pace.server + pace.client + pace.repeated) return 'loss'
  // Half of the time or more would not have been, had the client got what it asked for.
  if (askedBlockSize >= 2 * blockSize) return 'blockSize'
  if (pace.server >= 2 * pace.client) return 'server'
  return pace.client >= 2 * pace.server ? 'machine' : 'delay'
}

export const sentences = (details: SlowTransfer): Sentences => {
  const { text, because, remedy } = VERDICTS[details.verdict](details)
  return {
    text: `${quoted(details.file)} was loaded slowly from ${details.server}: ${text}.`,
    because,
    remedy,
  }
}

const VERDICTS: Readonly<Record<SlowTransfer['verdict'], (details: SlowTransfer) => Sentences>> = {
  loss: ({ repeats }) => ({
    text: `${plural(repeats, 'packet')} had to be retransmitted`,
    because:
      'TFTP waits a second or more before it retransmits a lost packet, so that a loss of one packet in a hundred makes a transfer many times slower.',
    remedy:
      'Look for the cause of the loss: duplex mismatch or cable faults on the path, a switch port still in the learning state (spanning tree), dropped IP fragments with a block size above 1468, an overloaded server.',
  }),
  blockSize: ({ server, bytes, blockSize, askedBlockSize }) => ({
    text: `the machine asked for blocks of ${askedBlockSize} bytes and got ${blockSize}, so the transfer took ${plural(Math.ceil(bytes / blockSize), 'round trip')}`,
    because:
      'Each block is sent only after the previous one was acknowledged; the server granted less than was requested, or does not support the option (RFC 2348).',
    remedy: `Raise the maximum block size of the TFTP service on ${server} to 1468 (one Ethernet frame).`,
  }),
  server: ({ server, waited }) => ({
    text: `${percent(waited.server, waited)} of the time the machine waited for the server or the path to it`,
    because:
      'The time from an ACK to the next block is spent in the server and, in a capture taken at the machine, on the network between.',
    remedy: `Check load, disk and virus scanner of ${server}, and the delay to it; use a server at the same site, or a larger block size or window size to compensate for a long path.`,
  }),
  machine: ({ waited }) => ({
    text: `${percent(waited.machine, waited)} of the time the server waited for the machine or the path to it`,
    because:
      'The time from a block to its ACK is spent in the machine and, in a capture taken at the server, on the network between.',
    remedy:
      'Update the firmware or network driver of these machines; a larger block size needs fewer round trips. Compare with a capture taken at the machine.',
  }),
  delay: ({ bytes, blockSize, waited }) => ({
    text: `each round trip took ${formatSpan(wholeOf(waited) / Math.max(1, bytes / blockSize))}, spent on both sides`,
    because:
      'Each block is sent only after the previous one was acknowledged, so the delay of the network is paid once per block.',
    remedy: 'Use a server nearer to the machines, a block size of 1468, or a window size (RFC 7440).',
  }),
}

/** In microseconds. */
const wholeOf = ({ server, machine, repeats }: SlowTransfer['waited']): number =>
  fromSeconds(server) + fromSeconds(machine) + fromSeconds(repeats)

const percent = (part: number, waited: SlowTransfer['waited']): string =>
  `${Math.round((100 * fromSeconds(part)) / Math.max(1, wholeOf(waited)))} %`
