/** Our TFTP service on a free port of 127.0.0.1, for clients that are not ours. Does not test. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { toIp4 } from '../../../src/core/address.ts'
import { createKernelNetwork, loopbackInterface } from '../../../src/network/kernel/network.ts'
import { runMachine } from '../../../src/network/runner.ts'
import type { TftpEvent, TftpFiles } from '../../../src/protocol/tftp/service.ts'
import { TftpService } from '../../../src/protocol/tftp/service.ts'

export const HOST = '127.0.0.1'

const freePort = async (): Promise<number> => {
  const socket = createSocket('udp4').bind(0, HOST)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

export const serveForReal = async (t: { teardown(end: () => void): void }, files: TftpFiles) => {
  const network = createKernelNetwork()
  t.teardown(() => network.close())
  const host = network.addHost({ name: 'server', interfaces: [loopbackInterface(toIp4(0x7f000001))] })
  const port = await freePort()
  const events: TftpEvent[] = []
  await runMachine(host, new TftpService({ files, port }), event => events.push(event)).ready
  return { port, events }
}
