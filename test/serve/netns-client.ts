/**
 * A scripted PXE machine, run inside a network namespace: broadcasts a DISCOVER from port 68, and prints every offer
 * that comes in time as one JSON array, ordered by sender. Its argument is its MAC. Not a test.
 */
import { createSocket } from 'node:dgram'
import { ANY_IP4, formatIp4, parseMac } from '../../src/core/address.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import * as dhcp from '../../src/wire/dhcp/options.ts'
import * as pxe from '../../src/wire/pxe/client.ts'

const WAIT_MILLIS = 1_500
const discover = dhcp.bootRequest({
  xid: 0x1234,
  flags: 0x8000,
  chaddr: dhcp.chaddrOf(parseMac(process.argv[2]!)!),
  options: [
    dhcp.messageTypeOption('discover'),
    pxe.clientNetworkInterfaceOption(3, 0),
    pxe.architectureOption(7),
    dhcp.textOption(dhcp.OPTION.classIdentifier, pxe.pxeClassIdentifier(7, 3, 0)),
  ],
})
const heard = new Map<string, object>()
const socket = createSocket({ type: 'udp4', reuseAddr: true })
socket.on('message', (bytes, { address, port }) => {
  const read = decodeDhcp(bytes)
  if (!read.ok) return
  const { file, siaddr, yiaddr } = read.value
  const self = dhcp.serverIdentifier(read.value)
  heard.set(address, {
    from: `${address}:${port}`,
    file,
    siaddr: formatIp4(siaddr),
    leases: yiaddr !== ANY_IP4,
    self: self && formatIp4(self),
  })
})
socket.bind(68, '0.0.0.0', () => {
  socket.setBroadcast(true)
  socket.send(encodeDhcp(discover), 67, '255.255.255.255')
})
setTimeout(() => {
  console.log(JSON.stringify([...heard].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, offer]) => offer)))
  socket.close()
}, WAIT_MILLIS)
