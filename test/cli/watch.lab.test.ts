/**
 * `nbs watch` on a subnet of network namespaces: it tells a second PXE server (dnsmasq) at its first answer, and
 * that it is gone after the third machine that it does not answer; it outlives its interface. Within how many seconds
 * is printed, and tested on captures (watch.slow.test.ts): a busy machine may take longer.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { requireProgram } from '../lab.ts'
import { type Started, bridge, dnsmasq, ended } from './bridge.ts'

const RIVAL = dnsmasq('--dhcp-range=10.66.0.0,proxy', '--pxe-service=X86-64_EFI,Rival,rival.efi')

t.test('contention begins and ends', async t => {
  for (const name of ['dnsmasq', 'dumpcap', 'tcpdump', 'ip']) if (!requireProgram(t, name)) return
  const lab = bridge(t, { dhcp: 2, nbs: 5, rival: 6, pc: 50, eye: 60 })
  if (!lab) return
  const folder = t.testdir({
    'allow.yaml':
      'servers: [ { address: 10.66.0.2, role: dhcp }, { address: 10.66.0.5, role: pxe, name: nbs } ]',
  })
  const told = join(folder, 'told')
  writeFileSync(told, '')
  const dhcp = lab.start('dhcp', ...dnsmasq('--no-ping', '--dhcp-range=10.66.0.100,10.66.0.120,1h', `--dhcp-leasefile=${folder}/leases`)) // prettier-ignore
  const nbs = lab.nbs('nbs', 'serve', '--interface', 'eth0', '--user', 'root', '--beside-others')
  await Promise.all([dhcp.line(/started/), nbs.line(/^ready$/)])
  const watch = lab.nbs('eye', 'watch', '--interface', 'eth0', '--json', '--allow', join(folder, 'allow.yaml'), '--exec', `echo "$NBS_EVENT $(cat)" >> ${told}`) // prettier-ignore
  await watch.line(/"capture-begins"/)
  /** So many UEFI machines ask, one a second. */
  const machines = async (count: number): Promise<Started> => {
    const asked = lab.nbs('pc', 'probe', '--interface', 'eth0', '--as', 'edk2', '--wait', '1', '--rounds', String(count)) // prettier-ignore
    await once(asked.child, 'close')
    return asked
  }

  await machines(1)
  t.match(JSON.parse(await watch.line(/"new-server".*10\.66\.0\.5/)), {
    subnet: 'eth0',
    server: '10.66.0.5',
    role: 'pxe',
    mac: lab.macOf('nbs'),
    standing: 'listed',
    alarm: false,
  })
  t.match(JSON.parse(await watch.line(/"new-server".*10\.66\.0\.2/)), { role: 'dhcp', standing: 'listed' })

  const rival = lab.start('rival', ...RIVAL)
  await rival.line(/started/)
  let since = performance.now()
  await machines(1)
  const begins = JSON.parse(await watch.line(/"contention-begins"/)) as object
  t.comment(`told ${Math.round(performance.now() - since)} ms after the machine was started`)
  t.match(begins, { subnet: 'eth0', servers: ['10.66.0.5', '10.66.0.6'], alarm: true })
  t.match(JSON.parse(await watch.line(/"new-server".*10\.66\.0\.6/)), {
    mac: lab.macOf('rival'),
    standing: 'stranger',
    alarm: true,
  })

  await ended(rival.child)
  since = performance.now()
  await machines(3)
  const ends = JSON.parse(await watch.line(/"contention-ends"/)) as object
  t.comment(`told ${Math.round(performance.now() - since)} ms after the first of three machines was started`)
  t.match(ends, { subnet: 'eth0', servers: ['10.66.0.5', '10.66.0.6'], left: ['10.66.0.5'] })
  t.match(readFileSync(told, 'utf8'), /^contention-begins \{.*\}$/m, 'the command was told')

  lab.unplug('eye')
  t.match(JSON.parse(await watch.line(/"capture-lost"/)), { interface: 'eth0', retrySeconds: 1 })
  lab.plug('eye')
  const before = watch.out.length
  while (!watch.out.slice(before).some(line => line.includes('"capture-begins"')))
    await once(watch.child.stdout!, 'data')
  t.equal(await ended(watch.child), 0, watch.err.join('\n'))
  const state = JSON.parse(watch.out.at(-1) ?? '{}') as { servers?: { server: string; role: string }[] }
  t.match(
    state.servers?.map(({ server, role }) => `${server} ${role}`),
    ['10.66.0.2 dhcp', '10.66.0.5 (nbs) pxe', '10.66.0.6 pxe'],
  )
})
