/**
 * The port offset: lets a lab without rights use 10067 where the protocols say 67, while protocol code goes on saying
 * 67. Does not touch ephemeral ports more than it must.
 */

export interface PortMap {
  /** From what protocol code says to what the operating system is given. */
  readonly toSystem: (port: number) => number
  /** And back; every port of the system has exactly one name. */
  readonly fromSystem: (port: number) => number
}

/** RFC 6335 §6: below are the system and user ports, above the dynamic ones. */
const DYNAMIC_PORTS = 49_152
/** So that a shifted user port is still a port. */
export const MAX_PORT_OFFSET = 65_536 - DYNAMIC_PORTS

/**
 * A rotation: ports below the dynamic ones go up by `offset`. That covers `offset` dynamic ports, which take the
 * names left over at the bottom; so a reply to whatever was received always goes back where it came from.
 * Port 0 (any) stays.
 */
export const portMap = (offset: number): PortMap => {
  if (!Number.isInteger(offset) || offset < 0 || offset > MAX_PORT_OFFSET)
    throw new RangeError(`port offset ${offset} is not in 0..${MAX_PORT_OFFSET}`)
  return {
    toSystem: port => {
      if (port === 0) return 0
      if (port < DYNAMIC_PORTS) return port + offset
      return port < DYNAMIC_PORTS + offset ? port - DYNAMIC_PORTS + 1 : port
    },
    fromSystem: port => {
      if (port === 0) return 0
      if (port <= offset) return port + DYNAMIC_PORTS - 1
      return port < DYNAMIC_PORTS + offset ? port - offset : port
    },
  }
}
