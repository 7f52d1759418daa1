/**
 * What a running server logs and counts. Decides what is worth a line at which level; does not serve anything.
 *
 *  info: one line per boot · warn: a boot that failed, a decision that could not be had · debug: what was answered
 *  and each transfer · trace: every request, also those ignored, and why
 */
import {
  type Ip4,
  type Mac,
  formatEndpoint,
  formatIp4,
  formatMac,
  ip4At,
  ip4Number,
  macAt,
} from '../core/address.ts'
import type { Logger } from 'pino'
import type { Datagram } from '../core/state-machine.ts'
import { type TraceSink, describeEvent } from '../core/trace.ts'
import { PLAIN } from '../core/wording.ts'
import type { NbsObserver } from '../nbs/service.ts'
import { type BsdpEvent, describeBsdpEvent } from '../protocol/bsdp/events.ts'
import { INADMISSIBLE, type Inadmissible } from '../protocol/dhcp/admission.ts'
import type { DhcpEvent } from '../protocol/dhcp/events.ts'
import { type PxeEvent, describePxeEvent } from '../protocol/pxe/events.ts'
import { type TftpEvent, describeTftpEvent } from '../protocol/tftp/events.ts'
import { DHCP } from '../wire/layout.ts'
import { architectureName } from '../wire/pxe/client.ts'
import { TFTP_ERROR } from '../wire/tftp/packet.ts'
import { type Boot, Boots } from './boots.ts'
import { Searches } from './searches.ts'
import type { ServedImages } from './image-store.ts'
import { LineLimit } from './log.ts'
import type { Metrics } from './metrics.ts'

export interface Reporter extends NbsObserver {
  readonly boots: Boots
  readonly trace: TraceSink
  readonly bsdp: (event: BsdpEvent) => void
  readonly dhcp: (event: DhcpEvent) => void
  /** A request that is not even looked at. */
  readonly refused: (why: Inadmissible, datagram: Datagram) => void
  decisionFailed(why: string): void
  sweep(): void
}

/** One line for each reason in this time; the rest is counted. */
const REFUSAL_PERIOD_MILLIS = 600_000

export const reporterOf = (
  log: Logger,
  metrics: Metrics,
  served: ServedImages,
  now: () => number,
): Reporter => {
  const limit = new LineLimit(now)
  // Of their own: a flood of junk must not hide the boots.
  const bootLimit = new LineLimit(now)
  const scarce = atMostOnceIn(SCARCITY_MILLIS, now)
  const count = countersIn(metrics)
  const refusalTold = new Map<Inadmissible, number>()
  metrics.gauge('nbs_tftp_transfers_running', 'Transfers now running', () => served.transfers)
  const tellLoop = (mac: Mac, file: string): void =>
    limit.line(() =>
      log.warn(
        { mac: formatMac(mac), file },
        `a machine loads ${file} again and again: if that is iPXE, it is told to load itself. ` +
          'Give iPXE another file: files: [{ userClass: iPXE, file: … }]',
      ),
    )
  const onBoot = (boot: Boot): void => {
    count.boots({ result: boot.result })
    if (boot.result === 'booted') count.bootSeconds({}, boot.seconds)
    const level = boot.result === 'failed' || boot.result === 'refused' ? 'warn' : 'info'
    bootLimit.line(leftOut =>
      log[level]({ boot: compact(boot), ...(leftOut > 0 && { leftOut }) }, `boot ${boot.result}`),
    )
  }
  const boots = new Boots(now, onBoot, tellLoop)

  const searches = new Searches(now, line => limit.line(() => log.info({ service: 'tftp' }, line)))
  const isOn = (level: 'debug' | 'trace'): boolean => log.isLevelEnabled(level)
  return {
    boots,
    trace: {
      enabled: isOn('debug'),
      add: event => {
        if (event.kind !== 'service') return
        limit.line(() => log.debug({ service: event.service }, describeEvent(event, PLAIN)))
      },
    },
    pxe: event => {
      countPxe(event, count)
      if (event.kind === 'answered') boots.answered(event)
      const level = event.kind === 'answered' ? 'debug' : 'trace'
      if (isOn(level)) limit.line(() => log[level]({ service: 'pxe' }, describePxeEvent(event)))
    },
    bsdp: event => {
      if (event.kind === 'ignored' && event.reason === 'not-bsdp') return
      // A SELECT is what a boot is for PCs; the rest is talk.
      const isChange = event.kind === 'forgot' || (event.kind === 'answered' && event.message !== 'list')
      const level = isChange ? 'info' : event.kind === 'ignored' ? 'trace' : 'debug'
      limit.line(() => log[level]({ service: 'bsdp' }, describeBsdpEvent(event)))
    },
    dhcp: ({ kind }) => count.dhcp({ event: kind }),
    tftp: event => {
      countTftp(event, count)
      // It says nothing of the client, and would be said of each.
      if (event.type === 'failed' && event.reason === 'no-socket')
        return scarce(() => log.error({ service: 'tftp' }, `${event.text}; further transfers are refused`))
      boots.tftp(event)
      if (event.type === 'started') searches.found(event.client.ip, event.file)
      if (event.type === 'refused' && event.code === TFTP_ERROR.fileNotFound)
        if (searches.missed(event.client.ip, event.file)) return
      if (event.type === 'refused' || (event.type === 'failed' && event.reason === 'unreadable'))
        limit.line(() => log.warn({ service: 'tftp' }, describeTftpEvent(event)))
      else if (isOn(event.type === 'ignored' ? 'trace' : 'debug'))
        limit.line(() => log.debug({ service: 'tftp' }, describeTftpEvent(event)))
    },
    refused: (why, datagram) => {
      count.refused({ reason: why })
      if (now() - (refusalTold.get(why) ?? -Infinity) < REFUSAL_PERIOD_MILLIS) return
      refusalTold.set(why, now())
      log.warn(
        { service: 'dhcp', from: formatEndpoint(datagram.source), ...namedIn(datagram) },
        `a request ${INADMISSIBLE[why]}: not answered; nbs_requests_refused_total counts further ones`,
      )
    },
    decisionFailed: why => {
      count.decisionFailures()
      limit.line(() => log.warn({ service: 'decision' }, `the Notification Server did not answer: ${why}`))
    },
    sweep: () => {
      boots.sweep()
      searches.sweep()
    },
  }
}

