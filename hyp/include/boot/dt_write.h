// SPDX-License-Identifier: Apache-2.0
// Writing a guest's device tree in one pass: what is copied from another tree goes as it is, with
// its block of names; what is added goes behind. An error sticks until dt_write_end tells it. Boot
// only, no locks; O(bytes), and O(names added) a property.
#pragma once
#include <boot/dt_tree.h>
#include <boot/system.h>

#define DT_NAMES_ADDED 640 // bytes of names that no copy brings

struct dt_writer {
    const void *from;   // the tree that is copied from; NULL: none
    uint32_t *start;    // the structure block
    uint32_t *at, *end; // its next cell and where it must end
    uint32_t *value;    // the property that is open
    char added[DT_NAMES_ADDED];
    uint32_t nr_added; // bytes of it
    const char *error; // the first; NULL so far
};

// `buf` is 8-byte aligned.
void dt_write_begin(struct dt_writer *t, void *buf, uint32_t size, const void *from);
// The tree's size, or 0 after an error.
uint32_t dt_write_end(struct dt_writer *t, void *buf) must_check;

// Tokens [first, end) of `from`; its property at `prop`, the first `len` bytes.
void dt_copy(struct dt_writer *t, int first, int end);
void dt_copy_property(struct dt_writer *t, int prop, int len);

// Opens a node, which put_end closes.
void put_node(struct dt_writer *t, const char *name);
// The same, NAME@ADDRESS.
void put_node_at(struct dt_writer *t, const char *name, uint64_t address);
void put_end(struct dt_writer *t);
void put_property(struct dt_writer *t, const char *name, const void *value, size_t len);
void put_string(struct dt_writer *t, const char *name, const char *value);
void put_u32(struct dt_writer *t, const char *name, uint32_t value);
void put_u64(struct dt_writer *t, const char *name, uint64_t value);
// A property whose cells follow one by one, up to put_close.
void put_open(struct dt_writer *t, const char *name);
void put_cell(struct dt_writer *t, uint32_t value);
// A number of so many cells; a range as address and size.
void put_number(struct dt_writer *t, uint32_t cells, uint64_t value);
void put_range(struct dt_writer *t, uint32_t ac, uint32_t sc, const struct system_range *r);
void put_close(struct dt_writer *t);
// One range as reg.
void put_reg(struct dt_writer *t, uint32_t ac, uint32_t sc, const struct system_range *r);
