// SPDX-License-Identifier: Apache-2.0
// Sorted lists of address ranges without overlaps, for the loaders. Pure; O(entries) each.
#pragma once
#include <boot/system.h>

static inline uint64_t range_end(const struct system_range *r) { return r->base.v + r->size; }

static inline bool range_overlap(const struct system_range *a, const struct system_range *b) {
    return a->base.v < range_end(b) && b->base.v < range_end(a);
}

// Adds [base, end), base < end, merging with what it overlaps or touches. false: all `max` entries
// used.
bool range_insert(struct system_range *list, unsigned *count, unsigned max, uint64_t base,
                  uint64_t end) must_check;
// The first part of [from, end) that no entry covers: *from and *stop are its bounds. false: none.
bool range_next_gap(const struct system_range *list, unsigned count, uint64_t end, uint64_t *from,
                    uint64_t *stop) must_check;
