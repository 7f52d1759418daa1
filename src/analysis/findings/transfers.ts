/**
 * TFTP transfers that failed, by cause. Not findings: the size query that the client breaks off, a client that
 * aborts, a failure that a later try of the same file made good, and files that loaders only look whether they exist.
 */
import type { Ip4 } from '../../core/address.ts'
import { TFTP_ERROR } from '../../wire/tftp/packet.ts'
import { type Boot, allOffers } from '../conversations/conversation.ts'
import type { Reply } from '../conversations/reply.ts'
import type { Confidence, Evidence } from '../rules.ts'
import { type Draft, type FindingTest, NO_DRAFTS, type Scene, evidence, isOver } from '../scene.ts'
import { type Transfer, gotFile } from '../conversations/transfer.ts'
import { ascending, plural, quoted, sameFile } from '../words.ts'
import { isUnanswered } from './boot-server-port.ts'

const namingFile = (boot: Boot, file: string): Reply[] =>
  [
    ...allOffers(boot),
    ...boot.exchanges.flatMap(exchange => exchange.acks),
    ...boot.asks4011.flatMap(ask => ask.replies),
  ].filter(reply => reply.file !== undefined && sameFile(reply.file, file))

/** The server itself, and whoever named the file there. */
const serversOf = (boot: Boot, transfer: Transfer): Ip4[] =>
  ascending([
    transfer.server,
    ...namingFile(boot, transfer.file)
      .filter(reply => reply.tftpServer === transfer.server)
      .map(reply => reply.server),
  ])

/** The same file came after all, from whomever. */
const wasMadeGood = (boot: Boot, transfer: Transfer): boolean =>
  boot.transfers.some(
    other =>
      other !== transfer &&
      other.seen.at >= transfer.seen.at &&
      sameFile(other.file, transfer.file) &&
      gotFile(other),
  )

const showRequest = (transfer: Transfer, scene: Scene): Evidence =>
  evidence(
    transfer.seen,
    `TFTP request for ${quoted(transfer.file)} to ${scene.names.server(transfer.server)}${transfer.requests > 1 ? `, ${transfer.requests} tries` : ''}`,
  )

export const unreachableTftpServer: FindingTest = (boot, scene) => {
  const drafts: Draft[] = []
  const add = (server: Ip4, draft: Draft): void =>
    void (drafts.some(other => other.servers.includes(server)) || drafts.push(draft))
  for (const transfer of boot.transfers) {
    const failure = wasMadeGood(boot, transfer) ? undefined : silenceOf(boot, transfer, scene)
    if (!failure) continue
    const name = scene.names.server(transfer.server)
    add(
      transfer.server,
      unreachableDraft(serversOf(boot, transfer), failure.confidence, `TFTP server ${name} ${failure.how}.`, [
        showRequest(transfer, scene),
        ...failure.evidence,
      ]),
    )
  }
  const absent = absentHost(boot)
  if (absent) {
    const name = scene.names.server(absent.ip)
    const role = absent.isRouter
      ? `router ${name}, by which the TFTP server is reached,`
      : `TFTP server ${name}`
    add(
      absent.ip,
      unreachableDraft(
        ascending([absent.ip, absent.offer.server]),
        'inferred',
        `${role} does not answer ARP.`,
        [evidence(absent.wait.seen, `ARP for ${name}, ${absent.wait.count} times without answer`)],
      ),
    )
  }
  return drafts
}

const unreachableDraft = (
  servers: readonly Ip4[],
  confidence: Confidence,
  text: string,
  shown: readonly Evidence[],
): Draft => ({
  rule: 'unreachable-tftp-server',
  confidence,
  servers,
  text,
  because:
    'The address comes from siaddr of the offer (option 66 and sname are not used by firmware): the TFTP service is stopped, or the address names a host without one, or a filter stands between.',
  remedy:
    'Start the TFTP service of the Network Boot Service on that host; if the address is not the right one, correct the next server on the DHCP server, or remove options 66 and 67 there.',
  evidence: shown,
})

interface Failure {
  readonly how: string
  readonly confidence: Confidence
  readonly evidence: readonly Evidence[]
}

const silenceOf = (boot: Boot, transfer: Transfer, scene: Scene): Failure | undefined => {
  const { unreachable } = transfer
  // In the middle of a file it is the end; after it, an acknowledgement that came to a port already closed.
  const stopped = gotFile(transfer) && !transfer.end && unreachable && transfer.lastAt <= unreachable.seen.at
  if (unreachable && (stopped || !gotFile(transfer)))
    return {
      how: stopped
        ? `stopped after ${plural(transfer.bytes, 'byte')} of ${quoted(transfer.file)}: ${unreachable.cause} unreachable`
        : `cannot be reached: ${unreachable.cause} unreachable`,
      confidence: 'seen',
      evidence: [
        evidence(
          unreachable.seen,
          `ICMP: ${unreachable.cause} unreachable, from ${scene.names.server(unreachable.by)}`,
        ),
      ],
    }
  if (!transfer.answered) {
    if (transfer.requests < 2 && !isOver(boot, scene, transfer.lastRequestAt)) return undefined
    const other = transfer.otherSource
    const how =
      other === undefined
        ? 'did not answer'
        : `did not answer; ${scene.names.server(other)} did instead, which firmware that checks the source ignores`
    return { how, confidence: 'inferred', evidence: [] }
  }
  if (transfer.end || transfer.unanswered < 3 || !transfer.unansweredSince) return undefined
  return {
    how: `stopped answering after ${plural(transfer.bytes, 'byte')} of ${quoted(transfer.file)}`,
    confidence: 'inferred',
    evidence: [
      evidence(
        transfer.unansweredSince,
        `${plural(transfer.unanswered, 'packet')} of the client without answer`,
      ),
    ],
  }
}

