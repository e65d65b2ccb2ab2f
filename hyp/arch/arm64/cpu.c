// SPDX-License-Identifier: Apache-2.0
// A physical CPU: its EL2 control registers, its counter, waiting, halting, and what a panic shows
// of it. Worst case: cpu_stop_others waits 10 ms.

#include <arch/atomic.h>
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/gic_inline.h>
#include <arch/time.h>
#include <arm64/asm.h>

#include <arm64/hcr.h>
#include <arm64/regs.h>
#include <arm64/stage2_pte.h>
#include <arm64/tlb.h>
#include <arm64/trap.h>
#include <core/irq.h>
#include <core/log.h>
#include <core/percpu.h>
#include <core/symbols.h>
#include <core/vcpu.h>
#include <drivers/gic.h>

_Static_assert(offsetof(struct percpu, stack_top) == PERCPU_STACK_TOP, "head.S");
_Static_assert(offsetof(struct percpu, loaded) == PERCPU_LOADED, "vectors.S");
_Static_assert(offsetof(struct percpu, pending) == PERCPU_LOADED + 8, "vectors.S");
_Static_assert(offsetof(struct percpu, id) == PERCPU_ID, "head.S");
_Static_assert(offsetof(struct percpu, mpidr) == PERCPU_MPIDR, "head.S");
_Static_assert(sizeof(struct percpu) == PERCPU_SIZE, "head.S");
_Static_assert(offsetof(struct vcpu, arch.regs.traps) == VCPU_TRAPS, "vectors.S");
_Static_assert(offsetof(struct vcpu, arch.stack_top) == VCPU_STACK_TOP, "vectors.S");
_Static_assert(offsetof(struct vcpu, arch.irqs) == VCPU_STACK_TOP + 8, "vectors.S");
_Static_assert(offsetof(struct vcpu, pending) == VCPU_PENDING, "vectors.S");

extern char image_start[], text_end[];
static uint64_t ticks_per_second;
static uint64_t ns_per_tick_32; // nanoseconds a tick, 32.32 fixed point
static uint64_t tick_per_ns_32; // ticks a nanosecond, 32.32 fixed point
static const struct regs *fault_frame;

uint64_t cpu_affinity(void) { return read_mpidr_el1() & 0xff00ffffffULL; }

void cpu_time_init(uint32_t frequency) {
    ticks_per_second = frequency ? frequency : read_cntfrq_el0();
    CHECK(ticks_per_second >= 1000000);
    ns_per_tick_32 = (1000000000ULL << 32) / ticks_per_second;
    tick_per_ns_32 = (ticks_per_second << 32) / 1000000000ULL;
}

uint64_t time_ticks(void) { return read_cntpct_el0(); }
uint64_t time_ticks_to_ns(uint64_t ticks) {
    return (uint64_t)((__uint128_t)ticks * ns_per_tick_32 >> 32);
}
uint64_t time_ns_to_ticks(uint64_t ns) {
    return (uint64_t)((__uint128_t)ns * tick_per_ns_32 >> 32);
}
uint64_t time_ns(void) { return time_ticks_to_ns(read_cntpct_el0()); }

void time_set_deadline(uint64_t deadline_ns) {
    if (deadline_ns == UINT64_MAX) {
        write_cnthp_ctl_el2(0);
    } else {
        write_cnthp_cval_el2(time_ns_to_ticks(deadline_ns) + 1); // never early by rounding
        write_cnthp_ctl_el2(1);
    }
    isb(); // in force before this CPU sleeps
}

// VTCR_EL2: RES1, PS, 4 KiB granule, inner-shareable write-back walks, start level 1.
static uint64_t vtcr(void) {
    uint64_t ps = FIELD(read_id_aa64mmfr0_el1(), 3, 0);
    return BIT(31) | MIN(ps, 5ULL) << 16 | 3ULL << 12 | 1ULL << 10 | 1ULL << 8 | 1ULL << 6 |
           (64ULL - stage2_ipa_bits());
}

// HPMN: all counters are the guests', zero is not allowed where any exist. EL2 is not counted.
static uint64_t mdcr(void) {
    uint64_t pmu = FIELD(read_id_aa64dfr0_el1(), 11, 8);
    if (pmu == 0 || pmu == 0xf)
        return MDCR_GUEST;
    return MDCR_GUEST | FIELD(read_pmcr_el0(), 15, 11) | (pmu >= 4 ? MDCR_HPMD : 0) |
           (pmu >= 6 ? MDCR_HCCD : 0);
}

