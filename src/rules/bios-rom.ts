/**
 * The PXE boot ROM of a BIOS machine. Closed ROMs were not measured: the specification, Intel's EFI base code of the same
 * lineage, public captures and reports.
 */
import type { Rule } from './rule.ts'

const PXE = 'PXE 2.1'
const BASE = "Intel's EFI PXE base code (tianocore/edk Sample/Universal/Network/PxeBc), "
const CAPTURES = 'public captures of Intel, Supermicro and VirtualBox ROMs'

export const BIOS_ROM_RULES: readonly Rule[] = [
  {
    id: 'B-1',
    sentence: 'A DISCOVER must carry 53, 55 (with at least 1, 3, 43, 60 and 128-135), 57, 60, 93, 94 and 97.',
    source: `${PXE} §2.2.2, table 2-1`,
    confidence: 'document',
  },
  {
    id: 'B-2',
    sentence:
      'On the wire the order is 53, 55 (36 codes), 57 (1260), 97, 93, 94, 60, padded to 548 bytes, with TTL 20, the broadcast flag, secs from 4 on, and an xid made of the end of the MAC address.',
    source: CAPTURES,
    confidence: 'report',
  },
  {
    id: 'B-3',
    sentence:
      "The specification gives windows of 4, 8, 16 and 32 s. Captured ROMs are often twice as fast (2, 4, 8, 16 s), Intel's EFI code four times.",
    source: `${PXE} §2.2; ${CAPTURES}`,
    confidence: 'document',
  },
  {
    id: 'B-4',
    sentence: 'Every try has a new xid.',
    source: `${BASE}pxe_bc_dhcp.c`,
    confidence: 'source',
  },
  {
    id: 'B-5',
    sentence: 'Up to 16 offers are kept, each an OFFER with option 54; a window is always waited out.',
    source: `${BASE}pxe_bc_dhcp.c GetOffers`,
    confidence: 'source',
  },
  {
    id: 'B-6',
    sentence:
      'Offers are classed as by EDK2 (E-18), but PXE options that contradict themselves are refused: multicast without an address (PXE-E76), a list demanded but missing (PXE-E77), neither bit 3 plus file nor menu plus prompt (PXE-E74).',
    source: `${BASE}pxe_bc_dhcp.c DHCPOfferAckEdit`,
    confidence: 'source',
  },
  {
    id: 'B-7',
    sentence:
      'Of complete proxies the first is kept, of redirecting ones all. An offer without address and without PXEClient is ignored.',
    source: `${BASE}pxe_bc_dhcp.c`,
    confidence: 'inferred',
  },
  {
    id: 'B-8',
    sentence:
      'With plain DHCP offers only, the specification wants DISCOVER repeated through the windows of 4 and 8 s before their data may be used; real ROMs ask after 2 to 4 s.',
    source: `${PXE} §2.2; ${CAPTURES}`,
    confidence: 'document',
  },
  {
    id: 'B-9',
    sentence:
      'The options of one level must all come from one reply, and DHCP goes before proxy, proxy before boot server. Which of several proxies a client takes is left open.',
    source: `${PXE} §2.4.1`,
    confidence: 'document',
  },
  {
    id: 'B-10',
    sentence:
      'It ranks offers as EDK2 does (E-22), but falls back: a REQUEST or a question to port 4011 that fails leads to the next server of that class, then to the classes below, and last to another window.',
    source: `${BASE}pxe_bc_dhcp.c DoDhcpDora, TryFinishDORA, TryBINL`,
    confidence: 'source',
  },
  {
    id: 'B-11',
    sentence: 'An ACK must have the offered address and the server asked; a NAK is as good as silence.',
    source: `${BASE}pxe_bc_dhcp.c TryFinishDORA`,
    confidence: 'source',
  },
  {
    id: 'B-12',
    sentence: 'Among equal offers the first to arrive wins.',
    source: `${BASE}pxe_bc_dhcp.c`,
    confidence: 'inferred',
  },
  {
    id: 'B-13',
    sentence: 'It probes its address by ARP for half a second and declines one that is in use.',
    source: `${BASE}pxe_bc_dhcp.c`,
    confidence: 'inferred',
  },
  {
    id: 'B-14',
    sentence:
      'A PXE offer without option 43 is asked at port 4011 of siaddr, else of option 54, in windows of 1, 2, 3 and 4 s. The answer must come from that server, with yiaddr 0 and its identifier, else the lease is released.',
    source: `${BASE}pxe_bc_dhcp.c TryBINL; ${PXE} §2.2.3`,
    confidence: 'source',
  },
  {
    id: 'B-15',
    sentence:
      'Reports differ on a DHCP offer with option 60 and a file but no option 43: most ROMs ask port 4011 and stop with PXE-E55, some boot the file.',
    source: 'Microsoft KB 259670; reports to the FOG project',
    confidence: 'report',
  },
  {
    id: 'B-16',
    sentence:
      "A proxy offer with a file but no option 43 ends in PXE-E55 on VMware's e1000e ROM unless port 4011 answers; with discovery control bit 3 it boots.",
    source: 'reports to the FOG project and to siderolabs/booter',
    confidence: 'report',
  },
  {
    id: 'B-17',
    sentence:
      "A server that acknowledges the client's REQUEST on port 67 with yiaddr 0 can put an Intel Boot Agent into a loop of DISCOVERs.",
    source: 'one report',
    confidence: 'report',
    notImplemented: 'the loop of one report, whose conditions nobody has described',
  },
  {
    id: 'B-18',
    sentence:
      'Discovery control: bit 0 no broadcast, bit 1 no multicast, bit 2 only listed servers, bit 3 boot the file at once. The order is multicast, broadcast, unicast, falling through after 1, 2, 3 and 4 s each; unicast only where bit 2, or bits 0 and 1, are set.',
    source: `${PXE} §2.2.3; ${BASE}pxe_bc_dhcp.c Discover, DoDiscover`,
    confidence: 'document',
  },
  {
    id: 'B-19',
    sentence:
      'Sub-options of 43: 8 lists servers by type (count 0: any server), 9 is the menu, 10 the prompt (0 first entry at once, 255 no time-out, absent: menu at once), 71 the boot item (type, layer), 7 the multicast address, 1 to 5 MTFTP.',
    source: `${PXE} §2.2.3 to §2.2.5`,
    confidence: 'document',
  },
  {
    id: 'B-20',
    sentence:
      'The answer of a boot server must be an ACK with PXEClient, a boot file and the wanted type, from a server of the list where one applies.',
    source: `${BASE}pxe_bc_dhcp.c DoDiscover`,
    confidence: 'source',
  },
  {
    id: 'B-21',
    sentence:
      'TFTP asks for the size from port 2070 (tsize 0) and breaks off with an ERROR, then loads with blksize 1456 from port 2071; every later transfer has the next port. A larger packet is PXE-E3F.',
    source: CAPTURES,
    confidence: 'report',
  },
  {
    id: 'B-22',
    sentence:
      'A silent or closed TFTP server is asked at 0, 2, 6, 12 and 20 s and once more for the file at 30 s: PXE-E32, then PXE-M0F. ICMP is ignored.',
    source: `${CAPTURES}; ${PXE} §2.4.4`,
    confidence: 'report',
  },
  {
    id: 'B-23',
    sentence:
      'TFTP ERROR 1 shows PXE-T01 and PXE-E3B, ERROR 2 PXE-T02 with the text of the server and PXE-E3C, then PXE-M0F.',
    source: CAPTURES,
    confidence: 'report',
  },
  {
    id: 'B-24',
    sentence:
      "The file is option 67, else `file`. For the server the specification names option 54 before siaddr, Intel's base code siaddr before option 54.",
    source: `${PXE} §2.4.4; ${BASE}pxe_loadfile.c`,
    confidence: 'source',
  },
  {
    id: 'B-31',
    sentence:
      'It runs what it has loaded, without a look at it: a file for UEFI or for another processor hangs or crashes the machine.',
    source: `${PXE} §4.4.5 (an NBP has no signature to check)`,
    confidence: 'inferred',
    aliases: ['row 27'],
  },
  {
    id: 'B-32',
    sentence:
      'Its codes: E11 ARP time-out, E32 and E35 TFTP time-outs, E36 TFTP error, E3B not found, E3C access, E3F packet too large, E51 no offer at all, E52 proxy without DHCP, E53 no boot file, E55 port 4011 silent, E74 menu, E76 multicast address, E77 server list, E78 no boot server, E79 file too big, M0F leaving the ROM. Several share a number with EDK2 and mean something else.',
    source: "vendors' lists of PXE error codes (Broadcom KB 152549, Intel, HP)",
    confidence: 'document',
  },
]
