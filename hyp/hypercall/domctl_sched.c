// SPDX-License-Identifier: Apache-2.0
// domctl: where vCPUs run and how much: affinities, parameters of the domain's scheduler, and what
// a vCPU is doing. Masks of CPUs are bitmaps in guest memory, of whatever length. Constant time.
#include "cpumap.h"
#include "domctl.h"
#include <core/percpu.h>

// XEN_VCPUAFFINITY_FORCE and bits that are not known are refused.
#define KNOWN (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)

static int affinity_check(struct domain *d, const struct xen_domctl_vcpuaffinity *a,
                          struct vcpu **v) {
    if (!a->flags || (a->flags & ~KNOWN))
        return fail(-EINVAL);
    *v = domain_vcpu(d, a->vcpu);
    return *v ? 0 : fail(-ESRCH);
}

// Writes back what is asked for by the flags.
static int tell(const struct xen_domctl_vcpuaffinity *a, uint32_t hard, uint32_t soft) {
    int err = 0;
    if (a->flags & XEN_VCPUAFFINITY_HARD)
        err = cpumap_write(&a->cpumap_hard, hard);
    if (!err && (a->flags & XEN_VCPUAFFINITY_SOFT))
        err = cpumap_write(&a->cpumap_soft, soft);
    return err;
}

int64_t domctl_setvcpuaffinity(struct vcpu *caller, struct domain *d, struct xen_domctl *op) {
    const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
    uint32_t hard = 0, soft = 0;
    struct vcpu *v = NULL;
    (void)caller;
    int err = affinity_check(d, a, &v);
    if (!err && (a->flags & XEN_VCPUAFFINITY_HARD))
        err = cpumap_read(&a->cpumap_hard, &hard);
    if (!err && (a->flags & XEN_VCPUAFFINITY_SOFT))
        err = cpumap_read(&a->cpumap_soft, &soft);
    if (!err)
        err = sched_set_affinity(v, a->flags & XEN_VCPUAFFINITY_HARD ? &hard : NULL,
                                 a->flags & XEN_VCPUAFFINITY_SOFT ? &soft : NULL);
    if (err)
        return err;
    uint32_t cpus = d->sched.pool->cpus, may = v->sched.hard & cpus;
    return tell(a, may, may & v->sched.soft);
}

int64_t domctl_getvcpuaffinity(struct vcpu *caller, struct domain *d, struct xen_domctl *op) {
    const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
    struct vcpu *v = NULL;
    (void)caller;
    int err = affinity_check(d, a, &v);
    return err ? err : tell(a, v->sched.hard, v->sched.soft);
}

int64_t domctl_getvcpuinfo(struct vcpu *caller, struct domain *d, struct xen_domctl *op) {
    struct xen_domctl_getvcpuinfo *i = &op->u.getvcpuinfo;
    struct vcpu *v = domain_vcpu(d, i->vcpu);
    (void)caller;
    if (!v)
        return fail(-ESRCH);
    uint32_t state = load_relaxed(&v->state);
    i->online = state != VCPU_OFFLINE;
    i->blocked = state == VCPU_BLOCKED;
    i->running = state == VCPU_RUNNING;
    i->cpu_time = sched_run_time(v);
    i->cpu = load_relaxed(&v->cpu);
    return 0;
}

// One node: all of memory is near everybody.
int64_t domctl_setnodeaffinity(struct vcpu *caller, struct domain *d, struct xen_domctl *op) {
    uint32_t nodes;
    (void)caller;
    (void)d;
    int err = cpumap_read(&op->u.nodeaffinity.nodemap, &nodes);
    return err ? err : (nodes & 1) ? 0 : fail(-EINVAL);
}

int64_t domctl_getnodeaffinity(struct vcpu *caller, struct domain *d, struct xen_domctl *op) {
    (void)caller;
    (void)d;
    return cpumap_write(&op->u.nodeaffinity.nodemap, 1);
}

int64_t domctl_scheduler_op(struct vcpu *caller, struct domain *d, struct xen_domctl *op) {
    struct xen_domctl_scheduler_op *s = &op->u.scheduler_op;
    struct xen_domctl_sched_credit2 *p = &s->u.credit2;
    (void)caller;
    if (s->sched_id != d->sched.pool->ops->id || s->sched_id != XEN_SCHEDULER_CREDIT2)
        return fail(-EINVAL); // null has no parameters
    switch (s->cmd) {
    case XEN_DOMCTL_SCHEDOP_getinfo:
        p->weight = d->sched.weight;
        p->cap = d->sched.cap;
        return 0;
    case XEN_DOMCTL_SCHEDOP_putinfo:
        sched_credit2_set(d, p->weight ? p->weight : d->sched.weight,
                          p->cap != UINT16_MAX ? p->cap : d->sched.cap);
        return 0;
    default: // a vCPU's own parameters are rtds's
        return fail(-EINVAL);
    }
}
