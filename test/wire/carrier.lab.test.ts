/** Wireshark reads the carriers that the tests are written with, and sees the same packets in them. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { encodePcap } from '../../src/wire/capture/index.ts'
import { capturedRun, framesOf } from '../cli/captures.ts'
import { requireProgram } from '../lab.ts'
import { CARRIERS } from './carriers.ts'

/** Not dissected unless told: the port is Cisco's and Linux's old one, and a pseudowire says nothing of itself. */
const HINTS: Readonly<Record<string, readonly string[]>> = {
  // By default it expects the two bytes of frame control swapped, as some controllers send them.
  'capwap 802.11': ['-o', 'capwap.swap_fc:FALSE'],
  'vxlan on the port of Linux': ['-d', 'udp.port==8472,vxlan'],
  'mpls pseudowire': ['-d', 'mpls.label==16,pwethcw'],
  'two labels': ['-d', 'mpls.label==17,pwethcw'],
}

t.test('tshark sees the DHCP messages in every carrier', async t => {
  if (!requireProgram(t, 'tshark')) return
  const { run } = capturedRun('scenarios/two-nbs-same-notification-server.yaml')
  const dhcp = framesOf(run.trace).filter(
    ({ segment, bytes }) => segment === 'office' && bytes[12] === 8 && bytes[23] === 17 && [67, 68].includes(bytes[37]!),
  ) // prettier-ignore
  const folder = t.testdir()
  for (const [what, { linkType, wrap }] of Object.entries(CARRIERS)) {
    // Wireshark takes every frame type of ERSPAN III for Ethernet.
    if (what === 'erspan III of IP') continue
    const file = join(folder, 'carried.pcap')
    writeFileSync(file, encodePcap(dhcp.map(({ at, bytes }) => ({ at, iface: 0, bytes: wrap(bytes) })), { linkType })) // prettier-ignore
    const call = ['-r', file, ...(HINTS[what] ?? []), '-Y', 'dhcp', '-T', 'fields', '-e', 'dhcp.id']
    const { stdout } = spawnSync('tshark', call, { encoding: 'utf8' })
    t.equal(stdout.trim().split('\n').length, dhcp.length, what)
  }
})
