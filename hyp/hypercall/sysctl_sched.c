// SPDX-License-Identifier: Apache-2.0
// sysctl: the schedulers and pools of the machine. There is one pool; changing the set of pools is
// answered as busy. Constant time.
#include "cpumap.h"
#include "sysctl.h"
#include <core/percpu.h>

int64_t sysctl_sched_id(struct vcpu *v, struct xen_sysctl *op) {
    (void)v;
    op->u.sched_id.sched_id = sched_pool_get(0)->ops->id;
    return 0;
}

static int64_t pool_info(struct xen_sysctl_cpupool_op *c) {
    struct sched_pool *p = sched_pool_get(c->cpupool_id);
    if (!p)
        return fail(-ENOENT);
    c->cpupool_id = p->id;
    c->sched_id = p->ops->id;
    c->n_dom = p->nr_domains;
    return cpumap_write(&c->cpumap, p->cpus);
}

int64_t sysctl_cpupool_op(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_cpupool_op *c = &op->u.cpupool_op;
    (void)v;
    switch (c->op) {
    case XEN_SYSCTL_CPUPOOL_OP_INFO:
        return pool_info(c);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO: // every CPU is in the pool
        return cpumap_write(&c->cpumap, 0);
    case XEN_SYSCTL_CPUPOOL_OP_CREATE:
    case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
    case XEN_SYSCTL_CPUPOOL_OP_ADDCPU:
    case XEN_SYSCTL_CPUPOOL_OP_RMCPU:
    case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
        return fail(-EBUSY);
    default:
        return fail(-ENOSYS);
    }
}

int64_t sysctl_scheduler_op(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;
    struct sched_pool *p = sched_pool_get(s->cpupool_id);
    (void)v;
    if (!p)
        return fail(-ESRCH);
    if (s->sched_id != p->ops->id || s->sched_id != XEN_SCHEDULER_CREDIT2)
        return fail(-EINVAL);
    if (s->cmd == XEN_SYSCTL_SCHEDOP_putinfo)
        store_relaxed(&p->ratelimit_us, MIN(s->u.sched_credit2.ratelimit_us, 500000U));
    else if (s->cmd != XEN_SYSCTL_SCHEDOP_getinfo)
        return fail(-EINVAL);
    s->u.sched_credit2.ratelimit_us = load_relaxed(&p->ratelimit_us);
    return 0;
}
