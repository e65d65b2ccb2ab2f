// SPDX-License-Identifier: Apache-2.0
// What the machine is and what is to be booted, read once from the device tree (boot/dt*.c) into
// plain data. Boot only, but for the parts that drivers copy. All addresses are physical.
#pragma once
#include <core/addr.h>
#include <core/options.h>
#include <core/types.h>

#define MAX_BANKS 16
#define MAX_RESERVED 32
#define MAX_MODULES 8

struct system_range {
    pa_t base;
    uint64_t size;
};

struct system_cpu {
    uint64_t mpidr;    // affinity fields
    pa_t release_addr; // spin-table; 0 = PSCI
};

struct system_gic {
    unsigned version;              // 2 or 3
    struct system_range dist;      // GICD
    struct system_range cpu;       // v2: GICC
    struct system_range hyp;       // v2: GICH
    struct system_range vcpu;      // v2: GICV
    struct system_range redist[8]; // v3: GICR regions
    unsigned nr_redist;
    uint64_t redist_stride; // 0 = 128 KiB (256 KiB with GICv4 by TYPER)
    irq_t maintenance;      // PPI INTID
    int node;               // device-tree offset of its node
};

enum module_kind { MODULE_KERNEL, MODULE_RAMDISK, MODULE_DTB, MODULE_XSM, MODULE_OTHER };
struct system_module {
    enum module_kind kind;
    struct system_range range;
    char bootargs[1024]; // its own "bootargs", if any
    char node[48];       // its node's path, for messages
};

struct system_uart {
    char path[96];
    char compatible[32];
    struct system_range reg;
    uint32_t reg_shift, io_width;
    irq_t irq;
    int node;
};

struct system {
    const void *fdt; // the host's device tree, boot-mapped
    uint32_t fdt_size;
    struct system_range image; // EL2's image as loaded; set by the caller of dt_read_system
    struct system_range bank[MAX_BANKS];
    unsigned nr_banks;
    struct system_range
        reserved[MAX_RESERVED]; // not usable: /memreserve/, /reserved-memory, fdt, modules, image
    unsigned nr_reserved;
    struct system_cpu cpu[NR_CPUS]; // cpu[0] is the boot CPU
    unsigned nr_cpus;
    struct system_gic gic;
    struct system_uart uart;  // compatible[0] == 0: none found
    irq_t timer_ppi[4];       // secure phys, non-secure phys, virtual, hypervisor: INTIDs
    uint32_t timer_frequency; // clock-frequency, 0 = CNTFRQ_EL0
    bool psci, psci_smc;      // conduit SMC (else HVC: only under another hypervisor)
    uint32_t psci_cpu_on;     // function id (PSCI 0.1 trees name their own)
    struct system_module module[MAX_MODULES];
    unsigned nr_modules;
    char bootargs[1024];      // xen,xen-bootargs
    char dom0_bootargs[1024]; // xen,dom0-bootargs
};
