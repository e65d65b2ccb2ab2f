// SPDX-License-Identifier: Apache-2.0
// The wall clock as the hardware domain set it; every domain sees it in its shared_info, moved by
// its own offset.
#pragma once
#include <core/types.h>

struct domain;

// The wall clock at system time 0, in ns since 1970: shown to all domains. Takes LOCK_DOMAIN of
// each. O(domains).
void wallclock_set(uint64_t ns);
// Shows it to one domain: a new one, or one whose offset has changed. Takes LOCK_DOMAIN.
void wallclock_show(struct domain *d);
