/**
 * How QEMU is called for a guest. Pure: says nothing of where the programs are. Devices are the fewest that boot: no disk,
 * no display; the network card is virtio, because QEMU's e1000 holds received frames back for a second
 * after its receiver is switched on.
 */
import { formatMac } from '../../../core/address.ts'
import { type GuestSpec, type Typing, quotedForQemu } from './guest.ts'

export interface CommandLine {
  /** QEMU sends frames to `port` on loopback, from a port of its own choice; the serial console is standard output. */
  readonly args: (port: number) => readonly string[]
  /** In this order, each once. */
  readonly typing: readonly Typing[]
}

export const commandLineOf = (spec: GuestSpec, paths: readonly string[]): CommandLine => {
  const { machine, card, typing = [] } = spec.kind.call(paths)
  return {
    typing,
    args: port =>
      [
        ['-name', quotedForQemu(spec.name)],
        // Without `icount` a busy host makes the guest lose timer ticks: EDK2's clock then ran at half speed.
        ['-accel', 'tcg', '-icount', 'shift=auto', '-m', '256'],
        HEADLESS,
        ['-uuid', spec.uuid],
        machine,
        cable(port),
        ['-device', `virtio-net-pci,netdev=lan,mac=${formatMac(spec.mac)},bootindex=1${card}`],
      ].flat(),
  }
}

/** Nothing that is not named; the serial console is standard input and output. */
export const HEADLESS: readonly string[] =
  '-nodefaults -no-user-config -no-reboot -display none -serial stdio'.split(' ')

/** A network named `lan`. */
export const cable = (port: number): readonly string[] => [
  '-netdev',
  `dgram,id=lan,${udp('local', 0)},${udp('remote', port)}`,
]

const udp = (end: 'local' | 'remote', port: number): string =>
  `${end}.type=inet,${end}.host=127.0.0.1,${end}.port=${port}`
