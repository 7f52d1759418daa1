/**
 * EDK2's PXE base code over IPv4, first part: what it asks, what it accepts as an offer, and which offer it takes.
 */
import type { Rule } from './rule.ts'

const EDK2 = 'edk2 c5aa7e7d (August 2026), NetworkPkg/'
const ROWS = 'OVMF 2022.11 x64 in QEMU, virtio-net'

export const EDK2_OFFER_RULES: readonly Rule[] = [
  {
    id: 'E-1',
    sentence:
      'A DISCOVER goes from 0.0.0.0:68 to 255.255.255.255:67 with the broadcast flag always set and ciaddr 0.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Io.c DhcpSendMessage`,
    confidence: 'measured',
    measured: `${ROWS}: all DISCOVERs captured`,
  },
  {
    id: 'E-2',
    sentence:
      'The options of a DISCOVER stand in the order 53, 57, 55, 97, 94, 93, 60, and option 57 says 1472. Options 12, 50, 61 and 77 are not sent.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcBuildDhcp4Options`,
    confidence: 'measured',
    measured: `${ROWS}: 347 bytes of UDP payload, no padding`,
  },
  {
    id: 'E-3',
    sentence:
      'Option 55 asks for 35 codes: 1-6, 12, 13, 15, 17, 18, 22, 23, 28, 40-43, 50, 51, 54, 58-60, 66, 67, 97 and 128-135.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcBuildDhcp4Options`,
    confidence: 'measured',
    measured: ROWS,
  },
  {
    id: 'E-4',
    sentence:
      'Option 97 is a zero byte and the SMBIOS UUID in the byte order of the table, option 94 the version of the network interface (1.3.0; 1.3.16 above an iPXE driver), option 93 the architecture: 7 for x64, 6 for IA32, 10 for ARM, 11 for AArch64, 27 for RISC-V 64, 39 for LoongArch 64.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcBuildDhcp4Options`,
    confidence: 'measured',
    measured: `${ROWS}: UUID in SMBIOS order, 94 = 1.3.0, 93 = 7`,
  },
  {
    id: 'E-5',
    sentence:
      'Option 60 has 32 characters, for example PXEClient:Arch:00007:UNDI:003000; the last six digits are major and minor of option 94.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c; capture of an HP laptop (garybowers/bootimus issue 77)`,
    confidence: 'measured',
    measured: ROWS,
  },
  {
    id: 'E-6',
    sentence:
      'The transaction id starts at random when the driver starts, stays the same for all retransmissions and the REQUEST, and rises by one for each new DHCP session.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Io.c`,
    confidence: 'source',
  },
  {
    id: 'E-7',
    sentence:
      'The field secs counts whole seconds from the start of the session: its four DISCOVERs carry 0, 4, 12 and 28.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Io.c; capture of an HP laptop (garybowers/bootimus issue 77)`,
    confidence: 'measured',
    measured: `${ROWS}, row 17`,
  },
  {
    id: 'E-8',
    sentence:
      'Offers are collected in windows of 4, 8, 16 and 32 s, 60 s in all. A free-running tick of 1 Hz counts them, so the first window lasts between 3 and 4 s of real time.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c mPxeDhcpTimeout; Dhcp4Dxe/Dhcp4Io.c DhcpOnTimerTick`,
    confidence: 'measured',
    measured: `${ROWS}: first REQUEST after 3.79 to 3.93 s in 146 runs; row 17: DISCOVER at 0.00, 3.89, 11.96, 28.15 s, end at 60.24 s`,
  },
  {
    id: 'E-9',
    sentence: 'Before it asks anybody it waits up to 20 s for a link; without one it stops with PXE-E12.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcImpl.c, PxeBcBoot.c; NetLibDetectMediaWaitTimeout`,
    confidence: 'inferred',
    notImplemented: 'a machine of the simulator always has its cable plugged in',
  },
  {
    id: 'E-10',
    sentence:
      'A reply is looked at if it is a BOOTREPLY with the right xid and hardware address, of at most 1472 bytes, sent to port 68. Where it comes from, address or port, does not matter.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Io.c DhcpInput; UefiPxeBcDxe/PxeBcDhcp4.c PxeBcDhcp4CallBack`,
    confidence: 'source',
  },
  {
    id: 'E-11',
    sentence:
      'An option list that is not closed by 255, or in which a known option has a wrong length, makes it drop the whole packet.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Option.c DhcpValidateOptions`,
    confidence: 'measured',
    measured: `${ROWS}, rows 46 and 46b`,
  },
  {
    id: 'E-12',
    sentence:
      'A reply with a message type counts only if it is an OFFER and names its server (option 54). A proxy that leaves out option 54 is invisible.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Io.c DhcpHandleSelect`,
    confidence: 'measured',
    measured: `${ROWS}, row 24: PXE-E16 after 60 s`,
  },
  {
    id: 'E-13',
    sentence:
      'Before it has an address it takes only IP broadcasts. A server that unicasts its OFFER or ACK although the broadcast flag is set is not heard.',
    source: `${EDK2}Ip4Dxe/Ip4Common.c Ip4GetNetCast, Ip4GetHostCast; Dhcp4Dxe/Dhcp4Driver.c`,
    confidence: 'measured',
    measured: `${ROWS}, rows 47, 47a, 47d`,
  },
  {
    id: 'E-14',
    sentence:
      'A window is always waited out, however good an early offer is. It chooses if anything arrived within the window; where nothing is usable it asks again, and offers of earlier windows stay in the race. At most 16 offers are kept.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Io.c DhcpChooseOffer; UefiPxeBcDxe PXEBC_OFFER_MAX_NUM`,
    confidence: 'measured',
    measured: `${ROWS}: an offer 3.5 s late counts (row 3c), one 5 s late does not where something usable is there (3f) and is used after 11.9 s where not (3, 3e); row 45 for the limit`,
  },
  {
    id: 'E-15',
    sentence:
      'The same offer twice, by a retransmission or by two relays, is two offers. Only the classes of which the first is kept (E-19) hide it.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcCacheDhcp4Offer`,
    confidence: 'measured',
    measured: `${ROWS}, row 26: a dead boot server that was offered twice is asked eight times`,
  },
  {
    id: 'E-16',
    sentence:
      'An offer without an address (yiaddr 0) is a proxy offer. It is a PXE offer if option 60 begins with PXEClient, and only then is option 43 read.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcParseDhcp4Packet`,
    confidence: 'measured',
    measured: ROWS,
  },
  {
    id: 'E-17',
    sentence:
      'The boot file is option 67; else the header field `file`, unless it is overloaded with options. Of an option that occurs twice the first counts; long options are not joined.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcParseDhcp4Packet`,
    confidence: 'measured',
    measured: `${ROWS}, row 38`,
  },
  {
    id: 'E-18',
    sentence:
      'Offers fall into classes: BOOTP; Pxe10 (PXE with discovery control, servers or menu in option 43); Binl (PXE without them); DhcpOnly (an address, no PXE). Those with an address rank as Dhcp, those without as Proxy.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcCacheDhcp4Offer`,
    confidence: 'measured',
    measured: `${ROWS}, rows 1 to 13`,
  },
  {
    id: 'E-19',
    sentence:
      'It keeps every DhcpOnly, DhcpPxe10, DhcpBinl and ProxyBinl offer in the order of arrival, but only the first ProxyPxe10 offer: a second complete proxy is dropped without a word.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcCacheDhcp4Offer`,
    confidence: 'measured',
    measured: `${ROWS}, rows 2a, 2b, 2c, each three times`,
  },
  {
    id: 'E-20',
    sentence:
      'It does not check for which architecture a reply is meant. A file for another processor is downloaded and then refused.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c`,
    confidence: 'measured',
    measured: `${ROWS}, row 27: the boot manager says Unsupported`,
  },
  {
    id: 'E-21',
    sentence:
      'An offer without an address and without PXEClient is not kept, but counts as a proxy seen. If a plain DHCP offer with a boot file is then chosen, file and server are read from the first plain offer instead of the chosen one.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcCacheDhcp4Offer, PxeBcSelectDhcp4Offer`,
    confidence: 'measured',
    measured: `${ROWS}, row 25q: lease from one server, boot data of another, PXE-E99; row 25s: hidden where both are one`,
  },
  {
    id: 'E-22',
    sentence:
      'The first class that is filled wins, and in it the earliest offer: DhcpPxe10; DhcpOnly with ProxyPxe10; DhcpBinl; DhcpOnly with ProxyBinl; DhcpOnly with a boot file; BOOTP with a boot file. Otherwise the next window begins.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcSelectDhcp4Offer`,
    confidence: 'measured',
    measured: `${ROWS}, rows 4 to 15; 94 rows and variants, 160 runs, all as predicted`,
  },
  {
    id: 'E-23',
    sentence:
      'Beside a proxy the lease is that of the first plain DHCP offer. Whether that offer names a boot file makes no difference: it is not used.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcSelectDhcp4Offer`,
    confidence: 'measured',
    measured: `${ROWS}, rows 4, 10, 10b, 10c`,
  },
  {
    id: 'E-24',
    sentence:
      'It follows that a DHCP server with complete PXE options silences all proxies, that one with option 60 alone beats a redirecting proxy and loses to a complete one, and that a plain DHCP server without any proxy is never even asked for the address.',
    source: 'E-19 and E-22 together',
    confidence: 'measured',
    measured: `${ROWS}, rows 9, 10, 11, 13, 18`,
  },
  {
    id: 'E-25',
    sentence: 'Once an offer is chosen, no other DHCP offer is tried, whatever happens.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c`,
    confidence: 'measured',
    measured: `${ROWS}, rows 8d, 28s, 29`,
  },
  {
    id: 'E-54',
    sentence:
      'An option 67 that does not end in NUL is given one, over the byte behind it, which breaks the stored offer. If that offer is chosen, the REQUEST goes to the last offer of the window instead, while boot data of a proxy or URI still come from the chosen one.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcParseDhcp4Packet; HttpBootDxe/HttpBootDhcp4.c HttpBootParseDhcp4Packet; Dhcp4Dxe/Dhcp4Io.c DhcpChooseOffer; Dhcp4Option.c DhcpIterateBufferOptions`,
    confidence: 'measured',
    measured: `${ROWS}: PXE with a second plain server 0.4 s later ends in PXE-E99, with the NUL it does not; HTTP boot takes the lease of one and the URI of the other; a single server does no harm; with option 6 behind the value the same damage; rows 54 to 54d`,
  },
  {
    id: 'E-102',
    sentence:
      'Instances of one option are joined before its length is checked: option 51, 54 or 1 given twice has 8 bytes, is malformed, and the packet is dropped.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Option.c DhcpParseOption, DhcpFillOption, DhcpOptionIsValid`,
    confidence: 'measured',
    measured: `${ROWS}: row 58`,
  },
  {
    id: 'E-103',
    sentence:
      'An option of no length is not checked and does no harm. An empty option 67 is read from its own place on: the name is what stands behind it, as far as the next NUL.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Option.c DhcpParseOption; UefiPxeBcDxe/PxeBcDhcp4.c PxeBcParseDhcp4Packet`,
    confidence: 'measured',
    measured: `${ROWS}: rows 59 and 59b`,
  },
  {
    id: 'E-104',
    sentence: 'Builds after August 2026 pass over a malformed option instead of dropping the packet.',
    source: 'edk2 02b8eea3a0, NetworkPkg/Dhcp4Dxe/Dhcp4Option.c',
    confidence: 'source',
  },
  {
    id: 'E-105',
    sentence:
      'Only where a suboption of option 43 begins is held against the length of the option: a value that runs past its end is read from whatever stands behind.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcParseVendorOptions`,
    confidence: 'measured',
    measured: `${ROWS}: row 56`,
  },
  {
    id: 'E-58',
    sentence:
      'Builds from November 2010 to April 2017 have the test for "keep the first" turned round: no ProxyPxe10 offer is ever kept, and only proxies without option 43 work.',
    source: 'edk2 8cdd559be6 (the repair, 17 April 2017); tianocore/edk2 issue 6944',
    confidence: 'source',
  },
  {
    id: 'E-59',
    sentence:
      'Some HP firmware gets an address offer and a proxy offer, sends DISCOVERs at 0, 4, 12 and 28 s and never a REQUEST, nor anything to port 4011.',
    source: 'garybowers/bootimus issue 77 (captures), danderson/netboot issue 43',
    confidence: 'report',
  },
]
