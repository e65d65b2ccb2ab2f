// SPDX-License-Identifier: Apache-2.0
// A domain's memory at EL2 (R22): struct domain, its vCPUs, stage-2 tables, event words, grant
// frames. It comes in blocks of 2 MiB of RAM that are the domain's alone, mapped 1:1 at EL2 with
// one entry each, so no domain can starve another, and goes back block by block when it is gone.
#pragma once
#include <core/lock.h>
#include <core/types.h>

#define QUOTA_ORDER 9
#define QUOTA_PAGES (1u << QUOTA_ORDER) // of a block; the first holds its head

struct quota_block;

struct quota {
    spinlock_t lock; // LOCK_QUOTA
    struct quota_block *blocks;
    uint32_t pages; // in all blocks
    uint32_t used;  // handed out, the domain's own objects included
};

// A new block for domain `owner`: whose frames are PAGE_HYP. NULL: no 2 MiB of RAM in one piece.
struct quota_block *quota_block_new(uint16_t owner);
// From a block that has handed out no page yet: zeroed memory for an object.
void *quota_carve(struct quota_block *b, size_t size, size_t align);
// Makes `b` the first block of q, or one more. Takes LOCK_QUOTA.
void quota_add(struct quota *q, struct quota_block *b);
// `n` neighbouring zeroed pages (1, or 2 aligned to their size), NULL when the quota is used up;
// and one back. Take LOCK_QUOTA.
void *quota_get(struct quota *q, unsigned n) must_check;
void quota_put(struct quota *q, void *page);
#define QUOTA_MORE 1
// One block more or less on the way to at least `pages`: 0 done, QUOTA_MORE, -ENOMEM, or -EBUSY
// when what would go is in use.
int quota_resize_step(struct quota *q, uint16_t owner, uint32_t pages) must_check;
// The first block of a domain that nobody can reach any more goes back to free memory; returns the
// rest of its blocks, NULL after the last, which is the one with struct domain. One block a call.
struct quota_block *quota_free_block(struct quota_block *b);
