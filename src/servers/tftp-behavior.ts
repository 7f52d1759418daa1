/**
 * What is wrong with a TFTP service, in figures: files refused, options lowered, unknown or untrue, DATA sent more than
 * once. Laid over the good service by its options, by its files, and by changing what it sends. Does not send files.
 */
import type { Action, StateMachine } from '../core/state-machine.ts'
import type { TftpEvent } from '../protocol/tftp/events.ts'
import type { TftpFiles } from '../protocol/tftp/files.ts'
import { requestPath } from '../protocol/tftp/request-path.ts'
import type { TftpServiceOptions } from '../protocol/tftp/service-options.ts'
import { decodeTftp, encodeTftp } from '../wire/tftp/codec.ts'
import { changedMachine } from './changed-machine.ts'

export interface TftpBehavior {
  /** Pattern of names -> error code, with or without a message of its own. */
  readonly errors?: Readonly<Record<string, TftpErrorForm>> | undefined
  readonly maxBlksize?: number | undefined
  readonly tsize?: number | 'missing' | undefined
  readonly ignores: readonly string[]
  readonly dataCopies: number
}

type TftpErrorForm = number | { readonly code: number; readonly text: string }

type TftpAction = Action<string, TftpEvent>
type TftpMachine = StateMachine<string, TftpEvent>

/** What of it is a setting of the service itself. */
export const behaviorOptions = ({
  maxBlksize,
  tsize,
  ignores,
}: TftpBehavior): Pick<TftpServiceOptions, 'refuseOptions' | 'maxBlockSize'> => ({
  refuseOptions: tsize === 'missing' ? [...ignores, 'tsize'] : ignores,
  ...(maxBlksize !== undefined && { maxBlockSize: maxBlksize }),
})

/** Text of an ERROR by code (RFC 1350 appendix, RFC 2347 §4). */
const ERROR_TEXT: readonly string[] = [
  'Not defined',
  'File not found',
  'Access violation',
  'Disk full or allocation exceeded',
  'Illegal TFTP operation',
  'Unknown transfer ID',
  'File already exists',
  'No such user',
  'Option refused',
]

/** The first pattern that fits a name decides. */
export const behaviorFiles = (files: TftpFiles, { errors = {} }: TftpBehavior): TftpFiles => {
  const refused = Object.entries(errors).map(([pattern, error]) => ({
    isMeant: namePattern(pattern),
    refusal:
      typeof error === 'number'
        ? { code: error, message: ERROR_TEXT[error]! }
        : { code: error.code, message: error.text },
  }))
  if (refused.length === 0) return files
  return {
    open: (path, client) => {
      const found = refused.find(({ isMeant }) => isMeant(path))
      return found ? found.refusal : files.open(path, client)
    },
  }
}

/** Slashes and case as the service itself sees them; a name that it takes for none, as it was asked for. */
const namePattern = (pattern: string): ((path: string) => boolean) => {
  const parts = pattern.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase().split('*')
  const wanted = new RegExp(`^${parts.map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)
  return path => {
    const tidied = requestPath(path)
    return wanted.test(tidied.ok ? tidied.key : path.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase())
  }
}

export const behaving = (machine: TftpMachine, { tsize, dataCopies }: TftpBehavior): TftpMachine => {
  const untrue = typeof tsize === 'number' ? tsize : undefined
  if (untrue === undefined && dataCopies === 1) return machine
  return changedMachine(machine, {
    outgoing: action => {
      if (action.type !== 'send') return [action]
      if (action.payload[1] === OPCODE_DATA) return Array.from({ length: dataCopies }, () => action)
      return untrue !== undefined && action.payload[1] === OPCODE_OACK ? [withSize(action, untrue)] : [action]
    },
  })
}

const OPCODE_DATA = 3
const OPCODE_OACK = 6

const withSize = (action: Extract<TftpAction, { type: 'send' }>, size: number): TftpAction => {
  const read = decodeTftp(action.payload)
  if (!read.ok || read.value.kind !== 'oack') return action
  const options = read.value.options.map(
    ([name, value]) => [name, name.toLowerCase() === 'tsize' ? String(size) : value] as const,
  )
  return { ...action, payload: encodeTftp({ ...read.value, options }) }
}
