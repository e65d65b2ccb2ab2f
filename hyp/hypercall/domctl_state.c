// SPDX-License-Identifier: Apache-2.0
// domctl: what a domain is and what the toolstack notes down about it. getdomaininfo's answer is
// also an element of sysctl's getdomaininfolist; another interface version gets its own function
// beside domctl_info. Worst case: the vCPUs of one domain.
#include "domctl.h"
#include <arch/time.h>
#include <arch/vcpu.h>
#include <core/wallclock.h>
#include <sched/sched.h>

#define NO_SHUTDOWN_CODE 0xffffU // its field is all ones, and so are the bits above
#define VM_EVENT_INTERFACE_VERSION 7

// Time on a CPU until now. Torn at worst by one change of state, which only a running vCPU makes.
static uint64_t cpu_time(const struct vcpu *v) {
    uint64_t time = load_relaxed(&v->runstate.time[RUNSTATE_running]);
    if (load_relaxed(&v->state) == VCPU_RUNNING)
        time += time_ns() - load_relaxed(&v->runstate.state_entry_time);
    return time;
}

// Of a domain with vCPUs online: blocked when all of these are, running when one is.
static uint32_t vcpu_flags(struct domain *d, struct xen_domctl_getdomaininfo *info) {
    uint32_t flags = XEN_DOMINF_blocked;
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        uint32_t state = load_relaxed(&d->vcpu[i]->state);
        info->cpu_time += cpu_time(d->vcpu[i]);
        if (state == VCPU_OFFLINE)
            continue;
        info->nr_online_vcpus++;
        if (state != VCPU_BLOCKED)
            flags &= ~XEN_DOMINF_blocked;
        if (state == VCPU_RUNNING)
            flags |= XEN_DOMINF_running;
    }
    return info->nr_online_vcpus ? flags : 0;
}

static uint32_t life_flags(struct domain *d) {
    uint32_t flags = XEN_DOMINF_hvm_guest | XEN_DOMINF_hap, code = NO_SHUTDOWN_CODE;
    spin_lock(&d->lock);
    if (d->life != DOMAIN_ALIVE)
        flags |= XEN_DOMINF_dying;
    if (d->shut)
        flags |= XEN_DOMINF_shutdown, code = d->shutdown_reason;
    if (d->pause_count)
        flags |= XEN_DOMINF_paused;
    if (d->debugged)
        flags |= XEN_DOMINF_debugged;
    if (d->xs_domain)
        flags |= XEN_DOMINF_xs_domain;
    spin_unlock(&d->lock);
    return flags | code << XEN_DOMINF_shutdownshift;
}

void domctl_info(struct domain *d, struct xen_domctl_getdomaininfo *info) {
    memset(info, 0, sizeof(*info));
    info->domain = d->id;
    info->flags = vcpu_flags(d, info) | life_flags(d);
    info->tot_pages = load_relaxed(&d->tot_pages);
    info->max_pages = load_relaxed(&d->max_pages);
    info->outstanding_pages = load_relaxed(&d->claimed);
    info->shared_info_frame = pa_mfn(va_pa(d->shared_info)).v;
    info->max_vcpu_id = d->nr_vcpus ? d->nr_vcpus - 1 : XEN_INVALID_MAX_VCPU_ID;
    memcpy(info->handle, d->handle, sizeof(info->handle));
    info->cpupool = load_acquire(&d->sched.pool)->id;
    info->gpaddr_bits = d->p2m.s2.ipa_bits;
}

// Not of the domain named but of the first one from there up: the tools' way of listing.
int64_t domctl_getdomaininfo(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    if (op->domain >= DOMID_FIRST_RESERVED)
        return fail(-EINVAL);
    d = domain_next(op->domain);
    if (!d)
        return fail(-ESRCH);
    op->domain = d->id;
    domctl_info(d, &op->u.getdomaininfo);
    return 0;
}

int64_t domctl_setdomainhandle(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    spin_lock(&d->lock);
    memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
    spin_unlock(&d->lock);
    return 0;
}

int64_t domctl_setdebugging(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    if (d == v->domain) // nobody would be there to let it go on
        return fail(-EINVAL);
    spin_lock(&d->lock);
    d->debugged = op->u.setdebugging.enable != 0;
    spin_unlock(&d->lock);
    return 0;
}

int64_t domctl_settimeoffset(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    spin_lock(&d->lock);
    d->time_offset_s = op->u.settimeoffset.time_offset_seconds;
    spin_unlock(&d->lock);
    wallclock_show(d);
    return 0;
}

int64_t domctl_set_virq_handler(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    return evtchn_set_virq_handler(d, op->u.set_virq_handler.virq);
}

// The page stays in place until the ring is closed, the port for the domain's life.
static int monitor_open(struct vcpu *v, struct domain *d, uint32_t *port) {
    gfn_t gfn = gfn_of(load_relaxed(&d->hvm_param[HVM_PARAM_MONITOR_RING_PFN]));
    int err = 0;
    if (!gfn.v)
        return fail(-EOPNOTSUPP);
    if (d->monitor_ring.va)
        return fail(-EBUSY);
    if (!d->monitor_port)
        err = evtchn_alloc_for_hyp(d, v->domain->id, &d->monitor_port);
    *port = d->monitor_port;
    return err ? err : pin_frame(d, gfn, &d->monitor_ring);
}

static int monitor_close(struct domain *d) {
    if (!d->monitor_ring.va)
        return fail(-EINVAL);
    unpin_frame(&d->monitor_ring);
    return 0;
}

// The ring of monitored events, of which there are none (see below): nothing is ever put there, and
// there is nothing to resume.
int64_t domctl_vm_event_op(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    struct xen_domctl_vm_event_op *u = &op->u.vm_event_op;
    int err;
    if (u->op == XEN_VM_EVENT_GET_VERSION) {
        u->u.version = VM_EVENT_INTERFACE_VERSION;
        return 0;
    }
    if (d == v->domain)
        return fail(-EINVAL);
    if (u->mode != XEN_DOMCTL_VM_EVENT_OP_MONITOR || u->op > XEN_VM_EVENT_GET_VERSION)
        return fail(-ENOSYS);
    spin_lock(&d->lock);
    if (d->life != DOMAIN_ALIVE)
        err = fail(-EINVAL);
    else if (u->op == XEN_VM_EVENT_ENABLE)
        err = monitor_open(v, d, &u->u.enable.port);
    else if (u->op == XEN_VM_EVENT_DISABLE)
        err = monitor_close(d);
    else
        err = d->monitor_ring.va ? 0 : fail(-ENODEV);
    spin_unlock(&d->lock);
    return err;
}

// No event can be monitored: the set of capabilities is empty.
int64_t domctl_monitor_op(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    if (d == v->domain)
        return fail(-EPERM);
    if (op->u.monitor_op.op != XEN_DOMCTL_MONITOR_OP_GET_CAPABILITIES)
        return fail(-EOPNOTSUPP);
    op->u.monitor_op.event = 0;
    return 0;
}
