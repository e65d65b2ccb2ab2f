// SPDX-License-Identifier: Apache-2.0
// A guest's start: identity map, GIC, secondary CPUs, and what exceptions do. Entered from head.S
// with the MMU off. IRQs stay masked until the guest opens them.

#include "rt.h"
#include <xen/sched.h>

#define STACK_SIZE 16384U

struct rt_cpu rt_cpus[RT_MAX_CPUS];
struct rt_platform rt_platform;

_Static_assert(offsetof(struct rt_cpu, stack_top) == 0, "head.S");
_Static_assert(offsetof(struct rt_cpu, first_tick) == 8, "head.S");
_Static_assert(sizeof(struct rt_frame) == 192, "head.S");

void rt_secondary_entry(void);
_Noreturn void rt_boot(struct rt_cpu *cpu, void *boot);
_Noreturn void rt_secondary(struct rt_cpu *cpu);
void rt_irq(uint64_t tick);
void rt_exception(struct rt_frame *frame, uint64_t vector);

#define BLOCK (1ULL << 10 | 1U)        // Access flag
#define NORMAL (1ULL << 2 | 3ULL << 8) // attribute 1, inner shareable
#define DEVICE (3ULL << 53)            // attribute 0, never executable
#define NO_EXECUTION (3ULL << 53)

static uint64_t level1[512] __attribute__((aligned(4096)));
static uint64_t level2[512] __attribute__((aligned(4096))); // of the first GiB, unless it is RAM
static uint8_t stacks[RT_MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));
static void (*handlers[RT_NR_INTIDS])(uint32_t);

// 1 GiB blocks, 39-bit space: the GiB that hold RAM are write-back, all others Device-nGnRE. A
// guest's devices are in the first GiB, and so are pages that it shares: 2 MiB blocks there.
static void mmu_build(void) {
    for (uint64_t i = 0; i < 512U; i++) {
        bool ram = i < 64U && (rt_platform.ram_gib >> i & 1U) != 0;
        level1[i] = i << 30 | (ram ? NORMAL : DEVICE) | BLOCK;
        level2[i] = i << 21 | DEVICE | BLOCK;
    }
    if ((rt_platform.ram_gib & 1U) == 0) {
        level1[0] = (uintptr_t)level2 | 3U;
    }
    // Written with the caches off: no stale line may hide them later.
    for (uintptr_t a = (uintptr_t)image_start; a < (uintptr_t)image_end; a += 16U) {
        __asm__ volatile("dc ivac, %0" ::"r"(a) : "memory");
    }
    rt_dsb();
}

// Break before make (Arm ARM D8.14): an entry changes its type by way of none.
static void remap(uint64_t *entry, uint64_t to) {
    *(volatile uint64_t *)entry = 0;
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish" ::: "memory");
    *(volatile uint64_t *)entry = to;
    __asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

void rt_map_memory(uint32_t gib) { remap(&level1[gib], (uint64_t)gib << 30 | NORMAL | BLOCK); }

void rt_map_shared(uint64_t address, uint64_t size) {
    for (uint64_t i = address >> 21; i < 512U && i <= (address + size - 1U) >> 21; i++) {
        remap(&level2[i], i << 21 | NORMAL | NO_EXECUTION | BLOCK);
    }
}

static void mmu_on(void) {
    uint64_t pa_range = RT_READ(id_aa64mmfr0_el1) & 7U;
    RT_WRITE(mair_el1, 0xff04);
    RT_WRITE(tcr_el1, 25U | 1U << 8 | 1U << 10 | 3U << 12 | 1U << 23 |
                          (pa_range > 5U ? 5U : pa_range) << 32); // 39 bits, WB, inner, EPD1
    RT_WRITE(ttbr0_el1, (uintptr_t)level1);
    rt_isb();
    __asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
    RT_WRITE(sctlr_el1, RT_READ(sctlr_el1) | 1U | 1U << 2 | 1U << 12); // M, C, I
    rt_isb();
}

void rt_boot(struct rt_cpu *cpu, void *boot) {
    void (*run)(void) = rt_start(boot);
    mmu_build();
    mmu_on();
    for (uint32_t i = 0; i < rt_platform.nr_shared; i++) {
        rt_map_shared(rt_platform.shared[i].address, rt_platform.shared[i].size);
    }
    for (uint32_t i = 0; i < RT_MAX_CPUS; i++) {
        rt_cpus[i].id = i;
        if (i != 0) {
            rt_cpus[i].stack_top = (uintptr_t)stacks[i] + STACK_SIZE;
        }
    }
    cpu->alive = 1;
    if (rt_platform.gic_version != 0) {
        rt_gic_init();
    }
    run();
    rt_shutdown(SHUTDOWN_poweroff);
}

void rt_shutdown(uint32_t reason) {
    struct sched_shutdown arg = {.reason = reason};
    (void)rt_hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uintptr_t)&arg, 0, 0, 0);
    for (;;) {
        rt_wfi();
    }
}

