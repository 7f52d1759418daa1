/**
 * What every back-end of the port must do, as a function of fixtures: three hosts on one segment, each with one
 * addressed interface. Says nothing of time beyond its order, so that real and virtual clocks both pass.
 */
import type { Test } from 'tap'
import { LIMITED_BROADCAST, directedBroadcast, networkOf, parseIp4 } from '../../src/core/address.ts'
import type { Endpoint } from '../../src/core/address.ts'
import type { Datagram, Unreachable } from '../../src/core/state-machine.ts'
import type { Micros } from '../../src/core/micros.ts'
import { NetworkError } from '../../src/network/port.ts'
import type { Host, UdpOptions, UdpSocket } from '../../src/network/port.ts'

export interface Fixture {
  readonly hosts: readonly [Host, Host, Host]
  /** Returns when `until` holds, or when nothing more is to be expected. */
  run(until: () => boolean): Promise<void>
  close(): Promise<void>
}

export interface ComplianceOptions {
  readonly setup: () => Promise<Fixture>
  /** What this back-end cannot do on this machine, and says so. */
  readonly without?: readonly ('multicast' | 'unreachable')[]
}

/** Not ephemeral anywhere, needs no rights, and unlikely to be anybody else's. */
const PORT = 21_067
const OTHER_PORT = 21_068
const CLOSED_PORT = 21_999
/** Long enough for whatever is on its way on a loopback interface. */
const A_MOMENT: Micros = 20_000

const bytes = (...values: number[]) => Uint8Array.from(values)

