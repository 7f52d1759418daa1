/**
 * Bad behavior of a TFTP service, laid over the good one by changing what goes in and out of its machine: options not
 * understood, a raised blksize (E-48), answers from another address (E-47). Does not
 * send files itself.
 */
import type { Ip4 } from '../core/address.ts'
import type { Action, Datagram, StateMachine } from '../core/state-machine.ts'
import { type TftpEvent, TftpService, type TftpServiceOptions } from '../protocol/tftp/service.ts'
import { decodeTftp, encodeTftp } from '../wire/tftp/codec.ts'
import { TFTP_PORT } from '../wire/tftp/packet.ts'
import { changedMachine } from './changed-machine.ts'

export const TFTP_QUIRKS = [
  'no-options',
  'raises-blksize',
  'other-address',
  'other-address-hears-both',
] as const
export type TftpQuirk = (typeof TFTP_QUIRKS)[number]

type TftpAction = Action<string, TftpEvent>
type TftpMachine = StateMachine<string, TftpEvent>

/** How much `raises-blksize` adds, as in the measurement of E-48. */
const RAISE = 4
/** Ports of transfers that must be the same on two addresses; the next one after the last is the first again. */
const FIRST_TRANSFER_PORT = 20_001
const LAST_TRANSFER_PORT = 28_000

/** A TFTP service with a quirk. `otherAddress` is where `other-address` answers from: the host must hold it. */
export const quirkyTftp = (
  options: TftpServiceOptions,
  quirk: TftpQuirk,
  otherAddress: Ip4 | undefined,
): TftpMachine => {
  switch (quirk) {
    case 'no-options':
      return new TftpService({ ...options, refuseOptions: ['blksize', 'tsize', 'timeout', 'windowsize'] })
    case 'raises-blksize':
      return changedMachine(new TftpService(options), { incoming: raised })
    case 'other-address':
    case 'other-address-hears-both': {
      const machine = new TftpService(options)
      if (otherAddress === undefined) return machine
      return quirk === 'other-address'
        ? changedMachine(machine, { outgoing: action => [movedTo(otherAddress, action)] })
        : heardOnBoth(machine, otherAddress)
    }
  }
}

/** The machine then negotiates, and sends, what the client did not ask for. */
const raised = (datagram: Datagram): Datagram => {
  if (datagram.target.port !== TFTP_PORT) return datagram
  const read = decodeTftp(datagram.payload)
  if (!read.ok || read.value.kind !== 'rrq') return datagram
  const options = read.value.options.map(
    ([name, value]) =>
      [name, name.toLowerCase() === 'blksize' ? String(Number(value) + RAISE) : value] as const,
  )
  return { ...datagram, payload: encodeTftp({ ...read.value, options }) }
}

const isTransfer = (action: TftpAction): boolean => action.type === 'open' && action.options.port === 0

const movedTo = (address: Ip4, action: TftpAction): TftpAction =>
  action.type === 'open' && isTransfer(action)
    ? { ...action, options: { ...action.options, address } }
    : action

const HEARING = ' (as asked)'

/** Each transfer has a second socket with the same port on the address that was asked. */
const heardOnBoth = (machine: TftpMachine, address: Ip4): TftpMachine => {
  let port = FIRST_TRANSFER_PORT
  const outgoing = (action: TftpAction): readonly TftpAction[] => {
    if (action.type === 'close') return [action, { type: 'close', socket: action.socket + HEARING }]
    if (action.type !== 'open' || !isTransfer(action)) return [action]
    const options = { ...action.options, port }
    port = port === LAST_TRANSFER_PORT ? FIRST_TRANSFER_PORT : port + 1
    return [
      { ...action, options: { ...options, address } },
      { ...action, socket: action.socket + HEARING, options },
    ]
  }
  const via = (socket: string): string =>
    socket.endsWith(HEARING) ? socket.slice(0, -HEARING.length) : socket
  return changedMachine(machine, { outgoing, via })
}
