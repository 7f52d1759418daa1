// What a failure looks like: `npm run test:failing`.
import { test } from '@jest/globals'
import { assert, lab } from 'nbs-lab/testing'

test('the old server wins', async () => {
  await using net = await lab(null, 'office.yaml')
  await net.boot('pc')
  assert.bootedFrom(net, 'pc', 'nbs-b')
})
