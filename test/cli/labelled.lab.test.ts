/**
 * Captures that nobody here wrote: DHCP and PXE servers of four makes and our NBS on a bridge of network namespaces,
 * machines with real sockets, tcpdump. Each has its label, and the analyser has to say exactly that. Needs root.
 */
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { analyze } from '../../src/index.ts'
import { labelOf } from '../analysis/labelled/label.ts'
import { Score } from '../analysis/labelled/score.ts'
import { requireProgram } from '../lab.ts'
import { type Started, bridge, ended } from './bridge.ts'
import { bootMachine } from './lab-machine.ts'
import {
  DHCP,
  DHCPD,
  type Lab,
  ROUTER,
  type Start,
  WDS_LIKE,
  isc,
  kea,
  nbs,
  pool,
  proxy,
  tree,
} from './lab-servers.ts'

/** An ordinary machine beside: a lease, and nothing else. */
const laptop = async ({ bridge: lab }: Lab): Promise<void> => {
  const words = ['udhcpc', '-i', 'eth0', '-f', '-n', '-q', '-t', '4', '-s', '/bin/true']
  await once(lab.start('laptop', 'busybox', ...words).child, 'close')
}

const pc = ({ bridge: lab }: Lab): Promise<void> => bootMachine(lab, 'pc')
const biosPc = ({ bridge: lab }: Lab): Promise<void> => bootMachine(lab, 'pc', { architecture: 0 })

interface Case {
  readonly name: string
  readonly contended?: boolean
  readonly servers: readonly Start[]
  readonly machines: readonly ((lab: Lab) => Promise<void>)[]
  /** What is missing has to be missing long enough. */
  readonly silence?: boolean
  /** Of the bridge, every frame at every port; else at the machine. */
  readonly everywhere?: boolean
  readonly expect: readonly string[]
}

const NBS = nbs('nbs')
const RIVAL = proxy('rival', '--pxe-service=X86-64_EFI,Rival,rival.efi')
/** UEFI machines get no menu from dnsmasq, BIOS machines do. */
const MENU = proxy('rival', '--pxe-prompt=F8,0', '--pxe-service=x86PC,Install,install', '--pxe-service=x86PC,Repair,repair') // prettier-ignore
const SPLIT = ['multiple-pxe-responders', 'split-decision']

