/**
 * Scripts on the virtual network: start, waiting, sockets, screen and power; and the catalogue of firmware.
 */
import t from 'tap'
import { LIMITED_BROADCAST, macBytes, toMac } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { type TraceEvent, noTrace, traceTo } from '../../src/core/trace.ts'
import { FIRMWARE_FAMILIES, firmwareFor, firmwareOf, namesOf } from '../../src/firmware/catalogue.ts'
import type { BootRecord, Incoming, Pc, Script } from '../../src/firmware/pc.ts'
import { bootMachine } from '../../src/firmware/run.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'
import { FAKE_UUID, asFirmware, ip } from './fake-pc.ts'

const MAC = toMac(0x005056000001)

const lab = () => {
  const network = new VirtualNetwork(random('run'))
  const segment = network.addSegment('office')
  const pc = network.addHost('pc', [{ segment, mac: MAC }])
  const address = { ip: ip('10.7.0.1'), prefixLength: 24 }
  const server = network.addHost('server', [{ segment, address }])
  return { network, pc, server }
}

const power = (script: (pc: Pc, record: BootRecord) => Script) => {
  const { network, pc, server } = lab()
  const events: TraceEvent[] = []
  const ended: BootRecord[] = []
  const identity = { mac: MAC, uuid: FAKE_UUID }
  const machine = bootMachine(pc, asFirmware(script), identity, traceTo(events), record => ended.push(record))
  return { network, server, machine, events, ended }
}

t.test('a script waits, prints and ends', async t => {
  const woken: number[] = []
  const { network, machine, events, ended } = power(function* (pc, record) {
    pc.print('>>Start')
    yield pc.now() + SECOND
    woken.push(pc.now())
    pc.append('.')
    yield pc.now() - 5
    woken.push(pc.now())
    pc.because('E-22', 'why not')
    record.outcome = 'failed'
  })
  t.equal(events.length, 1, 'nothing happens before the caller has the machine')
  network.run(10 * SECOND)
  t.same(woken, [SECOND, SECOND], 'a time that is past is now')
  t.same(ended, [machine.record])
  t.same(events, [
    { at: 0, kind: 'power', host: 'pc', on: true },
    { at: 0, kind: 'screen', host: 'pc', text: '>>Start', continues: false },
    { at: SECOND, kind: 'screen', host: 'pc', text: '.', continues: true },
    { at: SECOND, kind: 'choice', host: 'pc', rule: 'E-22', text: 'why not' },
  ])
})

t.test('datagrams come in order, filtered by chaddr, until the script has ended', async t => {
  const heard: number[] = []
  const { network, server, ended } = power(function* (pc) {
    pc.openUdp({ port: 68, ownChaddrOnly: true })
    const end = 3 * SECOND
    for (let incoming: Incoming | undefined = yield end; incoming; incoming = yield end)
      if (incoming.kind === 'datagram') heard.push(incoming.datagram.payload[0]!)
  })
  const say = (first: number, mac = MAC) => {
    const payload = new Uint8Array(240)
    payload[0] = first
    payload.set(macBytes(mac), 28)
    socket.send({ ip: LIMITED_BROADCAST, port: 68 }, payload)
  }
  const socket = server.openUdp({ port: 67, onDatagram: () => {} })
  for (const [at, first, mac] of [
    [1, 1, MAC],
    [1, 2, MAC],
    [1.5, 9, toMac(7)],
    [2, 3, MAC],
    [4, 8, MAC],
  ] as const)
    network.clock.setTimer(at * SECOND, () => say(first, mac))
  network.run(10 * SECOND)
  t.same(heard, [1, 2, 3])
  t.equal(ended.length, 1)
})

t.test('power off: silence, and nobody is called', async t => {
  const { network, machine, events, ended } = power(function* (pc) {
    pc.openUdp({ port: 68 })
    pc.configure({ ip: ip('10.7.0.9'), prefixLength: 24 })
    for (;;) yield pc.now() + SECOND
  })
  network.run(2 * SECOND)
  machine.powerOff()
  machine.powerOff()
  t.equal(network.run(9 * SECOND), 'drained', 'no timer is left')
  t.same(ended, [])
  t.equal(machine.record.outcome, 'pending')
  t.same(events.at(-1), { at: 2 * SECOND, kind: 'power', host: 'pc', on: false })
  t.equal(events.length, 2)
})

t.test('a script that waits for ever leaves no timer behind', async t => {
  const { network } = power(function* () {
    for (;;) yield Infinity
  })
  t.equal(network.run(9 * SECOND), 'drained')
})

t.test('every firmware comes to an end on a silent network', async t => {
  for (const family of FIRMWARE_FAMILIES)
    for (const profile of Object.keys(family.profiles)) {
      const { network, pc } = lab()
      const firmware = firmwareOf(family, profile)
      if ('unknown' in firmware) throw new Error(`${family.name} ${profile} is in the catalogue`)
      t.equal(firmware.family, family.name)
      t.equal(firmware.profile, profile)
      const ended: BootRecord[] = []
      bootMachine(pc, firmware, { mac: MAC, uuid: FAKE_UUID }, noTrace, record => ended.push(record))
      network.run(600 * SECOND)
      t.same(
        ended.map(({ outcome }) => outcome),
        ['failed'],
        `${family.name} ${profile}`,
      )
    }
})

t.test('firmware by name', async t => {
  const named = (...names: [family: string, profile?: string, architecture?: string]) => {
    const found = firmwareFor(FIRMWARE_FAMILIES, ...names)
    return 'unknown' in found ? found : [found.family, found.profile]
  }
  t.same(named('edk2'), ['edk2', '2022'])
  t.same(named('ipxe'), ['ipxe', 'head'])
  t.same(named('bios-rom'), ['bios-rom', 'intel'])
  t.same(named('edk2', 'hp-laptop', 'arm64-uefi'), ['edk2', 'hp-laptop'])
  t.same(named('edk3'), { what: 'family', unknown: 'edk3', nearest: 'edk2' })
  t.same(named('edk2', 'pre-2018'), { what: 'profile', unknown: 'pre-2018', nearest: 'pre-2019' })
  t.same(named('bios-rom', 'intel', 'x64-uefi'), {
    what: 'architecture',
    unknown: 'x64-uefi',
    nearest: undefined,
  })
  t.same(named('constructor'), { what: 'family', unknown: 'constructor', nearest: undefined })
  t.same(named('bios-rom', 'raspberry-pi-3'), ['raspberry-pi', 'raspberry-pi-3'], 'as it was called once')
  t.same(namesOf(FIRMWARE_FAMILIES), ['edk2', 'ipxe', 'u-boot', 'bios-rom', 'raspberry-pi', 'apple'])
  for (const { profiles, defaultProfile } of FIRMWARE_FAMILIES)
    t.ok(Object.hasOwn(profiles, defaultProfile), defaultProfile)
})
