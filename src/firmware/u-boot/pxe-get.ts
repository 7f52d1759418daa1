/**
 * `pxe get` (U-7): looks for a configuration file as PXELINUX does, from the most special name to the most general.
 * What the file says is not read: fetching it whole is the end of the simulated boot.
 */
import { ANY_IP4, formatMac, ip4Bytes } from '../../core/address.ts'
import { toHex } from '../../core/bytes.ts'
import type { Script } from '../pc.ts'
import type { Board } from './board.ts'
import { type LoadResult, autoload, load } from './load.ts'

export function* pxeGet(board: Board): Script<LoadResult> {
  const { pc, network } = board
  if (network.server === ANY_IP4) return yield* autoload(board)
  let result: LoadResult = { kind: 'failed', code: 'Config file not found' }
  for (const path of configPaths(board)) {
    pc.print(`Retrieving file: ${path}`)
    result = yield* load(board, path)
    if (result.kind === 'loaded') {
      pc.print('Config file found')
      pc.because('U-7', `${path} is the first of the names that exists on the server.`)
      return result
    }
    // Only a server that says no is asked for the next name.
    if (!result.code.startsWith('TFTP error')) return result
  }
  pc.print('Config file not found')
  return { kind: 'failed', code: 'Config file not found' }
}

/** U-7: option 209; else under the boot file's directory: by UUID, by MAC, by ever shorter address, by processor. */
export const configPaths = ({ pc, network, identity }: Board): string[] => {
  if (network.configFile !== '') return [network.configFile]
  const directory = network.bootFile.slice(0, network.bootFile.lastIndexOf('/') + 1)
  const hex = toHex(ip4Bytes(network.address)).toUpperCase()
  const names = [
    `01-${formatMac(pc.mac).replaceAll(':', '-')}`,
    ...Array.from(hex, (_, cut) => hex.slice(0, hex.length - cut)),
    `default-${identity.processor}`,
    'default',
  ]
  return names.map(name => `${directory}pxelinux.cfg/${name}`)
}
