// SPDX-License-Identifier: Apache-2.0
// domctl: domains come, stop, go on and go. Policy is core/domain.c's and core/domain_death.c's;
// here is what the ABI may ask. Worst case: one domain's objects zeroed, one step of a destruction.
#include "domctl.h"
#include <arch/vcpu.h>
#include <core/options.h>
#include <core/quota.h>

#define GUEST_QUOTA_PAGES 64 // at EL2 before the toolstack sets a paging pool
#define PAGING_PAGES 16      // of them what it is told the pool has, as on Xen
#define KNOWN_FLAGS                                                                                \
    (XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap | XEN_DOMCTL_CDF_xs_domain | XEN_DOMCTL_CDF_vpmu)
#define NEEDED_FLAGS (XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap)

static int machine_check(const struct xen_arch_domainconfig *a, uint8_t host) {
    bool same = a->gic_version == XEN_DOMCTL_CONFIG_GIC_NATIVE || a->gic_version == host;
    if (!same || a->tee_type != XEN_DOMCTL_CONFIG_TEE_NONE || a->nr_spis > NR_INTIDS - 32)
        return fail(-EINVAL);
    return 0;
}

static uint8_t host_gic(const struct vcpu *v) {
    return arch_gic_version(v->domain) == 3 ? XEN_DOMCTL_CONFIG_GIC_V3 : XEN_DOMCTL_CONFIG_GIC_V2;
}

// A negative number asks for as many as may be asked for.
static uint32_t limit_of(int32_t asked, uint32_t most) {
    return asked < 0 ? most : (uint32_t)asked;
}

static int create_check(struct vcpu *v, const struct xen_domctl *op, struct domain_config *cfg) {
    const struct xen_domctl_createdomain *c = &op->u.createdomain;
    uint32_t frames = load_relaxed(&options.gnttab_max_frames);
    uint32_t maptrack = load_relaxed(&options.gnttab_max_maptrack_frames);
    bool named = op->domain != 0 && op->domain < DOMID_FIRST_RESERVED;
    if (named && domain_get(op->domain))
        return fail(-EEXIST);
    if ((c->flags & ~KNOWN_FLAGS) || (c->flags & NEEDED_FLAGS) != NEEDED_FLAGS || c->iommu_opts ||
        c->vmtrace_size || (c->grant_opts & XEN_DOMCTL_GRANT_version_mask) > 1)
        return fail(-EINVAL);
    if (c->max_vcpus == 0 || c->max_vcpus > MAX_VCPUS)
        return fail(-EINVAL);
    *cfg = (struct domain_config){
        .id = named ? op->domain : DOMID_INVALID,
        .nr_vcpus = c->max_vcpus,
        .nr_spis = c->arch.nr_spis,
        .cpupool = c->cpupool_id,
        .quota_pages = GUEST_QUOTA_PAGES,
        .max_evtchn_port = c->max_evtchn_port,
        .max_grant_frames = limit_of(c->max_grant_frames, frames),
        .max_maptrack_frames = limit_of(c->max_maptrack_frames, maptrack),
        .xs_domain = (c->flags & XEN_DOMCTL_CDF_xs_domain) != 0,
        .vpmu = (c->flags & XEN_DOMCTL_CDF_vpmu) != 0,
    };
    memcpy(cfg->handle, c->handle, sizeof(cfg->handle));
    if (cfg->max_grant_frames == 0 || cfg->max_grant_frames > frames ||
        cfg->max_maptrack_frames > maptrack)
        return fail(-EINVAL);
    return machine_check(&c->arch, host_gic(v));
}

int64_t domctl_createdomain(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    struct domain_config cfg;
    int err = create_check(v, op, &cfg);
    if (!err)
        err = domain_create(&cfg, &d);
    if (err)
        return err;
    d->paging_pages = PAGING_PAGES;
    op->domain = d->id;
    op->u.createdomain.arch.gic_version = host_gic(v);
    op->u.createdomain.arch.clock_frequency = 0; // CNTFRQ_EL0 is right
    return 0;
}

int64_t domctl_destroydomain(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)op;
    if (d == v->domain || d->privileged)
        return fail(-EINVAL);
    return domain_destroy_step(d) ? 0 : HYPERCALL_AGAIN;
}

int64_t domctl_pausedomain(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)op;
    if (d == v->domain)
        return fail(-EINVAL);
    domain_pause(d);
    return 0;
}

int64_t domctl_unpausedomain(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    (void)op;
    return domain_unpause(d);
}

int64_t domctl_resumedomain(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)op;
    if (d == v->domain)
        return fail(-EINVAL);
    domain_resume(d);
    return 0;
}

// Nobody is reset so: the guest has to be built anew. That is told of a domain that has stopped.
int64_t domctl_soft_reset(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    if (d == v->domain || !load_relaxed(&d->shut))
        return fail(-EINVAL);
    return fail(op->cmd == XEN_DOMCTL_soft_reset ? -ENOSYS : -EBUSY);
}

// An event on this port of the domain tells of its SHUTDOWN_suspend.
int64_t domctl_subscribe(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    store_relaxed(&d->suspend_port, op->u.subscribe.port);
    return 0;
}

// `d` may do to that one what XSM_TARGET stands for, as long as both live.
int64_t domctl_set_target(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    struct domain *target = domain_get(op->u.set_target.target);
    (void)v;
    if (!target)
        return fail(-ESRCH);
    spin_lock(&target->lock);
    int err = d != target && !d->target && target->life == DOMAIN_ALIVE ? 0 : fail(-EINVAL);
    if (!err)
        store_relaxed(&d->target, target->id + 1U);
    spin_unlock(&target->lock);
    return err;
}

// All were made with the domain.
int64_t domctl_max_vcpus(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    return op->u.max_vcpus.max == d->nr_vcpus ? 0 : fail(-EINVAL);
}

int64_t domctl_max_mem(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    store_relaxed(&d->max_pages, op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10));
    return 0;
}

// What is set aside for the map is set aside for everything that the domain has at EL2.
int64_t domctl_set_paging_mempool_size(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    uint64_t size = op->u.paging_mempool.size;
    (void)v;
    if ((size & (PAGE_SIZE - 1)) || size >> PAGE_SHIFT > UINT32_MAX - QUOTA_PAGES)
        return fail(-EINVAL);
    if (load_relaxed(&d->life) != DOMAIN_ALIVE)
        return fail(-EINVAL);
    int rc = quota_resize_step(&d->quota, d->id, (uint32_t)(size >> PAGE_SHIFT));
    if (rc == 0)
        d->paging_pages = (uint32_t)(size >> PAGE_SHIFT);
    return rc == QUOTA_MORE ? HYPERCALL_AGAIN : rc;
}

int64_t domctl_get_paging_mempool_size(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    op->u.paging_mempool.size = (uint64_t)d->paging_pages << PAGE_SHIFT;
    return 0;
}
