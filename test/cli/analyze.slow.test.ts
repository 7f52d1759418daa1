/**
 * `nbs analyze` on captures of runs: the same findings as the run itself, whatever program and place the capture comes
 * from; what it says of files that are none; and what it predicts of other firmware.
 */
import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { metasOf } from '../../src/analysis/finding.ts'
import { type AnalysisResult, analyze } from '../../src/index.ts'
import { UsageError } from '../../src/core/exit.ts'
import { formatIp4, parseIp4, parseMac } from '../../src/core/address.ts'

import { analysisText } from '../../src/report/text/analysis.ts'
import { serverNames } from '../../src/simulation/server-names.ts'
import { parsePersonas } from '../../src/experiments/predict/predict.ts'
import { LINK_TYPE } from '../../src/wire/capture/index.ts'
import { nbs, program, PROGRAM } from '../built.ts'
import {
  type Captured,
  bigEndianNanos,
  capturedRun,
  changed,
  cooked1,
  cooked2,
  inFile,
  scenarioFiles,
  snapped,
  tagged,
} from './captures.ts'
import { byEffort, sample } from '../effort.ts'

const PLAIN = new Proxy({}, { get: () => (text: string) => text }) as Parameters<typeof analysisText>[1]
const text = (result: AnalysisResult): string => analysisText(result, PLAIN).join('\n')

const analyseFiles = (files: readonly string[], as?: string, hashes = false): Promise<AnalysisResult> =>
  analyze(files, { as, hashes })

interface Named {
  readonly rule: string
  readonly severity: string
  readonly confidence: string
  readonly subnet: string | null
  readonly servers: readonly string[]
  readonly clients: readonly string[]
}

const essence = ({ rule, severity, confidence, subnet, servers, clients }: Named): Named => ({
  rule,
  severity,
  confidence,
  subnet,
  servers,
  clients,
})

/** Without those that are about packets which were never on the wire, and what explains them. */
const ofRun = ({ run }: Captured): Named[] => {
  const inCaptures = metasOf('capture').map(({ id }) => id as string)
  const { findings } = run.result
  const unseen = findings.filter(({ rule }) => !inCaptures.includes(rule))
  const causes = unseen.flatMap(({ causedBy }) => causedBy.map(({ index }) => findings[index]))
  return findings.filter(each => !unseen.includes(each) && !causes.includes(each)).map(essence)
}

/** With the scenario's names instead of addresses. */
const ofCapture = (result: AnalysisResult, { scenario, run }: Captured): Named[] => {
  const nameOf = serverNames(scenario)
  const machines = new Map(run.machines.map(({ client }) => [client.mac as number, client.name]))
  return result.findings.map(finding =>
    essence({
      ...finding,
      servers: finding.servers.map(server => nameOf(parseIp4(server)!)),
      clients: finding.clients.map(client => machines.get(parseMac(client)!) ?? client),
    }),
  )
}

const rulesOf = (findings: readonly { readonly rule: string }[]): string[] =>
  [...new Set(findings.map(({ rule }) => rule))].sort()

t.test('a capture shows what the run showed; precision and recall', async t => {
  const folder = t.testdir()
  const counts = { truePositive: 0, falseNegative: 0, falsePositive: 0, clean: 0 }
  for (const file of sample(scenarioFiles(), 20)) {
    const captured = capturedRun(file)
    const path = inFile(folder, 'run.pcapng', captured.pcapng)
    const result = await analyseFiles([path])
    t.strictSame(ofCapture(result, captured), ofRun(captured), `${file}: the run's own findings`)
    t.equal(result.frames, captured.run.frames, `${file}: every frame`)
    const found = rulesOf(result.findings)
    const { findings, noFindings } = captured.scenario.expect
    counts.truePositive += findings.filter(rule => found.includes(rule)).length
    counts.falseNegative += findings.filter(rule => !found.includes(rule)).length
    if (typeof noFindings !== 'string')
      counts.falsePositive += noFindings.filter(rule => found.includes(rule)).length
    if (findings.length === 0 && captured.scenario.file.startsWith('scenarios/one-nbs')) {
      counts.clean++
      t.strictSame(found, [], `${file}: nothing wrong, nothing found`)
    }
  }
  const { truePositive: hits, falseNegative, falsePositive } = counts
  t.comment(
    `labels: ${hits} found, ${falseNegative} missed, ${falsePositive} wrongly found: recall ${(hits / (hits + falseNegative)).toFixed(3)}, precision ${(hits / (hits + falsePositive)).toFixed(3)}`,
  )
  t.ok(hits >= byEffort({ quick: 5, thorough: 30, night: 30 }), 'the labelled set is not empty')
  t.equal(falseNegative, 0)
  t.equal(falsePositive, 0)
})

