/**
 * `nbs run` as people and scripts call it: a process with arguments, two streams and an exit status. What a run
 * finds is tested elsewhere; here it is what is printed, written and returned.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { PROGRAM, nbs } from '../built.ts'
import { UsageError } from '../../src/core/exit.ts'
import { scenarioFrom } from '../../src/scenario/read-file.ts'
import { FIRMWARE_FAMILIES, namesOf } from '../../src/firmware/catalogue.ts'
import { readCapture } from '../../src/wire/capture/index.ts'
import { sample } from '../effort.ts'

const FLAGSHIP = 'scenarios/two-nbs-one-subnet.yaml'
const MISTAKES = 'test/fixtures/mistakes'
const EXIT = { ok: 0, failed: 1, usage: 2 }

/** Each file has one mistake; what is said of it, first line, to the letter. */
const WRONG: Readonly<Record<string, string>> = {
  'address-outside':
    '11:44: servers.nbs-a.address: 10.20.2.5 is not in subnet office (10.20.1.0/24); did you mean 10.20.1.5?',
  'address-twice': '11:44: servers.nbs-a.address: 10.20.1.2 is already the address of dhcp',
  'bad-cidr': '4:20: subnets.servers.cidr: 10.20.9.1 has host bits set; did you mean 10.20.9.0/24?',
  'bad-mac':
    '14:52: clients.pc.mac: "0050.5600.0001" is not a MAC address; write six octets, such as 00:50:56:00:00:01; did you mean 00:50:56:00:00:01?',
  'bad-probability':
    '3:61: subnets.office.link.loss: a probability must be between 0 and 1; did you mean 1.5%?',
  'duplicate-key': '6:53: routers.r1.relay.office[0]: there is no server "nbs-b"; did you mean nbs-a?',
  empty: '1:1: the file is empty',
  'late-fault': '16:11: faults[0].at: the run ends at 120.00 s, before this happens',
  'missing-field': '11:3: servers.nbs-a.address: missing; expected an IPv4 address such as 10.20.1.5',
  'missing-server': '6:53: routers.r1.relay.office[0]: there is no server "nbs-c"; did you mean nbs-a?',
  'no-prefix': '4:20: subnets.servers.cidr: "10.20.9.0" lacks a prefix length; did you mean 10.20.9.0/24?',
  'no-unit': '14:82: clients.pc.powerOn: a duration needs a unit: us, ms or s; did you mean 0s..2s?',
  'not-a-map': '1:1: a scenario must be a map that starts with title:',
  'open-bracket':
    '6:61: not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
  'other-tools-word': '11:35: servers.nbs-a.ip: unknown field "ip"; did you mean address?',
  'other-unit': '16:11: faults[0].at: "min" is not a unit of time; use us, ms or s; did you mean 60s?',
  'overlapping-subnets': '4:20: subnets.servers.cidr: 10.20.0.0/16 overlaps office (10.20.1.0/24)',
  'pool-outside':
    '10:61: servers.dhcp.pool: the pool 10.20.3.100-10.20.3.199 extends outside subnet office (10.20.1.0/24); did you mean 10.20.1.100-10.20.1.199?',
  'reversed-pool':
    '10:61: servers.dhcp.pool: the pool is reversed: its first address is above its last; did you mean 10.20.1.100-10.20.1.199?',
  'reversed-range': '12:97: servers.nbs-b.responseDelay: the range is reversed; did you mean 0ms..2ms?',
  tab: '4:1: tabs cannot be used for indentation; use spaces',
  'too-many': '19:29: expect.outcomes.pc.booted: cannot be 5: there are 4 machines',
  'unknown-boot':
    '8:50: notificationServers.ns-1.computers[0].boot: "automatic" is not allowed here; use one of pxe, automation, production; did you mean automation?',
  'unknown-field-at-top': '13:1: client: unknown field "client"; did you mean clients?',
  'unknown-field':
    '12:82: servers.nbs-b.responceDelay: unknown field "responceDelay"; did you mean responseDelay?',
  'unknown-finding':
    '18:14: expect.findings[0]: there is no finding "multiple-pxe-responder"; did you mean multiple-pxe-responders?',
  'unknown-firmware': `14:41: clients.pc.firmware: there is no firmware "edk-2"; there are ${namesOf(FIRMWARE_FAMILIES).join(', ')}; did you mean edk2?`,
  'unknown-group': '19:15: expect.outcomes.pcs: there is no group of clients "pcs"; did you mean pc?',
  'unknown-image-directory':
    '11:89: servers.nbs-a.images: there is no directory "../images" (seen from the scenario file)',
  'unknown-kind':
    '11:18: servers.nbs-a.kind: "nsb" is not allowed here; use one of dhcp, nbs, foreign, program, vm; did you mean nbs?',
  'unknown-notification-server':
    '12:76: servers.nbs-b.notificationServer: there is no Notification Server "ns-2"; did you mean ns-1?',
  'unknown-option':
    '10:97: servers.dhcp.options.classIdentifer: there is no DHCP option "classIdentifer"; did you mean classIdentifier?',
  'unknown-service':
    '16:22: faults[0].stop: nbs-a has no service "tfpt"; it has pxe, boot4011, bsdp, tftp, http; did you mean nbs-a.tftp?',
  'unknown-subnet': '12:27: servers.nbs-b.on: there is no subnet "server"; did you mean servers?',
}

