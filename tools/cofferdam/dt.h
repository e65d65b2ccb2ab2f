// SPDX-License-Identifier: Apache-2.0
// Reading a device tree: what libfdt leaves to its caller.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct region {
    uint64_t base, size;
};

unsigned dt_cell_count(const void *fdt, int node, const char *name, unsigned usual);
const char *dt_path(const void *fdt, int node);
bool dt_is_one_of(const void *fdt, int node, const char *const *list);
bool dt_is_on(const void *fdt, int node); // its status

// Entry i of reg as the CPU sees it; false behind the last, or when no ranges lead there.
bool dt_reg(const void *fdt, int node, unsigned i, struct region *out);

// Interrupt i: the controller and the cells of the specifier; false behind the last.
struct dt_interrupt {
    int controller;
    unsigned n;
    uint32_t cell[4];
};
bool dt_interrupt(const void *fdt, int node, unsigned i, struct dt_interrupt *out);

// Entry i of a list of phandles with arguments such as clocks: the provider; -1 behind the last.
int dt_provider(const void *fdt, int node, const char *list, const char *cells, unsigned i);
