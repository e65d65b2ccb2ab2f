// SPDX-License-Identifier: Apache-2.0
// Every trap from a guest: one const table by exception class; handlers say what shall happen,
// trap_sync() alone does it, exit_to_guest() alone decides who runs next. Called by vectors.S,
// interrupts masked.

#include <arch/cpu.h>
#include <arch/vcpu.h>
#include <arm64/asm.h>
#include <arm64/sysreg.h>
#include <arm64/trap.h>
#include <coff/trace.h>
#include <core/domain.h>
#include <core/exit.h>
#include <core/log.h>
#include <core/trace.h>
#include <core/upcall.h>
#include <xen/arch-arm.h>

#define ESR_IL BIT(25)
#define EC_HVC64 0x16
_Static_assert((EC_HVC64 << 26 | ESR_IL | XEN_HYPERCALL_TAG) == ESR_HYPERCALL, "vectors.S");

struct vcpu *trap_sync(struct vcpu *v, uint64_t esr);
struct vcpu *trap_again(struct vcpu *v);
struct vcpu *trap_irq_rest(uint32_t iar, struct vcpu *v);
struct vcpu *trap_serror(struct vcpu *v);
struct vcpu *trap_sync_traced(struct vcpu *v, uint64_t esr);
struct vcpu *trap_irq_traced(struct vcpu *v);
struct vcpu *trap_serror_traced(struct vcpu *v);

// AArch32: the instruction's length is in the syndrome, and an IT block advances (Arm ARM G1.9).
static __attribute__((noinline)) void skip_aarch32(struct regs *r, uint64_t esr) {
    r->elr += (esr & ESR_IL) ? 4 : 2;
    if (r->spsr & BIT(5)) {
        uint64_t it = FIELD(r->spsr, 15, 10) << 2 | FIELD(r->spsr, 26, 25);
        it = (it & 7) ? (it & 0xe0) | ((it << 1) & 0x1f) : 0;
        r->spsr &= ~(MASK(15, 10) | MASK(26, 25));
        r->spsr |= (it >> 2) << 10 | (it & 3) << 25;
    }
}

// Does the instruction's condition hold? A trapped one that would not have executed is stepped
// over.
static bool condition_holds(uint64_t esr, uint64_t spsr) {
    if (!(esr & BIT(24)))
        return true;
    unsigned cond = (unsigned)FIELD(esr, 23, 20);
    bool n = spsr & BIT(31), z = spsr & BIT(30), c = spsr & BIT(29), o = spsr & BIT(28);
    const bool base[8] = {z, c, n, o, c && !z, n == o, n == o && !z, true};
    return cond == 15 || base[cond >> 1] != (cond & 1 && cond != 15);
}

// The guest goes on behind an instruction that was emulated.
static inline void skip_instruction(struct vcpu *v) {
    struct regs *r = &v->arch.regs;
    uint64_t pc = r->elr, spsr = r->spsr; // side by side: one load
    if (unlikely(spsr & PSR_SS))
        r->spsr &= ~PSR_SS; // the step is done
    if (unlikely(spsr & PSR_M_AARCH32))
        skip_aarch32(r, read_esr_el2());
    else
        r->elr = pc + 4;
}

static enum trap_result trap_aarch32(struct vcpu *v, uint64_t esr) {
    if (!condition_holds(esr, v->arch.regs.spsr))
        return TRAP_SKIP;
    // User code of an AArch64 kernel: its EL1 decides.
    return v->arch.aarch32 ? trap_cp15(v, esr) : TRAP_INJECT;
}

static enum trap_result trap_unknown(struct vcpu *v, uint64_t esr) {
    (void)v;
    (void)esr;
    return TRAP_INJECT;
}

// WFI and WFE: the vCPU sleeps unless something is there to take, or this CPU has an interrupt,
// which ends a WFI by itself and may be the guest's. WFE only yields: its event register is not
// ours to see.
static enum trap_result trap_wfx(struct vcpu *v, uint64_t esr) {
    if (esr & 1)
        vcpu_yield(v);
    else if (likely(!cpu_interrupt_waits()))
        vcpu_block(v);
    return TRAP_SKIP;
}

// Of AArch32, or traced: else vectors.S has seen to it.
static __attribute__((noinline)) enum trap_result hypercall(struct vcpu *v) {
    uint64_t *x = v->arch.regs.x;
    int64_t result = hypercall_dispatch(v, v->arch.aarch32 ? x[12] : x[16]);
    if (result == HYPERCALL_AGAIN)
        arch_hypercall_retry(v);
    else
        x[0] = (uint64_t)result;
    return TRAP_DONE; // ELR is behind the HVC already
}

static enum trap_result trap_hvc(struct vcpu *v, uint64_t esr) {
    uint64_t imm = esr & 0xffff;
    if (imm == 0)
        return trap_smccc(v, esr);
    if (imm == XEN_HYPERCALL_TAG)
        return hypercall(v);
    arch_hypercall_retry(v); // UNDEF is told at the instruction itself
    return TRAP_INJECT;
}

static enum trap_result trap_smc(struct vcpu *v, uint64_t esr) {
    if (esr & 0xffff)
        return TRAP_INJECT;
    trap_smccc(v, esr);
    return TRAP_SKIP;
}

