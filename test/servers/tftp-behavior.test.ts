/**
 * What is wrong with a TFTP service, for each kind of server that has one: as a machine of each firmware meets it; and what
 * a foreign server's ACK says that its OFFER did not.
 */
import t from 'tap'
import { type Result, parseScenario, run } from '../../src/index.ts'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../src/wire/dhcp/message.ts'
import { readCapture } from '../../src/wire/capture/index.ts'
import { decodeFrame } from '../../src/wire/frames.ts'
import { decodeTftp } from '../../src/wire/tftp/codec.ts'

const KINDS = {
  dhcp: (tftp: string) =>
    `d: { kind: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.199, bootFile: boot.efi, nextServer: 10.0.0.2, tftp: ${tftp}, images: { boot.efi: 5000 } }`,
  foreign: (tftp: string) =>
    `d: { kind: foreign, role: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.199, bootFile: boot.efi, tftp: ${tftp}, files: { boot.efi: 5000 } }`,
  nbs: (tftp: string) => `d: { kind: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.199 }
  n: { kind: nbs, on: lan, address: 10.0.0.3, notificationServer: ns, images: { BStrap/x64/BStrap.efi: 5000 }, services: { tftp: ${tftp} } }`,
}

const boot = (servers: string, firmware = 'edk2'): Promise<Result> =>
  run(
    parseScenario(`title: TFTP
subnets: { lan: { cidr: 10.0.0.0/24, link: { delay: 200us } } }
notificationServers: { ns: { unknown: { boot: pxe, image: WinPE } } }
servers:
  ${servers}
clients: { pc: { on: lan, firmware: ${firmware}, mac: '00:50:56:00:00:01' } }`),
  )

interface Udp {
  readonly from: number
  readonly to: number
  readonly payload: Uint8Array
}

const datagrams = (result: Result): Udp[] =>
  readCapture(result.capture()).frames.flatMap(({ bytes }) => {
    const frame = decodeFrame(bytes)
    const packet = frame.ok ? frame.value.packet : undefined
    if (packet?.kind !== 'ip4' || packet.body.kind !== 'udp') return []
    const { sourcePort: from, targetPort: to, payload } = packet.body
    return [{ from, to, payload }]
  })

const tftp = (result: Result) =>
  datagrams(result).flatMap(({ from, to, payload }) => {
    const read = from < 100 || (to < 100 && to !== 69) ? undefined : decodeTftp(payload)
    return read?.ok ? [read.value] : []
  })

const oacks = (result: Result) =>
  tftp(result).flatMap(packet => (packet.kind === 'oack' ? [packet.options] : []))

for (const [kind, write] of Object.entries(KINDS))
  t.test(`kind: ${kind}`, async t => {
    const good = await boot(write('on'))
    t.equal(good.client('pc-1').outcome, 'booted')

    for (const [code, says] of [
      [2, 'Access violation'],
      [3, 'Disk full or allocation exceeded'],
    ] as const) {
      const refused = await boot(write(`{ errors: { '*.EFI': ${code} } }`))
      const errors = tftp(refused).filter(({ kind: what }) => what === 'error')
      t.match(errors[0], { kind: 'error', code, message: says })
      t.equal(refused.client('pc-1').outcome, 'failed')
    }
    const others = await boot(write(`{ errors: { 'other*': 2 } }`))
    t.equal(others.client('pc-1').outcome, 'booted', 'another name')

    const lowered = await boot(write('{ maxBlksize: 1024 }'))
    t.ok(
      oacks(lowered).every(options =>
        options.some(([name, value]) => name === 'blksize' && value === '1024'),
      ),
    )
    t.equal(lowered.client('pc-1').bytes, 5000)

    const missing = await boot(write('{ tsize: missing }'))
    t.notOk(oacks(missing).some(options => options.some(([name]) => name === 'tsize')))
    const untrue = await boot(write('{ tsize: 1000 }'))
    t.ok(oacks(untrue).some(options => options.some(([name, value]) => name === 'tsize' && value === '1000')))

    const plain = await boot(write('{ ignores: windowsize }'))
    t.notOk(oacks(plain).some(options => options.some(([name]) => name === 'windowsize')))
    t.equal(plain.client('pc-1').outcome, 'booted')

    const twice = await boot(write('{ dataCopies: 2 }'))
    const blocks = tftp(twice).flatMap(packet => (packet.kind === 'data' ? [packet.block] : []))
    t.ok(blocks.length >= 2 && blocks.every((block, index) => index % 2 === 1 || blocks[index + 1] === block))
    t.equal(twice.client('pc-1').bytes, 5000, 'the file is whole')
  })

