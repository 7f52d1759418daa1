/**
 * U-Boot: the legacy stack, the lwIP stack, and the command `dhcp6`.
 */
import type { Rule } from './rule.ts'

const UBOOT = 'u-boot 6073c36b (August 2026), '
const LEGACY = 'U-Boot 2023.01 qemu-x86_64, legacy stack, in QEMU'
const IPV6 = 'U-Boot 2026.10-rc2, legacy stack with IPv6 and dhcp6, in QEMU'
const NO_IPV6 = 'IPv6 is not modelled yet'

export const U_BOOT_RULES: readonly Rule[] = [
  {
    id: 'U-1',
    sentence:
      'The legacy DISCOVER has flags 0, true seconds, and options 53, 57 (576), 93, 94 (1.0.0), 60, 55. Option 60 is U-Boot or U-Boot.armv8 and not PXEClient, so proxies that follow the specification stay silent; option 93 is 0x16 on AArch64, 0x15 on ARM, and often missing.',
    source: `${UBOOT}net/bootp.c bootp_request, dhcp_extended`,
    confidence: 'measured',
    measured: `${LEGACY}: order 53, 57, [54, 50], 94, 60, 55 (1, 3, 6, 12, 13, 17); no option 93; TTL 255`,
  },
  {
    id: 'U-2',
    sentence:
      'It sends again after 0.25 s and then after ever doubled waits with 10 % jitter, and gives up after 28 s with "Retry time exceeded; starting again". The xid stays the same.',
    source: `${UBOOT}net/bootp.c bootp_timeout_handler`,
    confidence: 'measured',
    measured: `${LEGACY}, row 17: 0, 0.25, 0.75, 1.75, 3.75 s, then every 2 s without jitter, 17 packets, end at 29.8 s`,
  },
  {
    id: 'U-3',
    sentence:
      'The first packet with an address wins at once, whatever its message type. Offers without an address are ignored, unless the build takes server and file from a proxy, for which it waits 0.1 s more.',
    source: `${UBOOT}net/bootp.c dhcp_handler, check_reply_packet; CONFIG_SERVERIP_FROM_PROXYDHCP`,
    confidence: 'measured',
    measured: `${LEGACY}, rows 4, 14, 15, 47`,
  },
  {
    id: 'U-4',
    sentence:
      'The REQUEST is a broadcast; after 5 s without an ACK it discovers again. The ACK of any server with that xid is taken, a NAK is ignored, and no address is probed.',
    source: `${UBOOT}net/bootp.c dhcp_handler`,
    confidence: 'measured',
    measured: `${LEGACY}: REQUEST at 0.02, 5.04, 10.07 … s (rows 28f, 29); lease and file of a server that was not asked (row 51)`,
  },
  {
    id: 'U-5',
    sentence:
      'The file is option 67, overridden by the header field `file`; the server is siaddr of the ACK, else the variable serverip. With neither it stops with an error that says that serverip is not set; without a name it asks for its own address in hexadecimal with .img. Options 43, 54, 60 and 66 are not used.',
    source: `${UBOOT}net/bootp.c dhcp_process_options, store_net_params`,
    confidence: 'measured',
    measured: `${LEGACY}: no server, no ARP and no request (rows 1, 3, 15); a build with a variable bootfile asks for that name (18s); rows 38, 40, 41`,
  },
  {
    id: 'U-6',
    sentence:
      'A TFTP request has timeout 5, tsize 0, blksize 1468, and is tried eleven times in 55 s ("Retry count exceeded"). An ERROR 1 or 2 ends it; an OACK with larger blocks is refused; ICMP is ignored by most builds; ARP is tried five times, 5 s each.',
    source: `${UBOOT}net/tftp.c, net/arp.c`,
    confidence: 'measured',
    measured: `${LEGACY}, rows 30, 31, 32, 34, 35. An answer from another address is taken, but the ACK goes to the address that was asked, at the port of the answer: it works only if the server listens there too (36, 36w)`,
  },
  {
    id: 'U-7',
    sentence:
      'The command `pxe get` looks for the path of option 209, or in pxelinux.cfg beside the boot file for its UUID, its MAC address, its IP address in shorter and shorter hexadecimal, and default names.',
    source: `${UBOOT}cmd/pxe.c, boot/pxe_utils.c`,
    confidence: 'source',
  },
  {
    id: 'U-8',
    sentence:
      'The lwIP stack sends none of 60, 93, 94, 97 and takes the first OFFER with option 54, even one without an address, with which it cannot succeed. It retries after 2, 4 and 8 s and gives up after 10 s; a NAK starts it anew.',
    source: `${UBOOT}net/lwip/dhcp.c, lib/lwip`,
    confidence: 'source',
  },
  {
    id: 'U-9',
    sentence:
      'In the lwIP stack the server is siaddr, else option 54, and the file is the header field of the ACK: option 67 is not read.',
    source: `${UBOOT}net/lwip/dhcp.c, net/lwip/tftp.c`,
    confidence: 'source',
  },
  {
    id: 'U-10',
    sentence:
      'A TFTP server beyond the subnet without a router gives a warning, and U-Boot asks ARP for that far address itself: it works only where a router answers for others.',
    source: `${UBOOT}net/arp.c, net/net.c`,
    confidence: 'source',
  },
  {
    id: 'U-20',
    sentence:
      'The command `dhcp6` exists in the legacy stack only, and HTTP boot by DHCP not at all: HTTPClient is never said.',
    source: `${UBOOT}cmd/Kconfig, net/dhcpv6.c`,
    confidence: 'source',
    notImplemented: NO_IPV6,
  },
  {
    id: 'U-21',
    sentence:
      'A SOLICIT has the options 1 (DUID-LL), 8, 3, 6 (59, 82), 61, 16 (enterprise 0, U-Boot), 62. The REQUEST repeats them with the server identifier and an empty IA_NA, and the same xid.',
    source: `${UBOOT}net/dhcpv6.c`,
    confidence: 'measured',
    measured: IPV6,
    notImplemented: NO_IPV6,
  },
  {
    id: 'U-22',
    sentence:
      'After up to 1 s of chance it SOLICITs after 1, 2, 4, 8 and 16 s, five times, and ends at about 31 s with "DHCP6 FAILED, TERMINATING"; a REQUEST gets ten tries.',
    source: `${UBOOT}net/dhcpv6.c`,
    confidence: 'measured',
    measured: `${IPV6}: 0, 1.0, 3.0, 6.9, 14.3, end at 30 s`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'U-23',
    sentence:
      'In the first second the highest preference wins, and among equals the first; 255 ends the wait. Later the first valid ADVERTISE wins.',
    source: `${UBOOT}net/dhcpv6.c`,
    confidence: 'measured',
    measured: `${IPV6}: the higher preference after 1 s (2 runs), 255 at once`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'U-24',
    sentence:
      'It does not check the address in an ADVERTISE: NoAddrsAvail prints an error and can be chosen all the same. A REPLY without an address starts it over.',
    source: `${UBOOT}net/dhcpv6.c`,
    confidence: 'measured',
    measured: `${IPV6}: an endless loop of SOLICIT and REQUEST, "ERROR : IA STATUS 2" twice a round`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'U-25',
    sentence: 'A REPLY counts from any server.',
    source: `${UBOOT}net/dhcpv6.c`,
    confidence: 'source',
    notImplemented: NO_IPV6,
  },
  {
    id: 'U-26',
    sentence:
      'Whatever ADVERTISE or REPLY carries its xid and a URL sets file and server, before anybody asks whether that server was chosen: the lease can be of one server and the file of another.',
    source: `${UBOOT}net/dhcpv6.c`,
    confidence: 'measured',
    measured: `${IPV6}: lease of one server, file and TFTP server of the other. A lease without any URL ends in "serverip6 not set"`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'U-27',
    sentence:
      'Router advertisements are used only in builds with router discovery: the first on-link prefix gives prefix length and gateway; flags and DNS servers are not used, and addresses are not checked for duplicates.',
    source: `${UBOOT}net/ndisc.c; CONFIG_IPV6_ROUTER_DISCOVERY`,
    confidence: 'source',
    notImplemented: NO_IPV6,
  },
  {
    id: 'U-28',
    sentence:
      'TFTP over IPv6 asks for blocks of up to 1448 bytes. The scheme of a URL means nothing to it: with an address in […] even an http URL becomes a TFTP request to that host, without one the whole URL is a file name.',
    source: `${UBOOT}net/tftp.c, net/dhcpv6.c`,
    confidence: 'measured',
    measured: `${IPV6}: timeout 5, tsize 0, blksize 1448; an http URL booted by TFTP`,
    notImplemented: NO_IPV6,
  },
]
