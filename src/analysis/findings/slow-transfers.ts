/**
 * A file that came, but slowly: who was slow. TFTP is a dialogue, so every second is somebody's: the server's until its
 * next block, the client's until its acknowledgement, or lost with a packet that had to be sent again; and small
 * blocks make many turns. Seen from where the capture was taken: the way to the far side counts as the far side's.
 */
import { SECOND, formatSpan } from '../../core/micros.ts'
import { SLOW_RATE, SLOW_SPAN } from '../limits.ts'
import { type Draft, type FindingTest, NO_DRAFTS, type Scene, evidence } from '../scene.ts'
import type { Transfer } from '../conversations/transfer.ts'
import { plural, quoted } from '../words.ts'

export const slowTransfer: FindingTest = (boot, scene) => {
  const slow = boot.transfers.filter(isSlow)
  const [worst] = slow.sort((a, b) => spanOf(b) - spanOf(a))
  if (!worst) return NO_DRAFTS
  return [draftOf(worst, scene)]
}

const spanOf = (transfer: Transfer): number => transfer.pace.lastAt - transfer.seen.at

const isSlow = (transfer: Transfer): boolean => {
  const span = spanOf(transfer)
  return transfer.bytes > 0 && span >= SLOW_SPAN && (transfer.bytes * SECOND) / span < SLOW_RATE
}

const draftOf = (transfer: Transfer, scene: Scene): Draft => {
  const server = scene.names.server(transfer.server)
  const span = spanOf(transfer)
  const rate = Math.round((transfer.bytes * SECOND) / span / 1000)
  const { text, because, remedy } = verdictOf(transfer, server)
  return {
    rule: 'slow-transfer',
    confidence: 'inferred',
    servers: [transfer.server],
    text: `${quoted(transfer.file)} came from ${server} slowly: ${text}.`,
    because,
    remedy,
    evidence: [
      evidence(
        transfer.seen,
        `TFTP request for ${quoted(transfer.file)}: ${transfer.bytes} bytes in ${formatSpan(span)}, ${rate} kB/s, blocks of ${transfer.blockSize ?? 512}`,
      ),
      evidence(transfer.end?.seen ?? transfer.seen, sharesText(transfer)),
    ],
  }
}

interface Verdict {
  readonly text: string
  readonly because: string
  readonly remedy: string
}

const verdictOf = (transfer: Transfer, server: string): Verdict => {
  const { pace, askedBlockSize, blockSize = 512 } = transfer
  const whole = pace.server + pace.client + pace.repeated
  if (pace.repeated * 2 >= whole)
    return {
      text: `${plural(pace.repeats, 'packet')} had to be sent again`,
      because:
        'TFTP waits a second or more for a lost packet before it repeats it, so that a loss of one in a hundred makes a transfer many times slower.',
      remedy:
        'Look for the loss: duplex and cable faults on the way, a switch port that still learns (spanning tree), IP fragments dropped because of a block size above 1468, an overloaded server.',
    }
  // Half of the time or more would not have been, had the client got what it asked for.
  if (askedBlockSize >= 2 * blockSize)
    return {
      text: `the machine asked for blocks of ${askedBlockSize} bytes and got ${blockSize}, so that it took ${plural(Math.ceil(transfer.bytes / blockSize), 'turn')}`,
      because:
        'Each block waits for the one before it to be acknowledged; the server granted less than was asked, or knows no options (RFC 2348).',
      remedy: `Raise the largest block size of the TFTP service on ${server} to 1468 (one Ethernet frame).`,
    }
  if (pace.server >= 2 * pace.client)
    return {
      text: `${percent(pace.server, whole)} of the time the machine waited for the server or the way to it`,
      because:
        'The time from an acknowledgement to the next block is the server and, in a capture taken at the machine, the network between.',
      remedy: `Look at load, disk and virus scanner of ${server}, and at the delay to it; a server on the same site, a larger block size or window size makes up for a long way.`,
    }
  if (pace.client >= 2 * pace.server)
    return {
      text: `${percent(pace.client, whole)} of the time the server waited for the machine or the way to it`,
      because:
        'The time from a block to its acknowledgement is the machine and, in a capture taken at the server, the network between.',
      remedy:
        'Update the firmware or network driver of these machines; a larger block size needs fewer turns. Compare with a capture taken at the machine.',
    }
  return {
    text: `the turns of machine and server took ${formatSpan(whole / Math.max(1, transfer.bytes / blockSize))} each, shared by both`,
    because:
      'Each block waits for the one before it to be acknowledged: the delay of the network, paid once per block.',
    remedy: 'Use a server nearer to the machines, a block size of 1468, or a window size (RFC 7440).',
  }
}

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / Math.max(1, whole))} %`

const sharesText = ({ pace }: Transfer): string =>
  `waited for the server ${formatSpan(pace.server)}, for the machine ${formatSpan(pace.client)}, for ${plural(pace.repeats, 'repeated packet')} ${formatSpan(pace.repeated)}`
