// SPDX-License-Identifier: Apache-2.0
// Making room in a domain's physical map: what a mapping held is let go of. Callers hold
// LOCK_DOMAIN of the domain, under which its map is changed by hypercalls.
#pragma once
#include <core/addr.h>
#include <core/types.h>

struct domain;

// Unmaps the foreign page `mfn` at `gfn`, then (its TLB maintenance done) drops its reference.
int physmap_drop_foreign(struct domain *d, gfn_t gfn, mfn_t mfn) must_check;
// Makes room at `gfn`: a foreign page is dropped, the domain's own pages stay its own. -EBUSY for a
// mapped grant, which only its unmap takes away.
int physmap_vacate(struct domain *d, gfn_t gfn) must_check;
