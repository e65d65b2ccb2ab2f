// SPDX-License-Identifier: Apache-2.0
// Names of functions for backtraces: a table that tools/image/symbols.py writes into the linked
// image. Layout: count, then count pairs {offset from image_start, offset of the name}, sorted by
// offset, then the names. Pure lookups; for panic and debug keys. O(log count).

#include <core/symbols.h>

struct symbol_table {
    uint32_t count;
    struct {
        uint32_t offset, name;
    } entry[(SYMBOLS_SIZE - 4) / 8];
};

// Filled after the link; volatile, so that the compiler does not take the zeroes for granted.
static const volatile uint8_t symbol_bytes[SYMBOLS_SIZE]
    __attribute__((section(".symbols"), aligned(4)));

const char *symbol_at(uint64_t offset, uint64_t *from_start) {
    const struct symbol_table *t =
        (const struct symbol_table *)(const void *)(uintptr_t)symbol_bytes;
    uint32_t lo = 0, hi = *(const volatile uint32_t *)&t->count;
    if (hi > ARRAY_SIZE(t->entry))
        return NULL;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (t->entry[mid].offset <= offset)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0 || t->entry[lo - 1].name >= SYMBOLS_SIZE)
        return NULL;
    *from_start = offset - t->entry[lo - 1].offset;
    return (const char *)t + t->entry[lo - 1].name;
}
