/**
 * What of attached programs and machines can be tested without starting one: messages of the relay, lines of a log, why a
 * system refuses, the filter of system calls, disk images and how QEMU is called.
 */
import fc from 'fast-check'
import t from 'tap'
import { parseMac } from '../../src/core/address.ts'
import { latin1Bytes } from '../../src/core/bytes.ts'
import { AttachmentError } from '../../src/network/attach/attachment.ts'
import { programPath, searchPath } from '../../src/network/attach/program/find.ts'
import {
  FRAME,
  LOG,
  LineCutter,
  MessageReader,
  message,
  textMessage,
} from '../../src/network/attach/program/messages.ts'
import { filterFor } from '../../src/network/attach/program/one-user.ts'
import { PeekedSockets } from '../../src/network/attach/program/peeked-sockets.ts'
import { type SystemFacts, whyRefused } from '../../src/network/attach/program/refused.ts'
import { filled } from '../../src/network/attach/program/running.ts'
import { diskMachineArgs, diskMachines, formatOfHead } from '../../src/network/attach/qemu/disk-machine.ts'

t.test('messages come out as they went in, however they are cut', async t => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(FRAME, LOG), fc.uint8Array({ maxLength: 50 }))),
      fc.integer({ min: 1, max: 40 }),
      (messages, cut) => {
        const stream = Buffer.concat(messages.map(([type, body]) => message(type, body)))
        const found: [number, Uint8Array][] = []
        const reader = new MessageReader((type, body) => found.push([type, Uint8Array.from(body)]))
        for (let at = 0; at < stream.length; at += cut) reader.add(stream.subarray(at, at + cut))
        t.strictSame(
          found,
          messages.map(([type, body]) => [type, Uint8Array.from(body)]),
        )
      },
    ),
  )
  t.throws(() => new MessageReader(() => {}).add(Uint8Array.of(0, 0, 0, 0)), RangeError)
  t.throws(() => new MessageReader(() => {}).add(Uint8Array.of(255, 0, 0, 0)), RangeError)
  t.strictSame([...textMessage(LOG, 'a')], [0, 0, 0, 2, LOG, 97])
})

t.test('a log as lines', async t => {
  const lines: string[] = []
  const cutter = new LineCutter(10, line => lines.push(line))
  cutter.add('one\r\ntw')
  cutter.add('o\n\n \n')
  cutter.add('x'.repeat(25))
  cutter.add('end')
  cutter.end()
  t.strictSame(lines, ['one', 'two', 'x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5), 'end'])
})

t.test('a refusal has its cause and the remedy for this system', async t => {
  const open: SystemFacts = {
    isRoot: false,
    apparmorRestricts: undefined,
    usernsClone: undefined,
    maxUserNamespaces: '15000',
    seccomp: '0',
    inContainer: false,
  }
  const why = (facts: Partial<SystemFacts>): string =>
    whyRefused({ ...open, ...facts }, 'unshare: unshare failed: Operation not permitted\n')
  t.match(why({}), /refuses it \(unshare: unshare failed: Operation not permitted\)\. Look at: sysctl /)
  t.match(why({ apparmorRestricts: '1' }), /Ubuntu 23\.10.*kernel\.apparmor_restrict_unprivileged_userns=0/)
  t.match(why({ usernsClone: '0' }), /Debian.*kernel\.unprivileged_userns_clone=1/)
  t.match(why({ maxUserNamespaces: '0' }), /RHEL.*user\.max_user_namespaces=15000/)
  t.match(why({ seccomp: '2' }), /seccomp=unconfined/)
  t.match(why({ inContainer: true }), /container/)
  t.match(
    why({ isRoot: true, apparmorRestricts: '1', usernsClone: '0' }),
    /Look at/,
    'root is not kept from it',
  )
})

t.test('the filter lets every call through but those', async t => {
  /** What the filter says of a call (seccomp(2)), by interpreting it. */
  const verdict = (cpu: string, architecture: number, number: number): number => {
    let loaded = 0
    const filter = filterFor(cpu)
    for (let at = 0; ; at++) {
      const [code, ifTrue, ifFalse, value] = filter[at]!
      if (code === 0x20) loaded = value === 4 ? architecture : number
      else if (code === 0x15) at += loaded === value ? ifTrue : ifFalse
      else return value
    }
  }
  const [ALLOW, PRETEND] = [0x7fff_0000, 0x0005_0000]
  for (const number of [105, 116, 119, 92]) t.equal(verdict('x64', 0xc000_003e, number), PRETEND)
  for (const number of [0, 1, 59, 272]) t.equal(verdict('x64', 0xc000_003e, number), ALLOW)
  t.equal(verdict('x64', 0x4000_0003, 105), ALLOW, 'of another architecture, numbers mean something else')
  t.equal(verdict('arm64', 0xc000_00b7, 159), PRETEND)
  t.strictSame(filterFor('ppc64'), [])
})

t.test('sockets are seen in the tables of a namespace', async t => {
  const head = '  sl  local_address rem_address\n'
  t.notOk(new PeekedSockets(() => head).areOpen())
  t.ok(new PeekedSockets(table => (table === 'packet' ? `${head}0: x\n` : head)).areOpen())
  t.notOk(
    new PeekedSockets(() => {
      throw new Error('gone')
    }).areOpen(),
  )
})

t.test('words of a command', async t => {
  t.equal(filled('--on={interface},{other}', { interface: 'eth0' }), '--on=eth0,{other}')
  t.ok(searchPath('/bin:relative').includes('/usr/sbin') && !searchPath('/bin:relative').includes('relative'))
  t.equal(programPath('sh', ['/nowhere', '/bin']), '/bin/sh')
})

t.test('a disk image is told by its first bytes', async t => {
  const format = (text: string): string => formatOfHead(latin1Bytes(text.padEnd(512, '\0')))
  t.equal(format('QFI\xfb\0\0\0\x03'), 'qcow2')
  t.equal(format('KDMV'), 'vmdk')
  t.equal(format('vhdxfile'), 'vhdx')
  t.equal(format(`${'\0'.repeat(64)}\x7f\x10\xda\xbe`), 'vdi')
  t.equal(format('\xeb\x63\x90'), 'raw')
})

const SPEC = {
  name: 'w,ds',
  mac: parseMac('00:50:56:00:00:0a')!,
  disk: 'a,b.qcow2',
  memory: 4096,
  processors: 2,
  firmware: 'bios',
  card: 'e1000e',
  ready: undefined,
  readyWithin: 1000,
  onLog: () => {},
} as const

t.test('how QEMU is called for a disk', async t => {
  const host = { disk: '/d/a,b.qcow2', format: 'qcow2', firmware: undefined, hasKvm: false }
  const words = diskMachineArgs(SPEC, host, 4711).join(' ')
  t.match(words, /-name w,,ds .*-accel tcg -m 4096 -smp 2 /)
  t.match(words, /format=qcow2,snapshot=on,file=\/d\/a,,b\.qcow2/, 'nothing is written to it')
  t.match(words, /e1000e,netdev=lan,mac=00:50:56:00:00:0a/)
  t.match(diskMachineArgs(SPEC, { ...host, hasKvm: true }, 1).join(' '), /-accel kvm/)
})

t.test('a machine without QEMU is refused with the line that installs it', async t => {
  const path = process.env['PATH']
  t.teardown(() => (process.env['PATH'] = path))
  process.env['PATH'] = ''
  t.throws(() => diskMachines('/').start(SPEC), AttachmentError)
  t.throws(() => diskMachines('/').start(SPEC), { message: /apt-get install qemu-system-x86/ })
})
