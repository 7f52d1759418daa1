/**
 * How contention is told from frames alone: who is who, what belongs together, and what may be said about it.
 */
import type { Rule } from './rule.ts'

const TOOLS = 'what tools that look for foreign DHCP servers get wrong, from their sources and issue threads'

export const DETECTION_RULES: readonly Rule[] = [
  {
    id: 'D-1',
    sentence:
      'A server is known by option 54, else by siaddr, else by its source address; what it says of itself elsewhere is kept, because a contradiction is a finding.',
    source: TOOLS,
    confidence: 'inferred',
  },
  {
    id: 'D-2',
    sentence:
      'Behind a relay the hardware address of an answer is that of the relay and says nothing about the server.',
    source: 'RFC 2131 §4.1',
    confidence: 'document',
  },
  {
    id: 'D-3',
    sentence:
      'Messages belong together by hardware address and xid, copies by relays and retransmissions counted once. An xid alone is not enough: some clients always use the same.',
    source: 'RFC 2131 §4.4.1; RPI-5, I-3',
    confidence: 'document',
  },
  {
    id: 'D-4',
    sentence:
      'LIST and SELECT of BSDP have different xids: they are followed by hardware address as one talk of that Mac.',
    source: 'BSDP 1.0.8',
    confidence: 'document',
  },
  {
    id: 'D-5',
    sentence:
      'The role of a server follows from its answer: AAPLBSDPC is BSDP; PXEClient on port 4011 is a boot server, without an address a proxy, with one DHCP and PXE in one; an address alone is DHCP. One server may have several roles, and contention is judged inside one role.',
    source: 'RFC 2131, PXE 2.1 §2.2, BSDP 1.0.8',
    confidence: 'inferred',
  },
  {
    id: 'D-6',
    sentence:
      'Who won is shown by what the client does next: the server named in its broadcast REQUEST or SELECT, then where it sends its TFTP request. That also shows a server whose answers are not in the capture.',
    source: "Apple's bootpd, detect_other_dhcp_server; RFC 2131 §4.3.2",
    confidence: 'source',
  },
  {
    id: 'D-7',
    sentence:
      'A Windows DHCP server that looks for others sends INFORM with option 43 codes 0x5E and 0x5F and without a class: that is neither BSDP nor contention.',
    source: "Microsoft's document on DHCP server authorisation (MS-DHCPE)",
    confidence: 'document',
  },
  {
    id: 'D-8',
    sentence:
      'A finding says whether it was seen, inferred from what is missing, or only possible because of where the capture was taken. "Unknown" and the like are said only where a list says who is allowed.',
    source: TOOLS,
    confidence: 'inferred',
  },
  {
    id: 'D-9',
    sentence:
      'The firmware of a client shows in the order and content of its options; the guess is used to say whom a finding hurts, never to decide whether there is one.',
    source: 'E-2, I-2, U-1, B-2',
    confidence: 'inferred',
  },
  {
    id: 'D-10',
    sentence:
      'A probe uses a hardware address of its own, takes no lease, and never sends a BSDP SELECT: that makes a record on one server and deletes those of the others.',
    source: 'A-13; Princeton dhcp_probe, nmap broadcast-dhcp-discover',
    confidence: 'inferred',
  },
  {
    id: 'D-11',
    sentence:
      'A server on an untrusted switch port is mute without a sign: requests reach it, and its answers on ports 67 and 68 are dropped, while port 4011 and TFTP often pass.',
    source: "switch vendors' guides on DHCP snooping (Cisco, HPE, Dell, H3C)",
    confidence: 'document',
    notImplemented: 'a link of the simulator drops by its own rules, not by looking for server messages',
  },
]
