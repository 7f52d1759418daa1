/**
 * Services of each kind of server: what a fault stops is silent, what it starts answers, by packets. A kind that is not
 * here, and a service that nobody knows how to ask, fails.
 */
import t from 'tap'
import { SECOND } from '../../src/core/micros.ts'
import { formatScenarioError, loadScenario } from '../../src/scenario/load.ts'
import { SERVER_KINDS } from '../../src/servers/kinds.ts'
import { openWorld } from '../../src/simulation/run.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { encodeTftp } from '../../src/wire/tftp/codec.ts'
import { list } from '../protocol/bsdp/macs.ts'
import { clientMessage, ip } from '../protocol/pxe/requests.ts'

const SELF = ip('10.0.0.50')
const SERVER = ip('10.0.0.2')
const EVERYONE = ip('255.255.255.255')

/** A server of each kind that has every service of its kind. */
const SERVERS: Readonly<Record<string, string>> = {
  dhcp: 'pool: 10.0.0.100-10.0.0.199, tftp: on, http: on, images: { a: 1 }',
  nbs: 'notificationServer: ns, images: { a: 1 }, services: { http: on }, bsdp: { images: [{ index: 1, name: Lab, default: true }] }',
  foreign:
    'role: both, pool: 10.0.0.100-10.0.0.199, bootFile: a, boot4011: alive, tftp: on, http: on, bsdp: { images: [{ index: 1, name: Lab, default: true }] }',
}

interface Question {
  readonly from: 68 | 4011 | 2000
  readonly to: { readonly ip: typeof SERVER; readonly port: number }
  readonly payload: Uint8Array
}

const DISCOVER: Question = {
  from: 68,
  to: { ip: EVERYONE, port: 67 },
  payload: encodeDhcp(clientMessage()),
}

/** A service over TCP: it is there if it takes a connection. */
const WEB = { tcp: 80 } as const

/** How each service is asked, so that it answers with one packet. */
const QUESTIONS: Readonly<Record<string, Question | typeof WEB>> = {
  http: WEB,
  dhcp: DISCOVER,
  pxe: DISCOVER,
  boot4011: {
    from: 4011,
    to: { ip: SERVER, port: 4011 },
    payload: encodeDhcp(clientMessage({ type: 'request', ciaddr: SELF, flags: 0 })),
  },
  bsdp: {
    from: 68,
    to: { ip: EVERYONE, port: 67 },
    payload: encodeDhcp(list({}, { ciaddr: SELF })),
  },
  tftp: {
    from: 2000,
    to: { ip: SERVER, port: 69 },
    payload: encodeTftp({ kind: 'rrq', file: 'none', mode: 'octet', options: [] }),
  },
}

const scenarioWith = (server: string, faults: readonly string[]) =>
  loadScenario(
    `title: One server
subnets: { lan: { cidr: 10.0.0.0/24 } }
notificationServers: { ns: { delay: 0ms, unknown: { boot: pxe, image: WinPE } } }
servers: { it: { on: lan, address: 10.0.0.2, ${server} } }
faults: [${faults.map(fault => `{ ${fault} }`).join(', ')}]
`,
    { file: 'services.yaml' },
  )

/** Packets that come back to a question at 1 s, 3 s and 5 s. */
const answers = (server: string, faults: readonly string[], question: Question | typeof WEB): number[] => {
  const loaded = scenarioWith(server, faults)
  if (!loaded.ok) throw new Error(loaded.errors.map(formatScenarioError).join('\n'))
  const { network, addHost } = openWorld(loaded.scenario, surroundingsOf(loaded.scenario), {}).built
  const pc = addHost({ name: 'pc', subnet: 'lan', ip: SELF })
  let count = 0
  if ('tcp' in question)
    return [1, 3, 5].map(second => {
      network.run(second * SECOND)
      let connections = 0
      pc.connectTcp(
        { ip: SERVER, port: question.tcp },
        { onEvent: ({ kind }) => void (kind === 'connected' && connections++) },
      )
      network.run((second + 0.9) * SECOND)
      return connections
    })
  const socket = pc.openUdp({
    port: question.from,
    onDatagram: ({ source }) => void (source.ip === SERVER && count++),
  })
  return [1, 3, 5].map(second => {
    network.run(second * SECOND)
    count = 0
    socket.send({ ...question.to, iface: 'eth0' }, question.payload)
    network.run((second + 0.9) * SECOND)
    return count
  })
}

