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

// A weight of 0 and, for credit, a cap of ~0: as they are. credit2 has no cap beyond the vCPUs.
static int64_t fair_op(struct domain *d, struct xen_domctl_scheduler_op *s) {
    struct xen_domctl_sched_credit2 *p = &s->u.credit2; // credit's has the same members
    bool keep = s->sched_id == XEN_SCHEDULER_CREDIT && p->cap == UINT16_MAX;
    switch (s->cmd) {
    case XEN_DOMCTL_SCHEDOP_getinfo:
        p->weight = d->sched.weight;
        p->cap = d->sched.cap;
        return 0;
    case XEN_DOMCTL_SCHEDOP_putinfo:
        if (s->sched_id == XEN_SCHEDULER_CREDIT2 && p->cap > 100 * d->nr_vcpus)
            return fail(-EINVAL);
        sched_fair_set(d, p->weight ? p->weight : d->sched.weight, keep ? d->sched.cap : p->cap);
        return 0;
    default: // a vCPU's own parameters are rtds's
        return fail(-EINVAL);
    }
}

#define NS_PER_US 1000ULL
#define RTDS_MIN_US 10 // of a period or budget

static int rtds_put(struct vcpu *v, const struct xen_domctl_sched_rtds *r) {
    if (!v || r->budget < RTDS_MIN_US || r->period < r->budget)
        return fail(-EINVAL);
    sched_rtds_set(v, r->period * NS_PER_US, r->budget * NS_PER_US,
                   (r->flags & XEN_DOMCTL_SCHEDRT_extra) != 0);
    return 0;
}

static void rtds_get(struct vcpu *v, struct xen_domctl_sched_rtds *r) {
    uint64_t period, budget;
    bool extra;
    sched_rtds_get(v, &period, &budget, &extra);
    r->period = (uint32_t)(period / NS_PER_US);
    r->budget = (uint32_t)(budget / NS_PER_US);
    r->flags = extra ? XEN_DOMCTL_SCHEDRT_extra : 0;
}

// A list of vCPUs with their parameters; on an error nr_vcpus says how many were done.
static int64_t rtds_list(struct domain *d, struct xen_domctl_scheduler_op *s) {
    uint32_t nr = s->u.v.nr_vcpus, i = 0;
    struct xen_domctl_schedparam_vcpu e;
    int err = nr > MAX_VCPUS ? fail(-EINVAL) : 0;
    for (; !err && i < nr; i++) {
        guest_ptr_t at = guest_ptr_add(handle_ptr(&s->u.v.vcpus), i * sizeof(e));
        err = guest_read(&e, at, sizeof(e));
        struct vcpu *v = err ? NULL : domain_vcpu(d, e.vcpuid);
        if (!err && !v)
            err = fail(-EINVAL);
        if (!err && s->cmd == XEN_DOMCTL_SCHEDOP_putvcpuinfo) {
            err = rtds_put(v, &e.u.rtds);
        } else if (!err) {
            rtds_get(v, &e.u.rtds);
            err = guest_write(at, &e, sizeof(e));
        }
    }
    s->u.v.nr_vcpus = i;
    return err;
}

static int64_t rtds_op(struct domain *d, struct xen_domctl_scheduler_op *s) {
    int err = 0;
    switch (s->cmd) {
    case XEN_DOMCTL_SCHEDOP_getinfo: // of the first one
        rtds_get(d->vcpu[0], &s->u.rtds);
        return 0;
    case XEN_DOMCTL_SCHEDOP_putinfo:
        for (uint32_t i = 0; !err && i < d->nr_vcpus; i++)
            err = rtds_put(d->vcpu[i], &s->u.rtds);
        return err;
    case XEN_DOMCTL_SCHEDOP_putvcpuinfo:
    case XEN_DOMCTL_SCHEDOP_getvcpuinfo:
        return rtds_list(d, s);
    default:
        return fail(-EINVAL);
    }
}

int64_t domctl_scheduler_op(struct vcpu *caller, struct domain *d, struct xen_domctl *op) {
    struct xen_domctl_scheduler_op *s = &op->u.scheduler_op;
    (void)caller;
    if (s->sched_id != load_acquire(&d->sched.pool)->ops->id)
        return fail(-EINVAL);
    switch (s->sched_id) {
    case XEN_SCHEDULER_CREDIT:
    case XEN_SCHEDULER_CREDIT2:
        return fair_op(d, s);
    case XEN_SCHEDULER_RTDS:
        return rtds_op(d, s);
    default:
        return fail(-EINVAL); // null and arinc653 have no parameters of a domain
    }
}