void cpu_init_el2(void) {
    write_hcr_el2(HCR_GUEST);
    write_mdcr_el2(mdcr());
    write_cptr_el2(CPTR_GUEST);
    write_hstr_el2(HSTR_GUEST);
    write_cnthctl_el2(CNTHCTL_GUEST);
    write_cntvoff_el2(0);
    write_vtcr_el2(vtcr());
    write_vpidr_el2(read_midr_el1());
    write_cnthp_ctl_el2(0);
    tlb_flush_guests_local(); // nothing stale of any VMID before the first guest
}

void cpu_wait_for_interrupt(void) {
    dsb_sy(); // stores that a peer waits for are out before we sleep
    __asm__ volatile("wfi" ::: "memory");
}

void cpu_trace_entries(bool on) {
    extern char vectors[], vectors_traced[];
    write_vbar_el2((uint64_t)(uintptr_t)(on ? vectors_traced : vectors)); // in force at the ERET
}

void cpu_kick(unsigned cpu) { gic_kick(cpu); }

noreturn void cpu_halt(void) {
    this_cpu()->online = false;
    __asm__ volatile("msr daifset, #0xf");
    for (;;)
        __asm__ volatile("wfi");
}

void cpu_stop_others(void) {
    uint64_t until = time_ticks() + ticks_per_second / 100;
    for (unsigned cpu = 0; gic && cpu < nr_cpus; cpu++) {
        if (cpu != this_cpu()->id && load_acquire(&percpus[cpu].online))
            cpu_raise(cpu, WORK_STOP);
    }
    for (unsigned cpu = 0; gic && cpu < nr_cpus; cpu++) {
        while (cpu != this_cpu()->id && load_acquire(&percpus[cpu].online) && time_ticks() < until)
            cpu_relax();
    }
}

void cpu_set_fault_frame(const struct regs *frame) { fault_frame = frame; }

static void dump_regs(const struct regs *r) {
    for (unsigned i = 0; i < 30; i += 3)
        log_error("x%-2u %016llx x%-2u %016llx x%-2u %016llx", i, (unsigned long long)r->x[i],
                  i + 1, (unsigned long long)r->x[i + 1], i + 2, (unsigned long long)r->x[i + 2]);
    log_error("x30 %016llx elr %016llx spsr %llx", (unsigned long long)r->x[30],
              (unsigned long long)r->elr, (unsigned long long)r->spsr);
}

// Addresses are printed relative to the image, as in build/cofferdam.elf. Behind the first they are
// where a call returns to: the caller is who has the instruction before, the last one perhaps.
static void backtrace(uint64_t pc, uint64_t fp) {
    uint64_t base = (uint64_t)(uintptr_t)image_start, end = (uint64_t)(uintptr_t)text_end;
    uint64_t top = this_cpu()->stack_top;
    for (unsigned depth = 0; depth < 24; depth++) {
        uint64_t in = 0, call = depth ? 4 : 0;
        const char *name = pc > base && pc < end ? symbol_at(pc - base - call, &in) : NULL;
        log_error("  #%-2u %#llx %s+%#llx", depth, (unsigned long long)(pc - base),
                  name ? name : "?", (unsigned long long)(in + call));
        if ((fp & 15) || fp < top - EL2_STACK_SIZE || fp + 16 > top)
            break;
        const uint64_t *frame = (const uint64_t *)(uintptr_t)fp;
        fp = frame[0];
        pc = frame[1];
    }
}

void cpu_dump_state(void) {
    if (fault_frame) {
        dump_regs(fault_frame);
        backtrace(fault_frame->elr, fault_frame->x[29]);
    } else {
        backtrace((uint64_t)(uintptr_t)__builtin_return_address(0),
                  (uint64_t)(uintptr_t)__builtin_frame_address(0));
    }
    log_error("CPU%u esr %#llx far %#llx hpfar %#llx hcr %#llx vttbr %#llx", this_cpu()->id,
              (unsigned long long)read_esr_el2(), (unsigned long long)read_far_el2(),
              (unsigned long long)read_hpfar_el2(), (unsigned long long)read_hcr_el2(),
              (unsigned long long)read_vttbr_el2());
}
