// SPDX-License-Identifier: Apache-2.0
// Grant tables, version 1 (xen/grant_table.h): frames of EL2 pages that the guest sees at its grant
// region. The granter's side (frames, entries, pins) is guarded by its LOCK_GRANT, the mapper's
// side (handles and its physical map) by its LOCK_DOMAIN. All memory comes out of the domain's own
// pool.
#pragma once
#include <core/addr.h>
#include <core/lock.h>
#include <core/types.h>
#include <xen/grant_table.h>

struct domain;

#define GRANT_MAX_FRAMES 64
#define GRANT_INITIAL_FRAMES 1
#define GRANT_ENTRIES_PER_FRAME 512
#define GRANT_PER_PAGE 128 // pins or handles in a page of the pool
#define GRANT_PIN_PAGES (GRANT_MAX_FRAMES * GRANT_ENTRIES_PER_FRAME / GRANT_PER_PAGE)
#define GRANT_HANDLE_PAGES 128         // 16384 handles
#define GRANT_PER_MAPTRACK_FRAME 256   // handles in what the toolstack calls a maptrack frame
#define GRANT_MAX_MAPTRACK_FRAMES 1024 // that may be asked for, as on Xen; these are made use of:
#define GRANT_MAPTRACK_FRAMES (GRANT_HANDLE_PAGES * GRANT_PER_PAGE / GRANT_PER_MAPTRACK_FRAME)

// An entry in use: how often, and the frame that it named when its use began.
struct grant_pin {
    uint32_t readers, writers;
    uint64_t mfn;
};

// A mapping that this domain made of another's page.
struct grant_mapping {
    uint64_t gfn; // where; free: the next free handle + 1
    uint64_t mfn;
    grant_ref_t ref;
    domid_t granter;
    uint16_t flags; // GNTMAP_host_map, _device_map: still there; _readonly. 0: free
};

_Static_assert(GRANT_PER_PAGE * sizeof(struct grant_mapping) <= 4096 &&
                   GRANT_PER_PAGE * sizeof(struct grant_pin) <= 4096,
               "fit a page");

struct grant_table {
    spinlock_t lock;
    uint32_t version; // 1
    uint32_t nr_frames, max_frames;
    void *frame[GRANT_MAX_FRAMES]; // from the domain's pool
    gfn_t gfn[GRANT_MAX_FRAMES];   // where each is mapped, INVALID_GFN if not
    struct grant_pin *pin[GRANT_PIN_PAGES];
    struct grant_mapping *mapping[GRANT_HANDLE_PAGES];
    uint32_t nr_handles;   // made so far
    uint32_t max_handles;  // as many as there may be
    uint32_t relinquished; // of a dying domain: handles looked at
    uint32_t free_handle;  // first free one + 1, 0 = none
};

// Its part of domain creation (core/domain.c): 0 or -ENOMEM.
int grant_create(struct domain *d) must_check;
// Before it: frames of the table and of mappings that the domain may have; UINT32_MAX: the default,
// as many as there can be.
void grant_set_limits(struct domain *d, uint32_t frames, uint32_t maptrack_frames);

// Grows the table to `frames` (at most max_frames). -EINVAL beyond, -ENOMEM when the pool is used
// up.
int grant_grow(struct domain *d, uint32_t frames) must_check;
// The frame `idx` for XENMAPSPACE_grant_table, growing the table up to its limit; -EINVAL beyond.
int grant_frame_for_map(struct domain *d, uint64_t idx, mfn_t *mfn) must_check;
// Shows frame `idx` at `gfn` and nowhere else (XSA-379). Caller holds d->lock.
int grant_map_frame(struct domain *d, uint64_t idx, gfn_t gfn) must_check;

// GNTST_*: `user` begins (ends) using entry `ref` of `granter`. Pinning takes a reference on the
// frame.
int16_t grant_pin(struct domain *granter, domid_t user, grant_ref_t ref, bool write, mfn_t *mfn);
void grant_unpin(struct domain *granter, grant_ref_t ref, bool write, mfn_t mfn);

// GNTST_*; core/grant_map.c. Take LOCK_DOMAIN of `d`.
int16_t grant_map(struct domain *d, struct gnttab_map_grant_ref *op);
int16_t grant_unmap(struct domain *d, const struct gnttab_unmap_grant_ref *op);
int16_t grant_copy(struct domain *d, const struct gnttab_copy *op);
// Does another domain's map show a grant frame of `d`?
bool grant_frames_lent(struct domain *d);
// One step of destruction: mappings that `d` made end; true: all have.
bool grant_relinquish_step(struct domain *d) must_check;
