import t from 'tap'
import { ip4Number, toIp4, toMac } from '../../src/core/address.ts'
import {
  PLAIN,
  type Wording,
  inWords,
  named,
  namingServers,
  phrase,
  phraseList,
} from '../../src/core/wording.ts'

const NBS = toIp4(0x0a140105)
const OTHER = toIp4(0x0a140106)
const byName: Wording = namingServers(ip => (ip === NBS ? 'nbs-a' : 'somebody'))

t.test('a phrase names addresses as its reader wants, and nothing else', async t => {
  const late = phrase`The offer of ${named(NBS)} came ${3} times: "10.20.1.5" ${'again'}.`
  t.equal(inWords(late), 'The offer of 10.20.1.5 came 3 times: "10.20.1.5" again.')
  t.equal(inWords(late, byName), 'The offer of nbs-a came 3 times: "10.20.1.5" again.')
  t.equal(inWords('10.20.1.5 stays as it is', byName), '10.20.1.5 stays as it is')
})

t.test('phrases stand in phrases, and addresses in lists', async t => {
  const servers = phraseList([NBS, OTHER], ' and ')
  t.equal(
    inWords(phrase`of ${servers}: ${phrase`not ${named(OTHER)}`}`),
    'of 10.20.1.5 and 10.20.1.6: not 10.20.1.6',
  )
  t.equal(inWords(phrase`of ${servers}`, byName), 'of nbs-a and somebody')
  t.equal(inWords(phraseList([NBS])), '10.20.1.5')
  t.equal(inWords(phraseList([])), '')
  t.equal(inWords(phrase``), '')
})

t.test('a bare address does not compile: it would be written as a number', async t => {
  // @ts-expect-error named() is missing
  t.equal(inWords(phrase`The offer of ${NBS}`), `The offer of ${ip4Number(NBS)}`)
})

t.test('a machine is told with the place an answer was sent to', async t => {
  const mac = toMac(0x005056000001)
  t.equal(PLAIN.machine(mac), '00:50:56:00:00:01')
  t.equal(PLAIN.machine(mac, { ip: NBS, port: 68 }), '00:50:56:00:00:01 at 10.20.1.5:68')
})
