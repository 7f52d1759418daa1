/**
 * Writes the placeholder boot programs. Each is a real program for its machine, small enough to be written by hand:
 * it prints its own name and returns to the firmware, which goes on to the next boot device. The rest of each file
 * is text that says where in which file it stands, so that a misplaced block can be seen. Same bytes on every run.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

const MACHINE = { x86: 0x014c, x64: 0x8664, arm64: 0xaa64 }

const PROGRAMS = [
  { name: 'BStrap/x86/BStrap.0', size: 16_384 },
  { name: 'BStrap/x86/BStrap.efi', arch: 'x86', size: 24_576 },
  { name: 'BStrap/x64/BStrap.efi', arch: 'x64', size: 40_960 },
  { name: 'BStrap/arm64/BStrap.efi', arch: 'arm64', size: 32_768 },
  { name: 'Images/WinPE/x64/WinPE.efi', arch: 'x64', size: 12_288 },
  { name: 'Images/WinPE/x86/WinPE.0', size: 8_192 },
  { name: 'Images/LinuxPE/x64/LinuxPE.efi', arch: 'x64', size: 10_240 },
]

/** Name (with `/`) -> bytes. */
export const bootImages = () =>
  new Map(
    PROGRAMS.map(({ name, arch, size }) => [
      name,
      arch ? efiProgram(name, arch, size) : biosProgram(name, size),
    ]),
  )

const greeting = name =>
  `\r\nnbs-lab: this is ${name}, a placeholder. Put the real boot program in its place.\r\n`

/** Lines of 32 characters: name and offset. */
const filler = (name, size) => {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 32) {
    const line = `${name.slice(-20).padEnd(20)} @${at.toString(16).padStart(9, '0')}\n`
    put(bytes, at, latin1(line).subarray(0, Math.min(32, size - at)))
  }
  return bytes
}

const put = (into, at, bytes) => into.set(bytes, at)
const latin1 = text => Uint8Array.from(text, char => char.charCodeAt(0))
const utf16 = text => Uint8Array.from([...text].flatMap(char => [char.charCodeAt(0), 0]))
const u16 = value => [value & 255, (value >>> 8) & 255]
const u32 = value => [...u16(value), ...u16(value >>> 16)]

/** Real mode: loaded to 0000:7C00 and called far (PXE 2.1 §4.4.4); a far return gives control back. */
const biosProgram = (name, size) => {
  const bytes = filler(name, size)
  const text = latin1(`${greeting(name)}\0`)
  const start = 3 + text.length
  put(bytes, 0, [0xe9, ...u16(start - 3)]) // jmp start
  put(bytes, 3, text)
  put(bytes, start, [
    ...[0xfc, 0xe8, 0x00, 0x00, 0x5e], // cld; call next; next: pop si
    ...[0x81, 0xee, ...u16(start + 4 - 3)], // sub si, next - text
    ...[0x2e, 0xac, 0x84, 0xc0, 0x74, 0x09], // again: cs lodsb; test al, al; jz done
    ...[0xb4, 0x0e, 0xbb, 0x07, 0x00, 0xcd, 0x10], // mov ah, 0eh; mov bx, 7; int 10h
    ...[0xeb, 0xf1, 0x31, 0xc0, 0xcb], // jmp again; done: xor ax, ax; retf
  ])
  return bytes
}

/** Each prints through SystemTable->ConOut->OutputString and returns EFI_SUCCESS; `text` follows the code. */
const EFI_CODE = {
  x86: () => [
    ...[0x8b, 0x44, 0x24, 0x08, 0x8b, 0x40, 0x2c], // mov eax, [esp+8]; mov eax, [eax+44]
    ...[0xe8, 0, 0, 0, 0, 0x59, 0x81, 0xc1, ...u32(20)], // call next; next: pop ecx; add ecx, text - next
    ...[0x51, 0x50, 0xff, 0x50, 0x04, 0x83, 0xc4, 0x08], // push ecx; push eax; call [eax+4]; add esp, 8
    ...[0x31, 0xc0, 0xc3, 0x90, 0x90], // xor eax, eax; ret; nop; nop
  ],
  x64: () => [
    ...[0x48, 0x83, 0xec, 0x28, 0x48, 0x8b, 0x4a, 0x40], // sub rsp, 40; mov rcx, [rdx+64]
    ...[0x48, 0x8d, 0x15, ...u32(13), 0xff, 0x51, 0x08], // lea rdx, [rip+text]; call [rcx+8]
    ...[0x31, 0xc0, 0x48, 0x83, 0xc4, 0x28, 0xc3, 0x90, 0x90, 0x90], // xor eax, eax; add rsp, 40; ret; nops
  ],
  arm64: () =>
    [
      0xa9bf7bfd, // stp x29, x30, [sp, #-16]!
      0xf9402020, // ldr x0, [x1, #64]
      0x100000c1, // adr x1, text (24 bytes on)
      0xf9400402, // ldr x2, [x0, #8]
      0xd63f0040, // blr x2
      0xd2800000, // mov x0, #0
      0xa8c17bfd, // ldp x29, x30, [sp], #16
      0xd65f03c0, // ret
    ].flatMap(u32),
}

