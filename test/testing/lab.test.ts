/**
 * A lab led step by step, and what assertions about it say when they fail.
 */
import { AssertionError } from 'node:assert'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import { type ScenarioObject, analyze, run } from '../../src/index.ts'
import { type Lab, type LabOptions, assert, lab } from '../../src/testing.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { bootRequest, chaddrOf, messageTypeOption } from '../../src/wire/dhcp/options.ts'
import { parseMac } from '../../src/core/address.ts'

const OFFICE: ScenarioObject = {
  title: 'Two NBS',
  subnets: { office: { cidr: '10.20.1.0/24', link: { delay: '200us' } } },
  notificationServers: { ns: { unknown: { boot: 'pxe' } }, old: { unknown: { boot: 'production' } } },
  servers: {
    dhcp: { kind: 'dhcp', on: 'office', address: '10.20.1.2', pool: '10.20.1.100-10.20.1.199' },
    'nbs-a': { kind: 'nbs', on: 'office', address: '10.20.1.5', notificationServer: 'ns' },
    'nbs-b': {
      kind: 'nbs',
      on: 'office',
      address: '10.20.1.6',
      notificationServer: 'old',
      responseDelay: '50ms',
    },
  },
  clients: { pc: { count: 3, on: 'office', firmware: 'edk2', powerOn: '0s..5s' } },
}

const open = (t: Test, options: LabOptions = {}): Promise<Lab> =>
  lab(t, OFFICE, { failures: join(t.testdir({}), 'left'), ...options })

