/** Stamps on boot programs: the field, who gets which, what it costs. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { equalBytes, latin1Bytes } from '../../src/core/bytes.ts'
import { parseMac, type Ip4, ip4After } from '../../src/core/address.ts'
import { memoryImages } from '../../src/nbs/images.ts'
import { MAX_KEPT_COPIES, MAX_TOLD_MACHINES, Stamps, stampText } from '../../src/nbs/stamps.ts'
import type { Decision } from '../../src/protocol/pxe/decision.ts'
import type { PxeEvent } from '../../src/protocol/pxe/events.ts'
import { type TftpFile, isRefusal } from '../../src/protocol/tftp/files.ts'
import { STAMP_WITHIN, stampBytes, stampFieldOf, stampOf, unstamped } from '../../src/wire/pxe/stamp.ts'
import { ip } from '../protocol/pxe/requests.ts'

const BSTRAP = 'BStrap/x64/BStrap.efi'
const PROGRAM = new Uint8Array(readFileSync(`boot-images/${BSTRAP}`))
const SELF = ip('10.20.1.5')
const LEASE = ip('10.20.1.101')
const NEXT_LEASE = ip4After(LEASE)
const MAC = parseMac('00:50:56:00:00:01')!
const JOB: Decision = { boot: 'automation', client: 'managed', image: 'WinPE', arch: 'x64', jobRunning: true }
const HOME: Decision = { ...JOB, boot: 'production', image: '', jobRunning: false }

const answered = (decision: Decision, mac = MAC, address?: Ip4): PxeEvent => ({
  kind: 'answered',
  message: 'offer',
  mac,
  address: address,
  architecture: 7,
  self: SELF,
  to: { ip: LEASE, port: 68 },
  decision,
  assumed: false,
  file: BSTRAP,
})
const asksFor = (address: Ip4, mac = MAC): PxeEvent => ({
  kind: 'ignored',
  mac,
  reason: 'for-dhcp-server',
  address,
})

const lab = (files: Readonly<Record<string, Uint8Array>> = { [BSTRAP]: PROGRAM }) => {
  const stamps = new Stamps('nbs-a')
  const images = memoryImages(files)
  const served = stamps.over(images)
  const open = (client?: Ip4, name = BSTRAP): TftpFile => {
    const file = served.open(name, client)
    if (isRefusal(file)) throw new Error(file.message)
    return file
  }
  const bytes = (client?: Ip4, name = BSTRAP) => {
    const file = open(client, name)
    return file.read(0, file.size)
  }
  const tell = (...events: readonly PxeEvent[]) => {
    for (const event of events) stamps.observe(event)
  }
  return { open, bytes, tell, images }
}

t.test('the text, in the words of the decision', async t => {
  const text = (decision: Partial<Decision>) => stampText('nbs-a', SELF, { ...JOB, ...decision })
  t.equal(text({}), 'Booted by nbs-a (10.20.1.5): automation, image WinPE, job running')
  t.equal(text({ jobRunning: false }), 'Booted by nbs-a (10.20.1.5): automation, image WinPE')
  t.equal(
    text({ boot: 'pxe', image: '', jobRunning: false }),
    'Booted by nbs-a (10.20.1.5): PXE, default image',
  )
  t.equal(text(HOME), 'Booted by nbs-a (10.20.1.5): production, local disk')
})

t.test('a machine gets what it was told; size and everything else stay', async t => {
  const on = lab()
  on.tell(answered(JOB))
  t.ok(equalBytes(on.bytes(LEASE), PROGRAM), 'its address is not known yet')
  on.tell(asksFor(LEASE))
  const first = on.bytes(LEASE)
  t.same(stampOf(first), {
    boot: 2,
    text: 'Booted by nbs-a (10.20.1.5): automation, image WinPE, job running',
  })
  t.equal(first.length, PROGRAM.length)
  t.notOk(equalBytes(first, PROGRAM))
  t.ok(equalBytes(unstamped(first), PROGRAM), 'without the stamp it is the file on disk')
  t.equal(unstamped(PROGRAM), PROGRAM)
  on.tell(answered(HOME))
  t.match(stampOf(on.bytes(LEASE)), { boot: 3, text: /production, local disk$/ }, 'the last word counts')
  t.same(stampOf(on.bytes(ip('10.20.1.102'))), undefined, 'a stranger')
  t.ok(equalBytes(on.bytes(undefined), PROGRAM))
  on.tell(asksFor(LEASE, parseMac('00:50:56:00:00:02')!))
  t.ok(equalBytes(on.bytes(LEASE), PROGRAM), 'the address went to a machine that was told nothing')
  on.tell(answered({ ...JOB, boot: 'pxe', jobRunning: false }, MAC, ip('10.20.1.103')))
  t.match(stampOf(on.bytes(ip('10.20.1.103'))), { boot: 1 }, 'the boot server is told the address')
})

t.test('any block size gives the same bytes', async t => {
  const on = lab()
  on.tell(asksFor(LEASE), answered(JOB))
  const file = on.open(LEASE)
  const whole = file.read(0, file.size)
  for (const size of [1, 8, 512, 1456, 65_464]) {
    const parts: Uint8Array[] = []
    for (let at = 0; at < file.size; at += size)
      parts.push(file.read(at, Math.min(size, file.size - at)).slice())
    t.ok(Buffer.concat(parts).equals(whole), `blocks of ${size}`)
  }
})

t.test('what it costs: nothing without a field, one copy for all who are told the same', async t => {
  const on = lab({ [BSTRAP]: PROGRAM, 'plain.0': new Uint8Array(2000), 'late.0': late() })
  on.tell(asksFor(LEASE), answered(JOB), asksFor(NEXT_LEASE, OTHER), answered(JOB, OTHER))
  for (const name of ['plain.0', 'late.0']) t.equal(on.open(LEASE, name), on.images.open(name), name)
  t.equal(on.open(LEASE), on.open(NEXT_LEASE))
  t.ok(on.open(LEASE).lasting, 'its packets may be kept')
  for (let i = 0; i <= MAX_KEPT_COPIES; i++) {
    on.tell(answered({ ...JOB, image: `image ${i}` }))
    t.match(stampOf(on.bytes(LEASE))?.text, `image image ${i},`)
  }
  t.notOk(on.open(LEASE).lasting, 'beyond the limit nothing is kept')
})

t.test('the oldest machines are forgotten, not the newest half', async t => {
  const on = lab()
  const lease = (i: number): Ip4 => ip4After(LEASE, i)
  for (let i = 0; i <= MAX_TOLD_MACHINES; i++) {
    const mac = (i + 1) as typeof MAC
    on.tell(asksFor(lease(i), mac), answered(JOB, mac))
  }
  t.equal(stampOf(on.bytes(lease(0))), undefined)
  t.ok(stampOf(on.bytes(lease(1 + MAX_TOLD_MACHINES / 2))))
  t.ok(stampOf(on.bytes(lease(MAX_TOLD_MACHINES))))
})

t.test('on loopback all machines are one address, and files are served as they lie', async t => {
  const on = lab()
  on.tell(answered(JOB, MAC, ip('127.0.0.1')))
  t.ok(equalBytes(on.bytes(ip('127.0.0.1')), PROGRAM))
})

t.test('fields: too long a text, odd characters, damaged ones', async t => {
  const field = { offset: 10, length: 12 }
  const said = (text: string) => Buffer.from(stampBytes(field, { boot: 1, text })).toString('latin1')
  t.equal(said('0123456789abc'), '\x01\0' + '012345678' + '\0', 'cut, and ended')
  t.equal(said('bü\n\u{1f600}'), '\x01\0b???' + '\0'.repeat(6))
  const with_ = (...after: number[]) => Uint8Array.of(...latin1Bytes('NNBSSTAMP'), ...after)
  t.equal(stampFieldOf(with_()), undefined)
  t.equal(stampFieldOf(with_(0, 0, 0, 0, 0)), undefined, 'no room')
  t.equal(stampFieldOf(with_(2, 0, 0, 0, 0)), undefined, 'more room than there is')
  t.same(stampFieldOf(with_(1, 0, 0, 0, 0)), { offset: 11, length: 3 })
})

const OTHER = parseMac('00:50:56:00:00:09')!
/** A field beyond where anybody looks. */
const late = (): Uint8Array => {
  const bytes = new Uint8Array(STAMP_WITHIN + 600)
  bytes.set(latin1Bytes('NBSSTAMP'), STAMP_WITHIN - 4)
  return bytes
}
