/**
 * What PXE, DHCP and DHCPv6 boot servers have to do, and how dnsmasq does it.
 */
import type { Rule } from './rule.ts'

const PXE = 'PXE 2.1'
const DNSMASQ = 'dnsmasq 2.91, src/rfc2131.c'
const NO_IPV6 = 'IPv6 is not modelled yet'

export const SERVER_RULES: readonly Rule[] = [
  {
    id: 'S-1',
    sentence:
      'A PXE server answers only requests whose option 60 begins PXEClient; to all others it is silent.',
    source: `${PXE} §2.2`,
    confidence: 'document',
  },
  {
    id: 'S-2',
    sentence:
      'A proxy DHCP service listens on port 67. If that port belongs to a DHCP server of the same host, port 4011 is all that is left to it, and the DHCP server has to send clients there: option 60, no option 43, no boot file.',
    source: `${PXE} §2.2.2`,
    confidence: 'document',
  },
  {
    id: 'S-3',
    sentence:
      "A proxy OFFER has yiaddr 0, options 53, 54 (itself), 60 (the nine bytes PXEClient), 97 (the client's), and 43 with any of 6 to 10; siaddr names the TFTP server if a file is named.",
    source: `${PXE} §2.2.3; RFC 4578`,
    confidence: 'document',
  },
  {
    id: 'S-4',
    sentence:
      'A proxy leases no address, and neither acknowledges nor refuses the REQUEST on port 67 that is meant for the DHCP server.',
    source: `${PXE} §2.2`,
    confidence: 'document',
  },
  {
    id: 'S-5',
    sentence:
      'A boot service takes requests by unicast, multicast or broadcast on port 4011 (broadcast: 67), ignores types and layers that it does not serve, and answers with an ACK to the address and port that asked, with boot file, option 54 and the boot item echoed.',
    source: `${PXE} §2.2.4`,
    confidence: 'document',
  },
  {
    id: 'S-6',
    sentence:
      'The specification wants siaddr empty in that ACK, but EDK2 and iPXE take the TFTP server from it: a server that works fills siaddr and option 54 with the same address.',
    source: `${PXE} §2.2.4 against E-41, E-45, I-14`,
    confidence: 'inferred',
  },
  {
    id: 'S-7',
    sentence:
      "A reply goes to giaddr:67 if the request was relayed, else to ciaddr (on 4011: the port that asked), else by broadcast if the flag is set, else by unicast to yiaddr at the client's MAC address. A proxy has no yiaddr and always broadcasts.",
    source: 'RFC 2131 §4.1',
    confidence: 'document',
  },
  {
    id: 'S-8',
    sentence:
      'Behind a relay a server copies giaddr, xid, flags, chaddr and option 82. Two relays on one segment make every offer arrive twice.',
    source: 'RFC 2131 §4.1; RFC 3046 §2.2',
    confidence: 'document',
  },
  {
    id: 'S-9',
    sentence:
      "A server with several addresses names the one on the client's subnet in option 54 and siaddr, and its TFTP service answers from the address that was asked.",
    source: `${PXE} §2.2; RFC 1350 §4`,
    confidence: 'document',
  },
  {
    id: 'S-10',
    sentence:
      'For multicast discovery a boot server joins the group that sub-option 7 names. No group is a default, in the specification or in any client that was read, so it is a setting.',
    source: `${PXE} §2.2.3`,
    confidence: 'document',
  },
  {
    id: 'S-11',
    sentence:
      'Discovery control must agree with the rest of option 43: multicast allowed means an address, a list demanded means a list, and else a menu with a prompt, or bit 3 with a file.',
    source: `${PXE} §2.2.3; B-6`,
    confidence: 'document',
  },
  {
    id: 'S-12',
    sentence:
      'A boot server serves TFTP itself, with tsize and blksize, and takes the ERROR by which a client ends its size query for what it is: normal.',
    source: `${PXE} §2.4.4; B-21, E-46`,
    confidence: 'document',
  },
  {
    id: 'S-20',
    sentence:
      "dnsmasq's proxy sets the broadcast flag itself and answers port 4011 at ciaddr and the port that asked.",
    source: `${DNSMASQ} dhcp_reply; src/dhcp.c`,
    confidence: 'source',
  },
  {
    id: 'S-21',
    sentence:
      'For BIOS clients dnsmasq sends a menu with discovery control 3 (2 if a server is unknown, 8 without services); a menu of one entry gets the prompt PXE with time-out 0.',
    source: `${DNSMASQ} pxe_opts`,
    confidence: 'source',
  },
  {
    id: 'S-22',
    sentence:
      'For UEFI clients dnsmasq leaves out option 43 and names itself, which forces EDK2 to port 4011: such a proxy loses to any complete one.',
    source: `${DNSMASQ} dhcp_reply`,
    confidence: 'source',
  },
  {
    id: 'S-23',
    sentence:
      "dnsmasq's boot server answers with the client's address in yiaddr, a file named after base and layer, and the boot item echoed.",
    source: `${DNSMASQ} dhcp_reply`,
    confidence: 'source',
  },
  {
    id: 'S-30',
    sentence:
      'A server for HTTP boot answers only requests whose option 60 begins HTTPClient, echoes that, gives the URI in `file` or in an option 67 with a closing NUL, and sends option 6 only if the URI needs it.',
    source: 'UEFI 2.10 §24.7; E-54, E-67',
    confidence: 'document',
    notImplemented: 'HTTP boot is not served yet',
  },
  {
    id: 'S-31',
    sentence:
      'It never says HTTPClient to a PXE client, nor PXEClient to one for HTTP boot; option 93 tells them apart.',
    source: 'UEFI 2.10 §24.7; RFC 4578',
    confidence: 'document',
    notImplemented: 'HTTP boot is not served yet',
  },
  {
    id: 'S-32',
    sentence:
      'Over DHCPv6 option 59 is UTF-8 without NUL, option 60 a list of strings with lengths (better left out for UEFI), option 61 a list of architectures.',
    source: 'RFC 5970 §3',
    confidence: 'document',
    notImplemented: NO_IPV6,
  },
  {
    id: 'S-33',
    sentence:
      'For HTTP boot over IPv6 a server sends option 16 beginning HTTPClient, an address already in the ADVERTISE, and the same URL in ADVERTISE and REPLY.',
    source: 'E-97, E-98, I-55',
    confidence: 'inferred',
    notImplemented: NO_IPV6,
  },
  {
    id: 'S-34',
    sentence:
      'For PXE over IPv6 a server leaves out option 16 unless its host answers port 4011, and names tftp://[address]/path.',
    source: 'E-90, E-91',
    confidence: 'inferred',
    notImplemented: NO_IPV6,
  },
  {
    id: 'S-35',
    sentence:
      'A DHCPv6 "proxy", an ADVERTISE without an address, is of use to EDK2 only: iPXE and U-Boot need an address. No standard describes it.',
    source: 'E-88, I-55, U-24',
    confidence: 'inferred',
    notImplemented: NO_IPV6,
  },
  {
    id: 'S-36',
    sentence:
      'A DHCPv6 server echoes the client identifier, sends its own, and answers INFORMATION-REQUESTs with the boot file URL for stateless networks, which only iPXE uses.',
    source: 'RFC 8415 §18.3; I-52',
    confidence: 'document',
    notImplemented: NO_IPV6,
  },
  {
    id: 'S-40',
    sentence:
      "The DHCP server of Windows fills siaddr from option 66 where that holds an address; sname stays empty. So firmware that looks at siaddr alone finds the TFTP server that the scope's options name.",
    source:
      'Microsoft KB Q175035 (siaddr from 66, sname not); Broadcom KB157148 (66 is copied into siaddr); embeddedsystemtesting.com 2012-06 (Windows Server 2003)',
    confidence: 'document',
  },
  {
    id: 'S-41',
    sentence:
      'Without an address in option 66 its siaddr names the server itself, and a client that is told a file asks for it there.',
    source:
      'this project: no document was found that says so; follows from reports of TFTP requests sent to the DHCP server',
    confidence: 'inferred',
  },
  {
    id: 'S-42',
    sentence:
      'It sends option 67, and not the header field file, with a closing NUL: EDK2 reads the name as it was meant (E-54).',
    source: 'captures of Windows DHCP, as E-54 compares them with those of Kea',
    confidence: 'report',
  },
  {
    id: 'S-43',
    sentence:
      "Policies match vendor class (60), user class (77) and MAC address, each with a trailing wildcard; of several that match, the one earlier in processing order counts, those of a scope before those of the server. Options of a policy go before those of the scope, these before those of the server, and a reservation's before all. A new scope leases for eight days.",
    source:
      'Microsoft, DHCP_POLICY and DhcpServerv4Policy (conditions, ProcessingOrder, server and scope level); order of scope, policy and reservation as this project takes it',
    confidence: 'document',
  },
]
