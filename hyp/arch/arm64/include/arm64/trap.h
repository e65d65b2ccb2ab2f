// SPDX-License-Identifier: Apache-2.0
// Traps from a guest: every handler returns what shall happen; only trap.c acts on it.
#pragma once
#include <core/addr.h>
#include <core/types.h>

struct vcpu;

enum trap_result {
    TRAP_SKIP,   // handled; step over the instruction. The most frequent: 0 is told with one branch
    TRAP_DONE,   // handled; the guest goes on where ELR says
    TRAP_INJECT, // the guest gets the architecture's fault: UNDEF, or an abort for memory traps
    TRAP_CRASH,  // this domain ends
};

typedef enum trap_result trap_handler(struct vcpu *v, uint64_t esr);

trap_handler trap_sysreg64, trap_cp15, trap_stage2_data, trap_stage2_instr, trap_smccc;

#define EC_INSTR_ABORT_LOWER 0x20ULL
#define EC_DATA_ABORT_LOWER 0x24ULL
// Gives the guest the fault that fits the trap: an external abort for memory traps, else UNDEF.
void inject_fault(struct vcpu *v, uint64_t esr);

// aarch32.c, of a vCPU with an AArch32 EL1: its own registers at a switch (loaded here) and at a
// reset; the exception that fits a trap of class `ec`.
struct arch_vcpu;
void aarch32_save(struct vcpu *v);
void aarch32_load(struct vcpu *v);
void aarch32_reset(struct arch_vcpu *a);
void aarch32_inject(struct vcpu *v, uint64_t ec);

struct regs;
// The frame of EL2's own fault, for cpu_dump_state().
void cpu_set_fault_frame(const struct regs *frame);
