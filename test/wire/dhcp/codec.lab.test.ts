/** tshark as the judge of our encoder: every option we know, every message type, PXE vendor options, overload. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseIp4, toMac, writeIp4, writeMac } from '../../../src/core/address.ts'
import { concat, fromHex, toHex, writeU16 } from '../../../src/core/bytes.ts'
import { type OptionInstance, encodeOption } from '../../../src/servers/parts/options.ts'
import { encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import { type DhcpMessage, MESSAGE_TYPE, type MessageType } from '../../../src/wire/dhcp/message.ts'
import { OPTION, type OptionName } from '../../../src/wire/dhcp/option-codes.ts'
import * as options from '../../../src/wire/dhcp/options.ts'
import * as client from '../../../src/wire/pxe/client.ts'
import { pxeVendorOption } from '../../../src/wire/pxe/vendor-options.ts'
import { requireProgram } from '../../lab.ts'

const ip = (text: string) => parseIp4(text)!
const MAC = toMac(0x005056000001)

/** Ethernet, IPv4, UDP around a DHCP message; the checksum of UDP is left out (0), that of IP computed. */
const frame = (message: DhcpMessage): Uint8Array => {
  const payload = encodeDhcp(message)
  const request = message.op === 1
  const head = new Uint8Array(42)
  writeMac(head, 0, toMac(0xffffffffffff))
  writeMac(head, 6, MAC)
  writeU16(head, 12, 0x0800)
  head.set([0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17], 14)
  writeU16(head, 16, 28 + payload.length)
  writeIp4(head, 26, ip(request ? '0.0.0.0' : '10.20.1.2'))
  writeIp4(head, 30, ip('255.255.255.255'))
  let sum = 0
  for (let at = 14; at < 34; at += 2) sum += (head[at]! << 8) | head[at + 1]!
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  writeU16(head, 24, ~sum & 0xffff)
  writeU16(head, 34, request ? 68 : 67)
  writeU16(head, 36, request ? 67 : 68)
  writeU16(head, 38, 8 + payload.length)
  return concat([head, payload])
}

/** A classic pcap file, big-endian. */
const pcap = (messages: readonly DhcpMessage[]): Uint8Array => {
  const parts = [fromHex('a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000001')]
  messages.map(frame).forEach((bytes, i) => {
    const length = bytes.length.toString(16).padStart(8, '0')
    parts.push(fromHex(`${i.toString(16).padStart(8, '0')} 00000000 ${length} ${length}`), bytes)
  })
  return concat(parts)
}

/** One record per message: field -> values. */
const dissect = (messages: readonly DhcpMessage[], fields: readonly string[]): Record<string, string[]>[] => {
  const columns = ['_ws.malformed', '_ws.expert.message', ...fields]
  const folder = mkdtempSync(join(tmpdir(), 'nbs-lab-'))
  const file = join(folder, 'messages.pcap')
  writeFileSync(file, pcap(messages))
  const args = ['-r', file, '-n', '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=|']
  const { stdout, stderr } = spawnSync('tshark', [...args, ...columns.flatMap(column => ['-e', column])], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  rmSync(folder, { recursive: true })
  const lines = stdout.split('\n').filter(line => line !== '')
  if (lines.length !== messages.length) throw new Error(`tshark: ${lines.length} lines; ${stderr}`)
  return lines.map(line => {
    const cells = line.split('\t')
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ? cells[i].split('|') : []]))
  })
}

const BASE = { chaddr: options.chaddrOf(MAC), xid: 0x12345678, ciaddr: ip('10.20.1.9') }

/** What is written, the field tshark shows it in, and what it shows there. */
type Row = readonly [value: OptionInstance, field: string, shown: readonly string[]]

const one = (field: string, address = '10.0.0.1'): Row => [address, field, [address]]
const several = (field: string): Row => [['10.0.0.1', '10.0.0.2'], field, ['10.0.0.1', '10.0.0.2']]
const word = (field: string, text = 'some/text'): Row => [text, field, [text]]
const count = (field: string, number: number): Row => [number, field, [String(number)]]
const yes = (field: string): Row => [true, field, ['1']]
const raw = (hex: string, field = 'dhcp.option.value', shown = hex): Row => [{ hex }, field, [shown]]
const O = 'dhcp.option'

