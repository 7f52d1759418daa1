/**
 * TFTP: what is refused, and what must not harm (RFC 1350, hardening), and what the boot file itself is.
 */
import { concat, equalBytes, latin1Bytes } from '../../../core/bytes.ts'
import { SECOND, toSeconds } from '../../../core/micros.ts'
import { executableIn, processorOf } from '../../../wire/executable.ts'
import { decodeTftp, encodeTftp } from '../../../wire/tftp/codec.ts'
import { TFTP_ERROR, TFTP_PORT } from '../../../wire/tftp/packet.ts'
import type { Clause } from '../../clause.ts'
import { fail, must, notApplicable } from '../../judgement.ts'
import { type Download, download } from '../../probe/download.ts'
import type { Probe, Procedure } from '../../probe/probe.ts'
import { NO_SUCH_FILE, anyFile, beginning, mustServe } from './files.ts'

/** Ways out of a folder; the last ones with escapes that only a server that undoes them would follow. */
const WAYS_OUT: readonly string[] = [
  '/etc/passwd',
  '//etc/passwd',
  '../etc/passwd',
  '../../../../../../etc/passwd',
  '/../../../../etc/passwd',
  './../../../../etc/passwd',
  'x/../../../../../etc/passwd',
  '..//..//..//..//etc//passwd',
  '....//....//....//etc/passwd',
  '..\\..\\..\\..\\etc\\passwd',
  '..\\..\\..\\windows\\win.ini',
  '\\windows\\win.ini',
  'C:\\windows\\win.ini',
  'C:/windows/win.ini',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  '..\xc0\xaf..\xc0\xaf..\xc0\xafetc/passwd',
  '/proc/self/environ',
  '\\\\localhost\\c$\\windows\\win.ini',
  'file:///etc/passwd',
]

/** Copies of an answer that a machine gets that never says anything; servers in use send up to seven. */
const MAX_UNANSWERED = 10
const WATCHED = { lab: 60 * SECOND, other: 20 * SECOND } as const

const text = (opcode: number, ...parts: readonly string[]): Uint8Array =>
  concat([Uint8Array.of(0, opcode), ...parts.map(latin1Bytes)])

const HOSTILE: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ['an empty datagram', new Uint8Array(0)],
  ['one byte', Uint8Array.of(0)],
  ['an unknown opcode', text(9, 'x\0octet\0')],
  ['a name without end', text(1, 'x'.repeat(64))],
  ['no mode', text(1, 'x\0')],
  ['a mode without end', text(1, 'x\0octet')],
  ['an option without value', text(1, 'x\0octet\0blksize\0')],
  ['a value that is no number', text(1, 'x\0octet\0blksize\0-1\0')],
  ['a value of 300 digits', text(1, `x\0octet\0blksize\0${'9'.repeat(300)}\0`)],
  ['a name of 600 bytes', text(1, `${'x'.repeat(600)}\0octet\0`)],
  ['200 options', text(1, `x\0octet\0${'a\x001\0'.repeat(200)}`)],
  ['DATA to port 69', Uint8Array.of(0, 3, 0, 1, 1, 2, 3)],
  ['ACK to port 69', Uint8Array.of(0, 4, 0, 1)],
  ['ERROR to port 69', text(5, '\0\x01bye\0')],
]