t.test('what is refused', async t => {
  const says = async (text: string) => boot(KINDS.dhcp(text))
  await t.rejects(says('onn'), /servers\.d\.tftp: "onn" is not allowed here; .*did you mean on\?/)
  await t.rejects(says('{ maxBlksize: 5 }'), /tftp\.maxBlksize: must be at least 8/)
  await t.rejects(says("{ errors: { '*': 9 } }"), /tftp\.errors\.\*: must be at most 8/)
  await t.rejects(says('{ ignores: blocksize }'), /did you mean blksize\?/)
  await t.rejects(says('{ tsize: none }'), /tsize: expected missing or a size in bytes/)
  await t.rejects(says('{ dataCopy: 2 }'), /unknown field "dataCopy"; did you mean dataCopies\?/)
})

const FOREIGN = (more: string) =>
  `d: { kind: foreign, role: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.199, bootFile: boot.efi, files: { boot.efi: 5000, other.efi: 600 }, ${more} }`

const replies = (result: Result, type: number): DhcpMessage[] =>
  datagrams(result).flatMap(({ from, payload }) => {
    const read = from === 67 ? decodeDhcp(payload) : undefined
    return read?.ok && read.value.options.some(({ code, value }) => code === 53 && value[0] === type)
      ? [read.value]
      : []
  })

t.test('foreign: the ACK, one refused machine, options in header fields', async t => {
  const other = await boot(
    FOREIGN(
      'options: { 66: a, 12: host }, ack: { bootFile: other.efi, serverIdentifier: 10.0.0.9, options: { 66: b }, omit: 12 }',
    ),
  )
  const [offer, ack] = [replies(other, 2)[0]!, replies(other, 5)[0]!]
  const value = ({ options }: DhcpMessage, code: number) =>
    options.filter(option => option.code === code).map(option => Buffer.from(option.value).toString('latin1'))
  t.strictSame([offer.file, value(offer, 66), value(offer, 12)], ['boot.efi', ['a'], ['host']])
  t.strictSame([ack.file, value(ack, 66), value(ack, 12)], ['other.efi', ['b'], []])
  t.strictSame([value(offer, 54), value(ack, 54)], [['\n\0\0\u0002'], ['\n\0\0\t']])

  const refused = await boot(FOREIGN(`refuses: '00:50:56:00:00:*'`))
  t.ok(replies(refused, 6).length > 0)
  t.equal(refused.client('pc-1').outcome, 'failed')
  t.equal((await boot(FOREIGN(`refuses: '00:51:*'`))).client('pc-1').outcome, 'booted')

  const moved = await boot(FOREIGN('options: { 12: host }, overload: { file: 12, sname: 51 }'))
  const [shifted] = replies(moved, 2)
  t.strictSame([shifted!.file, value(shifted!, 67)], ['', ['boot.efi\0']])
  t.match(
    shifted!.options.find(({ code }) => code === 12),
    { area: 'file' },
  )
  t.match(
    shifted!.options.find(({ code }) => code === 51),
    { area: 'sname' },
  )
  t.equal(moved.client('pc-1').file, 'boot.efi')
})