const ROWS: Readonly<Record<OptionName, Row>> = {
  subnetMask: one(`${O}.subnet_mask`, '255.255.255.0'),
  timeOffset: count(`${O}.time_offset`, -3600),
  router: several(`${O}.router`),
  timeServer: several(`${O}.time_server`),
  nameServer: several(`${O}.name_server`),
  domainNameServer: several(`${O}.domain_name_server`),
  logServer: several(`${O}.log_server`),
  cookieServer: several(`${O}.quotes_server`),
  lprServer: several(`${O}.lpr_server`),
  impressServer: several(`${O}.impress_server`),
  resourceLocationServer: several(`${O}.resource_location_server`),
  hostName: word(`${O}.hostname`),
  bootFileSize: count(`${O}.boot_file_size`, 65535),
  meritDumpFile: word(`${O}.merit_dump_file`),
  domainName: word(`${O}.domain_name`),
  swapServer: one(`${O}.swap_server`),
  rootPath: word(`${O}.root_path`),
  extensionsPath: word(`${O}.extension_path`),
  ipForwarding: yes(`${O}.ip_forwarding`),
  nonLocalSourceRouting: yes(`${O}.non_local_source_routing`),
  policyFilter: [['10.0.0.0', '255.0.0.0'], `${O}.policy_filter.subnet_mask`, ['255.0.0.0']],
  maximumDatagramReassemblySize: count(`${O}.max_datagram_reassembly_size`, 576),
  defaultTimeToLive: count(`${O}.default_ip_ttl`, 64),
  pathMtuAgingTimeout: count(`${O}.path_mtu_aging_timeout`, 4294967295),
  pathMtuPlateauTable: [[68, 1500], `${O}.path_mtu_plateau_table_item`, ['68', '1500']],
  interfaceMtu: count(`${O}.interface_mtu`, 1500),
  allSubnetsAreLocal: yes(`${O}.all_subnets_are_local`),
  broadcastAddress: one(`${O}.broadcast_address`),
  performMaskDiscovery: yes(`${O}.perform_mask_discovery`),
  maskSupplier: yes(`${O}.mask_supplier`),
  performRouterDiscovery: yes(`${O}.perform_router_discover`),
  routerSolicitationAddress: one(`${O}.router_solicitation_address`),
  staticRoute: [['10.1.0.0', '10.0.0.1'], `${O}.static_route.router`, ['10.0.0.1']],
  trailerEncapsulation: yes(`${O}.trailer_encapsulation`),
  arpCacheTimeout: count(`${O}.arp_cache_timeout`, 60),
  ethernetEncapsulation: yes(`${O}.ethernet_encapsulation`),
  tcpDefaultTimeToLive: count(`${O}.tcp_default_ttl`, 255),
  tcpKeepaliveInterval: count(`${O}.tcp_keepalive_interval`, 7200),
  tcpKeepaliveGarbage: yes(`${O}.tcp_keepalive_garbage`),
  nisDomain: word(`${O}.nis_domain`),
  nisServers: several(`${O}.nis_server`),
  ntpServers: several(`${O}.ntp_server`),
  vendorSpecific: raw('060108ff'),
  netBiosNameServer: several(`${O}.netbios_over_tcpip_name_server`),
  netBiosDatagramServer: several(`${O}.netbios_over_tcpip_dd_name_server`),
  netBiosNodeType: count(`${O}.netbios_over_tcpip_node_type`, 8),
  netBiosScope: word(`${O}.netbios_over_tcpip_scope`),
  xWindowFontServer: several(`${O}.xwindows_system_font_server`),
  xWindowDisplayManager: several(`${O}.xwindows_system_display_manager`),
  requestedIpAddress: one(`${O}.requested_ip_address`),
  leaseTime: count(`${O}.ip_address_lease_time`, 86400),
  // Covered by the overload test below: alone it would announce an empty `file`.
  optionOverload: count(`${O}.option_overload`, 1),
  messageType: count(`${O}.dhcp`, 1),
  serverIdentifier: one(`${O}.dhcp_server_id`),
  parameterRequestList: [[1, 3, 67], `${O}.request_list_item`, ['1', '3', '67']],
  message: word(`${O}.message`),
  maximumMessageSize: count(`${O}.dhcp_max_message_size`, 1472),
  renewalTime: count(`${O}.renewal_time_value`, 43200),
  rebindingTime: count(`${O}.rebinding_time_value`, 75600),
  classIdentifier: word(`${O}.vendor_class_id`, 'PXEClient:Arch:00007:UNDI:003000'),
  clientIdentifier: raw('01005056000001', 'dhcp.hw.mac_addr', '00:50:56:00:00:01'),
  nisPlusDomain: word(`${O}.nis_plus_domain`),
  nisPlusServers: several(`${O}.nis_plus_server`),
  tftpServerName: word(`${O}.tftp_server_name`),
  bootFileName: word(`${O}.bootfile_name`),
  mobileIpHomeAgent: [['10.0.0.1'], `${O}.value`, ['0a000001']],
  smtpServer: several(`${O}.smtp_server`),
  pop3Server: several(`${O}.pop3_server`),
  nntpServer: several(`${O}.nntp_server`),
  wwwServer: several(`${O}.default_www_server`),
  fingerServer: several(`${O}.default_finger_server`),
  ircServer: several(`${O}.default_irc_server`),
  streetTalkServer: several(`${O}.streettalk_server`),
  streetTalkDirectoryAssistance: several(`${O}.streettalk_da_server`),
  userClass: raw('0469505845', `${O}.user_class.data`, '69505845'),
  rapidCommit: [true, `${O}.type`, ['80']],
  clientFqdn: raw('00000061', 'dhcp.fqdn.name', 'a'),
  relayAgentInformation: raw('010465746830', `${O}.agent_information_option.agent_circuit_id`, '65746830'),
  authentication: raw('0000000000000000000000'),
  clientSystemArchitecture: [[7], `${O}.client_system_architecture`, ['7']],
  clientNetworkInterface: raw('010310', 'dhcp.client_network_id_minor', '16'),
  clientMachineIdentifier: raw(
    '0000112233445566778899aabbccddeeff',
    'dhcp.client_id.uuid',
    '33221100-5544-7766-8899-aabbccddeeff',
  ),
  posixTimeZone: word(`${O}.tz_pcode`, 'EST5EDT4'),
  tzdbTimeZone: word(`${O}.tz_tcode`, 'Europe/Zurich'),
  captivePortal: word(`${O}.captive_portal`, 'https://example.com/api'),
  autoConfigure: count(`${O}.dhcp_auto_configuration`, 1),
  subnetSelection: one(`${O}.subnet_selection_option`),
  domainSearch: raw('016100', `${O}.dhcp_dns_domain_search_list_fqdn`, 'a'),
  classlessStaticRoute: raw('000a000001'),
  vendorIdentifyingClass: raw('000000090161', `${O}.vi_class.enterprise`, '9'),
  vendorIdentifyingVendorSpecific: raw('0000000903010161'),
  tftpServerAddress: several(`${O}.tftp_server_address`),
  ipxeEncapsulated: raw('b10101'),
  pxelinuxMagic: raw('f100747e'),
  pxelinuxConfigFile: word(`${O}.pxe_config_file`),
  pathPrefix: word(`${O}.pxe_path_prefix`),
  rebootTime: [30, `${O}.value`, ['0000001e']],
  microsoftClasslessStaticRoute: raw('000a000001'),
  webProxyAutoDiscovery: word(`${O}.private_proxy_autodiscovery`),
}

