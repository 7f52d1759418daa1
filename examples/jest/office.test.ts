// jest: `npm test`. A test has no context there: `await using` closes the lab, or `net.close()`.
import { expect, test } from '@jest/globals'
import { always, assert, lab } from 'nbs-lab/testing'

test('a machine boots from the new server', async () => {
  await using net = await lab(null, 'office.yaml')
  await net.boot('pc-1')
  assert.bootedFrom(net, 'pc-1', 'nbs-a')
  assert.within(net, 'pc-1', '10s')
  expect(net.packets({ from: ['nbs-a', 'nbs-b'], client: 'pc-1', type: 'OFFER' })).toHaveLength(2)
})

test('without the new server, machines go to their disks', async () => {
  await using net = await lab(null, 'office.yaml')
  net.stop('nbs-a')
  await net.boot('pc')
  assert.outcome(net, 'pc', 'localDisk')
  expect(net.client('pc-1')).toMatchObject({ code: 'PXE-E21', pxeServer: 'nbs-b' })
})

test('under every race the new server wins', () =>
  always('office.yaml', { seeds: 10 }, result => assert.bootedFrom(result, 'pc', 'nbs-a')))
