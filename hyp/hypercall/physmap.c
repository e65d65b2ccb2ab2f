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
    struct domain *foreign; // gmfn_foreign: whose page; NULL: DOMID_XEN's
    uint32_t space;
};

// A page that EL2 shows to the control domain: named by its frame.
static struct page *get_xen(uint64_t mfn) {
    struct page *page = page_of(mfn_of(mfn));
    return page && page_get_xen(page) ? page : NULL;
}

static int add_foreign(struct physmap_plan *p, uint64_t idx, gfn_t gfn) {
    struct page *page = p->foreign ? p2m_get_ram(p->foreign, gfn_of(idx), true) : get_xen(idx);
    if (!page)
        return fail(-EINVAL);
    int err = physmap_put(p->d, gfn, page_mfn(page), P2M_FOREIGN);
    if (err)
        page_put(page);
    return err;
}

// Device registers of which the domain has a 1:1 mapping already may be seen elsewhere too.
static int add_device(struct domain *d, uint64_t idx, gfn_t gfn) {
    mfn_t mfn;
    enum p2m_type t = p2m_lookup(d, gfn_of(idx), &mfn);
    if ((t != P2M_DEVICE && t != P2M_DEVICE_MEM) || mfn.v != idx)
        return fail(-EACCES);
    return physmap_put(d, gfn, mfn, t);
}

// One page; all that can be refused without looking at the map has been.
static int add_one(struct physmap_plan *p, uint64_t idx, gfn_t gfn) {
    struct domain *d = p->d;
    if (load_relaxed(&d->life) != DOMAIN_ALIVE)
        return fail(-EINVAL);
    switch (p->space) {
    case XENMAPSPACE_shared_info:
        if (idx != 0)
            return fail(-EINVAL);
        return physmap_put(d, gfn, pa_mfn(va_pa(d->shared_info)), P2M_SHARED);
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

int64_t physmap_add_op(struct vcpu *v, guest_ptr_t arg) {
    struct xen_add_to_physmap a;
    struct physmap_plan p = {.d = NULL};
    int err = guest_read(&a, arg, sizeof(a));
    if (!err)
        err = target_domain(v, a.domid, XSM_TARGET, &p.d);
    if (err)
        return err;
    if (a.space == XENMAPSPACE_gmfn_range && a.size == 0)
        return 0;
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
    if (a->u.foreign_domid == DOMID_XEN)
        return v->domain->privileged ? 0 : fail(-EPERM);
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

int64_t physmap_remove_op(struct vcpu *v, guest_ptr_t arg) {
    struct xen_remove_from_physmap a;
    struct domain *d = NULL;
    int err = guest_read(&a, arg, sizeof(a));
    if (!err)
        err = target_domain(v, a.domid, XSM_TARGET, &d);
    if (err)
        return err;
    spin_lock(&d->lock);
    err = physmap_remove(d, gfn_of(a.gpfn));
    spin_unlock(&d->lock);
    return err;
}

// Shows grant frame `idx` of `owner` at `gfn` of the caller, besides where it is seen otherwise.
// The map of another domain's frame holds a reference.
static int map_grant_frame(struct domain *d, struct domain *owner, uint64_t idx, gfn_t gfn) {
    mfn_t mfn;
    int err = grant_frame_for_map(owner, idx, &mfn);
    if (err)
        return err;
    if (owner != d && !page_get_visible(page_of(mfn), owner))
        return fail(-EINVAL);
    spin_lock(&d->lock);
    err = physmap_put(d, gfn, mfn, owner == d ? P2M_SHARED : P2M_FOREIGN);
    spin_unlock(&d->lock);
    if (err && owner != d)
        page_put(page_of(mfn));
    return err;
}

static int resource_check(struct vcpu *v, const struct xen_mem_acquire_resource *a,
                          struct domain **owner) {
    int err = target_domain(v, a->domid, XSM_TARGET, owner);
    if (err)
        return err;
    if (a->pad != 0)
        return fail(-EINVAL);
    if (a->type != XENMEM_resource_grant_table)
        return fail(*owner == v->domain ? -EPERM : -EOPNOTSUPP);
    if (a->id != XENMEM_resource_grant_table_id_shared)
        return fail(-EINVAL);
    return load_relaxed(&(*owner)->life) == DOMAIN_ALIVE ? 0 : fail(-EINVAL);
}

// Without a list: how many frames there are.
static int64_t resource_size(const struct domain *owner, guest_ptr_t arg) {
    uint32_t max = owner->grant.max_frames;
    return guest_write(guest_ptr_add(arg, offsetof(struct xen_mem_acquire_resource, nr_frames)),
                       &max, sizeof(max));
}

int64_t physmap_acquire_resource(struct vcpu *v, uint64_t *args) {
    struct xen_mem_acquire_resource a;
    struct domain *owner = NULL;
    guest_ptr_t arg = guest_ptr_of(args[1]);
    uint64_t done = args[0] >> MEMOP_EXTENT_SHIFT, last;
    int err = guest_read(&a, arg, sizeof(a));
    if (!err)
        err = resource_check(v, &a, &owner);
    if (err)
        return err;
    if (a.frame_list.q == 0)
        return a.nr_frames ? fail(-EINVAL) : resource_size(owner, arg);
    if (ck_add(a.frame, a.nr_frames, &last) || last > owner->grant.max_frames || done > a.nr_frames)
        return fail(-EINVAL);
    for (unsigned i = 0; !err && i < HYPERCALL_BATCH && done < a.nr_frames; i++, done++) {
        uint64_t gpfn;
        err = guest_read(&gpfn, guest_ptr_add(guest_ptr_of(a.frame_list.q), done * sizeof(gpfn)),
                         sizeof(gpfn));
        if (!err)
            err = map_grant_frame(v->domain, owner, a.frame + done, gfn_of(gpfn));
    }
    if (err || done == a.nr_frames)
        return err;
    args[0] = done << MEMOP_EXTENT_SHIFT | XENMEM_acquire_resource;
    return HYPERCALL_AGAIN;
}
