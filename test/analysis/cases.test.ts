/**
 * Small inputs that once had the wrong value, each one example of its kind: exactly these findings, and in these words.
 * Scenario files are also held against `lint`.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { analyze } from '../../src/library/analyze.ts'
import { lintScenario } from '../../src/scenario/lint.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { runScenario } from '../../src/simulation/run.ts'
import { labelOf } from './labelled/label.ts'

const FOLDER = 'test/fixtures/cases'

interface Case {
  readonly file: string
  /** `rule`, or `rule/severity` where it is not the rule's own. */
  readonly findings: readonly string[]
  readonly lint?: readonly string[]
  /** Each is said by some finding or note. */
  readonly says?: readonly RegExp[]
}

const CASES: readonly Case[] = [
  {
    file: '01-port-69-filter.pcap',
    findings: [],
    says: [
      /^In 1 boot the TFTP answers are missing from this capture, although the machine continued.*RFC 1350 §4/,
    ],
  },
  {
    file: '04-option-67-ff.pcap',
    findings: ['unterminated-boot-file'],
    says: [
      /sends "ipxe\.efi" in option 67 without a terminating NUL, and the machine requested "ipxe\.efiÿ"/,
      /with a NUL byte, or put the name into the header field/,
    ],
  },
  {
    file: '11-url-for-pxe.pcap',
    findings: ['boot-file-is-url'],
    says: [/10\.0\.0\.2 sent the URL "http:\/\/10\.0\.0\.5:3030\/boot\.efi" as boot file/],
  },
  {
    file: '11b-url-for-pxe.yaml',
    findings: ['boot-file-is-url'],
    lint: ['boot-file-is-url'],
  },
  {
    file: '12b-drop-above.yaml',
    findings: ['mtu-hole', 'packet-dropped'],
    lint: ['mtu-hole'],
    says: [/dhcp and the machine agree on blocks of 1468 bytes/],
  },
  {
    file: '12-mtu-hole-server.pcap',
    findings: ['mtu-hole'],
    says: [
      /not one block is acknowledged: \d+ blocks had to be retransmitted/,
      /packets of 1500 bytes do not/,
    ],
  },
  {
    file: '12-mtu-hole-machine.pcap',
    findings: ['mtu-hole'],
    says: [/not one block arrives/],
  },
  {
    file: '14-relay-loss-of-offers.pcap',
    findings: ['no-pxe-responder'],
    says: [
      /answers a relayed request by broadcast on its own subnet, instead of to relay 10\.0\.0\.1/,
      /Look at every server in the helper list of 10\.0\.0\.1/,
    ],
  },
  { file: '15-ipxe-autoexec.pcap', findings: [] },
  {
    file: 'fw-01a.yaml',
    findings: ['unterminated-boot-file', 'boot-file-conflict'],
    lint: ['unterminated-boot-file/warning'],
  },
  {
    file: '20-http-boot-client.yaml',
    findings: ['no-pxe-responder'],
    says: [/no offer says HTTPClient \(option 60\), which the machine asked for/],
  },
  {
    file: '21-pi-asks-as-bios.yaml',
    findings: ['no-pxe-responder'],
    says: [
      /1 Raspberry Pi machine: dhcp offered an address, but nobody said "Raspberry Pi Boot" \(option 43\)/,
    ],
  },
  { file: '25-dhcpv6-only.pcap', findings: [], says: [/DHCPv6 was seen, and is not judged/] },
  { file: 'det-n16_voip_tftp.pcap', findings: [] },
  { file: 'det-n46_reset_ipxe_rom.pcap', findings: [] },
  {
    file: 'det-dc_onlyserver.pcap',
    findings: ['multiple-pxe-responders'],
    says: [/10\.1\.0\.2 and 10\.1\.0\.3 answer the same DISCOVER/, /only the answers were captured/],
  },
  {
    file: 'det-c07_6667_and_proxy.pcap',
    findings: ['unterminated-boot-file'],
    says: [/requests the address from 10\.1\.0\.2, which does not lease addresses/],
  },
  {
    file: '02-decline-of-edk2.pcap',
    findings: ['unusable-lease', 'client-denied'],
    says: [
      /10\.0\.0\.2 leases 10\.0\.0\.0, which is the network address/,
      /the machine declined 10\.0\.0\.0 from 10\.0\.0\.2 \(DECLINE: "Lease is denied upon entering bound"\) and gave up/,
    ],
  },
  {
    file: '05-option-43-as-text.pcap',
    findings: ['malformed-offer/error', 'dead-boot-server-port'],
    says: [/option 43 is the hexadecimal digits "060108080700010a000005", not a list of tags as bytes/],
  },
  {
    file: '06-relay-answer-broadcast.pcap',
    findings: ['relay-answered-by-broadcast'],
    says: [/10\.0\.9\.5 answers a request that came by relay 10\.0\.0\.1 with a broadcast on its own subnet/],
  },
  {
    file: '09-stp.yaml',
    findings: ['late-link'],
    says: [
      /2 EDK2 machines, 2 BIOS ROM machines and 2 iPXE machines: what it sent in the first 30 s after it was switched on was lost/,
      /spanning tree .* LACP or EEE/,
    ],
  },
  {
    file: '09b-forwarding-delay.yaml',
    findings: ['late-link', 'packet-dropped'],
    lint: ['late-link'],
    says: [
      /1 BIOS ROM machine and 1 iPXE machine: what it sent in the first 28\.1 s after it was switched on was lost/,
    ],
  },
  {
    file: '10-same-address-then-nak.pcap',
    findings: ['client-denied'],
    says: [
      /10\.0\.0\.2 denied the machine the address 10\.0\.0\.100 \(NAK: "address in use"\), which it had leased to 02:00:00:00:00:01, and the machine gave up/,
    ],
  },
  {
    file: '22-router-off-subnet.pcap',
    findings: ['router-off-subnet'],
    says: [
      /10\.0\.0\.2 leases 10\.0\.0\.100 \(mask 255\.255\.255\.0\) with router 10\.99\.0\.1, which is not on the subnet/,
      /UEFI firmware stops with PXE-E99/,
    ],
  },
  {
    file: '22-router-off-subnet.yaml',
    findings: ['router-off-subnet'],
    lint: ['router-off-subnet'],
    says: [/boot leases 10\.0\.0\.100 .* with router 10\.99\.0\.1/],
  },
  { file: '22b-nbs-and-foreign-router.yaml', findings: ['router-off-subnet'], lint: ['router-off-subnet'] },
  {
    file: '23-router-is-broadcast.yaml',
    findings: ['router-off-subnet'],
    lint: ['router-off-subnet'],
    says: [/router 10\.0\.0\.255, which is the broadcast address of the subnet/],
  },
  {
    file: '17-edk2-lease-not-unicast.yaml',
    findings: ['unusable-lease', 'client-denied'],
    lint: ['unusable-lease'],
    says: [/boot leases 10\.0\.2\.0, which is the network address of the subnet \(mask 255\.255\.255\.0\)/],
  },
]

