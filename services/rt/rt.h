// SPDX-License-Identifier: Apache-2.0
// The runtime of bare-metal guests: an EL1 program that Xen and Cofferdam start as Dom0's kernel,
// as a static domain, or for xl. Identity map (RAM cacheable, the rest Device), GICv2/v3, generic
// timer, PSCI by HVC, hypercalls, console. A guest defines rt_main(). Only the boot CPU prints.
// Compiled with -ffixed-x18 (see head.S).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RT_MAX_CPUS 8U
#define RT_NR_INTIDS 1024U
#define RT_MAX_SHARED 8U
#define RT_PRINT_MAX 511U // characters of one rt_printf()
#define RT_SPURIOUS 1020U // INTIDs from here on are no interrupts

/** What an exception saved; laid out in head.S. */
struct rt_frame {
    uint64_t x[18];
    uint64_t x29, x30;
    uint64_t elr, spsr;
    uint64_t pad[2];
};

/** One vCPU. The first two members are known to head.S. */
struct rt_cpu {
    uint64_t stack_top;
    volatile uint64_t first_tick; // CNTPCT (boot CPU) or CNTVCT at its first instruction
    void (*fn)(struct rt_cpu *);  // where a secondary goes; returning means CPU_OFF
    uint64_t mpidr;
    uint32_t id;
    volatile uint32_t alive;     // a secondary sets 1 when it runs fn
    volatile uint64_t irq_tick;  // CNTVCT at the vector's first instruction, last interrupt
    volatile uint64_t irq_count; // interrupts taken, spurious ones not counted
    volatile bool expect;        // a fault is expected: skip the instruction, keep esr
    volatile uint64_t esr, far;  // of the last expected fault; esr 0: none
    volatile uint64_t fault_pc;
    volatile uint64_t serrors;
};

/** A piece of static shared memory: guest-physical address and size in bytes. */
struct rt_shared {
    const char *id;
    uint64_t address, size;
};

/** What the device tree said. */
struct rt_platform {
    uint64_t ram_base, ram_size; // first bank
    uint64_t ram_gib;            // bit n: the GiB at n << 30 holds RAM
    uint32_t nr_cpus;
    uint32_t gic_version; // 2 or 3
    uint64_t gicd, gicc, gicr, gicr_size;
    uint32_t irq_ptimer, irq_vtimer, irq_evtchn; // INTIDs
    uint64_t uart;                               // arm,sbsa-uart: lines go there, 0: by console_io
    uint32_t irq_uart;
    struct rt_shared shared[RT_MAX_SHARED];
    uint32_t nr_shared;
    uint64_t rtc, cadence; // arm,pl031 or cdns,uart-r1p12: a board has either
    uint32_t irq_device;   // its interrupt
    const char *bootargs;  // "" when the tree has none
    const void *fdt;
};

extern struct rt_cpu rt_cpus[RT_MAX_CPUS];
extern struct rt_platform rt_platform;
extern char image_start[], image_end[];

/** The guest itself, on the boot CPU, interrupts masked. Returning powers the machine off. */
void rt_main(void);

// --- system registers and barriers -----------------------------------------------

