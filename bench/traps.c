// SPDX-License-Identifier: Apache-2.0
// Rows of traps that return at once: hypercalls, PSCI, vGIC registers, identification registers.
// The figure is what lies between the two counter reads, less the first of them.

#include "bench.h"
#include <xen/version.h>

// The call stands alone between the counter reads: arguments are in place before.
static uint64_t timed_hypercall(uint64_t nr, uint64_t cmd) {
    register uint64_t x0 __asm__("x0") = cmd;
    register uint64_t x1 __asm__("x1") = 0;
    register uint64_t x16 __asm__("x16") = nr;
    uint64_t from, to;
    __asm__ volatile("mrs %0, cntvct_el0\n\thvc #0xea1\n\tmrs %1, cntvct_el0"
                     : "=&r"(from), "=&r"(to), "+r"(x0), "+r"(x1), "+r"(x16)
                     :
                     : "memory", "x2", "x3", "x4");
    return to - from - 1U;
}

#define TIMED_FIRMWARE_CALL(insn)                                                                  \
    register uint64_t x0 __asm__("x0") = PSCI_VERSION;                                             \
    uint64_t from, to;                                                                             \
    __asm__ volatile("mrs %0, cntvct_el0\n\t" insn " #0\n\tmrs %1, cntvct_el0"                     \
                     : "=&r"(from), "=&r"(to), "+r"(x0)                                            \
                     :                                                                             \
                     : "memory", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",      \
                       "x11", "x12", "x13", "x14", "x15", "x16", "x17");                           \
    return to - from - 1U

static uint64_t hypercall_null(uint32_t nth) {
    (void)nth;
    return timed_hypercall(__HYPERVISOR_xen_version, XENVER_version);
}

static uint64_t hypercall_bad(uint32_t nth) {
    (void)nth;
    return timed_hypercall(63, 0);
}

static uint64_t psci_version_hvc(uint32_t nth) {
    (void)nth;
    TIMED_FIRMWARE_CALL("hvc");
}

static uint64_t psci_version_smc(uint32_t nth) {
    (void)nth;
    TIMED_FIRMWARE_CALL("smc");
}

static uint64_t mmio_gicd_typer(uint32_t nth) {
    (void)nth;
    uint64_t from, to, v;
    __asm__ volatile("mrs %0, cntvct_el0\n\tldr %w2, [%3]\n\tmrs %1, cntvct_el0"
                     : "=&r"(from), "=&r"(to), "=&r"(v)
                     : "r"(rt_platform.gicd + 4U)
                     : "memory");
    return to - from - 1U;
}

static uint64_t mmio_isenabler_wr(uint32_t nth) {
    (void)nth;
    uint64_t from, to;
    __asm__ volatile("mrs %0, cntvct_el0\n\tstr %w2, [%3]\n\tmrs %1, cntvct_el0"
                     : "=&r"(from), "=&r"(to)
                     : "r"(1U), "r"(rt_gic_bank(0) + 0x100U)
                     : "memory");
    return to - from - 1U;
}

static uint64_t sysreg_id_mmfr0(uint32_t nth) {
    (void)nth;
    uint64_t from, to, v;
    __asm__ volatile("mrs %0, cntvct_el0\n\tmrs %2, id_aa64mmfr0_el1\n\tmrs %1, cntvct_el0"
                     : "=&r"(from), "=&r"(to), "=&r"(v)::"memory");
    return to - from - 1U;
}

const struct row trap_rows[] = {
    {"hypercall_null", NULL, hypercall_null, NULL, 256},
    {"hypercall_bad", NULL, hypercall_bad, NULL, 256},
    {"psci_version_hvc", NULL, psci_version_hvc, NULL, 256},
    {"psci_version_smc", NULL, psci_version_smc, NULL, 256},
    {"mmio_gicd_typer", NULL, mmio_gicd_typer, NULL, 256},
    {"mmio_isenabler_wr", NULL, mmio_isenabler_wr, NULL, 256},
    {"sysreg_id_mmfr0", NULL, sysreg_id_mmfr0, NULL, 256},
    {NULL, NULL, NULL, NULL, 0},
};
