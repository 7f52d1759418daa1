/**
 * What a whole capture shows of its servers, whichever machine asked: leases confirmed, port 4011 and files, each with
 * its answer or its silence, and hosts that answer no ARP. Does not know what a single machine was offered.
 */
import type { Boot } from '../../analysis/analyzer.ts'
import { isLease } from '../../analysis/conversations/conversation.ts'
import type { Reply } from '../../analysis/conversations/reply.ts'
import { plainFile } from '../../analysis/words.ts'
import { type Ip4, ip4Number } from '../../core/address.ts'
import type { Unreachable } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import { type SeenFile, merged, seenFile } from './seen-files.ts'

/** Servers, and files, of which something is remembered. */
const MAX_SEEN_SERVERS = 4096
/** Files of which a prediction remembers what the capture showed. */
const MAX_SEEN_FILES = 16_384

export type Seen4011 =
  | { readonly kind: 'answers'; readonly reply: Reply; readonly after: Micros }
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused'; readonly cause: Unreachable['cause'] }

export class SeenServers {
  readonly #boot4011 = new Map<Ip4, Seen4011>()
  readonly #files = new Map<string, SeenFile>()
  /** Of the TFTP service as such, where it does not answer at all. */
  readonly #dead = new Map<Ip4, SeenFile>()
  readonly #absent = new Set<Ip4>()
  readonly #acks = new Map<string, Reply>()

  note(boot: Boot): void {
    for (const ask of boot.asks4011) {
      const seen = seen4011(boot, ask)
      if (seen && (seen.kind === 'answers' || !this.#boot4011.has(ask.target)))
        put(this.#boot4011, ask.target, seen, MAX_SEEN_SERVERS)
    }
    for (const transfer of boot.transfers) {
      const seen = seenFile(transfer)
      if (!seen) continue
      const key = keyOf(transfer.server, transfer.file)
      put(this.#files, key, merged(this.#files.get(key), seen), MAX_SEEN_FILES)
      if (seen.kind === 'silent' || seen.kind === 'refused')
        put(this.#dead, transfer.server, seen, MAX_SEEN_SERVERS)
    }
    if (boot.asks === 'pxe') this.#noteAcks(boot)
    for (const [ip, wait] of boot.arps)
      if (!wait.answered && wait.count >= 2 && this.#absent.size < MAX_SEEN_SERVERS) this.#absent.add(ip)
  }

  /** Undefined: nobody asked there. */
  port4011(ip: Ip4): Seen4011 | undefined {
    return this.#boot4011.get(ip)
  }

  file(server: Ip4, name: string): SeenFile | undefined {
    return this.#files.get(keyOf(server, name)) ?? this.#dead.get(server)
  }

  /** A lease that it confirmed to a booting machine of that architecture. */
  ackOf(server: Ip4, architecture: number | undefined): Reply | undefined {
    return this.#acks.get(askerOf(server, architecture))
  }

  isAbsent(ip: Ip4): boolean {
    return this.#absent.has(ip)
  }

  #noteAcks({ exchanges, architecture }: Boot): void {
    for (const ack of exchanges.flatMap(({ acks }) => acks)) {
      const key = askerOf(ack.server, architecture)
      if (ack.payload && isLease(ack) && !this.#acks.has(key)) put(this.#acks, key, ack, MAX_SEEN_SERVERS)
    }
  }
}

const askerOf = (server: Ip4, architecture: number | undefined): string =>
  `${ip4Number(server)} ${architecture}`

const keyOf = (server: Ip4, file: string): string => `${ip4Number(server)} ${plainFile(file)}`

const put = <K, V>(map: Map<K, V>, key: K, value: V, limit: number): void => {
  if (map.size < limit || map.has(key)) map.set(key, value)
}

const seen4011 = (boot: Boot, ask: Boot['asks4011'][number]): Seen4011 | undefined => {
  const reply = ask.replies.find(candidate => candidate.payload)
  if (reply) return { kind: 'answers', reply, after: reply.seen.at - ask.seen.at }
  if (ask.unreachable) return { kind: 'refused', cause: ask.unreachable.cause }
  // One try, and the end of the capture: nothing is known.
  return ask.count >= 2 || boot.followedBy !== undefined ? { kind: 'silent' } : undefined
}
