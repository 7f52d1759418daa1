/**
 * What a probe's talk means: responders with their answer times, what each firmware would do with the offers of each
 * round, and findings, by the analyser and the predictor that `nbs analyze` uses. Does not send and does not print.
 */
import { type Analysis, Analyzer, type Boot, type ServerSummary } from '../analysis/analyzer.ts'
import { allOffers } from '../analysis/conversations/conversation.ts'
import { ANY_IP4, BROADCAST_MAC, type Ip4, LIMITED_BROADCAST, type Mac, toMac } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import type { ProbeConclusion } from '../firmware/family.ts'
import type { Received } from '../firmware/offer.ts'
import { type Prediction, predictOwn } from '../experiments/predict/predict.ts'
import { LINK_TYPE, encodePcapng } from '../wire/capture/index.ts'
import { decodeDhcp } from '../wire/dhcp/codec.ts'
import { DHCP_PORT, type DhcpMessage } from '../wire/dhcp/message.ts'
import { messageType, serverIdentifier } from '../wire/dhcp/options.ts'
import { encodeFrame } from '../wire/frames.ts'
import type { Said, Talk } from './ask.ts'
import type { ProbeMachine } from './machines.ts'

export interface ProbeSight {
  readonly talk: Talk
  readonly machines: readonly ProbeMachine[]
  readonly segment: string
  /** Ethernet addresses of neighbours. */
  readonly macOf: (ip: Ip4) => Mac | undefined
}

export interface Judgement {
  readonly analysis: Analysis
  /** One per machine, all rounds together, in the order of the machines. */
  readonly boots: readonly Boot[]
  readonly responders: readonly Responder[]
  readonly predictions: readonly MachinePrediction[]
}

export interface Responder extends ServerSummary {
  /** Each from the question that it answers, ascending. */
  readonly latencies: readonly Micros[]
  /** Of the questions of machines that it answers at all. */
  readonly asked: number
  readonly answered: number
}

export interface MachinePrediction {
  readonly machine: ProbeMachine
  /** In their order. */
  readonly rounds: readonly RoundOutcome[]
}

/** Of its script, or of what its family makes of the replies; undefined: nobody answered. */
export type RoundOutcome =
  | { readonly kind: 'predicted'; readonly prediction: Prediction }
  | { readonly kind: 'concluded'; readonly conclusion: ProbeConclusion }
  | undefined

export const judge = (sight: ProbeSight): Judgement => {
  const { talk } = sight
  const boots: Boot[] = []
  const analyzer = new Analyzer({ onBoot: boot => boots.push(boot) })
  for (const frame of framesOf(sight)) analyzer.add(frame)
  analyzer.tick(talk.until)
  const analysis = analyzer.finish()
  return {
    analysis,
    boots: boots.sort((a, b) => (a.client ?? 0) - (b.client ?? 0)),
    responders: analysis.servers.map(server => ({ ...server, ...latenciesOf(server.ip, talk) })),
    predictions: predictionsOf(sight),
  }
}

/** What was said, as a mirror port would have shown it; ports are those of the protocols. */
const framesOf = ({ talk, segment, macOf }: ProbeSight, round?: number) =>
  talk.said
    .filter(said => round === undefined || said.round === round)
    .map(({ at, machine, from, payload }) => ({
      at,
      segment,
      bytes: encodeFrame({
        target: BROADCAST_MAC,
        source: from ? (macOf(from.ip) ?? NO_MAC) : machine.mac,
        packet: {
          kind: 'ip4',
          source: from?.ip ?? ANY_IP4,
          target: LIMITED_BROADCAST,
          ttl: 64,
          identification: 0,
          dontFragment: false,
          moreFragments: false,
          fragmentOffset: 0,
          body: {
            kind: 'udp',
            sourcePort: from?.port ?? DHCP_PORT.client,
            targetPort: from ? DHCP_PORT.client : DHCP_PORT.server,
            payload,
          },
        },
      }),
    }))

const NO_MAC = toMac(0)

export const captureOf = (sight: ProbeSight): Uint8Array =>
  encodePcapng(
    [{ name: sight.segment, linkType: LINK_TYPE.ethernet }],
    framesOf(sight).map(({ at, bytes }) => ({ at, bytes, iface: 0 })),
  )

const identityOf = (message: DhcpMessage, source: Ip4): Ip4 =>
  serverIdentifier(message) || message.siaddr || source

const latenciesOf = (server: Ip4, { said }: Talk) => {
  const lastAsked = new Map<string, Micros>()
  const asked = new Map<ProbeMachine, number>()
  const served = new Set<ProbeMachine>()
  const answered = new Set<string>()
  const latencies: Micros[] = []
  const seen = new Set<string>()
  for (const { at, machine, from, payload } of said) {
    const read = decodeDhcp(payload)
    if (!read.ok) continue
    const message = read.value
    const question = `${machine.mac} ${message.xid}`
    if (!from) {
      lastAsked.set(question, at)
      asked.set(machine, (asked.get(machine) ?? 0) + 1)
    } else if (identityOf(message, from.ip) === server) {
      const askedAt = lastAsked.get(question)
      served.add(machine)
      // One host that leases and names an image answers twice: the later one counts for itself.
      const answer = `${question} ${askedAt} ${messageType(message)} ${message.yiaddr !== ANY_IP4}`
      if (askedAt === undefined || seen.has(answer)) continue
      seen.add(answer)
      answered.add(`${question} ${askedAt}`)
      latencies.push(at - askedAt)
    }
  }
  return {
    latencies: latencies.sort((a, b) => a - b),
    answered: answered.size,
    asked: [...served].reduce((sum, machine) => sum + asked.get(machine)!, 0),
  }
}

/** Each round by itself: a machine that is switched on meets one. */
const predictionsOf = (sight: ProbeSight): MachinePrediction[] => {
  const rounds = [...new Set(sight.talk.said.map(({ round }) => round))]
  const byRound = rounds.map(round => {
    const said = sight.talk.said.filter(one => one.round === round)
    const boots = new Map<Mac, Boot>()
    const analyzer = new Analyzer({
      keepMessages: true,
      onBoot: boot => void (boot.client !== undefined && boots.set(boot.client, boot)),
    })
    for (const frame of framesOf(sight, round)) analyzer.add(frame)
    analyzer.finish()
    return (machine: ProbeMachine): RoundOutcome => {
      const boot = boots.get(machine.mac)
      if (!said.some(({ from, machine: who }) => from && who === machine)) return undefined
      const { conclude } = machine.persona.family.probe ?? {}
      if (conclude)
        return {
          kind: 'concluded',
          conclusion: conclude(repliesIn(said.filter(one => one.machine === machine))),
        }
      if (!boot || allOffers(boot).length === 0) return undefined
      return { kind: 'predicted', prediction: predictOwn(boot, machine.persona, machine.arch) }
    }
  })
  return sight.machines.map(machine => ({ machine, rounds: byRound.map(predict => predict(machine)) }))
}

const repliesIn = (said: readonly Said[]): Received[] =>
  said.flatMap(({ from, payload }) => {
    const read = from && decodeDhcp(payload)
    return read?.ok ? [{ message: read.value, source: from!.ip, sourcePort: from!.port, bytes: payload }] : []
  })
