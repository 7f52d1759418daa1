/**
 * UEFI HTTP boot in a run: who gives the lease, who the file, what the screen says (rows of `scenarios/http`), and how a
 * boot order ends. The outcomes of the rows are in the files themselves.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseScenario, run } from '../../src/index.ts'

const row = (name: string) => run(`scenarios/http/${name}.yaml`)
const machine = async (name: string) => (await row(name)).client('pc-1')

const errors = (screen: readonly string[]): string[] =>
  screen.filter(line => /ERROR|Error|Redirection|New Location/.test(line)).map(line => line.trim())

const FIRST = 'Error: Could not retrieve NBP file size from HTTP server.'
const UNEXPECTED = 'Error: Unexpected network error.'
const TIMEOUT = 'Error: Server response timeout.'

t.test('the lease may come from another server than the file', async t => {
  for (const [name, lease, file] of [
    ['h02-hid-hi', 'B', 'B'],
    ['h06-hn-dd', 'B', 'A'],
    ['h07-d-qi', 'D', 'Q'],
    ['h13q-no-echo-qi', 'A', 'Q'],
    ['h15-df-qi', 'D', 'Q'],
    ['h18-hi-unterminated-hid', 'B', 'A'],
  ] as const) {
    const { leaseFrom, pxeServer } = await machine(name)
    t.strictSame([leaseFrom, pxeServer], [lease, file], name)
  }
})

t.test('what the screen says of a failure', async t => {
  const redirected = [
    'HTTP ERROR: Resource Redirected.',
    'New Location: http://10.7.0.2/other.efi',
    'Redirection: 301 Moved Permanently',
  ]
  const missing = 'Client Error: 404 Not Found'
  for (const [name, ...lines] of [
    ['h05-hn', FIRST, TIMEOUT],
    ['h12-hi-tftp-hid', 'Error: Invalid URI address.', FIRST, UNEXPECTED],
    ['h24-redirect', ...redirected, ...redirected, FIRST, UNEXPECTED],
    ['h25-no-type', FIRST, UNEXPECTED],
    ['h40-missing', missing, missing, FIRST, UNEXPECTED],
    ['h41-refused', FIRST, UNEXPECTED],
    ['h42-silent', FIRST, TIMEOUT],
  ] as const)
    t.strictSame(errors((await machine(name)).screen), lines, name)
})

t.test('a boot order: each option has its end, the one that boots counts', async t => {
  const client = await machine('h50-pxe-then-http')
  t.match(client, { outcome: 'booted', transfer: 'http', tftpServer: null, code: null, bytes: 40000 })
  t.match(client.attempts, [
    { method: 'pxe4', outcome: 'failed', code: 'PXE-E16' },
    { method: 'http4', outcome: 'booted', code: null },
  ])
})

t.test('bad links: the file is whole, or the boot says so', async t => {
  const text = readFileSync('scenarios/http/h01-hi-hi.yaml', 'utf8').replace(
    'cidr: 10.7.0.0/24',
    'cidr: 10.7.0.0/24, link: { delay: 1ms, jitter: 1ms, loss: 5%, duplicate: 2%, reorder: 2% }',
  )
  const ends = new Set<string>()
  for (let seed = 1; seed <= 20; seed++) {
    const { outcome, sha256, bytes } = (
      await run(parseScenario(text, { file: 'h01.yaml' }), { seed })
    ).client('pc-1')
    ends.add(outcome)
    if (outcome === 'booted')
      t.strictSame([bytes, sha256], [40000, (await machine('h01-hi-hi')).sha256], `${seed}`)
  }
  t.ok(ends.has('booted'))
})

t.test('its packets are read as they were meant', async t => {
  const result = await row('h01-hi-hi')
  const bytes = Buffer.from(result.capture())
  t.ok(
    bytes.includes(
      'HEAD /boot-A.efi HTTP/1.1\r\nHost: 10.7.0.2\r\nAccept: */*\r\nUser-Agent: UefiHttpBoot/1.0\r\n\r\n',
    ),
  )
  t.ok(bytes.includes('HTTP/1.1 200 OK\r\n'))
})

t.test('mistakes in a boot order say what there is', async t => {
  const text = (boot: string, firmware = 'edk2') => `title: x
subnets: { lan: { cidr: 10.7.0.0/24 } }
clients: { pc: { on: lan, firmware: ${firmware}, boot: ${boot} } }
`
  for (const [boot, firmware, says] of [
    ['[http6]', 'edk2', /3:\d+: clients\.pc\.boot: http6: boot over IPv6 is not modelled yet/],
    ['[pxe4, http4]', 'ipxe', /iPXE has no boot option http4; it has pxe4/],
    ['[pxe4, pxe4]', 'edk2', /stands there twice/],
    ['[tape]', 'edk2', /clients\.pc\.boot.*pxe4/],
  ] as const)
    t.throws(() => parseScenario(text(boot, firmware), { file: 'b.yaml' }), { message: says })
})
