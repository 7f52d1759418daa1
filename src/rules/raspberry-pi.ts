/**
 * The boot ROM of a Raspberry Pi 3 Model B, from public reports; not measured.
 */
import type { Rule } from './rule.ts'

const ISSUE = 'raspberrypi/firmware issue'
const FORMER = ['A.3']

export const RASPBERRY_PI_RULES: readonly Rule[] = [
  {
    id: 'RPI-1',
    sentence:
      'It uses the offered address at once, without a REQUEST, takes every host for on-link, and loads bootcode.bin: it boots neither from siaddr nor from the file that was offered.',
    source: `${ISSUE}s 670, 801, 1699`,
    confidence: 'report',
    aliases: FORMER,
  },
  {
    id: 'RPI-2',
    sentence:
      'It boots only from a server that says "Raspberry Pi Boot" with three blanks behind it in option 43, which means the sender itself, or that is named in digits by option 66; the later one in a message wins.',
    source: `${ISSUE}s 670, 941; openSUSE/netboot-rpi3b`,
    confidence: 'report',
    aliases: FORMER,
  },
  {
    id: 'RPI-3',
    sentence:
      'Five DISCOVERs, five seconds apart, then it gives up. A packet counts only if it comes later than a second after the DISCOVER, so a server that is too quick is not heard.',
    source: `${ISSUE}s 934, 1081; openSUSE/netboot-rpi3b`,
    confidence: 'report',
    aliases: FORMER,
  },
  {
    id: 'RPI-4',
    sentence: 'An offer that came through a relay agent is not taken.',
    source: 'raspberrypi/linux issue 1638',
    confidence: 'report',
    aliases: FORMER,
  },
  {
    id: 'RPI-5',
    sentence:
      "All of them have the same xid and the same UUID and do not compare the hardware address: two that are switched on together can take each other's offers.",
    source: `${ISSUE}s 764, 1067, 1265, 1303`,
    confidence: 'report',
  },
  {
    id: 'RPI-6',
    sentence:
      'Its DISCOVER has flags 0 and options 53, 55 (43, 60, 67, 128-135, 66, 1, 3), 93 (0), 94 (2.1), 97, 60: it says that it is a BIOS PC.',
    source: `${ISSUE} 1265 (capture)`,
    confidence: 'report',
  },
]
