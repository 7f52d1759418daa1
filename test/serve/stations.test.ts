/** Interfaces that come, go and change, by a list that is not the system's: what is served then, and what is told. */
import t from 'tap'
import { formatIp4, parseIp4, toMac } from '../../src/core/address.ts'
import { type AddressedInterface, addressedInterface } from '../../src/network/kernel/interfaces.ts'
import { type Servable, Stations, alwaysThere, wantedInterface } from '../../src/serve/stations.ts'

const iface = (name: string, address: string): AddressedInterface =>
  addressedInterface(name, toMac(1), { ip: parseIp4(address)!, prefixLength: 24 })

const lab = (names: readonly string[]) => {
  const told: string[] = []
  const at = ({ address }: AddressedInterface) => formatIp4(address.ip)
  const state = { list: [] as AddressedInterface[], portTaken: false, told }
  const station = (on: AddressedInterface): Servable => ({
    start: () => {
      if (state.portTaken) return Promise.reject(new Error('UDP 67 is taken'))
      told.push(`start ${at(on)}`)
      return Promise.resolve()
    },
    renew: () => {
      if (state.portTaken) return Promise.reject(new Error('UDP 67 is taken'))
      told.push(`renew ${at(on)}`)
      return Promise.resolve()
    },
    stopAnswering: () => {},
    stop: () => void told.push(`stop ${at(on)}`),
  })
  const stations = new Stations(
    names.map(name => wantedInterface(name, () => state.list)),
    station,
    {
      waiting: name => void told.push(`waiting for ${name}`),
      serving: on => void told.push(`serving ${on.name}`),
      lost: (name, address) => void told.push(`lost ${name} ${formatIp4(address)}`),
      back: on => void told.push(`back ${on.name}`),
      moved: (on, from) => void told.push(`moved ${on.name} from ${formatIp4(from)}`),
      failed: (name, why) => void told.push(`failed ${name}: ${why}`),
    },
  )
  /** What a look at this list makes it say. */
  const look = async (...list: AddressedInterface[]): Promise<string[]> => {
    state.list = list
    told.length = 0
    await stations.look()
    return [...told]
  }
  return { state, stations, look }
}

const ETH0 = iface('eth0', '10.0.0.1')

t.test('there from the start, gone, back', async t => {
  const { state, stations, look } = lab(['eth0'])
  state.list = [ETH0]
  await stations.start()
  t.strictSame(state.told, ['start 10.0.0.1', 'serving eth0'])
  t.strictSame(await look(ETH0), [])
  t.strictSame(await look(), ['lost eth0 10.0.0.1'])
  t.strictSame([stations.served, stations.missing, stations.all.length], [[], ['eth0'], 1])
  t.strictSame(await look(), [], 'told once')
  t.strictSame(await look(ETH0), ['renew 10.0.0.1', 'back eth0'], 'transfers may have survived')
  t.strictSame([stations.served, stations.missing], [[ETH0], []])
})

t.test('another address, also after an absence', async t => {
  const { state, stations, look } = lab(['eth0'])
  state.list = [ETH0]
  await stations.start()
  t.strictSame(await look(iface('eth0', '10.0.0.7')), [
    'stop 10.0.0.1',
    'moved eth0 from 10.0.0.1',
    'start 10.0.0.7',
    'serving eth0',
  ])
  t.strictSame(await look(), ['lost eth0 10.0.0.7'])
  t.match(await look(ETH0), ['stop 10.0.0.7', 'moved eth0 from 10.0.0.7', 'start 10.0.0.1'])
})

t.test('not there at the start; an address that moves between interfaces', async t => {
  const { stations, state, look } = lab(['10.0.0.9'])
  await stations.start()
  t.strictSame(state.told, ['waiting for 10.0.0.9'])
  t.strictSame(stations.missing, ['10.0.0.9'])
  t.strictSame(await look(ETH0), [], 'another one is not taken instead')
  t.strictSame(await look(ETH0, iface('eth0:1', '10.0.0.9')), ['start 10.0.0.9', 'serving eth0:1'])
  t.match(await look(ETH0, iface('eth1', '10.0.0.9')), ['stop 10.0.0.9', 'moved eth1 from 10.0.0.9'])
})

t.test('what cannot be opened fails the start, and is tried again later', async t => {
  const { state, stations, look } = lab(['eth0'])
  state.portTaken = true
  state.list = [ETH0]
  await t.rejects(stations.start(), /taken/)
  t.strictSame(await look(ETH0), ['stop 10.0.0.1', 'failed eth0: UDP 67 is taken'])
  t.strictSame(await look(ETH0), ['stop 10.0.0.1'], 'told once')
  state.portTaken = false
  t.strictSame(await look(ETH0), ['start 10.0.0.1', 'serving eth0'])
  await look()
  state.portTaken = true
  t.strictSame(await look(ETH0), ['failed eth0: UDP 67 is taken'], 'also what was served before')
  t.strictSame(stations.missing, ['eth0'])
})

t.test('after the end nothing is opened', async t => {
  const { stations, look } = lab(['eth0'])
  await stations.start()
  stations.stop()
  t.strictSame(await look(ETH0), [])
  t.equal(alwaysThere(ETH0).now(), ETH0)
})
