// SPDX-License-Identifier: Apache-2.0
// arch/arm64/stage2.c against a TLB that forgets nothing by itself: what a guest saw stays in it
// until the walker flushes, and a flush while the entry is still valid (no break before make) fails
// the test.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arch/stage2.h>
#include <arm64/stage2_pte.h>
#include <arm64/tlb.h>
#include <core/errno.h>
#include <core/log.h>

#include <cmocka.h> // last: its fail() is a macro

#define FRAMES 4096 // guest frames under test, from BASE
#define POOL 64

static _Alignas(8192) char pages[POOL][4096];
static struct quota pool;
static void *unused[POOL];
static unsigned nr_unused;
static struct stage2 s2;
static uint64_t tlb[FRAMES]; // machine frame + 1 as last seen; 0 = not cached
static uint64_t base;
static unsigned flushes, fail_after = ~0u;

uint8_t stage2_ipa_bits(void) { return 40; }
void stage2_sync(void) {}
void panic(const char *fmt, ...) {
    (void)fmt;
    abort();
}

void *quota_get(struct quota *q, unsigned n) {
    assert_ptr_equal(q, &pool);
    if (nr_unused < n || fail_after-- == 0)
        return NULL;
    nr_unused -= n; // the fresh ones ascend, as a block's do
    memset(unused[nr_unused + n - 1], 0, n * 4096);
    return unused[nr_unused + n - 1];
}

void quota_put(struct quota *q, void *page) {
    assert_ptr_equal(q, &pool);
    memset(page, 0xaa, 4096); // a use after this reads garbage
    unused[nr_unused++] = page;
}

static uint64_t walk(uint64_t gfn) {
    mfn_t mfn;
    unsigned order;
    return stage2_lookup(&s2, gfn_of(gfn), &mfn, &order) == P2M_INVALID ? 0 : mfn.v + 1;
}

void tlb_flush_stage2(const struct stage2 *s, gfn_t gfn, uint64_t count) {
    assert_ptr_equal(s, &s2);
    if (count == UINT64_MAX) { // a new VMID
        memset(tlb, 0, sizeof(tlb));
        return;
    }
    flushes++;
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(walk(gfn.v + i), 0); // broken before made
        if (gfn.v + i >= base && gfn.v + i < base + FRAMES)
            tlb[gfn.v + i - base] = 0;
    }
}

// What the guest reads: the TLB first.
static uint64_t guest_sees(uint64_t i) {
    if (!tlb[i])
        tlb[i] = walk(base + i);
    return tlb[i];
}

static int setup(void **state) {
    (void)state;
    memset(tlb, 0, sizeof(tlb));
    for (nr_unused = 0; nr_unused < POOL; nr_unused++)
        unused[nr_unused] = pages[POOL - 1 - nr_unused];
    fail_after = ~0u;
    base = GIB(3) >> 12; // across the two concatenated root tables' neighbours
    return stage2_init(&s2, &pool, 1);
}

static int teardown(void **state) {
    (void)state;
    return 0;
}

static void blocks_are_as_big_as_alignment_allows(void **state) {
    (void)state;
    mfn_t mfn;
    unsigned order;
    assert_int_equal(stage2_map(&s2, gfn_of(base), mfn_of(0x80000), 1ULL << 18, P2M_RAM), 0);
    stage2_lookup(&s2, gfn_of(base + 5), &mfn, &order);
    assert_int_equal(order, 18);
    assert_int_equal(mfn.v, 0x80005);
    assert_int_equal(stage2_map(&s2, gfn_of(base + (1 << 18)), mfn_of(0x200), 513, P2M_DEVICE), 0);
    assert_int_equal(stage2_lookup(&s2, gfn_of(base + (1 << 18)), &mfn, &order), P2M_DEVICE);
    assert_int_equal(order, 9);
    stage2_lookup(&s2, gfn_of(base + (1 << 18) + 512), &mfn, &order);
    assert_int_equal(order, 0);
    assert_int_equal(mfn.v, 0x400);
}

static void a_hole_in_a_block_leaves_the_rest(void **state) {
    (void)state;
    assert_int_equal(stage2_map(&s2, gfn_of(base), mfn_of(0x40000), 1ULL << 18, P2M_RAM), 0);
    for (uint64_t i = 0; i < FRAMES; i++)
        assert_int_equal(guest_sees(i), 0x40000 + i + 1);
    assert_int_equal(stage2_unmap(&s2, gfn_of(base + 700), 1), 0);
    for (uint64_t i = 0; i < FRAMES; i++)
        assert_int_equal(guest_sees(i), i == 700 ? 0 : 0x40000 + i + 1);
}

