// SPDX-License-Identifier: Apache-2.0
// core/page.c: the free lists never lose or double a frame, blocks merge back, references decide
// the owner.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/page.h>

#include <cmocka.h> // last: its fail() is a macro

#define FIRST 0x40100 // odd alignment on purpose
#define FRAMES 70000
#define FIRST2 0x880000
#define FRAMES2 4096

static struct page table[FRAMES + FRAMES2];
static unsigned scrubbed;
static char window[4096];

void spin_lock(spinlock_t *l) { assert_int_equal(l->next++, 0); }
void spin_unlock(spinlock_t *l) { assert_int_equal(--l->next, 0); }
void panic(const char *fmt, ...) {
    (void)fmt;
    abort();
}
void *window_open(enum window w, mfn_t frame) {
    (void)w;
    (void)frame;
    return window;
}
void window_close(enum window w) { (void)w; }
void cache_zero_clean(void *va, size_t size) {
    assert_ptr_equal(va, window);
    assert_int_equal(size, 4096);
    scrubbed++;
}

static void frames_come_and_go(void **state) {
    (void)state;
    static struct {
        struct page *p;
        unsigned order;
    } held[4096];
    static uint8_t used[FRAMES + FRAMES2];
    unsigned n = 0;
    page_add_bank(mfn_of(FIRST), FRAMES, table);
    page_add_bank(mfn_of(FIRST2), FRAMES2, table + FRAMES);
    page_release_range(mfn_of(FIRST), FRAMES);
    page_release_range(mfn_of(FIRST2), FRAMES2);
    assert_int_equal(page_free_count(), FRAMES + FRAMES2);
    srand(2);
    for (unsigned i = 0; i < 20000; i++) {
        if (n < ARRAY_SIZE(held) && rand() % 3) {
            unsigned order = (unsigned)rand() % 8;
            struct page *p = page_alloc_block(order, mfn_of(0), mfn_of(~0ULL >> 1));
            if (!p)
                continue;
            assert_int_equal(page_mfn(p).v & ((1u << order) - 1), 0);
            for (size_t k = (size_t)(p - table); k < (size_t)(p - table) + (1u << order); k++)
                assert_int_equal(used[k]++, 0);
            held[n].p = p;
            held[n++].order = order;
        } else if (n) {
            unsigned k = (unsigned)rand() % n;
            memset(used + (held[k].p - table), 0, 1u << held[k].order);
            page_free_block(held[k].p, held[k].order);
            held[k] = held[--n];
        }
    }
    while (n--)
        page_free_block(held[n].p, held[n].order);
    assert_int_equal(page_free_count(), FRAMES + FRAMES2);
    struct page *big = page_alloc_block(15, mfn_of(0), mfn_of(~0ULL >> 1)); // all merged again
    assert_non_null(big);
    page_free_block(big, 15);
}

static void a_block_lies_where_it_was_asked_for(void **state) {
    (void)state;
    struct page *p = page_alloc_block(9, mfn_of(0x40200), mfn_of(0x40400));
    assert_non_null(p);
    assert_int_equal(page_mfn(p).v, 0x40200);
    assert_null(page_alloc_block(9, mfn_of(0x40200), mfn_of(0x40400)));
    assert_null(page_alloc_block(9, mfn_of(0x10), mfn_of(0x40000)));
    page_free_block(p, 9);
    assert_int_equal(page_free_count(), FRAMES + FRAMES2);
    assert_null(page_of(mfn_of(FIRST - 1)));
    assert_null(page_of(mfn_of(FIRST + FRAMES)));
}

static struct domain a = {.id = 1}, b = {.id = 2};
static unsigned maybe_gone;
struct domain *domain_get(domid_t id) {
    return id == 1 ? &a : &b;
}
void domain_maybe_gone(struct domain *d) {
    assert_ptr_equal(d, &a);
    maybe_gone++;
}

