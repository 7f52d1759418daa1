/**
 * EDK2 fetches a boot file over HTTP (E-71 … E-77): HEAD for the size, GET for the file, and what the screen says of it.
 * TLS and names of hosts are not simulated: such a URI ends as it would where nobody answers.
 */
import { type Ip4, formatIp4, parseIp4 } from '../../core/address.ts'
import { concat, printable } from '../../core/bytes.ts'
import { SECOND } from '../../core/micros.ts'
import { ResponseReader } from '../../protocol/http/response-reader.ts'
import { type ResponseHead, contentLength, encodeHead, staysOpen } from '../../wire/http/head.ts'
import type { Pc, PcStream, Script } from '../pc.ts'

const CONNECT_WAIT = 60 * SECOND
/** PcdHttpIoTimeout: for a response, and for each part of a body. */
const PART_WAIT = 5 * SECOND
const RESUMES = 5
const RESUME_AFTER = 2 * SECOND
/** E-72: how long the resolver of a 2022 build asks, about. */
const NAME_WAIT = 4 * SECOND

/** The last line on the screen. */
export type HttpError =
  | 'Server response timeout.'
  | 'Unexpected network error.'
  | 'Network device error.'
  | 'Remote boot cancelled.'
  | 'Could not establish connection with HTTP server.'

export interface HttpFile {
  readonly content: Uint8Array
  readonly server: Ip4
  /** E-76: an EFI program, or a disk image that becomes a RAM disk. */
  readonly kind: ImageKind
}

type ImageKind = 'efi' | 'disk'

interface Uri {
  readonly secure: boolean
  readonly host: string
  readonly port: number
  /** With query. */
  readonly path: string
}

export function* fetchOverHttp(pc: Pc, text: string): Script<HttpFile | HttpError> {
  const uri = parseUri(text)
  if (uri === undefined) {
    pc.because('E-71', `${printable(text)} is no http:// or https:// URI, and no other offer is tried.`)
    pc.print('Error: Invalid URI address.')
    return 'Unexpected network error.'
  }
  if (uri.secure) {
    pc.because('E-71', `${printable(text)} needs TLS, which is not simulated.`)
    return 'Could not establish connection with HTTP server.'
  }
  const server = parseIp4(uri.host)
  if (server === undefined) return yield* unresolved(pc, text, uri.host)
  return yield* new Fetch(pc, text, uri, server).run()
}

