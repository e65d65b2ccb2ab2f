// SPDX-License-Identifier: Apache-2.0
// Free frames of the static profile, which gives them out while it boots and takes none back:
// ranges that are cut from below. Boot CPU; no lock. Worst case: O(MAX_RANGES).

#include <arch/atomic.h>
#include <core/page.h>

#define MAX_RANGES 256

static struct {
    uint64_t at, end; // frames
} range[MAX_RANGES];
static unsigned nr_ranges;
static uint64_t free_frames;

// More pieces than there is room for stay unused.
static void add(uint64_t first, uint64_t end) {
    if (nr_ranges == MAX_RANGES || first == end)
        return;
    range[nr_ranges].at = first;
    range[nr_ranges++].end = end;
    free_frames += end - first;
}

void page_release_range(mfn_t first, uint64_t count) { add(first.v, first.v + count); }

struct page *page_alloc_block(unsigned order, mfn_t lo, mfn_t hi) {
    uint64_t size = 1ULL << order;
    for (unsigned i = 0; i < nr_ranges; i++) {
        uint64_t first = range[i].at, end = range[i].end, at = ALIGN_UP(MAX(first, lo.v), size);
        if (at + size > MIN(end, hi.v))
            continue;
        range[i] = range[--nr_ranges];
        free_frames -= end - first;
        add(first, at);
        add(at + size, end);
        struct page *p = page_of(mfn_of(at));
        p->refs = 1;
        return p;
    }
    return NULL;
}

// Of a domain that could not be made: boot ends there.
void page_free_block(struct page *head, unsigned order) {
    (void)head;
    (void)order;
}

// Never the last one, which is the domain's own: its frames stay with it.
void page_put(struct page *p) { (void)atomic_sub(&p->refs, 1); }

uint64_t page_free_count(void) { return free_frames; }
