// SPDX-License-Identifier: Apache-2.0
// Exception vectors. While a guest runs SP_EL2 points to its struct vcpu, whose first member is the register
// frame: an entry stores the guest there and then takes this CPU's stack. The C side returns the vCPU to
// run, which may be another one: who runs travels as data, in x0. Each way in is counted in the vCPU: an
// exception beside the saved PSTATE, an interrupt beside the stack. A CPU that records them (trap.c) uses
// the second table.

#include <arm64/asm.h>

    .macro save_guest source
    stp x0, x1, [sp, #0]
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x19, [sp, #144]
    stp x20, x21, [sp, #160]
    stp x22, x23, [sp, #176]
    stp x24, x25, [sp, #192]
    stp x26, x27, [sp, #208]
    stp x28, x29, [sp, #224]
    mrs x1, elr_el2
    stp x30, x1, [sp, #240]
    mrs x2, spsr_el2
    mov x0, sp
    .ifc \source, sync
    ldp x4, x3, [sp, #VCPU_TRAPS]
    add x4, x4, #1
    stp x2, x4, [sp, #256]
    .else
    ldp x3, x4, [sp, #VCPU_STACK_TOP]
    add x4, x4, #1
    stp x3, x4, [sp, #VCPU_STACK_TOP]
    str x2, [sp, #256]
    .endif
    mov sp, x3
    .endm

    .macro guest_vector source, handler
    .balign 128
    save_guest \source
    bl \handler
    b return_to_guest
    .endm

    .macro own_vector kind
    .balign 128
    b own_fault_\kind
    .endm

    .macro table name, on_sync, on_irq, on_serror
    .balign 2048
    .global \name
\name:
    own_vector sync // current EL, SP_EL0: never used
    own_vector irq
    own_vector irq
    own_vector serror
    own_vector sync // current EL, SP_EL2: our own faults
    own_vector irq
    own_vector irq
    own_vector serror
    guest_vector sync, \on_sync // lower EL, AArch64
    guest_vector irq, \on_irq
    guest_vector irq, \on_irq
    guest_vector serror, \on_serror
    guest_vector sync, \on_sync // lower EL, AArch32
    guest_vector irq, \on_irq
    guest_vector irq, \on_irq
    guest_vector serror, \on_serror
    .endm

    .section .text.vectors, "ax"
    table vectors, trap_sync, trap_irq, trap_serror
    table vectors_traced, trap_sync_traced, trap_irq_traced, trap_serror_traced
    .balign 128

// x0 = struct vcpu to run, its state loaded.
    .global return_to_guest
return_to_guest:
    mov sp, x0
    ldp x30, x1, [sp, #240]
    ldr x2, [sp, #256]
    msr elr_el2, x1
    msr spsr_el2, x2
    ldp x28, x29, [sp, #224]
    ldp x26, x27, [sp, #208]
    ldp x24, x25, [sp, #192]
    ldp x22, x23, [sp, #176]
    ldp x20, x21, [sp, #160]
    ldp x18, x19, [sp, #144]
    ldp x16, x17, [sp, #128]
    ldp x14, x15, [sp, #112]
    ldp x12, x13, [sp, #96]
    ldp x10, x11, [sp, #80]
    ldp x8, x9, [sp, #64]
    ldp x6, x7, [sp, #48]
    ldp x4, x5, [sp, #32]
    ldp x2, x3, [sp, #16]
    ldp x0, x1, [sp, #0]
    eret
    dsb nsh // no speculation past ERET (R26)
    isb

// A fault of EL2 itself. The stack may be bad: the frame goes to this CPU's fault stack.
    .macro own_fault kind, number
own_fault_\kind:
    msr tpidr_el1, x0 // the guest's, lost: we do not come back
    mrs x0, tpidr_el2
    ldr x0, [x0, #PERCPU_STACK_TOP]
    sub x0, x0, #EL2_STACK_SIZE // its last bytes
    stp x2, x3, [x0, #16]
    stp x4, x5, [x0, #32]
    stp x6, x7, [x0, #48]
    stp x8, x9, [x0, #64]
    stp x10, x11, [x0, #80]
    stp x12, x13, [x0, #96]
    stp x14, x15, [x0, #112]
    stp x16, x17, [x0, #128]
    stp x18, x19, [x0, #144]
    stp x20, x21, [x0, #160]
    stp x22, x23, [x0, #176]
    stp x24, x25, [x0, #192]
    stp x26, x27, [x0, #208]
    stp x28, x29, [x0, #224]
    mrs x2, tpidr_el1
    stp x2, x1, [x0, #0]
    mrs x1, elr_el2
    stp x30, x1, [x0, #240]
    mrs x1, spsr_el2
    mov x2, sp
    stp x1, x2, [x0, #256]
    mov x1, #\number
    // Go on below the frames that the backtrace shows, unless the stack pointer itself is bad.
    mrs x3, tpidr_el2
    ldr x3, [x3, #PERCPU_STACK_TOP]
    sub x4, x3, #(EL2_STACK_SIZE / 2)
    cmp x2, x4
    ccmp x2, x3, #2, hi // C set, Z clear: "higher" when the first comparison failed
    csel x2, x3, x2, hi
    and x2, x2, #~15
    mov sp, x2
    b trap_own_fault
    .endm

    own_fault sync, 0
    own_fault irq, 1
    own_fault serror, 3
