// SPDX-License-Identifier: Apache-2.0
// Page states (R6, R17). References of guest frames are atomic; free frames are page_free.c's. The
// frame table is indexed per bank. Worst case: hand-over is linear in the frames given.

#include <arch/atomic.h>
#include <arch/cache.h>
#include <arch/map.h>
#include <core/domain.h>
#include <core/lock.h>
#include <core/log.h>
#include <core/page.h>
#include <core/quota.h>

#define MAX_TABLE_BANKS 16

struct bank {
    uint64_t first, count;
    struct page *table;
};
static struct bank banks[MAX_TABLE_BANKS]; // their tables lie one after the other
static unsigned nr_banks;
static uint64_t total;
struct page *page_first;

struct page *page_of(mfn_t m) {
    for (const struct bank *b = banks; b < banks + nr_banks; b++) {
        if (likely(m.v - b->first < b->count))
            return &b->table[m.v - b->first];
    }
    return NULL;
}

mfn_t page_mfn(const struct page *p) {
    for (const struct bank *b = banks; b < banks + nr_banks; b++) {
        uint64_t i = (uint64_t)(p - b->table);
        if (likely(i < b->count))
            return mfn_of(b->first + i);
    }
    panic("page %p is in no bank", (const void *)p);
}

void page_add_bank(mfn_t first, uint64_t count, struct page *table) {
    CHECK(nr_banks < MAX_TABLE_BANKS && first.v + count < UINT32_MAX);
    page_first = nr_banks ? page_first : table;
    CHECK(nr_banks == 0 || table == banks[nr_banks - 1].table + banks[nr_banks - 1].count);
    banks[nr_banks].first = first.v;
    banks[nr_banks].count = count;
    banks[nr_banks++].table = table;
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

// `count` frames of `d` are free again.
static void account(domid_t id, uint64_t count) {
    struct domain *d = domain_get(id);
    if (atomic_sub(&d->tot_pages, count) == count)
        domain_maybe_gone(d);
}

void page_put(struct page *p) {
    domid_t owner = p->owner; // before the reference goes
    uint32_t old = atomic_sub(&p->refs, 1);
    if (old == 1) {
        p->state = PAGE_NONE;
        page_free_block(p, 0);
        account(owner, 1);
    } else if (unlikely(old == 2) && load_relaxed(&p->state) == PAGE_SHARED) {
        domain_maybe_gone(domain_get(owner));
    }
}

void page_release(struct page *p, uint32_t count) {
    uint64_t freed = 0, run = 0;
    domid_t owner = p->owner;
    mfn_t first = page_mfn(p);
    for (uint64_t i = 0; i < count; i++) {
        bool last = atomic_sub(&p[i].refs, 1) == 1;
        if (last) {
            p[i].state = PAGE_NONE;
            run++;
            freed++;
        }
        if (run && (!last || i + 1 == count)) {
            page_release_range(mfn_add(first, i + last - run), run);
            run = 0;
        }
    }
    if (freed)
        account(owner, freed);
}

uint64_t page_total_count(void) { return total; }

mfn_t page_limit(void) {
    uint64_t limit = 0;
    for (unsigned i = 0; i < nr_banks; i++)
        limit = MAX(limit, banks[i].first + banks[i].count);
    return mfn_of(limit);
}
