// tap: `npm test`. The lab closes itself by `t`.
import t from 'tap'
import { always, assert, lab } from 'nbs-lab/testing'

t.test('a machine boots from the new server', async t => {
  const net = await lab(t, 'office.yaml')
  await net.boot('pc-1')
  assert.bootedFrom(net, 'pc-1', 'nbs-a')
  assert.within(net, 'pc-1', '10s')
  t.equal(net.packets({ from: ['nbs-a', 'nbs-b'], client: 'pc-1', type: 'OFFER' }).length, 2)
})

t.test('without the new server, machines go to their disks', async t => {
  const net = await lab(t, 'office.yaml')
  net.stop('nbs-a')
  await net.boot('pc')
  assert.outcome(net, 'pc', 'localDisk')
  t.match(net.client('pc-1').screen.join('\n'), /PXE-E21/)
})

t.test('under every race the new server wins', () =>
  always('office.yaml', { seeds: 10 }, result => assert.bootedFrom(result, 'pc', 'nbs-a')),
)
