/**
 * Fuzzed datagrams against the running program, on every port it has: DHCP, boot server, TFTP, the transfers' own, and
 * Macs' requests among the DHCP ones. It does not end, does not grow, and the next machine boots. NBS_FUZZ says how many.
 */
import { createHash } from 'node:crypto'
import { type Socket, createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { toMac } from '../../src/core/address.ts'
import { type Random, random } from '../../src/core/random.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { encodeAck, encodeTftp } from '../../src/wire/tftp/codec.ts'
import { ip, list, select } from '../protocol/bsdp/macs.ts'
import { clientMessage } from '../protocol/pxe/requests.ts'
import { fetchForReal } from '../protocol/tftp/real.ts'
import { PATIENCE_MILLIS, until } from '../patience.ts'
import { NBS, PORT_OFFSET, ask, startProgram } from './serve-lab.ts'
import { byEffort } from '../effort.ts'

const DATAGRAMS = byEffort({ quick: 1_000, thorough: 5_000, night: 1_000_000 })
/** After so many it says something that must be answered, so that none is lost in a full socket. */
const BATCH = 200
const X64 = 'BStrap/x64/BStrap.efi'
/** Not the machine that boots in the end: what it has done to itself is no matter. */
const FROM = '127.0.0.2'
const SERVER = '127.0.0.1'

const PLIST = `<?xml version="1.0"?><plist version="1.0"><dict><key>Name</key><string>Lab</string>
  <key>Index</key><integer>4096</integer><key>Architectures</key><array><string>i386</string></array></dict></plist>`

const rrq = (file: string, options: readonly (readonly [string, string])[] = []) =>
  encodeTftp({ kind: 'rrq', file, mode: 'octet', options })

const SEEDS: Readonly<Record<number, readonly Uint8Array[]>> = {
  67: [
    encodeDhcp(clientMessage({ arch: 7 })),
    encodeDhcp(clientMessage({ arch: 0, class: 'PXEClient' })),
    encodeDhcp(clientMessage({ class: 'MSFT 5.0' })),
    encodeDhcp(clientMessage({ type: 'request', serverIdentifier: ip(SERVER) })),
    encodeDhcp(list({}, { ciaddr: ip(FROM) })),
    encodeDhcp(
      select(
        { selectedImage: 0x01001000, serverIdentifier: ip(SERVER) },
        { ciaddr: ip(FROM), mac: toMac(1) },
      ),
    ),
  ],
  4011: [
    encodeDhcp(clientMessage({ type: 'request', ciaddr: ip(FROM) })),
    encodeDhcp(clientMessage({ type: 'request', ciaddr: ip(FROM), bootItem: { type: 0xaaaa, layer: 0 } })),
  ],
  69: [
    rrq(X64),
    rrq(X64, [['tsize', '0'], ['blksize', '1468'], ['windowsize', '4']]), // prettier-ignore
    rrq('none', [['timeout', '3']]),
    encodeTftp({ kind: 'wrq', file: 'x', mode: 'netascii', options: [] }),
  ],
}
/** For transfers under way. */
const ANSWERS = [encodeAck(0), encodeAck(1), encodeAck(65_535), encodeTftp({ kind: 'error', code: 8, message: 'no' })] // prettier-ignore

/** A good packet with bytes changed, a piece cut off, doubled or put in; or noise. */
const spoilt = (seeds: readonly Uint8Array[], dice: Random): Uint8Array => {
  if (dice.chance(0.05)) return Uint8Array.from({ length: dice.below(1_500) }, () => dice.below(256))
  const bytes = seeds[dice.below(seeds.length)]!.slice()
  for (let change = dice.below(6); change > 0; change--) bytes[dice.below(bytes.length)] = dice.below(256)
  if (dice.chance(0.2)) return bytes.subarray(0, dice.below(bytes.length))
  if (!dice.chance(0.2)) return bytes
  const at = dice.below(bytes.length)
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(dice.below(bytes.length)), bytes.subarray(at)])
}

const bound = async (address: string, port = 0): Promise<Socket> => {
  const socket = createSocket('udp4')
  await new Promise<void>(done => socket.bind(port, address, done))
  return socket
}

