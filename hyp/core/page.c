// SPDX-License-Identifier: Apache-2.0
// Page states (R6, R17) and the buddy free lists. LOCK_FRAME guards the lists and a frame's way
// between PAGE_NONE and PAGE_FREE; references of guest frames are atomic. The frame table is
// indexed per bank. Worst case: alloc and free O(PAGE_MAX_ORDER); hand-over is linear in the frames
// given.

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
static uint64_t total, free_frames;
static uint64_t claimed;                       // of the free ones, by all domains
static uint32_t free_head[PAGE_MAX_ORDER + 1]; // page ids, 0 = none
static spinlock_t lock = SPINLOCK_INIT(LOCK_FRAME);

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

// A 32-bit name for a frame: its place in the tables + 1.
static uint32_t id_of(const struct page *p) { return (uint32_t)(p - banks[0].table) + 1; }
static struct page *by_id(uint32_t id) { return id ? &banks[0].table[id - 1] : NULL; }

void page_add_bank(mfn_t first, uint64_t count, struct page *table) {
    CHECK(nr_banks < MAX_TABLE_BANKS && first.v + count < UINT32_MAX);
    CHECK(nr_banks == 0 || table == banks[nr_banks - 1].table + banks[nr_banks - 1].count);
    banks[nr_banks].first = first.v;
    banks[nr_banks].count = count;
    banks[nr_banks++].table = table;
    total += count;
}

static void list_add(struct page *p, unsigned order) {
    struct page *head = by_id(free_head[order]);
    p->state = PAGE_FREE;
    p->order = (uint8_t)order;
    p->refs = 0;
    p->prev = 0;
    p->next = free_head[order];
    if (head)
        head->prev = id_of(p);
    free_head[order] = id_of(p);
    free_frames += 1ULL << order;
}

static void list_del(struct page *p) {
    struct page *next = by_id(p->next), *prev = by_id(p->prev);
    if (next)
        next->prev = p->prev;
    if (prev)
        prev->next = p->next;
    else
        free_head[p->order] = p->next;
    free_frames -= 1ULL << p->order;
    p->state = PAGE_NONE;
}

static void free_locked(struct page *p, unsigned order) REQUIRES(&lock) {
    uint64_t mfn = page_mfn(p).v;
    for (; order < PAGE_MAX_ORDER; order++) {
        struct page *buddy = page_of(mfn_of(mfn ^ (1ULL << order)));
        if (!buddy || buddy->state != PAGE_FREE || buddy->order != order)
            break;
        list_del(buddy);
        mfn &= ~(1ULL << order);
        p = MIN(p, buddy);
    }
    list_add(p, order);
}

void page_release_range(mfn_t first, uint64_t count) {
    uint64_t at = first.v, end = first.v + count;
    spin_lock(&lock);
    while (at < end) {
        unsigned order = 0;
        while (order < PAGE_MAX_ORDER && !(at & (1ULL << order)) && at + (2ULL << order) <= end)
            order++;
        free_locked(page_of(mfn_of(at)), order);
        at += 1ULL << order;
    }
    spin_unlock(&lock);
}

// A free block of at least `order` with a part of that order inside [lo, hi), which is *at frames
// into it.
static struct page *find_block(unsigned order, uint64_t lo, uint64_t hi, uint64_t *at)
    REQUIRES(&lock) {
    uint64_t size = 1ULL << order;
    for (unsigned o = order; o <= PAGE_MAX_ORDER; o++) {
        for (struct page *p = by_id(free_head[o]); p; p = by_id(p->next)) {
            uint64_t mfn = page_mfn(p).v, first = MAX(mfn, ALIGN_UP(lo, size));
            if (first + size <= mfn + (1ULL << o) && first + size <= hi) {
                *at = first - mfn;
                return p;
            }
        }
    }
    return NULL;
}

// Does a block for `d` (NULL: for nobody who could claim) leave what others have claimed? Then it
// comes out of what `d` has.
static bool take_claim(struct domain *d, unsigned order) REQUIRES(&lock) {
    uint64_t own = d ? d->claimed : 0, size = 1ULL << order;
    if (free_frames + own < claimed + size)
        return false;
    if (own) {
        own = MIN(own, size);
        d->claimed -= own;
        claimed -= own;
    }
    return true;
}

int page_claim(struct domain *d, uint64_t pages) {
    int err = 0;
    spin_lock(&lock);
    uint64_t owned = load_relaxed(&d->tot_pages);
    if (d->claimed || pages <= owned || pages > d->max_pages) {
        err = fail(-EINVAL);
    } else if (pages - owned > free_frames - claimed) {
        err = fail(-ENOMEM);
    } else {
        d->claimed = pages - owned;
        claimed += d->claimed;
    }
    spin_unlock(&lock);
    return err;
}

void page_claim_drop(struct domain *d) {
    spin_lock(&lock);
    claimed -= d->claimed;
    d->claimed = 0;
    spin_unlock(&lock);
}

uint64_t page_claimed_count(void) { return load_relaxed(&claimed); }

struct page *page_alloc_block(unsigned order, mfn_t lo, mfn_t hi) {
    return page_alloc_for(NULL, order, lo, hi);
}

struct page *page_alloc_for(struct domain *d, unsigned order, mfn_t lo, mfn_t hi) {
    uint64_t at;
    spin_lock(&lock);
    struct page *p = NULL;
    if (likely(claimed == 0) || take_claim(d, order))
        p = find_block(order, lo.v, hi.v, &at);
    if (p) {
        struct page *part = p + at;
        unsigned o = p->order;
        list_del(p);
        while (o > order) { // give back the half without `part`
            struct page *upper = p + (1ULL << --o);
            list_add(part < upper ? upper : p, o);
            p = part < upper ? p : upper;
        }
        p->refs = 1;
    }
    spin_unlock(&lock);
    return p;
}

void page_free_block(struct page *head, unsigned order) {
    spin_lock(&lock);
    free_locked(head, order);
    spin_unlock(&lock);
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

uint64_t page_free_count(void) { return load_relaxed(&free_frames); }
uint64_t page_total_count(void) { return total; }

mfn_t page_limit(void) {
    uint64_t limit = 0;
    for (unsigned i = 0; i < nr_banks; i++)
        limit = MAX(limit, banks[i].first + banks[i].count);
    return mfn_of(limit);
}
