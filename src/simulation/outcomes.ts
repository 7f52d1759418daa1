/**
 * What became of each machine, in the words of the result. Addresses become the names of the scenario's servers.
 */
import { type Ip4, formatIp4, formatMac } from '../core/address.ts'
import { equalBytes } from '../core/bytes.ts'
import { type Micros, toSeconds } from '../core/micros.ts'
import type { TraceEvent } from '../core/trace.ts'
import type { BootRecord } from '../firmware/pc.ts'
import { type Machine, decisiveBoot, recordOf } from './machine.ts'
import { serverNames } from './server-names.ts'
import { unstamped } from '../wire/pxe/stamp.ts'
import type { Scenario } from '../scenario/model.ts'
import type { AttemptResult, ClientResult } from './result.ts'
import type { MachineOfSite } from './site/site-results.ts'

/** SHA-256 in hexadecimal. */
export type HashOf = (bytes: Uint8Array) => string

export const clientResults = (
  scenario: Scenario,
  machines: readonly Machine[],
  end: Micros,
  screens: ReadonlyMap<string, readonly string[]>,
  hashOf: HashOf,
  ofSite?: (machine: Machine) => MachineOfSite,
): ClientResult[] => {
  const nameOf = serverNames(scenario)
  const named = (ip: Ip4 | undefined): string | null => (ip === undefined ? null : nameOf(ip))
  const hash = remembering(bytes => hashOf(unstamped(bytes)))
  return machines.map(machine => {
    const { client, group, firmware } = machine
    const counted = countedBoot(machine)
    const { record, started, ended } = counted
    const content = record?.content
    const stopped = ended ?? Math.max(end, started)
    return {
      name: client.name,
      mac: formatMac(client.mac),
      subnet: group.on,
      // As the file calls it: a profile may be written as that of the family which had it before.
      firmware: group.firmware,
      profile: firmware.profile,
      arch: group.arch,
      ...(machine.guest !== undefined && { guest: machine.guest }),
      outcome: outcomeOf(machine, record, ended),
      code: record?.code ?? null,
      leaseFrom: named(record?.lease?.server),
      address: record?.lease ? formatIp4(record.lease.address) : null,
      pxeServer: named(record?.pxeServer),
      tftpServer: named(record?.transfer?.kind === 'tftp' ? record.transfer.server : undefined),
      transfer: record?.transfer?.kind ?? null,
      file: record?.file ?? null,
      sha256: content ? hash(content) : null,
      bytes: content ? content.length : null,
      seconds: toSeconds(stopped - started),
      screen: screens.get(client.name) ?? [],
      attempts: attemptsOf(machine, counted, stopped),
      ...ofSite?.(machine),
    }
  })
}

interface CountedBoot {
  readonly record: BootRecord | undefined
  readonly started: Micros
  readonly ended: Micros | undefined
}

const countedBoot = (machine: Machine): CountedBoot => {
  const { poweredOn: started, ended, boots } = machine
  if (!boots) return { record: recordOf(machine), started, ended }
  return decisiveBoot(boots) ?? { record: undefined, started, ended: started }
}

/** Most firmware knows one boot option; its end is that of the boot. */
const attemptsOf = (
  machine: Machine,
  { record, started, ended }: CountedBoot,
  stopped: Micros,
): AttemptResult[] => {
  if (!record) return []
  const only = { method: machine.firmware.method ?? 'pxe4', startedAt: started, end: undefined } as const
  const isOne = record.attempts.length === 0
  // What the record says beside several attempts is of the first of them.
  const last = {
    at: stopped,
    outcome: outcomeOf(machine, record, ended),
    code: isOne ? record.code : undefined,
  }
  return (isOne ? [only] : record.attempts).map(({ method, startedAt, end = last }) => ({
    method,
    outcome: end.outcome,
    code: end.code ?? null,
    seconds: toSeconds(end.at - startedAt),
  }))
}

const outcomeOf = (
  { boots, running }: Machine,
  record: BootRecord | undefined,
  ended: Micros | undefined,
): ClientResult['outcome'] => {
  // In a site: its production system runs, and nothing has made it boot.
  if (boots?.length === 0 && running) return 'localDisk'
  return record && ended !== undefined ? record.outcome : 'pending'
}

/** Screens as they stood at the end: lines, each with what was appended to it. */
export const screensOf = (trace: readonly TraceEvent[]): Map<string, string[]> => {
  const screens = new Map<string, string[]>()
  for (const event of trace) {
    if (event.kind !== 'screen') continue
    let lines = screens.get(event.host)
    if (!lines) screens.set(event.host, (lines = []))
    if (event.continues && lines.length > 0) lines[lines.length - 1] += event.text
    else lines.push(event.text)
  }
  return screens
}

/** Machines mostly receive the same few files: comparing is thirty times faster than hashing. */
const remembering = (hashOf: HashOf): HashOf => {
  const known: { readonly bytes: Uint8Array; readonly hash: string }[] = []
  return bytes => {
    const same = known.find(entry => entry.bytes === bytes || equalBytes(entry.bytes, bytes))
    if (same) return same.hash
    const hash = hashOf(bytes)
    known.push({ bytes, hash })
    return hash
  }
}