t.test('clean networks: no finding, whatever the seed', async t => {
  const folder = t.testdir()
  for (const file of [
    'scenarios/one-nbs.yaml',
    'scenarios/nbs-behind-two-relays.yaml',
    'scenarios/nbs-too-slow.yaml',
  ])
    for (const seed of [11, 12, 13, 14]) {
      const captured = capturedRun(file, seed)
      const result = await analyseFiles([inFile(folder, 'clean.pcapng', captured.pcapng)])
      t.strictSame(rulesOf(result.findings), [], `${file}, seed ${seed}`)
    }
})

t.test('the same capture as other programs write it', async t => {
  const folder = t.testdir()
  for (const file of ['scenarios/two-nbs-one-subnet.yaml', 'scenarios/tftp-service-stopped.yaml']) {
    const captured = capturedRun(file)
    const expected = ofRun(captured)
    const look = async (name: string, bytes: Uint8Array) =>
      ofCapture(await analyseFiles([inFile(folder, name, bytes)]), captured)
    t.strictSame(
      await look('vlan.pcapng', changed(captured, LINK_TYPE.ethernet, tagged(12))).then(withoutVlan('.12')),
      expected,
      `${file}: VLAN`,
    )
    t.strictSame(
      await look('qinq.pcapng', changed(captured, LINK_TYPE.ethernet, tagged(100, 12))).then(
        withoutVlan('.100.12'),
      ),
      expected,
      `${file}: QinQ`,
    )
    t.strictSame(
      await look('sll2.pcapng', changed(captured, LINK_TYPE.linuxSll2, cooked2)),
      expected,
      `${file}: cooked v2`,
    )
    t.strictSame(
      await look('sll.pcapng', changed(captured, LINK_TYPE.linuxSll, cooked1)),
      expected,
      `${file}: cooked v1`,
    )
    const raw = await look(
      'raw.pcapng',
      changed(captured, LINK_TYPE.rawIp, bytes => bytes.subarray(14)),
    )
    t.strictSame(rulesOf(raw), rulesOf(expected), `${file}: raw IP, without any MAC`)
  }
})

const withoutVlan =
  (suffix: string) =>
  (findings: readonly Named[]): Named[] =>
    findings.map(finding => ({ ...finding, subnet: finding.subnet?.replace(suffix, '') ?? null }))

t.test('one file per place, big-endian nanoseconds', async t => {
  const folder = t.testdir()
  const captured = capturedRun('scenarios/two-nbs-one-subnet.yaml')
  const files = captured.scenario.subnets.map(({ name }) =>
    inFile(folder, name, bigEndianNanos(captured, name)),
  )
  const both = await analyseFiles(files)
  t.strictSame(
    ofCapture(both, captured),
    ofRun(captured),
    'two captures that ran at the same time are two places',
  )
  t.strictSame(
    await analyseFiles([...files].reverse()).then(r => ofCapture(r, captured)),
    ofRun(captured),
    'in any order',
  )
  const evidence = both.findings[0]!.evidence[0]!
  t.equal(evidence.file, files[0], 'evidence names its file')
  t.equal(evidence.frame, 1, 'and the frame in it')
  const [office] = files as [string]
  const alone = ofCapture(await analyseFiles([office]), captured)
  t.strictSame(rulesOf(alone), rulesOf(ofRun(captured)), 'the subnet of the machines alone shows the same')
})

t.test('pieces of a ring buffer are one capture', async t => {
  const folder = t.testdir()
  const captured = capturedRun('scenarios/stale-policy.yaml')
  const { name } = captured.scenario.subnets[0]!
  const whole = bigEndianNanos(captured, name)
  const cut = recordBoundary(whole, Math.floor(whole.length / 2))
  const header = whole.slice(0, 24)
  const pieces = [
    inFile(folder, 'office.pcap0', whole.slice(0, cut)),
    inFile(folder, 'office.pcap1', Buffer.concat([header, whole.slice(cut)])),
  ]
  const result = await analyseFiles(pieces)
  t.strictSame(
    ofCapture(result, captured).map(finding => ({ ...finding, subnet: name })),
    ofRun(captured),
  )
  t.equal(result.findings[0]!.subnet, 'office.pcap0', 'the segment is called after the first piece')
})

