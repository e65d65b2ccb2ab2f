// SPDX-License-Identifier: Apache-2.0
// Building Dom0 from struct system: memory 1:1, kernel and ramdisk placed, devices passed through,
// its device tree made from the host's. Boot CPU, boot only, before any guest runs; no locks of its
// own. What cannot be built ends in boot_refuse().
#pragma once
#include <boot/dt_walk.h>
#include <boot/guest.h>
#include <boot/system.h>

struct domain;

#define DOM0_DEFAULT_MEM MIB(512)
#define DOM0_FDT_SLACK KIB(64) // what the Dom0 tree may be larger than the host's
#define DOM0_REGIONS 512       // separate stretches of device registers
#define DOM0_WINDOWS 64
#define DOM0_SPARE 8
#define DOM0_EDITS 1024

// Where Dom0's tree differs from the host's: instead of the tokens [first, end) there, so many
// bytes of the property at `first`, or one of these.
enum { EDIT_DROP = -1, EDIT_PHANDLE = -2, EDIT_SHARED = -3 }; // the latter two add
struct dom0_edit {
    int first, end, what;
};

// What is decided before anything is written.
struct dom0_plan {
    struct guest_plan g;
    uint32_t ppis_used; // bit n: INTID n is named in the host's tree
    struct system_range device[DOM0_REGIONS], owned[MAX_RESERVED], window[DOM0_WINDOWS];
    struct system_range firmware[MAX_RESERVED]; // /reserved-memory
    struct system_range spare[DOM0_SPARE];      // registers of devices that xl may give away
    unsigned nr_device, nr_owned, nr_window, nr_firmware, nr_spare;
    struct dom0_edit edit[DOM0_EDITS]; // in order of `first`
    unsigned nr_edits;
    int alias;                                     // the first property of /aliases, -1 for none
    int root_end;                                  // the token that ends the host's root
    bool told;                                     // that memory is shared, if it is
    uint32_t shared_addr_cells, shared_size_cells; // of /reserved-memory
};

enum dom0_node {
    DOM0_COPY,
    DOM0_DROP,  // with all below
    DOM0_GIC,   // replaced
    DOM0_TIMER, // hypervisor's interrupt taken out
};

// Builds Dom0, if there is a kernel for it; it is still paused.
void dom0_build(struct system *s);
// Gives it every SPI that nobody else has by now, but those of devices marked xen,passthrough.
void dom0_take_irqs(const struct system *s);

// dom0_memory.c: takes `bytes` of RAM from the free lists into plan->g.bank, below `limit`.
void dom0_take_memory(const struct system *s, struct dom0_plan *plan, uint64_t bytes,
                      uint64_t limit);
// Grant and extended regions in address space where nothing is, below `ipa_end`.
void dom0_find_regions(const struct system *s, struct dom0_plan *plan, uint64_t ipa_end);

// dom0_devices.c: what Dom0 keeps of the host's tree; fills device, owned, window, the edits,
// ppis_used and what the root says.
enum dom0_node dom0_node_action(const struct system *s, const struct dt_walk *w);
void dom0_scan_devices(const struct system *s, struct dom0_plan *plan);
// Is it the interrupt of a device that waits for a guest (xen,passthrough)?
bool dom0_keeps_back(irq_t irq);
void dom0_map_devices(struct domain *d, const struct system *s, const struct dom0_plan *plan);

// dom0_fdt.c: writes Dom0's device tree, at most `size` bytes, to `buf`; returns its size.
uint32_t dom0_write_fdt(const struct system *s, const struct dom0_plan *plan, void *buf,
                        uint32_t size);
// Room for it.
uint64_t dom0_fdt_room(const struct dom0_plan *plan);
// Its edits: before the walk, and for each node that is not below a dropped one.
void dom0_edit_begin(const struct system *s, struct dom0_plan *plan);
void dom0_edit_node(const struct system *s, struct dom0_plan *plan, const struct dt_walk *w,
                    enum dom0_node action);
