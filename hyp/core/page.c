// SPDX-License-Identifier: Apache-2.0
// Page states (R6, R17). References of guest frames are atomic; free frames are page_free.c's. The
// frame table is indexed per bank. Worst case: hand-over is linear in the frames given.

#include "page_table.h"
#include <arch/atomic.h>
#include <arch/cache.h>
#include <arch/map.h>
#include <core/domain.h>
#include <core/log.h>
#include <core/page.h>
#include <core/quota.h>

struct page_bank page_banks[MAX_TABLE_BANKS];
unsigned page_nr_banks;
static uint64_t total;

struct page *page_of(mfn_t m) {
    return page_look_up(m);
}
mfn_t page_mfn(const struct page *p) { return page_place(p); }

void page_add_bank(mfn_t first, uint64_t count, struct page *table) {
    CHECK(page_nr_banks < MAX_TABLE_BANKS && first.v + count < UINT32_MAX);
    CHECK(page_nr_banks == 0 ||
          table == page_banks[page_nr_banks - 1].table + page_banks[page_nr_banks - 1].count);
    page_banks[page_nr_banks].first = first.v;
    page_banks[page_nr_banks].count = count;
    page_banks[page_nr_banks++].table = table;
    total += count;
}

void page_scrub(mfn_t m) {
    void *va = window_open(WINDOW_B, m);
    cache_zero_clean(va, PAGE_SIZE); // a guest with its caches off must see the zeroes (XSA-364)
    window_close(WINDOW_B);
}

void page_to_guest(struct domain *d, mfn_t first, uint64_t count) {
    struct page *p = page_of(first);
    CHECK(p && (count == 1 || page_of(mfn_add(first, count - 1)) == p + count - 1));
    domid_t id = d->id;
    for (const struct page *end = p + count; p < end; p++) {
        p->owner = id;
        p->state = PAGE_GUEST;
        store_release(&p->refs, 1);
    }
    atomic_add(&d->tot_pages, count);
}

void page_to_hyp(struct page *head, uint16_t owner) {
    head->state = PAGE_HYP;
    head->owner = owner;
}

void page_free_hyp(struct page *head) {
    for (unsigned i = 0; i < QUOTA_PAGES; i++) {
        head[i].state = PAGE_NONE; // some were shared with the guest
        store_relaxed(&head[i].refs, 0);
    }
    page_free_block(head, QUOTA_ORDER);
}

void page_share(domid_t owner, mfn_t frame) {
    struct page *p = page_of(frame);
    CHECK(p);
    p->owner = owner;
    p->state = PAGE_SHARED;
    store_release(&p->refs, 1);
}

bool page_is_lent(mfn_t frame) { return load_acquire(&page_of(frame)->refs) > 1; }

static bool get(struct page *p) {
    uint32_t refs = load_relaxed(&p->refs);
    do {
        if (refs == 0 || refs == UINT32_MAX)
            return false;
    } while (!__atomic_compare_exchange_n(&p->refs, &refs, refs + 1, true, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED));
    return true;
}

static bool get_of(struct page *p, domid_t owner, bool shared_too) {
    if (!get(p))
        return false;
    uint8_t state = load_relaxed(&p->state);
    if (load_relaxed(&p->owner) == owner &&
        (state == PAGE_GUEST || (shared_too && state == PAGE_SHARED)))
        return true;
    page_put(p);
    return false;
}

bool page_get(struct page *p, const struct domain *d) { return get_of(p, d->id, false); }

bool page_get_visible(struct page *p, const struct domain *d) { return get_of(p, d->id, true); }

bool page_get_xen(struct page *p) { return get_of(p, DOMID_XEN, true); }

uint64_t page_total_count(void) { return total; }

mfn_t page_limit(void) {
    uint64_t limit = 0;
    for (unsigned i = 0; i < page_nr_banks; i++)
        limit = MAX(limit, page_banks[i].first + page_banks[i].count);
    return mfn_of(limit);
}
