/**
 * The chapter about HTTP boot and DHCPv6. The probe speaks UDP over IPv4 so far: of what needs more, it says that it
 * was not looked at.
 */
import { DHCP_PORT } from '../../../wire/dhcp/message.ts'
import type { Clause, Level } from '../../clause.ts'
import { must, notRun } from '../../judgement.ts'
import { hasClass, mustAnswer } from '../../probe/ask.ts'
import { bootFileOf } from '../../probe/boot-file.ts'
import { newMachine } from '../../probe/machine.ts'
import { HTTP_X64, httpDiscover } from '../../survey.ts'
import { inOrder } from '../order.ts'

const NO_HTTP = 'nbs check does not speak HTTP yet'
const NO_IPV6 = 'nbs check does not speak DHCPv6 yet'

const unspoken = (
  id: string,
  level: Level,
  requirement: string,
  source: string,
  rules: readonly string[],
  why: string,
): Clause => ({
  id,
  level,
  requirement,
  source,
  rules,
  needs: why === NO_HTTP ? ['http'] : [],
  check: () => notRun(why),
})

const HTTP: readonly Clause[] = [
  {
    id: 'H01',
    level: 'MUST',
    requirement: 'A client of class HTTPClient is answered with the same class and a URI of http or https.',
    source: 'UEFI 2.10 §24.7.3',
    rules: ['E-65', 'E-71'],
    needs: ['http'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const message = httpDiscover(newMachine(probe, HTTP_X64))
      const offer = yield* mustAnswer(probe, { socket, message }, 'a DISCOVER with HTTPClient')
      must(hasClass(offer, 'HTTPClient'), 'its option 60 is not HTTPClient')
      const uri = bootFileOf(offer.message)
      must(uri !== undefined, 'it names no URI')
      must(/^https?:\/\/./i.test(uri), `"${uri}" is no URI of http or https`)
      return uri
    },
  },
  unspoken(
    'H02',
    'MUST',
    'The URI answers HEAD and GET, with Content-Length and a type or suffix that says what it is.',
    'UEFI 2.10 §24.7',
    ['E-74', 'E-76'],
    NO_HTTP,
  ),
  unspoken(
    'H03',
    'FIRMWARE',
    'It answers without redirection, and keeps the connection of HTTP/1.1.',
    'EDK2',
    ['E-75', 'E-77'],
    NO_HTTP,
  ),
  unspoken(
    'H04',
    'MUST',
    'ADVERTISE has an IA_NA with an address, and the boot file URL (59) that the REPLY has.',
    'RFC 8415 §18.3.9, RFC 5970',
    ['E-86', 'E-91', 'U-26'],
    NO_IPV6,
  ),
  unspoken(
    'H05',
    'FIRMWARE',
    'Option 16 says PXEClient only where port 4011 answers.',
    'EDK2',
    ['E-90'],
    NO_IPV6,
  ),
  unspoken(
    'H06',
    'FIRMWARE',
    'Boot file parameters (60) are left out, or are numbers.',
    'EDK2',
    ['E-91'],
    NO_IPV6,
  ),
  unspoken(
    'H07',
    'MUST',
    'A server without addresses says NoAddrsAvail in the IA.',
    'RFC 8415 §18.3.9',
    ['E-83'],
    NO_IPV6,
  ),
  unspoken(
    'H08',
    'SHOULD',
    'INFORMATION-REQUEST is answered with the boot file URL (59).',
    'RFC 5970',
    ['I-52'],
    NO_IPV6,
  ),
]

export const HTTP_CHAPTER = inOrder('H', 'HTTP boot and IPv6', [HTTP])
