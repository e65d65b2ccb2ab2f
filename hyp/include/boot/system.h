// SPDX-License-Identifier: Apache-2.0
// What the machine is and what is to be booted: plain data without pointers, read from the device
// tree (boot/dt*.c) here or, for a system blob, by the host tool. Boot only, but for the parts that
// drivers copy. All addresses are physical. A change of its layout is a new COFF_BLOB_VERSION.
#pragma once
#include <core/addr.h>
#include <core/options.h>
#include <core/sealed.h>
#include <core/types.h>

#define MAX_BANKS 16
#define MAX_RESERVED 96
#define MAX_MODULES 40
#define MAX_STATIC_DOMAINS 12
#define MAX_STATIC_BANKS 4 // pieces of static memory of a domain
#define MAX_SHARED 16      // uses of shared memory, by all domains
#define MAX_LINKS 32       // ends of static event channels
#define MAX_ASSIGNED 64    // regions of registers, of all static domains
#define MAX_RESETS (MAX_STATIC_DOMAINS * SEALED_RESETS) // steps, of all static domains
#define SHM_ID_MAX 16
#define MAX_CPUPOOLS 4
#define MAX_WINDOWS 64 // of a cpupool's timetable
#define NO_POOL 0xff
#define NO_MODULE 0xff

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
    uint64_t redist_stride;  // 0 = 128 KiB (256 KiB with GICv4 by TYPER)
    irq_t maintenance;       // PPI INTID
    int node;                // device-tree offset of its node
    uint32_t phandle, cells; // of it, 0 = none; of an interrupt specifier
};

enum module_kind { MODULE_KERNEL, MODULE_RAMDISK, MODULE_DTB, MODULE_XSM, MODULE_OTHER };
struct system_module {
    uint32_t kind; // enum module_kind
    domid_t domid; // whose; 0 = Dom0
    struct system_range range;
    char node[48]; // its node's path, for messages
};

// What of Xen's PV interfaces a static domain has (xen,enhanced).
enum system_enhanced { ENHANCED_NO, ENHANCED_NO_XENSTORE, ENHANCED_ALL };

// What a domain gets of its scheduler (coff,sched-*), 0 = not given.
struct system_share {
    uint32_t weight, cap;          // credit, credit2
    uint32_t period_us, budget_us; // rtds
};

// A domain that EL2 builds besides Dom0: an xen,domain node. domain[i] gets domid i + 1.
struct system_domain {
    char node[48];
    uint64_t memory; // bytes
    uint32_t nr_vcpus, nr_spis;
    uint8_t nr_spis_given, vpl011, vpmu,
        direct_map;                             // flags, as all of struct system: any byte is one
    uint8_t enhanced;                           // enum system_enhanced
    uint32_t paging_mib;                        // xen,domain-p2m-mem-mb, 0 = not given
    struct system_range bank[MAX_STATIC_BANKS]; // machine addresses
    unsigned nr_banks;                          // 0: from the free memory
    uint8_t kernel, ramdisk, dtb;               // index into module[], or NO_MODULE
    char bootargs[1024];                        // of its kernel module
    struct restart_policy restart;
    uint32_t pool_phandle;   // domain-cpupool, 0 = none
    uint32_t pin[MAX_VCPUS]; // masks of CPUs (xen,vcpu), 0 = anywhere
    struct system_share share;
    uint8_t pool; // index into pool[], NO_POOL: Pool-0
    // What is worked out from this (boot/domu_plan.c), before anything is built: where in the
    // domain's memory its images go, its device tree as made, the interrupts of its devices.
    ipa_t kernel_at, ramdisk_at, fdt_at;
    struct system_range fdt;
    uint64_t irqs[(NR_INTIDS + 63) / 64]; // bit n: INTID n
};

// Registers of a device that a static domain has.
struct system_assigned {
    domid_t domid;
    struct system_range range;
    ipa_t at; // where the domain sees them
};

// Of the reset of a device that a static domain has, in order.
struct system_reset {
    domid_t domid;
    struct device_reset step;
};

