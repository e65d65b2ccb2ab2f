// SPDX-License-Identifier: Apache-2.0
// Free frames: buddy lists. LOCK_FRAME guards them and a frame's way between PAGE_NONE and
// PAGE_FREE. Worst case: alloc and free O(PAGE_MAX_ORDER).

#include "page_table.h"
#include <arch/atomic.h>
#include <core/domain.h>
#include <core/lock.h>

static uint64_t free_frames;
static uint64_t claimed;                       // of the free ones, by all domains
static uint32_t free_head[PAGE_MAX_ORDER + 1]; // page ids, 0 = none
static spinlock_t lock = SPINLOCK_INIT(LOCK_FRAME);

// A 32-bit name for a frame: its place in the tables + 1.
static uint32_t id_of(const struct page *p) { return (uint32_t)(p - page_banks[0].table) + 1; }
static struct page *by_id(uint32_t id) { return id ? &page_banks[0].table[id - 1] : NULL; }

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
    uint64_t mfn = page_place(p).v;
    for (; order < PAGE_MAX_ORDER; order++) {
        struct page *buddy = page_look_up(mfn_of(mfn ^ (1ULL << order)));
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
        free_locked(page_look_up(mfn_of(at)), order);
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
            uint64_t mfn = page_place(p).v, first = MAX(mfn, ALIGN_UP(lo, size));
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
