// SPDX-License-Identifier: Apache-2.0
// EL2's memory: one region, cut at boot into named pieces; page pools are free lists of zeroed
// pages that belong to somebody. Nothing here is locked: boot is one CPU, a page pool is under its
// owner's lock.

#include <arch/cache.h>
#include <core/log.h>
#include <core/pool.h>

static struct {
    const char *name;
    size_t size;
} carved[32];
static unsigned nr_carved;
static char *region, *region_end;
static size_t region_size;
static bool sealed;

void pools_init(void *base, size_t size) {
    region = base;
    region_end = region + size;
    region_size = size;
}

static void *carve(const char *name, size_t size, size_t align) {
    char *at = (char *)ALIGN_UP((uintptr_t)region, align);
    if (sealed || at > region_end || (size_t)(region_end - at) < size)
        panic("pool %s: %zu bytes asked, %zu left%s", name, size, pools_left(),
              sealed ? ", pools are sealed" : "");
    region = at + size;
    if (nr_carved < ARRAY_SIZE(carved)) {
        carved[nr_carved].name = name;
        carved[nr_carved++].size = size;
    }
    return at;
}

void *pool_carve(const char *name, size_t size, size_t align) {
    void *at = carve(name, size, align);
    cache_zero(at, size);
    return at;
}

void page_pool_carve(struct page_pool *p, uint32_t count, size_t align) {
    page_pool_donate(p, carve(p->name, count * PAGE_SIZE, align), count);
}

void pools_seal(void) { sealed = true; }

size_t pools_left(void) { return (size_t)(region_end - region); }

void pools_print(void) {
    log_info("EL2 memory: %zu KiB, %zu KiB left", region_size >> 10, pools_left() >> 10);
    for (unsigned i = 0; i < nr_carved; i++)
        log_info("  %-24s %6zu KiB", carved[i].name, carved[i].size >> 10);
}

void page_pool_init(struct page_pool *p, const char *name) {
    *p = (struct page_pool){.name = name};
}

// Linked so that a fresh pool hands its pages out in ascending order.
void page_pool_donate(struct page_pool *p, void *pages, uint32_t count) {
    for (uint32_t i = count; i-- > 0;) {
        void **page = (void **)(void *)((char *)pages + i * PAGE_SIZE);
        *page = p->free;
        p->free = page;
    }
    p->count += count;
    p->total += count;
}

void *page_pool_get(struct page_pool *p) {
    void **page = p->free;
    if (!page)
        return NULL;
    p->free = *page;
    p->count--;
    cache_zero(page, PAGE_SIZE);
    return page;
}

void page_pool_put(struct page_pool *p, void *page) {
    *(void **)page = p->free;
    p->free = page;
    p->count++;
}
