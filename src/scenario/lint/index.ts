/**
 * The rules of `lint`, one line each, in the order in which they are tested.
 */
import * as bootFileIsUrl from './boot-file-is-url.ts'
import * as gatewayMissing from './gateway-missing.ts'
import * as lateLink from './late-link.ts'
import { lintRule } from './lint-rule.ts'
import * as mtuHole from './mtu-hole.ts'
import * as multipleDhcpServers from './multiple-dhcp-servers.ts'
import * as multiplePxeResponders from './multiple-pxe-responders.ts'
import * as nbsBehindOneHelperList from './nbs-behind-one-helper-list.ts'
import * as nbsPerSubnet from './nbs-per-subnet.ts'
import * as noDhcpServer from './no-dhcp-server.ts'
import * as option60WithoutPxeService from './option-60-without-pxe-service.ts'
import * as pluginMissing from './plugin-missing.ts'
import * as relayTargetMissing from './relay-target-missing.ts'
import * as routerOffSubnet from './router-off-subnet.ts'
import * as unterminatedBootFile from './unterminated-boot-file.ts'
import * as unusableLease from './unusable-lease.ts'

export const LINT_RULES = [
  lintRule('nbs-per-subnet', nbsPerSubnet),
  lintRule('nbs-behind-one-helper-list', nbsBehindOneHelperList),
  lintRule('plugin-missing', pluginMissing),
  lintRule('multiple-pxe-responders', multiplePxeResponders),
  lintRule('multiple-dhcp-servers', multipleDhcpServers),
  lintRule('option-60-without-pxe-service', option60WithoutPxeService),
  lintRule('no-dhcp-server', noDhcpServer),
  lintRule('router-off-subnet', routerOffSubnet),
  lintRule('unusable-lease', unusableLease),
  lintRule('boot-file-is-url', bootFileIsUrl),
  lintRule('unterminated-boot-file', unterminatedBootFile),
  lintRule('late-link', lateLink),
  lintRule('mtu-hole', mtuHole),
  lintRule('gateway-missing', gatewayMissing),
  lintRule('relay-target-missing', relayTargetMissing),
] as const
