/**
 * What people look for in a scenario and what is deliberately not modelled: said in a sentence, not as a misspelling. Does not
 * list what simply has another name.
 */

/** By what the field would be called, in lower case without punctuation. */
const SENTENCES: readonly (readonly [names: readonly string[], sentence: string])[] = [
  [
    ['secureboot', 'signature', 'signatures', 'signedby', 'shim', 'dbx'],
    'Secure Boot is not modelled: whether firmware starts a file by its signature shows in no packet; a run ends where the file is there',
  ],
  [
    ['8021x', 'dot1x', 'ieee8021x', 'nac', 'portauthentication', 'radius', 'mab'],
    '802.1X is not modelled: a port is open, or it is not; write a port that opens late as switch: { forwardingDelay: 30s }, one that stays shut as a fault (cut)',
  ],
  [
    ['vlan', 'vlans', 'trunk', 'tagged'],
    'VLAN tags are not modelled: each VLAN is a subnet of its own, joined by a router',
  ],
  [
    ['wifi', 'wireless', 'ssid', 'wlan'],
    'wireless networks are not modelled: firmware boots by cable; write a bad one as link: { loss: 5%, delay: 1ms..20ms }',
  ],
  [
    ['bandwidth', 'speed', 'rate', 'throughput', 'duplex', 'qos'],
    'bandwidth is not modelled: a frame takes as long as link: { delay } says, however many there are',
  ],
  [
    ['nat', 'firewall', 'acl', 'acls', 'filter'],
    'firewalls and NAT are not modelled as such: write what they swallow as a service that is silent (tftp: silent), closed, or as a fault (cut)',
  ],
  [
    ['dns', 'dnsserver', 'ddns', 'wins'],
    'name resolution is not modelled: servers are named by address; option 6 and others can be sent as options',
  ],
  [
    ['cidr6', 'address6', 'ipv6', 'advertise', 'dhcp6', 'dhcpv6', 'slaac', 'pool6'],
    'IPv6 is not modelled yet: machines boot over IPv4, by PXE or by HTTP (boot: [pxe4, http4])',
  ],
  [
    ['igmp', 'igmpsnooping', 'multicastrouting', 'mtftp', 'multicasttftp'],
    'IGMP, multicast routing and multicast TFTP are not modelled: a multicast reaches its own subnet; files come by unicast TFTP',
  ],
  [
    ['failover', 'hotstandby', 'loadbalance'],
    'failover between DHCP servers is not modelled: write a split scope (two pools), or one server that a fault starts when the other stops',
  ],
  [
    ['wakeonlan', 'wol', 'magicpacket'],
    'Wake on LAN is not modelled outside a site: a machine is switched on when powerOn says so',
  ],
  [
    ['operatingsystem', 'os', 'winpe', 'bootwim', 'installer', 'kernel', 'initrd'],
    'operating systems are not modelled: a run ends where the boot file is there; jobs and WinPE belong to site:',
  ],
]

const BY_NAME: ReadonlyMap<string, string> = new Map(
  SENTENCES.flatMap(([names, sentence]) => names.map(name => [name, sentence] as const)),
)

/** A sentence for somebody who wrote this field; undefined: it means nothing here. */
export const notModelled = (field: string): string | undefined =>
  BY_NAME.get(field.toLowerCase().replace(/[^a-z0-9]/g, ''))

export const NOT_MODELLED: readonly string[] = SENTENCES.map(([, sentence]) => sentence)
