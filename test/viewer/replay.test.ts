import t from 'tap'
import { formatMac } from '../../src/core/address.ts'
import { formatIp } from '../../src/core/ip.ts'
import { SECOND } from '../../src/core/micros.ts'
import type { TraceEvent } from '../../src/core/trace.ts'
import { decodeFrame } from '../../src/wire/frames.ts'
import { recordingOf } from '../../src/simulation/recording.ts'
import { dissect } from '../../src/viewer/dissect/dissect.ts'
import type { Field } from '../../src/viewer/dissect/fields.ts'
import { PROTOCOLS } from '../../src/viewer/replay/frame-peek.ts'
import { ladderOf } from '../../src/viewer/replay/ladder-rows.ts'
import { layoutOf } from '../../src/viewer/draw/layout.ts'
import { packetTexts } from '../../src/viewer/replay/packet-text.ts'
import { flightsAt } from '../../src/viewer/replay/packets-in-flight.ts'
import { brokenAt } from '../../src/viewer/replay/faults-at.ts'
import { replayOf, screenAfter, statusAt } from '../../src/viewer/replay/replay.ts'
import { shippedRun } from './shipped.ts'

const { scenario, run } = shippedRun('two-nbs-one-subnet')
const replay = replayOf(recordingOf(scenario, run))
const textOf = packetTexts(replay)
const machineOf = (name: string) => replay.machines.find(({ result }) => result.name === name)!
const nameOf = (host: number) => replay.hosts[host]?.name

t.test('every frame of the run is there, in order, with its ends', async t => {
  const frames = run.trace.flatMap(event => (event.kind === 'frame' ? [event] : []))
  t.equal(replay.frames.count, frames.length)
  frames.forEach((frame, i) => {
    if (replay.frames.at[i] !== frame.at) t.fail(`frame ${i} is at ${replay.frames.at[i]}`)
    if (replay.frames.source[i]! < 0) t.fail(`frame ${i} comes from nobody`)
    const decoded = decodeFrame(frame.bytes)
    if (decoded.ok && decoded.value.packet.kind === 'arp' && PROTOCOLS[replay.frames.protocol[i]!] !== 'arp')
      t.fail(`frame ${i} is ARP`)
  })
  t.pass()
})

t.test('the race of pc-14 is told as it was', async t => {
  const machine = machineOf('pc-14')
  const ladder = ladderOf(replay, machine, textOf)
  const offers = ladder.rows.flatMap(row =>
    row.kind === 'packet' && row.text.startsWith('PXE OFFER') ? [[ladder.columns[row.from], row.at]] : [],
  )
  t.same(
    offers.map(([from]) => from),
    ['nbs-b', 'r1', 'nbs-a'],
    'nbs-b by way of the relay, then nbs-a',
  )
  const rules = ladder.rows.flatMap(row => (row.kind === 'choice' ? [row.rule] : []))
  t.same(rules, ['E-19', 'E-22', 'E-39'])
  t.ok(ladder.rows.some(row => row.kind === 'screen' && row.text.startsWith('PXE-E21')))
  t.same(
    machine.frames.map(frame => nameOf(replay.frames.source[frame]!)).filter(name => name === 'pc-14')
      .length > 1,
    true,
  )
})

t.test('a transfer is one row of the ladder', async t => {
  const ladder = ladderOf(replay, machineOf('pc-3'), textOf)
  const bulk = ladder.rows.filter(row => row.kind === 'packet' && /TFTP packets, 40,960 bytes/.test(row.text))
  t.equal(bulk.length, 1)
})

t.test('screens and standings follow the moment', async t => {
  const machine = machineOf('pc-3')
  t.same(
    screenAfter(replay, machine, machine.events.length),
    machine.result.screen,
    'as the result has it at the end',
  )
  t.equal(statusAt(machine, machine.poweredOn - 1), 'off')
  t.equal(statusAt(machine, machine.poweredOn), 'booting')
  t.equal(statusAt(machine, machine.decided), machine.decided === machine.ended ? 'booted' : 'decided')
  t.equal(statusAt(machine, machine.ended), 'booted')
  t.equal(statusAt(machineOf('pc-14'), 8 * SECOND), 'localDisk')
})

t.test('a recording without a trace shows what the result has', async t => {
  const bare = replayOf({ format: 'nbs-lab recording 2', result: run.result, site: null, trace: null })
  t.equal(bare.frames.count, 0)
  t.equal(bare.damaged, false)
  t.same(screenAfter(bare, bare.machines[2]!, 0), run.result.clients[2]!.screen)
  const damaged = replayOf({ ...replay.recording, trace: { ...replay.recording.trace!, at: [] } })
  t.equal(damaged.damaged, true)
})

t.test('knows what is out of order when', async t => {
  const { scenario, run } = shippedRun('tftp-service-stopped')
  const { outages } = replayOf(recordingOf(scenario, run))
  t.same([...brokenAt(outages, 14_999_999)], [])
  t.same([...brokenAt(outages, 15_000_000)], [['nbs', ['tftp']]])
  t.same([...brokenAt([...outages, { from: 16_000_000, what: 'nbs.tftp', works: true }], 16_000_000)], [])
})

