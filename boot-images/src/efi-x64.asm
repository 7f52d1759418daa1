; A UEFI boot program for x64. Says on the console, which the firmware may mirror to its serial line, what the NBS
; stamped; waits a little where an image would take over; returns an error, because after EFI_SUCCESS the boot manager
; would stop (UEFI 2.10 §3.1.1) and after any error it takes the next boot option. Does not load anything further.
%include "common.inc"
MACHINE equ 0x8664
%define WIDE 1
%include "pe.inc"

; Offsets in the tables of UEFI 2.10 §4.3, §4.4, §12.3, §12.4.
CON_IN          equ 0x30
CON_OUT         equ 0x40
BOOT_SERVICES   equ 0x60
STALL           equ 0xf8
LOCATE_PROTOCOL equ 0x140
READ_KEY_STROKE equ 0x08
OUTPUT_STRING   equ 0x08

EFI_ABORTED     equ (1 << 63) | 21

            section .text start=TEXT_AT vstart=TEXT_RVA
            bits 64
            default rel

; RDX: the system table, kept in RBX.
start:      push rbx
            push rsi
            push rdi
            sub rsp, 0x20
            mov rbx, rdx
            call open_serial

            lea rsi, [hello]
            call say
            cmp byte [stamp.boot], BOOT_NONE
            jne .stamped
            lea rsi, [unstamped]
            call say
            jmp .leave
.stamped:   lea rsi, [stamp.text]
            call say
            cmp byte [stamp.boot], BOOT_PRODUCTION
            je .leave
            lea rsi, [here]
            call say
            call wait_key
.leave:     lea rsi, [leaving]
            call say
            mov rax, EFI_ABORTED
            add rsp, 0x20
            pop rdi
            pop rsi
            pop rbx
            ret

; A key, or the time is over.
wait_key:   sub rsp, 0x28
            mov edi, WAIT_TENTHS
.again:     mov rcx, [rbx + CON_IN]
            test rcx, rcx
            jz .none
            lea rdx, [scratch]
            call [rcx + READ_KEY_STROKE]
            test rax, rax
            jz .end
.none:      mov rax, [rbx + BOOT_SERVICES]
            mov ecx, 100000             ; microseconds
            call [rax + STALL]
            dec edi
            jnz .again
.end:       add rsp, 0x28
            ret

; The text at RSI, up to its zero, a character at a time: the console wants 16 bits for each.
say:        sub rsp, 0x28
.next:      movzx eax, byte [rsi]
            inc rsi
            test al, al
            jz .end
            mov [scratch], eax          ; the character and the zero that ends the string
            cmp byte [serial], 0
            je .console
            call put_serial
.console:   mov rcx, [rbx + CON_OUT]
            test rcx, rcx
            jz .next
            lea rdx, [scratch]
            call [rcx + OUTPUT_STRING]
            jmp .next
.end:       add rsp, 0x28
            ret

; AL to COM1; a line that never gets ready costs 65,536 looks.
put_serial: mov r8d, eax
            mov ecx, 0x10000
            mov edx, COM1 + 5
.busy:      in al, dx
            test al, 0x20
            loopz .busy
            mov edx, COM1
            mov eax, r8d
            out dx, al
            ret

; Where the firmware drives serial lines itself, they are its own, and its console may be on them already. Else COM1
; is there if its scratch register keeps what is written.
open_serial:
            sub rsp, 0x28
            lea rcx, [serial_io]
            xor edx, edx
            lea r8, [scratch]
            mov rax, [rbx + BOOT_SERVICES]
            call [rax + LOCATE_PROTOCOL]
            test rax, rax
            jz .end
            mov edx, COM1 + 7
            mov al, 0x5a
            out dx, al
            in al, dx
            cmp al, 0x5a
            jne .end
            lea rsi, [uart]
            mov edi, UART_SETTINGS
.set:       movzx edx, byte [rsi]
            add edx, COM1
            mov al, [rsi + 1]
            out dx, al
            add rsi, 2
            dec edi
            jnz .set
            inc byte [serial]
.end:       add rsp, 0x28
            ret

            REST