interface Told {
  readonly labels: readonly string[]
  readonly text: string
}

const ofCapture = async (path: string): Promise<Told> => {
  const { findings, notes } = await analyze(path)
  const sentences = findings.flatMap(({ message, because, remedy }) => [message, because, remedy])
  return { labels: findings.map(labelOf), text: [...sentences, ...notes].join('\n') }
}

const ofScenario = (path: string, lint: string[]): Told => {
  const loaded = readScenario(path)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const { scenario } = loaded
  lint.push(...lintScenario(scenario, { file: path, text: readFileSync(path, 'utf8') }).map(labelOf))
  const { findings } = runScenario(scenario, surroundingsOf(scenario)).result
  const sentences = findings.flatMap(({ message, because, remedy }) => [message, because, remedy])
  return { labels: findings.map(labelOf), text: sentences.join('\n') }
}

for (const { file, findings, lint = [], says = [] } of CASES)
  t.test(file, async t => {
    const path = `${FOLDER}/${file}`
    const found: string[] = []
    const told = file.endsWith('.yaml') ? ofScenario(path, found) : await ofCapture(path)
    t.strictSame([...told.labels].sort(), [...findings].sort())
    t.strictSame(found, [...lint])
    for (const sentence of says) t.match(told.text, sentence)
  })
