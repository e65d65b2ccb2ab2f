// SPDX-License-Identifier: Apache-2.0
// Searches in bitmaps, a word at a time; never reads a word beyond `bits` (XSA-307).

#include <lib/bitmap.h>

// First bit at or after `from` of the map, whose words are inverted by `flip`.
static size_t next(const uint64_t *map, size_t bits, size_t from, uint64_t flip) {
    while (from < bits) {
        uint64_t word = (map[from / 64] ^ flip) >> (from % 64);
        if (word) {
            size_t bit = from + (size_t)__builtin_ctzll(word);
            return bit < bits ? bit : bits;
        }
        from = (from / 64 + 1) * 64;
    }
    return bits;
}

size_t bitmap_next_set(const uint64_t *map, size_t bits, size_t from) {
    return next(map, bits, from, 0);
}

size_t bitmap_next_clear(const uint64_t *map, size_t bits, size_t from) {
    return next(map, bits, from, ~0ULL);
}
