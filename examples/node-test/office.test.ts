// node:test: `npm test`. The lab closes itself by `t`.
import test from 'node:test'
import { strictEqual } from 'node:assert/strict'
import { run } from 'nbs-lab'
import { always, assert, lab, sometimes } from 'nbs-lab/testing'

test('a machine boots from the new server', async t => {
  const net = await lab(t, 'office.yaml')
  await net.boot('pc-1')
  assert.bootedFrom(net, 'pc-1', 'nbs-a')
  assert.file(net, 'pc-1', 'BStrap/x64/BStrap.efi')
  assert.within(net, 'pc-1', '10s')
  // Both answered; the machine chose.
  strictEqual(net.packets({ from: ['nbs-a', 'nbs-b'], client: 'pc-1', type: 'OFFER' }).length, 2)
})

test('without the new server, machines go to their disks', async t => {
  const net = await lab(t, 'office.yaml')
  await net.boot('pc-1')
  net.stop('nbs-a')
  await net.boot('pc')
  assert.outcome(net, 'pc', 'localDisk')
  assert.finding(net, 'split-decision')
})

test('under every race the new server wins', () =>
  always('office.yaml', { seeds: 25 }, result => assert.bootedFrom(result, 'pc', 'nbs-a')))

test('a slow new server loses some races', async () => {
  const set = { 'servers.nbs-a.responseDelay': '4ms..7ms' }
  await sometimes('office.yaml', { seeds: 25, set }, result => assert.outcome(result, 'pc-1', 'localDisk'))
})

test('the result of a whole run', async () => {
  const result = await run('office.yaml', { seed: 7 })
  strictEqual(result.client('pc-2').pxeServer, 'nbs-a')
  const decision = result.findings.find(finding => finding.rule === 'split-decision')
  strictEqual(decision?.details.decisions.length, 2)
})