#define RT_READ(reg)                                                                               \
    __extension__({                                                                                \
        uint64_t rt_v_;                                                                            \
        __asm__ volatile("mrs %0, " #reg : "=r"(rt_v_)::"memory");                                 \
        rt_v_;                                                                                     \
    })
#define RT_WRITE(reg, val) __asm__ volatile("msr " #reg ", %0" ::"r"((uint64_t)(val)) : "memory")

static inline void rt_isb(void) { __asm__ volatile("isb" ::: "memory"); }

static inline void rt_dsb(void) { __asm__ volatile("dsb sy" ::: "memory"); }

static inline void rt_wfi(void) { __asm__ volatile("wfi" ::: "memory"); }

/** Ends this CPU's turn in a single-threaded emulator; traps nowhere. */
static inline void rt_yield(void) { __asm__ volatile("yield" ::: "memory"); }

static inline void rt_irq_on(void) { __asm__ volatile("msr daifclr, #2" ::: "memory"); }

static inline void rt_irq_off(void) { __asm__ volatile("msr daifset, #2" ::: "memory"); }

/** Virtual count, ticks. */
static inline uint64_t rt_now(void) { return RT_READ(cntvct_el0); }

static inline struct rt_cpu *rt_this_cpu(void) {
    return (struct rt_cpu *)(uintptr_t)RT_READ(tpidr_el1);
}

// One plain load or store each, so that a trap has a valid syndrome.
static inline uint32_t rt_read32(uint64_t addr) {
    uint32_t v;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
    return v;
}

static inline void rt_write32(uint64_t addr, uint32_t v) {
    __asm__ volatile("str %w0, [%1]" ::"r"(v), "r"(addr) : "memory");
}

static inline uint64_t rt_read64(uint64_t addr) {
    uint64_t v;
    __asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"(addr) : "memory");
    return v;
}

static inline void rt_write64(uint64_t addr, uint64_t v) {
    __asm__ volatile("str %0, [%1]" ::"r"(v), "r"(addr) : "memory");
}

static inline uint8_t rt_read8(uint64_t addr) {
    uint32_t v;
    __asm__ volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
    return (uint8_t)v;
}

static inline void rt_write8(uint64_t addr, uint8_t v) {
    __asm__ volatile("strb %w0, [%1]" ::"r"((uint32_t)v), "r"(addr) : "memory");
}

// --- hypercalls and firmware calls -------------------------------------------------

/** A hypercall; 64-bit result as the hypervisor left it in x0. */
static inline int64_t rt_hypercall(uint64_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                                   uint64_t a4) {
    register uint64_t x0 __asm__("x0") = a0;
    register uint64_t x1 __asm__("x1") = a1;
    register uint64_t x2 __asm__("x2") = a2;
    register uint64_t x3 __asm__("x3") = a3;
    register uint64_t x4 __asm__("x4") = a4;
    register uint64_t x16 __asm__("x16") = nr;
    __asm__ volatile("hvc #0xea1"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x16)
                     :
                     : "memory");
    return (int64_t)x0;
}

/** An SMCCC call by HVC #0; x1..x3 may come back changed. */
static inline int64_t rt_hvc(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3) {
    register uint64_t x0 __asm__("x0") = fn;
    register uint64_t x1 __asm__("x1") = a1;
    register uint64_t x2 __asm__("x2") = a2;
    register uint64_t x3 __asm__("x3") = a3;
    __asm__ volatile("hvc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "memory", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17");
    return (int64_t)x0;
}

/** The same by SMC #0. */
static inline int64_t rt_smc(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3) {
    register uint64_t x0 __asm__("x0") = fn;
    register uint64_t x1 __asm__("x1") = a1;
    register uint64_t x2 __asm__("x2") = a2;
    register uint64_t x3 __asm__("x3") = a3;
    __asm__ volatile("smc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "memory", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17");
    return (int64_t)x0;
}

#define PSCI_VERSION 0x84000000U
#define PSCI_CPU_SUSPEND 0xc4000001U
#define PSCI_CPU_OFF 0x84000002U
#define PSCI_CPU_ON 0xc4000003U
#define PSCI_AFFINITY_INFO 0xc4000004U
#define PSCI_MIGRATE_INFO_TYPE 0x84000006U
#define PSCI_FEATURES 0x8400000aU
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED (-3)
#define PSCI_ALREADY_ON (-4)
#define PSCI_INVALID_ADDRESS (-9)

// --- services of the runtime --------------------------------------------------------

/** As printf without floating point (lib/format.h); a line goes out at its newline. At most
 * RT_PRINT_MAX characters a call, the rest is cut. */
void rt_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Write `n` characters to the console; waits for a ring or UART that is full. */
void rt_console_write(const char *text, uint32_t n);

/** Take at most `n` characters that were typed; returns how many, 0: none. Does not wait. */
uint32_t rt_console_read(char *to, uint32_t n);

/** Lines go to `write` from now on, and nothing is typed. */
void rt_console_to(void (*write)(const char *text, uint32_t n));

/** Call `fn` each `us` microseconds, IRQs masked, on the boot CPU; 0: no more. Late calls are made
 * up for. Needs rt_irq_on() to be called. */
