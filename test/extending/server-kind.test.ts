/** A kind of server from outside `src/`: located errors, the JSON Schema, faults, a run; and one that takes its time. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { u32At } from '../../src/core/bytes.ts'
import { SECOND } from '../../src/core/micros.ts'
import type { GuestProvider } from '../../src/network/attach/qemu/guest.ts'
import { type LoadOptions, formatScenarioError, loadScenario } from '../../src/scenario/load.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import { scenarioSchema } from '../../src/scenario/schema.ts'
import { type RunningServer, serverForm, serverKind } from '../../src/servers/kind.ts'
import { SERVER_KINDS } from '../../src/servers/kinds.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { recordingOf } from '../../src/simulation/recording.ts'
import { runPaced } from '../../src/simulation/run-paced.ts'
import { openWorld, runScenario } from '../../src/simulation/run.ts'
import { ip } from '../protocol/pxe/requests.ts'
import { TIME_PORT } from './time-service.ts'
import { timeKind } from './time-kind.ts'

const kinds = SERVER_KINDS.with(timeKind)
const EPOCH = 3_786_825_600

const OFFICE = `title: An office with a clock
subnets: { office: { cidr: 10.0.0.0/24 } }
notificationServers: { ns: { unknown: { boot: pxe, image: WinPE } } }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.199 }
  nbs: { kind: nbs, on: office, address: 10.0.0.5, notificationServer: ns }
  clock: { kind: time, on: office, address: 10.0.0.9, ahead: 1s..60s }
clients: { pc: { on: office, firmware: edk2 } }
faults: [{ at: 2s, stop: clock.time }, { at: 4s, start: clock.time }]
`

const load = (text: string, options: Partial<LoadOptions> = { kinds }): Scenario | string[] => {
  const loaded = loadScenario(text, { file: 'office.yaml', ...options })
  return loaded.ok ? loaded.scenario : loaded.errors.map(formatScenarioError)
}

const scenarioOf = (text: string): Scenario => {
  const scenario = load(text)
  if (Array.isArray(scenario)) throw new Error(scenario.join('\n'))
  return scenario
}

t.test('docs/extending.md shows this very file', async t => {
  const source = readFileSync('test/extending/time-kind.ts', 'utf8')
  t.ok(readFileSync('docs/extending.md', 'utf8').includes(source.trim()))
})

t.test('it is known only to whoever was given it', async t => {
  t.strictSame(load(OFFICE, {}), [
    'office.yaml:7:18: servers.clock.kind: "time" is not allowed here; use one of dhcp, nbs, foreign, program, vm',
  ])
  t.equal(scenarioOf(OFFICE).kinds, kinds)
  t.strictSame(
    SERVER_KINDS.list.map(({ kind }) => kind),
    ['dhcp', 'nbs', 'foreign', 'program', 'vm'],
  )
  const missing = readScenario('scenarios/two-nbs-one-subnet.yaml', { kinds })
  t.ok(missing.ok && missing.scenario.kinds === kinds, 'also from a file')
})

t.test('its mistakes are located', async t => {
  const changed = (from: string, to: string) => load(OFFICE.replace(from, to))
  t.strictSame(changed('kind: time', 'kind: tme'), [
    'office.yaml:7:18: servers.clock.kind: "tme" is not allowed here; use one of dhcp, nbs, foreign, program, vm, time; did you mean time?',
  ])
  t.strictSame(changed('ahead:', 'ahed:'), [
    'office.yaml:7:55: servers.clock.ahed: unknown field "ahed"; did you mean ahead?',
  ])
  t.strictSame(changed('ahead: 1s..60s', 'epoch: -1'), [
    'office.yaml:7:62: servers.clock.epoch: must be at least 0; did you mean 0?',
  ])
  t.strictSame(changed('ahead: 1s..60s', 'epoch: 4294967290, ahead: 5s..6s'), [
    'office.yaml:7:81: servers.clock.ahead: the protocol ends in 2036',
  ])
  t.strictSame(changed('10.0.0.9', '10.0.0.5'), [
    'office.yaml:7:45: servers.clock.address: 10.0.0.5 is already the address of nbs',
  ])
  t.strictSame(changed('stop: clock.time', 'stop: clock.tim'), [
    'office.yaml:9:26: faults[0].stop: clock has no service "tim"; it has time; did you mean clock.time?',
  ])
  t.strictSame(changed('stop: clock.time', 'set: { target: clock, responseDelay: 1s }'), [
    'office.yaml:9:42: faults[0].set.responseDelay: clock has no response delay',
  ])
  t.strictSame(load(OFFICE, { kinds, overrides: [['servers.clock.epok', '5']] }), [
    '--set servers.clock.epok=5:1:21: servers.clock.epok: unknown field "epok"; did you mean epoch?',
  ])
})

t.test('the JSON Schema has it', async t => {
  const schema = JSON.parse(scenarioSchema([], kinds)) as {
    properties: { servers: { additionalProperties: { oneOf: { properties: Record<string, object> }[] } } }
  }
  const server = schema.properties.servers.additionalProperties.oneOf.at(-1)!
  t.strictSame(Object.keys(server.properties), ['kind', 'on', 'address', 'link', 'epoch', 'ahead'])
  t.match(server.properties['kind'], { const: 'time', description: 'A server that tells the time (RFC 868)' })
  t.match(server.properties['epoch'], { type: 'integer', maximum: 0xffffffff, default: EPOCH })
})

t.test('it runs beside the others, and its faults are felt', async t => {
  const scenario = scenarioOf(OFFICE)
  const { network, addHost } = openWorld(scenario, surroundingsOf(scenario), {}).built
  const pc = addHost({ name: 'asker', subnet: 'office', ip: ip('10.0.0.50') })
  const told: number[] = []
  const socket = pc.openUdp({ port: 0, onDatagram: ({ payload }) => void told.push(u32At(payload, 0)) })
  const ask = (second: number): number | undefined => {
    network.run(second * SECOND)
    socket.send({ ip: ip('10.0.0.9'), port: TIME_PORT }, new Uint8Array())
    network.run((second + 0.5) * SECOND)
    return told.splice(0)[0]
  }
  const [first, stopped, again] = [1, 3, 5].map(ask)
  t.ok(first! >= EPOCH + 2 && first! <= EPOCH + 61, 'drawn from its range')
  t.equal(stopped, undefined)
  t.equal(again, first! + 4)
})

t.test('the same seed is the same result, and a recording shows it', async t => {
  const scenario = scenarioOf(OFFICE)
  const run = runScenario(scenario, surroundingsOf(scenario))
  t.match(run.result.clients, [{ outcome: 'booted', pxeServer: 'nbs', leaseFrom: 'dhcp' }])
  t.strictSame(runScenario(scenario, surroundingsOf(scenario)).result, run.result)
  const { site } = recordingOf(scenario, run)
  t.match(site!.servers.at(-1), { name: 'clock', kind: 'time', address: '10.0.0.9', role: 'time server' })
})

/** A kind that stands for a program: it is there when `ready` says so. */
const outside = (ready: () => Promise<void>, told: string[]) =>
  serverKind({
    ...serverForm('outside', 'A server that lives outside of the run', {}),
    services: ['all'],
    paced: true,
    resolve: (form, { server }) => ({ ...form, ...server }),
    build: (): RunningServer => ({
      start: async () => {
        told.push('starts')
        await ready()
        told.push('ready')
      },
      stop: async () => void told.push('stops'),
      startService: ready,
      stopService: () => {},
    }),
    role: () => 'outside',
  })

