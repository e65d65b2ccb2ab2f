// SPDX-License-Identifier: Apache-2.0
// The parts of the device-tree reader: each looks at every node of the one walk and finishes after
// it. Internal to boot/dt*.c; boot CPU only. Bad input is refused by node name and does not return.
#pragma once
#include <boot/dt.h>
#include <boot/dt_walk.h>
#include <boot/system.h>

// What the walk gathers and struct system does not keep.
struct dt_scan {
    uint64_t boot_mpidr;
    unsigned cpus_seen, cpus_dropped;
    bool boot_cpu_seen;
    struct dt_prop timer_irqs; // raw specifiers of the architected timer
    bool timer_extended;       // with a phandle before each
    int timer;                 // node offset, -1 = none
    struct dt_prop gic_irqs;
    uint32_t good_parent[8]; // interrupt parents (phandles) that lead to a root
    unsigned good_parents;
    unsigned plain_modules; // Dom0's modules without a kind so far
    int domain_node;        // the xen,domain node met last
    domid_t domid;          // and its domain's number
};

// Command lines from /chosen, by Xen's rules.
void dt_read_bootargs(struct system *s);

// One reader a kind of node, called for each node of the walk: does nothing if the node is not its
// own, refuses what is wrong with it. The _finish ones are called once, after the walk. Memory and
// reserved memory.
void dt_memory_node(struct system *s, const struct dt_walk *w);
// Adds what is reserved; refuses a machine without RAM.
void dt_memory_finish(struct system *s);
// CPUs and PSCI: the boot CPU comes first.
void dt_cpu_node(struct system *s, struct dt_scan *scan, const struct dt_walk *w);
void dt_cpu_finish(struct system *s, const struct dt_scan *scan);

// Interrupt controller, timer, and every node's interrupt parent.
void dt_irq_node(struct system *s, struct dt_scan *scan, const struct dt_walk *w);
void dt_irq_finish(struct system *s, const struct dt_scan *scan);

// The domain that what is at the node belongs to: an xen,domain node's, or 0 for Dom0.
domid_t dt_domid(const struct dt_scan *scan, const struct dt_walk *w);

// Static domains below /chosen, the memory that they share and their event channels (Xen's
// booting.txt).
void dt_domain_node(struct system *s, struct dt_scan *scan, const struct dt_walk *w);

// Modules below /chosen.
void dt_module_node(struct system *s, struct dt_scan *scan, const struct dt_walk *w);
