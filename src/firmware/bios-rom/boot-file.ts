/**
 * A BIOS ROM loads the boot file (B-21 … B-24). Does not judge the file: a ROM jumps into whatever it gets.
 */
import { type Ip4, ANY_IP4 } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import { fromSeconds } from '../../core/micros.ts'
import { named, phrase } from '../../core/wording.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import { executableIn } from '../../wire/executable.ts'
import type { Script } from '../pc.ts'
import { type PxePacket, namedServer } from '../pxe21/offers.ts'
import { type TftpOutcome, type TftpRequest, tftpGet } from '../tftp-get.ts'
import type { Rom, RomError } from './rom.ts'

export function* loadBootFile(rom: Rom, packet: PxePacket): Script<'loaded' | 'hangs' | RomError> {
  const { pc, record } = rom
  const file = packet.bootFile // B-24: 67, else `file`
  if (file === undefined) {
    pc.because('B-24', phrase`The packet of ${named(packet.identity)} names no boot file: PXE-E53.`)
    return 'PXE-E53'
  }
  const server = tftpServer(rom, packet)
  if (server === ANY_IP4) return 'PXE-E7B'
  record.transfer = { kind: 'tftp', server }
  record.file = file
  pc.because('B-24', phrase`The ROM loads ${printable(file)} from ${named(server)}.`)
  pc.print('TFTP.')
  const size = yield* transfer(rom, server, file, [['tsize', '0']], QUERY)
  // B-22: a query that nobody answers is followed by the transfer itself.
  if (size.type === 'failed' && size.cause !== 'timeout') return failed(rom, size)
  const blocks = [['blksize', `${rom.profile.blockSize}`]] as const
  const outcome = yield* transfer(rom, server, file, blocks, {
    ...(size.type === 'done' && size.size !== undefined && { expectedSize: size.size }),
  })
  if (outcome.type === 'failed') return failed(rom, outcome)
  record.content = outcome.bytes
  const what = executableIn(outcome.bytes)?.kind
  if (outcome.bytes.length > 0 && (what === undefined || what === 'binary')) return 'loaded'
  pc.because(
    'B-31',
    `The file is not a BIOS boot program (${KINDS[what ?? 'nothing']}): the ROM jumps into it, and the machine hangs.`,
  )
  return 'hangs'
}

const KINDS = {
  pe: 'but one for UEFI',
  dos: 'but one for DOS',
  script: 'but an iPXE script',
  binary: 'but another',
  nothing: 'but empty',
} as const

/** B-24. */
const tftpServer = ({ profile }: Rom, { message }: PxePacket): Ip4 => {
  const named = namedServer(message) ?? ANY_IP4
  const [preferred, other] =
    profile.tftpServer === 'siaddr' ? [message.siaddr, named] : [named, message.siaddr]
  return preferred === ANY_IP4 ? other : preferred
}

/** B-21: stopped as soon as the size is known. */
const QUERY = { stopAtOack: { code: 0, message: 'TFTP Aborted' } }

/** B-21: ports 2070, 2071 …; B-22. */
const transfer = (
  rom: Rom,
  server: Ip4,
  file: string,
  options: TftpRequest['options'] & {},
  more: Partial<TftpRequest>,
): Script<TftpOutcome> =>
  tftpGet(rom.pc, {
    server: { ip: server, port: TFTP_PORT },
    file,
    options,
    localPort: rom.tftpPort++,
    waits: rom.profile.tftpWaits.map(fromSeconds),
    sourceCheck: 'address',
    strangers: 'ignore',
    onUnreachable: 'ignore', // B-22
    onArpSilence: 'fail',
    maxDataSize: rom.profile.blockSize,
    ...more,
  })

/** B-22, B-23, B-32. */
const failed = ({ pc }: Rom, outcome: Extract<TftpOutcome, { type: 'failed' }>): RomError => {
  const because = (rule: string, text: string, error: RomError): RomError => {
    pc.because(rule, `${text}: ${error}.`)
    return error
  }
  switch (outcome.cause) {
    case 'error-packet':
      if (outcome.code === 1) {
        pc.print('PXE-T01: File not found')
        return because('B-23', 'The TFTP server does not have the file', 'PXE-E3B')
      }
      pc.print(`PXE-T0${outcome.code & 15}: ${printable(outcome.message)}`)
      return outcome.code === 2
        ? because('B-23', 'The TFTP server refuses the file', 'PXE-E3C')
        : because('B-23', `The TFTP server answers with ERROR ${outcome.code}`, 'PXE-E36')
    case 'timeout':
      return outcome.answered
        ? because('B-22', 'The TFTP server stopped answering', 'PXE-E35')
        : because('B-22', 'The TFTP server does not answer', 'PXE-E32')
    case 'too-large':
      return because('B-21', `A packet holds more than ${MOST}`, 'PXE-E3F')
    case 'no-route':
    case 'unreachable':
      return because('B-22', 'ARP for the server is not answered', 'PXE-E11')
    case 'bad-oack':
    case 'no-oack':
      return because('B-22', 'The TFTP server answers with options that were not requested', 'PXE-E36')
  }
}

const MOST = '1456 bytes'
