// SPDX-License-Identifier: Apache-2.0
// The flattened device tree (Devicetree Specification 5): checked once as a whole, then read by
// tokens without checking each step again. Nodes and properties are named by their offsets in the
// structure block, < 0 for none. Boot only; each is one pass over what it skips.
#pragma once
#include <core/types.h>

// All of these are big-endian in memory.
struct dt_header {
    uint32_t magic, totalsize, off_dt_struct, off_dt_strings, off_mem_rsvmap;
    uint32_t version, last_comp_version, boot_cpuid_phys, size_dt_strings, size_dt_struct;
};
#define DT_MAGIC 0xd00dfeedu
enum dt_token { DT_BEGIN_NODE = 1, DT_END_NODE = 2, DT_PROP = 3, DT_NOP = 4, DT_END = 9 };

// A property's bytes in the blob; p == NULL: the node has none of that name.
struct dt_prop {
    const void *p;
    int len;
};

// A big-endian cell: of the header, the structure block, a property.
static inline uint32_t dt_cell(const void *p) { return __builtin_bswap32(*(const uint32_t *)p); }
static inline const char *dt_block(const void *fdt) {
    return (const char *)fdt + dt_cell(&((const struct dt_header *)fdt)->off_dt_struct);
}
static inline const char *dt_strings(const void *fdt) {
    return (const char *)fdt + dt_cell(&((const struct dt_header *)fdt)->off_dt_strings);
}
static inline uint32_t dt_size(const void *fdt) {
    return dt_cell(&((const struct dt_header *)fdt)->totalsize);
}

// NULL, or why the blob at the 8-byte aligned `fdt`, of which `room` bytes can be read, is none
// that the functions below may see.
const char *dt_check(const void *fdt, uint64_t room) must_check;
// Entry `index` of the memory reservation block; false at its end.
bool dt_reserved(const void *fdt, unsigned index, uint64_t *base, uint64_t *size) must_check;

// The first node (`node` < 0), or the next in document order; *depth follows.
int dt_next_node(const void *fdt, int node, int *depth);
// The node that begins at the token `at` or follows it; behind the last one, ~(the offset of the
// token that ends the root).
int dt_node_from(const void *fdt, int at, int *depth);
// The properties of a node in turn.
int dt_first_property(const void *fdt, int node);
static inline int dt_behind_property(const void *fdt, int prop) {
    return prop + 12 + (int)((dt_cell(dt_block(fdt) + prop + 4) + 3) & ~3u);
}
static inline int dt_property_from(const void *fdt, int at) {
    while (dt_cell(dt_block(fdt) + at) == DT_NOP)
        at += 4;
    return dt_cell(dt_block(fdt) + at) == DT_PROP ? at : -1;
}
static inline int dt_next_property(const void *fdt, int prop) {
    return dt_property_from(fdt, dt_behind_property(fdt, prop));
}
static inline struct dt_prop dt_property_at(const void *fdt, int prop, const char **name) {
    const char *at = dt_block(fdt) + prop;

    *name = dt_strings(fdt) + dt_cell(at + 8);
    return (struct dt_prop){.p = at + 12, .len = (int)dt_cell(at + 4)};
}
// The token behind a node's name; behind a node and all below it.
int dt_behind_name(const void *fdt, int node);
int dt_behind_node(const void *fdt, int node);
// Name of a node, and its property of a name; its phandle, 0 for none.
static inline const char *dt_name(const void *fdt, int node) { return dt_block(fdt) + node + 4; }
struct dt_prop dt_property(const void *fdt, int node, const char *name);
uint32_t dt_phandle(const void *fdt, int node);
// A property of one cell, or `otherwise`.
uint32_t dt_u32(const void *fdt, int node, const char *name, uint32_t otherwise);
// The node with this phandle; the child with this name, which may leave out the unit address.
int dt_by_phandle(const void *fdt, uint32_t phandle);
int dt_child(const void *fdt, int node, const char *name, size_t len);
// Is `name`, `len` bytes, what a path calls a node of the name `is`?
bool dt_is_named(const char *is, const char *name, size_t len);
