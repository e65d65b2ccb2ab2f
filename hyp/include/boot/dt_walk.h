// SPDX-License-Identifier: Apache-2.0
// Walking a device tree in order without recursion: where we are, what buses are above, and the
// node's properties that nearly every reader needs, gathered in one pass. Boot only. Depth is
// bounded by DT_MAX_DEPTH; a deeper tree, or cells that make no sense, are refused by name.
#pragma once
#include <boot/dt_tree.h>
#include <boot/system.h>
#include <core/addr.h>
#include <core/types.h>

#define DT_MAX_DEPTH 64
#define DT_PATH_MAX 96

struct dt_level {
    int node;
    uint32_t addr_cells, size_cells; // of its children's reg
    uint32_t phandle;                // 0 = none
    uint32_t interrupt_parent;       // phandle, its own or inherited; 0 = none
    int interrupt_parent_node;       // ... that is a node above this one; -1: find it by phandle
    bool available;                  // status is okay here and on all levels above
    bool chosen;                     // /chosen or below
    bool interrupt_domain;           // has #interrupt-cells
    struct dt_prop ranges;
};

struct dt_walk {
    const void *fdt;
    int node, depth; // root: depth 0
    int next;        // behind the node's properties; at the end, the token that ends the root
    const char *name;
    bool available;
    struct dt_prop compatible, device_type, reg, interrupts, interrupts_extended;
    bool own_interrupt_parent, interrupt_controller, passthrough;
    struct dt_level level[DT_MAX_DEPTH];
};

// Starts before the root; dt_walk_next enters the next node in document order, false at the end.
void dt_walk_begin(struct dt_walk *w, const void *fdt);
bool dt_walk_next(struct dt_walk *w) must_check;
// Goes to the node at offset `node`; false when there is none.
bool dt_walk_to(struct dt_walk *w, const void *fdt, int node) must_check;

// Is `name` one of the node's compatible strings / does one of them begin so?
bool dt_is_compatible(const struct dt_walk *w, const char *name);
// The first row of `names` (NULL-terminated) that the node is compatible with, or NULL.
const char *dt_match(const struct dt_walk *w, const char *const *names);
// Is the string property equal to `value`?
bool dt_prop_is(struct dt_prop p, const char *value);

// A string property `name` of the node into `dst`; refused when it is none or too long. False: the
// node has none.
bool dt_string(const struct dt_walk *w, const char *name, char *dst, size_t size);

// Entry `index` of reg as CPU addresses. 0; -ENOENT: no such entry, or a bus without ranges;
// -ENXIO: ranges do not cover this one. A length that is no whole number of entries is refused.
int dt_walk_reg(const struct dt_walk *w, unsigned index, struct system_range *out) must_check;
// The same without translation: addresses as the parent bus has them.
int dt_walk_reg_raw(const struct dt_walk *w, unsigned index, struct system_range *out) must_check;
// `addr`, `size` on the bus below the node of level `bus`, to CPU addresses. 0 or -ENXIO.
int dt_translate(const struct dt_walk *w, int bus, uint64_t addr, uint64_t size,
                 uint64_t *out) must_check;
// Reads `cells` 32-bit cells; false when the value does not fit 64 bits.
bool dt_cells(const void *p, uint32_t cells, uint64_t *out) must_check;

// Entry `index` of interrupts-extended or interrupts when its parent is the GIC (phandle `gic`,
// `cells` per specifier): *irq is the INTID. -ENOENT: no such entry, or another parent. Bad
// specifiers are refused.
int dt_walk_irq(const struct dt_walk *w, uint32_t gic, uint32_t cells, unsigned index,
                irq_t *irq) must_check;
// The same for raw specifiers of the GIC. -EINVAL: neither a PPI nor an SPI.
int dt_gic_intid(const void *spec, irq_t *irq) must_check;

// The node at an absolute path, or that an alias names by one, `len` bytes; < 0: none.
int dt_find(const void *fdt, const char *path, int len) must_check;
// The path of the walk's node for messages, truncated; in a buffer of its own until the next call.
const char *dt_walk_path(const struct dt_walk *w);
// Does the path lead to the walk's node or below it? Unit addresses may be left out.
bool dt_walk_is_on(const struct dt_walk *w, const char *path) must_check;
// boot_refuse naming the node.
noreturn cold void dt_refuse(const void *fdt, int node, const char *what, const char *remedy);