void rt_timer_every(uint64_t us, void (*fn)(void));

/** Sleep about `ms`, IRQs open, so that every other vCPU on this CPU may run. Takes the timer from
 * rt_timer_every(). */
void rt_sleep(uint32_t ms);

/** Sleep, IRQs open, until a handler has changed *count from `was`. Leaves IRQs open. */
void rt_wait(volatile uint64_t *count, uint64_t was);

/** Static shared memory by its id (a link's name in a system file); NULL: this guest has none. */
const struct rt_shared *rt_shared_memory(const char *id);

/** SCHEDOP_shutdown with a SHUTDOWN_ of xen/sched.h; waits if the hypervisor refuses. */
_Noreturn void rt_shutdown(uint32_t reason);

/** Map the GiB at gib << 30 as executable write-back memory, whatever lies there. */
void rt_map_memory(uint32_t gib);

/** Cacheable memory is at these addresses, if they are in the first GiB: it is taken for devices'
 * until told. By 2 MiB, never executable. The boot CPU only, before others run. */
void rt_map_shared(uint64_t address, uint64_t size);

/** Set the handler of an interrupt, called with IRQs masked between acknowledge and EOI. */
void rt_irq_handler(uint32_t intid, void (*fn)(uint32_t intid));

/** Start vCPU `id` (0 to nr_cpus - 1) in `fn` on a fresh stack, IRQs masked. Returns PSCI's answer,
 * 0 or a PSCI_ error. */
int64_t rt_cpu_on(uint32_t id, void (*fn)(struct rt_cpu *));

/** Wait until vCPU `id` is off by AFFINITY_INFO; false after about `ticks` of the counter. */
bool rt_cpu_wait_off(uint32_t id, uint64_t ticks);

/** Spin, yielding, until *flag is not `was`; false after `ticks` of the counter. */
bool rt_wait_change(volatile uint64_t *flag, uint64_t was, uint64_t ticks);

/** Faults of this CPU are taken note of and skipped from here until rt_expect_end(). */
void rt_expect_begin(void);

/** ESR of the last fault since rt_expect_begin(), 0 if there was none. */
uint64_t rt_expect_end(void);

/** Read the device tree into rt_platform. */
void rt_fdt_read(const void *fdt);

/** Called first, MMU off: fills in rt_platform from what came in x0, and tells what to run. */
void (*rt_start(void *boot))(void);

// --- GIC (gic.c): any CPU, IRQs masked or not taken for the same INTID -----------------------

/** The distributor and this CPU's part: called before rt_main(). */
void rt_gic_init(void);

/** This CPU's part: called before a secondary runs its function. */
void rt_gic_init_cpu(void);

/** Let an interrupt arrive: a PPI or SGI at this CPU, an SPI at those it is routed to (at reset the
 * boot CPU). Needs rt_irq_handler(), or it is disabled again at its first arrival. */
void rt_gic_enable(uint32_t intid);

void rt_gic_disable(uint32_t intid);

/** Acknowledge: the INTID in bits 9..0, from RT_SPURIOUS on none. rt_irq() does it. */
uint32_t rt_gic_ack(void);

/** End the interrupt that `iar`, as acknowledged, names. */
void rt_gic_eoi(uint32_t iar);

/** This CPU's redistributor (GICv3), its RD frame; 0 on GICv2. */
uint64_t rt_gic_rd(void);
/** Base of the registers that hold `intid`'s enable, pending, priority... bits: GICD or SGI frame.
 */
uint64_t rt_gic_bank(uint32_t intid);
/** Value for ICC_SGI1R_EL1 or GICD_SGIR that sends `sgi` to `cpu`. */
uint64_t rt_gic_sgi_value(const struct rt_cpu *cpu, uint32_t sgi);

/** Send the SGI that rt_gic_sgi_value() made `value` of. */
static inline void rt_gic_send(uint64_t value) {
    if (rt_platform.gic_version == 3U) {
        __asm__ volatile("msr S3_0_C12_C11_5, %0" ::"r"(value) : "memory"); // ICC_SGI1R_EL1
    } else {
        rt_write32(rt_platform.gicd + 0xf00U, (uint32_t)value);
    }
}
