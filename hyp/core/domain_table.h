// SPDX-License-Identifier: Apache-2.0
// The table of domains, of domain.c and domain_death.c.
#pragma once
#include <core/domain.h>

extern struct domain *domains[MAX_DOMAINS];         // by id % MAX_DOMAINS
extern struct domain *domains_leaving[MAX_DOMAINS]; // not found any more, not yet free
extern spinlock_t domain_list_lock;                 // LOCK_DOMAIN_LIST: who is in them

// Gives back the memory of one that could not be made.
void domain_forget(struct quota_block *b);
