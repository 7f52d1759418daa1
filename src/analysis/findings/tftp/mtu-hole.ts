/**
 * `mtu-hole`: the small packets of a transfer pass, and its full-size blocks never do. Seen from the server's side the
 * first blocks are sent again and again; from the machine's side they never come.
 */
import {
  NO_REPORTS,
  type Evidence,
  type Report,
  type RuleContext,
  type RuleTest,
  type Sentences,
} from '../../capture-rule.ts'
import { isBootTraffic } from '../../conversations/boot-traffic.ts'
import type { Boot } from '../../conversations/conversation.ts'
import type { Transfer } from '../../conversations/transfer.ts'
import { evidence } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { plural, quoted, sameFile } from '../../words.ts'
import { serversOf, showRequest, wasMadeGood } from './transfers.ts'

export const meta = {
  id: 'mtu-hole',
  severity: 'error',
  meaning: 'small packets of a transfer get through, full-size ones never do',
  origins: {
    capture: {
      severity: 'warning if the file was then loaded with smaller blocks',
      holdsWhen:
        'the server granted blocks of more than 512 bytes, the machine acknowledged that and keeps repeating the ACK, and no block was ever acknowledged: the first one was sent three times, or never arrived',
      isNot: 'a transfer that stops after its first block; a server that never answered',
      confidence: '`seen` where the blocks are in the capture, else `inferred`',
      remedy: 'find the hop with the smaller MTU; until then, reduce the block size of the TFTP service',
    },
    lint: {
      meaning: 'a subnet drops packets that hold a full block of TFTP',
      holdsWhen: 'the switch of a subnet drops what is larger than some size below 1500 bytes (`dropAbove`)',
      remedy: 'raise it, or limit the block size of the TFTP servers',
    },
  },
  consequences: [{ of: 'packet-dropped', share: ['clients'] }],
} as const satisfies FindingMeta

export type MtuHole = {
  readonly server: string
  readonly file: string
  readonly blockSize: number
  /** Bytes of the IP packet that does not arrive. */
  readonly packetSize: number
  /** Whether the blocks are in the capture: it was taken before the hole, or behind it. */
  readonly seenAt: 'server' | 'machine'
  /** Packets that were sent again, by the side that is seen to. */
  readonly repeats: number
  /** The same file came in blocks of this size. */
  readonly cameIn?: number
}

/** Of the server's block, or of the machine's acknowledgement of the options: the first and two repeats. */
const REPEATS = 2
/** RFC 1350: whatever carries IP carries these blocks. */
const SMALL_BLOCK = 512
/** TFTP, UDP and IPv4. */
const HEADERS = 4 + 8 + 20

export const test: RuleTest<MtuHole> = (boot, context) => {
  if (!isBootTraffic(boot)) return NO_REPORTS
  const transfer = boot.transfers.find(candidate => isMtuHole(boot, candidate))
  return transfer ? [reportOf(boot, transfer, context)] : NO_REPORTS
}

/** It got as far as its options, and no further. */
export const isMtuHole = (boot: Boot, transfer: Transfer): boolean =>
  transfer.oack &&
  (transfer.blockSize ?? 0) > SMALL_BLOCK &&
  transfer.end?.kind !== 'completed' &&
  transfer.end?.kind !== 'sizeQuery' &&
  (transfer.acked ?? 0) === 0 &&
  !transfer.unreachable &&
  repeatsOf(boot, transfer) >= REPEATS

/** Machines differ: some repeat the acknowledgement, others the request, from another port. */
const repeatsOf = (boot: Boot, transfer: Transfer): number => {
  if (transfer.bytes > 0) return transfer.resent
  const acks = transfer.acked === undefined ? 0 : transfer.acks - 1
  return acks + boot.transfers.filter(other => other !== transfer && isLike(other, transfer)).length
}

const isLike = (other: Transfer, transfer: Transfer): boolean =>
  other.oack &&
  other.server === transfer.server &&
  other.asksSize === transfer.asksSize &&
  sameFile(other.file, transfer.file) &&
  other.blockSize === transfer.blockSize &&
  other.acked === 0 &&
  other.bytes === 0 &&
  other.end?.kind !== 'sizeQuery'

const reportOf = (boot: Boot, transfer: Transfer, context: RuleContext): Report<MtuHole> => {
  const { bytes, file, blockSize = SMALL_BLOCK, server } = transfer
  const seenAt = bytes > 0 ? 'server' : 'machine'
  const repeats = repeatsOf(boot, transfer)
  const good = wasMadeGood(boot, transfer)
    ? boot.transfers.find(other => sameFile(other.file, file) && other.end?.kind === 'completed')
    : undefined
  return {
    ...(good ? { severity: 'warning' as const } : {}),
    confidence: seenAt === 'server' ? 'seen' : 'inferred',
    servers: serversOf(boot, transfer),
    details: {
      server: context.names.server(server),
      file,
      blockSize,
      packetSize: blockSize + HEADERS,
      seenAt,
      repeats,
      ...(good && { cameIn: good.blockSize ?? SMALL_BLOCK }),
    },
    evidence: [showRequest(transfer, context), ...showRepeats(transfer, repeats)],
  }
}

const showRepeats = ({ bytes, blockSize, unansweredSince, seen }: Transfer, repeats: number): Evidence[] => [
  bytes > 0
    ? evidence(seen, `blocks of ${blockSize} bytes, ${repeats} retransmitted`)
    : evidence(
        unansweredSince ?? seen,
        `options acknowledged, ${plural(repeats, 'time')} again; no block came`,
      ),
]

export const sentences = (details: MtuHole): Sentences => {
  const { server, file, blockSize, packetSize, seenAt, repeats, cameIn } = details
  const small = `${server} and the machine agree on blocks of ${blockSize} bytes for ${quoted(file)} in small packets`
  return {
    text:
      seenAt === 'server'
        ? `${small}, but not one block is acknowledged: ${plural(repeats, 'block')} had to be retransmitted${made(cameIn)}.`
        : `${small}, but not one block arrives, although the machine repeats its ACK${made(cameIn)}.`,
    because: `Small packets get through and packets of ${packetSize} bytes do not: a hop on the path has a smaller MTU (VXLAN or another overlay, VPN, PPPoE, a switch without jumbo frames) or drops IP fragments, and reports nothing by ICMP.`,
    remedy: `Send pings of ${packetSize - 28} bytes with "do not fragment" between the two to find the hop, and correct its MTU; until then limit the block size of the TFTP service on ${server} (for example to 1024; dnsmasq: tftp-mtu, tftpd-hpa: --blocksize).`,
  }
}

const made = (cameIn: number | undefined): string =>
  cameIn === undefined ? '' : `; the file was then loaded in blocks of ${cameIn} bytes`