/** The same events in other words: not one of them names anything. */
const reworded = (trace: readonly TraceEvent[]): TraceEvent[] =>
  trace.map(event => {
    if (event.kind === 'service')
      return { ...event, projection: { ...event.projection, describe: () => 'something happened' } }
    return event.kind === 'choice' || event.kind === 'fault'
      ? { ...event, text: 'something happened' }
      : event
  })

t.test('rewording an event changes nothing but the words', async t => {
  for (const name of [
    'two-nbs-one-subnet',
    'tftp-service-stopped',
    'site/deployment-job',
    'bsdp/one-server',
  ]) {
    const { scenario, run } = shippedRun(name)
    const views = [run.trace, reworded(run.trace)].map(trace => {
      const replay = replayOf(recordingOf(scenario, { ...run, trace }))
      const { machines, frames, choices, faults, outages } = replay
      const textOf = packetTexts(replay)
      const ladders = machines.map(machine => {
        const { columns, rows } = ladderOf(replay, machine, textOf)
        return { columns, rows: rows.map(row => ({ ...row, text: '' })) }
      })
      return { machines, frames, choices, faults, outages, ladders }
    })
    t.ok(views[0]!.machines.every(({ events }) => events.length > 0))
    t.strictSame(views[0], views[1], name)
  }
})

t.test('an event belongs to the machine that it is about, whatever addresses its sentence has', async t => {
  const service = replay.machines.flatMap(({ result, events }) =>
    events.map(event => ({ result, event: replay.trace!.event(event) })),
  )
  let told = 0
  for (const { result, event } of service) {
    if (event.kind !== 'service') continue
    told++
    if (event.client !== undefined) t.equal(formatMac(event.client), result.mac)
    else t.equal(formatIp(event.address!), result.address)
  }
  t.ok(told > 100)
})

t.test('everything has its place', async t => {
  for (const [width, height] of [
    [560, 280],
    [300, 200],
    [1400, 700],
  ] as const) {
    const layout = layoutOf(replay, width, height)
    t.ok(layout.height === height || height < 280, 'it scrolls only where there is hardly any room')
    layout.hosts.forEach((box, i) => {
      const inside =
        box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 1 && box.y + box.height <= layout.height + 1
      if (!inside) t.fail(`${nameOf(i)} is at ${JSON.stringify(box)} of ${width}x${height}`)
    })
  }
  const flights = flightsAt({
    replay,
    layout: layoutOf(replay, 560, 280),
    theme: { faint: '#888', accent: '#00f' } as never,
    colourOf: () => '#fff',
    at: 743_200,
    span: 1000,
    passes: undefined,
    held: undefined,
  })
  t.same(
    flights.map(({ frame }) => textOf(frame).label),
    ['PXE OFFER', 'PXE OFFER', 'PXE OFFER'],
  )
})

t.test('the fields of a packet hold its bytes', async t => {
  const { trace, frames } = replay
  const bounds = (fields: readonly Field[], start: number, end: number): boolean =>
    fields.every(
      field =>
        field.start >= start &&
        field.end <= end &&
        field.start <= field.end &&
        bounds(field.children ?? [], field.start, field.end),
    )
  for (let i = 0; i < frames.count; i++) {
    const bytes = trace!.bytes(frames.event[i]!)
    const { layers, issues } = dissect(bytes, replay.nameOf)
    if (!bounds(layers, 0, bytes.length)) t.fail(`frame ${i + 1} has fields outside their place`)
    if (issues.length > 0) t.fail(`frame ${i + 1}: ${issues[0]!.message}`)
  }
  const offer = machineOf('pc-14').frames.find(frame => textOf(frame).from === 'nbs-a')!
  const dhcp = dissect(trace!.bytes(frames.event[offer]!), replay.nameOf).layers.at(-1)!
  const option = (label: string) => dhcp.children!.find(field => field.label === label)!
  t.equal(option('53 messageType').value, 'OFFER (2)')
  t.equal(option('54 serverIdentifier').value, '10.20.1.5 (nbs-a)')
  t.match(
    option('43 vendorSpecific').children!.map(({ label, value }) => `${label}: ${value}`),
    ['43.6 discoveryControl: 8: boot the file at once'],
  )
  const bytes = trace!.bytes(frames.event[offer]!)
  t.same([...bytes.subarray(option('53 messageType').start, option('53 messageType').end)], [53, 1, 2])
})

t.test('no bytes make the tree throw', async t => {
  const { trace, frames } = replay
  const first = trace!.bytes(frames.event[5]!)
  for (let length = 0; length <= first.length; length++) dissect(first.subarray(0, length), replay.nameOf)
  for (let at = 0; at < first.length; at++) {
    const bytes = Uint8Array.from(first)
    bytes[at] = 255
    dissect(bytes, replay.nameOf)
  }
  t.pass()
})
