/**
 * What the value of an option must look like: one table, from which the decoder's length check, the encoder of
 * users' values and tests are driven. Does not encode or decode anything.
 */
import { OPTION, type OptionName } from './option-codes.ts'

/** `flag`: no value (RFC 4039); `ipPairs`: address pairs; `bytes`: structure of its own, checked elsewhere or not. */
export type OptionFormat =
  | 'ip'
  | 'ips'
  | 'ipPairs'
  | 'u8'
  | 'u8s'
  | 'u16'
  | 'u16s'
  | 'u32'
  | 'i32'
  | 'bool'
  | 'text'
  | 'bytes'
  | 'flag'

export interface OptionShape {
  readonly format: OptionFormat
  readonly minimumLength: number
  readonly maximumLength: number
  /** The length must be a multiple of this. */
  readonly unit: number
  readonly reference: string
}

const ANY = Infinity

/** format -> minimum, maximum, unit. */
const LENGTHS: Readonly<Record<OptionFormat, readonly [number, number, number]>> = {
  ip: [4, 4, 4],
  ips: [4, ANY, 4],
  ipPairs: [8, ANY, 8],
  u8: [1, 1, 1],
  u8s: [1, ANY, 1],
  u16: [2, 2, 2],
  u16s: [2, ANY, 2],
  u32: [4, 4, 4],
  i32: [4, 4, 4],
  bool: [1, 1, 1],
  text: [1, ANY, 1],
  bytes: [1, ANY, 1],
  flag: [0, 0, 1],
}

type Row = readonly [format: OptionFormat, reference: string, minimum?: number, maximum?: number]

