// SPDX-License-Identifier: Apache-2.0
// credit2: general-purpose, the default. Shares by weight with slices of at most 10 ms, whatever
// the pool's owner sets for credit. Locking and worst case are fair.c's.

#include <sched/sched.h>
#include <xen/scheduler.h>

#define SLICE_US 10000

static void credit2_init(struct sched_pool *p) { p->slice_us = SLICE_US; }

const struct sched_ops sched_credit2 = {
    .name = "credit2",
    .id = XEN_SCHEDULER_CREDIT2,
    .init = credit2_init,
    .insert = fair_insert,
    .remove = fair_remove,
    .wake = fair_wake,
    .sleep = fair_sleep,
    .pick = fair_pick,
    .changed = fair_changed,
    .yield = fair_yield,
};
