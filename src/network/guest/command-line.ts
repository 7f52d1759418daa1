/**
 * How QEMU is called for each kind of guest. Pure: says nothing of where the programs are. Devices are the fewest that
 * boot: no disk, no display; the network card is virtio, because QEMU's e1000 holds received frames back for a second
 * after its receiver is switched on.
 */
import { formatMac } from '../../core/address.ts'
import type { GuestKind, GuestSpec } from './guest.ts'

/** Keys to type when a text shows on the screen. */
export interface Typing {
  readonly at: RegExp
  readonly keys: string
}

export interface GuestCall {
  readonly args: readonly string[]
  /** In this order, each once. */
  readonly typing: readonly Typing[]
}

/** QEMU sends frames to `port` on loopback, from a port of its own choice; the serial console is standard output. */
export const callOf = (spec: GuestSpec, files: readonly string[], port: number): GuestCall => {
  const { machine, card, typing = [] } = KINDS[spec.kind](files)
  return {
    typing,
    args: [
      ['-name', spec.name.replaceAll(',', ',,')],
      // Without `icount` a busy host makes the guest lose timer ticks: EDK2's clock then ran at half speed.
      ['-accel', 'tcg', '-icount', 'shift=auto', '-m', '256'],
      ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
      ['-uuid', spec.uuid],
      machine,
      ['-netdev', `dgram,id=lan,${udp('local', 0)},${udp('remote', port)}`],
      ['-device', `virtio-net-pci,netdev=lan,mac=${formatMac(spec.mac)},bootindex=1${card}`],
    ].flat(),
  }
}

const udp = (end: 'local' | 'remote', port: number): string =>
  `${end}.type=inet,${end}.host=127.0.0.1,${end}.port=${port}`

interface Kind {
  readonly machine: readonly string[]
  /** More properties of the network card. */
  readonly card: string
  readonly typing?: readonly Typing[]
}

const flash = (unit: number, file: string, mode: string): string[] => [
  '-drive',
  `if=pflash,unit=${unit},format=raw,${mode},file=${file.replaceAll(',', ',,')}`,
]

const KINDS: Readonly<Record<GuestKind, (files: readonly string[]) => Kind>> = {
  // Without graphics SeaBIOS, and with it iPXE, speaks to the serial line. QEMU takes its own ROM, whose PCI id it sets.
  ipxe: () => ({ machine: ['-machine', 'pc,graphics=off'], card: '' }),
  // Without a ROM on the card EDK2's own driver and PXE code run. Variables are written to a copy that QEMU throws away.
  edk2: ([code = '', variables = '']) => ({
    machine: ['-machine', 'q35', ...flash(0, code, 'readonly=on'), ...flash(1, variables, 'snapshot=on')],
    card: ',romfile=',
  }),
  'u-boot': ([rom = '']) => ({
    machine: ['-machine', 'pc', '-bios', rom],
    card: ',romfile=',
    typing: [
      { at: /stop autoboot/, keys: '\r' },
      // Without `netretry no` it starts again after an error.
      { at: /=> $/, keys: 'virtio scan; setenv autoload yes; setenv netretry no; dhcp\r' },
    ],
  }),
}
