// SPDX-License-Identifier: Apache-2.0
// What the machine is and what is to be booted, read once from the device tree (boot/dt*.c) into
// plain data. Boot only, but for the parts that drivers copy. All addresses are physical.
#pragma once
#include <boot/dt_tree.h>
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
#define SHM_ID_MAX 16
#define MAX_CPUPOOLS 4
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
    enum module_kind kind;
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
    bool nr_spis_given, vpl011, vpmu, direct_map;
    enum system_enhanced enhanced;
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
};

// CPUs that schedule together (xen,cpupool).
struct system_pool {
    char node[48], sched[16]; // sched "": the default
    uint32_t phandle;
    uint64_t mpidr[NR_CPUS];
    unsigned nr_cpus;
    struct dt_prop windows; // of arinc653: domid, vCPU, microseconds for each; back to back
    uint32_t frame_us;
};

// A domain's use of a region that several share.
struct system_shared {
    domid_t domid;
    char id[SHM_ID_MAX];
    bool owner;
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
    const void *fdt; // the host's device tree, boot-mapped
    uint32_t fdt_size;
    int chosen, aliases;       // its nodes, < 0: none
    struct system_range image; // EL2's image as loaded; set by the caller of dt_read_system
    struct system_range bank[MAX_BANKS];
    unsigned nr_banks;
    struct system_range
        reserved[MAX_RESERVED]; // not usable: /memreserve/, /reserved-memory, fdt, modules, image
    unsigned nr_reserved;
    struct system_cpu cpu[NR_CPUS]; // cpu[0] is the boot CPU
    unsigned nr_cpus;
    struct dt_prop cpu_compatible; // of the first in the tree
    struct system_gic gic;
    struct system_uart uart;  // compatible[0] == 0: none found
    irq_t timer_ppi[4];       // secure phys, non-secure phys, virtual, hypervisor: INTIDs
    uint32_t timer_frequency; // clock-frequency, 0 = CNTFRQ_EL0
    bool psci, psci_smc;      // conduit SMC (else HVC: only under another hypervisor)
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
    bool has_dom0;            // a kernel for it
    char bootargs[1024];      // xen,xen-bootargs
    char dom0_bootargs[1024]; // xen,dom0-bootargs
};