#define ROW4(f) f, f, f, f
static trap_handler *const trap_table[64] = {
    // clang-format off
    /* 0x00 */ trap_unknown, trap_wfx, trap_unknown, trap_aarch32,
    /* 0x04 */ trap_aarch32, trap_aarch32, trap_unknown, trap_unknown, // MCRR, CP14; LDC, FP/SVE
    /* 0x08 */ trap_aarch32, trap_unknown, trap_unknown, trap_unknown, // VMRS; PAuth, LD64B
    /* 0x0c */ trap_aarch32, trap_unknown, trap_unknown, trap_unknown,
    /* 0x10 */ trap_unknown, trap_unknown, trap_hvc, trap_smc,  // AArch32
    /* 0x14 */ trap_unknown, trap_unknown, trap_hvc, trap_smc,  // AArch64
    /* 0x18 */ trap_sysreg64, trap_unknown, trap_unknown, trap_unknown,
    /* 0x1c */ ROW4(trap_unknown),
    /* 0x20 */ trap_stage2_instr, trap_unknown, trap_unknown, trap_unknown,
    /* 0x24 */ trap_stage2_data, trap_unknown, trap_unknown, trap_unknown,
    /* 0x28 */ ROW4(trap_unknown), ROW4(trap_unknown),
    /* 0x30 */ ROW4(trap_unknown), ROW4(trap_unknown),
    /* 0x38 */ ROW4(trap_unknown), ROW4(trap_unknown),
    // clang-format on
};

static __attribute__((noinline)) void act_rare(struct vcpu *v, enum trap_result result) {
    if (result == TRAP_INJECT)
        inject_fault(v, read_esr_el2());
    else if (result == TRAP_CRASH)
        domain_crash(v->domain, "unhandled trap");
}

struct vcpu *trap_sync(struct vcpu *v, uint64_t esr) {
    uint64_t class = FIELD(esr, 31, 26);
    v->arch.exits[class]++;
    enum trap_result result = trap_table[class](v, esr);
    if (result == TRAP_SKIP)
        skip_instruction(v);
    else if (unlikely(result != TRAP_DONE))
        act_rare(v, result);
    return exit_to_guest(v);
}

struct vcpu *trap_again(struct vcpu *v) {
    arch_hypercall_retry(v);
    return exit_to_guest(v);
}

struct vcpu *trap_irq_rest(uint32_t iar, struct vcpu *v) {
    irq_handle_rest(iar);
    return exit_to_guest(v);
}

// SErrors stay masked at EL2 and are taken on the way back, so this one belongs to the vCPU that is
// loaded: a switch synchronises first (vcpu.c). Only its domain pays (R20).
struct vcpu *trap_serror(struct vcpu *v) {
    domain_crash(v->domain, "SError");
    return exit_to_guest(v);
}

// HVC64 is what remains of all exceptions: the most frequent way in costs one instruction to count.
uint64_t arch_vcpu_exits(const struct vcpu *v, unsigned cause) {
    if (cause == EXIT_IRQ)
        return load_relaxed(&v->arch.irqs);
    if (cause != EC_HVC64)
        return cause < EXIT_IRQ ? load_relaxed(&v->arch.exits[cause]) : 0;
    uint64_t n = load_relaxed(&v->arch.regs.traps);
    for (unsigned i = 0; i < ARRAY_SIZE(v->arch.exits); i++)
        n -= i == EC_HVC64 ? 0 : load_relaxed(&v->arch.exits[i]);
    return n;
}

// The same ways in with records (coff/trace.h), while cpu_trace_entries is on.
static struct vcpu *leave(struct vcpu *v) {
    trace(TRC_COFF_ENTER, trace_vcpu(v));
    return v;
}

struct vcpu *trap_sync_traced(struct vcpu *v, uint64_t esr) {
    trace(TRC_COFF_EXIT, trace_vcpu(v), (uint32_t)FIELD(esr, 31, 26));
    if (esr == ESR_HYPERCALL)
        trace(TRC_PV_HYPERCALL_V2, (uint32_t)v->arch.regs.x[16]);
    return leave(trap_sync(v, esr));
}

struct vcpu *trap_irq_traced(struct vcpu *v) {
    trace(TRC_COFF_EXIT, trace_vcpu(v), TRC_COFF_CAUSE_IRQ);
    irq_handle_traced();
    return leave(exit_to_guest(v));
}

struct vcpu *trap_serror_traced(struct vcpu *v) {
    trace(TRC_COFF_EXIT, trace_vcpu(v), TRC_COFF_CAUSE_SERROR);
    return leave(trap_serror(v));
}

_Noreturn void trap_own_fault(struct regs *frame, unsigned kind);
_Noreturn void trap_own_fault(struct regs *frame, unsigned kind) {
    static const char *const name[] = {"synchronous", "IRQ", "FIQ", "SError"};
    cpu_set_fault_frame(frame);
    panic("%s exception at EL2: ESR %#llx ELR %#llx FAR %#llx", name[kind & 3],
          (unsigned long long)read_esr_el2(), (unsigned long long)frame->elr,
          (unsigned long long)read_far_el2());
}
