/**
 * Predictions against the simulator. A captured machine in its own place does what it did, whatever the network; other
 * firmware does what it does in that network, or something is listed that the capture does not hold.
 */
import t from 'tap'
import { parseIp4 } from '../../../src/core/address.ts'
import type { Prediction } from '../../../src/experiments/predict/predict.ts'
import { analyze } from '../../../src/library/analyze.ts'
import { captureOf } from '../../../src/report/capture.ts'
import type { Run } from '../../../src/simulation/run.ts'
import { serverNames } from '../../../src/simulation/server-names.ts'
import { byEffort } from '../../effort.ts'
import { run, textScenario } from '../../simulation/running.ts'
import { FIRMWARE, type Firmware, network } from './generated.ts'

const NETWORKS = byEffort({ quick: 40, thorough: 400, night: 4_000 })

const labelOf = ({ firmware, profile }: Firmware): string =>
  profile === undefined ? firmware : `${firmware}:${profile}`
const EVERYBODY = [...new Set(FIRMWARE.map(labelOf))].join()

/** True of these networks; where a server is deaf to some DISCOVERs (`secs`, not started yet) nothing can be said. */
const isTrue = (assumption: string): boolean => /^(the offers to |later DISCOVERs )/.test(assumption)
const hasDeaf = (text: string): boolean => /minimumSecs|faults/.test(text)

const outcomeOf = ({ result }: Run): string => {
  const [machine] = result.clients
  const { outcome, code, leaseFrom, pxeServer, tftpServer, file } = machine!
  return [outcome, code, leaseFrom, pxeServer, tftpServer, file].join(' ')
}

t.test('a captured machine in its own place, and others there', async t => {
  const counts = { own: 0, others: 0, alike: 0 }
  for (let seed = 1; seed <= NETWORKS; seed++) {
    const own = FIRMWARE[seed % FIRMWARE.length]!
    const text = network(seed, own)
    const scenario = textScenario(text)
    const captured = run(scenario)
    const nameOf = serverNames(scenario)
    const name = (ip: string | null): string | null => ip && nameOf(parseIp4(ip)!)
    const predicted = ({ outcome, code, leaseFrom, pxeServer, tftpServer, file }: Prediction): string =>
      [outcome, code, name(leaseFrom), name(pxeServer), name(tftpServer), file].join(' ')

    const { predictions = [] } = await analyze(captureOf(['lan'], captured.trace), { as: EVERYBODY })
    for (const one of predictions) {
      const firmware = FIRMWARE.find(each => labelOf(each) === one.firmware && each.arch === one.arch)
      if (firmware === own) {
        counts.own++
        const said = predicted(one)
        if (said !== outcomeOf(captured)) t.equal(said, outcomeOf(captured), `${seed} ${labelOf(own)}`)
      } else if (firmware) {
        const did = outcomeOf(run(textScenario(network(seed, firmware))))
        counts.others++
        if (predicted(one) === did) counts.alike++
        else if (!hasDeaf(text) && one.assumed.every(isTrue))
          t.equal(predicted(one), did, `${seed}, ${labelOf(own)} captured, as ${labelOf(firmware)}`)
      }
    }
  }
  t.comment(`${counts.own} in their own place; of ${counts.others} others ${counts.alike} alike`)
  t.ok(counts.own > NETWORKS / 2)
  t.ok(counts.alike > counts.others / 2)
})

const CASES = 'test/fixtures/cases'
const asked = async (file: string, as: string): Promise<readonly Prediction[]> =>
  (await analyze(`${CASES}/${file}`, { as })).predictions!

t.test('iPXE takes the last proxy before the lease came, not the last of the first round', async t => {
  const predictions = await asked('det-prediction-ipxe-two-proxies.pcap', 'ipxe,ipxe:2019-ra')
  for (const one of predictions)
    t.match(one, { outcome: 'booted', leaseFrom: '10.1.0.1', pxeServer: '10.1.0.3', file: 'other.0' })
  t.strictSame(predictions[0]!.assumed, [], 'all of it is in the capture')
})

t.test('a file is what its first bytes say', async t => {
  const [one] = await asked('det-prediction-edk2-script.pcap', 'ipxe')
  t.match(one, { outcome: 'booted', file: 'boot.ipxe', assumed: [] })
})

const replayed = async (servers: object, as: string, firmware: string) => {
  const scenario = textScenario(
    JSON.stringify({
      title: 'replayed',
      subnets: { lan: { cidr: '10.7.0.0/24' } },
      servers,
      clients: { pc: { on: 'lan', firmware, arch: 'x64-uefi', count: 2, powerOn: '0s..30s' } },
    }),
  )
  const { trace } = run(scenario)
  return (await analyze(captureOf(['lan'], trace), { as })).predictions!
}

const LEASES = {
  kind: 'foreign',
  role: 'dhcp',
  on: 'lan',
  address: '10.7.0.1',
  pool: '10.7.0.101-10.7.0.110',
}
const PROXY = { kind: 'foreign', role: 'proxy', on: 'lan' }

t.test('what nobody asked for is listed, whatever comes of it', async t => {
  const predictions = await replayed({ d: { ...LEASES, nextServer: '10.7.0.1' } }, 'u-boot', 'edk2')
  for (const one of predictions) {
    t.equal(one.outcome, 'failed')
    t.match(one.assumed.join(), /TFTP from 10\.7\.0\.1 has no ".*", which nobody asked for/)
  }
})

t.test(
  'a server that pings first answers all DISCOVERs at once, one that is slow each in its turn',
  async t => {
    const lease = { ...LEASES, bootFile: 'boot', files: { boot: 'x' } }
    const proxy = (address: string, delay: string) => ({
      ...PROXY,
      address,
      delay,
      bootFile: 'boot',
      files: { boot: 'x' },
    })
    const [one] = await replayed(
      { d: { ...lease, delay: '3s' }, p1: proxy('10.7.0.21', '400us'), p2: proxy('10.7.0.22', '1200ms') },
      'bios-rom',
      'ipxe',
    )
    t.match(one, { outcome: 'booted', leaseFrom: '10.7.0.1' })
    t.match(one!.assumed.join(), /the offers to x64-uefi/)
  },
)
