/**
 * `tftpboot` of U-Boot's own stack (U-5, U-6): from the variables DHCP has left to a file in memory, with ARP done
 * by the way. Does not start the file.
 */
import { ANY_IP4, type Ip4, formatIp4, ip4Bytes, networkOf, prefixLengthOf } from '../../core/address.ts'
import { printable, toHex } from '../../core/bytes.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import { named, phrase } from '../../core/wording.ts'
import { TFTP_ERROR, TFTP_PORT } from '../../wire/tftp/packet.ts'
import type { Incoming, Script } from '../pc.ts'
import { type TftpOutcome, type TftpRequest, tftpGet } from '../tftp-get.ts'
import type { Board } from './board.ts'

/** U-6. */
const WAIT: Micros = 5 * SECOND
const TRIES = 11
const BLOCK_SIZE = 1468

export type LoadResult =
  | { readonly kind: 'loaded'; readonly content: Uint8Array }
  | { readonly kind: 'failed'; readonly code: string }

export function* autoload(board: Board): Script<LoadResult> {
  const { pc, network } = board
  if (network.server === ANY_IP4) {
    // U-5: not even a default name is thought of.
    pc.print("*** ERROR: `serverip' not set")
    pc.print('Cannot autoload with TFTPGET')
    pc.because(
      'U-5',
      'The ACK names no next server (siaddr) and no serverip is set; option 54 is not used for it.',
    )
    return { kind: 'failed', code: "*** ERROR: `serverip' not set" }
  }
  return yield* load(board, fileName(board))
}

/** U-5. */
const fileName = ({ pc, network }: Board): string => {
  if (network.bootFile !== '') return network.bootFile
  const name = `${toHex(ip4Bytes(network.address)).toUpperCase()}.img`
  pc.print(`*** Warning: no boot file name; using '${name}'`)
  pc.because('U-5', `No server named a boot file, so U-Boot derives a name from its own address: ${name}.`)
  return name
}

export function* load(board: Board, file: string): Script<LoadResult> {
  const { pc, network, record } = board
  record.file = file
  record.transfer = { kind: 'tftp', server: network.server }
  const gateway = configureRoute(board, network.server)
  const route = gateway ? `; sending through gateway ${formatIp4(gateway)}` : ''
  pc.print('Using eth0 device')
  pc.print(
    `TFTP from server ${formatIp4(network.server)}; our IP address is ${formatIp4(network.address)}${route}`,
  )
  pc.print(`Filename '${printable(file)}'.`)
  pc.print('Loading: *')
  const outcome = yield* untilArpFails(tftpGet(pc, requestOf(board, file)))
  if (outcome !== 'noArp' && outcome.type === 'done') {
    pc.print('done')
    pc.print(`Bytes transferred = ${outcome.bytes.length} (${outcome.bytes.length.toString(16)} hex)`)
    return { kind: 'loaded', content: outcome.bytes }
  }
  return { kind: 'failed', code: outcome === 'noArp' ? failArp(board) : explain(board, outcome) }
}

/** The router, if one is needed. Without one, U-Boot asks ARP for the far address itself (U-10). */
const configureRoute = ({ pc, network }: Board, server: Ip4): Ip4 | undefined => {
  // Without a mask everything is on the link.
  const prefixLength = prefixLengthOf(network.mask)
  const onLink = networkOf(server, prefixLength) === networkOf(network.address, prefixLength)
  if (!onLink && network.router === ANY_IP4) {
    pc.print('## Warning: gatewayip needed but not set')
    pc.configure({ ip: network.address, prefixLength: 0 })
    return undefined
  }
  const router = network.router === ANY_IP4 ? {} : { router: network.router }
  pc.configure({ ip: network.address, prefixLength, ...router })
  return onLink ? undefined : network.router
}

const requestOf = ({ pc, network }: Board, file: string): TftpRequest => ({
  server: { ip: network.server, port: TFTP_PORT },
  file,
  options: [
    ['timeout', String(WAIT / SECOND)],
    ['blksize', String(BLOCK_SIZE)],
  ],
  waits: sending => {
    // Asked for a further sending: the one before went unanswered.
    if (sending > 1 && sending <= TRIES) pc.append('T ')
    return sending <= TRIES ? WAIT : undefined
  },
  // U-6: any address may answer, but the ACK goes to the address asked.
  sourceCheck: 'none',
  repliesTo: 'asked-address',
  strangers: 'ignore',
  raisedOption: { code: TFTP_ERROR.optionRefused, message: 'Option negotiation failed' },
  onUnreachable: 'ignore',
  onNoRoute: 'ignore',
})

/** U-6: ARP has its own five tries and ends the command when they are over. */
function* untilArpFails(transfer: Script<TftpOutcome>): Script<TftpOutcome | 'noArp'> {
  let step = transfer.next(undefined)
  while (!step.done) {
    const incoming: Incoming | undefined = yield step.value
    if (incoming?.kind === 'unreachable' && incoming.what.cause === 'arp') {
      incoming.socket.close()
      return 'noArp'
    }
    step = transfer.next(incoming)
  }
  return step.value
}

const failArp = ({ pc, network }: Board): string => {
  pc.print('ARP Retry count exceeded; starting again')
  pc.because('U-6', phrase`ARP for ${named(network.server)} is not answered.`)
  return 'ARP Retry count exceeded'
}

const explain = ({ pc }: Board, fault: TftpOutcome & { readonly type: 'failed' }): string => {
  if (fault.cause === 'error-packet') {
    const text = `TFTP error: '${printable(fault.message)}' (${fault.code})`
    const final = fault.code === TFTP_ERROR.fileNotFound || fault.code === TFTP_ERROR.accessViolation
    pc.print(text)
    pc.print(final ? 'Not retrying...' : 'Starting again')
    pc.because('U-6', `The TFTP server refused the file with ERROR ${fault.code}.`)
    return text
  }
  if (fault.cause === 'bad-oack') {
    // `blksize raised from 1468 to 1472`
    const text = `Invalid blk size(=${/\d+$/.exec(fault.why)?.[0] ?? 0})`
    pc.append(text)
    pc.because('U-6', `The TFTP server answered with a block size that was not requested (${fault.why}).`)
    return text
  }
  pc.print('Retry count exceeded; starting again')
  pc.because('U-6', 'The TFTP server did not answer eleven requests, 5 s apart.')
  return 'Retry count exceeded'
}