const quiet = (record: Record<string, string[]>) => [record['_ws.malformed'], record['_ws.expert.message']]

t.test('every option with a name, by its typed field', async t => {
  if (!requireProgram(t, 'tshark')) return
  const rows = Object.entries(ROWS).filter(([name]) => name !== 'optionOverload' && name !== 'messageType')
  const messages = rows.map(([name, [value]]) => {
    const code = OPTION[name as OptionName]
    const bytes = encodeOption(code, value)
    if (!bytes.ok) throw new Error(`${name}: ${bytes.message}`)
    return options.bootRequest({
      ...BASE,
      options: [options.messageTypeOption('inform'), options.bytesOption(code, bytes.value)],
    })
  })
  const fields = [...new Set(rows.flatMap(([, [, field]]) => [field, `${O}.type`, `${O}.length`]))]
  const records = dissect(messages, fields)
  rows.forEach(([name, [, field, shown]], i) => {
    const record = records[i]!
    const length = messages[i]!.options[1]!.value.length
    t.strictSame(quiet(record), [[], []], `${name}: no complaint`)
    t.ok(
      shown.every(text => record[field]!.includes(text)),
      `${name}: ${shown.join()} in ${record[field]!.join()}`,
    )
    // tshark 4.0 counts END as an option of type 0.
    t.strictSame(record[`${O}.type`], ['53', String(OPTION[name as OptionName]), '0'], `${name}: codes`)
    t.strictSame(record[`${O}.length`], ['1', String(length)], `${name}: length`)
  })
})