const thrownBy = async (run: () => unknown): Promise<Error> => {
  try {
    await run()
  } catch (error) {
    return error as Error
  }
  return new Error('nothing was thrown')
}

const hasStackTrace = (text: string): boolean =>
  /^\s+at .*[:(]\d+|node:internal|\.[jt]s:\d+|Error:/m.test(text)

t.test('a wrong file: file, line, column, nearest name, exit 2', async t => {
  const files = readdirSync(MISTAKES).map(name => name.replace(/\.yaml$/, ''))
  t.strictSame(files.toSorted(), Object.keys(WRONG).toSorted(), 'each has its line in the table')
  for (const name of files) {
    const file = `${MISTAKES}/${name}.yaml`
    const error = await thrownBy(() => scenarioFrom(file))
    t.ok(error instanceof UsageError && error.status === EXIT.usage, name)
    t.equal(error.message.split('\n')[0], `${file}:${WRONG[name]}`, name)
  }
  for (const name of sample(['tab', 'unknown-field', 'missing-server', 'bad-cidr'], 2)) {
    const file = `${MISTAKES}/${name}.yaml`
    const { status, stdout, stderr } = await nbs(['run', file])
    t.strictSame([status, stdout, stderr], [EXIT.usage, '', `nbs: ${file}:${WRONG[name]}\n`], name)
  }
})

t.test('a wrong call: what is wrong, exit 2, no stack trace', async t => {
  const directory = t.testdir({})
  const calls: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [[], /^nbs: no command given: nbs COMMAND/],
    [['rum', FLAGSHIP], /^nbs: there is no command "rum"; did you mean nbs run\?/],
    [['run'], /^nbs: an argument is missing: nbs run <files..>/],
    [['run', FLAGSHIP, '--sed', '1'], /^nbs: nbs run has no option --sed; did you mean --seed\?/],
    [['run', FLAGSHIP, '--seed', 'seven'], /^nbs: --seed must be a whole number/],
    [['run', FLAGSHIP, '--capture'], /^nbs: --capture needs a value/],
    [
      ['run', FLAGSHIP, '--capture', join(directory, 'none', 'f')],
      /^nbs: .*none.f cannot be written: ENOENT/,
    ],
    [
      ['run', FLAGSHIP, '--explain', 'pc-21'],
      /^nbs: --explain: there is no machine "pc-21"; did you mean pc-1\?; there are pc-1 \(00:50:56:00:00:01\), /,
    ],
    [['run', 'scenarios/two.yaml'], /^nbs: scenarios\/two\.yaml:1:1: no such file\n$/],
    [
      ['run', FLAGSHIP, '--set', 'clients.pd.count=3'],
      /there is no group of clients "pd"; did you mean pc\?/,
    ],
  ]
  for (const [args, says] of sample(calls, 4)) {
    const { status, stdout, stderr } = await nbs(args)
    const call = `nbs ${args.join(' ').replace(directory, 'DIR')}`
    t.match(stderr, says, call)
    t.strictSame([status, stdout, hasStackTrace(stderr)], [EXIT.usage, '', false], call)
  }
})

