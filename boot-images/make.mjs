/** Assembles the boot programs from `src/` with nasm, bit for bit the same every time. Needs Debian's `nasm`. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

export const PROGRAMS = [
  { name: 'BStrap/x86/BStrap.0', source: 'bios', size: 16_384 },
  { name: 'BStrap/x86/BStrap.efi', source: 'efi-ia32', size: 24_576 },
  { name: 'BStrap/x64/BStrap.efi', source: 'efi-x64', size: 40_960 },
  { name: 'BStrap/arm64/BStrap.efi', source: 'efi-arm64', size: 32_768 },
  { name: 'Images/WinPE/x64/WinPE.efi', source: 'efi-x64', size: 12_288 },
  { name: 'Images/WinPE/x86/WinPE.0', source: 'bios', size: 8_192 },
  { name: 'Images/LinuxPE/x64/LinuxPE.efi', source: 'efi-x64', size: 10_240 },
]

const here = dirname(fileURLToPath(import.meta.url))
const sources = join(here, 'src/')

/** Writes the tree under a directory. */
export const makeBootImages = directory => {
  for (const { name, source, size } of PROGRAMS) {
    const file = join(directory, name)
    mkdirSync(dirname(file), { recursive: true })
    const defines = [`-DNAME='${name}'`, `-DSIZE=${size}`]
    execFileSync('nasm', ['-f', 'bin', '-I', sources, ...defines, '-o', file, join(sources, `${source}.asm`)])
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) makeBootImages(argv[2] ?? here)
