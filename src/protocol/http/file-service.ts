/**
 * Files by HTTP/1.1 on one connection (RFC 9110): GET and HEAD, one range, several requests after each other. Told bytes,
 * returns bytes. Names lead to files by the rules of TFTP's: the two serve the same tree. Does not encode or negotiate.
 */
import { latin1Bytes } from '../../core/bytes.ts'
import { HeadReader } from '../../wire/http/head-reader.ts'
import {
  type RequestHead,
  type WrittenFields,
  encodeHead,
  readRequestHead,
  staysOpen,
} from '../../wire/http/head.ts'
import { type TftpFile, type TftpFiles, isRefusal } from '../tftp/files.ts'

/** What can be wrong with a service, or different. */
export interface HttpBehavior {
  /** Answers every request with this status: 301 with `location`, 403, 500 … */
  readonly status?: number | undefined
  readonly location?: string | undefined
  /** Of every file; `none`: it says nothing of it. */
  readonly contentType?: string | undefined
  /** What HEAD gets. `noLength`: no Content-Length; `refused`: 405. */
  readonly head?: 'noLength' | 'refused' | undefined
}

export interface HttpAnswer {
  readonly bytes: readonly Uint8Array[]
  /** After that the connection ends. */
  readonly ends: boolean
  readonly events: readonly HttpEvent[]
}

export interface HttpEvent {
  readonly method: string
  readonly path: string
  readonly status: number
  /** Of the body as sent; 0 for HEAD. */
  readonly size: number
}

/** Requests that may wait on one connection while another is answered. */
const MAX_ANSWERS_AT_ONCE = 64

export class HttpFileConnection {
  readonly #files: TftpFiles
  readonly #behavior: HttpBehavior
  readonly #reader = new HeadReader()
  #ended = false

  constructor(files: TftpFiles, behavior: HttpBehavior = {}) {
    this.#files = files
    this.#behavior = behavior
  }

  receive(bytes: Uint8Array): HttpAnswer {
    const out: Uint8Array[] = []
    const events: HttpEvent[] = []
    let rest = bytes
    for (let n = 0; !this.#ended && n < MAX_ANSWERS_AT_ONCE; n++) {
      const read = this.#reader.add(rest)
      if (read.kind === 'more') break
      const request = read.kind === 'head' ? readRequestHead(read.text) : undefined
      const reply = request ? this.#answer(request) : plain(read.kind === 'tooLong' ? 431 : 400)
      // A body is nothing that a file service can do something with; what follows it could not be told from it.
      const hasBody = request?.fields.has('content-length') || request?.fields.has('transfer-encoding')
      this.#ended = !request || hasBody === true || !staysOpen(request.version, request.fields)
      out.push(...encodeReply(reply, request, this.#ended))
      events.push({
        method: request?.method ?? '',
        path: request?.target ?? '',
        status: reply.status,
        size: request?.method === 'HEAD' ? 0 : (reply.body?.length ?? 0),
      })
      rest = read.kind === 'head' ? read.rest : NO_BYTES
    }
    return { bytes: out, ends: this.#ended, events }
  }

  #answer(request: RequestHead): Reply {
    const { status, location, head } = this.#behavior
    if (status !== undefined) return plain(status, location === undefined ? [] : [['Location', location]])
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, [['Allow', 'GET, HEAD']])
    if (request.method === 'HEAD' && head === 'refused') return plain(405, [['Allow', 'GET']])
    const path = pathOf(request.target)
    const file = path === undefined ? undefined : this.#files.open(path)
    if (!file || isRefusal(file)) return plain(404)
    return this.#fileReply(file, request)
  }

  #fileReply(file: TftpFile, { method, fields }: RequestHead): Reply {
    const type = this.#behavior.contentType ?? typeOf(file.name)
    const about: WrittenFields = [
      ...(type === 'none' ? [] : ([['Content-Type', type]] as const)),
      ['Accept-Ranges', 'bytes'],
    ]
    const range = rangeIn(fields.get('range'), file.size)
    if (range === 'unsatisfiable') return plain(416, [['Content-Range', `bytes */${file.size}`]])
    const { from, to } = range ?? { from: 0, to: file.size }
    const length = to - from
    const omitsLength = method === 'HEAD' && this.#behavior.head === 'noLength'
    return {
      status: range ? 206 : 200,
      fields: [
        ...about,
        ...(range ? ([['Content-Range', `bytes ${from}-${to - 1}/${file.size}`]] as const) : []),
      ],
      length: omitsLength ? undefined : length,
      body: method === 'HEAD' ? undefined : file.read(from, length).slice(),
    }
  }
}

interface Reply {
  readonly status: number
  readonly fields: WrittenFields
  /** Undefined: it is not told. */
  readonly length: number | undefined
  readonly body: Uint8Array | undefined
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  416: 'Range Not Satisfiable',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

const plain = (status: number, fields: WrittenFields = []): Reply => {
  const body = latin1Bytes(`${status} ${REASONS[status] ?? 'Error'}\n`)
  return { status, fields: [['Content-Type', 'text/plain'], ...fields], length: body.length, body }
}

const encodeReply = (reply: Reply, request: RequestHead | undefined, ends: boolean): Uint8Array[] => {
  const { status, fields, length, body } = reply
  const head = encodeHead(`HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}`, [
    ['Server', 'nbs-lab'],
    ...fields,
    ...(length === undefined ? [] : ([['Content-Length', `${length}`]] as const)),
    ['Connection', ends ? 'close' : 'keep-alive'],
  ])
  return body && body.length > 0 && request?.method !== 'HEAD' ? [head, body] : [head]
}

/** Without query and percent signs, which name no other file here; undefined: it is none. */
const pathOf = (target: string): string | undefined => {
  const path = target.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/, '')
  try {
    return path.startsWith('/') ? decodeURIComponent(path.slice(1)) : undefined
  } catch {
    return undefined
  }
}

/** One range of bytes (RFC 9110 §14); several, and what is none, are answered with the whole file. */
const rangeIn = (
  text: string | undefined,
  size: number,
): { readonly from: number; readonly to: number } | 'unsatisfiable' | undefined => {
  const parts = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(text ?? '')
  if (!parts || (parts[1] === '' && parts[2] === '')) return undefined
  if (parts[1] === '') {
    const from = Math.max(0, size - Number(parts[2]))
    return from < size ? { from, to: size } : 'unsatisfiable'
  }
  const from = Number(parts[1])
  const to = parts[2] === '' ? size : Math.min(Number(parts[2]) + 1, size)
  if (parts[2] !== '' && Number(parts[2]) < from) return undefined
  return from < size ? { from, to } : 'unsatisfiable'
}

/** UEFI 2.10 §24.7.2 knows these; firmware that is told nothing looks at the end of the name. */
const TYPES: readonly (readonly [ending: string, type: string])[] = [
  ['.efi', 'application/efi'],
  ['.iso', 'application/vnd.efi-iso'],
  ['.img', 'application/vnd.efi-img'],
]

const typeOf = (name: string): string =>
  TYPES.find(([ending]) => name.toLowerCase().endsWith(ending))?.[1] ?? 'application/octet-stream'

const NO_BYTES = new Uint8Array(0)
