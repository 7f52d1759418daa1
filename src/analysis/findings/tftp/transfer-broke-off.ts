/**
 * `transfer-broke-off`: a transfer ended in the middle of its file, because the machine did not take the next block, and
 * the block tells why: its number goes round (65,535 is the last of 16 bits), or it is not the first of a window.
 */
import { NO_REPORTS, type Report, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { isBootTraffic } from '../../conversations/boot-traffic.ts'
import type { Boot } from '../../conversations/conversation.ts'
import type { Transfer } from '../../conversations/transfer.ts'
import { evidence } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { plural, quoted } from '../../words.ts'
import { serversOf, showEnd, showRequest, wasMadeGood } from './transfers.ts'

export const meta = {
  id: 'transfer-broke-off',
  severity: 'error',
  meaning: 'a transfer stopped in the middle of the file because the machine did not accept the next block',
  origins: {
    capture: {
      holdsWhen:
        'the machine acknowledged block 65,535 and none after it, although the server continued; or it agreed to a window, acknowledged the first block of it, and accepted none of the others, however often they were sent',
      isNot:
        'a server that stops after block 65,535 (`unreachable-tftp-server`); packet loss; a machine that acknowledges every block of a window',
      confidence: '`inferred`',
      remedy: 'use larger blocks for large files; use a window of 1 for that firmware',
    },
  },
} as const satisfies FindingMeta

export type TransferBrokeOff = {
  readonly server: string
  readonly file: string
  readonly afterBytes: number
  /** `rollOver`: block numbers go round; `window`: the machine takes one block of each. */
  readonly cause: 'rollOver' | 'window'
  readonly window: number
  readonly blockSize: number
}

/** RFC 1350: block numbers have 16 bits, and say nothing of what comes after the last. */
const LAST_BLOCK = 0xffff
/** In vain. */
const REPEATS = 2

export const test: RuleTest<TransferBrokeOff> = (boot, context) => {
  if (!isBootTraffic(boot)) return NO_REPORTS
  for (const transfer of boot.transfers) {
    const cause = wasMadeGood(boot, transfer) ? undefined : causeOf(transfer)
    if (cause === undefined) continue
    const { blockSize = 512, acked = 0, bytes, window } = transfer
    const report: Report<TransferBrokeOff> = {
      confidence: 'inferred',
      servers: serversOf(boot, transfer),
      details: {
        server: context.names.server(transfer.server),
        file: transfer.file,
        afterBytes: cause === 'rollOver' ? LAST_BLOCK * blockSize : Math.min(bytes, acked * blockSize),
        cause,
        window,
        blockSize,
      },
      evidence: [
        showRequest(transfer, context),
        ...(transfer.ackedAt
          ? [evidence(transfer.ackedAt, `block ${acked} acknowledged, and none after it`)]
          : []),
        ...showEnd(transfer, context),
      ],
    }
    return [report]
  }
  return NO_REPORTS
}

/** The machine is the one that does not go on. */
export const isBrokenOff = (_boot: Boot, transfer: Transfer): boolean => causeOf(transfer) !== undefined

const causeOf = (transfer: Transfer): TransferBrokeOff['cause'] | undefined => {
  const { acked, block, resent, end, window, bytes } = transfer
  if (end?.kind === 'completed' || end?.kind === 'sizeQuery' || end?.kind === 'serverError' || bytes === 0)
    return undefined
  const isRefused = resent >= REPEATS || end?.kind === 'clientError'
  if (!isRefused) return undefined
  // The server has gone on with block 0 or 1.
  if (acked === LAST_BLOCK && block < window + 1) return 'rollOver'
  return window > 1 && acked !== undefined && acked > 0 && acked < window && end === undefined
    ? 'window'
    : undefined
}

export const sentences = ({
  server,
  file,
  afterBytes,
  cause,
  window,
  blockSize,
}: TransferBrokeOff): Sentences =>
  cause === 'rollOver'
    ? {
        text: `the machine accepted ${quoted(file)} from ${server} up to block 65,535 (${plural(afterBytes, 'byte')}) and nothing after it, although ${server} continued.`,
        because: `TFTP block numbers have 16 bits: a file of more than 65,535 blocks, here of ${blockSize} bytes, needs a machine and a server that let the number roll over (to 0; a few to 1).`,
        remedy: `Use larger blocks (1468 bytes carry 96 MB), load large files by HTTP, or set the block number that follows 65,535 on ${server} (atftpd and tftpd-hpa use 0; some servers have an option for it).`,
      }
    : {
        text: `the machine agreed to a window of ${window} blocks for ${quoted(file)}, but accepts only the first of them: the transfer stalls after ${plural(afterBytes, 'byte')}.`,
        because:
          'With a window (RFC 7440) the server sends several blocks before it waits for an ACK. This firmware requests or accepts the window, and then drops everything after the first block.',
        remedy: `Set the maximum window size of the TFTP service on ${server} to 1 for these machines, or update their firmware.`,
      }
