/**
 * The load of `bench/pxe.ts`, a process of its own: so many machines ask one server, each the next question when the
 * last is answered. They ask through a relay (giaddr), which is where answers come to. Each answer's type, transaction
 * and boot file are looked at. Needs Linux and koffi.
 */
import { parseIp4, toMac } from '../src/core/address.ts'
import type { Ip4 } from '../src/core/address.ts'
import * as c from '../src/network/kernel/libc.ts'
import { neededLibc } from './libc.ts'
import { decodeDhcp, encodeDhcp } from '../src/wire/dhcp/codec.ts'
import * as dhcp from '../src/wire/dhcp/options.ts'
import * as pxe from '../src/wire/pxe/client.ts'

export interface PxeLoad {
  readonly server: string
  readonly port: number
  /** Where the questions come from. */
  readonly own: string
  readonly ownPort: number
  readonly ask: 'discover' | 'request'
  readonly machines: number
  readonly seconds: number
  /** Or until so many answers came. */
  readonly answers?: number
}

export interface PxeLoadResult {
  readonly answers: number
  readonly seconds: number
  readonly p50Micros: number
  readonly p99Micros: number
  /** Questions that nobody answered in time and that were asked again. */
  readonly lost: number
}

const libc = neededLibc('pxe-load')
const LOST_MILLIS = 250

const load = JSON.parse(process.argv[2] ?? '{}') as PxeLoad
const ownAddress = parseIp4(load.own)!
const isDiscover = load.ask === 'discover'

const question = (machine: number): Uint8Array =>
  encodeDhcp(
    dhcp.bootRequest({
      xid: machine + 1,
      chaddr: dhcp.chaddrOf(toMac(0x020000000000 + machine)),
      // A boot server is asked by a machine that has its address; before that, a relay speaks for it.
      ...(isDiscover ? { giaddr: ownAddress, hops: 1 } : { ciaddr: ownAddress }),
      options: [
        dhcp.messageTypeOption(isDiscover ? 'discover' : 'request'),
        dhcp.u16Option(dhcp.OPTION.maximumMessageSize, 1472),
        dhcp.bytesOption(
          dhcp.OPTION.parameterRequestList,
          Uint8Array.of(1, 3, 6, 12, 15, 43, 54, 60, 66, 67, 97),
        ),
        pxe.clientMachineIdentifierOption(new Uint8Array(16).fill(machine & 255)),
        pxe.clientNetworkInterfaceOption(3, 0),
        pxe.architectureOption(7),
        dhcp.textOption(dhcp.OPTION.classIdentifier, pxe.pxeClassIdentifier(7, 3, 0)),
      ],
    }),
  )

const sockaddr = (ip: Ip4, port: number): Uint8Array => {
  const address = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
  c.writeSockaddr(address, ip, port)
  return address
}

const questions = Array.from({ length: load.machines }, (_, machine) => question(machine))
const askedAt = questions.map(() => 0)
const waits: number[] = []
const server = sockaddr(parseIp4(load.server)!, load.port)
const descriptor = libc.socket(c.AF_INET, c.SOCK_DGRAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, 0)
// dnsmasq has port 67 of all addresses, and shares it.
libc.setsockopt(descriptor, c.SOL_SOCKET, c.SO_REUSEADDR, new Uint8Array(Int32Array.of(1).buffer), 4)
if (libc.bind(descriptor, sockaddr(ownAddress, load.ownPort), c.SOCKADDR_SIZE) < 0)
  throw new Error(`bind: ${libc.errorCode()}`)
const epoll = libc.epollCreate(c.EPOLL_CLOEXEC)
const event = new Uint8Array(new ArrayBuffer(c.EPOLL_EVENT.size))
new DataView(event.buffer).setUint32(0, c.EPOLLIN, true)
libc.epollControl(epoll, c.EPOLL_CTL_ADD, descriptor, event)

const ask = (machine: number): void => {
  askedAt[machine] = performance.now()
  libc.sendto(descriptor, questions[machine]!, questions[machine]!.length, 0, server, c.SOCKADDR_SIZE)
}

const bytes = new Uint8Array(new ArrayBuffer(2048))
const source = sockaddr(ownAddress, 0)
const sourceLength = new Uint32Array(new ArrayBuffer(4))
let lost = 0
let isChecked = false

/** The first answer is read whole, of the others the transaction. */
const take = (length: number): void => {
  const machine = (bytes[6]! << 8) + bytes[7]! - 1
  if (!isChecked) {
    const answer = decodeDhcp(bytes.slice(0, length))
    if (!answer.ok) throw new Error('not a DHCP message')
    const type = dhcp.messageType(answer.value)
    if (type !== (isDiscover ? 'offer' : 'ack')) throw new Error(`answered with ${type}`)
    if (!isDiscover && answer.value.file === '') throw new Error('an ACK without a boot file')
    isChecked = true
  }
  waits.push(performance.now() - askedAt[machine]!)
  ask(machine)
}

const start = performance.now()
const end = start + load.seconds * 1000
for (let machine = 0; machine < load.machines; machine++) ask(machine)
let lookAt = start + LOST_MILLIS
let now = start
while (now < end && waits.length < (load.answers ?? Infinity)) {
  if (libc.epollWait(epoll, event, 1, 20) > 0)
    for (;;) {
      sourceLength[0] = c.SOCKADDR_SIZE
      const length = libc.recvfrom(descriptor, bytes, bytes.length, 0, source, sourceLength)
      if (length < 0) break
      take(length)
    }
  now = performance.now()
  if (now < lookAt) continue
  lookAt = now + LOST_MILLIS
  for (let machine = 0; machine < load.machines; machine++)
    if (now - askedAt[machine]! > LOST_MILLIS) {
      lost++
      ask(machine)
    }
}
waits.sort((a, b) => a - b)
const quantile = (of: number): number => Math.round(1000 * (waits[Math.floor(of * waits.length)] ?? Infinity))
const told: PxeLoadResult = {
  answers: waits.length,
  seconds: (now - start) / 1000,
  p50Micros: quantile(0.5),
  p99Micros: quantile(0.99),
  lost,
}
console.log(JSON.stringify(told))
