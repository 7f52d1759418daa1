/**
 * `relay-answered-by-broadcast`: a server answers a request that came by a relay with a broadcast on its own subnet, where
 * the machine is not.
 */
import type { Report, RuleTest, Sentences } from '../../capture-rule.ts'
import type { Misdirected } from '../../conversations/ways.ts'
import { evidence, showDiscover } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'

export const meta = {
  id: 'relay-answered-by-broadcast',
  severity: 'error',
  meaning: 'a relayed request is answered by broadcast instead of to the relay',
  origins: {
    capture: {
      holdsWhen:
        'on a segment where a relay’s copy of a request was seen, somebody other than the relay answers it by broadcast, or without giaddr',
      isNot:
        'the relay’s own broadcast on the machine’s subnet; an answer to a request that came without relay as well',
      remedy:
        'let the server send answers to giaddr, port 67 (RFC 2131 §4.1); else put it on the machines’ subnet',
    },
  },
} as const satisfies FindingMeta

export type RelayAnsweredByBroadcast = {
  readonly server: string
  readonly relay: string
  readonly kind: 'offer' | 'ack' | 'nak'
}

export const test: RuleTest<RelayAnsweredByBroadcast> = (boot, context) => {
  const all = boot.exchanges.flatMap(({ ways }) => ways.misdirected)
  const first = all.filter((one, i) => all.findIndex(({ server }) => server === one.server) === i)
  const { server: name } = context.names
  return first.map(({ server, relay, kind, seen }: Misdirected): Report<RelayAnsweredByBroadcast> => ({
    confidence: 'seen',
    servers: [server],
    details: { server: name(server), relay: name(relay), kind },
    evidence: [
      ...showDiscover(boot, context),
      evidence(
        seen,
        `${kind.toUpperCase()} from ${name(server)} by broadcast, to a request of relay ${name(relay)}`,
      ),
    ],
  }))
}

export const sentences = ({ server, relay }: RelayAnsweredByBroadcast): Sentences => ({
  text: `${server} answers a request that came by relay ${relay} with a broadcast on its own subnet; the machine, behind the relay, never hears it.`,
  because:
    'A request with giaddr is answered to that address, port 67 (RFC 2131 §4.1); the relay brings the answer to the machine. Routers do not forward broadcasts.',
  remedy: `Update or replace ${server} by a server that answers relays, or put one on the subnet of the machines; in a container, give it the host’s network, so that it can send to the relay.`,
})
