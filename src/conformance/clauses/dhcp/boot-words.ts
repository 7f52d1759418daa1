/**
 * DHCP servers: what they say about booting, and to whom.
 */
import { ANY_IP4, formatIp4 } from '../../../core/address.ts'
import { latin1Text } from '../../../core/bytes.ts'
import { DHCP_PORT } from '../../../wire/dhcp/message.ts'
import { OPTION, all, first } from '../../../wire/dhcp/options.ts'
import { encodeTftp } from '../../../wire/tftp/codec.ts'
import { TFTP_PORT } from '../../../wire/tftp/packet.ts'
import type { Clause } from '../../clause.ts'
import { must, notApplicable } from '../../judgement.ts'
import { answerTo, bootServerPort, hasClass, mustAnswer } from '../../probe/ask.ts'
import { bootFileOf } from '../../probe/boot-file.ts'
import { bootRequestMessage, newMachine, plainMessage } from '../../probe/machine.ts'
import { pxeOffer } from '../proxy/offers.ts'

/** iPXE's own option, and in it the priority of the settings and the word not to wait for a proxy (I-7). */
const IPXE = { option: 175, priority: 1, noProxy: 176 } as const
/** RFC 2131 §2: what a client takes that does not say: 576, less IPv4, UDP and the fixed part. */
const ROOM = 576 - 28 - 240

export const BOOT_WORDS: readonly Clause[] = [
  {
    id: 'D06',
    level: 'MUST',
    requirement: 'A lease with option 60 PXEClient comes only from a host that serves port 4011.',
    source: 'PXE 2.1 §2.2.3; rule E-31',
    rules: ['E-31'],
    needs: ['lease'],
    *check(probe, survey) {
      const offer = yield* pxeOffer(probe)
      if (!hasClass(offer, 'PXEClient')) return 'its offers have no option 60'
      const socket = probe.open(DHCP_PORT.client)
      const message = bootRequestMessage(newMachine(probe), probe.station.address, survey.item)
      const answer = yield* answerTo(probe, { socket, message, to: bootServerPort(probe.server.address) })
      must(
        answer !== undefined,
        'its offers say PXEClient, and nobody answers on its port 4011: UEFI machines stop there',
      )
      return 'port 4011 answers'
    },
  },
  {
    id: 'D07',
    level: 'MUST',
    requirement: 'A client that sends no option 60 is not told PXEClient.',
    source: 'RFC 2132 §9.13',
    rules: ['S-1'],
    needs: ['lease'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const message = plainMessage(newMachine(probe), 'discover')
      const offer = yield* mustAnswer(probe, { socket, message }, 'a DISCOVER without option 60')
      must(!hasClass(offer, 'PXEClient'), 'it tells PXEClient to everybody')
      return 'no option 60'
    },
  },
  {
    id: 'D12',
    level: 'FIRMWARE',
    requirement: 'siaddr, where a file is named, is a host that serves TFTP, and not the relay.',
    source: 'rule E-45',
    rules: ['E-45', 'I-14'],
    needs: ['lease'],
    *check(probe) {
      const { message } = yield* pxeOffer(probe)
      const named = bootFileOf(message)
      if (named === undefined || /^[a-z]+:\/\//i.test(named))
        return notApplicable('its offer names no file for TFTP')
      if (message.siaddr === ANY_IP4) return notApplicable('siaddr is 0.0.0.0: see D13')
      const server = message.siaddr
      must(message.giaddr === ANY_IP4 || server !== message.giaddr, 'siaddr is the relay')
      const socket = probe.open()
      const request = encodeTftp({ kind: 'rrq', file: named, mode: 'octet', options: [['tsize', '0']] })
      socket.send({ ip: server, port: TFTP_PORT }, request)
      const isThere = yield* probe.until(() => socket.heard.length > 0, probe.patience.answer)
      must(isThere, `siaddr is ${formatIp4(server)}, and nobody serves TFTP there`)
      socket.send(socket.heard[0]!.from, encodeTftp({ kind: 'error', code: 0, message: '' }))
      return `${formatIp4(server)} serves TFTP`
    },
  },
  {
    id: 'D13',
    level: 'FIRMWARE',
    requirement: 'The TFTP server is named in siaddr, not in option 66 alone: no firmware reads that.',
    source: 'rule E-45',
    rules: ['E-45', 'I-14'],
    needs: ['lease'],
    *check(probe) {
      const { message } = yield* pxeOffer(probe)
      if (bootFileOf(message) === undefined) return notApplicable('its offer names no boot file')
      const name = first(message, OPTION.tftpServerName)
      must(
        message.siaddr !== ANY_IP4 || name === undefined,
        `option 66 says ${name && latin1Text(name)}, and siaddr is 0.0.0.0`,
      )
      return message.siaddr === ANY_IP4 ? 'no TFTP server is named' : `siaddr ${formatIp4(message.siaddr)}`
    },
  },
  {
    id: 'D14',
    level: 'FIRMWARE',
    requirement: 'Option 67 and the field file name the same file: EDK2 reads one, iPXE the other.',
    source: 'rule I-14',
    rules: ['E-17', 'I-14'],
    needs: ['lease'],
    *check(probe) {
      const { message } = yield* pxeOffer(probe)
      const option = first(message, OPTION.bootFileName)
      if (option === undefined || message.file === '') return notApplicable('it does not say both')
      const name = latin1Text(option).replace(/\0.*$/s, '')
      must(name === message.file, `option 67 names ${name}, the field ${message.file}`)
      return name
    },
  },
  {
    id: 'D15',
    level: 'SHOULD',
    requirement:
      'Header fields hold options (52) only where the options do not fit otherwise, and are then whole.',
    source: 'RFC 2132 §9.3, RFC 2131 §4.1',
    rules: ['E-17', 'I-14'],
    needs: ['lease'],
    *check(probe) {
      const { message, issues } = yield* pxeOffer(probe)
      const [overload] = all(message, OPTION.optionOverload)
      if (!overload) return 'no option 52'
      const broken = issues.find(
        ({ code }) => code.startsWith('dhcp.overload') || code === 'dhcp.options.unended',
      )
      must(!broken, broken?.message ?? '')
      const size = message.options.reduce((sum, { value }) => sum + 2 + value.length, 1)
      must(
        size > ROOM,
        `${size} bytes of options would fit the options field, and iPXE reads none of those in file`,
      )
      return `${size} bytes of options`
    },
  },
  {
    id: 'D16',
    level: 'FIRMWARE',
    requirement:
      'A DHCP server that is not meant to replace the PXE service does not tell iPXE so (175.176, 175.1).',
    source: 'rule I-7',
    rules: ['I-7'],
    needs: ['lease'],
    *check(probe) {
      const { message } = yield* pxeOffer(probe)
      const value = first(message, IPXE.option)
      if (value === undefined) return 'no option 175'
      for (let at = 0; at + 1 < value.length; at += 2 + value[at + 1]!) {
        must(value[at] !== IPXE.noProxy, '175.176: iPXE takes no proxy any more')
        must(value[at] !== IPXE.priority, '175.1: its offer goes before others')
      }
      return 'option 175 changes no choice'
    },
  },
]
