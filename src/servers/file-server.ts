/**
 * A TFTP service on a host that is no NBS: as it should be, silent, or with the bad behavior of `tftp-quirks.ts`.
 * Does not contain protocol.
 */
import type { Ip4 } from '../core/address.ts'
import { type TraceSink, serviceEvent } from '../core/trace.ts'
import type { Host } from '../network/port.ts'
import type { Running } from '../network/restartable.ts'
import { runStateMachine } from '../network/runner.ts'
import type { ServiceState } from '../nbs/service.ts'
import { silentPorts } from '../protocol/silent-ports.ts'
import type { StateMachine } from '../core/state-machine.ts'
import { TFTP_EVENTS, type TftpEvent } from '../protocol/tftp/events.ts'
import { TftpService, type TftpFiles, type TftpServiceOptions } from '../protocol/tftp/service.ts'
import { TFTP_ERROR, TFTP_PORT } from '../wire/tftp/packet.ts'
import { type TftpBehavior, behaving, behaviorFiles, behaviorOptions } from './tftp-behavior.ts'
import { type TftpQuirk, quirkyTftp } from './tftp-quirks.ts'

/** `off` and `closed` both mean that nobody has the port, and that the host says so. */
export type FileServerState = ServiceState | TftpQuirk | TftpBehavior

export interface FileServerSetup {
  readonly state: FileServerState
  readonly files?: TftpFiles | undefined
  /** Where `other-address` answers from; one of the host's interfaces must have it. */
  readonly otherAddress?: Ip4 | undefined
  readonly options?: Omit<TftpServiceOptions, 'files'> | undefined
}

export const startFileServer = (
  host: Host,
  setup: FileServerSetup,
  trace: TraceSink,
): Running | undefined => {
  const { state, files = NO_FILES, otherAddress } = setup
  if (state === 'off' || state === 'closed') return undefined
  if (state === 'silent') return runStateMachine(host, silentPorts([{ port: TFTP_PORT }]), () => {})
  const options = { ...setup.options, files }
  const machine = machineFor(state, options, otherAddress)
  return runStateMachine(host, machine, event => {
    if (trace.enabled) trace.add(serviceEvent(host.clock.now(), host.name, TFTP_EVENTS, event))
  })
}

const machineFor = (
  state: Exclude<FileServerState, 'off' | 'closed' | 'silent'>,
  options: TftpServiceOptions,
  otherAddress: Ip4 | undefined,
): StateMachine<string, TftpEvent> => {
  if (state === 'on') return new TftpService(options)
  if (typeof state === 'string') return quirkyTftp(options, state, otherAddress)
  const service = new TftpService({
    ...options,
    ...behaviorOptions(state),
    files: behaviorFiles(options.files, state),
  })
  return behaving(service, state)
}

const NO_FILES: TftpFiles = { open: () => ({ code: TFTP_ERROR.fileNotFound, message: 'File not found' }) }
