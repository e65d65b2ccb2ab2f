// SPDX-License-Identifier: Apache-2.0
// credit: shares by weight with a slice that the pool's owner sets (30 ms at first), for those who
// know Xen's first scheduler and its knobs. Locking and worst case are fair.c's.

#include <sched/sched.h>
#include <xen/scheduler.h>

#define SLICE_US 30000

static void credit_init(struct sched_pool *p) { p->slice_us = SLICE_US; }

const struct sched_ops sched_credit = {
    .name = "credit",
    .id = XEN_SCHEDULER_CREDIT,
    .init = credit_init,
    .insert = fair_insert,
    .remove = fair_remove,
    .wake = fair_wake,
    .sleep = fair_sleep,
    .pick = fair_pick,
    .changed = fair_changed,
    .yield = fair_yield,
};
