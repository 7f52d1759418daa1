/**
 * iPXE over IPv6, and beside IPv4: router advertisements, DHCPv6, whose file name is taken.
 */
import type { Rule } from './rule.ts'

const IPXE = 'ipxe 0ab2277c (August 2026), src/'
const ROWS = 'QEMU option ROM of 2019 (36a4c85) and master of August 2026, IPv4 and IPv6 at once, in QEMU'
const NO_IPV6 = 'IPv6 is not modelled yet'

export const IPXE_IPV6_RULES: readonly Rule[] = [
  {
    id: 'I-50',
    sentence:
      'DHCP and IPv6 configuration begin together, and nothing is booted before the slower of the two is over, with or without success; one success is enough. Where one family is missing, every boot pays for its time-out: 15 s for DHCP, less for a router that never answers.',
    source: `${IPXE}usr/ifmgmt.c, net/netdevice.c`,
    confidence: 'measured',
    measured: `${ROWS}; a build without IPv6 (BIOS builds of master) goes on at once; an answered router solicitation counts as a success, so a failed DHCP then ends in "Nothing to boot" (rows 16, 17, 28, 29)`,
  },
  {
    id: 'I-51',
    sentence:
      'Router solicitations leave at 0, 0.125, 0.375, 0.875 and 1.875 s and end at 3.9 s. Builds before 14 October 2020 send at 0, 0.25, 0.75, 1.75, 3.75 and 7.75 s and end at 16 s, however fast DHCP was.',
    source: `${IPXE}net/ndp.c; ipxe 6ccd5239b`,
    confidence: 'measured',
    measured: `${ROWS}: lease at 0.08 s, file asked at 16.08 s (2019) and 3.90 s (master, UEFI)`,
  },
  {
    id: 'I-52',
    sentence:
      'The first router advertisement after the first solicitation decides and later ones are ignored: M means DHCPv6, O without M an INFORMATION-REQUEST, neither means that no DHCPv6 server is asked. DNS servers of the advertisement are used.',
    source: `${IPXE}net/ndp.c`,
    confidence: 'measured',
    measured: `${ROWS}: two routers in both orders, two runs each`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'I-53',
    sentence:
      'A SOLICIT has the options 1 (UUID), 3, 6 (23, 24, 59, 60), 16 (enterprise 343, PXEClient), 61, 62, 15 (iPXE), 8, and the REQUEST keeps the xid. A machine without a UUID asks no DHCPv6 server; HTTPClient is never said.',
    source: `${IPXE}net/udp/dhcpv6.c`,
    confidence: 'measured',
    measured: ROWS,
    notImplemented: NO_IPV6,
  },
  {
    id: 'I-54',
    sentence:
      'Each state of DHCPv6 sends at 0, 0.25, 0.75, 1.75, 3.75 and 7.75 s and fails at 15.75 s. The xid is not checked, and preference, URL and vendor class of an answer are not looked at.',
    source: `${IPXE}net/udp/dhcpv6.c`,
    confidence: 'measured',
    measured: `${ROWS}: a router with flag M and no DHCPv6 server delays the IPv4 boot to 16.2 s (2 runs)`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'I-55',
    sentence:
      'It does not wait for a second ADVERTISE once it has one with an address. NoAddrsAvail only becomes the text of the error if nothing better follows; for an INFORMATION-REQUEST the REPLY of any server will do.',
    source: `${IPXE}net/udp/dhcpv6.c`,
    confidence: 'measured',
    measured: `${ROWS}: REQUEST within 0.1 s, preferences ignored`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'I-56',
    sentence: 'A file name of DHCP beats the URL of DHCPv6, which is used only where IPv4 gave none.',
    source: `${IPXE}core/settings.c; net/udp/dhcpv6.c`,
    confidence: 'measured',
    measured: ROWS,
    notImplemented: NO_IPV6,
  },
  {
    id: 'I-57',
    sentence:
      "A router advertisement or a DHCPv6 REPLY that comes after the lease does not turn the order of I-13 round: DHCP's file is still used, not the proxy's.",
    source: `${IPXE}core/settings.c`,
    confidence: 'measured',
    measured: `${ROWS}: five runs of the old build and two of the new; with a DHCP server without a file the proxy's file was used, so its settings were there. Reading the source had suggested a flip`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'I-58',
    sentence:
      'A URL may have any scheme that is built in, with literals or names. IPv6 name servers are asked before IPv4 ones, and AAAA first where one of them is known.',
    source: `${IPXE}net/udp/dns.c`,
    confidence: 'measured',
    measured: `${ROWS}: the DNS server of a router advertisement is asked, and that of DHCPv6 where there is one`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'I-59',
    sentence: 'The address is not checked for a duplicate; TFTP over IPv6 asks for blocks of 1432 bytes.',
    source: `${IPXE}net/ipv6.c, net/udp/tftp.c; ipxe/ipxe issue 449`,
    confidence: 'measured',
    measured: ROWS,
    notImplemented: NO_IPV6,
  },
  {
    id: 'I-60',
    sentence:
      'An offer with HTTPClient and an address is plain DHCP whose file may be a URI; one without an address is ignored.',
    source: `${IPXE}net/udp/dhcp.c`,
    confidence: 'source',
    notImplemented: 'HTTP transfers are not modelled yet; the choice itself is that of I-6 and I-14',
  },
  {
    id: 'I-61',
    sentence:
      'When UEFI HTTP boot has loaded it, the device path tells it URI, address and name servers. Firmware that writes no name server there leaves it without any, and over IPv6 the address may be one that EDK2 has given back.',
    source: 'ipxe/ipxe issues 1316, 1688, 1710',
    confidence: 'report',
    notImplemented: 'HTTP boot is not modelled beyond the choice of the offer',
  },
]
