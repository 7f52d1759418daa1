/**
 * EDK2 loads the boot file: which name from which server, a query for the size, the download (E-44 … E-48), and
 * whether the boot manager can start it. Does not run it.
 */
import { type Ip4, ANY_IP4, formatIp4 } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import { named, phrase } from '../../core/wording.ts'
import type { ReceiverOptions } from '../../protocol/tftp/receiver.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import { DISCOVERY_CONTROL } from '../../wire/pxe/vendor-options.ts'
import { executableIn } from '../../wire/executable.ts'
import type { Script } from '../pc.ts'
import { type TftpOutcome, tftpGet } from '../tftp-get.ts'
import type { Edk2Boot, Edk2Error, Lease } from './boot.ts'
import type { BootSource } from './boot-server.ts'

/** What the boot manager says of a file that it cannot start. */
export type NotStarted = 'Unsupported' | 'Not Found'

export function* loadBootFile(
  boot: Edk2Boot,
  lease: Lease,
  source: BootSource,
): Script<'loaded' | NotStarted | Edk2Error> {
  const { pc, record } = boot
  const { packet } = source
  const file = packet.bootFile
  if (file === undefined) {
    pc.because(
      'E-44',
      phrase`The packet of ${named(packet.identity)} is the one EDK2 uses, and it names no boot file: PXE-E99.`,
    )
    return 'PXE-E99'
  }
  const server = tftpServer(source)
  record.transfer = { kind: 'tftp', server }
  record.file = file
  pc.because('E-45', phrase`EDK2 loads ${printable(file)} from ${named(server)}.`)
  const size = yield* fileSize(boot, lease, source, server, file)
  pc.print(`Server IP address is ${formatIp4(server)}`)
  pc.print(`NBP filename is ${printable(file)}`)
  pc.print(`NBP filesize is ${typeof size === 'number' ? size : 0} Bytes`)
  if (typeof size === 'string') return size
  pc.print('Downloading NBP file...')
  if (size === 0) return failure(boot, 'The file is empty', 'PXE-E99', 'E-78')
  const content = yield* download(boot, lease, server, file, size)
  if (typeof content === 'string') return content
  pc.print('NBP file downloaded successfully.')
  record.content = content
  return verdict(boot, content)
}

/** E-45: the first listed server if bit 3 is set, else what the search has left, else siaddr, else option 54. */
const tftpServer = ({ packet, server }: BootSource): Ip4 => {
  const { message, vendor, server: named54 } = packet
  const atOnce = ((vendor?.discoveryControl ?? 0) & DISCOVERY_CONTROL.bootFileAtOnce) !== 0
  const listed = atOnce ? vendor?.bootServers?.[0]?.addresses[0] : undefined
  for (const candidate of [listed, server, message.siaddr, named54])
    if (candidate !== undefined && candidate !== ANY_IP4) return candidate
  return ANY_IP4
}

/** E-45: option 13 in units of 512 bytes, else a query. */
function* fileSize(
  boot: Edk2Boot,
  lease: Lease,
  { packet }: BootSource,
  server: Ip4,
  file: string,
): Script<number | Edk2Error> {
  if (server === ANY_IP4)
    return failure(boot, 'No server address is given, neither in siaddr nor in option 54', 'PXE-E99')
  if (packet.fileBlocks !== undefined) return 512 * packet.fileBlocks
  if (lease.badRouter) return noTftp(boot, lease.badRouter)
  const query: ReceiverOptions = {
    ...request(boot, server, file),
    options: [['tsize', '0'], ...sizes(boot)],
    stopAtOack: { code: 8, message: 'User aborted the transfer' },
    needsOack: { code: 4, message: 'User aborted download' },
    // E-48: the query takes a larger block size for granted; only the download refuses it.
    raisedOption: 'accept',
  }
  const outcome = yield* tftpGet(boot.pc, query)
  if (outcome.type === 'failed') return failed(boot, outcome)
  return outcome.size ?? failure(boot, 'The server does not report the size of the file (tsize)', 'PXE-E53')
}

