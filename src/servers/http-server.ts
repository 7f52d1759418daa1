/**
 * An HTTP file service on a virtual host, as it should be, silent, or with something wrong with it. Does not contain
 * protocol.
 */
import { type TraceSink, serviceEvent } from '../core/trace.ts'
import type { ServiceState } from '../nbs/service.ts'
import type { Host, TcpPort, TcpStream } from '../network/port.ts'
import type { Running } from '../network/restartable.ts'
import { HTTP_EVENTS } from '../protocol/http/events.ts'
import { type HttpBehavior, HttpFileConnection } from '../protocol/http/file-service.ts'
import type { TcpEvent } from '../protocol/tcp/connection.ts'
import type { TftpFiles } from '../protocol/tftp/files.ts'
import { TFTP_ERROR } from '../wire/tftp/packet.ts'

export const HTTP_PORT = 80

/** `off` and `closed` both mean that nobody has the port; `silent`: connections are taken, and nothing is said. */
export type HttpServerState = ServiceState | HttpBehavior

export const startHttpServer = (
  host: Host,
  state: HttpServerState,
  files: TftpFiles | undefined,
  trace: TraceSink,
): Running | undefined => {
  if (state === 'off' || state === 'closed') return undefined
  const behavior = state === 'on' || state === 'silent' ? {} : state
  const listening = host.listenTcp?.(HTTP_PORT, stream =>
    state === 'silent' ? SAYS_NOTHING : new Conversation(host, stream, files ?? NO_FILES, behavior, trace),
  )
  return listening && { ready: Promise.resolve(), stop: () => listening.close() }
}

class Conversation implements TcpPort {
  readonly #host: Host
  readonly #stream: TcpStream
  readonly #machine: HttpFileConnection
  readonly #trace: TraceSink

  constructor(host: Host, stream: TcpStream, files: TftpFiles, behavior: HttpBehavior, trace: TraceSink) {
    this.#host = host
    this.#stream = stream
    this.#machine = new HttpFileConnection(files, behavior)
    this.#trace = trace
  }

  onEvent(event: TcpEvent): void {
    if (event.kind === 'data') this.#receive(event.bytes)
    else if (event.kind === 'ended') this.#stream.end()
  }

  #receive(bytes: Uint8Array): void {
    const answer = this.#machine.receive(bytes)
    for (const part of answer.bytes) this.#stream.send(part)
    if (answer.ends) this.#stream.end()
    if (!this.#trace.enabled) return
    const { clock, name } = this.#host
    for (const event of answer.events) {
      const type = event.status < 400 ? 'served' : 'refused'
      const detail = { ...event, type, client: this.#stream.remote } as const
      this.#trace.add(serviceEvent(clock.now(), name, HTTP_EVENTS, detail))
    }
  }
}

const SAYS_NOTHING: TcpPort = { onEvent: () => {} }
const NO_FILES: TftpFiles = { open: () => ({ code: TFTP_ERROR.fileNotFound, message: 'File not found' }) }
