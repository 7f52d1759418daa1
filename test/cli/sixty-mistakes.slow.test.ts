/**
 * Sixty mistakes that people make: on the command line, in a scenario file, in what is around. Each is told with its
 * place, its cause and a remedy, ends with the right status, and prints nothing else.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { formatScenarioError, loadScenario } from '../../src/scenario/load.ts'
import { nbs } from '../built.ts'
import { capturedRun } from './captures.ts'

const SCENARIO = resolve('scenarios/one-nbs.yaml')

/** Parts of what is said; an empty one stands in another part. */
type Told = readonly [place: string, cause: string, remedy: string]

const COMMAND_LINE: readonly (readonly [call: string, ...Told])[] = [
  ['', 'nbs', 'no command given', 'nbs --help'],
  ['rnu SCENARIO', 'command "rnu"', 'there is no', 'nbs run?'],
  ['run', 'nbs run <files..>', '', 'nbs run --help'],
  ['run SCENARIO --sede 3', '--sede', '', 'did you mean --seed?'],
  ['run SCENARIO --seed', '--seed', 'needs a value', 'nbs run --help'],
  ['run SCENARIO --seed x', '--seed', 'must be a whole number', '0 or more'],
  ['run SCENARIO --seed -1', '--seed', 'must be a whole number', '0 or more'],
  ['run SCENARIO --set foo', '--set foo', 'path=value', 'such as clients.pc.count=5'],
  ['run SCENARIO --set servers.nbs-a.x=1', '--set servers.nbs-a.x=1:1:', 'nbs-a', 'did you mean'],
  ['run SCENARIO SCENARIO --capture x.pcapng', '--capture', 'one scenario', 'give one file'],
  ['run SCENARIO --explain pc-99', '--explain', 'no machine "pc-99"', 'did you mean pc-'],
  ['run SCENARIO --explain 10.99.0.1', '--explain', 'no machine "10.99.0.1"', 'there are pc-1 ('],
  ['run SCENARIO --fail-on all', '--fail-on', '"all" is not one of', 'error, warning'],
  ['analyze office.pcapng --as edk3', 'as edk3', 'no firmware "edk3"', 'there is edk2'],
  ['analyze office.pcapng --explain pc-1', '--explain', 'no machine "pc-1"', 'there are 00:50:56:'],
  ['analyze - office.pcapng', '-', 'reads standard input', 'cannot be combined with files'],
  ['sweep SCENARIO --vary clients.pc.count', '--vary clients.pc.count', 'path=values', 'such as'],
  [
    'sweep SCENARIO --vary servers.nb.x=1,2',
    '--vary servers.nb.x=1:1:',
    'no server "nb"',
    'did you mean nbs',
  ],
  ['sweep SCENARIO --shard 5/4', '--shard 5/4', 'shards of 4', 'are numbered 1/4 to 4/4'],
  ['shrink SCENARIO --finding split-decison', '--finding', 'no finding', 'did you mean split-decision?'],
  ['shrink SCENARIO', 'say what', 'must still show', '--finding RULE'],
  // In two parts, because no rule is cited here.
  [`rule E-${9999}`, 'rule', `no rule "E-${9999}"`, 'did you mean E-'],
  ['compare SCENARIO --client pc-99', '--client', 'no machine "pc-99"', 'there are pc-1'],
  ['watch', '', 'nothing to watch', '--interface NAME'],
  ['schema scenarios', '--of', '"scenarios" is not one of', 'scenario, serve'],
]

const AROUND: readonly (readonly [call: string, ...Told])[] = [
  ['run nothing.yaml', 'nothing.yaml:1:1', 'no such file', ''],
  ['run folder', 'folder:1:1', 'is a directory', 'not a scenario file'],
  ['run office.pcapng', 'office.pcapng:1:1', 'is a capture', 'nbs analyze reads captures'],
  ['analyze scenario.yaml', 'scenario.yaml', 'neither pcap nor pcapng', 'is run by nbs run'],
  ['analyze notes.txt', 'notes.txt', 'neither pcap nor pcapng', 'write captures with'],
  ['analyze empty.pcap', 'empty.pcap', 'too short for a capture', 'did the capture program end'],
  ['run SCENARIO --capture nowhere/x.pcapng', 'nowhere/x.pcapng', 'no such', ''],
  ['probe --interface nope0', '"nope0"', 'no interface', 'there is '],
  ['serve --interface nope0', '"nope0"', 'no interface', 'there is '],
  ['serve --loopback --images nowhere', 'images', 'there is no folder', '--images'],
]

const BASE = `title: T
subnets:
  lab: { cidr: 10.0.0.0/24 }
notificationServers:
  ns: { unknown: { boot: pxe, image: WinPE } }
servers:
  dhcp: { kind: dhcp, on: lab, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.199 }
  nbs: { kind: nbs, on: lab, address: 10.0.0.5, notificationServer: ns }
clients:
  pc: { count: 2, on: lab, firmware: edk2, mac: '00:50:56:00:00:01' }
expect:
  outcomes: { pc: { booted: 2 } }
`

