/**
 * Makes the captures of test/fixtures/foreign anew, and holds the analyser against their labels: servers of other makes
 * and machines with real sockets on a bridge of network namespaces, tcpdump at the machine. `NBS_WRITE=1` keeps them as
 * fixtures. Needs root.
 */
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { analyze } from '../../src/index.ts'
import { labelOf } from '../analysis/labelled/label.ts'
import { FOREIGN_LABELS, foreignFile } from '../analysis/labelled/foreign.ts'
import { requireProgram } from '../lab.ts'
import { bridge, ended } from './bridge.ts'
import { type MachineTraits, bootMachine } from './lab-machine.ts'
import { DHCP, DHCPD, type Lab, type Start, TFTPD, isc, kea, keaWith, pool, proxy, tftpd, tree } from './lab-servers.ts' // prettier-ignore

type Act = (lab: Lab) => Promise<unknown>

interface Scene {
  readonly servers: readonly Start[]
  readonly acts: readonly Act[]
  /** What is missing has to be missing long enough. */
  readonly silence?: boolean
  /** Largest packet that the port of the server lets through. */
  readonly mtu?: number
}

const machine =
  (traits: MachineTraits = {}): Act =>
  ({ bridge: lab }) =>
    bootMachine(lab, 'pc', traits)
const BIOS = 0
const ARM = 11
const HTTP_X64 = 16

const withTree = (make: (root: string) => Start): Start => {
  return lab => make(tree(lab))(lab)
}
const TFTP_WORDS = (root: string) => ['--enable-tftp', `--tftp-root=${root}`]
const RANGE = '10.66.0.100,10.66.0.120'
const IN_ISC = (file: string) => ['next-server 10.66.0.7;', `filename "${file}";`]
const PROXY = withTree(root =>
  proxy(
    'rival',
    '--pxe-service=X86-64_EFI,Boot,grubx64.efi',
    '--pxe-service=x86PC,Boot,pxelinux',
    ...TFTP_WORDS(root),
  ),
)

const program =
  (...words: string[]): Act =>
  ({ bridge: lab }) =>
    once(lab.start('pc', ...words).child, 'close')
const UDHCPC = ['busybox', 'udhcpc', '-i', 'eth0', '-f', '-n', '-t', '4', '-s', '/bin/true']

/** Renews when it is told to, and gives its lease back. */
const renewing: Act = async ({ bridge: lab }) => {
  const { child, line } = lab.start('pc', ...UDHCPC, '-R')
  await line(/lease of .* obtained/)
  child.kill('SIGUSR1')
  await pause(400)
  await ended(child)
}

/** By the names of its make, none of which is there. */
const telephone: Act = async lab => {
  await program(...UDHCPC, '-q')(lab)
  for (const name of ['CTLSEP001122334455.tlv', 'SEP001122334455.cnf.xml', 'XMLDefault.cnf.xml'])
    await program('curl', '-sS', '-m', '4', '-o', '/dev/null', `tftp://10.66.0.7/${name}`)(lab)
}