/** Who asks, and the two addresses that a reply could be sent to. */
const namedIn = ({ payload }: Datagram) => ({
  mac: formatMac(macAt(payload, DHCP.chaddr)),
  giaddr: formatIp4(ip4At(payload, DHCP.giaddr)),
  ciaddr: formatIp4(ip4At(payload, DHCP.ciaddr)),
})

/** What lasts is told again after so long. */
const SCARCITY_MILLIS = 60_000

const atMostOnceIn = (millis: number, now: () => number): ((act: () => void) => void) => {
  let last = -Infinity
  return act => {
    if (now() - last < millis) return
    last = now()
    act()
  }
}

type Counters = ReturnType<typeof countersIn>

const countersIn = (metrics: Metrics) => ({
  answered: metrics.counter('nbs_pxe_answers_total', 'Offers and ACKs sent, by architecture and decision', [
    'message',
    'arch',
    'boot',
    'client',
  ]),
  ignored: metrics.counter('nbs_pxe_ignored_total', 'Requests not answered, by reason', ['reason']),
  dhcp: metrics.counter('nbs_dhcp_events_total', 'What --dhcp did: offered, acknowledged, refused (NAK) …', [
    'event',
  ]),
  refused: metrics.counter(
    'nbs_requests_refused_total',
    'Requests to ports 67 and 4011 that may not be answered, by reason',
    ['reason'],
  ),
  transfers: metrics.counter(
    'nbs_tftp_transfers_total',
    'TFTP requests and transfers that ended, by result',
    ['result'],
  ),
  bytes: metrics.counter('nbs_tftp_bytes_total', 'Bytes of files acknowledged by clients'),
  seconds: metrics.counter('nbs_tftp_seconds_total', 'Seconds that transfers took'),
  boots: metrics.counter('nbs_boots_total', 'Boots, by result', ['result']),
  bootSeconds: metrics.counter(
    'nbs_boot_seconds_total',
    'Seconds from first offer to last byte of the boot file',
  ),
  decisionFailures: metrics.counter(
    'nbs_decision_failures_total',
    'Questions the Notification Server did not answer',
  ),
})

const countPxe = (event: PxeEvent, count: Counters): void => {
  if (event.kind === 'answered') {
    const { message, architecture, decision } = event
    // Numbers beyond IANA's list come from the client, and would each be a label.
    const arch = architectureName(architecture) ?? 'other'
    count.answered({ message, arch, boot: decision.boot, client: decision.client })
  } else if (event.kind === 'ignored') count.ignored({ reason: event.reason })
}

const countTftp = (event: TftpEvent, count: Counters): void => {
  switch (event.type) {
    case 'completed':
    case 'failed':
      count.bytes({}, event.bytes)
      count.seconds({}, event.seconds)
      return count.transfers({ result: event.type === 'completed' ? 'completed' : event.reason })
    case 'aborted-after-size-query':
    case 'refused':
    case 'ignored':
      return count.transfers({ result: event.type })
    case 'requested':
    case 'started':
  }
}

/** Without what is not known; seconds as people read them. */
const compact = (boot: Boot): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(boot).filter(([, value]) => value !== undefined)),
  seconds: Number(boot.seconds.toFixed(3)),
})

export const scopeOf = (iface: { readonly address: { readonly ip: Ip4 } }): string =>
  String(ip4Number(iface.address.ip))