export const REFUSALS: readonly Clause[] = [
  {
    id: 'T13',
    level: 'MUST',
    requirement: 'A file that is not there is answered at once with ERROR 1 and a text.',
    source: 'RFC 1350 §5, appendix',
    rules: ['E-48', 'I-22', 'B-23'],
    needs: ['tftp'],
    *check(probe) {
      const began = probe.now
      const { error, end } = yield* beginning(probe, NO_SUCH_FILE, [
        ['blksize', '1428'],
        ['tsize', '0'],
      ])
      const waited = toSeconds(probe.now - began)
      if (!error) return fail(`it has no such file, and: ${end}`)
      must(error.code === TFTP_ERROR.fileNotFound, end)
      must(error.message !== '', 'its ERROR 1 has no text')
      must(waited <= 1, `the ERROR came after ${waited.toFixed(1)} s`)
      return end
    },
  },
  {
    id: 'T14',
    level: 'HARDENING',
    requirement: 'No spelling of a name leads out of the folder that is served.',
    source: 'CWE-22',
    rules: ['S-12'],
    needs: ['tftp'],
    *check(probe) {
      for (const name of WAYS_OUT) {
        const transfer = yield* beginning(probe, name, [])
        if (transfer.isAnswered && !transfer.error) fail(`it sends "${name}"`)
      }
      yield* mustServe(probe)
      return `${WAYS_OUT.length} spellings, all refused`
    },
  },
  {
    id: 'T17',
    level: 'SHOULD',
    requirement: 'netascii is converted, or refused; its size, which then differs, is not told.',
    source: 'RFC 1350 §1, RFC 2349',
    rules: ['S-12'],
    needs: ['file'],
    *check(probe, survey) {
      const { name, bytes } = anyFile(survey)
      const transfer = download(probe, { file: name, mode: 'netascii', options: [['tsize', '0']] })
      yield* transfer.finish()
      if (transfer.error) return `refused: ${transfer.end}`
      must(transfer.isComplete, `${name} in netascii: ${transfer.end}`)
      const { bytes: came } = transfer
      const isConverted = [false, true].some(keepsEnds => equalBytes(came, netasciiOf(bytes, keepsEnds)))
      must(isConverted, `${name} was not converted: ${came.length} bytes came of ${bytes.length}`)
      const told = transfer.oack?.get('tsize')
      must(
        told === undefined || told === String(came.length),
        `it told a size of ${told}, and sent ${came.length} bytes`,
      )
      return `${bytes.length} bytes became ${came.length}`
    },
  },
  {
    id: 'T18',
    level: 'MUST',
    requirement: 'The mode is read without regard to case, and mail is refused.',
    source: 'RFC 1350 §1, §5',
    rules: ['S-12'],
    needs: ['file'],
    *check(probe, survey) {
      const { name } = anyFile(survey)
      for (const mode of ['OCTET', 'oCtEt']) {
        const transfer = yield* beginning(probe, name, [], mode)
        must(transfer.isAnswered && !transfer.error, `mode ${mode}: ${transfer.end}`)
      }
      const mail = yield* beginning(probe, name, [], 'mail')
      must(!mail.isAnswered || mail.error !== undefined, 'it sends the file in mode mail')
      return `OCTET is octet; mail: ${mail.end}`
    },
  },
  {
    id: 'T19',
    level: 'HARDENING',
    requirement: 'Nobody may write.',
    source: 'CWE-306',
    rules: ['S-12'],
    needs: ['tftp'],
    *check(probe) {
      const request = encodeTftp({ kind: 'wrq', file: 'nbs-check-was-here', mode: 'octet', options: [] })
      const transfer = download(probe, { file: '', request, mutedAfter: 0 })
      const said = (): string | undefined => {
        const read = transfer.socket.heard[0] && decodeTftp(transfer.socket.heard[0].payload)
        return read?.ok ? read.value.kind : undefined
      }
      yield* probe.until(() => said() !== undefined, probe.patience.answer)
      const kind = said()
      transfer.abort(0, 'nbs check does not mean it')
      must(kind !== 'ack' && kind !== 'oack', 'it takes a file from whoever sends one')
      yield* mustServe(probe)
      return transfer.error ? transfer.end : 'no answer'
    },
  },
  {
    id: 'T21',
    level: 'HARDENING',
    requirement: `An address that never says anything gets at most ${MAX_UNANSWERED} packets for its one request.`,
    source: 'CWE-406',
    rules: ['S-12'],
    needs: ['file'],
    *check(probe, survey) {
      const { name } = anyFile(survey)
      const counts: number[] = []
      for (const options of [
        [],
        [
          ['windowsize', '64'],
          ['blksize', '1428'],
        ] as const,
      ]) {
        const transfer = download(probe, { file: name, options, mutedAfter: 0 })
        yield* probe.wait(probe.station.isLab ? WATCHED.lab : WATCHED.other)
        const count = transfer.socket.heard.length
        must(count > 0, 'it serves no more')
        must(count <= MAX_UNANSWERED, `${count} packets came for one request that nobody followed up`)
        transfer.abort()
        counts.push(count)
      }
      return `${counts.join(' and ')} packets`
    },
  },
  {
    id: 'T22',
    level: 'HARDENING',
    requirement:
      'Requests that are too long, unterminated or meaningless do no harm: the next one is served.',
    source: 'RFC 2347, CVE-2008-2161 and its like',
    rules: ['S-12'],
    needs: ['tftp'],
    *check(probe) {
      const socket = probe.open()
      for (const [what, bytes] of HOSTILE) {
        socket.send({ ip: probe.server.address, port: TFTP_PORT }, bytes)
        const { isAnswered } = yield* beginning(probe, NO_SUCH_FILE, [])
        must(isAnswered, `after ${what} it serves no more`)
      }
      return `${HOSTILE.length} of them`
    },
  },
  {
    id: 'T23',
    level: 'FIRMWARE',
    requirement:
      'The boot file that is offered is there, and is a program for the machine that was offered it.',
    source: 'UEFI 2.10 §2.1.1',
    rules: ['E-20', 'E-48'],
    needs: ['tftp'],
    *check(probe, { bootFile }) {
      if (!bootFile) return notApplicable('it names no boot file')
      if (bootFile.from !== probe.server.address) return notApplicable('another server has the boot file')
      const bytes = yield* firstOf(probe, bootFile.name)
      if (!/\.efi$/i.test(bootFile.name)) return `${bootFile.name} is there`
      const what = executableIn(bytes)
      must(what === undefined || what.kind === 'pe', `${bootFile.name} is no UEFI program`)
      const processor = processorOf(bytes)
      must(
        processor === undefined || processor === 'x64' || processor === 'ebc',
        `${bootFile.name} was offered to x64, and is for ${processor}`,
      )
      return `${bootFile.name}${processor === undefined ? '' : ` is for ${processor}`}`
    },
  },
]

function* firstOf(probe: Probe, file: string): Procedure<Uint8Array> {
  const transfer: Download = download(probe, {
    file,
    options: [
      ['blksize', '1428'],
      ['tsize', '0'],
    ],
  })
  yield* transfer.finish()
  must(transfer.isComplete, `${file}, which it offers: ${transfer.end}`)
  return transfer.bytes
}

const LINE_FEED = 10
const RETURN = 13

/** RFC 764: LF becomes CR LF, CR becomes CR NUL. `keepsEnds`: a CR LF that is there already stays; servers differ. */
const netasciiOf = (bytes: Uint8Array, keepsEnds: boolean): Uint8Array => {
  const converted: number[] = []
  bytes.forEach((byte, at) => {
    if (byte === RETURN && !(keepsEnds && bytes[at + 1] === LINE_FEED)) converted.push(RETURN, 0)
    else if (byte === LINE_FEED && !(keepsEnds && bytes[at - 1] === RETURN)) converted.push(RETURN, LINE_FEED)
    else converted.push(byte)
  })
  return Uint8Array.from(converted)
}
