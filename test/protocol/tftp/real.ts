/** Our TFTP service on a free port of 127.0.0.1 for clients that are not ours, and our client for them. Does not test. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { toIp4 } from '../../../src/core/address.ts'
import { SECOND } from '../../../src/core/micros.ts'
import { createKernelNetwork, loopbackInterface } from '../../../src/network/kernel/network.ts'
import { runStateMachine } from '../../../src/network/runner.ts'
import { TftpReceiver } from '../../../src/protocol/tftp/receiver.ts'
import type { TftpEvent, TftpFiles } from '../../../src/protocol/tftp/service.ts'
import { TftpService } from '../../../src/protocol/tftp/service.ts'
import type { TftpOptions } from '../../../src/wire/tftp/packet.ts'

export const HOST = '127.0.0.1'
const LOCALHOST = toIp4(0x7f000001)

interface Teardown {
  teardown(end: () => void): void
}

export const freePort = async (): Promise<number> => {
  const socket = createSocket('udp4').bind(0, HOST)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

export const serveForReal = async (t: Teardown, files: TftpFiles) => {
  const network = createKernelNetwork()
  t.teardown(() => network.close())
  const host = network.addHost({ name: 'server', interfaces: [loopbackInterface(LOCALHOST)] })
  const port = await freePort()
  const events: TftpEvent[] = []
  await runStateMachine(host, new TftpService({ files, port }), event => events.push(event)).ready
  return { port, events }
}

export interface RealFetch {
  readonly port: number
  readonly file: string
  readonly options?: TftpOptions
  /** Sendings before it gives up; it waits a second after each. */
  readonly sendings?: number
}

/** Our receiver over a real socket; rejects with what the server said, or what else went wrong. */
export const fetchForReal = ({ port, file, options = [], sendings = 8 }: RealFetch): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const network = createKernelNetwork()
    const host = network.addHost({ name: 'client', interfaces: [loopbackInterface(LOCALHOST)] })
    const waits = Array.from({ length: sendings }, () => SECOND)
    const receiver = new TftpReceiver({ server: { ip: LOCALHOST, port }, file, options, waits })
    runStateMachine(host, receiver, event => {
      // The last ACK is still on its way to the socket.
      setImmediate(() => setImmediate(() => network.close()))
      if (event.type === 'done') resolve(event.bytes)
      else reject(new Error(JSON.stringify(event)))
    })
  })
