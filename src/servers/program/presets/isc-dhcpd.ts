/**
 * ISC DHCP (man dhcpd.conf): leases only. An option is given as bytes, by an option of our own name on its code.
 */
import { formatIp4, netmask, networkOf } from '../../../core/address.ts'
import type { DhcpOption } from '../../../wire/dhcp/message.ts'
import type { Preset, Settings } from './preset.ts'
import { colonHex } from './words.ts'

export const ISC_DHCPD: Preset = {
  name: 'isc-dhcpd',
  title: 'DHCP server of ISC, the old one',
  package: 'isc-dhcp-server',
  can: ['lease'],
  command: [
    'dhcpd',
    '-4',
    '-f',
    '-d',
    '-cf',
    '{config}',
    '-lf',
    '{folder}/dhcpd.leases',
    '-pf',
    '{folder}/dhcpd.pid',
    '{interface}',
  ],
  ready: 'Server starting service',
  empty: ['dhcpd.leases'],
  scratch: ['/var/lib/dhcp'],
  configure: settings => ({ name: 'dhcpd.conf', text: [...linesOf(settings), ''].join('\n') }),
}

const linesOf = ({
  pools,
  leaseSeconds,
  options,
  bootFile,
  nextServer,
  address,
  prefixLength,
}: Settings): string[] => [
  'authoritative;',
  'ddns-update-style none;',
  'ping-check false;',
  `default-lease-time ${leaseSeconds};`,
  `max-lease-time ${leaseSeconds};`,
  ...options.flatMap(optionLines),
  ...(bootFile === undefined ? [] : [`filename ${JSON.stringify(bootFile)};`]),
  ...(nextServer === undefined ? [] : [`next-server ${formatIp4(nextServer)};`]),
  ...subnets({ pools, address, prefixLength }),
]

/** Its own subnet is declared also where it leases nothing there: dhcpd does not start otherwise. */
const subnets = ({
  pools,
  address,
  prefixLength,
}: Pick<Settings, 'pools' | 'address' | 'prefixLength'>): string[] => {
  const own = networkOf(address, prefixLength)
  const isDeclared = pools.some(pool => networkOf(pool.first, pool.prefixLength) === own)
  return [
    ...(isDeclared ? [] : [`subnet ${formatIp4(own)} netmask ${formatIp4(netmask(prefixLength))} { }`]),
    ...pools.flatMap(pool => [
      `subnet ${formatIp4(networkOf(pool.first, pool.prefixLength))} netmask ${formatIp4(netmask(pool.prefixLength))} {`,
      `  range ${formatIp4(pool.first)} ${formatIp4(pool.last)};`,
      ...(pool.router === undefined ? [] : [`  option routers ${formatIp4(pool.router)};`]),
      '}',
    ]),
  ]
}

const optionLines = ({ code, value }: DhcpOption): string[] => [
  `option nbs-${code} code ${code} = string;`,
  `option nbs-${code} ${colonHex(value)};`,
]
