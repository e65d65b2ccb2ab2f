// SPDX-License-Identifier: Apache-2.0
// The flattened device tree (boot/dt_tree.h; Devicetree Specification 5). dt_check has seen that
// every token, name and value lies within its block, that nodes are nested below one root and that
// properties come before children, so walks only have to stop at the end. Boot CPU only, no locks.
#include <boot/dt_tree.h>

#include <lib/string.h>

static bool has_zero_byte(uint32_t word) { return (word - 0x01010101u) & ~word & 0x80808080u; }

// Behind the name of the node that begins at `at`; beyond `size` when it does not end before.
static uint32_t name_end(const char *block, uint32_t at, uint32_t size) {
    do
        at += 4;
    while (at < size && !has_zero_byte(*(const uint32_t *)(const void *)(block + at)));
    return at + 4;
}

// Every token of a structure block whose properties' names are in `strings` bytes.
static bool structure_is_sound(const char *block, uint32_t size, uint32_t strings) {
    uint32_t at = 0, end;
    int depth = 0;
    bool rooted = false, properties = false; // these may follow

    while (at < size) {
        switch (dt_cell(block + at)) {
        case DT_BEGIN_NODE:
            end = name_end(block, at, size);
            if (end > size || (depth == 0 && (rooted || block[at + 4])))
                return false;
            at = end;
            depth++;
            rooted = properties = true;
            break;
        case DT_END_NODE:
            if (depth-- == 0)
                return false;
            at += 4;
            properties = false;
            break;
        case DT_PROP:
            if (!properties || size - at < 12 || dt_cell(block + at + 4) > size - at - 12 ||
                dt_cell(block + at + 8) >= strings)
                return false;
            at += 12 + ((dt_cell(block + at + 4) + 3) & ~3u);
            break;
        case DT_NOP:
            at += 4;
            break;
        default:
            return dt_cell(block + at) == DT_END && rooted && depth == 0;
        }
    }
    return false;
}

const char *dt_check(const void *fdt, uint64_t room) {
    const struct dt_header *h = fdt;
    uint32_t total, at, strings, names;
    uint64_t base, size;

    if (room < sizeof(*h) || dt_cell(&h->magic) != DT_MAGIC)
        return "bad header";
    if (dt_cell(&h->version) < 16 || dt_cell(&h->last_comp_version) > 17)
        return "its version is older than 16, or newer than 17"; // properties are laid out
                                                                 // otherwise
    total = dt_size(fdt);
    at = dt_cell(&h->off_dt_struct), strings = dt_cell(&h->off_dt_strings);
    names = dt_cell(&h->size_dt_strings);
    if (total > room)
        return "it is larger than it may be";
    if (at < sizeof(*h) || strings < sizeof(*h) || at > total || strings > total ||
        names > total - strings || at % 4 || (names && dt_strings(fdt)[names - 1]))
        return "corrupt: its blocks are not where the header says";
    size = dt_cell(&h->version) < 17 ? total - at : dt_cell(&h->size_dt_struct);
    if (size > total - at || !structure_is_sound(dt_block(fdt), (uint32_t)size & ~3u, names))
        return "corrupt: its structure block";
    at = dt_cell(&h->off_mem_rsvmap);
    if (at < sizeof(*h) || at % 8)
        return "corrupt: its reservation block";
    for (unsigned i = 0;; i++) {
        if (at > total || (total - at) / 16 <= i)
            return "corrupt: its reservation block";
        if (!dt_reserved(fdt, i, &base, &size))
            return NULL;
    }
}

bool dt_reserved(const void *fdt, unsigned index, uint64_t *base, uint64_t *size) {
    const uint64_t *e = (const void *)((const char *)fdt +
                                       dt_cell(&((const struct dt_header *)fdt)->off_mem_rsvmap));

    *base = __builtin_bswap64(e[2 * index]);
    *size = __builtin_bswap64(e[2 * index + 1]);
    return *base || *size;
}

int dt_behind_name(const void *fdt, int node) {
    return (int)name_end(dt_block(fdt), (uint32_t)node, UINT32_MAX);
}

int dt_first_property(const void *fdt, int node) {
    return dt_property_from(fdt, dt_behind_name(fdt, node));
}

struct dt_prop dt_property(const void *fdt, int node, const char *name) {
    for (int prop = dt_first_property(fdt, node); prop >= 0; prop = dt_next_property(fdt, prop)) {
        const char *is;
        struct dt_prop p = dt_property_at(fdt, prop, &is);

        if (*is == *name && strcmp(is, name) == 0)
            return p;
    }
    return (struct dt_prop){.p = NULL, .len = 0};
}

uint32_t dt_u32(const void *fdt, int node, const char *name, uint32_t otherwise) {
    struct dt_prop p = dt_property(fdt, node, name);

    return p.p && p.len == 4 ? dt_cell(p.p) : otherwise;
}

uint32_t dt_phandle(const void *fdt, int node) {
    return dt_u32(fdt, node, "phandle", dt_u32(fdt, node, "linux,phandle", 0));
}

int dt_node_from(const void *fdt, int at, int *depth) {
    const char *block = dt_block(fdt);

    for (;; at += 4) {
        uint32_t token = dt_cell(block + at);

        while (token == DT_PROP) {
            at = dt_behind_property(fdt, at);
            token = dt_cell(block + at);
        }
        if (token == DT_BEGIN_NODE) {
            ++*depth;
            return at;
        }
        if (token == DT_END || (token == DT_END_NODE && --*depth < 0))
            return ~at;
    }
}

int dt_next_node(const void *fdt, int node, int *depth) {
    return dt_node_from(fdt, node < 0 ? 0 : dt_behind_name(fdt, node), depth);
}

int dt_behind_node(const void *fdt, int node) {
    int depth = 0, at = node;

    while (at >= 0)
        at = dt_next_node(fdt, at, &depth);
    return ~at + 4;
}

int dt_by_phandle(const void *fdt, uint32_t phandle) {
    const char *block = dt_block(fdt);
    int node = -1;

    for (int at = 0;;) {
        switch (dt_cell(block + at)) {
        case DT_BEGIN_NODE:
            node = at;
            at = dt_behind_name(fdt, at);
            break;
        case DT_PROP:
            if (dt_cell(block + at + 4) == 4 && dt_cell(block + at + 12) == phandle &&
                dt_phandle(fdt, node) == phandle)
                return node;
            at = dt_behind_property(fdt, at);
            break;
        case DT_END:
            return -1;
        default:
            at += 4;
        }
    }
}

bool dt_is_named(const char *is, const char *name, size_t len) {
    return *is == *name && strncmp(is, name, len) == 0 &&
           (is[len] == 0 || (is[len] == '@' && !memchr(name, '@', len)));
}

int dt_child(const void *fdt, int node, const char *name, size_t len) {
    int depth = 0;

    for (node = dt_next_node(fdt, node, &depth); node >= 0 && depth > 0;
         node = dt_next_node(fdt, node, &depth))
        if (depth == 1 && dt_is_named(dt_name(fdt, node), name, len))
            return node;
    return -1;
}
