/**
 * What packets tell of a boot, where they do not tell all: the same must be read from a model and from a real machine.
 */
import t from 'tap'
import { fateOf } from '../../../src/experiments/verify/fate.ts'
import { run, textScenario } from '../../simulation/running.ts'

const fate = (servers: string, firmware: string) => {
  const scenario = textScenario(
    `title: fate\nsubnets: { lan: { cidr: 10.7.0.0/24 } }\nservers:\n${servers}\nclients: { pc: { on: lan, ${firmware} } }\n`,
  )
  return fateOf(scenario, run(scenario), 'pc-1', () => '')
}

const DHCP = 'kind: foreign, role: dhcp, on: lan, address: 10.7.0.11, pool: 10.7.0.111-10.7.0.119'
const MENU = 'kind: foreign, role: proxy, on: lan, boot4011: closed, options: { vendorSpecific: { discoveryControl: 2, bootMenu: [{ type: 0, text: Local }], prompt: { timeout: 0, text: PXE } } }' // prettier-ignore

t.test('of two menus that begin with the local disk, no packet tells which was obeyed', async t => {
  const { outcome, pxeServers } = fate(
    `  D: { ${DHCP} }\n  M1: { ${MENU}, address: 10.7.0.16 }\n  M2: { ${MENU}, address: 10.7.0.21, delay: 40ms }`,
    'firmware: edk2',
  )
  t.equal(outcome, 'localDisk')
  t.strictSame(pxeServers, ['M1', 'M2'])
})

t.test('a server whose option 54 is 0.0.0.0 leases all the same', async t => {
  const { requestTo, leaseFrom } = fate(
    `  D: { ${DHCP}, options: { 54: 0.0.0.0 }, bootFile: boot, nextServer: 192.0.2.9 }`,
    'firmware: ipxe, profile: 2019-ra',
  )
  t.equal(requestTo, '0.0.0.0')
  t.equal(leaseFrom, '192.0.2.9', 'by its siaddr')
})
