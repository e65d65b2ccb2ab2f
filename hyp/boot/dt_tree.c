// SPDX-License-Identifier: Apache-2.0
// Tokens of a checked device tree (boot/dt_tree.h; Devicetree Specification 5.4). fdt_check_full
// has seen that every token, name and value lies within the block and that nodes are nested, so
// walks only have to stop at its end. Boot CPU only, no locks.
#include <boot/dt_tree.h>

#include <lib/string.h>
#include <libfdt.h>

static const char *block(const void *fdt) {
    return (const char *)fdt + __builtin_bswap32(((const struct fdt_header *)fdt)->off_dt_struct);
}

// A cell of the structure block; the blob is aligned (fdt_check_header).
static uint32_t cell(const void *fdt, int at) {
    return __builtin_bswap32(*(const uint32_t *)(const void *)(block(fdt) + at));
}

const char *dt_name(const void *fdt, int node) { return block(fdt) + node + 4; }

static int behind_name(const void *fdt, int node) {
    int at = node;
    uint32_t word;

    do {
        at += 4;
        word = cell(fdt, at);
    } while (!((word - 0x01010101u) & ~word & 0x80808080u)); // no byte of it is zero
    return at + 4;
}

static int behind_property(const void *fdt, int prop) {
    return prop + 12 + (int)ALIGN_UP(cell(fdt, prop + 4), 4u);
}

static int property_from(const void *fdt, int at) {
    while (cell(fdt, at) == FDT_NOP)
        at += 4;
    return at;
}

int dt_after_properties(const void *fdt, int prop_or_node) {
    int at = prop_or_node;

    for (;;) {
        uint32_t token = cell(fdt, at);

        if (token == FDT_PROP)
            at = behind_property(fdt, at);
        else if (token == FDT_NOP)
            at += 4;
        else if (token == FDT_BEGIN_NODE && at == prop_or_node)
            at = behind_name(fdt, at);
        else
            return at;
    }
}

int dt_first_property(const void *fdt, int node) {
    int at = property_from(fdt, behind_name(fdt, node));

    return cell(fdt, at) == FDT_PROP ? at : -1;
}

int dt_next_property(const void *fdt, int prop) {
    int at = property_from(fdt, behind_property(fdt, prop));

    return cell(fdt, at) == FDT_PROP ? at : -1;
}

struct dt_prop dt_property_at(const void *fdt, int prop, const char **name) {
    const struct fdt_header *h = fdt;

    *name = (const char *)fdt + __builtin_bswap32(h->off_dt_strings) + cell(fdt, prop + 8);
    return (struct dt_prop){.p = block(fdt) + prop + 12, .len = (int)cell(fdt, prop + 4)};
}

struct dt_prop dt_property(const void *fdt, int node, const char *name) {
    for (int prop = dt_first_property(fdt, node); prop >= 0; prop = dt_next_property(fdt, prop)) {
        const char *is;
        struct dt_prop p = dt_property_at(fdt, prop, &is);

        if (strcmp(is, name) == 0)
            return p;
    }
    return (struct dt_prop){.p = NULL, .len = 0};
}

int dt_node_from(const void *fdt, int at, int *depth) {
    for (;; at += 4) {
        uint32_t token = cell(fdt, at);

        while (token == FDT_PROP) {
            at = behind_property(fdt, at);
            token = cell(fdt, at);
        }
        if (token == FDT_BEGIN_NODE) {
            ++*depth;
            return at;
        }
        if (token == FDT_END || (token == FDT_END_NODE && --*depth < 0))
            return -1;
    }
}

int dt_next_node(const void *fdt, int node, int *depth) {
    return dt_node_from(fdt, node < 0 ? 0 : behind_name(fdt, node), depth);
}

static bool has_phandle(const void *fdt, int node, uint32_t phandle) {
    struct dt_prop p = dt_property(fdt, node, "phandle");

    if (!p.p)
        p = dt_property(fdt, node, "linux,phandle");
    return p.p && p.len == 4 && fdt32_ld(p.p) == phandle;
}

int dt_by_phandle(const void *fdt, uint32_t phandle) {
    int depth = -1, node = -1;

    do
        node = dt_next_node(fdt, node, &depth);
    while (node >= 0 && !has_phandle(fdt, node, phandle));
    return node;
}

int dt_child(const void *fdt, int node, const char *name, size_t len) {
    int depth = 0;

    for (node = dt_next_node(fdt, node, &depth); node >= 0 && depth > 0;
         node = dt_next_node(fdt, node, &depth)) {
        const char *is = dt_name(fdt, node);

        if (depth == 1 && strncmp(is, name, len) == 0 &&
            (is[len] == 0 || (is[len] == '@' && !memchr(name, '@', len))))
            return node;
    }
    return -1;
}
