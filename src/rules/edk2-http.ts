/**
 * EDK2's HTTP boot over IPv4: classes of offers, who wins, and how the URI is fetched.
 */
import type { Rule } from './rule.ts'

const EDK2 = 'edk2 c5aa7e7d (August 2026), NetworkPkg/'
const ROWS = 'OVMF 2022.11 x64 in QEMU'

export const EDK2_HTTP_RULES: readonly Rule[] = [
  {
    id: 'E-50',
    sentence:
      'HTTP boot sends DISCOVERs of its own: option 60 begins HTTPClient, option 93 is 16 for x64, the windows are those of PXE, offers need option 54, and at most 16 are kept.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c`,
    confidence: 'measured',
    measured: ROWS,
  },
  {
    id: 'E-51',
    sentence:
      'An offer is for HTTP boot if option 60 begins HTTPClient and it names a URI that can be read; one with a bad URI is dropped, as is an offer without an address and without HTTPClient.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c HttpBootParseDhcp4Packet`,
    confidence: 'measured',
    measured: ROWS,
  },
  {
    id: 'E-52',
    sentence:
      'Order of choice, the earliest in each class: address with a literal URI; the same with DNS; address and DNS with a URI by name; plain DHCP with a proxy by literal URI; DHCP with DNS and such a proxy; DHCP with DNS and a proxy by name; DHCP with DNS and another server by name. Nobody is asked on port 4011.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c HttpBootSelectDhcpOffer`,
    confidence: 'measured',
    measured: `${ROWS}: HTTP contention with one and two servers, as listed at E-66`,
  },
  {
    id: 'E-53',
    sentence:
      'PXE takes an HTTPClient offer for plain DHCP, and HTTP boot does not read PXEClient. A server that answers everybody with HTTPClient and a URI makes a PXE client ask TFTP for a file that is named http://…, which ends in PXE-E23.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c; HttpBootDxe/HttpBootDhcp4.c`,
    confidence: 'measured',
    measured: `${ROWS}, virtio-net, row 44`,
  },
  {
    id: 'E-60',
    sentence:
      'The DISCOVER of HTTP boot has the broadcast flag, one xid, windows of 4, 8, 16 and 32 s, and the options 53, 57 (1472), 55, 97, 94, 93, 60.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c`,
    confidence: 'measured',
    measured: `${ROWS}, 61 DISCOVERs: at 0, 3.4 to 3.9, 11.6 to 12 and 28 s, end at 60 to 64 s`,
  },
  {
    id: 'E-61',
    sentence:
      'Option 60 has 33 characters, for example HTTPClient:Arch:00016:UNDI:003000. Option 93 is 15 for IA32, 16 for x64, 17 for EBC, 18 for ARM, 19 for AArch64, 28 for RISC-V 64, 40 for LoongArch 64.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c`,
    confidence: 'measured',
    measured: `${ROWS}: 60 with 33 characters, 93 = 16, 94 = 1.3.0`,
  },
  {
    id: 'E-62',
    sentence:
      'Option 55 has 27 bytes: 1-6, 12, 13, 15, 17, 18, 22, 23, 28, 40-43, 50, 51, 54, 58-60, one byte that is never written, 67, 97. The senseless byte, third from the end, gives this firmware away.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c; capture in siderolabs/sidero issue 1295`,
    confidence: 'measured',
    measured: `${ROWS}: the byte was 235 in 59 packets and 65 in two`,
  },
  {
    id: 'E-63',
    sentence:
      'It waits up to 20 s for a link ("Error: Could not detect network connection.") and sets the IPv4 policy of the interface to static.',
    source: `${EDK2}HttpBootDxe/HttpBootImpl.c`,
    confidence: 'source',
    notImplemented: 'a machine of the simulator always has its cable plugged in',
  },
  {
    id: 'E-64',
    sentence:
      'Packets are filtered as for PXE (E-10 to E-12); up to 16 are kept in the order of arrival and across windows, and no window ends early.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c`,
    confidence: 'source',
  },
  {
    id: 'E-65',
    sentence:
      'Offers are classed by address or proxy, HTTPClient or not, DNS server (option 6) or not, and literal address or anything else in the URI; a URI with blanks, line ends or two @ is dropped. What stands before :// does not matter yet: tftp:// with a literal address ranks first. Every PXE proxy is dropped.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c HttpBootParseDhcp4Packet`,
    confidence: 'measured',
    measured: ROWS,
    notImplemented: 'a URI of another scheme than http and https is taken for no offer here',
  },
  {
    id: 'E-66',
    sentence:
      'Seven combinations are usable, in the order of E-52. Where none is there at the end of a window it asks again, and after the fourth window it times out.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c HttpBootSelectDhcpOffer`,
    confidence: 'measured',
    measured: `${ROWS}: two literal URIs: the first; with DNS against without: the one without, though it is later (2 runs); name against literal: the literal (2 runs); name without DNS alone: nothing for 60 s`,
  },
  {
    id: 'E-67',
    sentence:
      'It follows that leaving out option 6 wins against sending it, in any order of arrival, that a literal address beats a name, and that a name without DNS needs a second server that gives DNS, whose lease is then taken.',
    source: 'E-65 and E-66 together',
    confidence: 'measured',
    measured: `${ROWS}: lease of one server, URI of the other, name asked at the DNS server of the first; a literal proxy beats an earlier one by name (2 runs)`,
  },
  {
    id: 'E-68',
    sentence:
      'If the boot option itself has a URI, the network only gives the lease: plain DHCP with DNS is preferred to HTTP offers, proxies are not used, and URIs of the network are ignored.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c HttpBootSelectDhcpOffer`,
    confidence: 'measured',
    measured: `${ROWS}: plain DHCP with DNS gives the lease before an earlier HTTP offer; of two HTTP servers the one with DNS`,
    notImplemented: 'a boot option with a URI of its own cannot be given to a machine yet',
  },
  {
    id: 'E-69',
    sentence:
      'There is no port 4011, no option 43 and no menu in HTTP boot, and no second choice after any later failure.',
    source: `${EDK2}HttpBootDxe/HttpBootImpl.c`,
    confidence: 'source',
  },
  {
    id: 'E-70',
    sentence:
      'REQUEST and ACK go as for PXE (E-26 to E-29). URI and DNS servers are those of the OFFER; the ACK is not read for them.',
    source: `${EDK2}HttpBootDxe/HttpBootDhcp4.c`,
    confidence: 'measured',
    measured: `${ROWS}: an offer without a mask gives REQUEST, ACK, DECLINE`,
  },
  {
    id: 'E-71',
    sentence:
      'After the lease the scheme must be http or https: else "Error: Invalid URI address.", or "Access forbidden, only HTTPS connection is allowed." in a build that forbids plain HTTP. Neither falls back to another server.',
    source: `${EDK2}HttpBootDxe/HttpBootClient.c; NetworkPkg.dec PcdAllowHttpConnections`,
    confidence: 'measured',
    measured: `${ROWS}: tftp:// chosen, "Invalid URI address.", the good second server never tried (2 runs)`,
  },
  {
    id: 'E-72',
    sentence:
      'A name is resolved at the first request, at the DNS servers of the chosen offer. A dead DNS server ends the boot; builds since April 2026 name the cause on the screen.',
    source: `${EDK2}HttpBootDxe/HttpBootSupport.c; DnsDxe`,
    confidence: 'measured',
    measured: `${ROWS}: the URI line, 3 to 6 s, then "Server response timeout."`,
    // DNS itself is not simulated: every name ends as with a dead server.
  },
  {
    id: 'E-73',
    sentence: 'The port is that of the URI, else 80, or 443 for https.',
    source: `${EDK2}HttpBootDxe/HttpBootClient.c`,
    confidence: 'source',
  },
  {
    id: 'E-74',
    sentence:
      'It sends HEAD for the size, GET for the size where HEAD fails, and GET for the body, as HTTP/1.1 with User-Agent UefiHttpBoot/1.0. A response or a part of the body may take 5 s, a connection 60 s; a broken body is resumed up to five times.',
    source: `${EDK2}HttpBootDxe/HttpBootClient.c; HttpDxe; NetworkPkg.dec PcdHttpIoTimeout`,
    confidence: 'measured',
    measured: `${ROWS}: where HEAD gives the length, HEAD and then one GET`,
  },
  {
    id: 'E-75',
    sentence:
      'A status from 300 on is an error. Redirects are not followed: the screen shows "HTTP ERROR: Resource Redirected." and the new location. 401 and 407 ask for user and password.',
    source: `${EDK2}HttpBootDxe/HttpBootImpl.c, HttpBootClient.c`,
    confidence: 'measured',
    measured: `${ROWS}: 301 shows both lines for HEAD and for GET; 404 shows "Client Error: 404 Not Found" twice`,
  },
  {
    id: 'E-76',
    sentence:
      'What kind of image it is says Content-Type (application/efi, application/vnd.efi-iso, application/vnd.efi-img), else the ending .efi, .iso or .img of the path; anything else fails after the transfer.',
    source: `${EDK2}HttpBootDxe/HttpBootSupport.c`,
    confidence: 'measured',
    measured: `${ROWS}: without type and ending HEAD, GET of the whole file, "Unexpected network error."; with the type it boots`,
  },
  {
    id: 'E-77',
    sentence: 'A server that speaks HTTP/1.0 and closes after HEAD makes it fail with some timings.',
    source: 'tianocore/edk2 issue 9920',
    confidence: 'report',
    notImplemented: 'which timings is not known; a server that says HTTP/1.0 is taken at its word',
  },
]