t.test('options that contradict themselves or the scenario', async t => {
  const directory = t.testdir({})
  const cases: readonly (readonly [string[], RegExp])[] = [
    [[FLAGSHIP, '--seed', '1.5'], /^nbs: --seed must be a whole number/],
    [[FLAGSHIP, '--seed=-1'], /^nbs: --seed must be a whole number/],
    [[FLAGSHIP, '--seed', 'x'], /^nbs: --seed must be a whole number/],
    [[FLAGSHIP, '--capture', directory], /cannot be written: it is a folder/],
    [[FLAGSHIP, '--junit', directory], /cannot be written: it is a folder/],
    [[FLAGSHIP, FLAGSHIP, '--capture', 'x'], /^nbs: --capture records one scenario/],
    [['scenarios'], /^nbs: scenarios:1:1: is a directory, not a scenario file$/m],
    [[FLAGSHIP, '--set', 'seed'], /^nbs: --set seed: write it as path=value/],
    [[FLAGSHIP, '--set', '=3'], /^nbs: --set =3: write it as path=value/],
    [[FLAGSHIP, '--set', 'clients.pc.cuont=3'], /unknown field "cuont"; did you mean count\?/],
    [[FLAGSHIP, '--set', 'clients.pc.count=many'], /clients\.pc\.count: expected a whole number/],
    [[FLAGSHIP, `${MISTAKES}/tab.yaml`], /tab\.yaml:4:1/],
  ]
  for (const [args, says] of cases) {
    const { status, stderr } = await nbs(['run', ...args, '--json'])
    t.match(stderr, says)
    t.equal(status, EXIT.usage, stderr)
  }
})

const KEYS = {
  result: ['scenario', 'title', 'seed', 'version', 'virtualSeconds', 'clients', 'findings', 'expectations'],
  client: [
    'name',
    'mac',
    'subnet',
    'firmware',
    'profile',
    'arch',
    'outcome',
    'code',
    'leaseFrom',
    'address',
    'pxeServer',
    'tftpServer',
    'transfer',
    'file',
    'sha256',
    'bytes',
    'seconds',
    'screen',
    'attempts',
  ],
  finding: [
    'rule',
    'severity',
    'confidence',
    'subnet',
    'servers',
    'clients',
    'message',
    'because',
    'remedy',
    'evidence',
    'details',
    'causes',
    'causedBy',
  ],
  evidence: ['frame', 'seconds', 'text'],
  expectation: ['text', 'met', 'got'],
}

type Row = Record<string, unknown>
interface Document extends Row {
  readonly clients: readonly (Row & {
    readonly name: string
    readonly outcome: string
    readonly screen: string[]
  })[]
  readonly findings: readonly (Row & { readonly rule: string; readonly evidence: readonly Row[] })[]
  readonly expectations: readonly Row[]
}

