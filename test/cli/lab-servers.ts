/**
 * Servers of other makes in namespaces of a lab's bridge, as their packages bring them: dnsmasq, Kea, ISC dhcpd, tftpd-hpa.
 * Each resolves when it answers. Does not judge.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bridge, type Started, dnsmasq } from './bridge.ts'

/** Not that of the package `dhcp`, which comes first where tests run. */
export const DHCPD = '/usr/sbin/dhcpd'

export interface Lab {
  readonly bridge: Bridge
  /** For leases, configurations and boot files. */
  readonly folder: string
}

export type Start = (lab: Lab) => Promise<Started>

const ready = async (started: Started, sign: RegExp): Promise<Started> => {
  await started.line(sign)
  return started
}

export const pool = (host: string, range: string, ...more: string[]): Start => {
  return ({ bridge: lab, folder }) => {
    const words = [
      `--dhcp-range=${range},1h`,
      `--dhcp-leasefile=${folder}/leases-${host}`,
      '--no-ping',
      ...more,
    ]
    return ready(lab.start(host, ...dnsmasq(...words)), /started/)
  }
}

export const ROUTER = '--dhcp-option=3,10.66.0.1'
export const DHCP = pool('dhcp', '10.66.0.100,10.66.0.120')
export const proxy = (host: string, ...more: string[]): Start => {
  return ({ bridge: lab }) =>
    ready(lab.start(host, ...dnsmasq('--dhcp-range=10.66.0.0,proxy', ...more)), /started/)
}
export const nbs = (host: string): Start => {
  return ({ bridge: lab }) =>
    ready(lab.nbs(host, 'serve', '--interface', 'eth0', '--user', 'root', '--beside-others'), /^ready$/)
}

export const written = (folder: string, name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** Settings of its subnet besides. */
export const keaWith = (subnet: Readonly<Record<string, unknown>>): Start => {
  return ({ bridge: lab, folder }) => {
    const settings = {
      'interfaces-config': { interfaces: ['eth0'] },
      'lease-database': { type: 'memfile', persist: false },
      subnet4: [
        {
          id: 1,
          subnet: '10.66.0.0/24',
          pools: [{ pool: '10.66.0.150 - 10.66.0.160' }],
          'option-data': [{ name: 'routers', data: '10.66.0.1' }],
          ...subnet,
        },
      ],
      loggers: [{ name: 'kea-dhcp4', output_options: [{ output: 'stdout' }], severity: 'INFO' }],
    }
    const file = written(folder, 'kea.json', JSON.stringify({ Dhcp4: settings }))
    const environment = [`KEA_PIDFILE_DIR=${folder}`, 'KEA_LOCKFILE_DIR=none']
    return ready(lab.start('dhcp2', 'env', ...environment, 'kea-dhcp4', '-c', file), /DHCP4_STARTED/)
  }
}
export const kea = keaWith({})

/** Lines of its subnet; they may replace the router. */
export const isc = (...lines: string[]): Start => {
  return ({ bridge: lab, folder }) => {
    const subnet = [
      'range 10.66.0.170 10.66.0.180;',
      ...(lines.some(line => line.startsWith('option routers')) ? [] : ['option routers 10.66.0.1;']),
      ...lines,
    ].join('\n')
    const file = written(
      folder,
      'dhcpd.conf',
      `authoritative;\nping-check false;\nsubnet 10.66.0.0 netmask 255.255.255.0 {\n${subnet}\n}\n`,
    )
    const leases = written(folder, 'dhcpd.leases', '')
    return ready(
      lab.start('dhcp2', DHCPD, '-4', '-f', '-d', '--no-pid', '-cf', file, '-lf', leases, 'eth0'),
      /Server starting service|Listening on LPF/,
    )
  }
}

export const WDS_LIKE = [
  'option vendor-class-identifier "PXEClient";',
  'next-server 10.66.0.3;',
  'filename "boot\\\\x64\\\\wdsmgfw.efi";',
]

export const tree = ({ folder }: Lab): string => {
  const root = join(folder, 'tftp')
  mkdirSync(root, { recursive: true })
  writeFileSync(join(root, 'grubx64.efi'), new Uint8Array(6_000).fill(7))
  return root
}

/** tftpd-hpa, without a daemon of its own. */
export const TFTPD = '/usr/sbin/in.tftpd'
export const tftpd = (host: string, ...words: string[]): Start => {
  return async lab => {
    const started = lab.bridge.start(host, TFTPD, '-L', '--user', 'root', ...words, '--secure', tree(lab))
    // It says nothing until it is asked, but its socket can be seen: port 69 of every address.
    const open = "while ! grep -q ' 00000000:0045 ' /proc/net/udp; do sleep 0.02; done; echo open"
    await lab.bridge.start(host, 'sh', '-c', open).line(/^open$/)
    return started
  }
}