static void references_belong_to_the_owner(void **state) {
    (void)state;
    struct page *p = page_alloc_block(0, mfn_of(0), mfn_of(~0ULL >> 1));
    assert_false(page_get(p, &a)); // nobody's yet
    page_scrub(page_mfn(p));
    page_to_guest(&a, page_mfn(p), 1);
    assert_int_equal(scrubbed, 1);
    assert_int_equal(a.tot_pages, 1);
    assert_false(page_get(p, &b));
    assert_true(page_get(p, &a));
    page_put(p);
    page_put(p); // the allocation's own
    assert_int_equal(page_free_count(), FRAMES + FRAMES2);
    assert_false(page_get(p, &a)); // free again
    assert_int_equal(a.tot_pages, 0);
    assert_int_equal(maybe_gone, 1); // its last frame
    struct page *s = page_alloc_block(0, mfn_of(0), mfn_of(~0ULL >> 1));
    page_share(a.id, page_mfn(s));
    assert_false(page_get(s, &a)); // shown to the guest, not its RAM
    assert_false(page_get_visible(s, &b));
    assert_true(page_get_visible(s, &a));
    assert_true(page_is_lent(page_mfn(s)));
    maybe_gone = 0;
    page_put(s);
    assert_false(page_is_lent(page_mfn(s)));
    assert_int_equal(maybe_gone, 1); // nobody else holds its shared page now
    page_free_block(s, 0);
}

// A dead domain's extent: what others hold stays until they let go, the rest is free at once.
static void an_extent_goes_back_but_for_what_others_hold(void **state) {
    (void)state;
    struct page *p = page_alloc_block(9, mfn_of(0), mfn_of(~0ULL >> 1));
    page_to_guest(&a, page_mfn(p), 512);
    assert_true(page_get(p + 7, &a));
    assert_true(page_get(p + 511, &a));
    maybe_gone = 0;
    page_release(p, 512);
    assert_int_equal(page_free_count(), FRAMES + FRAMES2 - 2);
    assert_int_equal(a.tot_pages, 2);
    page_put(p + 7);
    assert_int_equal(maybe_gone, 0);
    page_put(p + 511);
    assert_int_equal(maybe_gone, 1);
    assert_int_equal(page_free_count(), FRAMES + FRAMES2);
    p = page_alloc_block(9, mfn_of(0), mfn_of(~0ULL >> 1));
    page_to_guest(&a, page_mfn(p), 512);
    page_release(p, 512);
    assert_int_equal(a.tot_pages, 0);
    struct page *big = page_alloc_block(15, mfn_of(0), mfn_of(~0ULL >> 1)); // all merged again
    assert_non_null(big);
    page_free_block(big, 15);
}

static void a_block_of_el2s_forgets_what_was_shared(void **state) {
    (void)state;
    struct page *p = page_alloc_block(QUOTA_ORDER, mfn_of(0), mfn_of(~0ULL >> 1));
    page_to_hyp(p, 1);
    page_share(a.id, page_mfn(p + 3));
    page_free_hyp(p);
    assert_int_equal(page_free_count(), FRAMES + FRAMES2);
    assert_false(page_get_visible(p + 3, &a));
}

// What a domain has claimed only it can get, as much of it as it takes.
static void a_claim_is_kept_for_its_domain(void **state) {
    (void)state;
    uint64_t all = FRAMES + FRAMES2;
    mfn_t lo = mfn_of(0), hi = mfn_of(~0ULL >> 1);
    a.tot_pages = 10;
    a.max_pages = all + 100;
    assert_int_equal(page_claim(&a, 10), -EINVAL); // it owns as many
    assert_int_equal(page_claim(&a, all + 101), -EINVAL);
    assert_int_equal(page_claim(&a, all + 11), -ENOMEM);
    assert_int_equal(page_claim(&a, all + 10 - 3), 0);
    assert_int_equal(page_claimed_count(), all - 3);
    assert_int_equal(page_claim(&a, all), -EINVAL); // one at a time
    struct page *p = page_alloc_block(1, lo, hi), *own;
    assert_non_null(p);
    assert_null(page_alloc_block(1, lo, hi)); // one frame is left for all others
    own = page_alloc_for(&a, 9, lo, hi);
    assert_non_null(own);
    assert_int_equal(a.claimed, all - 3 - 512);
    assert_null(page_alloc_block(1, lo, hi));
    page_claim_drop(&a);
    assert_int_equal(page_claimed_count(), 0);
    page_free_block(p, 1);
    page_free_block(own, 9);
    assert_int_equal(page_free_count(), all);
    a.tot_pages = 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_and_go),
        cmocka_unit_test(a_block_lies_where_it_was_asked_for),
        cmocka_unit_test(references_belong_to_the_owner),
        cmocka_unit_test(an_extent_goes_back_but_for_what_others_hold),
        cmocka_unit_test(a_block_of_el2s_forgets_what_was_shared),
        cmocka_unit_test(a_claim_is_kept_for_its_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
