; A UEFI boot program for IA32: the same as efi-x64.asm, which says why things are as they are. EBX holds the system
; table, EBP the address of `.data` (there is no addressing relative to the instruction here).
%include "common.inc"
MACHINE equ 0x014c
%define WIDE 0
%include "pe.inc"

CON_IN          equ 0x24
CON_OUT         equ 0x2c
BOOT_SERVICES   equ 0x3c
STALL           equ 0x88
LOCATE_PROTOCOL equ 0xac
READ_KEY_STROKE equ 0x04
OUTPUT_STRING   equ 0x04

EFI_ABORTED     equ (1 << 31) | 21

%define AT(label) ebp + label - DATA_RVA

            section .text start=TEXT_AT vstart=TEXT_RVA
            bits 32

start:      push ebp
            push ebx
            push esi
            push edi
            mov ebx, [esp + 24]             ; the second argument
            call .here
.here:      pop ebp
            add ebp, DATA_RVA - .here
            call open_serial

            lea esi, [AT(hello)]
            call say
            cmp byte [AT(stamp.boot)], BOOT_NONE
            jne .stamped
            lea esi, [AT(unstamped)]
            call say
            jmp .leave
.stamped:   lea esi, [AT(stamp.text)]
            call say
            cmp byte [AT(stamp.boot)], BOOT_PRODUCTION
            je .leave
            lea esi, [AT(here)]
            call say
            call wait_key
.leave:     lea esi, [AT(leaving)]
            call say
            mov eax, EFI_ABORTED
            pop edi
            pop esi
            pop ebx
            pop ebp
            ret

wait_key:   mov edi, WAIT_TENTHS
.again:     mov ecx, [ebx + CON_IN]
            test ecx, ecx
            jz .none
            lea eax, [AT(scratch)]
            push eax
            push ecx
            call [ecx + READ_KEY_STROKE]
            add esp, 8
            test eax, eax
            jz .end
.none:      mov eax, [ebx + BOOT_SERVICES]
            push dword 100000
            call [eax + STALL]
            add esp, 4
            dec edi
            jnz .again
.end:       ret

say:
.next:      movzx eax, byte [esi]
            inc esi
            test al, al
            jz .end
            mov [AT(scratch)], eax
            cmp byte [AT(serial)], 0
            je .console
            call put_serial
.console:   mov ecx, [ebx + CON_OUT]
            test ecx, ecx
            jz .next
            lea eax, [AT(scratch)]
            push eax
            push ecx
            call [ecx + OUTPUT_STRING]
            add esp, 8
            jmp .next
.end:       ret

put_serial: mov ah, al
            mov ecx, 0x10000
            mov edx, COM1 + 5
.busy:      in al, dx
            test al, 0x20
            loopz .busy
            mov edx, COM1
            mov al, ah
            out dx, al
            ret

open_serial:
            lea eax, [AT(scratch)]
            push eax
            push dword 0
            lea eax, [AT(serial_io)]
            push eax
            mov eax, [ebx + BOOT_SERVICES]
            call [eax + LOCATE_PROTOCOL]
            add esp, 12
            test eax, eax
            jz .end
            mov edx, COM1 + 7
            mov al, 0x5a
            out dx, al
            in al, dx
            cmp al, 0x5a
            jne .end
            lea esi, [AT(uart)]
            mov edi, UART_SETTINGS
.set:       movzx edx, byte [esi]
            add edx, COM1
            mov al, [esi + 1]
            out dx, al
            add esi, 2
            dec edi
            jnz .set
            inc byte [AT(serial)]
.end:       ret

            REST
