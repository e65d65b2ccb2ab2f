// SPDX-License-Identifier: Apache-2.0
// core/page_boot.c: whatever is asked for, a block is free memory that nobody has, aligned and
// where it was wanted; all is given out in the end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <core/page.h>

#include <cmocka.h>

#define FIRST 0x40103 // odd alignment on purpose
#define FRAMES 9000

static struct page table[FRAMES];
static uint8_t state[FRAMES]; // 0: not ours, 1: free, 2: given out

struct page *page_of(mfn_t m) {
    return &table[m.v - FIRST];
}

static void release(uint64_t first, uint64_t count) {
    memset(state + first, 1, count);
    page_release_range(mfn_of(FIRST + first), count);
}

static bool take(unsigned order, uint64_t lo, uint64_t hi) {
    uint64_t before = page_free_count();
    struct page *p = page_alloc_block(order, mfn_of(lo), mfn_of(hi));
    uint64_t at = (uint64_t)(p - table);

    if (!p)
        return false;
    assert_int_equal(p->refs, 1);
    assert_int_equal((FIRST + at) % (1U << order), 0);
    assert_true(FIRST + at >= lo && FIRST + at + (1U << order) <= hi);
    assert_int_equal(page_free_count(), before - (1U << order));
    for (unsigned i = 0; i < 1U << order; i++) {
        assert_int_equal(state[at + i], 1);
        state[at + i] = 2;
    }
    return true;
}

static void blocks_are_apart_and_all_is_given_out(void **unused) {
    release(0, 3000);
    release(3100, 1);
    release(4000, 5000);
    srand(1);
    for (unsigned i = 0; i < 40; i++) {
        uint64_t lo = FIRST + (uint64_t)(rand() % FRAMES);

        (void)take((unsigned)rand() % 8, lo, lo + 1000);
    }
    assert_false(take(13, 0, UINT32_MAX)); // more than there is in one piece
    for (unsigned order = 13; order-- > 0;)
        while (take(order, 0, UINT32_MAX))
            ;
    assert_int_equal(page_free_count(), 0);
    for (unsigned i = 0; i < FRAMES; i++)
        assert_int_not_equal(state[i], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(blocks_are_apart_and_all_is_given_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
