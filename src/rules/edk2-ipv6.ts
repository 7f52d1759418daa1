/**
 * EDK2 over IPv6: its DHCPv6 engine, PXE and HTTP boot on top of it, router advertisements.
 */
import type { Rule } from './rule.ts'

const EDK2 = 'edk2 c5aa7e7d (August 2026), NetworkPkg/'
const ROWS = 'OVMF 2022.11 x64 in QEMU, one router with flag M unless said'
const NO_IPV6 = 'IPv6 is not modelled yet'

export const EDK2_IPV6_RULES: readonly Rule[] = [
  {
    id: 'E-80',
    sentence:
      'A SOLICIT goes from the link-local address, port 546, to ff02::1:2 port 547 with the options 1, 8, 3 (empty), 6 (59, 60, 23, 16), 62, 61, 16 (enterprise 343, class text of PXE or HTTP boot). The REQUEST has 1, 8, 2, 3, 6, 62, 61, 16; xid rises with each message; rapid commit is off.',
    source: `${EDK2}Dhcp6Dxe; UefiPxeBcDxe/PxeBcDhcp6.c`,
    confidence: 'measured',
    measured: `${ROWS}: 103 SOLICITs`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-81',
    sentence:
      'The client identifier is the SMBIOS UUID (DUID type 4), else DUID-LLT; the IAID is random for each run.',
    source: `${EDK2}Dhcp6Dxe`,
    confidence: 'measured',
    measured: ROWS,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-82',
    sentence:
      'SOLICITs leave at about 0, 5, 14 and 31 s and end at 64 s, because each window lasts up to a second longer than it should. A REQUEST is repeated ten times. Builds before May 2025 fail at HTTPv6 if the link-local address is still being checked.',
    source: `${EDK2}Dhcp6Dxe/Dhcp6Io.c; tianocore/edk2 pull request 11096`,
    confidence: 'measured',
    measured: `${ROWS}: 0, 5.0, 14.1, 31.3, end 64.5 s; first window 4.1 to 5.4 s in 30 runs; HTTPv6 as the very first method sends nothing in this build`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-83',
    sentence:
      'An ADVERTISE counts if xid and client identifier are right, it has a server identifier, and no status is bad. NoAddrsAvail is as good as no answer. Of the preference only 255 matters, and the source address is not looked at.',
    source: `${EDK2}Dhcp6Dxe/Dhcp6Io.c`,
    confidence: 'measured',
    measured: ROWS,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-84',
    sentence:
      'The first window collects up to 16 answers and ends early only with a preference of 255, which then triggers the choice among all of them and does not decide it. After a first window without any, the first later ADVERTISE triggers the choice.',
    source: `${EDK2}Dhcp6Dxe/Dhcp6Io.c`,
    confidence: 'measured',
    measured: `${ROWS}: preference 200 is not used; a 255 after 1 s ends the window, and the first server is taken`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-85',
    sentence:
      'If nothing usable was offered when a window ends, the session is over: PXE-E21, or "Remote boot cancelled.", after some 5 s and without another SOLICIT. An early choice that finds nothing waits for the end of its window.',
    source: `${EDK2}Dhcp6Dxe/Dhcp6Io.c`,
    confidence: 'measured',
    measured: `${ROWS}: end at 4.4 to 5.3 s with one SOLICIT`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-86',
    sentence:
      'An ADVERTISE that is chosen although it leases nothing (no IA_NA of ours, none with an address, T1 above T2) is neither asked nor given up: the machine hangs at ">>Start PXE over IPv6.".',
    source: `${EDK2}Dhcp6Dxe/Dhcp6Io.c Dhcp6SelectAdvertiseMsg, Dhcp6OnTimerTick; Dhcp6Impl.c EfiDhcp6Start`,
    confidence: 'measured',
    measured: `${ROWS}: watched for 100 s, also with a good second server`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-87',
    sentence:
      'A REPLY may come from any server, must hold our IA_NA, and with any other status the REQUEST is repeated: eleven in all, then PXE-E16 after about four minutes.',
    source: `${EDK2}Dhcp6Dxe/Dhcp6Io.c`,
    confidence: 'measured',
    measured: `${ROWS}: 11 REQUESTs at 0, 2, 5, 10, 20, 42, 75, 110, 145, 180, 215 s on a slow host, end at 250 s`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-88',
    sentence:
      'For PXEv6 an answer is a proxy if it has no IA_NA, and a PXE answer if option 16 has enterprise 343 and begins PXEClient. PXE answers are Binl, with or without address; all others are DhcpOnly, better with a boot file URL (59) than without.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp6.c`,
    confidence: 'measured',
    measured: `${ROWS}: enterprise 9999 is no PXE answer`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-89',
    sentence:
      'PXEv6 takes the first Binl answer with an address, else the first DhcpOnly with the list of proxies, else the first DhcpOnly with a boot file URL. There is no option 43, no menu and no discovery.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp6.c`,
    confidence: 'measured',
    measured: `${ROWS}: seven rows, two runs each`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-90',
    sentence:
      'Binl answers and proxies must be asked on port 4011 even if they gave a URL: at the host of the URL, or at ff02::1:2, once, for 3 s. So a DHCPv6 server that echoes PXEClient breaks PXEv6 (PXE-E16), and the lease is then released.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp6.c; tianocore/edk2 issue 10114`,
    confidence: 'measured',
    measured: `${ROWS}: message type 3 with the xid of the SOLICIT; from the address of EDK2's second DHCPv6 client, or from the link-local one without flag M; not sent at all without a router; an ICMP error ends it at once`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-91',
    sentence:
      'The URL is that of the REPLY, or of the answer on 4011. It must begin with tftp:// in small letters (else PXE-E53; none at all is PXE-E99), a name is asked at the first DNS server of the ADVERTISE, and an option 60 that is not a number is PXE-E53.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp6.c, PxeBcBoot.c`,
    confidence: 'measured',
    measured: `${ROWS}: REPLY without URL E99 at once; capitals E53; kernel arguments in 60 E53; a dead DNS server E18 after 2 s`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-92',
    sentence:
      'Before the file it waits up to 10 s for a default route, so a network without such a router loses 10 s. The prefix of the lease is that of a matching advertisement, else 64 bits.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcSupport.c; tianocore/edk2 issue 9781`,
    confidence: 'measured',
    measured: `${ROWS}: with a router 4.3 to 7.3 s from REQUEST to file, without 4.3 to 16.4 s (2 runs); lifetime 0 as without`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-93',
    sentence:
      'The leased address is checked for a duplicate for one to two seconds. A duplicate ends PXEv6 with PXE-E07 and HTTPv6 with "Network device error.", and the lease is released, not declined.',
    source: `${EDK2}Ip6Dxe; UefiPxeBcDxe/PxeBcDhcp6.c`,
    confidence: 'measured',
    measured: `${ROWS}: three runs; reading the source had suggested PXE-E21`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-94',
    sentence:
      'TFTP over IPv6 asks for blocks of 1228 bytes and windows of 4, whatever MTU a router advertises.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcMtftp.c`,
    confidence: 'measured',
    measured: `${ROWS}: 29 transfers; the size query is aborted with ERROR 8 as over IPv4`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-95',
    sentence:
      'The screen shows ">>Start PXE over IPv6" with dots and the station address with every zero group written as 0, then the lines of PXE over IPv4.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcBoot.c`,
    confidence: 'source',
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-96',
    sentence:
      'Neither PXE nor HTTP boot waits for the leave of a router to SOLICIT. Flag M starts a second DHCPv6 client of its own beside them, O without M an INFORMATION-REQUEST; all advertisements are merged, and DNS servers in them are skipped.',
    source: `${EDK2}Ip6Dxe; tianocore/edk2 issue 9832, ipxe/ipxe issue 1710`,
    confidence: 'measured',
    measured: `${ROWS}: the second client (other IAID, only option 23 asked) starts about 3 s before the boot's own; its lease is released when PXE sets its address`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-97',
    sentence:
      'HTTPv6 knows its answers by option 16 beginning HTTPClient, with any enterprise number. The URI is option 59, DNS option 23, and the classes and their order are those of HTTP boot over IPv4.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp6.c`,
    confidence: 'measured',
    measured: `${ROWS}: enterprise 9999 is accepted`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-98',
    sentence:
      'For HTTPv6 URI and DNS are those of the ADVERTISE. The scheme is checked, then address and duplicate, then the name, whose failure has a line of its own.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp6.c, HttpBootClient.c`,
    confidence: 'measured',
    measured: `${ROWS}: tftp:// gives "Invalid URI address."`,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-100',
    sentence:
      'HTTPv6 never speaks to a proxy: it takes the URI from its ADVERTISE and the lease from the first plain DHCPv6 server.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp6.c`,
    confidence: 'measured',
    measured: ROWS,
    notImplemented: NO_IPV6,
  },
  {
    id: 'E-101',
    sentence:
      'HTTPv6 shows ">>Start HTTP Boot over IPv6" and the station address. No answer at all ends in "Unexpected network error.", nothing usable in "Remote boot cancelled.".',
    source: `${EDK2}HttpBootDxe/HttpBootImpl.c`,
    confidence: 'measured',
    measured: `${ROWS}: 66 s and 5.0 s`,
    notImplemented: NO_IPV6,
  },
]
