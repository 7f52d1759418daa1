/**
 * The server of the npm package `tftp` 0.1.2, as a process of its own because a stray datagram ends it (#1 in
 * docs/npm-tftp.md): `npm-server.ts PORT ROOT`. Prints `ready`. Not a test.
 */
import { createRequire } from 'node:module'

interface Emitter {
  on(name: string, listener: (request: Emitter) => void): Emitter
  listen(): void
}
const { createServer } = createRequire(import.meta.url)('tftp') as {
  createServer(options: {
    readonly host: string
    readonly port: number
    readonly root: string
    readonly denyPUT: boolean
  }): Emitter
}

const [port, root] = process.argv.slice(2)
createServer({ host: '127.0.0.1', port: Number(port), root: root!, denyPUT: true })
  // #2: without listeners an ERROR would end the process.
  .on('error', () => {})
  .on('request', request => void request.on('error', () => {}))
  .on('listening', () => console.log('ready'))
  .listen()
