// SPDX-License-Identifier: Apache-2.0
// sysctl: the schedulers and pools of the machine. Worst case: that of sched/pool.c.
#include "cpumap.h"
#include "sysctl.h"
#include <core/percpu.h>

int64_t sysctl_sched_id(struct vcpu *v, struct xen_sysctl *op) {
    (void)v;
    op->u.sched_id.sched_id = sched_pool_get(0)->ops->id;
    return 0;
}

static int64_t pool_info(struct xen_sysctl_cpupool_op *c) {
    struct sched_pool *p = sched_pool_next(c->cpupool_id);
    if (!p)
        return fail(-ENOENT);
    c->cpupool_id = p->id;
    c->sched_id = p->ops->id;
    c->n_dom = p->nr_domains;
    return cpumap_write(&c->cpumap, p->cpus);
}

static int64_t pool_create(struct xen_sysctl_cpupool_op *c) {
    const struct sched_ops *ops = sched_find_id(c->sched_id);
    return ops ? sched_pool_create(&c->cpupool_id, ops) : fail(-ENOENT);
}

// A CPU that was sent off is waited for by asking again; which one is in the argument then.
static int64_t pool_cpu(struct xen_sysctl_cpupool_op *c) {
    bool waits = sysctl_resume(c->n_dom) == c->op && c->cpu < nr_cpus;
    if (!waits) {
        int err = c->op == XEN_SYSCTL_CPUPOOL_OP_ADDCPU
                      ? sched_pool_add_cpu(c->cpupool_id, &c->cpu)
                      : sched_pool_remove_cpu(c->cpupool_id, &c->cpu);
        if (err != SCHED_MORE)
            return err;
        c->n_dom = SYSCTL_RESUME_MARK | c->op;
    }
    if (!sched_cpu_moved(c->cpu))
        return HYPERCALL_AGAIN;
    c->n_dom = 0;
    return 0;
}

static int64_t pool_move(struct vcpu *v, const struct xen_sysctl_cpupool_op *c) {
    struct domain *d = domain_get((domid_t)c->domid);
    if (!d || c->domid >= DOMID_FIRST_RESERVED)
        return fail(-ESRCH);
    if (d == v->domain)
        return fail(-EPERM);
    int ret = sched_domain_move(d, c->cpupool_id);
    return ret == SCHED_MORE ? HYPERCALL_AGAIN : ret;
}

int64_t sysctl_cpupool_op(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_cpupool_op *c = &op->u.cpupool_op;
    switch (c->op) {
    case XEN_SYSCTL_CPUPOOL_OP_CREATE:
        return pool_create(c);
    case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
        return sched_pool_destroy(c->cpupool_id);
    case XEN_SYSCTL_CPUPOOL_OP_INFO:
        return pool_info(c);
    case XEN_SYSCTL_CPUPOOL_OP_ADDCPU:
    case XEN_SYSCTL_CPUPOOL_OP_RMCPU:
        return pool_cpu(c);
    case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
        return pool_move(v, c);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
        return cpumap_write(&c->cpumap, sched_free_cpus());
    default:
        return fail(-ENOSYS);
    }
}

// 0 is none.
static bool ratelimit_ok(uint32_t us) {
    return us == 0 ||
           (us >= XEN_SYSCTL_SCHED_RATELIMIT_MIN && us <= XEN_SYSCTL_SCHED_RATELIMIT_MAX);
}

static int64_t credit_op(struct sched_pool *p, struct xen_sysctl_scheduler_op *s) {
    struct xen_sysctl_credit_schedule *c = &s->u.sched_credit;
    if (s->cmd == XEN_SYSCTL_SCHEDOP_putinfo) {
        if (c->tslice_ms < XEN_SYSCTL_CSCHED_TSLICE_MIN ||
            c->tslice_ms > XEN_SYSCTL_CSCHED_TSLICE_MAX || !ratelimit_ok(c->ratelimit_us) ||
            c->ratelimit_us > c->tslice_ms * 1000 ||
            c->vcpu_migr_delay_us > XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US)
            return fail(-EINVAL);
        store_relaxed(&p->slice_us, c->tslice_ms * 1000);
        store_relaxed(&p->ratelimit_us, c->ratelimit_us);
        store_relaxed(&p->migration_us, c->vcpu_migr_delay_us);
    }
    c->tslice_ms = load_relaxed(&p->slice_us) / 1000;
    c->ratelimit_us = load_relaxed(&p->ratelimit_us);
    c->vcpu_migr_delay_us = load_relaxed(&p->migration_us);
    return 0;
}

static int64_t credit2_op(struct sched_pool *p, struct xen_sysctl_scheduler_op *s) {
    struct xen_sysctl_credit2_schedule *c = &s->u.sched_credit2;
    if (s->cmd == XEN_SYSCTL_SCHEDOP_putinfo) {
        if (!ratelimit_ok(c->ratelimit_us))
            return fail(-EINVAL);
        store_relaxed(&p->ratelimit_us, c->ratelimit_us);
    }
    c->ratelimit_us = load_relaxed(&p->ratelimit_us);
    return 0;
}

int64_t sysctl_scheduler_op(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;
    struct sched_pool *p = sched_pool_get(s->cpupool_id);
    (void)v;
    if (!p)
        return fail(-ESRCH);
    if (s->sched_id != p->ops->id)
        return fail(-EINVAL);
    if (s->sched_id == XEN_SCHEDULER_ARINC653)
        return sysctl_arinc653(p, s);
    if (s->cmd != XEN_SYSCTL_SCHEDOP_putinfo && s->cmd != XEN_SYSCTL_SCHEDOP_getinfo)
        return fail(-EINVAL);
    switch (s->sched_id) {
    case XEN_SCHEDULER_CREDIT:
        return credit_op(p, s);
    case XEN_SCHEDULER_CREDIT2:
        return credit2_op(p, s);
    default:
        return fail(-EINVAL); // null and rtds have no parameters of a pool
    }
}
