// SPDX-License-Identifier: Apache-2.0
// lib/bitmap.c: searches find what a loop over the bits finds and read no word beyond the map.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <lib/bitmap.h>

static size_t slow(const uint64_t *map, size_t bits, size_t from, bool set) {
    for (; from < bits; from++) {
        if (bitmap_test(map, from) == set)
            return from;
    }
    return bits;
}

static void finds_what_is_there(void **state) {
    static const size_t sizes[] = {0, 1, 63, 64, 65, 127, 128, 129, 300};
    srand(3);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (unsigned density = 0; density <= 4; density++) {
            size_t bits = sizes[i], bytes = BITMAP_WORDS(bits) * 8;
            uint64_t *map = malloc(bytes ? bytes : 1); // exact: ASan guards the end
            memset(map, 0, bytes);
            for (size_t b = 0; b < bits; b++) {
                if ((unsigned)rand() % 4 < density)
                    bitmap_set(map, b);
            }
            if (bits % 64) // what is beyond `bits` in the last word must not matter
                map[bits / 64] |= ~0ULL << (bits % 64);
            for (size_t from = 0; from <= bits + 70; from++) {
                size_t start = from < bits ? from : bits;
                assert_int_equal(bitmap_next_set(map, bits, from), slow(map, bits, start, true));
                assert_int_equal(bitmap_next_clear(map, bits, from), slow(map, bits, start, false));
            }
            free(map);
        }
    }
}

static void set_and_clear(void **state) {
    uint64_t map[2] = {0, 0};
    bitmap_set(map, 0);
    bitmap_set(map, 63);
    bitmap_set(map, 64);
    assert_true(map[0] == 0x8000000000000001ULL && map[1] == 1);
    bitmap_clear(map, 63);
    assert_false(bitmap_test(map, 63));
    assert_true(bitmap_test(map, 64));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_there),
        cmocka_unit_test(set_and_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