/** The request never left, because nobody has the address it was for, or the router's. */
const absentHost = (boot: Boot) => {
  for (const [ip, wait] of boot.arps) {
    if (!isUnanswered(wait)) continue
    const offers = [...allOffers(boot), ...boot.asks4011.flatMap(ask => ask.replies)].filter(
      reply => reply.file !== undefined,
    )
    const named = offers.find(reply => reply.tftpServer === ip)
    const routed = allOffers(boot).find(offer => offer.router === ip)
    const offer = named ?? (offers.length > 0 ? routed : undefined)
    if (offer) return { ip, wait, offer, isRouter: named === undefined }
  }
  return undefined
}

/** What is looked for and done well without: by later stages (I-15, U-7), by the Raspberry Pi (RPI-1). */
const PROBED =
  /(^|\/)(bootsig\.bin$|pxelinux\.cfg\/|autoexec\.ipxe$|grub[^/]*\.cfg|[^/]*\.cfg(-|$)|revocations\.efi$|[^/]*\.conf$)/

export const missingBootFile: FindingTest = (boot, scene) => {
  const drafts: Draft[] = []
  boot.transfers.forEach((transfer, i) => {
    if (!isNotFound(transfer) || wasMadeGood(boot, transfer)) return
    const named = namingFile(boot, transfer.file)
    const isLast = boot.transfers.slice(i + 1).every(later => !gotFile(later))
    // Phones and switches fetch by TFTP too: without a DHCP answer that names it, only a boot in need of it counts.
    const isOfBoot = boot.asks === 'pxe' || boot.firmware === 'U-Boot' || boot.exchanges.length === 0
    if (named.length === 0 && (!isLast || !isOfBoot || PROBED.test(transfer.file.toLowerCase()))) return
    if (drafts.length > 0) return
    drafts.push(missingDraft(boot, transfer, named, scene))
  })
  return drafts
}

const isNotFound = (transfer: Transfer): boolean =>
  transfer.end?.kind === 'serverError' &&
  (transfer.end.code === TFTP_ERROR.fileNotFound || /not found|no such file/i.test(transfer.end.text))

const missingDraft = (boot: Boot, transfer: Transfer, named: readonly Reply[], scene: Scene): Draft => {
  const server = scene.names.server(transfer.server)
  const itself = named.some(reply => reply.server === transfer.server)
  const by = named.find(reply => reply.tftpServer === transfer.server) ?? named[0]
  const source = itself
    ? ', which it named itself'
    : by
      ? `, which ${scene.names.server(by.server)} named`
      : ''
  return {
    rule: 'missing-boot-file',
    ...(named.length > 0 ? {} : { severity: 'warning' as const }),
    confidence: named.length > 0 ? 'seen' : 'possible',
    servers: serversOf(boot, transfer),
    text: `${server} does not have ${quoted(transfer.file)}${source}.`,
    because:
      'The image has not arrived on this server yet or was removed from it, the name is wrong, or the file was to come from another server than the one that siaddr names.',
    remedy: `Check that the image is distributed to ${server} (each Network Boot Service holds its own copy), or correct the boot file name and the next server.`,
    evidence: [showRequest(transfer, scene), ...showEnd(transfer, scene)],
  }
}

export const tftpRefused: FindingTest = (boot, scene) => {
  for (const transfer of boot.transfers) {
    const { end } = transfer
    if (end?.kind !== 'serverError' && end?.kind !== 'clientError') continue
    if (isNotFound(transfer) || wasMadeGood(boot, transfer)) continue
    const isServer = end.kind === 'serverError'
    // A client that breaks off for reasons of its own is no finding; one that cannot read the answer is (E-48).
    if (!isServer && end.code !== TFTP_ERROR.illegalOperation) continue
    if (isServer && end.code === TFTP_ERROR.unknownTid) continue
    const server = scene.names.server(transfer.server)
    const answer = `error ${end.code} (${quoted(end.text)})`
    return [
      {
        rule: 'tftp-refused',
        confidence: isServer ? 'seen' : 'inferred',
        servers: serversOf(boot, transfer),
        text: isServer
          ? `${server} refused ${quoted(transfer.file)} with ${answer}.`
          : `the machine could not use what ${server} answered to its options, and broke off with ${answer}.`,
        because: isServer
          ? 'The server has the name but will not serve it: access rights, a path outside its root, or a limit.'
          : 'The server ignores or changes TFTP options (RFC 2347) in a way that this firmware does not accept.',
        remedy: isServer
          ? `Check the rights of the file and the log of the TFTP service on ${server}.`
          : `Use a TFTP server that knows tsize, blksize and windowsize on ${server}.`,
        evidence: [showRequest(transfer, scene), ...showEnd(transfer, scene)],
      },
    ]
  }
  return NO_DRAFTS
}

const showEnd = (transfer: Transfer, scene: Scene): Evidence[] => {
  const { end } = transfer
  if (end?.kind !== 'serverError' && end?.kind !== 'clientError') return []
  const sender = end.kind === 'serverError' ? scene.names.server(transfer.server) : 'the client'
  return [evidence(end.seen, `TFTP ERROR ${end.code} from ${sender}: ${quoted(end.text)}`)]
}
