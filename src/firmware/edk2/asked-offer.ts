/**
 * Whose address EDK2 asks for: the offer that its PXE driver has selected, unless the DHCP driver finds the copy that it
 * is given back broken (E-54). Does not ask.
 */
import type { Ip4 } from '../../core/address.ts'
import { named, phrase } from '../../core/wording.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { serverIdentity } from '../offer.ts'
import type { Edk2Boot } from './boot.ts'
import { type DhcpParameters, chosenParameters } from './option-check.ts'
import type { StoredPacket } from './stored-packet.ts'

/** As the DHCP driver sees it. */
export interface AskedOffer {
  /** Who it is for people. */
  readonly identity: Ip4
  readonly address: Ip4
  readonly parameters: DhcpParameters
}

/** What came last in a window, of whatever class, kept or not. */
export interface LastOffer {
  readonly message: DhcpMessage
  readonly source: Ip4
  readonly parameters: DhcpParameters
}

export const askedOffer = (boot: Edk2Boot, selected: StoredPacket, last: LastOffer): AskedOffer => {
  const parameters = chosenParameters(selected.bytes, boot.profile)
  if (parameters) return { identity: selected.identity, address: selected.message.yiaddr, parameters }
  const asked: AskedOffer = {
    identity: serverIdentity(last.message, last.source),
    address: last.message.yiaddr,
    parameters: last.parameters,
  }
  if (asked.identity !== selected.identity)
    boot.pc.because(
      'E-54',
      phrase`The boot file name (67) of ${named(selected.identity)} is not NUL-terminated: EDK2 writes a NUL over the byte after it, which corrupts its own copy of the offer, and requests the address from the last server in this window, ${named(asked.identity)}.`,
    )
  return asked
}
