// SPDX-License-Identifier: Apache-2.0
// The machine part of struct domain and struct vcpu on arm64. Register groups are switched by
// vcpu.c.
#pragma once
#include <arch/map.h>
#include <arm64/mmio.h>
#include <arm64/regs.h>
#include <arm64/vgic.h>
#include <arm64/vuart.h>
#include <core/timer.h>
#include <core/types.h>

struct page;
struct vcpu;

// EL1 registers of a guest that EL2 does not touch but at a switch (R19: each row is switched
// here).
struct el1_state {
    uint64_t sctlr, cpacr, ttbr0, ttbr1, tcr, mair, amair, vbar, esr, far, afsr0, afsr1;
    uint64_t contextidr, par, tpidr_el0, tpidr_el1, tpidrro_el0, elr, spsr, sp_el0, sp_el1;
    uint64_t cntkctl, csselr, actlr, mdscr;
    uint64_t dacr32, ifsr32, fpexc32; // AArch32 EL1 guests
    uint64_t spsr_abt, spsr_und, spsr_irq, spsr_fiq;
};

struct fp_state {
    __uint128_t q[32];
    uint32_t fpcr, fpsr;
};

// A guest's performance monitors while not loaded (pmu.c).
#define PMU_COUNTERS 31
struct pmu_state {
    uint64_t pmcr, selr, userenr, cntenset, intenset, ovsset, ccntr, ccfiltr;
    uint64_t evcntr[PMU_COUNTERS], evtyper[PMU_COUNTERS];
};

struct vtimer_state {
    uint64_t cval, ctl;     // virtual timer, while not loaded
    uint64_t p_cval, p_ctl; // emulated physical timer
    struct timer phys;      // its deadline
    struct timer virt;      // virtual timer's deadline while asleep and not loaded
    bool hw_active;         // PPI 27 was active in the GIC at the switch
};

// A vCPU's windows stay open on the pages where its last arguments were (guest.c): one for single
// words, two for all else.
struct guest_window {
    uint64_t tag;      // what PAR_EL1 says of the frame; 0: closed
    struct page *page; // held by a reference
    char *va;
};
// Closes both and drops the references: the vCPU is at rest.
void guest_windows_close(struct vcpu *v);

struct arch_vcpu {
    struct regs regs;   // first: vectors.S
    uint64_t stack_top; // EL2 stack of the CPU it runs on (offset ARCH_VCPU_STACK)
    uint64_t irqs;      // interrupts and SErrors taken at EL2 while it ran (vectors.S)
    uint64_t exits[64]; // exceptions by class (ESR_EL2.EC), but HVC64: see arch_vcpu_exits
    uint64_t hcr;
    uint64_t vmpidr;
    uint64_t cntvoff;
    const uint64_t (*idregs)[8]; // its row of idreg_value
    union {                      // what few have, so that a switch looks once
        struct {
            bool aarch32, vpmu;
        };
        uint16_t rare;
    };
    bool reset_pending; // starts over at reset_entry when it is next loaded
    ipa_t reset_entry;
    uint64_t reset_context;
    uint8_t wfx;
    uint8_t window_newest; // of the latter, the one that moved last
    struct guest_window window[WINDOWS_PER_VCPU];
    struct el1_state el1;
    struct vtimer_state timer;
    struct vgic_vcpu vgic;
    struct fp_state fp;
    struct pmu_state pmu;
};

struct arch_domain {
    struct vgic_domain vgic;
    struct vuart vuart;
    struct mmio_range mmio[MMIO_RANGES + 1]; // ends with one of no size
    uint32_t nr_mmio;
    bool vpmu;                         // its vCPUs have performance monitors
    uint32_t evtchn_ppi;               // INTID of the event channel upcall
    uint64_t ipa_grants;               // where /hypervisor says the grant frames go
    struct vcpu *last_loaded[NR_CPUS]; // by CPU: whose stage 1 its TLB may hold
};
