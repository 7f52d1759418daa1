/**
 * What BStrap does once the firmware has started it: loads the preboot image that the NBS decided on, by TFTP from
 * where it came itself (NBS-32; that it needs no second question is our assumption). Does not run the image.
 */
import type { Ip4 } from '../../core/address.ts'
import { SECOND } from '../../core/micros.ts'
import type { Pc, Script } from '../../firmware/pc.ts'
import { type TftpOutcome, tftpGet } from '../../firmware/tftp-get.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'

const BLOCK_SIZE = '1456'

/** `Images/WinPE/x64/WinPE.efi`; the BIOS program is that of x86. */
export const prebootFile = (image: string, arch: 'x86' | 'x64', isBios: boolean): string =>
  isBios ? `Images/${image}/x86/${image}.0` : `Images/${image}/${arch}/${image}.efi`

/** Undefined: loaded. Else why not. */
export function* loadPreboot(pc: Pc, server: Ip4, file: string): Script<string | undefined> {
  pc.print(`BStrap: loading ${file}`)
  const outcome = yield* tftpGet(pc, {
    server: { ip: server, port: TFTP_PORT },
    file,
    options: [['blksize', BLOCK_SIZE]],
    waits: [1, 2, 4, 8].map(seconds => seconds * SECOND),
  })
  const problem = problemOf(outcome)
  pc.append(problem === undefined ? ' ok' : ` ${problem}`)
  return problem
}

const problemOf = (outcome: TftpOutcome): string | undefined => {
  if (outcome.type === 'done') return undefined
  switch (outcome.cause) {
    case 'error-packet':
      return `TFTP error ${outcome.code}, ${outcome.message}`
    case 'timeout':
      return 'TFTP time-out'
    case 'unreachable':
      return 'the TFTP port is closed'
    case 'bad-oack':
    case 'no-oack':
    case 'too-large':
    case 'no-route':
      return `TFTP failed (${outcome.cause})`
  }
}