const TABLE: Readonly<Record<OptionName, Row>> = {
  subnetMask: ['ip', 'RFC 2132 §3.3'],
  timeOffset: ['i32', 'RFC 2132 §3.4'],
  router: ['ips', 'RFC 2132 §3.5'],
  timeServer: ['ips', 'RFC 2132 §3.6'],
  nameServer: ['ips', 'RFC 2132 §3.7'],
  domainNameServer: ['ips', 'RFC 2132 §3.8'],
  logServer: ['ips', 'RFC 2132 §3.9'],
  cookieServer: ['ips', 'RFC 2132 §3.10'],
  lprServer: ['ips', 'RFC 2132 §3.11'],
  impressServer: ['ips', 'RFC 2132 §3.12'],
  resourceLocationServer: ['ips', 'RFC 2132 §3.13'],
  hostName: ['text', 'RFC 2132 §3.14'],
  bootFileSize: ['u16', 'RFC 2132 §3.15'],
  meritDumpFile: ['text', 'RFC 2132 §3.16'],
  domainName: ['text', 'RFC 2132 §3.17'],
  swapServer: ['ip', 'RFC 2132 §3.18'],
  rootPath: ['text', 'RFC 2132 §3.19'],
  extensionsPath: ['text', 'RFC 2132 §3.20'],
  ipForwarding: ['bool', 'RFC 2132 §4.1'],
  nonLocalSourceRouting: ['bool', 'RFC 2132 §4.2'],
  policyFilter: ['ipPairs', 'RFC 2132 §4.3'],
  maximumDatagramReassemblySize: ['u16', 'RFC 2132 §4.4'],
  defaultTimeToLive: ['u8', 'RFC 2132 §4.5'],
  pathMtuAgingTimeout: ['u32', 'RFC 2132 §4.6'],
  pathMtuPlateauTable: ['u16s', 'RFC 2132 §4.7'],
  interfaceMtu: ['u16', 'RFC 2132 §5.1'],
  allSubnetsAreLocal: ['bool', 'RFC 2132 §5.2'],
  broadcastAddress: ['ip', 'RFC 2132 §5.3'],
  performMaskDiscovery: ['bool', 'RFC 2132 §5.4'],
  maskSupplier: ['bool', 'RFC 2132 §5.5'],
  performRouterDiscovery: ['bool', 'RFC 2132 §5.6'],
  routerSolicitationAddress: ['ip', 'RFC 2132 §5.7'],
  staticRoute: ['ipPairs', 'RFC 2132 §5.8'],
  trailerEncapsulation: ['bool', 'RFC 2132 §6.1'],
  arpCacheTimeout: ['u32', 'RFC 2132 §6.2'],
  ethernetEncapsulation: ['bool', 'RFC 2132 §6.3'],
  tcpDefaultTimeToLive: ['u8', 'RFC 2132 §7.1'],
  tcpKeepaliveInterval: ['u32', 'RFC 2132 §7.2'],
  tcpKeepaliveGarbage: ['bool', 'RFC 2132 §7.3'],
  nisDomain: ['text', 'RFC 2132 §8.1'],
  nisServers: ['ips', 'RFC 2132 §8.2'],
  ntpServers: ['ips', 'RFC 2132 §8.3'],
  vendorSpecific: ['bytes', 'RFC 2132 §8.4'],
  netBiosNameServer: ['ips', 'RFC 2132 §8.5'],
  netBiosDatagramServer: ['ips', 'RFC 2132 §8.6'],
  netBiosNodeType: ['u8', 'RFC 2132 §8.7'],
  netBiosScope: ['text', 'RFC 2132 §8.8'],
  xWindowFontServer: ['ips', 'RFC 2132 §8.9'],
  xWindowDisplayManager: ['ips', 'RFC 2132 §8.10'],
  requestedIpAddress: ['ip', 'RFC 2132 §9.1'],
  leaseTime: ['u32', 'RFC 2132 §9.2'],
  optionOverload: ['u8', 'RFC 2132 §9.3'],
  messageType: ['u8', 'RFC 2132 §9.6'],
  serverIdentifier: ['ip', 'RFC 2132 §9.7'],
  parameterRequestList: ['u8s', 'RFC 2132 §9.8'],
  message: ['text', 'RFC 2132 §9.9'],
  maximumMessageSize: ['u16', 'RFC 2132 §9.10'],
  renewalTime: ['u32', 'RFC 2132 §9.11'],
  rebindingTime: ['u32', 'RFC 2132 §9.12'],
  classIdentifier: ['text', 'RFC 2132 §9.13'],
  clientIdentifier: ['bytes', 'RFC 2132 §9.14', 2],
  nisPlusDomain: ['text', 'RFC 2132 §8.11'],
  nisPlusServers: ['ips', 'RFC 2132 §8.12'],
  tftpServerName: ['text', 'RFC 2132 §9.4'],
  bootFileName: ['text', 'RFC 2132 §9.5'],
  mobileIpHomeAgent: ['ips', 'RFC 2132 §8.13', 0],
  smtpServer: ['ips', 'RFC 2132 §8.14'],
  pop3Server: ['ips', 'RFC 2132 §8.15'],
  nntpServer: ['ips', 'RFC 2132 §8.16'],
  wwwServer: ['ips', 'RFC 2132 §8.17'],
  fingerServer: ['ips', 'RFC 2132 §8.18'],
  ircServer: ['ips', 'RFC 2132 §8.19'],
  streetTalkServer: ['ips', 'RFC 2132 §8.20'],
  streetTalkDirectoryAssistance: ['ips', 'RFC 2132 §8.21'],
  userClass: ['bytes', 'RFC 3004 §4'],
  rapidCommit: ['flag', 'RFC 4039 §4'],
  clientFqdn: ['bytes', 'RFC 4702 §2', 3],
  relayAgentInformation: ['bytes', 'RFC 3046 §2.0', 2],
  authentication: ['bytes', 'RFC 3118 §2', 11],
  clientSystemArchitecture: ['u16s', 'RFC 4578 §2.1'],
  clientNetworkInterface: ['u8s', 'RFC 4578 §2.2', 3, 3],
  clientMachineIdentifier: ['bytes', 'RFC 4578 §2.3', 17, 17],
  posixTimeZone: ['text', 'RFC 4833 §2'],
  tzdbTimeZone: ['text', 'RFC 4833 §2'],
  captivePortal: ['text', 'RFC 8910 §2.1'],
  autoConfigure: ['u8', 'RFC 2563 §2'],
  subnetSelection: ['ip', 'RFC 3011 §2'],
  domainSearch: ['bytes', 'RFC 3397 §2'],
  classlessStaticRoute: ['bytes', 'RFC 3442', 5],
  vendorIdentifyingClass: ['bytes', 'RFC 3925 §3', 5],
  vendorIdentifyingVendorSpecific: ['bytes', 'RFC 3925 §4', 5],
  tftpServerAddress: ['ips', 'RFC 5859 §2'],
  ipxeEncapsulated: ['bytes', 'iPXE'],
  pxelinuxMagic: ['bytes', 'RFC 5071 §3', 4, 4],
  pxelinuxConfigFile: ['text', 'RFC 5071 §4'],
  pathPrefix: ['text', 'RFC 5071 §5'],
  rebootTime: ['u32', 'RFC 5071 §6'],
  microsoftClasslessStaticRoute: ['bytes', 'RFC 3442', 5],
  webProxyAutoDiscovery: ['text', 'WPAD'],
}

const SHAPES: readonly (OptionShape | undefined)[] = (() => {
  const shapes = Array.from<OptionShape | undefined>({ length: 256 })
  for (const [name, [format, reference, minimum, maximum]] of Object.entries(TABLE)) {
    const [min, max, unit] = LENGTHS[format]
    shapes[OPTION[name as OptionName]] = {
      format,
      minimumLength: minimum ?? min,
      maximumLength: maximum ?? max,
      unit,
      reference,
    }
  }
  return shapes
})()

/** Undefined for a code that has no fixed meaning. */
export const optionShape = (code: number): OptionShape | undefined => SHAPES[code]

export const lengthFits = (shape: OptionShape, length: number): boolean =>
  length >= shape.minimumLength && length <= shape.maximumLength && length % shape.unit === 0
