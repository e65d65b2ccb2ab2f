// SPDX-License-Identifier: Apache-2.0
// A domain's physical map: policy (what may be mapped, page references) over arch/stage2.h (the
// tables). One lock, LOCK_P2M. Long ranges are done in steps: callers pass at most P2M_STEP frames
// a call.
#pragma once
#include <arch/stage2.h>
#include <core/addr.h>
#include <core/lock.h>
#include <core/pool.h>

struct domain;

#define P2M_STEP 512

struct p2m {
    spinlock_t lock;
    struct stage2 s2;
    struct page_pool pool; // table pages, the domain's own quota (R22)
    uint64_t max_gfn;      // highest gfn ever mapped
};

// Its part of domain creation (core/domain.c): 0 or -ENOMEM; destroy gives everything back.
int p2m_create(struct domain *d, uint32_t pool_pages) must_check;
void p2m_destroy(struct domain *d);

// Maps `count` frames; -EBUSY-free: an existing mapping of another frame is replaced
// break-before-make. -ENOMEM when the domain's table quota is used up (what was mapped before
// stays). RAM types: the caller holds the references that the mapping keeps.
int p2m_map(struct domain *d, gfn_t gfn, mfn_t mfn, uint64_t count, enum p2m_type type) must_check;
// Unmaps `count` frames and completes the TLB maintenance before it returns; holes are fine.
int p2m_unmap(struct domain *d, gfn_t gfn, uint64_t count) must_check;
// What is at gfn: type (P2M_INVALID if nothing) and frame.
enum p2m_type p2m_lookup(struct domain *d, gfn_t gfn, mfn_t *mfn);
// The frame at gfn as RAM of `d`, with a reference (drop with page_put); NULL if not writable/plain
// RAM.
struct page *p2m_get_ram(struct domain *d, gfn_t gfn, bool write);
