// SPDX-License-Identifier: Apache-2.0
// Exception vectors. While a guest runs SP_EL2 points to its struct vcpu, whose first member is the register
// frame: an entry stores there what C may change and then takes this CPU's stack. An AArch64 guest's hypercall
// and an interrupt leave the rest where it is, for C returns with it unchanged (AAPCS64; EL2 does not use x18);
// it is stored for whoever needs it whole: other traps, the exit room. The C side returns the vCPU to run,
// which may be another one: who runs travels as data, in x0. Each way in is counted in the vCPU: an exception
// beside the saved PSTATE, an interrupt beside the stack. A CPU that records them (trap.c) uses the second
// table.

#include <arm64/asm.h>

// Pairs of registers to or from their places in the frame.
    .macro pairs op, frame, first, second, more:vararg
    \op x\first, x\second, [\frame, #(8 * \first)]
    .ifnb \more
    pairs \op, \frame, \more
    .endif
    .endm

    .macro save_rest v
    pairs stp, \v, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
    .endm

// x0 = struct vcpu, x1 = ESR_EL2.
    .macro enter_sync
    pairs stp, sp, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
    mrs x1, elr_el2
    stp x30, x1, [sp, #240]
    mrs x2, spsr_el2
    mov x0, sp
    ldp x4, x3, [sp, #VCPU_TRAPS]
    add x4, x4, #1
    stp x2, x4, [sp, #256]
    mov sp, x3
    mrs x1, esr_el2
    .endm

// x0 = struct vcpu.
    .macro enter_irq
    pairs stp, sp, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
    ldp x3, x4, [sp, #VCPU_STACK_TOP]
    add x4, x4, #1
    str x4, [sp, #(VCPU_STACK_TOP + 8)]
    mov x0, sp
    str x30, [sp, #240]
    mov sp, x3
    .endm

    .macro save_irq_rest v
    save_rest \v
    mrs x3, elr_el2
    mrs x4, spsr_el2
    str x3, [\v, #248]
    str x4, [\v, #256]
    .endm

    .macro leave
    pairs ldp, sp, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
    eret
    dsb nsh // no speculation past ERET (R26)
    isb
    .endm

// To `c` and `v`: this CPU and its vCPU. If one of them has work for the exit room: to `work`.
    .macro look c, v, work
    mrs \c, tpidr_el2
    ldp \v, x3, [\c, #PERCPU_LOADED] // the low half of x3: pending
    ldr w4, [\v, #VCPU_PENDING]
    orr w3, w3, w4
    cbnz w3, \work
    mov sp, \v
    .endm

    .macro hypercall_vector
    .balign 128
    enter_sync
    mov w2, #(ESR_HYPERCALL & 0xffff)
    movk w2, #(ESR_HYPERCALL >> 16), lsl #16
    cmp w1, w2
    b.ne sync
    mov x1, x16
    bl hypercall_dispatch
    b hypercall_end
    .endm

    .macro guest_vector source, handler
    .balign 128
    enter_\source
    b \handler
    .endm

    .macro own_vector kind
    .balign 128
    b own_fault_\kind
    .endm

    .macro table name, hypercall, sync, irq, serror
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
    \hypercall // lower EL, AArch64
    guest_vector irq, \irq
    guest_vector irq, \irq
    guest_vector irq, \serror
    guest_vector sync, \sync // lower EL, AArch32
    guest_vector irq, \irq
    guest_vector irq, \irq
    guest_vector irq, \serror
    .endm

    .section .text.vectors, "ax"
    table vectors, hypercall_vector, sync, irq, serror
    table vectors_traced, "guest_vector sync, sync_traced", sync_traced, irq_traced, serror_traced
    .balign 128

hypercall_end: // x0 = its result
    negs xzr, x0
    b.vs hypercall_again // HYPERCALL_AGAIN, the one number whose negative is none
    look x1, x2, hypercall_work
    ldr x30, [sp, #240]
    ldr x1, [sp, #8]
    leave

hypercall_work:
    str x0, [x2]
    save_rest x2
    mov x0, x1
    mov x1, x2
    bl exit_slow
    b return_to_guest

hypercall_again:
    mrs x1, tpidr_el2
    ldr x0, [x1, #PERCPU_LOADED]
    save_rest x0
    bl trap_again
    b return_to_guest

irq:
    bl irq_handle_first
    cbnz w0, irq_rest
    look x0, x1, irq_work
    ldr x30, [sp, #240]
    pairs ldp, sp, 0, 1
    leave

irq_rest: // w0 = what was acknowledged
    mrs x1, tpidr_el2
    ldr x1, [x1, #PERCPU_LOADED]
    save_irq_rest x1
    bl trap_irq_rest
    b return_to_guest

irq_work:
    save_irq_rest x1
    bl exit_slow
    b return_to_guest

    .macro whole kind, save, handler
\kind:
    \save x0
    bl \handler
    b return_to_guest
    .endm

    whole serror, save_irq_rest, trap_serror
    whole sync_traced, save_rest, trap_sync_traced
    whole irq_traced, save_irq_rest, trap_irq_traced
    whole serror_traced, save_irq_rest, trap_serror_traced

sync:
    save_rest x0
    bl trap_sync

// x0 = struct vcpu to run, its state loaded.
    .global return_to_guest
return_to_guest:
    mov sp, x0
    ldp x30, x1, [sp, #240]
    ldr x2, [sp, #256]
    msr elr_el2, x1
    msr spsr_el2, x2
    pairs ldp, sp, 0, 1, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
    leave

// A fault of EL2 itself. The stack may be bad: the frame goes to this CPU's fault stack.
    .macro own_fault kind, number
own_fault_\kind:
    msr tpidr_el1, x0 // the guest's, lost: we do not come back
    mrs x0, tpidr_el2
    ldr x0, [x0, #PERCPU_STACK_TOP]
    sub x0, x0, #EL2_STACK_SIZE // its last bytes
    pairs stp, x0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
    save_rest x0
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
