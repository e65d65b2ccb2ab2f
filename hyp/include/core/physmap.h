// SPDX-License-Identifier: Apache-2.0
// What a domain has where: RAM comes, goes and gives way. A domain's RAM is in its map once, and
// the map's reference is the domain's own: a frame taken out of the map is free as soon as nobody
// else holds it. A direct-mapped domain keeps its frames: they leave its map and come back at the
// same place. Callers hold LOCK_DOMAIN of the domain, under which its map is changed by hypercalls.
#pragma once
#include <arch/stage2.h>
#include <core/addr.h>
#include <core/types.h>

struct domain;

#define PHYSMAP_MORE 1  // not finished: call again from the exit room's next round
#define PHYSMAP_STEP 12 // frames scrubbed, let go of or changed one by one in one call

// Takes away what is at `gfn`: own RAM, a shared page of EL2's, a foreign page. -ENOENT: nothing of
// these; -EBUSY: a grant, which only its unmap takes away.
int physmap_remove(struct domain *d, gfn_t gfn) must_check;
// Takes away device registers; -ENOENT: none.
int physmap_remove_device(struct domain *d, gfn_t gfn) must_check;
// Shows `mfn` at `gfn`; what was there is taken away as by physmap_remove, and nothing is when the
// new mapping fails. -EBUSY: a grant is there. The reference that a map of `type` holds is the
// caller's.
int physmap_put(struct domain *d, gfn_t gfn, mfn_t mfn, enum p2m_type type) must_check;
// RAM at gfn leaves the domain; -EINVAL where it is not RAM.
int physmap_decrease(struct domain *d, gfn_t gfn) must_check;
// New scrubbed RAM of 2^order frames (at most 2 MiB) at gfn; 0, -ENOMEM, -EBUSY or PHYSMAP_MORE,
// and then the same call goes on. -EINVAL: a direct-mapped domain never owned it.
int physmap_populate(struct domain *d, gfn_t gfn, unsigned order) must_check;
// Frames for extents of one, out of one block while LOCK_DOMAIN is held: as many as `frames` in a
// power of two, or none; what is left is given back before the lock is. Not for a direct-mapped
// domain.
struct physmap_spare {
    struct page *next;
    uint32_t left;
};
void physmap_spare_take(struct domain *d, unsigned frames, struct physmap_spare *s);
void physmap_spare_drop(struct physmap_spare *s);
// physmap_populate of one frame out of `s`, or by itself when nothing is left there.
int physmap_populate_one(struct domain *d, gfn_t gfn, struct physmap_spare *s) must_check;
// The frames of an unfinished physmap_populate go back. True: all.
bool physmap_fill_drop(struct domain *d);