/** Where the first record at or after an offset begins. */
const recordBoundary = (pcap: Uint8Array, offset: number): number => {
  const view = new DataView(pcap.buffer, pcap.byteOffset)
  let at = 24
  while (at < offset) at += 16 + view.getUint32(at + 8)
  return at
}

t.test('a truncated file is analysed as far as it goes', async t => {
  const folder = t.testdir()
  const captured = capturedRun('scenarios/two-nbs-one-subnet.yaml')
  const { pcapng } = captured
  const path = inFile(folder, 'cut.pcapng', pcapng.subarray(0, Math.floor(pcapng.length * 0.7)))
  const result = await analyseFiles([path])
  t.match(result.files[0]!.issues, [
    /^the file ends inside a record \(at byte \d+\); analysed up to there, \d+ frames$/,
  ])
  const all = rulesOf(ofRun(captured))
  const found = rulesOf(result.findings)
  t.ok(found.includes('multiple-pxe-responders'))
  t.strictSame(
    found.filter(rule => !all.includes(rule)),
    [],
    'a cut invents nothing',
  )
  t.match(text(result), /note .*cut\.pcapng: the file ends inside a record/)
})

t.test('frames cut at 96 bytes: said, and nothing invented', async t => {
  const folder = t.testdir()
  const captured = capturedRun('scenarios/two-nbs-one-subnet.yaml')
  const result = await analyseFiles([inFile(folder, 'snap.pcapng', snapped(captured, 96))], undefined, true)
  t.strictSame(result.findings, [], 'DHCP is cut off, and TFTP went well')
  t.match(result.notes, [/^\d+ frames were cut by the capture's snap length: .*tcpdump -s 0/])
  const files = result.conversations.flatMap(conversation => conversation.files)
  const whole = captured.run.result.clients.filter(({ outcome }) => outcome === 'booted')
  const completed = files.filter(({ end }) => end === 'completed')
  t.equal(completed.length, whole.length, 'every transfer is followed to its end')
  t.strictSame(
    new Set(completed.map(({ bytes }) => bytes)),
    new Set(whole.map(({ bytes }) => bytes)),
    'with its true size',
  )
  t.ok(completed.every(({ sha256 }) => sha256 === null))
})

t.test('sizes and hashes of files are those that the machines got', async t => {
  const folder = t.testdir()
  const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  // Programs of the NBS are stamped on their way (docs/decisions/0035), files of a foreign server are not.
  for (const [scenario, isStamped] of [
    ['scenarios/mixed-firmware.yaml', true],
    ['scenarios/firmware/01-d-pa.yaml', false],
  ] as const) {
    const captured = capturedRun(scenario)
    const result = await analyseFiles([inFile(folder, 'files.pcapng', captured.pcapng)], undefined, true)
    const booted = captured.run.result.clients.filter(({ outcome }) => outcome === 'booted')
    t.ok(booted.length > 0)
    for (const { name, mac, bytes, sha256, file } of booted) {
      const files = result.conversations.filter(({ client }) => client === mac).flatMap(c => c.files)
      const got = captured.run.machines.find(({ client }) => client.name === name)!.running!.record.content!
      t.match(
        files.findLast(({ end }) => end === 'completed'),
        { file, bytes, sha256: hashOf(got) },
        mac,
      )
      t.equal(hashOf(got) === sha256, !isStamped, 'a result tells of the file without its stamp')
    }
  }
})

t.test('servers side by side', async t => {
  const folder = t.testdir()
  const captured = capturedRun('scenarios/two-nbs-one-subnet.yaml')
  const result = await analyseFiles([inFile(folder, 'servers.pcapng', captured.pcapng)])
  const nbsB = result.servers.find(({ address }) => address === '10.20.9.5')!
  t.strictSame(nbsB.offers, [{ text: 'start from the local disk ("Production: local disk")', boots: 20 }])
  t.strictSame(nbsB.roles, ['proxy-dhcp'])
  t.strictSame(nbsB.relays, ['10.20.1.1'])
  const { min, median, max } = nbsB.answerSeconds!
  t.ok(
    min > 0.004 && min < median && median < max && max < 0.01,
    'answer times lie where the scenario put them',
  )
  const nbsA = result.servers.find(({ address }) => address === '10.20.1.5')!
  t.equal(nbsA.transfers.failed, 0)
  t.equal(
    nbsA.transfers.completed,
    captured.run.result.clients.filter(
      ({ pxeServer, outcome }) => pxeServer === 'nbs-a' && outcome === 'booted',
    ).length,
  )
  const printed = text(result)
  t.match(
    printed,
    /10\.20\.9\.5 +relay 10\.20\.1\.1 +proxy-dhcp +start from the local disk \("Production: local disk"\) \(20\)/,
  )
  t.match(
    [...printed.matchAll(/^( *\+ )?ERROR (\S+)/gm)].map(([, indent, rule]) => `${indent ? '+ ' : ''}${rule}`),
    ['stray-relay-target', '+ multiple-pxe-responders', '+ split-decision', '+ job-lost'],
    'a cause, and what follows from it',
  )
})

t.test('files that are no captures', async t => {
  const folder = t.testdir({ 'notes.txt': 'this is not a capture at all', 'empty.pcap': '' })
  const captured = capturedRun('scenarios/one-nbs.yaml')
  const good = inFile(folder, 'good.pcapng', captured.pcapng)
  const gzip = inFile(folder, 'good.pcapng.gz', gzipSync(captured.pcapng))
  const refused = async (...files: string[]) => {
    try {
      await analyseFiles(files)
      return 'was read'
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      return `${error.status}: ${error.message.replaceAll(folder, '')}`
    }
  }
  t.equal(await refused(join(folder, 'none.pcap')), '2: /none.pcap: no such file')
  t.equal(
    await refused(folder),
    '2: : cannot be read: is not a regular file; a pipe is read by -, from standard input',
  )
  const damaged = gzipSync(captured.pcapng)
  damaged.fill(0xff, 400, 500)
  t.match(await refused(inFile(folder, 'bad.gz', damaged)), /^2: \/bad.gz: damaged: /)
  t.equal(
    await refused(join(folder, 'notes.txt')),
    '2: /notes.txt: neither pcap nor pcapng; write captures with tcpdump -w, dumpcap or Wireshark',
  )
  t.equal(
    await refused(join(folder, 'empty.pcap')),
    '2: /empty.pcap: the file is too short for a capture (at byte 0); did the capture program end, or was it stopped at its start?',
  )
  t.equal((await analyseFiles([gzip])).frames, captured.run.frames, 'unpacked as it is read')
  const lz4 = inFile(folder, 'good.lz4', Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0))
  const mixed = await analyseFiles([good, lz4])
  t.equal(mixed.frames, captured.run.frames, 'what can be read is read')
  t.strictSame(
    mixed.files.map(({ issues }) => issues),
    [[], ['an LZ4 file: unpack it first (unlz4)']],
  )
})

t.test('prediction: the captured firmware in its own place does what it did', async t => {
  const folder = t.testdir()
  let machines = 0
  let namedForBios = 0
  const different: string[] = []
  for (const file of sample(scenarioFiles(), 20)) {
    const captured = capturedRun(file)
    const path = inFile(folder, 'own.pcapng', captured.pcapng)
    const nameOf = serverNames(captured.scenario)
    const labelOf = ({ group, firmware }: (typeof captured.run.machines)[number]) =>
      `${group.firmware}:${firmware.profile}`
    const result = await analyseFiles([path], [...new Set(captured.run.machines.map(labelOf))].join())
    for (const machine of captured.run.machines) {
      const own = captured.run.result.clients.find(({ name }) => name === machine.client.name)!
      const label = labelOf(machine)
      const prediction = result.predictions!.find(
        one => parseMac(one.client) === machine.client.mac && one.firmware === label && one.arch === own.arch,
      )
      if (!prediction) continue
      machines++
      const server = prediction.pxeServer === null ? null : nameOf(parseIp4(prediction.pxeServer)!)
      const said = `${prediction.outcome} ${prediction.code} ${server} ${prediction.file}`
      const did = `${own.outcome} ${own.code} ${own.pxeServer} ${own.file}`
      // The model's firmware starts a placeholder of any name; of a real capture the name says that it would not.
      if (prediction.code === 'Unsupported' && /\.(0|kpxe)$/.test(own.file ?? '')) namedForBios++
      else if (said !== did) different.push(`${file} ${own.name}: predicted ${said}, was ${did}`)
    }
  }
  t.comment(`${machines - different.length} of ${machines} machines as predicted`)
  for (const line of different) t.comment(line)
  t.ok(machines >= byEffort({ quick: 100, thorough: 800, night: 800 }), `${machines} machines`)
  t.ok(namedForBios <= 2)
  t.strictSame(different, [])
})

t.test('prediction: other firmware on the same offers', async t => {
  const folder = t.testdir()
  const captured = capturedRun('scenarios/option-60-left-on-dhcp.yaml')
  const path = inFile(folder, 'option60.pcapng', captured.pcapng)
  const result = await analyseFiles([path], 'edk2,ipxe,u-boot,bios-rom')
  const [client] = captured.run.result.clients
  const ofFirst = result.predictions!.filter(one => one.client === client!.mac)
  t.match(ofFirst, [
    { firmware: 'edk2', outcome: 'failed', code: 'PXE-E16', rule: 'E-35', assumed: [] },
    { firmware: 'ipxe', outcome: 'failed' },
    { firmware: 'u-boot', outcome: 'failed' },
    { firmware: 'bios-rom', outcome: 'failed', code: 'PXE-E55', rule: 'B-14' },
  ])
  t.match(text(result), /edk2 x64-uefi +\d+ +10\.20\.1\.2 +10\.20\.1\.2 +- +failed +PXE-E16 +E-35/)
  t.match(parsePersonas('edk2,grub'), /^there is no firmware "grub"; there is edk2, ipxe, u-boot, bios-rom/)
  t.match(parsePersonas('ipxe:1999'), /^ipxe has no profile "1999"; there is /)
})

t.test('the program: streams, statuses, reports', async t => {
  const folder = t.testdir()
  const captured = capturedRun('scenarios/two-nbs-one-subnet.yaml')
  const path = inFile(folder, 'run.pcapng', captured.pcapng)
  const [junit, sarif] = [join(folder, 'j.xml'), join(folder, 's.sarif')]
  const json = await nbs(['analyze', path, '--json', '--junit', junit, '--sarif', sarif, '--as', 'ipxe'])
  t.equal(json.status, 1)
  const result = JSON.parse(json.stdout) as AnalysisResult
  t.strictSame(Object.keys(result), [
    'files',
    'frames',
    'startedAt',
    'seconds',
    'servers',
    'clients',
    'conversations',
    'conversationCount',
    'findings',
    'notes',
    'predictions',
  ])
  t.equal(result.startedAt, '2020-01-01T00:00:00.737790Z')
  t.equal(result.findings[0]!.evidence[0]!.seconds, 0, 'times count from the first frame')
  t.match(
    readFileSync(junit, 'utf8'),
    /<testcase classname=".*run\.pcapng" name="job-lost">\n +<failure message="11 EDK2/,
  )
  const document = JSON.parse(readFileSync(sarif, 'utf8')) as {
    runs: { results: { ruleId: string; level: string; properties: object }[] }[]
  }
  t.match(document.runs[0]!.results[0]!.properties, {
    details: { followed: '10.20.9.5' },
    causedBy: ['split-decision'],
  })
  t.strictSame(
    document.runs[0]!.results.map(({ ruleId, level }) => `${ruleId} ${level}`),
    ['job-lost error', 'split-decision error', 'multiple-pxe-responders error', 'stray-relay-target error'],
  )
  const stream = await program(['-e', FEED, PROGRAM, path])
  t.equal(stream.status, 1, 'standard input')
  t.equal(
    stream.stdout,
    (await nbs(['analyze', path])).stdout.replace(`${path}:`, '-:'),
    'and it says the same',
  )
  t.match(await nbs(['analyze', '-', path]), { status: 2, stderr: /cannot be combined/ })
  t.match(await nbs(['analyze', path, '--as', 'grub']), { status: 2, stderr: /there is no firmware "grub"/ })
  writeFileSync(join(folder, 'text.pcap'), 'not a capture')
  appendFileSync(join(folder, 'text.pcap'), ' at all')
  t.match(await nbs(['analyze', join(folder, 'text.pcap')]), { status: 2, stderr: /neither pcap nor pcapng/ })
  const clean = inFile(folder, 'clean.pcapng', capturedRun('scenarios/one-nbs.yaml').pcapng)
  t.match(await nbs(['analyze', clean]), { status: 0, stdout: /No findings\./ })
  t.match(await nbs(['analyze', 'test/fixtures/cases/01-port-69-filter.pcap']), {
    status: 0,
    stdout: /^No findings in what this capture shows, which is not everything: see the notes\.$/m,
  })
  t.equal(formatIp4(parseIp4('10.20.9.5')!), '10.20.9.5')
})

/** A capture through a pipe, in pieces. */
const FEED = `
const { spawn } = require('node:child_process')
const { createReadStream } = require('node:fs')
const child = spawn(process.execPath, [process.argv[1], 'analyze', '-'], { stdio: ['pipe', 'inherit', 'inherit'] })
createReadStream(process.argv[2], { highWaterMark: 1000 }).pipe(child.stdin)
child.on('exit', code => process.exit(code))
`
