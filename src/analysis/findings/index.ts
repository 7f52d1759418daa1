/**
 * The registry of findings: one line per rule, in the order in which findings of equal weight are listed. Everything
 * that has to name all rules (analyser, lint, JSON Schema, SARIF, docs/findings.md) takes them from here.
 */
import { captureRule } from '../capture-rule.ts'
import * as bootFileConflict from './boot-file/boot-file-conflict.ts'
import * as bootFileContentConflict from './boot-file/boot-file-content-conflict.ts'
import * as bootFileIsUrl from './boot-file/boot-file-is-url.ts'
import * as chainLoop from './boot-file/chain-loop.ts'
import * as unterminatedBootFile from './boot-file/unterminated-boot-file.ts'
import * as wrongArchitecture from './boot-file/wrong-architecture.ts'
import * as deadBootServerPort from './boot-server/dead-boot-server-port.ts'
import * as option60WithoutPxeService from './boot-server/option-60-without-pxe-service.ts'
import * as bsdpAnswerForAnother from './bsdp/answer-for-another.ts'
import * as bsdpBadImageId from './bsdp/bad-image-id.ts'
import * as bsdpClaimsEveryone from './bsdp/claims-everyone.ts'
import * as bsdpClassConfusion from './bsdp/class-confusion.ts'
import * as bsdpConstantPriority from './bsdp/constant-priority.ts'
import * as bsdpDoubleBinding from './bsdp/double-binding.ts'
import * as bsdpGlobalImageConflict from './bsdp/global-image-conflict.ts'
import * as bsdpLateAnswer from './bsdp/late-answer.ts'
import * as bsdpListUnanswered from './bsdp/list-unanswered.ts'
import * as bsdpLoadedElsewhere from './bsdp/loaded-elsewhere.ts'
import * as bsdpMalformedAnswer from './bsdp/malformed-answer.ts'
import * as bsdpNotLoaded from './bsdp/not-loaded.ts'
import * as bsdpPasswordOnWire from './bsdp/password-on-wire.ts'
import * as bsdpSelectFailed from './bsdp/select-failed.ts'
import * as bsdpSelectUnanswered from './bsdp/select-unanswered.ts'
import * as bsdpStaleBinding from './bsdp/stale-binding.ts'
import * as bsdpTruncatedList from './bsdp/truncated-list.ts'
import * as bsdpUnprivilegedReplyPort from './bsdp/unprivileged-reply-port.ts'
import * as bsdpUnsolicitedAnswer from './bsdp/unsolicited-answer.ts'
import * as bsdpUnstableDefault from './bsdp/unstable-default.ts'
import * as bsdpWrongReplyPort from './bsdp/wrong-reply-port.ts'
import * as gatewayMissing from './configuration/gateway-missing.ts'
import * as nbsBehindOneHelperList from './configuration/nbs-behind-one-helper-list.ts'
import * as nbsPerSubnet from './configuration/nbs-per-subnet.ts'
import * as relayTargetMissing from './configuration/relay-target-missing.ts'
import * as jobLost from './contention/job-lost.ts'
import * as multiplePxeResponders from './contention/multiple-pxe-responders.ts'
import * as splitDecision from './contention/split-decision.ts'
import * as strayRelayTarget from './contention/stray-relay-target.ts'
import * as imageNotHere from './deployment/image-not-here.ts'
import * as pluginMissing from './deployment/plugin-missing.ts'
import * as policyLag from './deployment/policy-lag.ts'
import * as serverNotRegistered from './deployment/server-not-registered.ts'
import * as addressConflict from './dhcp/address-conflict.ts'
import * as clientDenied from './dhcp/client-denied.ts'
import * as ignoredNak from './dhcp/ignored-nak.ts'
import * as lateLink from './dhcp/late-link.ts'
import * as malformedOffer from './dhcp/malformed-offer.ts'
import * as multipleDhcpServers from './dhcp/multiple-dhcp-servers.ts'
import * as noDhcpServer from './dhcp/no-dhcp-server.ts'
import * as noPxeResponder from './dhcp/no-pxe-responder.ts'
import * as relayAnsweredByBroadcast from './dhcp/relay-answered-by-broadcast.ts'
import * as routerOffSubnet from './dhcp/router-off-subnet.ts'
import * as serverIdentityMismatch from './dhcp/server-identity-mismatch.ts'
import * as sharedServerAddress from './dhcp/shared-server-address.ts'
import * as unusableLease from './dhcp/unusable-lease.ts'
import * as packetDropped from './network/packet-dropped.ts'
import * as serverDied from './network/server-died.ts'
import * as missingBootFile from './tftp/missing-boot-file.ts'
import * as mtuHole from './tftp/mtu-hole.ts'
import * as slowTransfer from './tftp/slow-transfer.ts'
import * as tftpRefused from './tftp/tftp-refused.ts'
import * as transferBrokeOff from './tftp/transfer-broke-off.ts'
import * as unreachableTftpServer from './tftp/unreachable-tftp-server.ts'

/** A rule without a test in packets stands here by its meta data alone; whoever can see what it needs tests it. */
export const FINDING_RULES = [
  captureRule(jobLost),
  captureRule(splitDecision),
  captureRule(multiplePxeResponders),
  captureRule(strayRelayTarget),
  captureRule(multipleDhcpServers),
  captureRule(sharedServerAddress),
  captureRule(relayAnsweredByBroadcast),
  captureRule(malformedOffer),
  captureRule(option60WithoutPxeService),
  captureRule(deadBootServerPort),
  captureRule(noDhcpServer),
  captureRule(noPxeResponder),
  captureRule(routerOffSubnet),
  captureRule(unusableLease),
  captureRule(clientDenied),
  captureRule(bootFileIsUrl),
  captureRule(unterminatedBootFile),
  captureRule(chainLoop),
  captureRule(wrongArchitecture),
  captureRule(mtuHole),
  captureRule(transferBrokeOff),
  captureRule(missingBootFile),
  captureRule(unreachableTftpServer),
  captureRule(tftpRefused),
  captureRule(bootFileConflict),
  captureRule(serverIdentityMismatch),
  captureRule(addressConflict),
  captureRule(lateLink),
  captureRule(slowTransfer),
  captureRule(ignoredNak),
  packetDropped,
  serverDied,
  policyLag,
  imageNotHere,
  serverNotRegistered,
  captureRule(bsdpAnswerForAnother),
  captureRule(bsdpGlobalImageConflict),
  captureRule(bsdpDoubleBinding),
  captureRule(bsdpClassConfusion),
  captureRule(bsdpWrongReplyPort),
  captureRule(bsdpSelectUnanswered),
  captureRule(bsdpLoadedElsewhere),
  captureRule(bsdpNotLoaded),
  captureRule(bsdpMalformedAnswer),
  captureRule(bsdpStaleBinding),
  captureRule(bsdpConstantPriority),
  captureRule(bsdpUnstableDefault),
  captureRule(bsdpBadImageId),
  captureRule(bsdpUnprivilegedReplyPort),
  captureRule(bsdpSelectFailed),
  captureRule(bsdpListUnanswered),
  captureRule(bsdpTruncatedList),
  captureRule(bsdpUnsolicitedAnswer),
  captureRule(bsdpLateAnswer),
  captureRule(bsdpPasswordOnWire),
  captureRule(bsdpClaimsEveryone),
  bootFileContentConflict,
  nbsPerSubnet,
  nbsBehindOneHelperList,
  pluginMissing,
  gatewayMissing,
  relayTargetMissing,
] as const