/** E-73: the usual port of the scheme, where none is given. */
const parseUri = (text: string): Uri | undefined => {
  const parts = /^(https?):\/\/([^/:?#]+)(?::([0-9]{1,5}))?([/?][^#]*)?/i.exec(text)
  if (!parts) return undefined
  const secure = parts[1]!.toLowerCase() === 'https'
  const port = parts[3] === undefined ? (secure ? 443 : 80) : Number(parts[3])
  const path = parts[4] ?? '/'
  return { secure, host: parts[2]!, port, path: path.startsWith('/') ? path : `/${path}` }
}

function* unresolved(pc: Pc, text: string, host: string): Script<HttpError> {
  pc.because('E-72', `Nobody tells the address of ${printable(host)}: DNS is not simulated.`)
  pc.print(`URI: ${printable(text)}`)
  yield* sleep(pc, NAME_WAIT)
  return 'Server response timeout.'
}

type Fault = 'refused' | 'silent' | 'broken'

interface Answer {
  readonly head: ResponseHead
  readonly body: Uint8Array
  /** Undefined: all of it is here. */
  readonly fault: Fault | undefined
}

class Fetch {
  readonly #pc: Pc
  readonly #text: string
  readonly #uri: Uri
  readonly #server: Ip4
  #stream: PcStream | undefined

  constructor(pc: Pc, text: string, uri: Uri, server: Ip4) {
    this.#pc = pc
    this.#text = text
    this.#uri = uri
    this.#server = server
  }

  /** E-74. */
  *run(): Script<HttpFile | HttpError> {
    const head = yield* this.#exchange('HEAD')
    if (typeof head === 'string') return this.#failed(head)
    const told = this.#accepted(head)
    const size = told && contentLength(told.fields)
    this.#pc.print(`URI: ${printable(this.#text)}`)
    const body = yield* this.#exchange('GET')
    if (typeof body === 'string') return this.#failed(body)
    const response = this.#accepted(body)
    if (response === undefined) return 'Unexpected network error.'
    const kind = kindOf(response, this.#uri.path)
    const content = yield* this.#whole(body, size ?? contentLength(response.fields))
    this.#stream?.end()
    if (typeof content === 'string') return content
    if (kind === undefined) {
      this.#pc.because(
        'E-76',
        'Neither Content-Type nor the end of the name says what the file is: it is loaded, but not started.',
      )
      return 'Unexpected network error.'
    }
    this.#pc.print(`File Size: ${content.length} Bytes`)
    this.#pc.print('Downloading...100%')
    return { content, server: this.#server, kind }
  }

  /** E-75; undefined, and told: the status is no success. */
  #accepted({ head }: Answer): ResponseHead | undefined {
    const { status, reason, fields } = head
    if (status < 300) return head
    const location = fields.get('location')
    if (status < 400) {
      this.#pc.print('  HTTP ERROR: Resource Redirected.')
      if (location !== undefined) this.#pc.print(`  New Location: ${printable(location)}`)
    }
    this.#pc.print(`  ${CLASSES[Math.floor(status / 100)]}: ${status} ${printable(reason)}`)
    this.#pc.because('E-75', `${formatIp4(this.#server)} answers with status ${status}: an error to EDK2.`)
    return undefined
  }

  /** E-74: what is missing is asked for again, up to five times. */
  *#whole(first: Answer, size: number | undefined): Script<Uint8Array | HttpError> {
    const parts = [first.body]
    let length = first.body.length
    let fault = first.fault
    for (let tries = 0; fault !== undefined || (size !== undefined && length < size); tries++) {
      if (tries === RESUMES || length === 0) return fault ? this.#failed(fault) : 'Unexpected network error.'
      yield* sleep(this.#pc, RESUME_AFTER)
      const more = yield* this.#exchange('GET', length)
      if (typeof more === 'string') fault = more
      else if (more.head.status === 206) {
        parts.push(more.body)
        length += more.body.length
        fault = more.fault
      } else return 'Unexpected network error.'
    }
    return concat(parts)
  }

  #failed(fault: Fault): HttpError {
    const who = formatIp4(this.#server)
    const [sentence, error] = FAULTS[fault]
    this.#pc.because('E-74', `${who} ${sentence}.`)
    return error
  }

  /** One request and its response, on the connection that is there or on a new one. */
  *#exchange(method: 'HEAD' | 'GET', from = 0): Script<Answer | Fault> {
    const stream = this.#stream ?? (yield* this.#connect())
    if (typeof stream === 'string') return stream
    this.#stream = stream
    stream.send(this.#request(method, from))
    const parts: Uint8Array[] = []
    const reader = new ResponseReader(method, part => parts.push(part))
    const fault = yield* this.#read(stream, reader)
    const { head } = reader
    if (fault !== undefined || !head || !staysOpen(head.version, head.fields)) this.#drop()
    return head ? { head, body: concat(parts), fault } : (fault ?? 'broken')
  }

  *#read(stream: PcStream, reader: ResponseReader): Script<Fault | undefined> {
    const pc = this.#pc
    let until = pc.now() + PART_WAIT
    while (reader.state === 'head' || reader.state === 'body') {
      const incoming = yield until
      if (incoming === undefined) return 'silent'
      if (incoming.kind !== 'stream' || incoming.stream !== stream) continue
      const { event } = incoming
      if (event.kind === 'data') {
        reader.add(event.bytes)
        until = pc.now() + PART_WAIT
      } else if (event.kind === 'ended' || event.kind === 'closed') reader.end()
    }
    return reader.state === 'complete' ? undefined : 'broken'
  }

  *#connect(): Script<PcStream | Fault> {
    const { port } = this.#uri
    const stream = this.#pc.connectTcp({ ip: this.#server, port })
    if (!stream) return 'refused'
    const until = this.#pc.now() + CONNECT_WAIT
    for (;;) {
      const incoming = yield until
      if (incoming === undefined) {
        stream.reset()
        return 'silent'
      }
      if (incoming.kind !== 'stream' || incoming.stream !== stream) continue
      if (incoming.event.kind === 'connected') return stream
      if (incoming.event.kind === 'closed') return 'refused'
    }
  }

  #request(method: string, from: number): Uint8Array {
    const { host, port, path } = this.#uri
    return encodeHead(`${method} ${path} HTTP/1.1`, [
      ['Host', port === 80 ? host : `${host}:${port}`],
      ['Accept', '*/*'],
      ['User-Agent', 'UefiHttpBoot/1.0'],
      ...(from === 0 ? [] : ([['Range', `bytes=${from}-`]] as const)),
    ])
  }

  #drop(): void {
    this.#stream?.end()
    this.#stream = undefined
  }
}

const CLASSES: Readonly<Record<number, string>> = { 3: 'Redirection', 4: 'Client Error', 5: 'Server Error' }

const FAULTS: Readonly<Record<Fault, readonly [sentence: string, error: HttpError]>> = {
  refused: ['does not take the connection', 'Unexpected network error.'],
  silent: ['says nothing', 'Server response timeout.'],
  broken: ['ends the connection before the answer is whole', 'Unexpected network error.'],
}

const TYPES: Readonly<Record<string, ImageKind>> = {
  'application/efi': 'efi',
  'application/vnd.efi-iso': 'disk',
  'application/vnd.efi-img': 'disk',
}
const ENDINGS: Readonly<Record<string, ImageKind>> = { '.efi': 'efi', '.iso': 'disk', '.img': 'disk' }

/** E-76: the type first, then the last four characters of the path. */
const kindOf = ({ fields }: ResponseHead, path: string): ImageKind | undefined => {
  const type = (fields.get('content-type') ?? '').toLowerCase()
  return TYPES[type] ?? ENDINGS[path.replace(/\?.*$/, '').slice(-4).toLowerCase()]
}

function* sleep(pc: Pc, time: number): Script {
  const until = pc.now() + time
  while (pc.now() < until) yield until
}