static void ranges_outside_the_ipa_space_are_refused(void **state) {
    (void)state;
    uint64_t top = 1ULL << 28;
    assert_int_equal(stage2_map(&s2, gfn_of(top), mfn_of(1), 1, P2M_RAM), -EINVAL);
    assert_int_equal(stage2_map(&s2, gfn_of(top - 1), mfn_of(1), 2, P2M_RAM), -EINVAL);
    assert_int_equal(stage2_map(&s2, gfn_of(~0ULL), mfn_of(1), 2, P2M_RAM), -EINVAL);
    assert_int_equal(stage2_unmap(&s2, gfn_of(top - 1), ~0ULL), -EINVAL);
    assert_int_equal(walk(~0ULL), 0);
    struct p2m_leaf was;
    assert_int_equal(stage2_swap(&s2, gfn_of(top), mfn_of(1), P2M_RAM, ~0U, &was), -EINVAL);
    assert_int_equal(stage2_swap(&s2, gfn_of(~0ULL), INVALID_MFN, P2M_INVALID, 1U << P2M_RAM, &was),
                     -ENOENT);
    assert_int_equal(was.type, P2M_INVALID);
}

// What is of another type than asked for stays, and a block of it whole.
static void a_swap_takes_only_what_it_may(void **state) {
    (void)state;
    struct p2m_leaf was;
    mfn_t mfn;
    unsigned order, unused_before;
    assert_int_equal(stage2_map(&s2, gfn_of(base), mfn_of(0x40000), 512, P2M_DEVICE), 0);
    unused_before = nr_unused;
    assert_int_equal(stage2_swap(&s2, gfn_of(base + 7), INVALID_MFN, P2M_INVALID,
                                 1U << P2M_RAM | 1U << P2M_INVALID, &was),
                     -ENOENT);
    assert_int_equal(was.type, P2M_DEVICE);
    assert_int_equal(was.mfn.v, 0x40007);
    assert_int_equal(nr_unused, unused_before);
    fail_after = 0;
    assert_int_equal(stage2_swap(&s2, gfn_of(base + 7), mfn_of(1), P2M_RAM, ~0U, &was), -ENOMEM);
    fail_after = ~0u;
    assert_int_equal(stage2_lookup(&s2, gfn_of(base + 7), &mfn, &order), P2M_DEVICE);
    assert_int_equal(order, 9);
    assert_int_equal(stage2_swap(&s2, gfn_of(base + 7), mfn_of(1), P2M_RAM, ~0U, &was), 0);
    assert_int_equal(stage2_lookup(&s2, gfn_of(base + 7), &mfn, &order), P2M_RAM);
    assert_int_equal(stage2_lookup(&s2, gfn_of(base + 8), &mfn, &order), P2M_DEVICE);
    assert_int_equal(mfn.v, 0x40008);
}

static void no_memory_is_reported_and_nothing_lost(void **state) {
    (void)state;
    assert_int_equal(stage2_map(&s2, gfn_of(base), mfn_of(0x40000), 1ULL << 18, P2M_RAM), 0);
    for (unsigned n = 0; n < 2; n++) {
        fail_after = n;
        assert_int_equal(stage2_unmap(&s2, gfn_of(base + 7), 1), -ENOMEM);
        fail_after = ~0u;
        for (uint64_t i = 0; i < FRAMES; i++)
            assert_int_equal(guest_sees(i), 0x40000 + i + 1);
    }
}

// Random maps and unmaps of all sizes against a flat model.
static void random_operations_match_the_model(void **state) {
    (void)state;
    static uint64_t model[FRAMES];
    memset(model, 0, sizeof(model));
    srand(1);
    for (unsigned n = 0; n < 3000; n++) {
        unsigned shift = (unsigned)rand() % 12;
        uint64_t count = 1 + (uint64_t)rand() % (1u << shift);
        uint64_t at = (uint64_t)rand() % (FRAMES - count + 1);
        if (rand() & 1)
            at &= ~511ULL;
        count = MIN(count, FRAMES - at);
        uint64_t mfn = 0x100000 + ((rand() & 1) ? at : (uint64_t)rand() % 8192);
        bool map = rand() & 1;
        if (count == 1 && rand() & 1) { // one frame in one walk, which says what was there
            struct p2m_leaf was;
            assert_int_equal(stage2_swap(&s2, gfn_of(base + at), mfn_of(mfn),
                                         map ? P2M_RAM : P2M_INVALID, ~0U, &was),
                             0);
            assert_int_equal(was.type == P2M_INVALID ? 0 : was.mfn.v + 1, model[at]);
            assert_int_equal(was.type, model[at] ? P2M_RAM : P2M_INVALID);
            model[at] = map ? mfn + 1 : 0;
            assert_int_equal(guest_sees(at), model[at]);
            continue;
        }
        int rc = map ? stage2_map(&s2, gfn_of(base + at), mfn_of(mfn), count, P2M_RAM)
                     : stage2_unmap(&s2, gfn_of(base + at), count);
        assert_int_equal(rc, 0);
        for (uint64_t i = 0; i < count; i++)
            model[at + i] = map ? mfn + i + 1 : 0;
        for (uint64_t i = 0; i < FRAMES; i++) {
            if (!tlb[i] && !model[i])
                continue; // a TLB does not remember faults
            assert_int_equal(guest_sees(i), model[i]);
        }
    }
    assert_true(flushes > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blocks_are_as_big_as_alignment_allows, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hole_in_a_block_leaves_the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(ranges_outside_the_ipa_space_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_swap_takes_only_what_it_may, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_is_reported_and_nothing_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(random_operations_match_the_model, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