// Of a timetable: whose vCPU runs for how long; one begins where the last ends.
struct system_window {
    uint32_t domid, vcpu, us;
};

// CPUs that schedule together (xen,cpupool).
struct system_pool {
    char node[48], sched[16]; // sched "": the default
    uint32_t phandle;
    uint64_t mpidr[NR_CPUS];
    unsigned nr_cpus;
    struct system_window window[MAX_WINDOWS]; // of arinc653
    uint32_t nr_windows, frame_us;
};

// A domain's use of a region that several share.
struct system_shared {
    domid_t domid;
    char id[SHM_ID_MAX];
    uint8_t owner;
    struct system_range range;
    ipa_t at; // where the domain sees it
    char node[48];
};

// One end of a static event channel.
struct system_link {
    domid_t domid;
    uint32_t port;
    uint32_t phandle, peer; // its own; the other end's
    uint8_t other;          // index of the other end, once checked
    char node[48];
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
    struct system_range image;  // EL2's image as loaded
    struct system_range source; // what all this was read from: the device tree, or the blob
    struct system_range bank[MAX_BANKS];
    unsigned nr_banks;
    struct system_range
        reserved[MAX_RESERVED]; // not usable: /memreserve/, /reserved-memory, fdt, modules, image
    unsigned nr_reserved;
    struct system_cpu cpu[NR_CPUS]; // cpu[0] is the boot CPU
    unsigned nr_cpus;
    char cpu_compatible[96]; // of the first in the tree: strings of so many bytes, 0: not known
    uint32_t cpu_compatible_len;
    uint32_t ipa_bits; // of static domains' address spaces
    struct system_gic gic;
    struct system_uart uart;  // compatible[0] == 0: none found
    irq_t timer_ppi[4];       // secure phys, non-secure phys, virtual, hypervisor: INTIDs
    uint32_t timer_frequency; // clock-frequency, 0 = CNTFRQ_EL0
    uint8_t psci, psci_smc;   // conduit SMC (else HVC: only under another hypervisor)
    uint32_t psci_cpu_on;     // function id (PSCI 0.1 trees name their own)
    struct system_module module[MAX_MODULES];
    unsigned nr_modules;
    struct system_domain domain[MAX_STATIC_DOMAINS];
    unsigned nr_domains;
    struct system_pool pool[MAX_CPUPOOLS];
    unsigned nr_pools;
    struct system_shared shared[MAX_SHARED];
    unsigned nr_shared;
    struct system_link link[MAX_LINKS];
    unsigned nr_links;
    struct system_assigned assigned[MAX_ASSIGNED];
    unsigned nr_assigned;
    struct system_reset reset[MAX_RESETS];
    unsigned nr_resets;
    uint8_t has_dom0;         // a kernel for it
    char bootargs[1024];      // xen,xen-bootargs
    char dom0_bootargs[1024]; // xen,dom0-bootargs
};

// system_check.c: what must fit together, whatever the system was read from; the memory that
// modules and static domains have is added to `reserved`. Refused by name, before anything runs.
void system_check_all(struct system *s);
// Adds [base, base+size), rounded outwards to pages, to what is not usable.
void system_reserve(struct system *s, pa_t base, uint64_t size);
// A static domain's RAM in its own addresses: MAX_STATIC_BANKS at most, returns how many.
unsigned system_guest_ram(const struct system_domain *d, struct system_range *bank) must_check;
// Are the registers that static domains have nobody else's, and those of resets among them? Each
// assigned domid is that of a domain.
void system_check_assigned(const struct system *s);
// The vGIC's addresses as s->gic has them.
void system_lay_out_vgic(const struct system *s);
// Adds a range to a list, page-rounded; and, to one of up to MAX_RESERVED, what EL2 owns: RAM, its
// image, the console, the interrupt controller.
void system_add_pages(struct system_range *list, unsigned *count, unsigned max,
                      const struct system_range *r);
void system_owned(const struct system *s, struct system_range *list, unsigned *count);