void rt_secondary(struct rt_cpu *cpu) {
    mmu_on();
    rt_gic_init_cpu();
    cpu->alive = 1;
    cpu->fn(cpu);
    rt_irq_off();
    (void)rt_hvc(PSCI_CPU_OFF, 0, 0, 0);
    for (;;) {
        rt_wfi();
    }
}

int64_t rt_cpu_on(uint32_t id, void (*fn)(struct rt_cpu *)) {
    struct rt_cpu *cpu = &rt_cpus[id];
    cpu->alive = 0;
    cpu->fn = fn;
    // It starts with its caches off: what it reads first must be in memory.
    __asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(cpu) : "memory");
    return rt_hvc(PSCI_CPU_ON, cpu->mpidr, (uintptr_t)rt_secondary_entry, (uintptr_t)cpu);
}

bool rt_cpu_wait_off(uint32_t id, uint64_t ticks) {
    uint64_t end = rt_now() + ticks;
    while (rt_hvc(PSCI_AFFINITY_INFO, rt_cpus[id].mpidr, 0, 0) != 1) {
        if (rt_now() > end) {
            return false;
        }
        rt_yield();
    }
    return true;
}

bool rt_wait_change(volatile uint64_t *flag, uint64_t was, uint64_t ticks) {
    uint64_t end = rt_now() + ticks;
    while (*flag == was) {
        if (rt_now() > end) {
            return false;
        }
        rt_yield();
    }
    return true;
}

void rt_irq_handler(uint32_t intid, void (*fn)(uint32_t)) { handlers[intid] = fn; }

void rt_irq(uint64_t tick) {
    struct rt_cpu *cpu = rt_this_cpu();
    uint32_t iar = rt_gic_ack();
    uint32_t intid = iar & 0x3ffU;
    if (intid >= RT_SPURIOUS) {
        return;
    }
    cpu->irq_tick = tick;
    if (handlers[intid] != NULL) {
        handlers[intid](intid);
    } else {
        rt_gic_disable(intid);
    }
    rt_gic_eoi(iar);
    cpu->irq_count++;
}

void rt_expect_begin(void) {
    struct rt_cpu *cpu = rt_this_cpu();
    cpu->esr = 0;
    cpu->far = 0;
    cpu->expect = true;
}

uint64_t rt_expect_end(void) {
    struct rt_cpu *cpu = rt_this_cpu();
    cpu->expect = false;
    return cpu->esr;
}

// Vector 4 is synchronous, 7 SError, both from EL1h. What was not expected is the guest's end.
void rt_exception(struct rt_frame *frame, uint64_t vector) {
    struct rt_cpu *cpu = rt_this_cpu();
    uint64_t esr = RT_READ(esr_el1);
    if (cpu->expect && (vector == 4U || vector == 7U)) {
        cpu->esr = esr;
        cpu->far = RT_READ(far_el1);
        cpu->fault_pc = frame->elr;
        if (vector == 4U && esr >> 26 == 0x21U) {
            frame->elr = frame->x30; // a fetch: back to the caller
        } else if (vector == 4U) {
            frame->elr += 4U;
        } else {
            cpu->serrors++;
        }
        return;
    }
    cpu->expect = true; // a fault below would come back here for ever
    rt_printf("exception: vector %lu esr %lx elr %lx far %lx image %lx\n", vector, esr,
              frame->elr - (uintptr_t)image_start, RT_READ(far_el1),
              (uint64_t)(uintptr_t)image_start);
    rt_shutdown(SHUTDOWN_crash);
}
