/**
 * Guests of QEMU: real firmware with a network card and nothing else. What is common to all machines of QEMU is in
 * `machine.ts`.
 */
import { commandLineOf } from './command-line.ts'
import type { GuestFirmware, GuestKind, GuestProvider } from './guest.ts'
import { firmwareOf, installedFor } from './installed.ts'
import { QemuMachine } from './machine.ts'

export const qemuGuests = (): GuestProvider => {
  const known = new Map<GuestKind, GuestFirmware>()
  return {
    firmware: kind => {
      let firmware = known.get(kind)
      if (!firmware) known.set(kind, (firmware = firmwareOf(kind)))
      return firmware
    },
    start: (spec, hooks) => {
      const { emulator, keeper, files } = installedFor(spec.kind)
      const { name, mac, ipv6Router } = spec
      const { args, typing } = commandLineOf(spec, files)
      const onScreen = (text: string, continues: boolean): void => hooks.onScreen(text, continues)
      return new QemuMachine({ name, mac, emulator, keeper, args, typing, ipv6Router, onScreen })
    },
  }
}
