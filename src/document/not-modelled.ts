/**
 * What people look for in a scenario and what is deliberately not modelled: said in a sentence, not as a misspelling. Does not
 * list what simply has another name.
 */

/** By what the field would be called, in lower case without punctuation. */
const SENTENCES: readonly (readonly [names: readonly string[], sentence: string])[] = [
  [
    ['secureboot', 'signature', 'signatures', 'signedby', 'shim', 'dbx'],
    'Secure Boot is not modelled: no packet shows whether firmware accepts the signature of a file; a run ends when the file is loaded',
  ],
  [
    ['8021x', 'dot1x', 'ieee8021x', 'nac', 'portauthentication', 'radius', 'mab'],
    '802.1X is not modelled: a port is either open or closed; write a port that opens late as switch: { forwardingDelay: 30s }, and one that stays closed as a fault (cut)',
  ],
  [
    ['vlan', 'vlans', 'trunk', 'tagged'],
    'VLAN tags are not modelled: each VLAN is a subnet of its own, joined by a router',
  ],
  [
    ['wifi', 'wireless', 'ssid', 'wlan'],
    'wireless networks are not modelled: firmware boots over wired Ethernet; write a bad link as link: { loss: 5%, delay: 1ms..20ms }',
  ],
  [
    ['bandwidth', 'speed', 'rate', 'throughput', 'duplex', 'qos'],
    'bandwidth is not modelled: each frame takes as long as link: { delay } says, however many frames there are',
  ],
  [
    ['nat', 'firewall', 'acl', 'acls', 'filter'],
    'firewalls and NAT are not modelled as such: write what they drop as a service that is silent (tftp: silent) or closed, or as a fault (cut)',
  ],
  [
    ['dns', 'dnsserver', 'ddns', 'wins'],
    'name resolution is not modelled: servers are given by address; option 6 and others can be sent as options',
  ],
  [
    ['cidr6', 'address6', 'ipv6', 'advertise', 'dhcp6', 'dhcpv6', 'slaac', 'pool6'],
    'IPv6 is not modelled yet: machines boot over IPv4, by PXE or by HTTP (boot: [pxe4, http4])',
  ],
  [
    ['igmp', 'igmpsnooping', 'multicastrouting', 'mtftp', 'multicasttftp'],
    'IGMP, multicast routing and multicast TFTP are not modelled: multicast stays within its own subnet; files are loaded by unicast TFTP',
  ],
  [
    ['failover', 'hotstandby', 'loadbalance'],
    'failover between DHCP servers is not modelled: write a split scope (two pools), or a fault that starts one server when the other stops',
  ],
  [
    ['wakeonlan', 'wol', 'magicpacket'],
    'Wake on LAN is not modelled outside a site: a machine is switched on at its powerOn',
  ],
  [
    ['operatingsystem', 'os', 'winpe', 'bootwim', 'installer', 'kernel', 'initrd'],
    'operating systems are not modelled: a run ends when the boot file is loaded; jobs and WinPE belong under site:',
  ],
]

const BY_NAME: ReadonlyMap<string, string> = new Map(
  SENTENCES.flatMap(([names, sentence]) => names.map(name => [name, sentence] as const)),
)

/** A sentence for somebody who wrote this field; undefined: it means nothing here. */
export const notModelled = (field: string): string | undefined =>
  BY_NAME.get(field.toLowerCase().replace(/[^a-z0-9]/g, ''))

export const NOT_MODELLED: readonly string[] = SENTENCES.map(([, sentence]) => sentence)
