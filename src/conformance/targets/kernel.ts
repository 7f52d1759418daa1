/**
 * A server on real sockets as a target: on loopback, or on a network that its user owns. One server for all clauses, so
 * that what one changes the next may see; machines differ from clause to clause. Does not choose an interface.
 */
import type { Ip4 } from '../../core/address.ts'
import { MILLISECOND, SECOND } from '../../core/micros.ts'
import type { AddressedInterface } from '../../network/kernel/interfaces.ts'
import { createKernelNetwork } from '../../network/kernel/network.ts'
import { conduct } from '../probe/conduct.ts'
import type { Patience } from '../probe/probe.ts'
import type { Room } from '../suite.ts'

/** Servers that ping an address before they offer it need 3 s for one (dnsmasq); the question is repeated meanwhile. */
const REAL_PATIENCE: Patience = {
  answer: 2 * SECOND,
  silence: 1200 * MILLISECOND,
  transfer: 8 * SECOND,
  gap: 50 * MILLISECOND,
}

/** Above all ports that an offset moves. */
const FIRST_PORT = 61_000
/** From one address; servers have limits for one. */
const CROWD = 64

export interface RealTarget {
  readonly iface: AddressedInterface
  readonly portOffset: number
  /** It is there to be tried: on loopback. */
  readonly isLab: boolean
}

export const kernelRoom = ({ iface, portOffset, isLab }: RealTarget): Room => ({
  conduct: async begin => {
    const network = createKernelNetwork({ portOffset, acceleration: 'off' })
    try {
      const host = network.addHost({ name: 'nbs-check', interfaces: [iface] })
      const address: Ip4 = iface.address.ip
      const { probe, procedure } = begin({
        host,
        address,
        patience: REAL_PATIENCE,
        firstPort: FIRST_PORT,
        isLab,
        crowd: CROWD,
      })
      return await new Promise((resolve, reject) => {
        conduct(probe, procedure, how => ('error' in how ? reject(how.error) : resolve(how.result)))
      })
    } finally {
      network.close()
    }
  },
})
