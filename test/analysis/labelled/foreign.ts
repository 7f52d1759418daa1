/**
 * What an expert would write down for each capture in test/fixtures/foreign. They were taken in network namespaces
 * (test/cli/foreign-captures.lab.test.ts makes them anew): dnsmasq 2.90, Kea 2.2, ISC dhcpd 4.4 and tftpd-hpa 5.2 of
 * Debian 12, machines with real sockets, tcpdump. Half of them are healthy, each as near to a failure as can be.
 */
import { readFileSync } from 'node:fs'
import { LINK_TYPE, readCapture } from '../../../src/wire/capture/index.ts'
import type { Labelled } from './label.ts'

export interface ForeignLabel {
  readonly contended?: true
  /** `rule`, or `rule/severity` where it is not the rule's own. */
  readonly expect: readonly string[]
}

const SPLIT = ['multiple-pxe-responders', 'split-decision']

export const FOREIGN_LABELS: Readonly<Record<string, ForeignLabel>> = {
  'dnsmasq alone': { expect: [] },
  'dnsmasq alone, without the file': { expect: ['missing-boot-file'] },
  'dnsmasq proxy beside ISC': { expect: [] },
  'dnsmasq proxy beside ISC, BIOS, menu': { expect: [] },
  'dnsmasq proxy for x86 only, an ARM machine': { expect: ['no-pxe-responder'] },
  'dnsmasq proxy beside a file of ISC': { expect: ['boot-file-conflict'] },
  'two dnsmasq proxies that disagree': { contended: true, expect: SPLIT },
  'ISC and tftpd-hpa': { expect: [] },
  'ISC and tftpd-hpa, blocks of 1468 bytes': { expect: [] },
  'ISC, and no TFTP service': { expect: ['unreachable-tftp-server'] },
  'ISC, and a file that may not be read': { expect: ['tftp-refused'] },
  'ISC, and a path with less MTU': { expect: ['mtu-hole'] },
  'ISC, and the same path with small blocks': { expect: [] },
  'ISC with option 43 as text': { expect: ['malformed-offer/error', 'dead-boot-server-port'] },
  'ISC with option 43 as bytes': { expect: [] },
  'ISC with a URL for everybody': { expect: ['boot-file-is-url'] },
  'dnsmasq with a URL for iPXE only': { expect: [] },
  'ISC with a router of another subnet': { expect: ['router-off-subnet'] },
  'ISC with a program for BIOS, a UEFI machine': { expect: ['wrong-architecture'] },
  'Kea with the file in the header': { expect: [] },
  'Kea with option 67 without NUL': { expect: ['unterminated-boot-file/info'] },
  'HTTP boot, dnsmasq says HTTPClient': { expect: [] },
  'HTTP boot, dnsmasq says nothing': { expect: ['no-pxe-responder'] },
  'a telephone without its files': { expect: [] },
  'a laptop: lease, renewal, release': { expect: [] },
  'a laptop whose old address is refused': { expect: [] },
  'a laptop whose address is in use': { expect: ['address-conflict'] },
  'Kea and dnsmasq, a laptop': { contended: true, expect: ['multiple-dhcp-servers'] },
}

export const foreignFile = (name: string): string =>
  `test/fixtures/foreign/${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.pcap`

export const FOREIGN: readonly Labelled[] = Object.entries(FOREIGN_LABELS).map(([name, label]) => ({
  name,
  contended: label.contended === true,
  expect: label.expect,
  frames: () => {
    const { frames } = readCapture(readFileSync(foreignFile(name)))
    const first = frames[0]?.at ?? 0
    return frames.map(({ at, bytes }) => ({
      at: at - first,
      segment: 'lan',
      bytes,
      linkType: LINK_TYPE.ethernet,
    }))
  },
}))
