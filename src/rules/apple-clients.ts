/**
 * Macs as NetBoot clients, several BSDP servers side by side, and responders that are not Apple's.
 */
import type { Rule } from './rule.ts'

const PAPER = "Apple's paper on BSDP 1.0.8 (17 September 2010, apple-oss-distributions/bootp)"

export const APPLE_CLIENT_RULES: readonly Rule[] = [
  {
    id: 'A-20',
    sentence:
      "After the first answer to its DISCOVER a Mac gathers for 2 to 4 s, and stops early once it has an address offer and a BSDP OFFER. Timers and number of tries of Apple's firmware are not public; ours are a choice.",
    source: PAPER,
    confidence: 'document',
    aliases: ['A7.1'],
  },
  {
    id: 'A-21',
    sentence:
      'DISCOVER and LIST are repeated with doubled waits, a LIST with a new xid each time. Where nobody answers, the Mac gives up the network boot, and releases the address that it may have.',
    source: PAPER,
    confidence: 'document',
    aliases: ['A7.1'],
  },
  {
    id: 'A-22',
    sentence:
      'FAILED makes the Mac wait at least 10 s and ask for the list again; so does a SELECT that is not answered, after some repetitions.',
    source: PAPER,
    confidence: 'document',
    aliases: ['A7.1'],
  },
  {
    id: 'A-23',
    sentence:
      'With a BSDP OFFER in hand it loads at once, without LIST and SELECT. One packet with address and image at the same time, as ISC DHCP recipes send it, is taken by old Intel models only.',
    source: `${PAPER}; FOG documentation, reports for MacBook1,1 and MacBook6,2`,
    confidence: 'report',
    aliases: ['A7.1'],
  },
  {
    id: 'A-24',
    sentence:
      'Without a user it takes the server that says it is bound there (of several, the highest priority), else the highest priority and its default, else the first to answer. In a menu, global images with one id are one line.',
    source: `${PAPER}; bsdpc`,
    confidence: 'document',
    aliases: ['A7.2'],
  },
  {
    id: 'A-25',
    sentence:
      'The library of a running system sends LIST up to seven times (waits of 2, 4, 8 and then 16 s plus up to one) and goes on after answers have come, SELECT twice (2 and 4 s). It demands ciaddr, the exact class, and a SELECT answer of the selected server; its tool gathers 4 s and takes the highest priority.',
    source: 'apple-oss-distributions/bootp, BSDPClient and bsdpc.tproj',
    confidence: 'source',
    aliases: ['A7.3'],
  },
  {
    id: 'A-26',
    sentence:
      'Intel firmware begins option 43 with type and version; of server and image in a SELECT either may come first.',
    source: 'byte matches in the ISC DHCP configuration of jamf/NetSUS 4',
    confidence: 'report',
  },
  {
    id: 'A-27',
    sentence:
      'N at power-on boots the default of the network; a server address in NVRAM only says where the question goes. An Intel Mac can be told to boot by PXE instead.',
    source: 'apple-oss-distributions/bless',
    confidence: 'source',
    notImplemented: 'a Mac of the simulator always asks everybody, by BSDP',
  },
  {
    id: 'A-28',
    sentence: 'A NAK ends the exchange for an address, and the Mac discovers again.',
    source: `${PAPER}; RFC 2131 §4.4.1`,
    confidence: 'document',
    aliases: ['A7.1'],
  },
  {
    id: 'A-29',
    sentence:
      'Where a server answers a SELECT that named another one, firmware that does not look at the sender takes the first answer; the library takes only that of the selected server.',
    source: 'apple-oss-distributions/bootp, BSDPClient; what happens beside servers that ignore sub-option 3',
    confidence: 'inferred',
    aliases: ['A9'],
  },
  {
    id: 'A-30',
    sentence:
      'After the boot file it asks for more, by generation: kernel and extension cache beside it up to 10.6; com.apple.Boot.plist, PlatformSupport.plist (their absence is accepted) and the kernel cache from 10.7 on. It asks for TFTP blocks of 8192 bytes.',
    source: 'kernel and boot loader sources of Apple; a report for a MacBook',
    confidence: 'report',
    aliases: ['A8.3'],
  },
  {
    id: 'A-31',
    sentence:
      'Several BSDP servers on a subnet are how the protocol is meant to work: all answer the LIST, the SELECT names one, and the load is shared by priority.',
    source: PAPER,
    confidence: 'document',
    aliases: ['A9'],
  },
  {
    id: 'A-32',
    sentence:
      'A server that did not hear the SELECT for another keeps its record, and then two say that the Mac is bound to them. Of two BSDP OFFERs the last one gathered counts, which is a race.',
    source: PAPER,
    confidence: 'document',
    aliases: ['A9'],
  },
  {
    id: 'A-33',
    sentence:
      'A server with a constant priority does not share: 65535 takes every Mac that is not bound, 32768 does so as soon as an Apple server has one client on record.',
    source: "A-10 beside the priorities of other products; users' complaints about NetSUS",
    confidence: 'inferred',
  },
  {
    id: 'A-34',
    sentence:
      'Other responders deviate in known ways: constant priority, sub-option 3 ignored or sent, 16 bits of the image id compared, everybody claimed as bound, lists cut instead of split, answers to the source port, no look at model or class.',
    source: 'bruienne/bsdpy, cabal95/pybsdp, jamf/NetSUS, FOGProject/node-dhcproxy, janhf/BSDPServer',
    confidence: 'source',
  },
]
