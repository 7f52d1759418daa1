/**
 * A scripted machine, run inside a network namespace by serve.lab.test.ts: broadcasts a DISCOVER from port 68 and
 * prints the first reply as one line of JSON. Not a test.
 */
import { createSocket } from 'node:dgram'
import { formatIp4 } from '../../src/core/address.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { serverIdentifier } from '../../src/wire/dhcp/options.ts'
import { clientMessage } from '../protocol/pxe/requests.ts'

const socket = createSocket({ type: 'udp4', reuseAddr: true })
const patience = setTimeout(() => process.exit(1), 10_000)
socket.on('message', (bytes, { address, port }) => {
  const read = decodeDhcp(bytes)
  if (!read.ok) return
  const { file, siaddr } = read.value
  const self = serverIdentifier(read.value)
  console.log(
    JSON.stringify({
      from: `${address}:${port}`,
      file,
      siaddr: formatIp4(siaddr),
      self: self && formatIp4(self),
    }),
  )
  clearTimeout(patience)
  socket.close()
})
socket.bind(68, '0.0.0.0', () => {
  socket.setBroadcast(true)
  socket.send(encodeDhcp(clientMessage({ arch: 7 })), 67, '255.255.255.255')
})
