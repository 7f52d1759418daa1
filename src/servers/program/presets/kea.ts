/**
 * ISC Kea's DHCPv4 server (Kea 2.2 manual, chapter 8): leases only.
 */
import { formatIp4, networkOf } from '../../../core/address.ts'
import { toHex } from '../../../core/bytes.ts'
import { formatCidr } from '../../../core/address.ts'
import type { Preset, Settings } from './preset.ts'

export const KEA: Preset = {
  name: 'kea',
  title: 'DHCP server of ISC, the newer one',
  package: 'kea-dhcp4-server',
  can: ['lease'],
  command: ['kea-dhcp4', '-c', '{config}'],
  ready: 'DHCP4_STARTED',
  environment: {
    KEA_PIDFILE_DIR: '{folder}',
    KEA_LOCKFILE_DIR: '{folder}',
    KEA_DHCP_DATA_DIR: '{folder}',
    KEA_LOGGER_DESTINATION: 'stdout',
  },
  scratch: ['/var/lib/kea', '/var/log/kea', '/var/log'],
  configure: settings => ({
    name: 'kea-dhcp4.conf',
    text: `${JSON.stringify({ Dhcp4: configOf(settings) }, null, 2)}\n`,
  }),
}

const configOf = ({ card, pools, prefixLength, leaseSeconds, options, bootFile, nextServer }: Settings) => ({
  'interfaces-config': { interfaces: [card], 'dhcp-socket-type': 'raw' },
  'lease-database': { type: 'memfile', persist: false },
  'valid-lifetime': leaseSeconds,
  authoritative: true,
  ...(bootFile !== undefined && { 'boot-file-name': bootFile }),
  ...(nextServer !== undefined && { 'next-server': formatIp4(nextServer) }),
  'option-data': options.map(({ code, value }) => ({
    code,
    'csv-format': false,
    data: toHex(value),
    'always-send': true,
  })),
  subnet4: pools.map((pool, at) => ({
    id: at + 1,
    subnet: formatCidr({
      network: networkOf(pool.first, pool.prefixLength),
      prefixLength: pool.prefixLength,
    }),
    pools: [{ pool: `${formatIp4(pool.first)} - ${formatIp4(pool.last)}` }],
    'option-data': pool.router === undefined ? [] : [{ name: 'routers', data: formatIp4(pool.router) }],
    ...(pool.prefixLength === prefixLength && at === 0 && { interface: card }),
  })),
  loggers: [{ name: 'kea-dhcp4', severity: 'INFO', output_options: [{ output: 'stdout' }] }],
})
