// SPDX-License-Identifier: Apache-2.0
// memory_op: what a domain sees where (add_to_physmap, its batch, remove_from_physmap,
// acquire_resource). A domain's map is changed under its LOCK_DOMAIN, so that looking and changing
// are one. A foreign page is mapped with a reference, dropped after its TLB maintenance. Worst
// case: HYPERCALL_BATCH pages a step.
#include "memory.h"
#include <arch/map.h>
#include <core/grant.h>
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>

struct physmap_plan {
    struct domain *d;       // whose map
    struct domain *foreign; // gmfn_foreign: whose page
    uint32_t space;
};

static int add_foreign(struct physmap_plan *p, uint64_t idx, gfn_t gfn) {
    struct page *page = p2m_get_ram(p->foreign, gfn_of(idx), true);
    if (!page)
        return fail(-EINVAL);
    int err = p2m_map(p->d, gfn, page_mfn(page), 1, P2M_FOREIGN);
    if (err)
        page_put(page);
    return err;
}

// Device registers of which the domain has a 1:1 mapping already may be seen elsewhere too.
static int add_device(struct domain *d, uint64_t idx, gfn_t gfn) {
    mfn_t mfn;
    enum p2m_type t = p2m_lookup(d, gfn_of(idx), &mfn);
    if ((t != P2M_DEVICE && t != P2M_DEVICE_MEM) || mfn.v != idx)
        return fail(-EPERM);
    return p2m_map(d, gfn, mfn, 1, t);
}

// One page; all that can be refused without looking at the map has been.
static int add_one(struct physmap_plan *p, uint64_t idx, gfn_t gfn) {
    struct domain *d = p->d;
    int err = load_relaxed(&d->life) == DOMAIN_DYING ? fail(-EINVAL) : physmap_vacate(d, gfn);
    if (err)
        return err;
    switch (p->space) {
    case XENMAPSPACE_shared_info:
        if (idx != 0)
            return fail(-EINVAL);
        return p2m_map(d, gfn, pa_mfn(va_pa(d->shared_info)), 1, P2M_SHARED);
    case XENMAPSPACE_grant_table:
        return grant_map_frame(d, idx, gfn);
    case XENMAPSPACE_gmfn_foreign:
        return add_foreign(p, idx, gfn);
    case XENMAPSPACE_dev_mmio:
        return add_device(d, idx, gfn);
    default: // gmfn and gmfn_range move pages: not on Arm
        return fail(-ENOSYS);
    }
}

static int add_locked(struct physmap_plan *p, uint64_t idx, gfn_t gfn) {
    spin_lock(&p->d->lock);
    int err = add_one(p, idx, gfn);
    spin_unlock(&p->d->lock);
    return err;
}

int64_t physmap_add(struct vcpu *v, guest_ptr_t arg) {
    struct xen_add_to_physmap a;
    struct physmap_plan p = {.d = NULL};
    int err = guest_read(&a, arg, sizeof(a));
    if (!err)
        err = target_domain(v, a.domid, XSM_TARGET, &p.d);
    if (err)
        return err;
    if (a.space == XENMAPSPACE_gmfn_foreign) // says no owner: only by the batch
        return fail(-ENOSYS);
    p.space = a.space;
    return add_locked(&p, a.idx, gfn_of(a.gpfn));
}

static int batch_check(struct vcpu *v, const struct xen_add_to_physmap_batch *a,
                       struct physmap_plan *p) {
    int err = target_domain(v, a->domid, XSM_TARGET, &p->d);
    if (err)
        return err;
    p->space = a->space;
    if (a->space != XENMAPSPACE_gmfn_foreign)
        return a->u.res0 ? fail(-EOPNOTSUPP) : 0;
    err = target_domain(v, a->u.foreign_domid, XSM_TARGET, &p->foreign);
    return !err && p->foreign == p->d ? fail(-EINVAL) : err;
}

static int batch_entry(const struct xen_add_to_physmap_batch *a, struct physmap_plan *p,
                       uint64_t i) {
    uint64_t idx, gpfn;
    int err =
        guest_read(&idx, guest_ptr_add(guest_ptr_of(a->idxs.q), i * sizeof(idx)), sizeof(idx));
    if (!err)
        err = guest_read(&gpfn, guest_ptr_add(guest_ptr_of(a->gpfns.q), i * sizeof(gpfn)),
                         sizeof(gpfn));
    if (err)
        return err;
    int32_t status = add_locked(p, idx, gfn_of(gpfn));
    return guest_write(guest_ptr_add(guest_ptr_of(a->errs.q), i * sizeof(status)), &status,
                       sizeof(status));
}

