// SPDX-License-Identifier: Apache-2.0
// Bitmaps of 64-bit words. Pure, not atomic. `bits` may be 0.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BITMAP_WORDS(bits) (((bits) + 63) / 64)

static inline bool bitmap_test(const uint64_t *map, size_t bit) {
    return (map[bit / 64] >> (bit % 64)) & 1;
}
static inline void bitmap_set(uint64_t *map, size_t bit) { map[bit / 64] |= 1ULL << (bit % 64); }
static inline void bitmap_clear(uint64_t *map, size_t bit) {
    map[bit / 64] &= ~(1ULL << (bit % 64));
}
// First set / clear bit at or after `from`; `bits` when there is none (also when from >= bits).
size_t bitmap_next_set(const uint64_t *map, size_t bits, size_t from);
size_t bitmap_next_clear(const uint64_t *map, size_t bits, size_t from);
