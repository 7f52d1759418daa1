/**
 * dnsmasq (man dnsmasq 2.90): DHCP server, proxyDHCP and TFTP in one. Proxy mode needs a service for each architecture; the
 * prompt of 0 seconds boots the first.
 */
import { formatIp4, networkOf } from '../../../core/address.ts'
import type { DhcpOption } from '../../../wire/dhcp/message.ts'
import type { Preset, Settings } from './preset.ts'
import { addressesOf, colonHex, textOf } from './words.ts'

/** Names of client systems, as `pxe-service` has them. */
const SYSTEMS = ['x86PC', 'IA32_EFI', 'BC_EFI', 'X86-64_EFI', 'ARM64_EFI']

export const DNSMASQ: Preset = {
  name: 'dnsmasq',
  title: 'DHCP, proxyDHCP and TFTP',
  package: 'dnsmasq-base',
  can: ['lease', 'proxy', 'files'],
  command: ['dnsmasq', '--keep-in-foreground', '--log-facility=-', '--pid-file', '--conf-file={config}'],
  ready: 'started, version',
  scratch: ['/var/lib/misc', '/var/lib/dnsmasq'],
  configure: settings => ({ name: 'dnsmasq.conf', text: [...linesOf(settings), ''].join('\n') }),
}

const linesOf = (settings: Settings): string[] => {
  const { card, hasFiles, isProxy, options } = settings
  return [
    'port=0',
    'no-hosts',
    'no-resolv',
    'no-ping',
    `interface=${card}`,
    'bind-interfaces',
    'log-dhcp',
    'dhcp-leasefile={folder}/dnsmasq.leases',
    ...(hasFiles ? ['enable-tftp', 'tftp-root={images}'] : []),
    ...(isProxy ? proxyLines(settings) : leaseLines(settings)),
    ...options.map(optionLine),
  ]
}

const leaseLines = ({ pools, leaseSeconds, bootFile, nextServer }: Settings): string[] => [
  ...pools.flatMap(({ subnet, first, last, router }) => [
    `dhcp-range=set:${tagOf(subnet)},${formatIp4(first)},${formatIp4(last)},${leaseSeconds}`,
    // Without a value it is left out: by itself dnsmasq names itself.
    `dhcp-option=tag:${tagOf(subnet)},3${router === undefined ? '' : `,${formatIp4(router)}`}`,
  ]),
  'dhcp-authoritative',
  ...(bootFile === undefined && nextServer === undefined
    ? []
    : [`dhcp-boot=${bootFile ?? ''},,${nextServer === undefined ? '' : formatIp4(nextServer)}`]),
]

const tagOf = (subnet: string): string => `on-${subnet}`

const proxyLines = ({ address, prefixLength, bootFile, nextServer }: Settings): string[] => [
  `dhcp-range=${formatIp4(networkOf(address, prefixLength))},proxy`,
  'pxe-prompt="Network boot",0',
  ...SYSTEMS.map(
    system => `pxe-service=${system},"Network boot",${bootFile ?? ''},${formatIp4(nextServer ?? address)}`,
  ),
]

/** Sent whether asked for or not. */
const optionLine = (option: DhcpOption): string => {
  const value = addressesOf(option)?.join(',') ?? textOf(option) ?? colonHex(option.value)
  return `dhcp-option-force=${option.code},${value}`
}