/** E-46: the second transfer. */
function* download(
  boot: Edk2Boot,
  lease: Lease,
  server: Ip4,
  file: string,
  size: number,
): Script<Uint8Array | Edk2Error> {
  if (lease.badRouter) return noTftp(boot, lease.badRouter)
  const outcome = yield* tftpGet(boot.pc, {
    ...request(boot, server, file),
    options: sizes(boot),
    raisedOption: MALFORMED,
    expectedSize: size,
    maxSize: size,
  })
  return outcome.type === 'failed' ? failed(boot, outcome) : outcome.bytes
}

/** E-106: the TFTP driver refuses the configuration, whether the router would be needed or not. */
const noTftp = ({ pc }: Edk2Boot, { router, fault }: NonNullable<Lease['badRouter']>): Edk2Error => {
  const why = fault === 'offSubnet' ? 'is not in the subnet of the machine' : 'is not a host address'
  pc.because(
    'E-106',
    phrase`The router of the lease, ${named(router)}, ${why}: no TFTP packet is sent, PXE-E99.`,
  )
  return 'PXE-E99'
}

const MALFORMED = { code: 4, message: 'Malformatted OACK packet' }

/** E-47. */
const request = ({ pc, profile, tick }: Edk2Boot, server: Ip4, file: string): ReceiverOptions => {
  const ticks = Math.round(profile.tftpTimeout / 1_000_000)
  return {
    server: { ip: server, port: TFTP_PORT },
    file,
    waits: sending => (sending <= profile.tftpTries ? tick.after(pc.now(), ticks) - pc.now() : undefined),
    sourceCheck: 'address',
    strangers: 'ignore',
    unaskedOption: MALFORMED,
    onUnreachable: 'fail',
  }
}

const sizes = ({ profile }: Edk2Boot): readonly (readonly [string, string])[] =>
  profile.windowSize === undefined
    ? [['blksize', `${profile.blockSize}`]]
    : [
        ['blksize', `${profile.blockSize}`],
        ['windowsize', `${profile.windowSize}`],
      ]

/** E-48. */
const failed = (boot: Edk2Boot, outcome: Extract<TftpOutcome, { type: 'failed' }>): Edk2Error => {
  switch (outcome.cause) {
    case 'error-packet':
      return failure(
        boot,
        `The TFTP server answers with ERROR ${outcome.code} (${printable(outcome.message)})`,
        'PXE-E23',
      )
    case 'bad-oack':
      return failure(
        boot,
        `The TFTP server changed an option that was requested (${printable(outcome.why)})`,
        'PXE-E23',
      )
    case 'no-oack':
      return failure(boot, 'The TFTP server does not support options, and EDK2 requires them', 'PXE-E99')
    case 'unreachable':
      return outcome.what === 'other'
        ? failure(boot, 'The server sent an ICMP error', 'PXE-E22')
        : failure(boot, `The port is closed (ICMP ${outcome.what} unreachable)`, 'PXE-E99')
    case 'no-route':
      return failure(boot, 'The server is on another subnet, and the offer names no router', 'PXE-E53')
    case 'too-large':
      return outcome.what === 'file'
        ? failure(boot, 'The file is larger than announced', 'PXE-E05')
        : failure(boot, 'A block is larger than negotiated', 'PXE-E99')
    case 'timeout':
      return failure(boot, 'The TFTP server does not answer', 'PXE-E18')
  }
}

const failure = ({ pc }: Edk2Boot, text: string, error: Edk2Error, rule = 'E-48'): Edk2Error => {
  pc.because(rule, `${text}: ${error}.`)
  return error
}

/** E-20, E-48: only after the download does anybody look at what was loaded. */
export const verdict = ({ pc, processor }: Edk2Boot, content: Uint8Array): 'loaded' | NotStarted => {
  const what = executableIn(content)
  if (what?.kind === 'pe' && what.application) {
    if (what.processor === processor || what.processor === 'ebc') return 'loaded'
    const made = what.processor ?? 'another processor'
    pc.because(
      'E-20',
      `The file is for ${made}, but this machine is ${processor}: the file is loaded but cannot be started.`,
    )
    return 'Unsupported'
  }
  if (what === undefined) return 'loaded'
  pc.because('E-78', `The file is ${KINDS[what.kind]}, not an EFI application: it is loaded but not started.`)
  return 'Not Found'
}

const KINDS = {
  pe: 'an EFI driver',
  dos: 'a DOS program',
  script: 'an iPXE script',
  binary: 'a program without a PE header, as BIOS boot programs are',
} as const
