// What a failure looks like: `npm run test:failing` fails, names each machine with what it did instead, and leaves a
// page that replays the run, and its packets.
import test from 'node:test'
import { always, assert, lab } from 'nbs-lab/testing'

test('the old server wins', async t => {
  const net = await lab(t, 'office.yaml')
  await net.boot('pc')
  assert.bootedFrom(net, 'pc', 'nbs-b')
})

test('a slow new server still wins', () =>
  always('office.yaml', { seeds: 25, set: { 'servers.nbs-a.responseDelay': '4ms..7ms' } }, result =>
    assert.bootedFrom(result, 'pc', 'nbs-a'),
  ))
