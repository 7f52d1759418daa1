/**
 * iPXE over IPv4: discovery, lease, proxy, what is booted, PXE menu, TFTP and texts.
 */
import type { Rule } from './rule.ts'

const IPXE = 'ipxe 0ab2277c (August 2026), src/'
const DHCP = `${IPXE}net/udp/dhcp.c`
const ROM = 'QEMU option ROM of January 2019 (36a4c85)'
const MASTER = 'master of August 2026 (0ab2277c)'
const ROWS = `${ROM} and ${MASTER}, BIOS and UEFI builds, in QEMU`

export const IPXE_RULES: readonly Rule[] = [
  {
    id: 'I-1',
    sentence:
      'A DISCOVER goes from port 68 to 255.255.255.255:67 with flags 0; the broadcast bit is set only once the device has an IPv4 address.',
    source: `${DHCP} dhcp_create_request, dhcp_tx`,
    confidence: 'measured',
    measured: ROWS,
  },
  {
    id: 'I-2',
    sentence:
      'Its options are 53, 57 (1472), 93, 94, 60, 77 (the four letters iPXE), 55, 175, 61, 97 in this order: architecture 0 and UNDI 2.1 for BIOS builds, 7 and 3.16 for UEFI x64. Option 55 asks for 42 and 121 only in builds after 2022.',
    source: `${DHCP} dhcp_create_request`,
    confidence: 'measured',
    measured: ROWS,
  },
  {
    id: 'I-3',
    sentence:
      'The xid is random for each session and the same in all its packets. The field secs is no time: four per retry, with bits for a lease and a proxy in hand.',
    source: `${DHCP} dhcp_tx`,
    confidence: 'measured',
    measured: `${ROWS}: 4, 8, 12, 16 without an offer; 4, 10, 18 with a lease; 11 with both`,
  },
  {
    id: 'I-4',
    sentence:
      'DISCOVERs leave at 0, 1, 3 and 7 s, and it gives up after 15 s. A switch port that still blocks stretches this; builds of some distributions take the slow timers of the PXE specification instead (4 to 32 s, 11 s for a proxy).',
    source: `${IPXE}config/dhcp.h; net/retry.c`,
    confidence: 'measured',
    measured: `${ROWS}, row 17: 0.00, 1.02, 3.05, 7.12 s, end at 15.26 s`,
  },
  {
    id: 'I-5',
    sentence:
      'An offer with an address from port 67 replaces the one it holds if its priority (175.1, normally 0) is the same or higher. Among equals the later one wins.',
    source: `${DHCP} dhcp_discovery_rx`,
    confidence: 'measured',
    measured: `${ROWS}, rows 14, 14b, 49`,
  },
  {
    id: 'I-6',
    sentence:
      'An offer whose option 60 begins PXEClient is a proxy offer, also if it carries an address, and a later one of the same priority replaces it too. It is told apart by option 54, else siaddr, else its source.',
    source: `${DHCP} dhcp_discovery_rx, dhcp_has_pxeopts`,
    confidence: 'measured',
    measured: `${ROWS}, rows 2b, 9r, 24`,
  },
  {
    id: 'I-7',
    sentence:
      'It leaves discovery as soon as it holds an offer with an address and either a proxy offer, or the word "no proxy" (175.176), or 2 s have passed. With plain DHCP alone that is at 3 s, or with the first packet after 2 s.',
    source: `${DHCP} dhcp_discovery_rx, dhcp_discovery_expired`,
    confidence: 'measured',
    measured: `${ROWS}: at once with both (1, 2a); a proxy 2.4 s late is used (3d), one 3.5 s late is lost (3c); row 50`,
  },
  {
    id: 'I-8',
    sentence:
      'So the order in which lease and proxies arrive decides: the last proxy before the lease wins if it came first, else the first proxy after it. Of several leases within 3 s the last wins.',
    source: 'I-5, I-6 and I-7 together',
    confidence: 'measured',
    measured: `${ROWS}, rows 2a, 2b, 2c, 10, 13, 14`,
  },
  {
    id: 'I-9',
    sentence:
      'The REQUEST is a broadcast with options 54 and 50 added, sent at 0, 0.25, 0.75, 1.75, 3.75 and 7.75 s, and given up at 15.75 s. The ACK must come from port 67, name the same server and the same address.',
    source: `${DHCP} dhcp_request_rx; net/retry.c`,
    confidence: 'measured',
    measured: `${ROWS}, row 29: 3.05, 3.32, 3.87, 4.91, 6.95, 11.01 s, end at 19.15 s; rows 51 to 53`,
  },
  {
    id: 'I-10',
    sentence:
      'Builds since about 2021 answer a NAK of the chosen server with a new discovery after 1 s, up to 180 packets; older ones ignore it and run into the time-out. No address is probed or declined.',
    source: `${DHCP} dhcp_request_rx, dhcp_defer`,
    confidence: 'measured',
    measured: `${MASTER}: the 2 s wait starts again each time, so a later server that refuses wins every cycle and the good one is never asked (28t); 180 counts packets: end after 82 s (28). ${ROM}: end at 19.1 s (28f)`,
  },
  {
    id: 'I-11',
    sentence:
      'After the ACK a proxy that gave siaddr and file, or a menu, is used as it is. Any other is asked on port 4011 at 0, 0.25, 0.75 and 1.75 s; silence until 3.75 s costs time and does not end the boot. New builds drop older proxy settings first.',
    source: `${DHCP} dhcp_proxy_tx, dhcp_proxy_rx, dhcp_proxy_expired; ipxe/ipxe issue 913`,
    confidence: 'measured',
    measured: `${ROWS}: same xid, broadcast flag set, from port 68, option 54 names the proxy; row 6: 0.08, 0.35, 0.90, 1.95 s, then the DHCP file; row 6i as row 6`,
  },
  {
    id: 'I-12',
    sentence:
      'If the first option 60 it finds begins PXEClient and there is a menu, it starts the PXE menu, unless bit 3 and a file name are there. BIOS builds can do it; UEFI builds have no code for it and stop without an error.',
    source: `${IPXE}usr/autoboot.c netboot, have_pxe_menu`,
    confidence: 'measured',
    measured: `${MASTER}, UEFI: "Booting from PXE menu", then "No more network devices", nothing on port 4011 (rows 20 to 23)`,
  },
  {
    id: 'I-13',
    sentence:
      "Without a menu the file name comes from the first block of settings that has one, and that of DHCP stands before that of the proxy: DHCP's boot file beats the proxy's. The next server is taken from the same block.",
    source: `${IPXE}usr/autoboot.c fetch_next_server_and_filename; core/settings.c`,
    confidence: 'measured',
    measured: `${ROWS}, rows 4, 4r, 5; an IPv6 event after the lease does not turn it round, see I-57`,
  },
  {
    id: 'I-14',
    sentence:
      'The header field `file` beats option 67; options 66 and 54 and the field sname never name the server. Option 52 means nothing to it: options in `file` are the name as they stand, and are no options. A relative name with siaddr 0 is nothing to boot; the name may also be a whole URI.',
    source: `${IPXE}usr/autoboot.c; net/dhcppkt.c`,
    confidence: 'measured',
    measured: `${ROWS}, rows 38 to 41; row 57`,
  },
  {
    id: 'I-15',
    sentence:
      'A chain-loaded iPXE inherits the DHCP answers of its loader, and then a cached proxy comes before DHCP until DHCP is run again. New UEFI builds first look for autoexec.ipxe on the server that loaded them.',
    source: `${IPXE}core/cachedhcp.c`,
    confidence: 'source',
  },
  {
    id: 'I-16',
    sentence:
      'Nothing ends the loop when a server hands iPXE, which says iPXE in option 77, the loader of iPXE again.',
    source: `${IPXE}usr/autoboot.c; ipxe/ipxe issue 908`,
    confidence: 'source',
  },
  {
    id: 'I-17',
    sentence: 'With two DHCP servers iPXE was seen to prefer the one that sends option 60.',
    source: 'warewulf/warewulf3 pull request 137',
    confidence: 'report',
    notImplemented: 'an observation that I-7 explains: such an offer ends discovery at once',
  },
  {
    id: 'I-18',
    sentence:
      'Without a prompt option, or with time-out 255, the menu waits for ever; 0 takes the first entry; else it counts down, F8 opens the menu, ESC cancels, any other key takes the first entry. Type 0 boots locally. Types are printed with their bytes swapped.',
    source: `${IPXE}usr/pxemenu.c`,
    confidence: 'measured',
    measured: `${ROWS}: type 1 shows as 256 (row 21y)`,
  },
  {
    id: 'I-19',
    sentence:
      'Discovery goes through a list: multicast, broadcast, then each server of the type. Each gets a request at 0 and 1 s and is left after 3 s; at the end of the list it times out. It falls through, unlike EDK2.',
    source: `${DHCP} start_pxebs, dhcp_pxebs_expired`,
    confidence: 'measured',
    measured: `${ROWS}, rows 21y and 22d: requests at 0 and 1.03 s, the next after 3.06 s; the source had suggested 0, 1, 3 and 7 s`,
  },
  {
    id: 'I-20',
    sentence:
      'An answer counts if it is an ACK from port 67 or 4011 with the wanted boot item, and, where bit 2 restricts it, from a server of the list by option 54. The first wins.',
    source: `${DHCP} dhcp_pxebs_rx, dhcp_pxebs_accept`,
    confidence: 'measured',
    measured: `${ROWS}, rows 22 and 23`,
  },
  {
    id: 'I-21',
    sentence:
      'A TFTP request has blksize 1432 and tsize 0, and is repeated at 0.25 s and doubling until 15.75 s. The first answer fixes address and port, from wherever it comes; a server without options works, and ICMP is ignored.',
    source: `${IPXE}net/udp/tftp.c`,
    confidence: 'measured',
    measured: `${ROWS}, rows 31, 32, 34, 35, 36; row 32: 3.11, 3.37, 3.92, 4.97, 7.00, 11.06 s, end at 19.14 s`,
  },
  {
    id: 'I-22',
    sentence:
      'TFTP ERROR 1 means not found, 2 access denied, 4 an option refused, and every other code not supported.',
    source: `${IPXE}net/udp/tftp.c`,
    confidence: 'source',
  },
  {
    id: 'I-23',
    sentence:
      'A BIOS build starts any file it loaded, also one that begins MZ, and the machine then hangs without a word. A UEFI build refuses one for another processor with error 7f048183. Both run an iPXE script.',
    source: 'console of the builds named',
    confidence: 'measured',
    measured: `${ROWS}, rows 27, 63 to 63d: "[PXE-NBP (may be EFI?)]" and silence; "Could not boot image: Error 0x7f048183"`,
  },
  {
    id: 'I-24',
    sentence:
      'It prints "Configuring", the next server, the file name, the URI, and for an error a text with a web address that ends in the code: 040ee1 nothing configured, 2d03e1 nothing to boot, 2d1261 file not found (2d1260 before 2024), 4c1260 TFTP time-out, 4c1060 boot server time-out. The last two digits are those of the platform.',
    source: `${IPXE}core/errno, usr/ifmgmt.c, usr/autoboot.c`,
    confidence: 'measured',
    measured: `${ROWS}, rows 3, 6, 15r, 16, 21y, 22d, 23c, 30 to 33`,
  },
  {
    id: 'I-25',
    sentence:
      'A file name that is a URI is fetched over HTTP, for 16 s where the server is silent: the ROM of 2019 then shows 4c0a6035, master nothing.',
    source: 'console of the builds named',
    confidence: 'measured',
    measured: `${ROWS}, row 44`,
  },
  {
    id: 'I-26',
    sentence:
      'A boot server whose answer names no next server (siaddr 0) ends the attempt without an error text.',
    source: 'console of the builds named',
    confidence: 'measured',
    measured: `${ROWS}, row 23c`,
  },
  {
    id: 'I-27',
    sentence:
      'Instances of one option are never joined: the first counts. Suboptions of 43 and 175 are looked for in that one alone, and a suboption may reach two bytes past its end, which are then read from the next option. Builds since 1 August 2026 hold it to the end of the option.',
    source: 'ipxe 9f7e0c97c and its parent, src/net/dhcpopts.c find_dhcp_option_with_encap',
    confidence: 'measured',
    measured: `${ROM}, row 56: the menu "La+" ends in the code of the next option`,
  },
  {
    id: 'I-28',
    sentence:
      'A menu entry for which there is no boot server to ask (multicast and broadcast forbidden, none of its type in 43.8) ends the attempt without a text and without a code, and in the middle of the line.',
    source: `${IPXE}usr/dhcpmgmt.c pxebs; net/udp/dhcp.c start_pxebs`,
    confidence: 'measured',
    measured: `${ROM}, rows 55 and 55b: "PXEBS (net0 type 1280)No more network devices"`,
  },
  {
    id: 'I-29',
    sentence:
      'A router is asked by ARP whether or not it is in the subnet. DHCP packets for which there is no route go to the link itself. Builds before June 2024 send a packet to the link-layer broadcast address where the next hop has no 0 bit outside the mask: under a mask of 32 ones with a router, every packet.',
    source: 'ipxe 77acf6b41 and its parent, src/net/ipv4.c ipv4_route, ipv4_tx',
    confidence: 'measured',
    measured: `${ROM}, rows 64 to 65`,
  },
  {
    id: 'I-30',
    sentence:
      'A UEFI build has no way to start a file without a PE header that is no script: "Exec format error" 2e008081. A BIOS build says so (2e008001) of an empty file alone.',
    source: `${IPXE}core/image.c image_exec; image/efi_image.c, image/pxe_image.c`,
    confidence: 'source',
  },
]