t.test('the flagship with --json and --capture: the contract', async t => {
  const directory = t.testdir({})
  const capture = join(directory, 'f.pcapng')
  const { status, stdout, stderr } = await nbs(['run', FLAGSHIP, '--json', '--capture', capture])
  t.strictSame([status, stderr], [EXIT.ok, ''])
  const result = JSON.parse(stdout) as Document
  t.strictSame(Object.keys(result), KEYS.result)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  t.strictSame(
    { ...result, clients: 0, findings: 0, expectations: 0, virtualSeconds: 0 },
    {
      scenario: FLAGSHIP,
      title: 'Two NBS on one subnet, two Notification Servers',
      seed: 7,
      version,
      virtualSeconds: 0,
      clients: 0,
      findings: 0,
      expectations: 0,
    },
  )
  t.type(result['virtualSeconds'], 'number')

  t.strictSame(
    result.clients.map(({ name }) => name),
    Array.from({ length: 20 }, (_, n) => `pc-${n + 1}`),
  )
  const address = /^10\.20\.1\.1\d\d$/
  for (const client of result.clients) {
    t.strictSame(Object.keys(client), KEYS.client, client.name)
    const booted = client.outcome === 'booted'
    t.match(client, {
      mac: /^00:50:56:00:00:[0-9a-f]{2}$/,
      subnet: 'office',
      firmware: 'edk2',
      profile: '2022',
      arch: 'x64-uefi',
      outcome: /^(booted|localDisk)$/,
      code: booted ? null : 'PXE-E21',
      leaseFrom: 'dhcp',
      address,
      pxeServer: booted ? 'nbs-a' : 'nbs-b',
      tftpServer: booted ? 'nbs-a' : null,
      transfer: booted ? 'tftp' : null,
      file: booted ? 'BStrap/x64/BStrap.efi' : null,
      sha256: booted ? /^[0-9a-f]{64}$/ : null,
      bytes: booted ? 40960 : null,
      seconds: Number,
      screen: Array,
      attempts: [
        { method: 'pxe4', outcome: client.outcome, code: client['code'], seconds: client['seconds'] },
      ],
    })
    t.ok(client.screen.length > 1 && client.screen.every(line => typeof line === 'string'))
  }
  const counted = (outcome: string) => result.clients.filter(client => client.outcome === outcome).length
  t.ok(counted('booted') > 0 && counted('localDisk') > 0 && counted('booted') + counted('localDisk') === 20)

  const found = result.findings.map(({ rule }) => rule)
  for (const rule of ['multiple-pxe-responders', 'split-decision', 'job-lost'])
    t.ok(found.includes(rule), rule)
  for (const finding of result.findings) {
    t.strictSame(Object.keys(finding), KEYS.finding, finding.rule)
    t.match(finding, {
      severity: /^(error|warning|info)$/,
      confidence: /^(seen|inferred|possible)$/,
      subnet: 'office',
      message: /./,
      because: /./,
      remedy: /./,
    })
    t.strictSame(finding['servers'], ['nbs-a', 'nbs-b'], finding.rule)
    const clients = finding['clients'] as string[]
    t.ok(clients.length > 0 && clients.every(name => /^pc-\d+$/.test(name)))
    t.ok(finding.evidence.length > 0)
    for (const evidence of finding.evidence) {
      t.strictSame(Object.keys(evidence), KEYS.evidence)
      t.match(evidence, { frame: Number, seconds: Number, text: /./ })
    }
  }
  t.strictSame(
    result.clients.filter(({ outcome }) => outcome === 'localDisk').map(({ name }) => name),
    result.findings.find(({ rule }) => rule === 'job-lost')?.['clients'],
    'the jobs of all machines that started from their disk are lost, and of no others',
  )
  t.equal(result.expectations.length, 8)
  for (const expectation of result.expectations) {
    t.strictSame(Object.keys(expectation), KEYS.expectation)
    t.match(expectation, { text: /./, met: true, got: String })
  }

  // Frame numbers are those of the capture.
  const seconds = readCapture(readFileSync(capture)).frames.map(({ at }) => at / 1e6)
  for (const { evidence } of result.findings)
    for (const { frame, seconds: at } of evidence) t.equal(seconds[(frame as number) - 1], at)
})

t.test('seed and set change the run', async t => {
  const json = async (...args: string[]): Promise<Document> =>
    JSON.parse((await nbs(['run', FLAGSHIP, '--json', ...args])).stdout) as Document
  const [plain, other] = [await json(), await json('--seed', '8')]
  t.strictSame([plain['seed'], other['seed']], [7, 8])
  t.not(JSON.stringify(other.clients), JSON.stringify(plain.clients), 'another seed, another story')
  const five = await json('--set', 'clients.pc.count=5', '--set', 'expect=~', '--set=title=a=b')
  t.strictSame([five.clients.length, five['title'], five.expectations.length], [5, 'a=b', 0])
})