/** Microsoft PE format: DOS header, PE header, one section each for code, filler and (empty) relocations. */
const efiProgram = (name, arch, size) => {
  const wide = arch !== 'x86'
  const code = Uint8Array.from([...EFI_CODE[arch](), ...utf16(`${greeting(name)}\0`)])
  const codeSize = roundUp(code.length, 512)
  const bytes = filler(name, size)
  const sections = [
    // name, address in memory, offset in the file, size, characteristics
    ['.text', 0x1000, 0x400, codeSize, 0x60000020],
    ['.data', 0x2000, 0x400 + codeSize, size - 0x600 - codeSize, 0x40000040],
    ['.reloc', roundUp(0x2000 + size, 0x1000), size - 0x200, 0x200, 0x42000040],
  ]
  const [, , reloc] = sections
  const directories = new Array(16).fill([0, 0])
  directories[5] = [reloc[1], 12]
  const optional = [
    ...[...u16(wide ? 0x20b : 0x10b), 14, 0, ...u32(codeSize), ...u32(size - 0x400 - codeSize), ...u32(0)],
    ...[...u32(0x1000), ...u32(0x1000), ...(wide ? [] : u32(0x2000))], // entry point, base of code (and of data)
    ...(wide ? [...u32(0), ...u32(0)] : u32(0)), // image base
    ...[...u32(0x1000), ...u32(0x200), ...new Array(16).fill(0)], // alignments, versions
    ...[...u32(reloc[1] + 0x1000), ...u32(0x400), ...u32(0), ...u16(10), ...u16(0)], // sizes, EFI application
    ...new Array(wide ? 32 : 16).fill(0), // stack and heap
    ...[...u32(0), ...u32(16), ...directories.flatMap(([at, length]) => [...u32(at), ...u32(length)])],
  ]
  const header = [
    ...[...latin1('PE\0\0'), ...u16(MACHINE[arch]), ...u16(sections.length), ...u32(0), ...u32(0), ...u32(0)],
    ...[...u16(optional.length), ...u16(wide ? 0x0022 : 0x0102), ...optional],
    ...sections.flatMap(([label, address, offset, length, traits]) => [
      ...[...latin1(label.padEnd(8, '\0')), ...u32(length), ...u32(address), ...u32(length), ...u32(offset)],
      ...[...new Array(12).fill(0), ...u32(traits)],
    ]),
  ]
  put(bytes, 0, new Uint8Array(0x400))
  put(bytes, 0, latin1('MZ'))
  put(bytes, 0x3c, u32(0x80))
  put(bytes, 0x40, latin1(`${name}\0`))
  put(bytes, 0x80, header)
  put(bytes, 0x400, new Uint8Array(codeSize))
  put(bytes, 0x400, code)
  put(bytes, reloc[2], new Uint8Array(0x200))
  put(bytes, reloc[2], [...u32(0x1000), ...u32(12), 0, 0, 0, 0]) // one block with no fixups
  return bytes
}

const roundUp = (value, step) => Math.ceil(value / step) * step

if (argv[1] === fileURLToPath(import.meta.url)) {
  const here = dirname(fileURLToPath(import.meta.url))
  for (const [name, bytes] of bootImages()) {
    mkdirSync(join(here, dirname(name)), { recursive: true })
    writeFileSync(join(here, name), bytes)
  }
}
