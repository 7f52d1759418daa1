/**
 * A host on which several services may open the same port, as a DHCP server and a proxy DHCP on one machine must:
 * each gets every datagram. Also lets somebody look on, and keep datagrams from them. Does not share sockets that filter
 * (`from`, `address`, `groups`, `match`) or ephemeral ones.
 */
import type { Datagram } from '../core/state-machine.ts'
import type { Host, UdpOptions, UdpSocket } from './port.ts'

interface Shared {
  readonly socket: UdpSocket
  readonly users: Set<UdpOptions>
}

/** `admits` sees what arrives on ports of a known number, before the services do; what it says no to, they never see. */
export const sharedPorts = (host: Host, admits: (datagram: Datagram) => boolean = () => true): Host => {
  const open = new Map<string, Shared>()

  const share = (key: string, options: UdpOptions): Shared => {
    const known = open.get(key)
    if (known) return known
    const users = new Set<UdpOptions>()
    const socket = host.openUdp({
      port: options.port,
      ...(options.iface !== undefined && { iface: options.iface }),
      onDatagram: datagram => {
        if (!admits(datagram)) return
        for (const user of users) user.onDatagram(datagram)
      },
      onUnreachable: what => {
        for (const user of users) user.onUnreachable?.(what)
      },
    })
    const shared = { socket, users }
    open.set(key, shared)
    return shared
  }

  return {
    name: host.name,
    clock: host.clock,
    random: host.random,
    interfaces: host.interfaces,
    configure: (iface, addresses) => host.configure(iface, addresses),
    ...(host.listenTcp && { listenTcp: host.listenTcp.bind(host) }),
    openUdp: options => {
      const { port, iface = '', address, from, groups, match } = options
      if (port === 0) return host.openUdp(options)
      if (address !== undefined || from !== undefined || groups || match)
        return host.openUdp({
          ...options,
          onDatagram: datagram => {
            if (admits(datagram)) options.onDatagram(datagram)
          },
        })
      const key = `${port} ${iface}`
      const shared = share(key, options)
      shared.users.add(options)
      return {
        ready: shared.socket.ready,
        send: (to, payload) => (shared.users.has(options) ? shared.socket.send(to, payload) : 'closed'),
        close: () => {
          if (!shared.users.delete(options) || shared.users.size > 0) return
          if (open.get(key) === shared) open.delete(key)
          shared.socket.close()
        },
      }
    },
  }
}
