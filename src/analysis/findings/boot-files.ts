/**
 * Boot files that cannot be right: two names at once, a file for another machine, a loader that loads itself.
 */
import {
  type Make,
  describeMake,
  isWrongMake,
  makeOfClient,
  makeOfName,
} from '../conversations/architecture.ts'
import { type Boot, type Loaded, allOffers, isPxeOffer } from '../conversations/conversation.ts'
import { fileOf } from '../conversations/intent.ts'
import { CHAIN_WINDOW } from '../limits.ts'
import type { Reply } from '../conversations/reply.ts'
import type { Evidence } from '../rules.ts'
import { type Draft, type FindingTest, NO_DRAFTS, type Scene, evidence, showReply } from '../scene.ts'
import { gotFile } from '../conversations/transfer.ts'
import { ascending, listed, quoted, sameFile } from '../words.ts'

/** Offers, ACKs and answers on 4011 that name a file. */
const naming = (boot: Boot): Reply[] =>
  [
    ...allOffers(boot),
    ...boot.exchanges.flatMap(exchange => exchange.acks),
    ...boot.asks4011.flatMap(ask => ask.replies),
  ].filter(reply => reply.file !== undefined && !reply.foreignClass)

export const bootFileConflict: FindingTest = (boot, scene) => {
  if (boot.asks !== 'pxe') return NO_DRAFTS
  const replies = naming(boot)
  const plain = replies.filter(reply => !reply.pxe)
  const pxe = replies.filter(reply => reply.pxe)
  for (const lease of plain) {
    const other = pxe.find(reply => !sameFile(reply.file!, lease.file!))
    if (other) return [conflictDraft(lease, other, scene)]
  }
  const ambiguous = allOffers(boot).find(offer => offer.twoFiles && !sameFile(...offer.twoFiles))
  return ambiguous ? [twoFilesDraft(ambiguous, scene)] : NO_DRAFTS
}

const conflictDraft = (lease: Reply, pxe: Reply, scene: Scene): Draft => {
  const dhcp = scene.names.server(lease.server)
  const server = scene.names.server(pxe.server)
  return {
    rule: 'boot-file-conflict',
    confidence: 'seen',
    servers: ascending([lease.server, pxe.server]),
    text: `DHCP server ${dhcp} names boot file ${quoted(lease.file!)}, PXE server ${server} names ${quoted(pxe.file!)}.`,
    because:
      'Firmware differs on which of the two wins: UEFI and BIOS ROMs follow the PXE server, iPXE and U-Boot the DHCP server.',
    remedy: `Remove the boot file and the next server (options 66 and 67, or the fields file and siaddr) from the scopes of ${dhcp}; the PXE server chooses the file for each machine.`,
    evidence: [showReply(lease, scene), showReply(pxe, scene)],
  }
}

const twoFilesDraft = (offer: Reply, scene: Scene): Draft => {
  const [option67, header] = offer.twoFiles!
  return {
    rule: 'boot-file-conflict',
    confidence: 'seen',
    servers: [offer.server],
    text: `${scene.names.server(offer.server)} names boot file ${quoted(option67)} in option 67 and ${quoted(header)} in the header field.`,
    because:
      'Firmware differs on which of the two counts: UEFI and BIOS ROMs read option 67 first, iPXE and U-Boot the header.',
    remedy: 'Set one boot file name, in one place.',
    evidence: [showReply(offer, scene)],
  }
}

export const wrongArchitecture: FindingTest = (boot, scene) => {
  const client = makeOfClient(boot.architecture)
  if (client === undefined || boot.asks === 'http') return NO_DRAFTS
  const drafts: Draft[] = []
  for (const reply of naming(boot)) {
    const file = fileOf(reply.intent) ?? reply.file!
    const transfer = boot.transfers.find(candidate => sameFile(candidate.file, file) && candidate.made)
    const make = transfer?.made ?? makeOfName(file)
    if (make === undefined || !isWrongMake(client, make)) continue
    if (drafts.some(draft => draft.servers[0] === reply.server)) continue
    const shown = transfer
      ? [evidence(transfer.seen, `TFTP of ${quoted(file)}: its first block is for ${describeMake(make)}`)]
      : []
    drafts.push(
      wrongDraft(
        reply,
        file,
        client,
        make,
        transfer !== undefined,
        [showReply(reply, scene), ...shown],
        scene,
      ),
    )
  }
  return drafts
}

const wrongDraft = (
  reply: Reply,
  file: string,
  client: Make,
  make: Make,
  isSeen: boolean,
  shown: readonly Evidence[],
  scene: Scene,
): Draft => ({
  rule: 'wrong-architecture',
  confidence: isSeen ? 'seen' : 'inferred',
  servers: [reply.server],
  text: `${scene.names.server(reply.server)} offers ${quoted(file)}, which ${isSeen ? 'is' : 'by its name is'} made for ${describeMake(make)}, to a machine that is ${describeMake(client)}.`,
  because:
    'The server names one file for all machines, or chose by something else than option 93. A static option 67 cannot serve BIOS and UEFI machines side by side.',
  remedy:
    'Let the PXE server choose the file by the architecture the machine states (option 93); remove a static option 67, or set it by vendor class for each architecture.',
  evidence: shown,
})

/** Names under which iPXE and its kin are served. */
const LOADER_NAME = /ipxe|undionly|snponly|netboot\.xyz|gpxe|\.k?kpxe$/i

export const chainLoop: FindingTest = (boot, scene) => {
  const { previous } = boot
  if (boot.firmware !== 'iPXE' || !previous || boot.openedAt - previous.at > CHAIN_WINDOW) return NO_DRAFTS
  // A ROM that is iPXE itself may boot the same file at every start; a loader shows by its name, or by what it turned
  // the machine into.
  if (previous.firmware === 'iPXE' && !LOADER_NAME.test(previous.file)) return NO_DRAFTS
  const again = boot.transfers.find(transfer => sameFile(transfer.file, previous.file) && gotFile(transfer))
  const offered = naming(boot).filter(reply => sameFile(reply.file!, previous.file))
  const servers = ascending(offered.map(reply => reply.server))
  if (again)
    return [loopDraft(previous, offered, servers.length > 0 ? servers : [again.server], 'seen', scene)]
  const hasOther =
    naming(boot).some(reply => !sameFile(reply.file!, previous.file)) || boot.transfers.some(gotFile)
  const isMenu = allOffers(boot).some(offer => isPxeOffer(offer) && offer.intent.kind === 'menu')
  return offered.length === 0 || hasOther || isMenu
    ? NO_DRAFTS
    : [loopDraft(previous, offered, servers, 'inferred', scene)]
}

const loopDraft = (
  previous: Loaded,
  offered: readonly Reply[],
  servers: Draft['servers'],
  confidence: 'seen' | 'inferred',
  scene: Scene,
): Draft => ({
  rule: 'chain-loop',
  confidence,
  servers,
  text: `it loaded ${quoted(previous.file)}, asked again as iPXE (option 77), and ${listed(servers.map(scene.names.server))} gave it ${quoted(previous.file)} again.`,
  because:
    'The server does not look at the user class (option 77): to a loader that is already running it must name the next stage, or it loads itself for ever.',
  remedy:
    'Answer machines whose option 77 says iPXE with the script or image they are to boot; name the loader only to all others.',
  evidence: [
    evidence(previous.seen, `TFTP request for ${quoted(previous.file)}`),
    ...offered.slice(0, 2).map(reply => showReply(reply, scene)),
  ],
})
