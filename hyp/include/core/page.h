// SPDX-License-Identifier: Apache-2.0
// The page-state machine (R6, R17): every frame of RAM has one owner, one state and a count of
// references; core/page*.c alone change them. Free frames are in core/page_free.c, of the static
// profile in page_boot.c. Owns LOCK_FRAME.
#pragma once
#include <core/addr.h>
#include <core/types.h>

struct domain;

enum page_state {
    PAGE_NONE = 0, // not given to anybody yet: reserved by firmware, or a boot module
    PAGE_FREE,     // on a free list, not scrubbed
    PAGE_HYP,      // EL2's own
    PAGE_GUEST,    // RAM of `owner`
    PAGE_SHARED,   // EL2's, visible to `owner` (shared_info, grant frames)
};

struct page {            // 16 bytes a frame
    uint32_t refs;       // holders; the allocation itself is one
    uint16_t owner;      // domid while PAGE_GUEST or PAGE_SHARED
    uint8_t state;       // enum page_state
    uint8_t order;       // while the head of a free block
    uint32_t next, prev; // free list links: frame index + 1, 0 = end
};
_Static_assert(sizeof(struct page) == 16, "the frame table is 16 bytes a frame");

#define PAGE_MAX_ORDER 18 // 1 GiB

// Frame table entry, or NULL when the frame is not RAM. O(banks).
struct page *page_of(mfn_t m);
mfn_t page_mfn(const struct page *p);

// Boot: declares a bank; its entries live at `table` (zeroed, EL2-mapped), where those of the bank
// before end.
void page_add_bank(mfn_t first, uint64_t count, struct page *table);
// Boot: hands [first, first+count) to the free lists. O(blocks).
void page_release_range(mfn_t first, uint64_t count);

// A free block of 2^order frames whose first frame is in [lo, hi) and that ends below hi; NULL if
// none. The block becomes PAGE_NONE with one reference each.
struct page *page_alloc_block(unsigned order, mfn_t lo, mfn_t hi);
// The same for memory of `d`, out of what it has claimed.
struct page *page_alloc_for(struct domain *d, unsigned order, mfn_t lo, mfn_t hi);
// Sets frames aside so that `d` can come to own `pages`: no other gets them until it drops the
// claim. -EINVAL: it has a claim, or owns as many, or may not; -ENOMEM: so many are not there.
int page_claim(struct domain *d, uint64_t pages) must_check;
void page_claim_drop(struct domain *d);
uint64_t page_claimed_count(void);
void page_free_block(struct page *head, unsigned order);

// Zeroes a frame of a block that was allocated and cleans it to the PoC: a guest with its caches
// off sees the zeroes.
void page_scrub(mfn_t m);
// PAGE_NONE -> PAGE_GUEST of `d` for `count` frames from `first`, scrubbed before (or Dom0's own
// initial memory): the only way RAM reaches a guest. The reference of each is the domain's own.
void page_to_guest(struct domain *d, mfn_t first, uint64_t count);
// The domain's own references of `count` <= 512 frames from `p` end; those that nobody else holds
// are free at once, together where they can. O(frames).
void page_release(struct page *p, uint32_t count);
// A block of 2^QUOTA_ORDER frames is EL2's own for a domain; and back on the free lists.
void page_to_hyp(struct page *head, uint16_t owner);
void page_free_hyp(struct page *head);
// EL2 page shown to a guest; DOMID_XEN: to the control domain.
void page_share(domid_t owner, mfn_t frame);
// Does somebody but the domain itself hold its shared page?
bool page_is_lent(mfn_t frame);

// Takes a reference if the frame is RAM owned by `d`; false otherwise. Lock-free.
bool page_get(struct page *p, const struct domain *d) must_check;
// As page_get, also for EL2's pages that `d` sees (a guest may keep data in the rest of such a
// page).
bool page_get_visible(struct page *p, const struct domain *d) must_check;
// As page_get, of a page that EL2 shows to the control domain.
bool page_get_xen(struct page *p) must_check;
// Drops one; the last one frees the frame, and may be the end of a dead domain.
void page_put(struct page *p);

// Frames on the free lists.
uint64_t page_free_count(void);
uint64_t page_total_count(void);
// One past the highest frame of RAM.
mfn_t page_limit(void);
