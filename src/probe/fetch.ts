/**
 * Downloads the boot files that were offered, by an independent TFTP client, to compare what servers hold under one
 * name. Bounded in number, size and time. Does not look into files and keeps none.
 */
import { createHash } from 'node:crypto'
import type { Boot } from '../analysis/analyzer.ts'
import { allOffers } from '../analysis/conversations/conversation.ts'
import { plainFile } from '../analysis/words.ts'
import { ANY_IP4, type Ip4, formatIp4, compareIp4, ip4Number } from '../core/address.ts'
import { portMap } from '../network/kernel/ports.ts'
import { MAX_NPM_TFTP_SIZE, fetchWithNpmTftp } from '../peers/npm-tftp.ts'
import type { ProbeFile } from '../report/probe.ts'
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
