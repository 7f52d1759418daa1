/**
 * All rules that are found in frames. One line per test: a new one is added here and in `rules.ts`.
 */
import type { FindingTest } from '../scene.ts'
import { bootFileConflict, chainLoop, wrongArchitecture } from './boot-files.ts'
import { deadBootServerPort, option60WithoutPxeService } from './boot-server-port.ts'
import { unroutableTftpServer } from './no-route.ts'
import { multipleDhcpServers, noDhcpServer, noPxeResponder } from './dhcp-servers.ts'
import { addressConflict, ignoredNak } from './leases.ts'
import { jobLost, multiplePxeResponders, splitDecision, strayRelayTarget } from './pxe-responders.ts'
import { malformedOffer, serverIdentityMismatch } from './replies.ts'
import { slowTransfer } from './slow-transfers.ts'
import { missingBootFile, tftpRefused, unreachableTftpServer } from './transfers.ts'

export const FINDING_TESTS: readonly FindingTest[] = [
  jobLost,
  splitDecision,
  multiplePxeResponders,
  strayRelayTarget,
  multipleDhcpServers,
  option60WithoutPxeService,
  deadBootServerPort,
  noDhcpServer,
  noPxeResponder,
  chainLoop,
  wrongArchitecture,
  missingBootFile,
  unreachableTftpServer,
  unroutableTftpServer,
  tftpRefused,
  slowTransfer,
  malformedOffer,
  bootFileConflict,
  serverIdentityMismatch,
  addressConflict,
  ignoredNak,
]