/** Servers that the next case needs as well go on running: in this order, few have to be started. */
const CASES: readonly Case[] = [
  { name: 'dnsmasq leases, our NBS boots', servers: [DHCP, NBS], machines: [pc], expect: [] },
  {
    name: 'the same at every port of the bridge, for UEFI, BIOS and a laptop',
    servers: [DHCP, NBS],
    machines: [pc, laptop, biosPc],
    everywhere: true,
    expect: [],
  },
  // dnsmasq sends the machine to its port 4011: what it would say there, nobody has seen.
  {
    name: 'a dnsmasq proxy beside our NBS',
    contended: true,
    servers: [DHCP, NBS, RIVAL],
    machines: [pc],
    expect: ['multiple-pxe-responders'],
  },
  {
    name: 'the same at every port of the bridge',
    contended: true,
    servers: [DHCP, NBS, RIVAL],
    machines: [pc],
    everywhere: true,
    expect: ['multiple-pxe-responders'],
  },
  {
    name: 'a dnsmasq proxy with a menu beside our NBS',
    contended: true,
    servers: [DHCP, NBS, MENU],
    machines: [biosPc],
    expect: SPLIT,
  },
  {
    name: 'two of our NBS with one mind',
    contended: true,
    servers: [DHCP, NBS, nbs('nbs2')],
    machines: [pc],
    expect: ['multiple-pxe-responders/warning'],
  },
  { name: 'Kea leases, our NBS boots', servers: [kea, NBS], machines: [pc], expect: [] },
  {
    name: 'Kea and a dnsmasq with other options lease, beside our NBS',
    contended: true,
    servers: [pool('dhcp', '10.66.0.100,10.66.0.120', '--domain=elsewhere.example'), kea, NBS],
    machines: [pc],
    expect: ['multiple-dhcp-servers'],
  },
  {
    name: 'two dnsmasq share a subnet with equal options, as failover partners do',
    contended: true,
    servers: [
      pool('dhcp', '10.66.0.100,10.66.0.120', ROUTER),
      pool('dhcp2', '10.66.0.130,10.66.0.140', ROUTER),
      NBS,
    ],
    machines: [pc, laptop],
    expect: ['multiple-dhcp-servers/info'],
  },
  {
    name: 'two DHCP servers divide the machines by MAC',
    servers: [
      lab => pool('dhcp', '10.66.0.100,10.66.0.120', '--dhcp-ignore=tag:!known', `--dhcp-host=${lab.bridge.macOf('pc')}`)(lab), // prettier-ignore
      lab => pool('dhcp2', '10.66.0.130,10.66.0.140', '--dhcp-ignore=tag:!known', `--dhcp-host=${lab.bridge.macOf('laptop')}`)(lab), // prettier-ignore
      NBS,
    ],
    machines: [pc, laptop],
    expect: [],
  },
  { name: 'ISC leases, our NBS boots', servers: [isc(), NBS], machines: [pc, laptop], expect: [] },
  {
    name: 'ISC with the options of a WDS that is not there, beside our NBS',
    contended: true,
    servers: [isc(...WDS_LIKE), NBS],
    machines: [pc],
    expect: SPLIT,
  },
  {
    name: 'our NBS without any DHCP server',
    servers: [NBS],
    machines: [pc],
    silence: true,
    expect: ['no-dhcp-server'],
  },
  {
    name: 'ISC with the options of a WDS that is not there, alone',
    servers: [isc(...WDS_LIKE)],
    machines: [pc],
    silence: true,
    expect: ['dead-boot-server-port', 'option-60-without-pxe-service'],
  },
  {
    name: 'a dnsmasq without any PXE server',
    servers: [DHCP],
    machines: [pc],
    silence: true,
    expect: ['no-pxe-responder'],
  },
  // Both send the machine to their port 4011, and the one it asks has no TFTP service.
  {
    name: 'two dnsmasq proxies',
    contended: true,
    servers: [DHCP, RIVAL, proxy('nbs2', '--pxe-service=X86-64_EFI,Other,other.efi')],
    machines: [pc],
    expect: ['multiple-pxe-responders', 'unreachable-tftp-server'],
  },
  {
    name: 'a dnsmasq proxy is the only PXE server',
    servers: [
      DHCP,
      lab => proxy('rival', '--pxe-service=X86-64_EFI,Boot,grubx64.efi', '--enable-tftp', `--tftp-root=${tree(lab)}`)(lab), // prettier-ignore
    ],
    machines: [pc],
    expect: [],
  },
  {
    name: 'dnsmasq alone leases and names a boot file on its own TFTP server',
    servers: [
      lab => pool('dhcp', '10.66.0.100,10.66.0.120', '--dhcp-boot=grubx64.efi', '--enable-tftp', `--tftp-root=${tree(lab)}`)(lab), // prettier-ignore
    ],
    machines: [pc],
    expect: [],
  },
]

const captured = async (
  lab: Lab,
  { servers, machines, everywhere, silence }: Case,
  running: Map<Start, Started>,
): Promise<string> => {
  for (const [start, { child }] of running)
    if (!servers.includes(start)) {
      await ended(child)
      running.delete(start)
    }
  for (const start of servers) if (!running.has(start)) running.set(start, await start(lab))
  const file = join(lab.folder, 'lab.pcap')
  const [host, port] = everywhere ? ['hub', 'any'] : ['pc', 'eth0']
  const what = 'udp or arp or icmp'
  const tcpdump = lab.bridge.start(host, 'tcpdump', '-nlU', '--print', '-i', port, '-w', file, what) // prettier-ignore
  await tcpdump.line(/listening on/)
  for (const boot of machines) await boot(lab)
  if (silence) {
    await pause(4_200)
  }
  // The last packet: silence is only silence if something is heard after it.
  lab.bridge.start('pc', 'busybox', 'arping', '-c', '1', '-I', 'eth0', '10.66.0.60')
  await tcpdump.line(/who-has 10\.66\.0\.60\b.* tell 10\.66\.0\.50\b/)
  await ended(tcpdump.child, 'SIGINT')
  return file
}

t.test('servers of four makes in network namespaces', async t => {
  for (const name of ['dnsmasq', 'tcpdump', 'ip', 'curl', 'busybox', 'kea-dhcp4', DHCPD])
    if (!requireProgram(t, name)) return
  const hosts = { dhcp: 2, dhcp2: 3, nbs: 5, nbs2: 6, rival: 7, pc: 50, laptop: 60 }
  const made = bridge(t, hosts)
  if (!made) return
  const score = new Score()
  const running = new Map<Start, Started>()
  for (const [i, one] of CASES.entries()) {
    const folder = join(t.testdir({}), String(i))
    mkdirSync(folder)
    const file = await captured({ bridge: made, folder }, one, running)
    const { findings } = await analyze(file)
    const got = findings.map(labelOf)
    score.note(one.contended === true, one.expect, got)
    t.strictSame([...new Set(got)].sort(), [...one.expect].sort(), one.name)
  }
  for (const line of score.table()) t.comment(line)
  t.equal(score.precision, 1)
  t.equal(score.recall, 1)
})
