// SPDX-License-Identifier: Apache-2.0
// Entry: the arm64 Linux Image header, then one straight road to C with the MMU on. Entered at EL2, MMU and
// caches off, x0 = device tree (boot CPU) or its per-CPU area (secondaries, via PSCI or spin table).
// Linked at 0 and position-independent: EL2's virtual addresses are its physical ones.

#include <arm64/asm.h>

    .section .head, "ax"
    .global image_start
image_start:
    b boot_entry
    .long 0
    .quad 0                     // text_offset: anywhere
    .quad image_end             // image_size with .bss (a link-time absolute, base 0)
    .quad 0xa                   // little endian, 4 KiB pages, anywhere in RAM
    .quad 0, 0, 0
    .ascii "ARM\x64"
    .long 0

    .section .text.head, "ax"
boot_entry:
    msr daifset, #0xf
    mov x19, x0
    adr x20, image_start

    // .bss to zero: 64 bytes a turn, both ends are 64-byte aligned (link script)
    adrp x0, bss_start
    add x0, x0, :lo12:bss_start
    adrp x1, image_end
    add x1, x1, :lo12:image_end
1:  stp xzr, xzr, [x0], #16
    stp xzr, xzr, [x0], #16
    stp xzr, xzr, [x0], #16
    stp xzr, xzr, [x0], #16
    cmp x0, x1
    b.lo 1b

    // R_AARCH64_RELATIVE: *(base + offset) = base + addend
    adrp x0, rela_start
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
3:
    // What was written with the caches off must not be hidden by stale lines: data, .bss.
    adrp x0, data_start
    add x0, x0, :lo12:data_start
    adrp x1, image_end
    add x1, x1, :lo12:image_end
    bl invalidate_range

    adrp x0, boot_stack_top
    add x0, x0, :lo12:boot_stack_top
    mov sp, x0
    mrs x1, CurrentEL
    cmp x1, #(2 << 2)
    b.ne 9f

    mov x0, x20
    bl mmu_build_first          // tables for the image, by the MMU-off CPU
    adrp x0, data_start
    add x0, x0, :lo12:data_start
    adrp x1, image_end
    add x1, x1, :lo12:image_end
    bl invalidate_range         // the tables, and the stack that built them
    adrp x0, percpus
    add x0, x0, :lo12:percpus
    adrp x1, boot_stack_top
    add x1, x1, :lo12:boot_stack_top
    str x1, [x0, #PERCPU_STACK_TOP]
    bl cpu_enable_el2
    mov x0, x19
    b boot_primary

9:  mov x0, x19                 // not EL2: say so on the UART of the device tree
    b boot_wrong_el

// Secondary CPUs come here with x0 = their struct percpu (spin-table: found by MPIDR in percpus).
    .global secondary_entry
secondary_entry:
    msr daifset, #0xf
    bl cpu_enable_el2
    ldr w0, [x0, #PERCPU_ID]
    b boot_secondary

// Spin-table CPUs are released without an argument: search percpus for our MPIDR.
    .global secondary_spin_entry
secondary_spin_entry:
    msr daifset, #0xf
    mrs x1, mpidr_el1
    ldr x2, =0xff00ffffff
    and x1, x1, x2
    adrp x0, percpus
    add x0, x0, :lo12:percpus
1:  ldr x3, [x0, #PERCPU_MPIDR]
    cmp x3, x1
    b.eq secondary_entry
    add x0, x0, #PERCPU_SIZE
    b 1b

// x0 = struct percpu: EL2 registers, MMU on, stack and TPIDR_EL2 set. Keeps x0, x19, x20.
cpu_enable_el2:
    msr tpidr_el2, x0
    adrp x1, vectors
    add x1, x1, :lo12:vectors
    msr vbar_el2, x1
    ldr x1, =EL2_MAIR
    msr mair_el2, x1
    ldr x1, =EL2_TCR
    mrs x2, id_aa64mmfr0_el1
    ubfx x2, x2, #0, #3         // PARange: PS has the same coding up to 48 bits
    cmp x2, #5
    mov x3, #5
    csel x2, x2, x3, ls
    bfi x1, x2, #16, #3
    msr tcr_el2, x1
    adrp x1, s1_root
    add x1, x1, :lo12:s1_root
    msr ttbr0_el2, x1
    tlbi alle2
    ic iallu
    dsb sy                      // tables written and stale translations gone before the MMU looks
    isb
    ldr x1, =EL2_SCTLR
    msr sctlr_el2, x1
    isb                         // fetch under the new regime
    ldr x1, [x0, #PERCPU_STACK_TOP]
    mov sp, x1
    mov x1, #1
    msr spsel, x1
    ret

// [x0, x1) clean and invalidate to the point of coherency, by the smallest line.
invalidate_range:
    mrs x2, ctr_el0
    ubfx x2, x2, #16, #4
    mov x3, #4
    lsl x3, x3, x2
    sub x4, x3, #1
    bic x0, x0, x4
1:  dc ivac, x0
    add x0, x0, x3
    cmp x0, x1
    b.lo 1b
    dsb sy
    ret
    .ltorg

    .section .bss.stack, "aw", %nobits
    .balign 4096
boot_stack:
    .skip EL2_STACK_SIZE
    .global boot_stack_top
boot_stack_top:
