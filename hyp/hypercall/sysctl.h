// SPDX-License-Identifier: Apache-2.0
// The rows of sysctl (xen/sysctl.h), one handler a command, a file a theme. Only
// hypercall/sysctl*.c include this.
#pragma once
#include "hypercall.h"
#include <xen/sysctl.h>

// `op` is the caller's argument, copied once. Returns 0, -E or HYPERCALL_AGAIN.
typedef int64_t sysctl_fn(struct vcpu *v, struct xen_sysctl *op);

struct sysctl_row {
    sysctl_fn *fn;
    bool out;      // op is copied back after success
    bool progress; // op is copied back before HYPERCALL_AGAIN: its cursor is in there
};

// Progress of a list kept in the argument's padding: marked, because a caller need not zero it.
#define SYSCTL_RESUME_MAX 0xfffffU
#define SYSCTL_RESUME_MARK 0xcfd00000U
static inline uint32_t sysctl_resume(uint32_t pad) {
    return (pad & ~SYSCTL_RESUME_MAX) == SYSCTL_RESUME_MARK ? pad & SYSCTL_RESUME_MAX : 0;
}

sysctl_fn sysctl_readconsole, sysctl_debug_keys, sysctl_coverage_op;
sysctl_fn sysctl_physinfo, sysctl_getdomaininfolist, sysctl_getcpuinfo, sysctl_availheap;
sysctl_fn sysctl_cputopoinfo, sysctl_numainfo, sysctl_page_offline_op;
// The scheduler_op of a pool under arinc653.
int64_t sysctl_arinc653(struct sched_pool *p, const struct xen_sysctl_scheduler_op *s);
sysctl_fn sysctl_sched_id, sysctl_cpupool_op, sysctl_scheduler_op, sysctl_tbuf_op;
