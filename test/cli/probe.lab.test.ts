/**
 * `nbs probe` on a subnet of network namespaces, beside a DHCP server, our NBS and a dnsmasq PXE proxy that nobody here
 * wrote: both are found, by address and MAC, and no server leases anything.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { ProbeResult } from '../../src/report/probe.ts'
import { requireProgram } from '../lab.ts'
import { bridge, dnsmasq } from './bridge.ts'

t.test('our NBS, a dnsmasq proxy and a DHCP server', async t => {
  for (const name of ['dnsmasq', 'ip']) if (!requireProgram(t, name)) return
  const lab = bridge(t, { dhcp: 2, nbs: 5, rival: 6, pc: 50 })
  if (!lab) return
  const leases = `${t.testdir({})}/leases`
  const dhcp = lab.start('dhcp', ...dnsmasq('--no-ping', '--dhcp-range=10.66.0.100,10.66.0.120,1h', `--dhcp-leasefile=${leases}`)) // prettier-ignore
  const rival = lab.start('rival', ...dnsmasq('--dhcp-range=10.66.0.0,proxy', '--pxe-service=X86-64_EFI,Rival,rival.efi', '--pxe-service=x86PC,Rival,rival')) // prettier-ignore
  const nbs = lab.nbs('nbs', 'serve', '--interface', 'eth0', '--user', 'root', '--beside-others')
  await Promise.all([dhcp.line(/started/), rival.line(/started/), nbs.line(/^ready$/)])

  const asked = lab.nbs('pc', 'probe', '--interface', 'eth0', '--rounds', '2', '--fetch', '--json')
  const [status] = (await once(asked.child, 'close')) as [number]
  t.equal(status, 1, asked.err.join('\n'))
  const result = JSON.parse(asked.out.join('\n')) as ProbeResult
  t.strictSame(
    result.responders.map(({ address, macs, roles }) => [address, macs, roles]),
    [
      ['10.66.0.2', [lab.macOf('dhcp')], ['dhcp']],
      ['10.66.0.5', [lab.macOf('nbs')], ['proxy-dhcp']],
      ['10.66.0.6', [lab.macOf('rival')], ['proxy-dhcp']],
    ],
    'both found, by address and MAC',
  )
  for (const { address, answered, latencySeconds } of result.responders)
    t.ok(answered > 0 && latencySeconds !== null, `${address} answered ${answered}`)
  const finding = result.findings.find(({ rule }) => rule === 'multiple-pxe-responders')
  t.match(finding, { severity: 'error', servers: ['10.66.0.5', '10.66.0.6'], subnet: 'eth0' })
  const winners = result.predictions.flatMap(({ firmware, arch, outcomes }) =>
    outcomes.map(({ pxeServer, leaseFrom, file, rounds }) => {
      t.comment(`${firmware} ${arch}: ${pxeServer}, ${file} (${rounds} rounds)`)
      return [firmware, leaseFrom, pxeServer] as const
    }),
  )
  for (const firmware of ['edk2', 'ipxe', 'bios-rom'])
    for (const [, leaseFrom, pxeServer] of winners.filter(([name]) => name === firmware)) {
      t.equal(leaseFrom, '10.66.0.2', firmware)
      t.ok(['10.66.0.5', '10.66.0.6'].includes(pxeServer ?? ''), `${firmware} boots from ${pxeServer}`)
    }
  t.match(
    result.files?.find(({ server }) => server === '10.66.0.5'),
    { error: null, sha256: /^[0-9a-f]{64}$/ },
  )
  const log = dhcp.err.join('\n')
  t.match(log, /DHCPDISCOVER/)
  t.notMatch(log, /DHCPREQUEST/, 'nothing was requested')
  t.equal(readFileSync(leases, 'utf8').trim(), '', 'nothing was leased')
})
