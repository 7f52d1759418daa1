/**
 * A PXE 2.1 boot ROM of a BIOS machine (Intel lineage): rules B-1 … B-32. Closed ROMs were not
 * measured; where sources disagree the profile decides. Does not model MTFTP (43.1-5), nor the limit of base memory
 * (E79), nor the DISCOVER loop of B-17.
 */
import { named, phrase, phraseList } from '../../core/wording.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import type { ArchitectureName } from '../../wire/pxe/client.ts'
import type { BootRecord, Firmware, Pc, Script } from '../pc.ts'
import { loadBootFile } from './boot-file.ts'
import { askProxies, findBootServer } from './boot-server.ts'
import { type Candidate, RomOffers } from './candidates.ts'
import { collectOffers, takeLease, transactionId, useAddress } from './lease.ts'
import { releaseMessage, romClient } from './messages.ts'
import { ROM_DEFAULT_PROFILE, ROM_PROFILES_BY_NAME, ROM_STACK, type RomProfile } from './profile.ts'
import {
  type Rom,
  type RomError,
  type RomLease,
  printClient,
  printError,
  printExit,
  printLease,
} from './rom.ts'
import type { PxePacket } from '../pxe21/offers.ts'

/** B-21. */
const FIRST_TFTP_PORT = 2070
/** B-2: what the first DISCOVER shows in `secs`. */
const FIRST_SECS = 4

/** An unknown profile is the default one; there is one architecture. `catalogue.ts` checks both before. */
export const biosRomFirmware = (profile: string, _architecture: ArchitectureName): Firmware => {
  const known = ROM_PROFILES_BY_NAME[profile]
  return {
    family: 'bios-rom',
    profile: known ? profile : ROM_DEFAULT_PROFILE,
    stack: ROM_STACK,
    boot: (pc, record) => boot(pc, record, known ?? ROM_PROFILES_BY_NAME[ROM_DEFAULT_PROFILE]!),
  }
}

type End = 'loaded' | 'hangs' | 'localBoot' | RomError

function* boot(pc: Pc, record: BootRecord, profile: RomProfile): Script {
  const rom: Rom = {
    pc,
    record,
    profile,
    client: romClient(pc),
    dhcp: pc.openUdp({ port: DHCP_PORT.client, ownChaddrOnly: true }),
    secs: FIRST_SECS,
    told: new Set(),
    tftpPort: FIRST_TFTP_PORT,
  }
  printClient(pc)
  pc.print('DHCP')
  const end = yield* fetchBootFile(rom)
  rom.dhcp.close()
  conclude(rom, end)
}

/** B-10: window by window, class by class, server by server. */
function* fetchBootFile(rom: Rom): Script<End> {
  const offers = new RomOffers(rom.profile)
  for (const attempt of rom.profile.discoverWindows.keys()) {
    rom.pc.append('.')
    yield* collectOffers(rom, offers, attempt)
    const end = yield* tryCandidates(rom, offers, attempt)
    if (end !== undefined) return end
    rom.secs += rom.profile.discoverWindows[attempt + 1] ?? 0
  }
  const error = offers.verdict()
  rom.pc.because(
    'B-10',
    `No usable offer arrived in ${rom.profile.discoverWindows.length} windows: ${error}.`,
  )
  return error
}

/** Undefined: none has led to a boot, the next window begins. */
function* tryCandidates(rom: Rom, offers: RomOffers, attempt: number): Script<End | undefined> {
  for (;;) {
    const candidate = offers.candidates(attempt + 1)[0]
    if (candidate === undefined) return undefined
    explain(rom, candidate)
    const lease = yield* takeLease(rom, candidate, attempt)
    if (lease === undefined) {
      offers.fail([candidate.lease], 'PXE-E51')
      continue
    }
    const packet = yield* bootInformation(rom, lease, candidate)
    if (packet) return yield* bootFrom(rom, lease, packet)
    release(rom, lease, attempt)
    offers.fail(candidate.proxies, 'PXE-E55')
    const again = offers.candidates(attempt + 1)[0]
    const sameClass = again?.rule === candidate.rule
    if (rom.profile.afterDead4011 === 'error' && !sameClass) {
      rom.pc.because('B-14', 'No server gave a valid answer on port 4011: PXE-E55.')
      return 'PXE-E55'
    }
  }
}

/** B-9: all boot information comes from one packet. Undefined: port 4011 has failed. */
function* bootInformation(rom: Rom, lease: RomLease, candidate: Candidate): Script<PxePacket | undefined> {
  yield* useAddress(rom, lease)
  const proxy = candidate.proxies[0]
  const packet =
    candidate.from === 'port4011'
      ? yield* askProxies(rom, lease, candidate.proxies)
      : candidate.from === 'proxyOffer'
        ? proxy
        : lease.ack
  printLease(rom.pc, lease, packet !== lease.ack ? packet?.identity : undefined)
  if (packet) rom.record.pxeServer = packet.identity
  return packet
}

function* bootFrom(rom: Rom, lease: RomLease, packet: PxePacket): Script<End> {
  const source = yield* findBootServer(rom, lease, packet)
  return typeof source === 'string' ? source : yield* loadBootFile(rom, source)
}

/** B-14. */
const release = (rom: Rom, { offer, address }: RomLease, attempt: number): void => {
  const asked = { xid: transactionId(rom, attempt), secs: 0, server: offer.identity, address: address.ip }
  rom.dhcp.send({ ip: offer.identity, port: DHCP_PORT.server }, releaseMessage(rom.client, asked))
  rom.pc.configure(undefined)
  rom.record.lease = undefined
}

/** B-10: numbered as in E-22. */
const RULES: Readonly<Record<number, string>> = {
  1: 'a DHCP offer with its own PXE options',
  3: 'a plain DHCP offer and a proxy offer with PXE options',
  5: 'a DHCP offer with option 60 PXEClient but no PXE options',
  6: 'a plain DHCP offer and proxies that must be asked on port 4011',
  7: 'a plain DHCP offer with a boot file',
  8: 'a BOOTP reply with a boot file',
}

const explain = ({ pc }: Rom, { rule, lease, from, proxies }: Candidate): void => {
  const others = phraseList(proxies.map(({ identity }) => identity))
  const file = {
    ack: 'the same server',
    bootp: 'the same reply',
    proxyOffer: others,
    port4011: phrase`port 4011 of ${others}`,
  }[from]
  pc.because(
    'B-10',
    phrase`Rule ${rule}, ${RULES[rule]!}: address from ${named(lease.identity)}, boot information from ${file}.`,
  )
}

const conclude = ({ pc, record }: Rom, end: End): void => {
  if (end === 'loaded') {
    record.outcome = 'booted'
    return
  }
  record.outcome = end === 'localBoot' ? 'localDisk' : 'failed'
  if (end === 'hangs') return
  record.code = end === 'localBoot' ? 'PXE-M0F' : end
  if (end !== 'localBoot') printError(pc, end)
  printExit(pc)
}