const failed = (work: () => unknown): AssertionError => {
  try {
    work()
  } catch (error) {
    if (error instanceof AssertionError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

t.test('machines boot when they are told to, and only those', async t => {
  const net = await open(t)
  const booted = await net.boot('pc-1')
  t.match(booted, [{ name: 'pc-1', outcome: 'booted', pxeServer: 'nbs-a' }])
  t.strictSame(
    net.result().clients.map(({ name }) => name),
    ['pc-1'],
  )
  assert.bootedFrom(net, 'pc', 'nbs-a')
  assert.within(net, 'pc-1', '10s')
  assert.file(net, 'pc', 'bstrap/x64/*')
  t.match(failed(() => assert.bootedFrom(net, 'pc-2', 'nbs-a')).message, /^pc-2: no machine was switched on/)
})

t.test('servers stop and start between boots', async t => {
  const net = await open(t)
  await net.boot('pc-1')
  net.stop('nbs-a')
  await net.boot(['pc-1', 'pc-2'])
  assert.outcome(net, ['pc-1', 'pc-2'], 'localDisk')
  assert.code(net, 'pc-1', 'PXE-E21')
  net.start('nbs-a')
  net.stop('nbs-b.pxe')
  await net.boot('pc')
  assert.bootedFrom(net, 'pc', ['nbs-a', 'nbs-b'])
  t.equal(net.result().clients.length, 3)
})

t.test('time passes as it is told to', async t => {
  const net = await open(t)
  t.equal(net.seconds, 0)
  await net.until(2)
  t.equal(net.seconds, 2)
  await net.until('1500ms')
  t.equal(net.seconds, 2, 'what is past is past')
  await net.wait('500ms')
  t.equal(net.seconds, 2.5)
  await net.boot('pc-3')
  t.ok(net.packets({ type: 'DISCOVER' })[0]!.seconds > 2.5)
  await t.rejects(net.until('5 parsecs'), { message: /is not a unit of time; use us, ms or s/ })
})

t.test('packets are found by who sent them, and what they are', async t => {
  const net = await open(t)
  await net.boot('pc-1')
  const [offer, ...more] = net.packets({ from: 'nbs-b', type: 'OFFER' })
  t.match(offer, { from: 'nbs-b', to: 'everyone', protocol: 'DHCP', subnet: 'office', client: 'pc-1' })
  t.equal(more.length, 0)
  t.equal(net.packets({ from: 'pc', protocol: 'TFTP', type: 'RRQ' })[0]?.to, 'nbs-a')
  t.equal(net.packets({ to: 'nbs-b', protocol: 'TFTP' }).length, 0)
  t.throws(() => net.packets({ from: 'nbs-c' }), { message: 'there is no host "nbs-c"; did you mean nbs-a?' })
})

t.test('a request that a test sends is answered', async t => {
  const net = await open(t)
  const request = bootRequest({
    xid: 7,
    chaddr: chaddrOf(parseMac('02:00:00:00:00:01')!),
    options: [messageTypeOption('discover')],
  })
  net.send(encodeDhcp(request))
  await net.wait('1s')
  t.strictSame(
    net.packets({ protocol: 'DHCP' }).map(({ from, type, client }) => [from, type, client]),
    [
      ['0.0.0.0', 'DISCOVER', '02:00:00:00:00:01'],
      ['dhcp', 'OFFER', '02:00:00:00:00:01'],
    ],
  )
  t.throws(() => net.send(Uint8Array.of(1, 2, 3)), { message: /3 bytes are no Ethernet frame/ })
})

t.test('faults have the form of a scenario, and its complaints', async t => {
  const net = await open(t)
  net.fault({ cut: 'pc-1' })
  await net.boot('pc-1')
  assert.outcome(net, 'pc-1', 'failed')
  net.fault({ heal: 'pc-1' })
  net.fault({ set: { target: 'nbs-a', responseDelay: '200ms' } })
  await net.boot('pc-1')
  assert.outcome(net, 'pc-1', 'localDisk')
  t.throws(() => net.stop('nbs-c'), { message: /there is no server "nbs-c"; did you mean nbs-a\?/ })
})

t.test('a lab that nobody led is run as its scenario says', async t => {
  const net = await open(t, { seed: 5 })
  const { clients, findings } = await run(OFFICE, { seed: 5 })
  t.strictSame(net.result().clients, clients)
  t.strictSame(net.result().findings, findings)
})

t.test('the same steps give the same packets', async t => {
  const steps = async (): Promise<Uint8Array> => {
    const net = await open(t)
    await net.boot('pc-2')
    net.stop('nbs-a')
    await net.boot('pc')
    return net.result().capture()
  }
  t.strictSame(await steps(), await steps())
})

t.test('a failing assertion names each machine, what it did, and the files it left', async t => {
  const left = join(t.testdir({}), 'left')
  const net = await open(t, {
    failures: left,
    name: 'the old: one / never wins',
    set: { 'servers.nbs-b.responseDelay': '0ms', 'servers.nbs-a.responseDelay': '50ms' },
  })
  await net.boot('pc')
  const error = failed(() => assert.bootedFrom(net, 'pc', 'nbs-a'))
  const lines = error.message.split('\n')
  t.equal(lines[0], '3 of 3 machines of pc did not boot from nbs-a:')
  t.match(lines[1], /^ {2}pc-1: went to its local disk with PXE-E21, sent there by nbs-b, after [\d.]+ s$/)
  const folder = join(left, 'the-old-one-never-wins')
  t.equal(
    lines[4],
    `Left: ${['report.html', 'capture.pcapng', 'scenario.yaml'].map(file => relative('', join(folder, file))).join(', ')}`,
  )
  t.strictSame(error.expected, { 'pc-1': 'nbs-a', 'pc-2': 'nbs-a', 'pc-3': 'nbs-a' })
  t.strictSame(error.actual, { 'pc-1': 'localDisk', 'pc-2': 'localDisk', 'pc-3': 'localDisk' })
  t.equal(error.operator, 'bootedFrom')
  t.match(error.stack, /lab\.test\.ts/)
  t.equal((await analyze(join(folder, 'capture.pcapng'))).clients.length, 3)
  t.match(readFileSync(join(folder, 'report.html'), 'utf8'), /Two NBS/)
  t.equal((await run(join(folder, 'scenario.yaml'))).title, 'Two NBS')
})

t.test('nothing is left where nothing is to be left', async t => {
  const net = await open(t, { failures: false })
  await net.boot('pc-1')
  t.notMatch(failed(() => assert.outcome(net, 'pc-1', 'failed')).message, /Left/)
  t.notOk(existsSync('nbs-lab-failures'))
})

t.test('findings and expectations', async t => {
  const net = await open(t, { failures: false })
  await net.boot('pc-1')
  assert.finding(net, 'split-decision', { servers: ['nbs-a', 'nbs-b'], clients: ['pc-1'] })
  assert.noFindings(net, ['multiple-dhcp-servers'])
  t.match(
    failed(() => assert.noFindings(net, 'error')).message,
    /^there are \d findings of severity error or worse:\n/,
  )
  t.match(
    failed(() => assert.finding(net, 'multiple-dhcp-servers')).message,
    /^there is no finding multiple-dhcp-servers; found:\n {2}error /,
  )
  t.throws(() => assert.finding(net, 'split-decisoin'), {
    message: 'there is no finding "split-decisoin"; did you mean split-decision?',
  })
  t.throws(() => assert.bootedFrom(net, 'pc', 'nbs-c'), {
    message: 'there is no server "nbs-c"; did you mean nbs-a?',
  })
  t.throws(() => assert.bootedFrom(net, 'pcs', 'nbs-a'), { message: /^there is no machine "pcs"/ })
  const unmet = await run(OFFICE, { set: { expect: { outcomes: { pc: { failed: 3 } } } } })
  t.equal(
    failed(() => assert.expectations(unmet)).message,
    "1 of the scenario's expectations is not met:\n  pc: failed 3: got 0",
  )
})

t.test('a lab is over with its test', async t => {
  let net: Lab | undefined
  await t.test('the test', async t => {
    net = await open(t)
    await net.boot('pc-1')
  })
  await t.rejects(net!.boot('pc-2'), { message: 'this lab is closed: its test is over' })
  t.equal(net!.client('pc-1').outcome, 'booted', 'what happened can still be asked for')
  const other = await lab(null, OFFICE)
  await other[Symbol.asyncDispose]()
  await t.rejects(other.until(1), { message: /is closed/ })
})

t.test('a test that fails otherwise leaves its run, too', async t => {
  const left = join(t.testdir({}), 'left')
  const closing: (() => unknown)[] = []
  const failing = {
    name: 'something else',
    passed: false,
    after: (close: () => unknown) => closing.push(close),
  }
  const net = await lab(failing, OFFICE, { failures: left })
  await net.boot('pc-1')
  const told: string[] = []
  t.intercept(process.stderr, 'write', { value: (text: string) => told.push(text) })
  await closing[0]!()
  t.match(told.join(''), /^nbs-lab: left \S+report\.html/)
  t.ok(existsSync(join(left, 'something-else', 'report.html')))
})