export const compliance = (t: Test, { setup, without = [] }: ComplianceOptions): void => {
  const behaviour = (name: string, check: (t: Test, lab: Lab) => Promise<void>): void => {
    void t.test(name, async t => {
      const fixture = await setup()
      t.teardown(() => fixture.close())
      await check(t, new Lab(fixture))
    })
  }

  behaviour('unicast goes both ways, with true endpoints', async (t, lab) => {
    const [a, b] = lab.hosts
    const client = await lab.open(a, { port: PORT })
    const server = await lab.open(b, { port: OTHER_PORT })
    t.equal(client.send(at(b, OTHER_PORT), bytes(1, 2, 3)), 'sent')
    t.equal(server.got.length, 0, 'nothing is delivered from within send')
    await lab.until(() => server.got.length > 0)
    t.strictSame(server.got, [
      {
        iface: b.interfaces[0]!.name,
        source: at(a, PORT),
        target: at(b, OTHER_PORT),
        payload: bytes(1, 2, 3),
      },
    ])
    server.send(server.got[0]!.source, bytes(4))
    await lab.until(() => client.got.length > 0)
    t.strictSame(client.got, [
      { iface: a.interfaces[0]!.name, source: at(b, OTHER_PORT), target: at(a, PORT), payload: bytes(4) },
    ])
  })

  behaviour('port 0 is a fresh port each time, and answers reach it', async (t, lab) => {
    const [a, b] = lab.hosts
    const server = await lab.open(b, { port: PORT })
    const clients = [await lab.open(a, { port: 0 }), await lab.open(a, { port: 0 })]
    for (const client of clients) client.send(at(b, PORT), bytes(1))
    await lab.until(() => server.got.length === 2)
    const ports = server.got.map(datagram => datagram.source.port)
    t.equal(new Set(ports).size, 2)
    t.ok(ports.every(port => port > 1023))
    for (const { source } of server.got) server.send(source, bytes(source.port >>> 8, source.port & 255))
    await lab.until(() => clients.every(client => client.got.length > 0))
    t.strictSame(
      clients.flatMap(client => client.got.map(d => [d.payload, d.target.port])),
      ports.map(port => [bytes(port >>> 8, port & 255), port]),
    )
  })

  behaviour('what is sent before the socket is bound is sent then', async (t, lab) => {
    const [a, b] = lab.hosts
    const server = await lab.open(b, { port: PORT })
    const early = lab.openAtOnce(a, { port: 0 })
    for (const value of [1, 2, 3]) t.equal(early.send(at(b, PORT), bytes(value)), 'sent')
    await lab.until(() => server.got.length === 3)
    t.strictSame(payloads(server), ['1', '2', '3'])
  })

  behaviour('a broadcast reaches every listener of its port and no other', async (t, lab) => {
    const [a, b, c] = lab.hosts
    const sender = await lab.open(a, { port: PORT })
    const listeners = [await lab.open(b, { port: PORT }), await lab.open(c, { port: PORT })]
    const others = [await lab.open(b, { port: OTHER_PORT }), await lab.open(c, { port: 0 })]
    sender.send({ ip: LIMITED_BROADCAST, port: PORT, iface: a.interfaces[0]!.name }, bytes(7))
    await lab.until(() => listeners.every(listener => listener.got.length > 0))
    await lab.moment()
    for (const [i, listener] of listeners.entries())
      t.strictSame(listener.got, [
        {
          iface: lab.hosts[i + 1]!.interfaces[0]!.name,
          source: at(a, PORT),
          target: { ip: LIMITED_BROADCAST, port: PORT },
          payload: bytes(7),
        },
      ])
    t.strictSame(
      others.map(other => other.got),
      [[], []],
    )
    t.strictSame(sender.got, [], 'nor the sender itself')
    listeners[0]!.send(listeners[0]!.got[0]!.source, bytes(8))
    await lab.until(() => sender.got.length > 0)
    t.strictSame(payloads(sender), ['8'])
  })

  behaviour("a broadcast to the subnet's own address is one too", async (t, lab) => {
    const [a, b, c] = lab.hosts
    const sender = await lab.open(a, { port: 0 })
    const listeners = [await lab.open(b, { port: PORT }), await lab.open(c, { port: PORT })]
    const { ip, prefixLength } = a.interfaces[0]!.addresses[0]!
    sender.send(
      { ip: directedBroadcast({ network: networkOf(ip, prefixLength), prefixLength }), port: PORT },
      bytes(7),
    )
    await lab.until(() => listeners.every(listener => listener.got.length > 0))
    t.strictSame(listeners.flatMap(payloads), ['7', '7'])
  })

  behaviour('`match` lets pass only what holds its bytes at its place', async (t, lab) => {
    const [a, b] = lab.hosts
    const sender = await lab.open(a, { port: 0 })
    const listener = await lab.open(b, { port: PORT, match: { offset: 1, bytes: bytes(5, 6) } })
    for (const payload of [bytes(1, 5, 6, 1), bytes(2, 5, 7), bytes(3, 5), bytes(4, 5, 6), bytes()])
      sender.send({ ip: LIMITED_BROADCAST, port: PORT }, payload)
    sender.send(at(b, PORT), bytes(6, 5, 5))
    sender.send(at(b, PORT), bytes(5, 5, 6))
    await lab.until(() => listener.got.length === 3)
    await lab.moment()
    t.strictSame(payloads(listener).sort(), ['1 5 6 1', '4 5 6', '5 5 6'])
  })

  behaviour('`address` receives what is sent to that address only', async (t, lab) => {
    const [a, b] = lab.hosts
    const sender = await lab.open(a, { port: 0 })
    const listener = await lab.open(b, { port: PORT, address: at(b, 0).ip })
    sender.send({ ip: LIMITED_BROADCAST, port: PORT }, bytes(1))
    sender.send(at(b, PORT), bytes(2))
    await lab.until(() => listener.got.length > 0)
    await lab.moment()
    t.strictSame(payloads(listener), ['2'])
    listener.send(listener.got[0]!.source, bytes(3))
    await lab.until(() => sender.got.length > 0)
    t.strictSame(sender.got[0]?.source, at(b, PORT))
  })

  behaviour('`from` receives from that address only, whatever the port', async (t, lab) => {
    const [a, b, c] = lab.hosts
    const client = await lab.open(a, { port: 0, from: at(b, 0).ip, onUnreachable: () => {} })
    const server = await lab.open(b, { port: PORT })
    const transfer = await lab.open(b, { port: 0 })
    const stranger = await lab.open(c, { port: PORT })
    client.send(at(b, PORT), bytes(1))
    await lab.until(() => server.got.length > 0)
    const source = server.got[0]!.source
    for (const [i, socket] of [stranger, server, transfer].entries()) socket.send(source, bytes(i))
    await lab.until(() => client.got.length === 2)
    await lab.moment()
    t.strictSame(payloads(client).sort(), ['1', '2'], 'the transfer from another port, not the stranger')
  })

  behaviour('a closed port is reported to who sent there', async (t, lab) => {
    if (without.includes('unreachable')) return void t.pass('', { skip: 'not told by this back-end' })
    const [a, b] = lab.hosts
    const lost: Unreachable[] = []
    const client = await lab.open(a, {
      port: 0,
      from: at(b, 0).ip,
      onUnreachable: what => void lost.push(what),
    })
    client.send(at(b, CLOSED_PORT), bytes(1))
    await lab.until(() => lost.length > 0)
    t.strictSame(lost, [{ cause: 'port', target: at(b, CLOSED_PORT) }])
    const server = await lab.open(b, { port: PORT })
    client.send(at(b, PORT), bytes(2))
    await lab.until(() => server.got.length > 0)
    t.strictSame(payloads(server), ['2'], 'and the socket goes on')
  })

  behaviour('a group is heard by its members', async (t, lab) => {
    if (without.includes('multicast')) return void t.pass('', { skip: 'no multicast here' })
    const [a, b, c] = lab.hosts
    const group = parseIp4('239.77.77.1')!
    const sender = await lab.open(a, { port: 0 })
    const member = await lab.open(b, { port: PORT, groups: [group] })
    const bystander = await lab.open(c, { port: PORT })
    sender.send({ ip: group, port: PORT, iface: a.interfaces[0]!.name }, bytes(9))
    await lab.until(() => member.got.length > 0)
    await lab.moment()
    t.strictSame(
      member.got.map(d => [d.source.ip, d.target, d.payload]),
      [[at(a, 0).ip, { ip: group, port: PORT }, bytes(9)]],
    )
    t.strictSame(bystander.got, [])
  })

  behaviour('a closed socket hears nothing, sends nothing, and frees its port', async (t, lab) => {
    const [a, b] = lab.hosts
    const sender = await lab.open(a, { port: 0 })
    const first = await lab.open(b, { port: PORT })
    sender.send(at(b, PORT), bytes(1))
    first.close()
    first.close()
    t.equal(first.send(at(a, PORT), bytes(1)), 'closed')
    await lab.moment()
    const second = await lab.open(b, { port: PORT })
    sender.send(at(b, PORT), bytes(2))
    await lab.until(() => second.got.length > 0)
    t.strictSame(payloads(second), ['2'])
    t.strictSame(first.got, [])
    const closedAtOnce = lab.openAtOnce(a, { port: 0 })
    closedAtOnce.close()
    t.equal(closedAtOnce.send(at(b, PORT), bytes(1)), 'closed')
  })

  behaviour('closing from within a delivery stops the next one', async (t, lab) => {
    const [a, b] = lab.hosts
    const sender = await lab.open(a, { port: 0 })
    const got: number[] = []
    const once: UdpSocket = b.openUdp({
      port: PORT,
      onDatagram: ({ payload }) => {
        got.push(payload[0]!)
        once.close()
      },
    })
    await once.ready
    for (const value of [1, 2, 3]) sender.send(at(b, PORT), bytes(value))
    await lab.until(() => got.length > 0)
    await lab.moment()
    t.strictSame(got, [1])
  })

  behaviour('delivery is never re-entrant', async (t, lab) => {
    const [a, b] = lab.hosts
    let inside = 0
    let deepest = 0
    let count = 0
    const echo = (host: Host, port: number): UdpSocket => {
      const socket: UdpSocket = host.openUdp({
        port,
        onDatagram: datagram => {
          deepest = Math.max(deepest, ++inside)
          count++
          if (count < 20) for (const value of [1, 2]) socket.send(datagram.source, bytes(value))
          inside--
        },
      })
      return socket
    }
    const [one, two] = [echo(a, PORT), echo(b, PORT)]
    await Promise.all([one.ready, two.ready])
    one.send(at(b, PORT), bytes(0))
    await lab.until(() => count >= 20)
    t.ok(count >= 20, `${count} deliveries`)
    t.equal(deepest, 1)
    one.close()
    two.close()
  })

  behaviour('timers fire in order of time, then of setting, and can be cancelled', async (t, lab) => {
    const { clock } = lab.hosts[0]
    const fired: string[] = []
    const start = clock.now()
    let early = 0
    const set = (name: string, at: Micros) =>
      clock.setTimer(at, () => {
        fired.push(name)
        if (clock.now() < at) early++
      })
    set('30', start + 30_000)
    set('10', start + 10_000)
    const never = set('never', start + 15_000)
    set('20', start + 20_000)
    set('20 again', start + 20_000)
    set('past', start - 1_000_000)
    t.strictSame(fired, [], 'never from within setTimer')
    never.cancel()
    never.cancel()
    await lab.until(() => fired.length === 5)
    await lab.moment()
    t.strictSame(fired, ['past', '10', '20', '20 again', '30'])
    t.equal(early, 0)
    t.ok(Number.isInteger(clock.now()) && clock.now() >= start + 30_000)
  })

  behaviour('a timer may cancel another that is due at the same time, and set new ones', async (t, lab) => {
    const { clock } = lab.hosts[0]
    const fired: string[] = []
    const at = clock.now() + 5_000
    clock.setTimer(at, () => {
      fired.push('first')
      second.cancel()
      clock.setTimer(at, () => fired.push('third'))
    })
    const second = clock.setTimer(at, () => fired.push('second'))
    await lab.until(() => fired.length === 2)
    t.strictSame(fired, ['first', 'third'])
  })

  behaviour('a taken port is refused, with the reason', async (t, lab) => {
    const [a, b] = lab.hosts
    await lab.open(b, { port: PORT })
    const second = lab.openAtOnce(b, { port: PORT })
    const error: unknown = await second.ready.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    t.ok(error instanceof NetworkError)
    t.equal(error instanceof NetworkError && error.code, 'address-in-use')
    t.match(error instanceof Error && error.message, /stop/, 'the message names a remedy')
    await lab.open(a, { port: PORT })
    second.close()
  })

  behaviour('a large datagram arrives whole', async (t, lab) => {
    const [a, b] = lab.hosts
    const sender = await lab.open(a, { port: 0 })
    const listener = await lab.open(b, { port: PORT })
    const large = Uint8Array.from({ length: 8192 }, (_, i) => (i * 31) & 255)
    t.equal(sender.send(at(b, PORT), large), 'sent')
    t.equal(sender.send(at(b, PORT), new Uint8Array(65_508)), 'tooLarge')
    await lab.until(() => listener.got.length > 0)
    t.strictSame(
      listener.got.map(d => d.payload),
      [large],
    )
  })

  behaviour('an empty datagram is one', async (t, lab) => {
    const [a, b] = lab.hosts
    const sender = await lab.open(a, { port: 0 })
    const listener = await lab.open(b, { port: PORT })
    sender.send(at(b, PORT), bytes())
    await lab.until(() => listener.got.length > 0)
    t.strictSame(payloads(listener), [''])
  })
}

