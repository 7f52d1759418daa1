; A BIOS boot program. The PXE ROM loads it to 0000:7C00 and calls it far; a far return gives control back, and the
; ROM gives it to the firmware, which takes the next boot device (PXE 2.1 §4.4.4, BIOS Boot Specification §6.5).
; Says on the screen (INT 10h) and on the serial line what the NBS stamped. Does not load anything further.
%include "common.inc"

            bits 16
            org 0x7c00
            jmp 0x0000:start            ; some ROMs call 07C0:0000
            align 16
            STAMP
            TEXTS

serial:     db 0                        ; 1: COM1 is ours to write to

start:      pushad
            push ds
            push es
            xor ax, ax
            mov ds, ax
            cld
            call open_serial

            mov si, hello
            call say
            cmp byte [stamp.boot], BOOT_NONE
            jne .stamped
            mov si, unstamped
            call say
            jmp .leave
.stamped:   mov si, stamp.text
            call say
            cmp byte [stamp.boot], BOOT_PRODUCTION
            je .leave
            mov si, here
            call say
            call wait_key
.leave:     mov si, leaving
            call say
            pop es
            pop ds
            popad
            xor ax, ax                  ; PXENV_STATUS_SUCCESS
            retf

; A key, or the time is over.
wait_key:   mov bp, WAIT_TENTHS
.again:     mov ah, 0x01
            int 0x16
            jnz .key
            mov ah, 0x86                ; wait CX:DX microseconds
            mov cx, 100000 >> 16
            mov dx, 100000 & 0xffff
            int 0x15
            dec bp
            jnz .again
            ret
.key:       xor ah, ah
            int 0x16
            ret

; The text at SI, up to its zero.
say:        lodsb
            test al, al
            jz .end
            call put
            jmp say
.end:       ret

put:        push ax
            push si
            mov ah, 0x0e
            mov bx, 0x0007
            int 0x10
            pop si
            pop ax
            cmp byte [serial], 0
            je .end
            mov ah, al
            xor cx, cx                  ; a line that never gets ready costs 65,536 looks
            mov dx, COM1 + 5
.busy:      in al, dx
            test al, 0x20
            loopz .busy
            mov dx, COM1
            mov al, ah
            out dx, al
.end:       ret

; COM1 is there if its scratch register keeps what is written. Where the firmware itself redirects the screen to the
; serial line (its INT 10h lies in its own segment and answers), the text would stand there twice: leave it alone.
open_serial:
            cmp word [0x10 * 4 + 2], 0xf000
            jne .ours
            mov ax, 0x0fee              ; get video mode: whoever answers changes AH to the columns
            int 0x10
            cmp ah, 0x0f
            jne .end
.ours:      mov dx, COM1 + 7
            mov al, 0x5a
            out dx, al
            in al, dx
            cmp al, 0x5a
            jne .end
            mov si, uart
            mov cx, UART_SETTINGS
.set:       lodsw
            mov dx, COM1
            add dl, al
            mov al, ah
            out dx, al
            loop .set
            mov byte [serial], 1
.end:       ret

uart:       UART

            times 0x600 - ($ - $$) db 0
            FILLER 0x600, SIZE
