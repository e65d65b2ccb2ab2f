// SPDX-License-Identifier: Apache-2.0
// The writer of flattened device trees (boot/dt_write.h). Header, an empty reservation block, the
// structure block, the names: in that order, as all loaders expect it. Boot CPU only.
#include <boot/dt_write.h>

#include <lib/format.h>
#include <lib/string.h>

#define RESERVATIONS 16 // bytes: the entry that ends them

static uint32_t names_copied(const struct dt_writer *t) {
    return t->from ? dt_cell(&((const struct dt_header *)t->from)->size_dt_strings) : 0;
}

void dt_write_begin(struct dt_writer *t, void *buf, uint32_t size, const void *from) {
    uint32_t *cell = buf, names;

    t->from = from;
    t->start = t->at = t->end = cell + (sizeof(struct dt_header) + RESERVATIONS) / sizeof(*cell);
    t->nr_added = 0;
    t->error = NULL;
    names = names_copied(t) + DT_NAMES_ADDED;
    if (size / 4 > names / 4 + (size_t)(t->start - cell) + 2)
        t->end = cell + size / 4 - names / 4 - 2;
}

uint32_t dt_write_end(struct dt_writer *t, void *buf) {
    struct dt_header *h = buf;
    uint32_t copied = names_copied(t), structure, strings;

    put_cell(t, DT_END);
    if (t->error)
        return 0;
    structure = (uint32_t)((char *)t->start - (char *)buf);
    strings = (uint32_t)((char *)t->at - (char *)buf);
    memset(buf, 0, structure);
    h->magic = __builtin_bswap32(DT_MAGIC);
    h->totalsize = __builtin_bswap32(strings + copied + t->nr_added);
    h->off_dt_struct = __builtin_bswap32(structure);
    h->off_dt_strings = __builtin_bswap32(strings);
    h->off_mem_rsvmap = __builtin_bswap32(sizeof(*h));
    h->version = __builtin_bswap32(17);
    h->last_comp_version = __builtin_bswap32(16);
    h->size_dt_strings = __builtin_bswap32(copied + t->nr_added);
    h->size_dt_struct = __builtin_bswap32(strings - structure);
    if (copied)
        memcpy(t->at, dt_strings(t->from), copied);
    memcpy((char *)t->at + copied, t->added, t->nr_added);
    return strings + copied + t->nr_added;
}

void put_cell(struct dt_writer *t, uint32_t value) {
    if (t->at == t->end)
        t->error = "it does not fit";
    else
        *t->at++ = __builtin_bswap32(value);
}

static void put_bytes(struct dt_writer *t, const void *p, size_t len) {
    size_t cells = (len + 3) / 4;

    if (cells > (size_t)(t->end - t->at)) {
        t->error = "it does not fit";
    } else if (cells) {
        t->at[cells - 1] = 0;
        memcpy(t->at, p, len);
        t->at += cells;
    }
}

void dt_copy(struct dt_writer *t, int first, int end) {
    put_bytes(t, dt_block(t->from) + first, (size_t)(end - first));
}

void dt_copy_property(struct dt_writer *t, int prop, int len) {
    const char *from = dt_block(t->from) + prop;

    put_cell(t, DT_PROP);
    put_cell(t, (uint32_t)len);
    put_cell(t, dt_cell(from + 8));
    put_bytes(t, from + 12, (size_t)len);
}

// Offset of a name among those that were added.
static uint32_t name_offset(struct dt_writer *t, const char *name) {
    uint32_t at = 0, size = (uint32_t)strlen(name) + 1;

    for (; at < t->nr_added; at += (uint32_t)strlen(t->added + at) + 1)
        if (strcmp(t->added + at, name) == 0)
            return names_copied(t) + at;
    if (size > sizeof(t->added) - at) {
        t->error = "it has too many names of properties";
        return 0;
    }
    memcpy(t->added + at, name, size);
    t->nr_added += size;
    return names_copied(t) + at;
}

void put_node(struct dt_writer *t, const char *name) {
    put_cell(t, DT_BEGIN_NODE);
    put_bytes(t, name, strlen(name) + 1);
}

void put_node_at(struct dt_writer *t, const char *name, uint64_t address) {
    char whole[48];

    format_to(whole, sizeof(whole), "%s@%llx", name, (unsigned long long)address);
    put_node(t, whole);
}

void put_end(struct dt_writer *t) { put_cell(t, DT_END_NODE); }

void put_open(struct dt_writer *t, const char *name) {
    put_cell(t, DT_PROP);
    put_cell(t, 0);
    put_cell(t, name_offset(t, name));
    t->value = t->at;
}

void put_close(struct dt_writer *t) {
    if (!t->error)
        t->value[-2] = __builtin_bswap32((uint32_t)(t->at - t->value) * 4);
}

void put_property(struct dt_writer *t, const char *name, const void *value, size_t len) {
    put_cell(t, DT_PROP);
    put_cell(t, (uint32_t)len);
    put_cell(t, name_offset(t, name));
    put_bytes(t, value, len);
}

void put_string(struct dt_writer *t, const char *name, const char *value) {
    put_property(t, name, value, strlen(value) + 1);
}

void put_u32(struct dt_writer *t, const char *name, uint32_t value) {
    put_open(t, name);
    put_cell(t, value);
    put_close(t);
}

void put_u64(struct dt_writer *t, const char *name, uint64_t value) {
    put_open(t, name);
    put_number(t, 2, value);
    put_close(t);
}

void put_number(struct dt_writer *t, uint32_t cells, uint64_t value) {
    if (cells < 2 && value >> 32)
        t->error = "an address is beyond its cells";
    for (; cells > 2; cells--)
        put_cell(t, 0);
    if (cells == 2)
        put_cell(t, (uint32_t)(value >> 32));
    if (cells)
        put_cell(t, (uint32_t)value);
}

void put_range(struct dt_writer *t, uint32_t ac, uint32_t sc, const struct system_range *r) {
    put_number(t, ac, r->base.v);
    put_number(t, sc, r->size);
}

void put_reg(struct dt_writer *t, uint32_t ac, uint32_t sc, const struct system_range *r) {
    put_open(t, "reg");
    put_range(t, ac, sc, r);
    put_close(t);
}
