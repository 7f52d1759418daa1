/**
 * Small programs that say a sentence on the screen and stop, so that a file which a scenario writes down as text can
 * really be booted: in measurements every file was one that named itself. Machine code by hand, a dozen instructions
 * each; whatever a program should do beyond speaking is not for here.
 */
import { concat, latin1Bytes } from '../../core/bytes.ts'

/** A network bootstrap program for a BIOS: loaded at 0:7C00, started in real mode (PXE 2.1 §4.4.5). */
export const biosProgram = (sentence: string): Uint8Array => {
  const text = latin1Bytes(`${sentence}\r\n\0`)
  const at = 0x7c00 + BIOS_CODE.length
  const code = Uint8Array.from(BIOS_CODE)
  code.set([at & 255, at >> 8], 5)
  return concat([code, text])
}

// prettier-ignore
const BIOS_CODE = [
  0x31, 0xc0,             // xor ax, ax
  0x8e, 0xd8,             // mov ds, ax
  0xbe, 0, 0,             // mov si, text
  0xac,                   // lodsb          <- 7
  0x84, 0xc0,             // test al, al
  0x74, 0x09,             // jz 21
  0xb4, 0x0e,             // mov ah, 0eh    teletype
  0xbb, 0x07, 0x00,       // mov bx, 7
  0xcd, 0x10,             // int 10h
  0xeb, 0xf2,             // jmp 7
  0xfb,                   // sti            <- 21
  0xf4,                   // hlt
  0xeb, 0xfd,             // jmp hlt
]

const SECTION = 0x1000
const FILE_UNIT = 0x200

/** A UEFI application for x64 (PE32+; UEFI specification §2.1.1): one section, position-independent. */
export const efiProgram = (sentence: string): Uint8Array => {
  const text = Uint8Array.from([...latin1Bytes(`${sentence}\r\n\0`)].flatMap(byte => [byte, 0]))
  const body = concat([Uint8Array.from(EFI_CODE), text])
  const size = Math.ceil(body.length / FILE_UNIT) * FILE_UNIT
  const file = new Uint8Array(FILE_UNIT + size)
  const view = new DataView(file.buffer)
  const u16 = (at: number, value: number) => view.setUint16(at, value, true)
  const u32 = (at: number, value: number) => view.setUint32(at, value, true)
  file.set(latin1Bytes('MZ'), 0)
  u32(0x3c, PE)
  file.set(latin1Bytes('PE\0\0'), PE)
  u16(PE + 4, 0x8664) // machine
  u16(PE + 6, 1) // sections
  u16(PE + 20, OPTIONAL_SIZE)
  u16(PE + 22, 0x0022) // executable, large addresses; relocations are not stripped: there are none to do
  u16(OPTIONAL, 0x20b) // PE32+
  u32(OPTIONAL + 4, size) // code
  u32(OPTIONAL + 16, SECTION) // entry point
  u32(OPTIONAL + 20, SECTION)
  u32(OPTIONAL + 32, SECTION) // section alignment
  u32(OPTIONAL + 36, FILE_UNIT)
  u32(OPTIONAL + 56, SECTION + Math.ceil(size / SECTION) * SECTION) // image
  u32(OPTIONAL + 60, FILE_UNIT) // headers
  u16(OPTIONAL + 68, 10) // EFI application
  u32(OPTIONAL + 108, 16) // data directories, all empty
  const section = OPTIONAL + OPTIONAL_SIZE
  file.set(latin1Bytes('.text'), section)
  u32(section + 8, body.length)
  u32(section + 12, SECTION)
  u32(section + 16, size)
  u32(section + 20, FILE_UNIT)
  u32(section + 36, 0x60000020) // code, readable, executable
  file.set(body, FILE_UNIT)
  return file
}

const PE = 0x40
const OPTIONAL = PE + 24
const OPTIONAL_SIZE = 240

// prettier-ignore
const EFI_CODE = [
  0x48, 0x83, 0xec, 0x28,                         // sub rsp, 40
  0x48, 0x8b, 0x4a, 0x40,                         // mov rcx, [rdx + 64]   system table -> ConOut
  0x48, 0x8d, 0x15, 0x0b, 0x00, 0x00, 0x00,       // lea rdx, [rip + 11]   text
  0xff, 0x51, 0x08,                               // call [rcx + 8]        OutputString
  0xf4,                                           // hlt                   <- 18
  0xeb, 0xfd,                                     // jmp hlt
  0x90, 0x90, 0x90, 0x90, 0x90,                   // text lies at an even address: 26
]