t.test('several files are several results; one unmet expectation is exit 1', async t => {
  const directory = t.testdir({})
  const junit = join(directory, 'j.xml')
  const files = ['scenarios/one-nbs.yaml', 'scenarios/unknown-machines.yaml']
  const good = await nbs(['run', ...files, '--json', '--junit', junit])
  t.strictSame([good.status, good.stderr], [EXIT.ok, ''])
  t.strictSame(
    (JSON.parse(good.stdout) as Row[]).map(result => result['scenario']),
    files,
  )
  const xml = readFileSync(junit, 'utf8')
  t.match(xml, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites>\n/)
  t.equal(xml.match(/<testsuite /g)?.length, 2)
  t.notMatch(xml, /<failure/)

  t.match((await nbs(['run', files[0]!])).stdout, /^No findings: nothing contends and nothing is broken\.$/m)
  const unmet = ['--set', 'expect.outcomes.pc.booted=4', '--set', 'title="<&>"']
  const bad = await nbs(['run', 'scenarios/one-nbs.yaml', '--junit', junit, ...unmet])
  t.strictSame([bad.status, bad.stderr], [EXIT.failed, ''])
  t.match(bad.stdout, /Expectations: \d of \d met\n {2}not met: pc: booted 4; got 5\n/)
  const failures = readFileSync(junit, 'utf8')
  t.match(failures, /<testsuite name="&lt;&amp;&gt;" tests="7" failures="1"/)
  t.match(failures, /name="pc: booted 4">\n {6}<failure message="got 5"\/>/)
})

t.test('the library in one call', async t => {
  const all = readdirSync('scenarios').filter(name => name.endsWith('.yaml'))
  const files = sample(all, 5)
  const { status, stdout, stderr } = await nbs(['run', ...files.map(name => `scenarios/${name}`)])
  t.strictSame([status, stderr], [EXIT.ok, ''])
  const heads = [...stdout.matchAll(/^Expectations: (\d+) of (\d+) met$/gm)]
  t.equal(heads.length, files.length)
  for (const [, met, all] of heads) t.equal(met, all)
})

t.test('--explain tells one machine, --log what the services did', async t => {
  const { status, stdout, stderr } = await nbs(['run', FLAGSHIP, '--explain', 'pc-4', '--log'])
  t.equal(status, EXIT.ok)
  t.match(stdout, /pc-4 \(00:50:56:00:00:04\), switched on at \d\.\d{3} s of the run/)
  t.match(stdout, /DHCP DISCOVER as PXEClient x64-uefi/)
  t.match(stdout, /=> .* \[E-\d+\]/, 'choices carry their rule')
  t.notMatch(stdout, /\bpc-(?!4\b)|00:50:56:00:00:(?!04)/, 'of one machine only')
  t.match(stdout, /nbs-b -> r1: PXE OFFER/, 'servers by name')
  const lines = stderr.trim().split('\n')
  t.ok(lines.length > 100)
  const logged = lines.map(line => JSON.parse(line) as Row)
  for (const line of logged) t.match(line, { level: Number, seconds: Number, msg: /./ })
  t.ok(logged.some(line => line['host'] === 'nbs-a' && line['service'] === 'pxe'))
})

t.test('colour only on a terminal, and a reader may leave', async t => {
  const escape = String.fromCharCode(27)
  const plain = await nbs(['run', FLAGSHIP])
  t.equal(plain.status, EXIT.ok)
  t.notOk(plain.stdout.includes(escape), 'a pipe gets no colour')
  t.match(plain.stdout, /ERROR multiple-pxe-responders on office: /)
  const forced = await nbs(['run', FLAGSHIP], { env: { FORCE_COLOR: '1' } })
  t.ok(forced.stdout.includes(`${escape}[31mERROR${escape}[39m`), 'unless it asks for it')
  const refused = await nbs(['run', FLAGSHIP], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })
  t.equal(refused.stdout, plain.stdout, 'NO_COLOR has the last word')

  const shell = promisify(execFile)
  const files = sample(readdirSync('scenarios'), 6).map(name => `scenarios/${name}`)
  const command = `"${process.execPath}" "${PROGRAM}" run ${files.filter(name => name.endsWith('.yaml')).join(' ')} --json | head -1; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = await shell('bash', ['-c', command])
  t.strictSame([stdout, stderr], ['[\n0\n', ''])
})

t.test('help and version', async t => {
  const help = await nbs(['run', '--help'])
  t.strictSame([help.status, help.stderr], [EXIT.ok, ''])
  for (const option of ['--seed', '--set', '--capture', '--junit', '--json', '--explain'])
    t.ok(help.stdout.includes(option), option)
  const version = await nbs(['--version'])
  t.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
  t.ok(existsSync(PROGRAM))
})
