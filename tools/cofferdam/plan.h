// SPDX-License-Identifier: Apache-2.0
// A system worked out: the model with its board, its files, its devices and an address for
// everything. plan_make() runs all checks; what it returns without a complaint can be built.
#pragma once
#include "dt.h"
#include "model.h"

#define MAX_AREAS 256
#define MAX_BANKS 16
#define MAX_REGS 8
#define MAX_IRQS 64
#define PAGE_SIZE 4096ULL
// What EL2 has room for (hyp/include/boot/system.h).
#define EL2_DOMAINS 12
#define EL2_POOLS 4
#define EL2_SHARED 16  // ends of shared memory
#define EL2_LINKS 32   // ends of event channels
#define EL2_WORDS 1023 // bytes of a command line
#define EL2_RESETS 16  // steps of the resets of a domain's devices
#define DT_CELLS 2     // of addresses and sizes in what the tool writes

struct setup { // the command line
    const char *file;
    const char *dirs[16]; // where images are looked for after the system file's own folder
    unsigned nr_dirs;
    const char *hypervisor; // in place of the file's
    bool blob;              // the hypervisor gets a system blob in place of the device tree
};

struct qemu_board {
    const char *name, *machine, *cpu;
    unsigned cpus, max_cpus;
    uint64_t memory, min_memory, max_memory; // bytes
    bool gives_tree;
};

struct machine {
    const struct qemu_board *board; // NULL: not one of QEMU's
    void *fdt;
    struct region ram[MAX_BANKS], reserved[64];
    unsigned nr_ram, nr_reserved;
    unsigned cpus;
    int cpu_node[MAX_CPUS];
    int gic, console; // offset of the node, or -1
};

struct module {
    const char *kind; // of "multiboot,KIND"
    const char *name; // of its file in what is built
    const void *data;
    uint64_t size, base;
    const struct domain *domain; // NULL: Dom0
    struct place at;
};

struct assigned {
    const struct domain *domain;
    const struct device *device;
    int node;
    const char *path;
    struct region reg[MAX_REGS];
    unsigned nr_reg;
    unsigned irq[MAX_IRQS]; // INTIDs
    unsigned nr_irq;
};

struct area { // of the board's memory
    uint64_t base, size;
    const char *kind; // "hypervisor", "module", "static", "shared", "reserved", "free", "tree"
    const char *what;
    struct place at;
};

struct plan {
    struct model model;
    const struct setup *setup;
    struct report *report;
    struct machine machine;
    const void *hypervisor;
    uint64_t hypervisor_size, hypervisor_base, tree_base;
    struct domain **order; // as they start; domid is the index + 1
    struct assigned *assigned;
    unsigned nr_assigned;
    struct module *modules;
    unsigned nr_modules;
    struct area area[MAX_AREAS]; // by base
    unsigned nr_area;
    const void *tree; // for the hypervisor: a device tree, or the blob
    uint64_t tree_size;
};

// Read, check and work out. The findings are in the report; true when there are none.
bool plan_make(struct plan *p, const struct setup *setup, struct report *r);

// machine.c
bool machine_read(struct plan *p);
// The node by path, alias or a unique end of a path; -1 and a complaint when there is none.
int machine_node(struct plan *p, struct text path);

// files.c
const void *file_read(struct plan *p, struct text path, struct place at, uint64_t *size);
const void *image_read(struct plan *p, struct text path, struct place at, uint64_t *size);
uint64_t image_memory(const void *image, uint64_t size); // with what it clears behind its file
uint64_t image_offset(const void *image);                // from a 2 MiB boundary

// The checks, each of its part of the model.
void check_names(struct plan *p);
void check_limits(struct plan *p);
void check_order(struct plan *p); // fills order
void check_restart(struct plan *p);
void check_cpus(struct plan *p);
void check_links(struct plan *p);
void check_devices(struct plan *p); // fills assigned
void check_resets(struct plan *p);
// Can it read and write memory by itself?
bool device_masters(const struct plan *p, const struct assigned *a);

// check_resets.c: how the device is put to rest, at most EL2_RESETS steps; 0: nobody knows.
struct reset_step {
    uint64_t offset; // from its first registers
    uint32_t write, mask, wanted;
};
unsigned resets_of(const struct plan *p, const struct assigned *a, struct reset_step *out);

// layout.c: modules and areas; every address.
void layout_make(struct plan *p);
bool regions_meet(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size);

// The lowest free address for so many bytes; 0: there is none.
uint64_t layout_room(const struct plan *p, uint64_t size, uint64_t align);
// Bytes of RAM in no area, and the interrupts that a domain's virtual GIC needs.
uint64_t layout_free(const struct plan *p);
unsigned domain_spis(const struct plan *p, const struct domain *d);

// Its emulated PL011: with direct-map where the board's console is, as on Xen. irq 0: it has none.
struct vpl011 {
    uint64_t base;
    unsigned irq;
};
struct vpl011 domain_console(const struct plan *p, const struct domain *d);

// partial.c: the partial device tree of a domain's devices; NULL: it has none.
void *partial_make(struct plan *p, const struct domain *d, uint64_t *size);
// tree.c: the board's tree with everything for the hypervisor in /chosen.
void *tree_make(struct plan *p, uint64_t *size);