const SCENES: Readonly<Record<keyof typeof FOREIGN_LABELS, Scene>> = {
  'dnsmasq alone': {
    servers: [withTree(root => pool('dhcp', RANGE, '--dhcp-boot=grubx64.efi', ...TFTP_WORDS(root)))],
    acts: [machine()],
  },
  'dnsmasq alone, without the file': {
    servers: [withTree(root => pool('dhcp', RANGE, '--dhcp-boot=missing.efi', ...TFTP_WORDS(root)))],
    acts: [machine()],
  },
  'dnsmasq proxy beside ISC': { servers: [isc(), PROXY], acts: [machine()] },
  'dnsmasq proxy beside ISC, BIOS, menu': {
    servers: [
      isc(),
      withTree(root => proxy('rival', '--pxe-prompt=F8,0', '--pxe-service=x86PC,Install,pxelinux', '--pxe-service=x86PC,Repair,pxelinux', ...TFTP_WORDS(root))), // prettier-ignore
    ],
    acts: [machine({ architecture: BIOS })],
  },
  'dnsmasq proxy for x86 only, an ARM machine': {
    servers: [isc(), PROXY],
    acts: [machine({ architecture: ARM })],
    silence: true,
  },
  'dnsmasq proxy beside a file of ISC': { servers: [isc(...IN_ISC('old.efi')), PROXY], acts: [machine()] },
  'two dnsmasq proxies that disagree': {
    servers: [
      DHCP,
      withTree(root => proxy('rival', '--pxe-prompt=F8,0', '--pxe-service=x86PC,Install,pxelinux', '--pxe-service=x86PC,Repair,pxelinux', ...TFTP_WORDS(root))), // prettier-ignore
      withTree(root => proxy('nbs2', '--pxe-prompt=F8,0', '--pxe-service=x86PC,Other,other', '--pxe-service=x86PC,Rest,other', ...TFTP_WORDS(root))), // prettier-ignore
    ],
    acts: [machine({ architecture: BIOS })],
  },
  'ISC and tftpd-hpa': { servers: [isc(...IN_ISC('grubx64.efi')), tftpd('rival')], acts: [machine()] },
  'ISC and tftpd-hpa, blocks of 1468 bytes': {
    servers: [isc(...IN_ISC('grubx64.efi')), tftpd('rival')],
    acts: [machine({ curl: ['--tftp-blksize', '1468'] })],
  },
  'ISC, and no TFTP service': { servers: [isc(...IN_ISC('grubx64.efi'))], acts: [machine()] },
  'ISC, and a file that may not be read': {
    servers: [isc(...IN_ISC('secret.efi')), tftpd('rival')],
    acts: [machine()],
  },
  'ISC, and a path with less MTU': {
    servers: [isc(...IN_ISC('grubx64.efi')), tftpd('rival')],
    acts: [machine({ curl: ['--tftp-blksize', '1468'] })],
    mtu: 1400,
  },
  'ISC, and the same path with small blocks': {
    servers: [isc(...IN_ISC('grubx64.efi')), tftpd('rival')],
    acts: [machine()],
    mtu: 1400,
  },
  'ISC with option 43 as text': {
    servers: [
      isc(
        'option vendor-class-identifier "PXEClient";',
        'option vendor-encapsulated-options "060108080700010a000005";',
      ),
    ],
    acts: [machine({ architecture: BIOS })],
    silence: true,
  },
  'ISC with option 43 as bytes': {
    servers: [
      isc(...IN_ISC('grubx64.efi'), 'option vendor-class-identifier "PXEClient";', 'option vendor-encapsulated-options 06:01:08:ff;'), // prettier-ignore
      tftpd('rival'),
    ],
    acts: [machine()],
  },
  'ISC with a URL for everybody': {
    servers: [isc(...IN_ISC('http://10.66.0.7/boot.ipxe')), tftpd('rival')],
    acts: [machine()],
  },
  'dnsmasq with a URL for iPXE only': {
    servers: [
      withTree(root => pool('dhcp', RANGE, '--dhcp-userclass=set:ipxe,iPXE', '--dhcp-boot=tag:ipxe,http://10.66.0.7/boot.ipxe', '--dhcp-boot=tag:!ipxe,grubx64.efi', ...TFTP_WORDS(root))), // prettier-ignore
    ],
    acts: [machine(), machine({ userClass: 'iPXE' })],
  },
  'ISC with a router of another subnet': {
    servers: [isc(...IN_ISC('grubx64.efi'), 'option routers 10.99.0.1;'), tftpd('rival')],
    acts: [machine()],
  },
  'ISC with a program for BIOS, a UEFI machine': {
    servers: [isc(...IN_ISC('pxelinux.0')), tftpd('rival')],
    acts: [machine()],
  },
  'Kea with the file in the header': {
    servers: [keaWith({ 'boot-file-name': 'grubx64.efi', 'next-server': '10.66.0.7' }), tftpd('rival')],
    acts: [machine()],
  },
  'Kea with option 67 without NUL': {
    servers: [
      keaWith({
        'next-server': '10.66.0.7',
        'option-data': [
          { name: 'routers', data: '10.66.0.1' },
          { name: 'boot-file-name', data: 'grubx64.efi' },
        ],
      }),
      tftpd('rival'),
    ],
    acts: [machine()],
  },
  'HTTP boot, dnsmasq says HTTPClient': {
    servers: [
      pool('dhcp', RANGE, '--dhcp-vendorclass=set:http,HTTPClient', '--dhcp-option-force=tag:http,60,HTTPClient', '--dhcp-boot=tag:http,http://10.66.0.7/boot.efi'), // prettier-ignore
    ],
    acts: [machine({ className: 'HTTPClient', architecture: HTTP_X64 })],
  },
  'HTTP boot, dnsmasq says nothing': {
    servers: [pool('dhcp', RANGE)],
    acts: [machine({ className: 'HTTPClient', architecture: HTTP_X64 })],
    silence: true,
  },
  'a telephone without its files': { servers: [isc(), tftpd('rival')], acts: [telephone] },
  'a laptop: lease, renewal, release': { servers: [kea], acts: [renewing] },
  'a laptop whose old address is refused': {
    servers: [isc()],
    acts: [program(...UDHCPC, '-q', '-r', '10.99.0.7')],
  },
  'a laptop whose address is in use': {
    // That of another host of the bridge, whatever a ping would have told.
    servers: [pool('dhcp', '10.66.0.6,10.66.0.6')],
    // It would ask for ever.
    acts: [program('timeout', '9', ...UDHCPC, '-q', '-a500')],
  },
  'Kea and dnsmasq, a laptop': {
    servers: [kea, pool('dhcp', RANGE, '--domain=elsewhere.example')],
    acts: [program(...UDHCPC, '-q')],
  },
}

