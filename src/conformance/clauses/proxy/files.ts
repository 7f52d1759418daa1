/**
 * Which machine is told which boot file.
 */
import { latin1Bytes, latin1Text } from '../../../core/bytes.ts'
import { DHCP_PORT } from '../../../wire/dhcp/message.ts'
import { OPTION, bytesOption } from '../../../wire/dhcp/options.ts'
import type { Clause } from '../../clause.ts'
import { must, notApplicable } from '../../judgement.ts'
import { answerTo, bootServerPort } from '../../probe/ask.ts'
import { bootFileOf } from '../../probe/boot-file.ts'
import { type Change, X64, bootRequestMessage, newMachine } from '../../probe/machine.ts'
import type { Probe, Procedure } from '../../probe/probe.ts'
import type { Survey } from '../../survey.ts'
import { namedFile } from './offers.ts'

const ARCHITECTURES = [
  [0, 'x86 BIOS'],
  [6, 'ia32 UEFI'],
  [7, 'x64 UEFI'],
  [11, 'arm64 UEFI'],
] as const
const UNKNOWN_ARCHITECTURE = 0x7fff
const USER_CLASS = 'iPXE'

/** From the offer, or from port 4011 where that is what the offer is for. */
function* fileFor(
  probe: Probe,
  survey: Survey,
  arch: number,
  change: Change = {},
): Procedure<string | undefined> {
  const offered = yield* namedFile(probe, change, arch)
  if (offered !== undefined || !survey.has.has('bootServer')) return offered
  const socket = probe.open(DHCP_PORT.client)
  const message = bootRequestMessage(newMachine(probe, arch), probe.station.address, survey.item, change)
  const ack = yield* answerTo(probe, { socket, message, to: bootServerPort(probe.server.address) })
  socket.close()
  return ack && bootFileOf(ack.message)
}

export const FILES: readonly Clause[] = [
  {
    id: 'P18',
    level: 'SHOULD',
    requirement:
      'Machines of different architectures (93) get different boot files; one of an unknown architecture gets none.',
    source: 'RFC 4578 §2.1',
    rules: ['E-20'],
    needs: ['offer'],
    *check(probe, survey) {
      const files = new Map<string, string>()
      for (const [arch, title] of ARCHITECTURES) {
        const file = yield* fileFor(probe, survey, arch)
        if (file === undefined) continue
        must(!files.has(file), `${title} and ${files.get(file)} get the same file, ${file}`)
        files.set(file, title)
      }
      if (files.size === 0) return notApplicable('it names no boot file')
      const unknown = yield* fileFor(probe, survey, UNKNOWN_ARCHITECTURE)
      must(unknown === undefined, `an architecture that does not exist gets ${unknown}`)
      return [...files].map(([file, title]) => `${title}: ${file}`).join(', ')
    },
  },
  {
    id: 'P19',
    level: 'FIRMWARE',
    requirement: 'iPXE, which says so in option 77, does not get the loader of iPXE again.',
    source: 'rule I-16',
    rules: ['I-16'],
    needs: ['offer'],
    *check(probe, survey) {
      const loader = yield* fileFor(probe, survey, X64)
      if (loader === undefined) return notApplicable('it names no boot file')
      const content = survey.files.find(({ name }) => name === loader)?.bytes
      const isLoader =
        /ipxe|snponly|undionly/i.test(loader) ||
        (content !== undefined && latin1Text(content).includes('iPXE'))
      if (!isLoader) return notApplicable(`${loader} is not the loader of iPXE`)
      const raw = latin1Bytes(USER_CLASS)
      const counted = Uint8Array.of(raw.length, ...raw)
      for (const value of [raw, counted]) {
        const file = yield* fileFor(probe, survey, X64, { options: [bytesOption(OPTION.userClass, value)] })
        must(
          file !== loader,
          `iPXE gets ${loader} again${value === counted ? ', where it says so as RFC 3004 has it' : ''}`,
        )
      }
      return `${loader} only goes to firmware`
    },
  },
]
