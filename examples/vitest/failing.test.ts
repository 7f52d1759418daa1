// What a failure looks like: `npm run test:failing`.
import { test } from 'vitest'
import { assert, lab } from 'nbs-lab/testing'

test('the old server wins', async context => {
  const net = await lab(context, 'office.yaml')
  await net.boot('pc')
  assert.bootedFrom(net, 'pc', 'nbs-b')
})
