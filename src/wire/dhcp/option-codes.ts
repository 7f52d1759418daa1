/**
 * The option codes and their names, in the field's words (camel case). Does not know their formats.
 */

/** RFC 2132 unless a comment names another text. */
export const OPTION = {
  subnetMask: 1,
  timeOffset: 2,
  router: 3,
  timeServer: 4,
  nameServer: 5,
  domainNameServer: 6,
  logServer: 7,
  cookieServer: 8,
  lprServer: 9,
  impressServer: 10,
  resourceLocationServer: 11,
  hostName: 12,
  bootFileSize: 13,
  meritDumpFile: 14,
  domainName: 15,
  swapServer: 16,
  rootPath: 17,
  extensionsPath: 18,
  ipForwarding: 19,
  nonLocalSourceRouting: 20,
  policyFilter: 21,
  maximumDatagramReassemblySize: 22,
  defaultTimeToLive: 23,
  pathMtuAgingTimeout: 24,
  pathMtuPlateauTable: 25,
  interfaceMtu: 26,
  allSubnetsAreLocal: 27,
  broadcastAddress: 28,
  performMaskDiscovery: 29,
  maskSupplier: 30,
  performRouterDiscovery: 31,
  routerSolicitationAddress: 32,
  staticRoute: 33,
  trailerEncapsulation: 34,
  arpCacheTimeout: 35,
  ethernetEncapsulation: 36,
  tcpDefaultTimeToLive: 37,
  tcpKeepaliveInterval: 38,
  tcpKeepaliveGarbage: 39,
  nisDomain: 40,
  nisServers: 41,
  ntpServers: 42,
  vendorSpecific: 43,
  netBiosNameServer: 44,
  netBiosDatagramServer: 45,
  netBiosNodeType: 46,
  netBiosScope: 47,
  xWindowFontServer: 48,
  xWindowDisplayManager: 49,
  requestedIpAddress: 50,
  leaseTime: 51,
  optionOverload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  message: 56,
  maximumMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  classIdentifier: 60,
  clientIdentifier: 61,
  nisPlusDomain: 64,
  nisPlusServers: 65,
  tftpServerName: 66,
  bootFileName: 67,
  mobileIpHomeAgent: 68,
  smtpServer: 69,
  pop3Server: 70,
  nntpServer: 71,
  wwwServer: 72,
  fingerServer: 73,
  ircServer: 74,
  streetTalkServer: 75,
  streetTalkDirectoryAssistance: 76,
  /** RFC 3004. */
  userClass: 77,
  /** RFC 4039. */
  rapidCommit: 80,
  /** RFC 4702. */
  clientFqdn: 81,
  /** RFC 3046. */
  relayAgentInformation: 82,
  /** RFC 3118. */
  authentication: 90,
  /** RFC 4578, as the next one and 97. */
  clientSystemArchitecture: 93,
  clientNetworkInterface: 94,
  clientMachineIdentifier: 97,
  /** RFC 4833, as the next one. */
  posixTimeZone: 100,
  tzdbTimeZone: 101,
  /** RFC 8910. */
  captivePortal: 114,
  /** RFC 2563. */
  autoConfigure: 116,
  /** RFC 3011. */
  subnetSelection: 118,
  /** RFC 3397. */
  domainSearch: 119,
  /** RFC 3442. */
  classlessStaticRoute: 121,
  /** RFC 3925, as the next one. */
  vendorIdentifyingClass: 124,
  vendorIdentifyingVendorSpecific: 125,
  /** RFC 5859. */
  tftpServerAddress: 150,
  /** iPXE's own encapsulated options. */
  ipxeEncapsulated: 175,
  /** RFC 5071, as the next three. */
  pxelinuxMagic: 208,
  pxelinuxConfigFile: 209,
  pathPrefix: 210,
  rebootTime: 211,
  /** Microsoft's copy of 121. */
  microsoftClasslessStaticRoute: 249,
  webProxyAutoDiscovery: 252,
} as const

export type OptionName = keyof typeof OPTION

export const PAD = 0
export const END = 255

const NAMES: readonly string[] = (() => {
  const names = Array.from({ length: 256 }, (_, code) => `option ${code}`)
  for (const [name, code] of Object.entries(OPTION)) names[code] = name
  return names
})()

const CODES: ReadonlyMap<string, number> = new Map(Object.entries(OPTION))

/** `serverIdentifier` for 54; `option 200` for a code without a name. */
export const optionName = (code: number): string => NAMES[code] ?? `option ${code}`
export const optionCode = (name: string): number | undefined => CODES.get(name)
