// SPDX-License-Identifier: Apache-2.0
// No heap: EL2's memory is one region fixed at boot, cut into named, sized pools. After
// pools_seal() a global allocation is a panic; a domain's objects come out of the pages donated to
// it.
#pragma once
#include <core/types.h>

// Boot only: zeroed memory from EL2's region under a name that `pools_print` lists. Panics when
// full.
void *pool_carve(const char *name, size_t size, size_t align);
// Free list of 4 KiB pages, zeroed when handed out, e.g. one domain's page tables. Not locked: the
// owner's lock covers it.
struct page_pool {
    void *free;     // first free page, linked through its first word
    uint32_t count; // free now
    uint32_t total; // donated
    const char *name;
};
void page_pool_init(struct page_pool *p, const char *name);
// Boot only: `count` pages of EL2's region into the pool, listed under the pool's name.
void page_pool_carve(struct page_pool *p, uint32_t count, size_t align);
void page_pool_donate(struct page_pool *p, void *pages, uint32_t count);
// A zeroed page, or NULL when the quota is used up.
void *page_pool_get(struct page_pool *p) must_check;
void page_pool_put(struct page_pool *p, void *page);
// Boot: sets the region; seal: no pool_carve afterwards; print: the memory budget document.
void pools_init(void *base, size_t size);
void pools_seal(void);
void pools_print(void);
size_t pools_left(void);
