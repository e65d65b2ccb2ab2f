// SPDX-License-Identifier: Apache-2.0
// No heap: EL2's memory is one region fixed at boot, cut into named, sized pools. After
// pools_seal() a global allocation is a panic; a domain's objects come out of its
// quota (core/quota.h).
#pragma once
#include <core/types.h>

// Boot only: zeroed memory from EL2's region under a name that `pools_print` lists. Panics when
// full.
void *pool_carve(const char *name, size_t size, size_t align);
// Boot: sets the region; seal: no pool_carve afterwards; print: the memory budget document.
void pools_init(void *base, size_t size);
void pools_seal(void);
void pools_print(void);
size_t pools_left(void);