/** Asks on each port what must be answered, and waits for all answers: whatever was sent before has been dealt with. */
const listenToHeart = async (t: Test): Promise<() => Promise<void>> => {
  const address = '127.0.0.3'
  const socket = await bound(address, 68 + PORT_OFFSET)
  t.teardown(() => socket.close())
  const machine = { mac: toMac(0x005056000003), arch: 7 }
  const questions: readonly (readonly [number, Uint8Array])[] = [
    [67, encodeDhcp(clientMessage(machine))],
    [4011, encodeDhcp(clientMessage({ ...machine, type: 'request', ciaddr: ip(address) }))],
    [69, rrq('is-it-alive')],
  ]
  return async () => {
    for (const [port, question] of questions) {
      for (let attempt = 1; ; attempt++) {
        socket.send(question, port + PORT_OFFSET, SERVER)
        if (await Promise.race([once(socket, 'message'), pause(1_000)])) break
        if (attempt * 1_000 > PATIENCE_MILLIS) throw new Error(`port ${port} answers no more`)
      }
    }
  }
}

/** Memory of a process, in MiB. */
const residentOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

t.test(`${DATAGRAMS} fuzzed datagrams`, async t => {
  const images = join(t.testdir({}), 'images')
  for (const [name, content] of Object.entries({
    [X64]: readFileSync(`boot-images/${X64}`),
    'NetBoot/NetBootSP0/Lab.nbi/NBImageInfo.plist': PLIST,
    'NetBoot/NetBootSP0/Lab.nbi/i386/booter': 'for Macs',
  })) {
    mkdirSync(dirname(join(images, name)), { recursive: true })
    writeFileSync(join(images, name), content)
  }
  const words = ['serve', '--loopback', '--port-offset', String(PORT_OFFSET), '--images', images]
  const { child, status, lines } = await startProgram(t, [...NBS, ...words])
  t.equal(status, undefined, lines.join('\n'))

  const dice = random('fuzz')
  const sender = await bound(FROM)
  /** DHCP answers go to port 68, and are not looked at. */
  const sink = await bound(FROM, 68 + PORT_OFFSET)
  const tids: number[] = []
  let answers = 0
  sender.on('message', (bytes, { port }) => {
    answers++
    if (bytes[1] !== 5) tids[dice.below(32)] = port
  })
  sink.on('message', () => answers++)
  const heartbeat = await listenToHeart(t)
  const ports = [67, 67, 4011, 69, 0]
  const fire = (): void => {
    const port = ports[dice.below(ports.length)]!
    const tid = tids[dice.below(32)]
    if (port !== 0) sender.send(spoilt(SEEDS[port]!, dice), port + PORT_OFFSET, SERVER)
    else if (tid !== undefined) sender.send(spoilt(ANSWERS, dice), tid, SERVER)
  }

  let settled = 0
  for (let sent = 0; sent < DATAGRAMS; sent += BATCH) {
    for (let i = 0; i < BATCH; i++) fire()
    await heartbeat()
    if (sent <= DATAGRAMS / 5) settled = residentOf(child.pid!)
  }
  const after = residentOf(child.pid!)
  t.comment(`${DATAGRAMS} sent, ${answers} answered; ${settled.toFixed(0)} MiB after a fifth, ${after.toFixed(0)} MiB in the end`) // prettier-ignore
  t.equal(child.exitCode, null, 'it runs')
  t.ok(answers > DATAGRAMS / 50, `${answers} answers: it was not only noise`)
  t.ok(after < settled + 64, `memory does not grow: ${settled} MiB, then ${after} MiB`)
  sender.close()
  sink.close()

  const machine = { mac: toMac(0x005056000009), arch: 7 }
  const offer = await ask({ ...machine, type: 'discover' })
  t.equal(offer?.file, X64, 'the next machine gets an offer')
  const ack = await ask({ ...machine, type: 'request', ciaddr: ip(SERVER) }, { port: 4011 })
  t.equal(ack?.file, X64)
  const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  const fetched = await fetchForReal({ port: 69 + PORT_OFFSET, file: X64 })
  t.equal(sha(fetched), sha(readFileSync(`boot-images/${X64}`)), 'and boots')
  const isTold = () =>
    lines.some(line => line.includes('"result":"booted"') && line.includes('00:50:56:00:00:09'))
  t.ok(await until(isTold), `one line tells of it: ${lines.slice(-5).join('\n')}`)
  t.notOk(
    lines.some(line => line.includes('unhandled') || line.includes(' at ')),
    'and no stack trace',
  )
})