/** What is outside is asked in test/network/attached.lab.test.ts, by the wall clock. */
for (const { kind, services } of SERVER_KINDS.list.filter(({ attach }) => !attach))
  t.test(`kind ${kind}`, async t => {
    const fields = SERVERS[kind]
    t.ok(fields, 'there is an example of it')
    const server = `kind: ${kind}, ${fields}`
    for (const service of services) {
      const question = QUESTIONS[service]
      if (!question) {
        t.fail(`nobody knows how to ask ${service}`)
        continue
      }
      const faults = [`at: 2s, stop: it.${service}`, `at: 4s, start: it.${service}`]
      t.strictSame(answers(server, faults, question), [1, 0, 1], service)
      const whole = ['at: 2s, stop: it', 'at: 4s, start: it']
      t.strictSame(answers(server, whole, question), [1, 0, 1], `${service}, with the whole server`)
      t.strictSame(answers(server, [], question), [1, 1, 1], `${service}, untouched`)
    }
  })

t.test('what is not there at first can be started', async t => {
  const cases: readonly [server: string, service: string][] = [
    ['kind: dhcp, pool: 10.0.0.100-10.0.0.199', 'tftp'],
    ['kind: dhcp, pool: 10.0.0.100-10.0.0.199, tftp: silent', 'tftp'],
    ['kind: nbs, notificationServer: ns, boot4011: dead', 'boot4011'],
    ['kind: nbs, notificationServer: ns, services: { pxe: off }', 'pxe'],
    ['kind: nbs, notificationServer: ns, services: { tftp: silent }', 'tftp'],
    ['kind: foreign, role: proxy, bootFile: a', 'boot4011'],
    ['kind: foreign, role: proxy, bootFile: a, boot4011: dead', 'boot4011'],
    ['kind: foreign, role: proxy, bootFile: a, tftp: closed', 'tftp'],
  ]
  for (const [server, service] of cases)
    t.strictSame(
      answers(server, [`at: 2s, start: it.${service}`], QUESTIONS[service]!),
      [0, 1, 1],
      `${server}: ${service}`,
    )
})

t.test('port 4011 stays as a fault has left it when the server starts again', async t => {
  const faults = ['at: 2s, stop: it.boot4011', 'at: 2s, stop: it.dhcp', 'at: 4s, start: it.dhcp']
  const server = `kind: foreign, ${SERVERS['foreign']}`
  t.strictSame(answers(server, faults, QUESTIONS['boot4011']!), [1, 0, 0])
  t.strictSame(answers(server, faults, DISCOVER), [1, 0, 1])
})

t.test('a fault that could do nothing is refused', async t => {
  const errors = (server: string, fault: string): string[] => {
    const loaded = scenarioWith(server, [`at: 2s, ${fault}`])
    return loaded.ok ? [] : loaded.errors.map(formatScenarioError)
  }
  t.strictSame(errors('kind: foreign, role: proxy, bootFile: a', 'stop: it.bsdp'), [
    'services.yaml:5:26: faults[0].stop: it has no service "bsdp"; it has dhcp, boot4011, tftp, http',
  ])
  t.strictSame(errors('kind: nbs, notificationServer: ns, images: { a: 1 }', 'stop: it.bsdp'), [
    'services.yaml:5:26: faults[0].stop: it has no service "bsdp"; it has pxe, boot4011, tftp, http',
  ])
  t.strictSame(
    errors('kind: nbs, notificationServer: ns, images: { Lab.nbi/i386/booter: 1 }', 'stop: it.bsdp'),
    [],
  )
  t.strictSame(errors('kind: dhcp, pool: 10.0.0.100-10.0.0.199', 'stop: it.pxe'), [
    'services.yaml:5:26: faults[0].stop: it has no service "pxe"; it has dhcp, tftp, http',
  ])
})
