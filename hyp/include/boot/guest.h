// SPDX-License-Identifier: Apache-2.0
// What Dom0 and the static domains are built with alike: where things go in their memory, and the
// nodes that every guest's device tree has. Boot CPU, boot only; no locks of its own. What cannot
// be built ends in boot_refuse().
#pragma once
#include <boot/dt.h>
#include <boot/dt_walk.h>
#include <boot/dt_write.h>
#include <boot/system.h>

#define GUEST_EXTENDED 8

struct guest_kernel {
    uint64_t text_offset; // from a 2 MiB boundary
    uint64_t span;        // bytes from its first to the end of its bss
};

// What is decided before anything is written. All addresses are the guest's own.
struct guest_plan {
    domid_t domid;
    uint32_t nr_vcpus;
    const struct system_module *kernel, *ramdisk; // ramdisk: NULL = none
    struct guest_kernel image;
    const char *bootargs;
    struct system_range bank[MAX_BANKS]; // RAM
    unsigned nr_banks;
    ipa_t kernel_at, ramdisk_at, fdt_at;
    uint64_t fdt_max;                             // bytes kept for the device tree
    struct system_range grants;                   // size 0: no /hypervisor
    struct system_range extended[GUEST_EXTENDED]; // neither RAM nor device
    unsigned nr_extended;
    irq_t evtchn_ppi;
    uint32_t addr_cells, size_cells; // of its tree's root
    uint32_t irq_cells, gic_phandle;
};

// guest_image.c: reads the arm64 Image header of plan->kernel into plan->image.
void guest_read_kernel(struct guest_plan *plan);
// Places kernel, ramdisk and device tree in the first bank with room; `remedy` when there is none.
void guest_place(struct guest_plan *plan, const char *remedy);
// Maps RAM [base, base + size) for the loaders, page-rounded; its first byte.
void *guest_map_boot(pa_t base, uint64_t size);
// Memory for the device tree of static domain n, up to `size` bytes: its fdt.base is where. These
// two are boot/source_tree.c's, and the host tool has its own.
void *guest_tree_room(struct system *s, unsigned n, uint64_t size);

// guest_nodes.c: chosen, memory, cpus, psci and, with grants, hypervisor.
void guest_add_nodes(const struct system *s, const struct guest_plan *plan, struct dt_writer *t);
// The memory that the domain shares with others, in the /reserved-memory node that is open, whose
// reg has `ac` and `sc` cells. guest_shares: is there any?
bool guest_shares(const struct system *s, domid_t domid);
void guest_add_shared(const struct system *s, domid_t domid, uint32_t ac, uint32_t sc,
                      struct dt_writer *t);
// That node, whole, with the cells of the root.
void guest_reserved_node(const struct system *s, const struct guest_plan *plan,
                         struct dt_writer *t);
// The three cells of an interrupt.
void put_irq(struct dt_writer *t, uint32_t type, uint32_t number, uint32_t flags);
