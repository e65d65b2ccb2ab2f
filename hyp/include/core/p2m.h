// SPDX-License-Identifier: Apache-2.0
// A domain's physical map: policy (what may be mapped, page references) over arch/stage2.h (the
// tables). One lock, LOCK_P2M. Long ranges are done in steps: callers pass at most P2M_STEP frames
// a call.
#pragma once
#include <arch/stage2.h>
#include <core/addr.h>
#include <core/lock.h>

struct domain;

#define P2M_STEP 512

struct p2m {
    spinlock_t lock;
    struct stage2 s2;
    bool closed;      // the domain is being destroyed: no look-up finds anything any more
    uint64_t max_gfn; // highest gfn ever mapped
    uint64_t cursor;  // of the destruction
};

// Its part of domain creation (core/domain.c): 0 or -ENOMEM. Tables come out of the domain's quota.
int p2m_create(struct domain *d, uint16_t vmid) must_check;
// No CPU runs on it: from now on nothing is found in it or put there, and no TLB has anything of
// it.
void p2m_close(struct domain *d);

// Maps `count` frames; -EBUSY-free: an existing mapping of another frame is replaced
// break-before-make. -ENOMEM when the domain's table quota is used up (what was mapped before
// stays). RAM types: the caller holds the references that the mapping keeps.
int p2m_map(struct domain *d, gfn_t gfn, mfn_t mfn, uint64_t count, enum p2m_type type) must_check;
// Unmaps `count` frames and completes the TLB maintenance before it returns; holes are fine.
int p2m_unmap(struct domain *d, gfn_t gfn, uint64_t count) must_check;
// What is at gfn: type (P2M_INVALID if nothing) and frame.
enum p2m_type p2m_lookup(struct domain *d, gfn_t gfn, mfn_t *mfn);
// Maps one frame where something of a type in the set `over` is (bit = enum p2m_type; P2M_INVALID:
// a hole): *was says what, and its reference is the caller's to drop. -EBUSY: a grant is there;
// -EINVAL.
int p2m_swap(struct domain *d, gfn_t gfn, mfn_t mfn, enum p2m_type type, unsigned over,
             struct p2m_leaf *was) must_check;
#define P2M_GRANTS (1U << P2M_GRANT | 1U << P2M_GRANT_RO)
// Takes away what is mapped at one gfn if its type is one of `types`. -EBUSY: a grant; -ENOENT.
static inline must_check int p2m_take(struct domain *d, gfn_t gfn, unsigned types,
                                      struct p2m_leaf *was) {
    return p2m_swap(d, gfn, INVALID_MFN, P2M_INVALID, types, was);
}
// Is nothing mapped there? *order: the log2 frames of the hole (or leaf) around gfn.
bool p2m_hole(struct domain *d, gfn_t gfn, unsigned *order);
// The frame at gfn as RAM of `d`, with a reference (drop with page_put); NULL if not writable/plain
// RAM.
struct page *p2m_get_frame(struct domain *d, gfn_t gfn, bool write, mfn_t *mfn);
static inline struct page *p2m_get_ram(struct domain *d, gfn_t gfn, bool write) {
    mfn_t mfn;
    return p2m_get_frame(d, gfn, write, &mfn);
}