const IN_FILE: readonly (readonly [from: string, to: string, ...Told])[] = [
  ['  lab:', '\tlab:', '3:1', 'tabs cannot be used for indentation', 'use spaces'],
  ['10.0.0.0/24', '10.0.0.0', '3:16', 'lacks a prefix length', 'did you mean 10.0.0.0/24?'],
  ['10.0.0.0/24', '10.0.0.0/33', '3:16', '"/33" is not a prefix length', 'between 1 and 31'],
  [
    'on: lab, address: 10.0.0.2',
    'on: labs, address: 10.0.0.2',
    '7:',
    'no subnet "labs"',
    'did you mean lab?',
  ],
  ['10.0.0.2,', '10.0.1.2,', '7:', 'is not in subnet lab', 'did you mean 10.0.0.2?'],
  ['10.0.0.5', '10.0.0.2', '8:', 'is already the address of', 'dhcp'],
  ['kind: nbs', 'kind: nsb', '8:', '"nsb" is not allowed here', 'did you mean nbs?'],
  [', notificationServer: ns', '', '8:', 'an NBS needs', 'a notificationServer to ask'],
  ['Server: ns', 'Server: nsx', '8:', 'no Notification Server "nsx"', 'did you mean ns?'],
  ['edk2', 'uefi', '10:', 'no firmware "uefi"', 'did you mean edk2?'],
  ["'00:50:56:00:00:01'", '00:50:56:00:00', '10:', 'is not a MAC address', 'write six octets'],
  ['count: 2', 'count: two', '10:', 'the text "two"', ''],
  [
    '10.0.0.100-10.0.0.199',
    '10.0.0.199-10.0.0.100',
    '7:',
    'the pool is reversed',
    'did you mean 10.0.0.100-',
  ],
  ['10.0.0.100-10.0.0.199', '10.0.1.100-10.0.1.199', '7:', 'extends outside subnet lab', 'did you mean'],
  ['pc: { booted', 'pcs: { booted', '12:', 'no group of clients "pcs"', 'did you mean pc?'],
  ['{ booted: 2', '{ boot: 2', '12:', 'unknown field "boot"', 'did you mean booted?'],
  ['title:', 'titel:', '1:1', 'unknown field "titel"', 'did you mean title?'],
  ['on: lab, firmware', 'firmware', '10:', 'clients.pc.on: missing', 'expected text'],
  ['/24 }', '/24, link: { delay: 5 } }', '3:', 'a duration needs a unit', 'did you mean 5ms?'],
  ['/24 }', '/24, link: { loss: 5 } }', '3:', 'a probability must be between 0 and 1', 'did you mean 5%?'],
  ['/24 }', '/24, link: { delay: 5 sec } }', '3:', '"sec" is not a unit', 'did you mean 5s?'],
  ['expect:', 'expect:\n  findings: [split-decison]', '12:', 'no finding "split-decison"', 'did you mean'],
  [
    'clients:',
    'faults: [{ at: 3s, stop: nbs.ftp }]\nclients:',
    '9:',
    'no service "ftp"',
    'did you mean nbs.tftp?',
  ],
  ['  lab: {', '  lab: { cidr: 10.0.1.0/24 }\n  lab: {', '4:3', 'given twice', 'the first is in line 3'],
  ['edk2,', 'edk2, powerOn: 10s..5s,', '10:', 'the range is reversed', 'did you mean 5s..10s?'],
]

t.equal(COMMAND_LINE.length + AROUND.length + IN_FILE.length, 60)

const folder = t.testdir({ folder: {}, 'notes.txt': 'hello\n', 'empty.pcap': '', 'scenario.yaml': BASE })
mkdirSync(join(folder, 'folder'), { recursive: true })
writeFileSync(join(folder, 'office.pcapng'), capturedRun('scenarios/one-nbs.yaml').pcapng)

const isTold = (text: string, told: Told): boolean => told.every(part => text.includes(part))

for (const [call, ...told] of [...COMMAND_LINE, ...AROUND])
  t.test(`nbs ${call}`, async t => {
    const words = call.split(' ').filter(Boolean)
    const args = words.map(word => (word === 'SCENARIO' ? SCENARIO : word))
    const { status, stdout, stderr } = await nbs(args, { cwd: folder })
    t.equal(status, 2, stderr)
    t.equal(stdout, '')
    t.match(stderr, /^nbs: /)
    t.notMatch(stderr, /\n {4}at |node:/, 'no stack')
    t.ok(isTold(stderr, told), `${told.join(' | ')} in ${stderr}`)
  })

for (const [from, to, ...told] of IN_FILE)
  t.test(`${from} -> ${to}`, async t => {
    const text = BASE.replace(from, to)
    t.not(text, BASE)
    const loaded = loadScenario(text, { file: 'office.yaml' })
    const said = loaded.ok ? 'was taken' : loaded.errors.map(formatScenarioError).join('\n')
    t.ok(isTold(said, [`office.yaml:${told[0]}`, told[1], told[2]]), `${told.join(' | ')} in ${said}`)
  })
