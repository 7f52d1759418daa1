/**
 * EDK2's PXE base code over IPv4, second part: REQUEST, port 4011, menu and discovery, the download, and the screen.
 */
import type { Rule } from './rule.ts'

const EDK2 = 'edk2 c5aa7e7d (August 2026), NetworkPkg/'
const ROWS = 'OVMF 2022.11 x64 in QEMU, virtio-net'

export const EDK2_BOOT_RULES: readonly Rule[] = [
  {
    id: 'E-26',
    sentence:
      'The REQUEST is a broadcast with options 53, 54, 50, 57, 55, 97, 94, 93, 60 and the secs of the last DISCOVER, sent at windows of 4, 8, 16 and 32 s. If nobody answers it ends in PXE-E16, for there was an offer. Its option 57 says 65280: the value of the DHCP driver stays in there.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Io.c DhcpSendMessage, DhcpOnTimerTick`,
    confidence: 'measured',
    measured: `${ROWS}, row 29: REQUEST at 3.85, 7.85, 15.85, 31.85 s, end at 63.85 s; 65280 in all 156 REQUESTs captured`,
  },
  {
    id: 'E-27',
    sentence:
      'An ACK or NAK of another server is not heard. A NAK of the chosen one, or an ACK with another address (which is declined), ends the boot at once with PXE-E07; it does not start over.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Io.c DhcpHandleRequest`,
    confidence: 'measured',
    measured: `${ROWS}, rows 28, 28f, 28s, 51, 52, 53`,
  },
  {
    id: 'E-28',
    sentence:
      'Mask, router and server identifier are those of the OFFER, not of the ACK. An offer without a subnet mask is declined after the ACK, and the boot ends with PXE-E21.',
    source: `${EDK2}Dhcp4Dxe/Dhcp4Io.c DhcpLeaseAcquired`,
    confidence: 'measured',
    measured: `${ROWS}, row 37: DECLINE right after the ACK`,
  },
  {
    id: 'E-29',
    sentence: 'It does not probe its address by ARP: that another machine has it goes unnoticed.',
    source: `${EDK2}Dhcp4Dxe`,
    confidence: 'source',
  },
  {
    id: 'E-30',
    sentence:
      'Boot data are read from the ACK where the DHCP server supplies them, from the OFFER of a complete proxy, and from the answer on port 4011 for the Binl classes.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcHandleDhcp4Offer`,
    confidence: 'measured',
    measured: `${ROWS}, rows 4, 5, 14`,
  },
  {
    id: 'E-31',
    sentence:
      'A PXE offer without option 43 must be asked on port 4011, even if it names a boot file. A DHCP server with option 60 and nothing on 4011 therefore stops UEFI clients.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcRetryBinlOffer; FOGProject/fog-docs pull request 188, tianocore/edk2 issue 8149`,
    confidence: 'measured',
    measured: `${ROWS}, rows 5, 5f, 8`,
  },
  {
    id: 'E-32',
    sentence:
      'That request goes from port 4011 to port 4011 of siaddr, else of option 54: a unicast DHCPREQUEST with ciaddr set, flags 0, a new xid and the options 53, 55, 57, 60, 93, 94, 97. Options 50, 54 and 61 are not in it.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcDhcp4Discover`,
    confidence: 'measured',
    measured: ROWS,
  },
  {
    id: 'E-33',
    sentence:
      'It is sent up to four times, in windows of 1, 2, 3 and 4 s that are always waited out: an answered exchange costs 1 s, a dead one 10 s, and an ICMP error shortens nothing. The field secs counts 0 to 3 in the byte order of the processor, so x64 sends 0, 256, 512, 768.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcDhcp4Discover`,
    confidence: 'measured',
    measured: `${ROWS}, row 6: requests at 3.88, 4.86, 6.85, 9.85 s, end at 13.85 s; 0.97 s from an answered request to the file; row 6i as row 6`,
  },
  {
    id: 'E-34',
    sentence:
      'The answer must have the right xid and hardware address, and either complete PXE options or a boot file. Its source and its message type are not looked at.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcDhcp4Discover`,
    confidence: 'source',
  },
  {
    id: 'E-35',
    sentence:
      'Redirecting proxies are asked one after the other, in the order of arrival, until one answers. If none does the boot ends with PXE-E16, even where the DHCP server had named a file.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcDhcp4.c PxeBcHandleDhcp4Offer`,
    confidence: 'measured',
    measured: `${ROWS}, rows 6, 7, 7p, 26`,
  },
  {
    id: 'E-36',
    sentence:
      'Menu, prompt and discovery are taken from a Pxe10 packet only: the proxy offer or the answer on 4011 if there is one, else the ACK.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcBoot.c PxeBcSelectBootPrompt`,
    confidence: 'source',
  },
  {
    id: 'E-37',
    sentence:
      'Discovery control bit 3 together with a boot file skips prompt, menu and discovery: the file is booted.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcBoot.c PxeBcDiscoverBootFile`,
    confidence: 'measured',
    measured: `${ROWS}, row 1`,
  },
  {
    id: 'E-38',
    sentence:
      'Without a prompt option, or with time-out 0, the first menu entry is taken; 255 shows the menu and waits; else a prompt counts down to the first entry, F8 opens the menu, and ESC skips discovery so that the file of the offer is used. A menu shows at most 24 entries.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcBoot.c PxeBcSelectBootPrompt, PxeBcSelectBootMenu`,
    confidence: 'source',
  },
  {
    id: 'E-39',
    sentence:
      'PXE options without a menu, and without bit 3 plus file, mean local boot, as does the menu entry of type 0: the boot ends with PXE-E21.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcBoot.c PxeBcDiscoverBootFile`,
    confidence: 'measured',
    measured: `${ROWS}, row 19`,
  },
  {
    id: 'E-40',
    sentence:
      'Discovery has one method, the first that option 43 allows: multicast, broadcast, then unicast to the list. A type that is not in the list is PXE-E07; a menu with no method left, or multicast without an address, is PXE-E99. The request carries the boot item (43.71).',
    source: `${EDK2}UefiPxeBcDxe/PxeBcImpl.c EfiPxeBcDiscover, PxeBcExtractDiscoverInfo`,
    confidence: 'measured',
    measured: `${ROWS}, rows 20 to 23`,
  },
  {
    id: 'E-41',
    sentence:
      'Discovery tries four times, in windows of 1, 2, 3 and 4 s that are waited out, and takes the first acceptable packet. It compares siaddr, not option 54, with the list: a server that is not in it is PXE-E53, silence is PXE-E18.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcImpl.c EfiPxeBcDiscover`,
    confidence: 'measured',
    measured: `${ROWS}, rows 22, 22d, 23, 23b, 23c`,
  },
  {
    id: 'E-42',
    sentence:
      'Of a unicast list every server of the type is asked, also after one has answered. The last exchange decides, and its address remains the TFTP server.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcImpl.c EfiPxeBcDiscover`,
    confidence: 'measured',
    measured: `${ROWS}, rows 21, 21x, 21y`,
  },
  {
    id: 'E-43',
    sentence: 'Credentials of a boot item are asked for only where boot integrity services are present.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcBoot.c`,
    confidence: 'inferred',
    notImplemented: 'no firmware that is in use ships boot integrity services',
  },
  {
    id: 'E-44',
    sentence:
      'The file is read from the answer of the boot server, else from the proxy offer or the answer on 4011, else from the ACK. If that packet has none the boot ends with PXE-E99; the others are not looked at.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcBoot.c PxeBcDhcp4BootInfo`,
    confidence: 'measured',
    measured: `${ROWS}, row 25q`,
  },
  {
    id: 'E-45',
    sentence:
      'The TFTP server is the first address of the list with bit 3 set, else the one that discovery left, else siaddr, else option 54. Option 66 and the field sname are never used. Option 13 gives the size and saves the size query.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcBoot.c PxeBcDhcp4BootInfo`,
    confidence: 'measured',
    measured: `${ROWS}, rows 39, 40, 41`,
  },
  {
    id: 'E-46',
    sentence:
      'It transfers twice. The first request (tsize 0, blksize 1468, windowsize 4) is aborted with ERROR 8 as soon as the size is known; the second, without tsize, loads the file. Builds before about 2019 have no windowsize.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcMtftp.c; NetworkPkg.dec PcdPxeTftpWindowSize`,
    confidence: 'measured',
    measured: ROWS,
  },
  {
    id: 'E-47',
    sentence:
      'A TFTP server gets six tries of 4 s, then PXE-E18. The answer must come from the address that was asked, and the first fixes the port; what comes from elsewhere is dropped without a TFTP error.',
    source: `${EDK2}Mtftp4Dxe/Mtftp4Impl.c, Mtftp4Rrq.c`,
    confidence: 'measured',
    measured: `${ROWS}, row 32: requests every 4 s from 3.91 s, end at 27.89 s; rows 36 and 36w: a foreign answer meets an ICMP port unreachable each time`,
  },
  {
    id: 'E-48',
    sentence:
      'TFTP ends so: an ERROR of any kind is PXE-E23; an OACK with more than was asked for PXE-E23; one without tsize PXE-E53; a server that knows no options PXE-E99; an ICMP unreachable PXE-E99 at once; no route PXE-E53; nobody answers ARP PXE-E18. It never tries again with fewer options.',
    source: `${EDK2}Mtftp4Dxe/Mtftp4Rrq.c, Mtftp4Support.c; UefiPxeBcDxe/PxeBcBoot.c PxeBcLoadBootFile; Ip4Dxe/Ip4Output.c Ip4Output`,
    confidence: 'measured',
    measured: `${ROWS}, rows 30 to 35: a raised block size passes the size query and is refused by the download only; row 32a: three ARP requests for each TFTP try; row 33: not one packet after the ACK`,
  },
  {
    id: 'E-49',
    sentence:
      'The screen shows ">>Start PXE over IPv4" and one dot, the station address, then, after the size query, server, file name and size (0 if it failed), and the download. Server, name and size are missing where no file name was found.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcBoot.c, PxeBcDhcp4.c PxeBcDhcp4CallBack`,
    confidence: 'measured',
    measured: `${ROWS}: exactly one dot in all rows, also after four DISCOVERs (17) or four REQUESTs (29)`,
  },
  {
    id: 'E-56',
    sentence:
      'Its error texts have a meaning of their own: E07 device error, E12 no link, E16 no valid offer, E18 time-out (no offer at all, or a silent server), E21 cancelled or local boot, E22 ICMP error, E23 TFTP error, E53 no boot file, E99 anything else. The boot manager adds its own line.',
    source: `${EDK2}UefiPxeBcDxe/PxeBcBoot.c; OvmfPkg/Library/PlatformBmPrintScLib; MdeModulePkg UefiBootManagerLib/BmBoot.c`,
    confidence: 'measured',
    measured: `${ROWS}, rows 6, 17, 19, 20, 23c, 27, 28, 30`,
  },
  {
    id: 'E-57',
    sentence:
      'After PXE has failed, the boot manager goes on to HTTP boot within about 10 ms: a DISCOVER with HTTPClient and a new xid follows the error.',
    source: 'captures of OVMF 2022.11',
    confidence: 'measured',
    measured: `${ROWS}: in every capture of a failed boot`,
  },
  {
    id: 'E-106',
    sentence:
      'A router that is not in the subnet of the station, or is its network or broadcast address, is refused: the file is not asked for, and the end is PXE-E99 without a TFTP packet.',
    source: 'edk2 c5aa7e7d (August 2026), NetworkPkg/UefiPxeBcDxe/PxeBcBoot.c; Mtftp4Dxe/Mtftp4Impl.c',
    confidence: 'measured',
    measured: 'OVMF 2022.11 x64 in QEMU, virtio-net: cases 22 and 23, rows 62 and 62b',
  },
  {
    id: 'E-107',
    sentence:
      'A lease whose address is the network or broadcast address of its own mask, or whose mask has holes, is given back: DECLINE with "Lease is denied upon entering bound", then PXE-E09.',
    source:
      'edk2 c5aa7e7d (August 2026), NetworkPkg/Dhcp4Dxe/Dhcp4Io.c DhcpLeaseAcquired; NetLib NetIp4IsUnicast',
    confidence: 'measured',
    measured: 'OVMF 2022.11 x64 in QEMU, virtio-net: case 17, row 61',
  },
  {
    id: 'E-108',
    sentence:
      'Builds from October 2017 take both addresses of a /31, builds from September 2018 the one of a /32: then every destination is sought on the link first, and by the router if nobody there answers ARP. Older ones refuse such addresses as those of the network or its broadcast.',
    source: 'edk2 29788f178e and 12ae56cf28, MdeModulePkg/Library/DxeNetLib and Universal/Network/Ip4Dxe',
    confidence: 'measured',
    measured:
      'OVMF 2022.11 x64 in QEMU, virtio-net: rows 64 to 64c, and a /31; what older builds do is from their source',
  },
  {
    id: 'E-109',
    sentence:
      'A request to a boot server on port 4011 that has no route is given up at once, without waiting for an answer.',
    source:
      'edk2 c5aa7e7d (August 2026), NetworkPkg/UefiPxeBcDxe/PxeBcDhcp4.c PxeBcRequestBootService, PxeBcImpl.c UdpWrite',
    confidence: 'measured',
    measured: 'OVMF 2022.11 x64 in QEMU, virtio-net, row 65: PXE-E16 at once, nothing on the wire',
  },
  {
    id: 'E-78',
    sentence:
      'The boot manager starts PE images of EFI applications alone: anything else that was loaded (an iPXE script, a BIOS boot program, an EFI driver) ends in "Not Found". An application for another processor ends in "Unsupported" (E-20). An empty file is not even asked for after the query of its size: PXE-E99.',
    source:
      'edk2 c5aa7e7d (August 2026), MdeModulePkg/Library/UefiBootManagerLib/BmLoadOption.c BmIsLoadOptionPeHeaderValid, BmGetNextLoadOptionBuffer',
    confidence: 'measured',
    measured: 'OVMF 2022.11 x64 in QEMU, virtio-net: rows 63 to 63d, a driver, and a DOS program',
  },
]
