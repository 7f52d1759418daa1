/**
 * This program's own `nbs serve`, as a process of its own.
 */
import { formatIp4 } from '../../../core/address.ts'
import { toHex } from '../../../core/bytes.ts'
import type { Preset, Settings } from './preset.ts'

export const NBS: Preset = {
  name: 'nbs',
  title: 'nbs serve',
  package: 'nbs-lab',
  can: ['lease', 'proxy', 'files'],
  command: ['{nbs}', 'serve', '{config}', '--interface', '{interface}'],
  ready: 'ready',
  configure: settings => ({ name: 'serve.yaml', text: `${JSON.stringify(configOf(settings), null, 2)}\n` }),
}

const configOf = ({ card, pools, leaseSeconds, options, bootFile, nextServer }: Settings) => ({
  name: 'nbs',
  interfaces: card,
  images: 'tftp',
  // What stands beside it is what the scenario is about.
  besideOthers: true,
  classes: { unknown: { boot: 'pxe' } },
  ...(bootFile !== undefined && { files: [{ file: bootFile }] }),
  ...(pools[0] && {
    dhcp: {
      pool: `${formatIp4(pools[0].first)}-${formatIp4(pools[0].last)}`,
      leaseTime: `${leaseSeconds}s`,
      ...(pools[0].router !== undefined && { router: formatIp4(pools[0].router) }),
      ...(nextServer !== undefined && { nextServer: formatIp4(nextServer) }),
      options: Object.fromEntries(options.map(({ code, value }) => [code, { hex: toHex(value) }])),
    },
  }),
})
