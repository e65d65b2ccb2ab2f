// SPDX-License-Identifier: Apache-2.0
// Blocks of a domain's EL2 memory. A block's head page counts and links its free pages; pages never
// used yet need no link. Owns LOCK_QUOTA of each quota. Worst case: getting a page looks at each
// block once, freeing a block touches its 512 frame entries.
#include <arch/atomic.h>
#include <arch/cache.h>
#include <arch/map.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/page.h>
#include <core/quota.h>

#define BLOCK_SIZE ((size_t)QUOTA_PAGES << PAGE_SHIFT)

struct quota_block {
    struct quota_block *next;
    void *free;      // pages that came back, linked through their first word
    uint32_t carved; // bytes at the start that are objects
    uint32_t fresh;  // first page never handed out
    uint32_t out;    // pages handed out now
};

struct quota_block *quota_block_new(uint16_t owner) {
    // Not the block at address 0, which as a pointer would read as "none".
    struct page *p = page_alloc_block(QUOTA_ORDER, mfn_of(1), mfn_of(UINT32_MAX));
    if (!p)
        return NULL;
    struct quota_block *b = map_el2_block(page_mfn(p));
    if (!b) {
        page_free_block(p, QUOTA_ORDER);
        return NULL;
    }
    page_to_hyp(p, owner);
    *b = (struct quota_block){.carved = sizeof(*b), .fresh = 1};
    return b;
}

void *quota_carve(struct quota_block *b, size_t size, size_t align) {
    size_t at = ALIGN_UP(b->carved, align);
    CHECK(b->out == 0 && !b->free && at + size <= BLOCK_SIZE);
    b->carved = (uint32_t)(at + size);
    b->fresh = (uint32_t)(ALIGN_UP(b->carved, PAGE_SIZE) >> PAGE_SHIFT);
    void *object = (char *)b + at;
    cache_zero(object, size);
    return object;
}

void quota_add(struct quota *q, struct quota_block *b) {
    spin_lock(&q->lock);
    b->next = q->blocks;
    q->blocks = b;
    q->pages += QUOTA_PAGES;
    q->used += b->fresh;
    spin_unlock(&q->lock);
}

static void *page_at(struct quota_block *b, uint32_t i) {
    return (char *)b + ((size_t)i << PAGE_SHIFT);
}

static void put_back(struct quota_block *b, void *page) {
    *(void **)page = b->free;
    b->free = page;
}

static void *fresh(struct quota_block *b, unsigned n) {
    uint32_t first = (uint32_t)ALIGN_UP(b->fresh, n);
    if (first + n > QUOTA_PAGES)
        return NULL;
    if (first != b->fresh)
        put_back(b, page_at(b, b->fresh)); // n is 2: one page is left out
    b->fresh = first + n;
    return page_at(b, first);
}

static void *take(struct quota_block *b, unsigned n) {
    if (n > 1 || !b->free)
        return fresh(b, n);
    void **page = b->free;
    b->free = *page;
    return page;
}

void *quota_get(struct quota *q, unsigned n) {
    void *page = NULL;
    spin_lock(&q->lock);
    for (struct quota_block *b = q->blocks; b && !page; b = b->next) {
        page = take(b, n);
        if (page) {
            b->out += n;
            q->used += n;
        }
    }
    spin_unlock(&q->lock);
    if (page)
        cache_zero(page, n * PAGE_SIZE);
    return page;
}

void quota_put(struct quota *q, void *page) {
    struct quota_block *b = (void *)ALIGN_DOWN((uintptr_t)page, BLOCK_SIZE);
    spin_lock(&q->lock);
    put_back(b, page);
    b->out--;
    q->used--;
    spin_unlock(&q->lock);
}

// A block besides the one with struct domain that nothing is taken from.
static struct quota_block *unlink_idle(struct quota *q) REQUIRES(&q->lock) {
    for (struct quota_block **at = &q->blocks; *at; at = &(*at)->next) {
        struct quota_block *b = *at;
        if (b->out || b->carved > sizeof(*b))
            continue;
        *at = b->next;
        q->pages -= QUOTA_PAGES;
        q->used--;
        return b;
    }
    return NULL;
}

int quota_resize_step(struct quota *q, uint16_t owner, uint32_t pages) {
    uint32_t want = MAX((uint32_t)ALIGN_UP(pages, QUOTA_PAGES), QUOTA_PAGES);
    if (load_relaxed(&q->pages) < want) {
        struct quota_block *b = quota_block_new(owner);
        if (!b)
            return fail(-ENOMEM);
        quota_add(q, b);
        return QUOTA_MORE;
    }
    spin_lock(&q->lock);
    bool less = q->pages > want;
    struct quota_block *idle = less ? unlink_idle(q) : NULL;
    spin_unlock(&q->lock);
    if (!less)
        return 0;
    if (!idle)
        return fail(-EBUSY);
    (void)quota_free_block(idle);
    return QUOTA_MORE;
}

struct quota_block *quota_free_block(struct quota_block *b) {
    struct quota_block *next = b->next;
    mfn_t first = pa_mfn(va_pa(b));
    unmap_el2_block(b);
    page_free_hyp(page_of(first));
    return next;
}