int64_t physmap_add_batch(struct vcpu *v, uint64_t *args) {
    struct xen_add_to_physmap_batch a;
    struct physmap_plan p = {.d = NULL};
    uint64_t done = args[0] >> MEMOP_EXTENT_SHIFT;
    int err = guest_read(&a, guest_ptr_of(args[1]), sizeof(a));
    if (!err)
        err = batch_check(v, &a, &p);
    if (!err && done > a.size)
        err = fail(-EINVAL);
    for (unsigned i = 0; !err && i < HYPERCALL_BATCH && done < a.size; i++, done++)
        err = batch_entry(&a, &p, done);
    if (err || done == a.size)
        return err;
    args[0] = done << MEMOP_EXTENT_SHIFT | XENMEM_add_to_physmap_batch;
    return HYPERCALL_AGAIN;
}

static int remove_one(struct domain *d, gfn_t gfn) {
    mfn_t mfn;
    switch (p2m_lookup(d, gfn, &mfn)) {
    case P2M_RAM: // stays the domain's; a direct-mapped one can populate it again
    case P2M_RAM_RO:
    case P2M_SHARED:
        return p2m_unmap(d, gfn, 1);
    case P2M_FOREIGN:
        return physmap_drop_foreign(d, gfn, mfn);
    case P2M_GRANT:
    case P2M_GRANT_RO:
        return fail(-EBUSY);
    default:
        return fail(-ENOENT);
    }
}

int64_t physmap_remove(struct vcpu *v, guest_ptr_t arg) {
    struct xen_remove_from_physmap a;
    struct domain *d = NULL;
    int err = guest_read(&a, arg, sizeof(a));
    if (!err)
        err = target_domain(v, a.domid, XSM_TARGET, &d);
    if (err)
        return err;
    spin_lock(&d->lock);
    err = remove_one(d, gfn_of(a.gpfn));
    spin_unlock(&d->lock);
    return err;
}

// Maps grant frame `idx` of the caller at `gfn`, besides where XENMAPSPACE_grant_table shows it.
static int map_own_grant_frame(struct domain *d, uint64_t idx, gfn_t gfn) {
    mfn_t mfn;
    spin_lock(&d->lock);
    int err = grant_frame_for_map(d, idx, &mfn);
    if (!err)
        err = physmap_vacate(d, gfn);
    if (!err)
        err = p2m_map(d, gfn, mfn, 1, P2M_SHARED);
    spin_unlock(&d->lock);
    return err;
}

static int resource_check(struct vcpu *v, const struct xen_mem_acquire_resource *a) {
    struct domain *d = NULL;
    int err = target_domain(v, a->domid, XSM_TARGET, &d);
    if (err)
        return err;
    if (a->pad != 0)
        return fail(-EINVAL);
    if (a->type != XENMEM_resource_grant_table)
        return fail(-EOPNOTSUPP);
    if (a->id != XENMEM_resource_grant_table_id_shared)
        return fail(-EINVAL);
    // Another domain's frames live as long as that domain: they are not lent out.
    return d == v->domain ? 0 : fail(-EOPNOTSUPP);
}

// Without a list: how many frames there are.
static int64_t resource_size(struct vcpu *v, guest_ptr_t arg) {
    uint32_t max = v->domain->grant.max_frames;
    return guest_write(guest_ptr_add(arg, offsetof(struct xen_mem_acquire_resource, nr_frames)),
                       &max, sizeof(max));
}

int64_t physmap_acquire_resource(struct vcpu *v, uint64_t *args) {
    struct xen_mem_acquire_resource a;
    guest_ptr_t arg = guest_ptr_of(args[1]);
    uint64_t done = args[0] >> MEMOP_EXTENT_SHIFT, last;
    int err = guest_read(&a, arg, sizeof(a));
    if (!err)
        err = resource_check(v, &a);
    if (err)
        return err;
    if (a.frame_list.q == 0)
        return a.nr_frames ? fail(-EINVAL) : resource_size(v, arg);
    if (ck_add(a.frame, a.nr_frames, &last) || last > v->domain->grant.max_frames ||
        done > a.nr_frames)
        return fail(-EINVAL);
    for (unsigned i = 0; !err && i < HYPERCALL_BATCH && done < a.nr_frames; i++, done++) {
        uint64_t gpfn;
        err = guest_read(&gpfn, guest_ptr_add(guest_ptr_of(a.frame_list.q), done * sizeof(gpfn)),
                         sizeof(gpfn));
        if (!err)
            err = map_own_grant_frame(v->domain, a.frame + done, gfn_of(gpfn));
    }
    if (err || done == a.nr_frames)
        return err;
    args[0] = done << MEMOP_EXTENT_SHIFT | XENMEM_acquire_resource;
    return HYPERCALL_AGAIN;
}
