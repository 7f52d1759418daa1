/**
 * Other products that answer boot requests, as far as they can be put beside an NBS by name (`preset`), and programs of
 * others that the project runs.
 */
import type { Rule } from './rule.ts'

export const PEER_RULES: readonly Rule[] = [
  {
    id: 'P-1',
    sentence:
      'Pixiecore tells a BIOS all in its offer (discovery control 8 and a file); UEFI gets no option 43 and is served on port 4011. It ignores REQUESTs on port 67 and cuts TFTP blocks to 1450 bytes.',
    source: 'danderson/netboot (May 2024), dhcp.go, pxe.go',
    confidence: 'source',
  },
  {
    id: 'P-2',
    sentence:
      "smee as a proxy sends discovery control 8 to everybody and acknowledges any PXE client's REQUEST without comparing option 54, also one for another server. A host that may not boot gets an offer all the same, with a file that does not exist.",
    source: 'tinkerbell/smee (July 2025), proxy.go',
    confidence: 'source',
  },
  {
    id: 'P-3',
    sentence:
      'smee with reservations gives address and boot data in one packet to machines it knows, and is silent to others.',
    source: 'tinkerbell/smee (July 2025), reservation handler',
    confidence: 'source',
  },
  {
    id: 'P-4',
    sentence:
      'PyPXE as a proxy has one socket, on port 67, and sends everybody option 66, option 67 with a NUL and the same option 43: discovery control 8 and the prompt PXE with time-out 0.',
    source: 'pypxe/PyPXE 01421b15, dhcp.py',
    confidence: 'source',
  },
  {
    id: 'P-5',
    sentence:
      'A plain DHCP server that was told to send option 60 = PXEClient stops UEFI clients, which ask its port 4011 in vain; BIOS ROMs differ.',
    source: 'FOGProject/fog-docs pull request 188; Microsoft KB 259670',
    confidence: 'report',
  },
  {
    id: 'P-6',
    sentence:
      'Windows Deployment Services sends no option 43, so every machine comes to port 4011. It can wait before it answers, but not for machines it knows.',
    source: "Microsoft's help of WDS and wdsutil",
    confidence: 'document',
  },
  {
    id: 'P-7',
    sentence:
      'Boot servers of CA/Broadcom ITCM answer their own machines at once and all others only after some retries, so that several can share a network.',
    source: 'CA IT Client Manager, OS Installation Management administration guide',
    confidence: 'document',
  },
  {
    id: 'P-8',
    sentence:
      'Of two DHCP servers with halves of one scope, the one that was not chosen refuses the address of the other half with a NAK.',
    source: 'ipxe/ipxe issue 798, pull request 879',
    confidence: 'report',
  },
  {
    id: 'P-9',
    sentence:
      'The npm package dhcp 0.2.20 is a plain DHCP server without relays and PXE; what is wrong in it, and how it is hosted, stands in docs/npm-dhcp.md.',
    source: 'the package, read and run',
    confidence: 'measured',
    measured: 'version 0.2.20 on Node.js 20: twelve findings in docs/npm-dhcp.md',
  },
  {
    id: 'P-10',
    sentence:
      'The npm package tftp 0.1.2 says the time-out in milliseconds, sends an option rollover of its own, mixes up packets out of order in a window, and dies of a datagram of one byte. As a client in lock-step it reads correctly.',
    source: 'the package, read and run',
    confidence: 'measured',
    measured:
      'version 0.1.2 on Node.js 20: with windows of 4 and a tenth of the packets late by 12 ms, 8 of 8 transfers ended with wrong content; in lock-step 8 of 8 right at 5 % loss',
  },
]
