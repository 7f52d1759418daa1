; A UEFI boot program for arm64: the same as efi-x64.asm, which says why things are as they are, but without a serial
; line of its own: where it would be is not known. nasm does not speak this language, so instructions are words, and
; what refers to a label is computed.
%include "common.inc"
MACHINE equ 0xaa64
%define WIDE 1
%include "pe.inc"

%define TO(label) ((label - $) >> 2)
%define BL(label) 0x94000000 | TO(label) & 0x3ffffff
%define B(label) 0x14000000 | TO(label) & 0x3ffffff
%define B_EQ(label) 0x54000000 | (TO(label) & 0x7ffff) << 5
%define B_NE(label) 0x54000001 | (TO(label) & 0x7ffff) << 5
%define CBZ_X(n, label) 0xb4000000 | (TO(label) & 0x7ffff) << 5 | n
%define CBZ_W(n, label) 0x34000000 | (TO(label) & 0x7ffff) << 5 | n
%define CBNZ_W(n, label) 0x35000000 | (TO(label) & 0x7ffff) << 5 | n
; ADR of a label in .data
%define FROM(label) (DATA_RVA + (label - stamp) - TEXT_RVA - ($ - $$))
%define ADR(n, label) 0x10000000 | (FROM(label) & 3) << 29 | ((FROM(label) >> 2) & 0x7ffff) << 5 | n

            section .text start=TEXT_AT vstart=TEXT_RVA

; X1: the system table, kept in X19.
start:      dd 0xa9be7bfd               ; stp x29, x30, [sp, #-32]!
            dd 0xa90153f3               ; stp x19, x20, [sp, #16]
            dd 0xaa0103f3               ; mov x19, x1
            dd ADR(20, hello)
            dd BL(say)
            dd ADR(1, stamp.boot)
            dd 0x39400021               ; ldrb w1, [x1]
            dd CBNZ_W(1, .stamped)
            dd ADR(20, unstamped)
            dd BL(say)
            dd B(.leave)
.stamped:   dd ADR(20, stamp.text)
            dd BL(say)
            dd ADR(1, stamp.boot)
            dd 0x39400021               ; ldrb w1, [x1]
            dd 0x7100003f | BOOT_PRODUCTION << 10       ; cmp w1, #BOOT_PRODUCTION
            dd B_EQ(.leave)
            dd ADR(20, here)
            dd BL(say)
            dd BL(wait_key)
.leave:     dd ADR(20, leaving)
            dd BL(say)
            dd 0xd28002a0               ; mov x0, #21, EFI_ABORTED
            dd 0xb2410000               ; orr x0, x0, #1 << 63
            dd 0xa94153f3               ; ldp x19, x20, [sp, #16]
            dd 0xa8c27bfd               ; ldp x29, x30, [sp], #32
            dd 0xd65f03c0               ; ret

wait_key:   dd 0xa9bf7bfd               ; stp x29, x30, [sp, #-16]!
            dd 0x52800014 | WAIT_TENTHS << 5            ; mov w20, #WAIT_TENTHS
.again:     dd 0xf9401a60               ; ldr x0, [x19, #48]: ConIn
            dd CBZ_X(0, .none)
            dd ADR(1, scratch)
            dd 0xf9400402               ; ldr x2, [x0, #8]: ReadKeyStroke
            dd 0xd63f0040               ; blr x2
            dd CBZ_X(0, .end)
.none:      dd 0xf9403261               ; ldr x1, [x19, #96]: boot services
            dd 0xf9407c21               ; ldr x1, [x1, #248]: Stall
            dd 0xd290d400, 0xf2a00020   ; mov x0, #100000
            dd 0xd63f0020               ; blr x1
            dd 0x71000694               ; subs w20, w20, #1
            dd B_NE(.again)
.end:       dd 0xa8c17bfd               ; ldp x29, x30, [sp], #16
            dd 0xd65f03c0               ; ret

; The text at X20, up to its zero.
say:        dd 0xa9bf7bfd               ; stp x29, x30, [sp, #-16]!
.next:      dd 0x38401682               ; ldrb w2, [x20], #1
            dd CBZ_W(2, .end)
            dd ADR(1, scratch)
            dd 0xb9000022               ; str w2, [x1]
            dd 0xf9402260               ; ldr x0, [x19, #64]: ConOut
            dd CBZ_X(0, .next)
            dd 0xf9400402               ; ldr x2, [x0, #8]: OutputString
            dd 0xd63f0040               ; blr x2
            dd B(.next)
.end:       dd 0xa8c17bfd               ; ldp x29, x30, [sp], #16
            dd 0xd65f03c0               ; ret

            REST
