/** The npm TFTP client against our service, over real loopback sockets. */
import t from 'tap'
import { memoryImages } from '../../src/nbs/images.ts'
import { fetchWithNpmTftp } from '../../src/peers/npm-tftp.ts'
import { HOST, serveForReal } from '../protocol/tftp/real.ts'

t.test('the npm client reads what we serve', async t => {
  const content = new Uint8Array(100_000).map((_, i) => i * 7)
  const files = memoryImages({
    'BStrap/x64/BStrap.efi': content,
    empty: new Uint8Array(0),
    even: content.subarray(0, 1_468 * 4),
  })
  const { port, events } = await serveForReal(t, files)
  const fetch = (file: string, more: object = {}) => fetchWithNpmTftp({ host: HOST, port, file, ...more })
  t.same(await fetch('BStrap/x64/BStrap.efi'), content)
  t.match(
    events.find(event => event.type === 'started'),
    { type: 'started', blockSize: 1_468, windowSize: 1 },
    'its odd timeout and rollover are ignored',
  )
  t.same(await fetch('bstrap/X64/bstrap.EFI', { blockSize: 512, windowSize: 8 }), content)
  t.same(await fetch('empty'), new Uint8Array(0))
  t.same(await fetch('even'), content.subarray(0, 1_468 * 4))
  await t.rejects(fetch('none'), { message: /file not found/ })
  await t.rejects(fetch('x', { port: 0 }), { message: 'port 0' })
  t.equal(events.filter(event => event.type === 'completed').length, 4)
})
