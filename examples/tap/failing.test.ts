// What a failure looks like: `npm run test:failing`.
import t from 'tap'
import { assert, lab } from 'nbs-lab/testing'

t.test('the old server wins', async t => {
  const net = await lab(t, 'office.yaml')
  await net.boot('pc')
  assert.bootedFrom(net, 'pc', 'nbs-b')
})
