/** A protocol from outside `src/`: the same state machine on a virtual host and on a real socket. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseIp4 } from '../../src/core/address.ts'
import { u32At } from '../../src/core/bytes.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { createKernelNetwork, loopbackInterface } from '../../src/network/kernel/network.ts'
import type { Host } from '../../src/network/port.ts'
import { runStateMachine } from '../../src/network/runner.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'
import { TIME_PORT, type TimeEvent, timeService } from './time-service.ts'

const EPOCH = 3_786_825_600

t.test('docs/extending.md shows this very file', async t => {
  const source = readFileSync('test/extending/time-service.ts', 'utf8')
  t.ok(readFileSync('docs/extending.md', 'utf8').includes(source.trim()))
})

/** Asks once; what comes back is given to `answered`. */
const ask = (host: Host, server: string, answered: (seconds: number) => void) => {
  const socket = host.openUdp({ port: 0, onDatagram: ({ payload }) => answered(u32At(payload, 0)) })
  return socket.ready.then(() => socket.send({ ip: parseIp4(server)!, port: TIME_PORT }, new Uint8Array()))
}

t.test('in virtual time', async t => {
  const network = new VirtualNetwork(random(1))
  const segment = network.addSegment('lan')
  const at = (ip: string) => [{ segment, address: { ip: parseIp4(ip)!, prefixLength: 24 } }]
  const events: TimeEvent[] = []
  runStateMachine(
    network.addHost('server', at('10.0.0.1')),
    timeService(EPOCH),
    event => void events.push(event),
  )
  const client = network.addHost('client', at('10.0.0.2'))
  const got: number[] = []
  network.clock.setTimer(90 * SECOND, () => void ask(client, '10.0.0.1', seconds => void got.push(seconds)))
  network.run(90 * SECOND)
  await Promise.resolve()
  network.run(91 * SECOND)
  t.strictSame(got, [EPOCH + 90])
  t.strictSame(events, [{ kind: 'told', seconds: EPOCH + 90 }])
})

t.test('on a real socket', async t => {
  const network = createKernelNetwork({ portOffset: 16_000 })
  t.teardown(() => network.close())
  const server = network.addHost({ name: 'server', interfaces: [loopbackInterface()] })
  const client = network.addHost({ name: 'client', interfaces: [loopbackInterface(parseIp4('127.0.0.2'))] })
  const running = runStateMachine(server, timeService(EPOCH), () => {})
  await running.ready
  const seconds = await new Promise<number>(resolve => void ask(client, '127.0.0.1', resolve))
  running.stop()
  t.ok(seconds >= EPOCH && seconds < EPOCH + 3600)
})
