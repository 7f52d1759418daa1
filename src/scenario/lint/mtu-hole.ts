/**
 * `mtu-hole`: the switch of a subnet drops frames that hold a full block of TFTP.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { LintReport, LintTest } from './lint-rule.ts'

export type MtuHoleOfSubnet = { readonly subnet: string; readonly dropAbove: number }

/** What Ethernet carries, and firmware asks for: 1468 bytes of file, 4 of TFTP, 8 of UDP, 20 of IPv4. */
const FULL = 1500

export const test: LintTest<MtuHoleOfSubnet> = ({ scenario }) =>
  scenario.subnets.flatMap(({ name, switch: rules }): LintReport<MtuHoleOfSubnet>[] => {
    const dropAbove = rules?.dropAbove ?? FULL
    if (dropAbove >= FULL) return []
    return [
      { path: ['subnets', name, 'switch', 'dropAbove'], servers: [], details: { subnet: name, dropAbove } },
    ]
  })

export const sentences = ({ subnet, dropAbove }: MtuHoleOfSubnet): Sentences => ({
  text: `${subnet} silently drops packets above ${dropAbove} bytes: TFTP blocks of 1468 bytes need ${FULL}.`,
  because:
    'OFFERs and TFTP option acknowledgements are small and pass; the first full block does not, and machine and server retransmit until one gives up.',
  remedy: `Raise the MTU of the path to ${FULL} bytes, or limit the block size of the TFTP servers to ${dropAbove - 32}.`,
})
