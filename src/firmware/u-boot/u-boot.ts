/**
 * U-Boot's command `dhcp` with autoload (U-1 … U-10): a lease, then the boot file by TFTP. The simulated
 * boot has succeeded when that file is in memory; whether it is a kernel is not U-Boot's business here, and `netretry`
 * is `no`, so an error ends it. The screen's own words serve as codes: U-Boot has no others.
 * Does not model boot scripts, NFS, HTTP or IPv6.
 */
import { SECOND } from '../../core/micros.ts'
import type { ArchitectureName } from '../../wire/pxe/client.ts'
import type { Firmware, Script, StackTraits } from '../pc.ts'
import { type Board, networkVariables } from './board.ts'
import { legacyDhcp } from './dhcp.ts'
import { type LoadResult, autoload } from './load.ts'
import { lwipDhcp, lwipLoad } from './lwip.ts'
import { boardIdentity, uBootProfile } from './profile.ts'
import { pxeGet } from './pxe-get.ts'

const LEGACY_STACK: StackTraits = {
  acceptsUnicastUnconfigured: true,
  // U-6: ICMP unreachable is not noticed, and none is sent.
  sendsPortUnreachable: false,
  // U-1.
  ttl: 255,
  arp: { tries: 5, interval: 5 * SECOND },
}

const LWIP_STACK: StackTraits = {
  acceptsUnicastUnconfigured: true,
  sendsPortUnreachable: true,
  ttl: 255,
  arp: { tries: 5, interval: SECOND },
}

export const uBootFirmware = (profileName: string, architecture: ArchitectureName): Firmware => {
  const profile = uBootProfile(profileName)
  const identity = boardIdentity(profile, architecture)
  return {
    family: 'u-boot',
    profile: profile.name,
    stack: profile.stack === 'lwip' ? LWIP_STACK : LEGACY_STACK,
    boot: (pc, record) =>
      boot({ pc, record, profile, identity, network: networkVariables(profile.bootFile) }),
  }
}

function* boot(board: Board): Script {
  const { pc, record, profile } = board
  pc.print(`U-Boot (${profile.name})`)
  const result = yield* attempt(board)
  record.outcome = result.kind === 'loaded' ? 'booted' : 'failed'
  if (result.kind === 'loaded') record.content = result.content
  else record.code = result.code
}

function* attempt(board: Board): Script<LoadResult | { readonly kind: 'failed'; readonly code: undefined }> {
  const { pc, profile } = board
  if (profile.stack === 'lwip') {
    if ((yield* lwipDhcp(board)) === 'bound') return yield* lwipLoad(board)
    // U-8: the command fails without a word.
    pc.because('U-8', 'No lease within 10 s.')
    return { kind: 'failed', code: undefined }
  }
  if ((yield* legacyDhcp(board)) === 'bound') return yield* profile.pxeGet ? pxeGet(board) : autoload(board)
  pc.print('Retry time exceeded; starting again')
  pc.because('U-2', 'No lease within 28 s of the first DISCOVER.')
  return { kind: 'failed', code: 'Retry time exceeded' }
}