t.test('every message type and every header field', async t => {
  if (!requireProgram(t, 'tshark')) return
  const types = Object.keys(MESSAGE_TYPE) as MessageType[]
  const messages = types.map((type, i) =>
    options.bootRequest({
      op: ['offer', 'ack', 'nak'].includes(type) ? 2 : 1,
      hops: i,
      xid: 0xfffffff0 + i,
      secs: 0x0102,
      flags: i % 2 ? 0x8000 : 0,
      ciaddr: ip('1.2.3.4'),
      yiaddr: ip('5.6.7.8'),
      siaddr: ip('9.10.11.12'),
      giaddr: ip('13.14.15.16'),
      chaddr: options.chaddrOf(MAC),
      sname: 'boot-server',
      file: 'BStrap/x64/BStrap.efi',
      options: [options.messageTypeOption(type)],
    }),
  )
  const header = ['type', 'hops', 'id', 'secs', 'flags.bc', 'ip.client', 'ip.your', 'ip.server', 'ip.relay']
  const fields = [...header, 'hw.mac_addr', 'server', 'file', 'option.dhcp'].map(name => `dhcp.${name}`)
  dissect(messages, fields).forEach((record, i) => {
    t.strictSame(quiet(record), [[], []], types[i]!)
    t.strictSame(
      fields.map(field => record[field]!.join()),
      [
        String(messages[i]!.op),
        String(i),
        `0x${(0xfffffff0 + i).toString(16)}`,
        '258',
        String(i % 2),
        '1.2.3.4',
        '5.6.7.8',
        '9.10.11.12',
        '13.14.15.16',
        '00:50:56:00:00:01',
        'boot-server',
        'BStrap/x64/BStrap.efi',
        String(MESSAGE_TYPE[types[i]!]),
      ],
      types[i]!,
    )
  })
})

t.test('a proxy offer with all PXE vendor options', async t => {
  if (!requireProgram(t, 'tshark')) return
  const V = `${O}.vendor.pxeclient`
  const offer = options.bootReply(options.bootRequest(BASE), {
    siaddr: ip('10.20.1.5'),
    options: [
      options.messageTypeOption('offer'),
      options.ip4Option(OPTION.serverIdentifier, ip('10.20.1.5')),
      options.textOption(OPTION.classIdentifier, 'PXEClient'),
      client.clientMachineIdentifierOption(fromHex('00112233445566778899aabbccddeeff')),
      pxeVendorOption({
        discoveryControl: 3,
        multicastAddress: ip('224.0.5.6'),
        bootServers: [{ type: 0xaaaa, addresses: [ip('10.20.1.5'), ip('10.20.1.6')] }],
        bootMenu: [{ type: 0xaaaa, text: 'WinPE' }],
        prompt: { timeout: 10, text: 'F8' },
        bootItem: { type: 0xaaaa, layer: 0 },
        others: [{ tag: 1, value: fromHex('e0000507') }],
      }),
    ],
  })
  const tags = [
    ['suboption', '6,7,8,9,10,71,1'],
    ['discovery_control', '0x03'],
    ['multicast_address', '224.0.5.6'],
    ['boot_servers.type', '43690'],
    ['boot_servers.count', '2'],
    ['boot_servers.ip', '10.20.1.5,10.20.1.6'],
    ['boot_menu.desc', 'WinPE'],
    ['menu_prompt.timeout', '10'],
    ['menu_prompt.prompt', 'F8'],
    ['boot_item.type', '43690'],
    ['mtftp_ip', '224.0.5.7'],
  ] as const
  const [record] = dissect(
    [offer],
    tags.map(([name]) => `${V}.${name}`),
  )
  t.strictSame(quiet(record!), [[], []])
  for (const [name, shown] of tags) t.equal(record![`${V}.${name}`]!.join(), shown, name)
})

t.test('long options and option overload', async t => {
  if (!requireProgram(t, 'tshark')) return
  const long = options.bootRequest({
    ...BASE,
    options: [options.messageTypeOption('inform'), options.bytesOption(224, new Uint8Array(300).fill(0x61))],
  })
  const overloaded = options.bootRequest({
    ...BASE,
    options: [
      options.messageTypeOption('inform'),
      { ...options.textOption(OPTION.bootFileName, 'a.efi'), area: 'file' },
      { ...options.textOption(OPTION.hostName, 'pc'), area: 'sname' },
    ],
  })
  const fields = ['type', 'length', 'option_overload', 'bootfile_name', 'hostname'].map(
    name => `${O}.${name}`,
  )
  const [first, second] = dissect([long, overloaded], fields)
  t.strictSame(
    fields.map(field => first![field]!.join()),
    ['53,224,224,0', '1,255,45', '', '', ''],
  )
  t.strictSame(
    fields.slice(2).map(field => second![field]!.join()),
    ['3', 'a.efi', 'pc'],
  )
  t.strictSame(second!['_ws.malformed'], [])
  t.equal(toHex(encodeDhcp(overloaded).subarray(44, 49)), '0c027063ff')
})
