// SPDX-License-Identifier: Apache-2.0
// Entry of every guest: the arm64 Linux Image header, entered at EL1 with the MMU off and the device
// tree in x0, and the exception vectors. x18 belongs to this file: it takes the counter as the first
// instruction of the image, of a secondary CPU and of the IRQ vector, before anything is saved.

    .equ CPU_STACK, 0           // struct rt_cpu, checked in boot.c
    .equ CPU_FIRST_TICK, 8
    .equ FRAME, 192

    .section .head, "ax"
    .global image_start
image_start:
    mrs x18, cntpct_el0
    b entry
    .quad 0                     // text_offset
    .quad image_end             // image_size with .bss
    .quad 0xa                   // little endian, 4 KiB pages, anywhere in RAM
    .quad 0, 0, 0
    .ascii "ARM\x64"
    .long 0

    .text
entry:
    msr daifset, #0xf
    mov x19, x0
    adr x20, image_start
    adrp x0, bss_start
    add x0, x0, :lo12:bss_start
    adrp x1, image_end
    add x1, x1, :lo12:image_end
1:  stp xzr, xzr, [x0], #16
    cmp x0, x1
    b.lo 1b
    adrp x0, rela_start         // R_AARCH64_RELATIVE: *(base + offset) = base + addend
    add x0, x0, :lo12:rela_start
    adrp x1, rela_end
    add x1, x1, :lo12:rela_end
2:  cmp x0, x1
    b.hs 3f
    ldp x2, x3, [x0], #16
    ldr x4, [x0], #8
    add x4, x4, x20
    str x4, [x20, x2]
    b 2b
3:  adrp x0, rt_cpus
    add x0, x0, :lo12:rt_cpus
    str x18, [x0, #CPU_FIRST_TICK]
    adrp x1, boot_stack_top
    add x1, x1, :lo12:boot_stack_top
    str x1, [x0, #CPU_STACK]
    bl cpu_setup
    mov x1, x19
    b rt_boot                   // (cpu 0, device tree or share)

// PSCI CPU_ON comes here with its struct rt_cpu in x0.
    .global rt_secondary_entry
rt_secondary_entry:
    mrs x18, cntvct_el0
    str x18, [x0, #CPU_FIRST_TICK]
    bl cpu_setup
    b rt_secondary

cpu_setup:
    ldr x2, [x0, #CPU_STACK]
    msr spsel, #1
    mov sp, x2
    msr tpidr_el1, x0
    adrp x2, vectors
    add x2, x2, :lo12:vectors
    msr vbar_el1, x2
    isb
    mov x29, xzr
    ret

    .section .vectors, "ax"
    .macro save
    sub sp, sp, #FRAME
    stp x0, x1, [sp]
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x29, x30, [sp, #144]
    mrs x0, elr_el1
    mrs x1, spsr_el1
    stp x0, x1, [sp, #160]
    .endm

    .macro slot target
    .balign 128
    save
    mov x0, sp
    mov x1, #((. - vectors) >> 7)
    bl \target
    b frame_return
    .endm

    .balign 2048
vectors:
    slot rt_exception           // EL1t: not used by this runtime
    slot rt_exception
    slot rt_exception
    slot rt_exception
    slot rt_exception           // EL1h: synchronous
    .balign 128                 // EL1h: IRQ
    mrs x18, cntvct_el0
    save
    mov x0, x18
    bl rt_irq
    b frame_return
    slot rt_exception           // EL1h: FIQ
    slot rt_exception           // EL1h: SError
    slot rt_exception           // EL0
    slot rt_exception
    slot rt_exception
    slot rt_exception
    slot rt_exception
    slot rt_exception
    slot rt_exception
    slot rt_exception

    .balign 128
frame_return:
    ldp x0, x1, [sp, #160]
    msr elr_el1, x0
    msr spsr_el1, x1
    ldp x0, x1, [sp]
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x29, x30, [sp, #144]
    add sp, sp, #FRAME
    eret

    .bss
    .balign 16
boot_stack:
    .space 16384
boot_stack_top:
