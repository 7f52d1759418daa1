/**
 * The trace as a structured log (pino): what services did, what machines chose, what failed. Times are those of the
 * run, so that the same seed logs the same bytes. Packets are in the capture, not here.
 */
import pino from 'pino'
import { formatMac } from '../core/address.ts'
import { deviceOf, dropText, isInDevice } from '../core/drops.ts'
import { formatIp } from '../core/ip.ts'
import type { Micros } from '../core/micros.ts'
import { type ServiceEvent, type TraceEvent, describeEvent } from '../core/trace.ts'
import { PLAIN, inWords } from '../core/wording.ts'

/** `destination` gets one JSON object per line. */
export const logTrace = (trace: readonly TraceEvent[], destination: pino.DestinationStream): void => {
  let at: Micros = 0
  const log = pino({ base: null, timestamp: () => `,"seconds":${(at / 1e6).toFixed(6)}` }, destination)
  const logDrop = (event: Extract<TraceEvent, { kind: 'drop' }>): void => {
    const { segment, receiver, cause } = event
    if (isInDevice(cause))
      log.warn({ host: deviceOf(event), segment, cause }, `packet dropped: ${dropText(cause)}`)
    else log.debug({ segment, receiver }, `frame lost: ${cause}`)
  }
  for (const event of trace) {
    at = event.at
    switch (event.kind) {
      case 'service':
        log.info(serviceFields(event), describeEvent(event, PLAIN))
        break
      case 'choice':
        log.info({ host: event.host, rule: event.rule }, inWords(event.text))
        break
      case 'screen':
        log.debug({ host: event.host }, event.text)
        break
      case 'power':
        log.info({ host: event.host }, event.on ? 'switched on' : 'switched off')
        break
      case 'fault':
        log.warn(event.text)
        break
      case 'drop':
        logDrop(event)
        break
      case 'frame':
        break
    }
  }
}

const serviceFields = ({ host, service, type, client, address }: ServiceEvent): object => ({
  host,
  service,
  event: type,
  ...(client !== undefined && { client: formatMac(client) }),
  ...(address !== undefined && { address: formatIp(address) }),
})
