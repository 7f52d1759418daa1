/**
 * What is started, and what is not, by what the bytes are (E-20, E-78, I-23, I-30, B-31). EDK2 and the BIOS builds of
 * iPXE as measured on OVMF 2022.11 and QEMU's ROM of 2019.
 */
import t from 'tap'
import { latin1Bytes } from '../../src/core/bytes.ts'
import { biosRomFirmware } from '../../src/firmware/bios-rom/bios-rom.ts'
import { edk2Firmware } from '../../src/firmware/edk2/edk2.ts'
import { ipxeFirmware } from '../../src/firmware/ipxe/ipxe.ts'
import { peHeaderFor, placeholderOf } from '../../src/wire/executable.ts'
import { Df, network } from './contenders.ts'
import { runScript } from './fake-pc.ts'

const driver = new Uint8Array(512)
driver.set(peHeaderFor('x64'))
driver[0x40 + 24 + 68] = 11
const dos = new Uint8Array(500)
dos.set(latin1Bytes('MZ'))

const FILES: Readonly<Record<string, Uint8Array>> = {
  'a script': latin1Bytes('#!ipxe\nshell\n'),
  'a BIOS program': Uint8Array.of(0xea, 0xfc, 0x7e, 0, 0, 0x90),
  'an x64 application': peHeaderFor('x64'),
  'an ARM application': peHeaderFor('arm64'),
  'byte code': peHeaderFor('ebc'),
  'a driver': driver,
  'a DOS program': dos,
  nothing: new Uint8Array(0),
  'a text': latin1Bytes('I am boot-Df'),
  'a pattern': placeholderOf(500),
}

const MACHINES = {
  edk2: edk2Firmware('2022', 'x64-uefi'),
  'ipxe-2019': ipxeFirmware('2019-ra', 'x86-bios'),
  'ipxe-efi': ipxeFirmware('head-ra', 'x64-uefi'),
  'bios-rom': biosRomFirmware('typical', 'x86-bios'),
} as const

const YES = 'booted'
/** It was started, and was none for this machine: no code. */
const HANGS = ''

const WANTED: Readonly<Record<string, Readonly<Record<keyof typeof MACHINES, string>>>> = {
  'a script': { edk2: 'Not Found', 'ipxe-2019': YES, 'ipxe-efi': YES, 'bios-rom': HANGS },
  'a BIOS program': { edk2: 'Not Found', 'ipxe-2019': YES, 'ipxe-efi': '2e008081', 'bios-rom': YES },
  'an x64 application': { edk2: YES, 'ipxe-2019': HANGS, 'ipxe-efi': YES, 'bios-rom': HANGS },
  'an ARM application': {
    edk2: 'Unsupported',
    'ipxe-2019': HANGS,
    'ipxe-efi': '7f048183',
    'bios-rom': HANGS,
  },
  'byte code': { edk2: YES, 'ipxe-2019': HANGS, 'ipxe-efi': YES, 'bios-rom': HANGS },
  'a driver': { edk2: 'Not Found', 'ipxe-2019': HANGS, 'ipxe-efi': YES, 'bios-rom': HANGS },
  'a DOS program': { edk2: 'Not Found', 'ipxe-2019': HANGS, 'ipxe-efi': '2e008081', 'bios-rom': HANGS },
  nothing: { edk2: 'PXE-E99', 'ipxe-2019': '2e008001', 'ipxe-efi': '2e008081', 'bios-rom': HANGS },
  'a text': { edk2: YES, 'ipxe-2019': YES, 'ipxe-efi': YES, 'bios-rom': YES },
  'a pattern': { edk2: YES, 'ipxe-2019': YES, 'ipxe-efi': YES, 'bios-rom': YES },
}

for (const [what, content] of Object.entries(FILES))
  t.test(what, async t => {
    for (const [name, firmware] of Object.entries(MACHINES)) {
      const { record, screen } = runScript(firmware, network(Df('Df', { content })))
      const wanted = WANTED[what]![name as keyof typeof MACHINES]
      t.equal(record.outcome, wanted === YES ? 'booted' : 'failed', name)
      t.equal(record.code ?? '', wanted === YES ? '' : wanted, name)
      if (wanted !== YES && wanted !== HANGS)
        t.ok(
          screen.some(line => line.includes(wanted)),
          `${name}: on the screen`,
        )
    }
  })

t.test('an empty file is not asked for after the query', async t => {
  const run = runScript(MACHINES.edk2, network(Df('Df', { content: new Uint8Array(0) })))
  t.equal(run.screen.filter(line => line === 'Downloading NBP file...').length, 1)
  t.notOk(run.screen.includes('NBP file downloaded successfully.'))
})
