/**
 * What the analyser keeps at most. Every number bounds something that a network can grow; docs/limits.md lists them.
 */
import { SECOND, type Micros } from '../core/micros.ts'

/** Boots followed at the same time; the longest silent one is closed when there are more. */
export const MAX_OPEN_BOOTS = 16_384
/** Messages remembered in all open boots together; the longest silent boots are closed when there are more. */
export const MAX_KEPT_MESSAGES = 500_000
/** TFTP transfers followed at the same time. */
export const MAX_OPEN_TRANSFERS = 65_536
/** A boot is closed when nothing was heard of its machine for so long. Firmware pauses 64 s at most (E-8). */
export const BOOT_IDLE: Micros = 180 * SECOND
/** How often the idle ones are looked for. */
export const IDLE_SWEEP: Micros = 10 * SECOND
/** DHCP exchanges (xids) of one boot; a BIOS ROM takes a new xid for each of its four tries (B-4). */
export const MAX_EXCHANGES = 16
/** Times of DISCOVERs kept per exchange; no firmware sends more than ten (E-8, I-4, U-2). */
export const MAX_DISCOVERS = 16
/** Different replies of one kind kept per exchange; EDK2 keeps 16 offers (E-14). */
export const MAX_REPLIES = 32
/** Different REQUESTs kept per exchange. */
export const MAX_REQUESTS = 16
/** Requests to boot servers kept per boot, one for each xid and target. */
export const MAX_ASKS = 32
/** TFTP transfers kept per boot; finished ones make room. WinPE fetches hundreds of files. */
export const MAX_TRANSFERS = 64
/** Addresses whose ARP requests are counted per boot. */
export const MAX_ARP_WAITS = 16
/** Address conflicts noted per boot. */
export const MAX_CONFLICTS = 8
/** Servers and machines listed; later ones are still judged, but not listed. */
export const MAX_SERVERS = 4_096
/** Machines of which findings list the names; more are counted only. */
export const MAX_CLIENTS = 16_384
/** Ethernet addresses, relays and segments listed per server. */
export const MAX_PLACES = 16
/** Machines listed per server. */
export const MAX_MACHINES_PER_SERVER = 256
/** Different things that a server offered, listed. */
export const MAX_OFFER_KINDS = 16
/** Answer times kept per server, for the median; when there are more, every second one is kept. */
export const MAX_SAMPLES = 4_096
/** Leased addresses remembered, to see one leased twice; those used least recently go first. */
export const MAX_LEASES = 65_536
/** Pairs of servers remembered because their addresses overlap. */
export const MAX_OVERLAPS = 4_096
/** Address-to-MAC pairs learnt from ARP; those used least recently go first. */
export const MAX_NEIGHBOURS = 65_536
/** Who answers ARP for so many addresses answers for others as well; no more are remembered of one machine. */
export const PROXY_ARP_ADDRESSES = 4
/** Segments of which is remembered that unicasts are visible. */
export const MAX_SEGMENTS = 4_096
/** Summaries of conversations listed; the first ones are kept. */
export const MAX_SUMMARIES = 16_384
/** Different findings, after merging; later ones are counted as suppressed. */
export const MAX_FINDINGS = 1_024
/** Machines named per finding. */
export const MAX_CLIENTS_PER_FINDING = 4_096
/** Machines whose packets a finding shows. */
export const EVIDENCE_CLIENTS = 3
/** Packets shown per machine. */
export const EVIDENCE_PER_CLIENT = 8
/** Characters of a remote text in a message. */
export const MAX_TEXT = 96
/** Segments whose IP fragments are put together, each by a `Reassembler` of its own. */
export const MAX_REASSEMBLERS = 64

/** Macs whose BSDP talk is followed at the same time. */
export const MAX_BSDP_TALKS = 16_384
/** LISTs and SELECTs (xids), and DISCOVERs with BSDP OFFERs, kept of one Mac. */
export const MAX_BSDP_ROUNDS = 32
/** BSDP servers remembered. */
export const MAX_BSDP_SERVERS = 1_024
/** Global images remembered of each. */
export const MAX_BSDP_IMAGES = 256
/** Macs remembered that a BSDP server bound or claimed. */
export const MAX_BSDP_CLIENTS = 16_384

/** Two equal frames on one segment within this are one frame seen twice by a mirror port. */
export const MIRROR_WINDOW: Micros = 1_000
/** Frames compared for that. */
export const MIRROR_DEPTH = 8
/** After this much silence a missing answer counts as missing, even without a retry. */
export const ANSWER_PATIENCE: Micros = 4 * SECOND
/** A loader that was fetched starts asking within this. */
export const CHAIN_WINDOW: Micros = 120 * SECOND
/** A transfer that took so long, with less than so many bytes a second, is called slow: somebody stood and waited. */
export const SLOW_SPAN: Micros = 5 * SECOND
export const SLOW_RATE = 250_000