const captured = async (lab: Lab, { servers, acts, silence, mtu }: Scene): Promise<string> => {
  const root = tree(lab)
  for (const name of ['pxelinux.0', 'other.0']) writeFileSync(join(root, name), new Uint8Array(9_000).fill(9))
  writeFileSync(join(root, 'secret.efi'), 'secret')
  chmodSync(join(root, 'secret.efi'), 0o200)
  const running = []
  for (const start of servers) running.push(await start(lab))
  const port = ['-n', lab.bridge.space('hub'), 'link', 'set', 'rival', 'mtu']
  if (mtu !== undefined) lab.bridge.ip(...port, String(mtu))
  const file = join(lab.folder, 'lab.pcap')
  const tcpdump = lab.bridge.start('pc', 'tcpdump', '-nlU', '--print', '-i', 'eth0', '-w', file, 'udp or arp or icmp') // prettier-ignore
  await tcpdump.line(/listening on/)
  for (const act of acts) await act(lab)
  if (silence) await pause(4_200)
  // The last packet: silence is only silence if something is heard after it.
  lab.bridge.start('pc', 'busybox', 'ping', '-c', '1', '-W', '1', '10.66.0.255')
  await tcpdump.line(/10\.66\.0\.255: ICMP echo request/)
  await ended(tcpdump.child, 'SIGINT')
  if (mtu !== undefined) lab.bridge.ip(...port, '1500')
  await Promise.all(running.map(({ child }) => ended(child)))
  return file
}

const only = process.env['NBS_SCENE']

t.test('captures of other servers, made anew', async t => {
  for (const name of ['dnsmasq', 'tcpdump', 'ip', 'curl', 'busybox', 'kea-dhcp4', DHCPD, TFTPD])
    if (!requireProgram(t, name)) return
  const made = bridge(t, { dhcp: 2, dhcp2: 3, nbs2: 6, rival: 7, pc: 50 })
  if (!made) return
  let count = 0
  for (const [name, scene] of Object.entries(SCENES)) {
    if (only !== undefined && !name.includes(only)) continue
    const folder = join(t.testdir({}), String(++count))
    mkdirSync(folder)
    const file = await captured({ bridge: made, folder }, scene)
    const got = [...new Set((await analyze(file)).findings.map(labelOf))].sort()
    t.strictSame(got, [...FOREIGN_LABELS[name]!.expect].sort(), name)
    if (process.env['NBS_WRITE'] === '1') copyFileSync(file, foreignFile(name))
  }
})
