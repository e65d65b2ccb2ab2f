// SPDX-License-Identifier: Apache-2.0
// Building Dom0 from struct system: memory 1:1, kernel and ramdisk placed, devices passed through,
// its device tree made from the host's. Boot CPU, boot only, before any guest runs; no locks of its
// own. What cannot be built ends in boot_refuse().
#pragma once
#include <boot/dt_walk.h>
#include <boot/system.h>

struct domain;

#define DOM0_DEFAULT_MEM MIB(512)
#define DOM0_FDT_SLACK KIB(64) // what the Dom0 tree may be larger than the host's
#define DOM0_REGIONS 512       // separate stretches of device registers
#define DOM0_OWNED 96
#define DOM0_WINDOWS 64
#define DOM0_DROPPED 64
#define DOM0_EXTENDED 8

struct dom0_kernel {
    uint64_t text_offset; // from a 2 MiB boundary
    uint64_t span;        // bytes from its first to the end of its bss
};

// What is decided before anything is written.
struct dom0_plan {
    uint32_t nr_vcpus;
    const struct system_module *kernel, *ramdisk; // ramdisk: NULL = none
    struct dom0_kernel image;
    struct system_range bank[MAX_BANKS]; // Dom0's RAM, guest = machine address
    unsigned nr_banks;
    pa_t kernel_at, ramdisk_at, fdt_at;
    uint64_t fdt_max; // bytes kept for the device tree
    struct system_range grants;
    struct system_range extended[DOM0_EXTENDED]; // neither RAM nor device
    unsigned nr_extended;
    irq_t evtchn_ppi;
    uint32_t ppis_used; // bit n: INTID n is named in the host's tree
    struct system_range device[DOM0_REGIONS], owned[DOM0_OWNED], window[DOM0_WINDOWS];
    struct system_range firmware[MAX_RESERVED]; // /reserved-memory
    unsigned nr_device, nr_owned, nr_window, nr_firmware;
    struct {
        int first, end; // node offsets
    } dropped[DOM0_DROPPED];
    unsigned nr_dropped;
};

enum dom0_node {
    DOM0_COPY,
    DOM0_DROP,  // with all below
    DOM0_GIC,   // replaced
    DOM0_TIMER, // hypervisor's interrupt taken out
};

// Builds Dom0 and lets it run.
void dom0_build(struct system *s);

// dom0_image.c: reads the arm64 Image header of the (mapped) kernel at `image`, `size` bytes;
// `node` is for messages.
void dom0_read_kernel(const void *image, uint64_t size, const char *node, struct dom0_kernel *out);

// dom0_memory.c: takes `bytes` of RAM from the free lists into plan->bank, below `limit`; then
// places kernel, ramdisk and device tree.
void dom0_take_memory(struct dom0_plan *plan, uint64_t bytes, uint64_t limit);
void dom0_place(struct dom0_plan *plan);
// Grant and extended regions in address space where nothing is, below `ipa_end`.
void dom0_find_regions(const struct system *s, struct dom0_plan *plan, uint64_t ipa_end);

// dom0_devices.c: what Dom0 keeps of the host's tree; fills device, owned, window, dropped,
// ppis_used.
enum dom0_node dom0_node_action(const struct system *s, const struct dt_walk *w);
void dom0_scan_devices(const struct system *s, struct dom0_plan *plan);
void dom0_map_devices(struct domain *d, const struct system *s, const struct dom0_plan *plan);

// dom0_fdt.c: writes Dom0's device tree, at most `size` bytes, to `buf`; returns its size.
// dom0_nodes.c has the nodes that are made here.
uint32_t dom0_write_fdt(const struct system *s, const struct dom0_plan *plan, void *buf,
                        uint32_t size);
int dom0_add_nodes(const struct system *s, const struct dom0_plan *plan, void *buf) must_check;
// The phandle of the GIC in Dom0's tree: the host's, or a new one when it has none.
uint32_t dom0_gic_phandle(const struct system *s);
// Bytes that the host's tree really uses.
uint32_t dom0_host_fdt_used(const struct system *s);