/** A socket that remembers what it got. */
interface Listener extends UdpSocket {
  readonly got: Datagram[]
}

class Lab {
  readonly hosts: readonly [Host, Host, Host]
  readonly #fixture: Fixture

  constructor(fixture: Fixture) {
    this.hosts = fixture.hosts
    this.#fixture = fixture
  }

  async open(host: Host, options: Omit<UdpOptions, 'onDatagram'>): Promise<Listener> {
    const listener = this.openAtOnce(host, options)
    await listener.ready
    return listener
  }

  openAtOnce(host: Host, options: Omit<UdpOptions, 'onDatagram'>): Listener {
    const got: Datagram[] = []
    const socket = host.openUdp({ ...options, onDatagram: datagram => void got.push(datagram) })
    return {
      got,
      ready: socket.ready,
      send: (to, payload) => socket.send(to, payload),
      close: () => socket.close(),
    }
  }

  until(condition: () => boolean): Promise<void> {
    return this.#fixture.run(condition)
  }

  /** Lets whatever is on its way arrive. */
  async moment(): Promise<void> {
    let over = false
    const { clock } = this.hosts[0]
    clock.setTimer(clock.now() + A_MOMENT, () => (over = true))
    await this.#fixture.run(() => over)
  }
}

const at = (host: Host, port: number): Endpoint => ({ ip: host.interfaces[0]!.addresses[0]!.ip, port })

const payloads = (listener: Listener): string[] => listener.got.map(datagram => datagram.payload.join(' '))
