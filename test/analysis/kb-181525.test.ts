/**
 * The vendor's own story (KB 181525; NBS-19): sometimes it works, often it fails. DISCOVER, one DHCP offer, two
 * PXE offers, REQUEST, ACK, and the machine asks the first PXE server for its menu. The article's reader has this trace
 * and wants to know which machines those servers are, who was first, what the machine did, and what to do.
 */
import t from 'tap'
import { analysisResult } from '../../src/report/analysis.ts'
import { analysisText } from '../../src/report/text/analysis.ts'
import { Capture, complete, ip, lease, ms, redirect, s } from './capture-builder.ts'

const DHCP = '10.103.6.10'
const FIRST = '10.103.6.25'
const SECOND = '10.103.64.248'
const FILE = 'BStrap\\X86pc\\BStrap.0'
const PLAIN = new Proxy({}, { get: () => (text: string) => text }) as Parameters<typeof analysisText>[1]

const story = ({ answered = true, relayed = false } = {}) => {
  const capture = new Capture()
  const pc = capture.machine(1, 'bios', { segment: 'lab', address: ip('10.103.6.77') })
  capture.discover(0, pc)
  capture.offer(ms(0.8), DHCP, pc, lease('10.103.6.77'))
  capture.offer(ms(2.1), FIRST, pc, redirect)
  capture.offer(ms(3.4), SECOND, pc, { ...redirect, ...(relayed && { giaddr: '10.103.6.1' }) })
  capture.request(s(4), pc, DHCP)
  capture.ack(s(4) + ms(1), DHCP, pc, lease('10.103.6.77'))
  capture.ask(s(4.5), pc, FIRST)
  if (answered) capture.answer(s(4.5) + ms(2), FIRST, pc, complete(FILE))
  capture.download(s(4.6), pc, FIRST, FILE)
  capture.quietUntil(s(40))
  return capture
}

const screenOf = (capture: Capture): string => {
  const result = analysisResult({
    files: [{ file: 'kb181525.pcap', frames: capture.records.length, interfaces: ['lab'], issues: [] }],
    analysis: capture.analyze(),
    startedAt: 1_400_000_000_000_000,
    lastAt: s(40),
    placeOf: frame => ({ file: 'kb181525.pcap', frame }),
    notes: [],
  })
  return analysisText(result, PLAIN).join('\n')
}

t.test('who, how fast, what then, what to do', async t => {
  const screen = screenOf(story())
  t.comment(`\n${screen}`)
  t.match(
    screen,
    /multiple-pxe-responders on lab: 1 BIOS ROM machine: 10\.103\.6\.25 and 10\.103\.64\.248 answer/,
  )
  t.match(
    screen,
    /It followed 10\.103\.6\.25, which answered 1\.30 ms earlier\. A BIOS ROM keeps the first PXE OFFER\./,
  )
  t.match(screen, /Only one server per subnet may have the NBS plug-in/)
  t.match(
    screen,
    /do: {2}Disable the Network Boot Service .* on all but one of 10\.103\.6\.25 and 10\.103\.64\.248/,
  )
  t.match(screen, /look up its MAC address in the switches’ tables/)
  for (const [server, mac] of [
    [FIRST, '02:00:0a:67:06:19'],
    [SECOND, '02:00:0a:67:40:f8'],
  ] as const)
    t.match(
      screen,
      new RegExp(`OFFER from ${server.replaceAll('.', '\\.')} \\(${mac}\\), PXE: ask on port 4011`),
    )
  const steps = [/DISCOVER from/, /OFFER from 10\.103\.6\.25/, /OFFER from 10\.103\.64\.248/, /REQUEST for the lease of 10\.103\.6\.10/, /request to port 4011 of 10\.103\.6\.25/, /ACK from 10\.103\.6\.25, PXE: boot "BStrap/, /the machine fetches "BStrap.*complete/] // prettier-ignore
  const places = steps.map(step => screen.search(step))
  t.strictSame(
    places,
    [...places].sort((a, b) => a - b),
    'in the order in which it happened',
  )
  t.ok(places[0]! > 0)
  t.match(
    screen,
    /10\.103\.64\.248 +02:00:0a:67:40:f8 +proxy-dhcp +ask on port 4011 \(1\) +00:50:56:00:00:01/,
  )
})

t.test('the reply of port 4011 was not captured', async t => {
  const screen = screenOf(story({ answered: false }))
  t.match(
    screen,
    /request to port 4011 of 10\.103\.6\.25; the reply is missing from this capture: unicasts between other ports/,
  )
  t.match(screen, /note In 1 boot the reply from port 4011 is missing from this capture/)
  t.notMatch(screen, /dead-boot-server-port/)
})

t.test('the second one answers by way of a relay', async t => {
  const screen = screenOf(story({ relayed: true }))
  t.match(screen, /stray-relay-target/)
  t.match(screen, /OFFER from 10\.103\.64\.248, PXE: ask on port 4011, through relay agent 10\.103\.6\.1/)
  t.equal(screen.match(/DISCOVER from/g)?.length, 1, 'one race is shown once')
})
