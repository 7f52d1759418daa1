/**
 * The npm package `tftp` 0.1.2 (P-10) as an independent TFTP client: a reference peer for our service over real sockets.
 * Each workaround names its finding (#n) in docs/npm-tftp.md. Its server is not used here, and never as the product's.
 */
import { createRequire } from 'node:module'
import type { Readable } from 'node:stream'

export interface NpmTftpFetch {
  /** A numeric address, or a name the system can resolve. */
  readonly host: string
  readonly port: number
  readonly file: string
  readonly blockSize?: number
  /** More than 1 only where packets cannot be reordered: see #3. */
  readonly windowSize?: number
  readonly retries?: number
  /** Default and most: `MAX_NPM_TFTP_SIZE`. */
  readonly maxSize?: number
  /** Of the whole transfer; default: none. */
  readonly timeoutMillis?: number
}

/** #13: the client has no back-pressure, so what it may buffer is bounded here. */
export const MAX_NPM_TFTP_SIZE = 256 * 1024 * 1024

/** What of the package's interface is used. */
interface NpmTftpModule {
  createClient(options: {
    readonly host: string
    readonly port: number
    readonly blockSize: number
    readonly windowSize: number
    readonly retries: number
  }): { createGetStream(file: string): Readable & { abort(reason?: string): void } }
}

const npmTftp = createRequire(import.meta.url)('tftp') as NpmTftpModule

export const fetchWithNpmTftp = ({
  host,
  port,
  file,
  blockSize = 1_468,
  // #3: with larger windows its reader keeps reordered blocks in arrival order and reports success.
  windowSize = 1,
  // #7: its default of 3 is too few for a lossy link.
  retries = 15,
  maxSize = MAX_NPM_TFTP_SIZE,
  timeoutMillis,
}: NpmTftpFetch): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    // #14: it silently turns port 0 into 69.
    if (port < 1 || port > 65_535) throw new RangeError(`port ${port}`)
    // #11: it sends `timeout=3000` (milliseconds, where RFC 2349 has 1 to 255 seconds) and `rollover=0`; both cannot
    // be switched off, and a server must ignore them.
    const stream = npmTftp.createClient({ host, port, blockSize, windowSize, retries }).createGetStream(file)
    const parts: Uint8Array[] = []
    let length = 0
    const giveUp = (error: Error): void => {
      clearTimeout(timer)
      stream.abort(error.message)
      reject(error)
    }
    const timer =
      timeoutMillis === undefined
        ? undefined
        : setTimeout(
            () => giveUp(new Error(`${file}: not complete after ${timeoutMillis / 1000} s`)),
            timeoutMillis,
          )
    stream.on('data', (part: Uint8Array) => {
      parts.push(part)
      length += part.length
      if (length > maxSize) giveUp(new RangeError(`${file}: more than ${maxSize} bytes`))
    })
    // #2: without a listener an ERROR packet would end the process.
    stream.on('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    stream.on('end', () => {
      clearTimeout(timer)
      const content = new Uint8Array(length)
      let offset = 0
      for (const part of parts) {
        content.set(part, offset)
        offset += part.length
      }
      resolve(content)
    })
  })
