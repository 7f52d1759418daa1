/**
 * Downloads the boot files that were offered, by an independent TFTP client, to compare what servers hold under one
 * name. Bounded in number, size and time. Does not look into files and keeps none.
 */
import { createHash } from 'node:crypto'
import type { Boot } from '../analysis/analyzer.ts'
import { allOffers } from '../analysis/conversations/conversation.ts'
import { listed, plainFile, quoted } from '../analysis/words.ts'
import { ANY_IP4, type Ip4, formatIp4, compareIp4, ip4Number } from '../core/address.ts'
import { portMap } from '../network/kernel/ports.ts'
import { MAX_NPM_TFTP_SIZE, fetchWithNpmTftp } from '../peers/npm-tftp.ts'
import type { ProbeFile, ProbeFinding } from '../report/probe.ts'
import { TFTP_PORT } from '../wire/tftp/packet.ts'

/** Files fetched by one probe; a menu of more needs a tool for copying trees. */
const MAX_FETCHED_FILES = 64
export const FETCH_MILLIS = 60_000
/** 3 s each, as the client has it. */
const RETRIES = 3

export interface OfferedFile {
  /** Whom a machine would ask for it. */
  readonly tftpServer: Ip4
  readonly file: string
  /** Whose offer says so. */
  readonly offeredBy: Ip4
}

/** By TFTP server and name, each once. */
export const offeredFiles = (boots: readonly Boot[]): OfferedFile[] => {
  const files = new Map<string, OfferedFile>()
  for (const offer of boots.flatMap(allOffers)) {
    const { tftpServer, file, server } = offer
    // An HTTP boot offer names a URL.
    if (file === undefined || tftpServer === ANY_IP4 || offer.foreignClass) continue
    const key = `${ip4Number(tftpServer)} ${plainFile(file)}`
    if (!files.has(key)) files.set(key, { tftpServer, file, offeredBy: server })
  }
  return [...files.values()].sort(
    (a, b) => compareIp4(a.tftpServer, b.tftpServer) || (a.file < b.file ? -1 : 1),
  )
}

/** One after the other from each server, all servers at once. */
export const fetchFiles = async (files: readonly OfferedFile[], portOffset: number): Promise<ProbeFile[]> => {
  const chosen = files.slice(0, MAX_FETCHED_FILES)
  const port = portMap(portOffset).toSystem(TFTP_PORT)
  const fetched = new Map<OfferedFile, ProbeFile>()
  const servers = [...new Set(chosen.map(({ tftpServer }) => tftpServer))]
  await Promise.all(
    servers.map(async server => {
      for (const file of chosen) if (file.tftpServer === server) fetched.set(file, await fetchOne(file, port))
    }),
  )
  return chosen.map(file => fetched.get(file)!)
}

const fetchOne = async ({ tftpServer, file, offeredBy }: OfferedFile, port: number): Promise<ProbeFile> => {
  const started = performance.now()
  const known = { server: formatIp4(tftpServer), file, offeredBy: formatIp4(offeredBy) }
  const limits = { retries: RETRIES, maxSize: MAX_NPM_TFTP_SIZE, timeoutMillis: FETCH_MILLIS }
  try {
    const content = await fetchWithNpmTftp({ host: known.server, port, file, ...limits })
    const sha256 = createHash('sha256').update(content).digest('hex')
    return { ...known, bytes: content.length, sha256, seconds: secondsSince(started), error: null }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return { ...known, bytes: null, sha256: null, seconds: secondsSince(started), error: text }
  }
}

const secondsSince = (millis: number): number => Math.round(performance.now() - millis) / 1000

/** What the downloads prove that the offers alone do not. */
export const fileFindings = (files: readonly ProbeFile[], subnet: string): ProbeFinding[] => [
  ...conflicts(files).map(group => contentConflict(group, subnet)),
  ...files.filter(({ error }) => error !== null).map(file => notFetched(file, subnet)),
]

/** Files of one name that are not the same everywhere. */
const conflicts = (files: readonly ProbeFile[]): ProbeFile[][] => {
  const byName = new Map<string, ProbeFile[]>()
  for (const file of files) {
    if (file.sha256 === null) continue
    const name = plainFile(file.file)
    byName.set(name, [...(byName.get(name) ?? []), file])
  }
  return [...byName.values()].filter(group => new Set(group.map(({ sha256 }) => sha256)).size > 1)
}

const contentConflict = (group: readonly ProbeFile[], subnet: string): ProbeFinding => {
  const held = group.map(
    ({ server, bytes, sha256 }) => `${server} has ${bytes} bytes, SHA-256 ${sha256!.slice(0, 16)}…`,
  )
  const servers = group.map(({ server }) => server)
  return {
    rule: 'boot-file-content-conflict',
    severity: 'error',
    confidence: 'seen',
    subnet,
    servers,
    clients: [],
    message: `${quoted(group[0]!.file)} is not the same everywhere: ${listed(held)}.`,
    because:
      'The servers were filled at different times or by different products. Whoever answers a machine first decides which program it runs, under the same name.',
    remedy: `Keep one PXE server on this subnet; until then bring the same files to ${listed(servers)}.`,
    evidence: [],
  }
}

const notFetched = ({ server, file, offeredBy, error }: ProbeFile, subnet: string): ProbeFinding => {
  const rule = /not found|no such|not exist/i.test(error!)
    ? 'missing-boot-file'
    : error!.startsWith('(Server)')
      ? 'tftp-refused'
      : 'unreachable-tftp-server'
  const whose = offeredBy === server ? server : `${offeredBy} names ${server}, which`
  return {
    rule,
    severity: 'error',
    confidence: rule === 'unreachable-tftp-server' ? 'inferred' : 'seen',
    subnet,
    servers: [...new Set([offeredBy, server])],
    clients: [],
    message: `${whose} offers ${quoted(file)} and does not deliver it: ${error!.replace(/^\(Server\) /, '')}.`,
    because: BECAUSE[rule],
    remedy: `Try the same by hand: curl -o /dev/null 'tftp://${server}/${file}'; ${REMEDY[rule]}`,
    evidence: [],
  }
}

const BECAUSE = {
  'missing-boot-file': 'The offer names a file that the TFTP server does not have under this name.',
  'tftp-refused': 'The TFTP server answers, but not with the file.',
  'unreachable-tftp-server':
    'No TFTP server answers there, or a filter drops the transfer, which uses another port than 69 after the first packet.',
} as const
const REMEDY = {
  'missing-boot-file': 'put the file there, or correct the name in the offer.',
  'tftp-refused': 'look at its log, its root folder and the rights on the file.',
  'unreachable-tftp-server': 'start it, and let UDP port 69 and its answers through the filters between.',
} as const