const NO_GUESTS: GuestProvider = {
  firmware: () => {
    throw new Error('no guests')
  },
  start: () => {
    throw new Error('no guests')
  },
}

const PROGRAM = `title: A program
limit: 10s
subnets: { office: { cidr: 10.0.0.0/24 } }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.199, bootFile: a, nextServer: 10.0.0.2, tftp: on, images: { a: 10 } }
  it: { kind: outside, on: office, address: 10.0.0.9 }
clients: { pc: { on: office, firmware: ipxe } }
`

const paced = async (text: string, ready: () => Promise<void>, signal?: AbortSignal) => {
  const told: string[] = []
  const loaded = loadScenario(text, { file: 'program.yaml', kinds: SERVER_KINDS.with(outside(ready, told)) })
  if (!loaded.ok) throw new Error(loaded.errors.map(formatScenarioError).join('\n'))
  const { scenario } = loaded
  const run = runPaced(scenario, surroundingsOf(scenario), {
    guests: NO_GUESTS,
    speed: 100,
    watch: ({ kind }) => void (kind === 'power' && told.push('power')),
    ...(signal && { signal }),
  })
  return { scenario, told, run }
}

t.test('a server that takes its time: the world waits for it', async t => {
  let release = (): void => {}
  const { scenario, told, run } = await paced(PROGRAM, () => new Promise(resolve => (release = resolve)))
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(told, ['starts'], 'nothing else happens')
  release()
  t.match((await run).result.clients, [{ outcome: 'booted' }])
  t.strictSame(told, ['starts', 'ready', 'power', 'stops'])
  t.throws(() => runScenario(scenario, surroundingsOf(scenario)), {
    message: 'servers.it: kind outside lives by the wall clock and cannot take part in virtual time',
  })
})

t.test('a server that cannot start ends the run, and is stopped', async t => {
  const failed = await paced(PROGRAM, () => Promise.reject(new Error('no such program')))
  await t.rejects(failed.run, { message: 'no such program' })
  t.strictSame(failed.told, ['starts', 'stops'])
})

t.test('so does one that a fault starts in vain', async t => {
  let count = 0
  const ready = () => (count++ === 0 ? Promise.resolve() : Promise.reject(new Error('not again')))
  const { told, run } = await paced(`${PROGRAM}faults: [{ at: 1s, start: it.all }]\n`, ready)
  await t.rejects(run, { message: 'not again' })
  t.equal(told.at(-1), 'stops')
})

t.test('whoever waits for one can be interrupted', async t => {
  const controller = new AbortController()
  const { told, run } = await paced(PROGRAM, () => new Promise(() => {}), controller.signal)
  controller.abort()
  await t.rejects(run, { message: 'interrupted' })
  t.strictSame(told, ['starts', 'stops'])
})
