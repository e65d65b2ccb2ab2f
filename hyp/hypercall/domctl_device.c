// SPDX-License-Identifier: Apache-2.0
// domctl: devices for guests. Registers of a device that masters no bus can be given away frame by
// frame: first the permission, then the mapping. Without an SMMU under EL2's control no other can:
// the family that assigns devices says so. Worst case: MAPPING_MAX frames.
#include "domctl.h"
#include <core/irq.h>
#include <core/p2m.h>
#include <core/physmap.h>

#define MAPPING_MAX 64 // frames a call; callers halve on -E2BIG

int64_t domctl_device_assignment(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    (void)d;
    (void)op;
    return fail(-EOPNOTSUPP);
}

// A range without frames takes any place.
static int io_add(struct domain *d, uint64_t first, uint64_t end) {
    for (unsigned i = 0; first < end; i++) {
        if (i == DOMAIN_IO_RANGES)
            return fail(-ENOMEM);
        if (d->io[i].first == d->io[i].end) {
            d->io[i] = (struct io_range){first, end};
            break;
        }
    }
    return 0;
}

// What is behind the part taken out of a range gets a range of its own.
static int io_remove(struct domain *d, uint64_t first, uint64_t end) {
    for (unsigned i = 0; i < DOMAIN_IO_RANGES; i++) {
        struct io_range *r = &d->io[i], old = *r;
        if (old.first >= end || old.end <= first)
            continue;
        r->end = MAX(old.first, first);
        int err = io_add(d, MIN(old.end, end), old.end);
        if (err) {
            *r = old;
            return err;
        }
    }
    return 0;
}

static bool io_allowed(const struct domain *d, uint64_t mfn) {
    bool found = false;
    for (unsigned i = 0; i < DOMAIN_IO_RANGES; i++)
        found |= mfn >= d->io[i].first && mfn < d->io[i].end;
    return found;
}

// Has the caller it 1:1 itself, or was it given at boot to give away?
static bool has_frame(struct domain *caller, uint64_t frame, enum p2m_type *t) {
    mfn_t mfn;
    *t = p2m_lookup(caller, gfn_of(frame), &mfn);
    if ((*t == P2M_DEVICE || *t == P2M_DEVICE_MEM) && mfn.v == frame)
        return true;
    *t = P2M_DEVICE;
    return io_allowed(caller, frame);
}

// The ends tell what is not the caller's at all; what is between is looked at when it is mapped.
int64_t domctl_iomem_permission(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    const struct xen_domctl_iomem_permission *p = &op->u.iomem_permission;
    uint64_t last = p->first_mfn + p->nr_mfns - 1, end = last + 1;
    enum p2m_type t;
    if (last < p->first_mfn)
        return fail(-EINVAL);
    if (!has_frame(v->domain, p->first_mfn, &t) || !has_frame(v->domain, last, &t))
        return fail(-EPERM);
    spin_lock(&d->lock);
    int err = io_remove(d, p->first_mfn, end);
    if (!err && p->allow_access)
        err = io_add(d, p->first_mfn, end);
    spin_unlock(&d->lock);
    return err;
}

static int map_frame(struct domain *caller, struct domain *d, gfn_t gfn, uint64_t frame) {
    enum p2m_type t;
    if (!has_frame(caller, frame, &t) || !io_allowed(d, frame))
        return fail(-EPERM);
    return physmap_put(d, gfn, mfn_of(frame), t);
}

static int change_frame(struct vcpu *v, struct domain *d, const struct xen_domctl_memory_mapping *m,
                        uint64_t i) {
    gfn_t gfn = gfn_of(m->first_gfn + i);
    int err;
    spin_lock(&d->lock);
    if (d->life != DOMAIN_ALIVE)
        err = fail(-EINVAL);
    else if (m->add_mapping)
        err = map_frame(v->domain, d, gfn, m->first_mfn + i);
    else
        err = physmap_remove_device(d, gfn);
    spin_unlock(&d->lock);
    return err;
}

int64_t domctl_memory_mapping(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    const struct xen_domctl_memory_mapping *m = &op->u.memory_mapping;
    uint64_t last;
    int err = 0;
    if (d == v->domain || m->nr_mfns == 0 || ck_add(m->first_mfn, m->nr_mfns, &last) ||
        ck_add(m->first_gfn, m->nr_mfns, &last))
        return fail(-EINVAL);
    if (m->nr_mfns > MAPPING_MAX)
        return fail(-E2BIG);
    for (uint64_t i = 0; i < m->nr_mfns && !err; i++)
        err = change_frame(v, d, m, i);
    return err;
}

// Only control domains bind interrupts: what others are permitted to pass on is not kept.
int64_t domctl_irq_permission(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    (void)d;
    if (op->u.irq_permission.pirq >= NR_INTIDS)
        return fail(-EINVAL);
    return irq_is_guests(op->u.irq_permission.pirq) ? 0 : fail(-EPERM);
}

static int spi_check(const struct xen_domctl_bind_pt_irq *b) {
    if (b->irq_type != PT_IRQ_TYPE_SPI)
        return fail(-EOPNOTSUPP);
    if (b->u.spi.spi != b->machine_irq)
        return fail(-EINVAL);
    return irq_is_guests(b->machine_irq) ? 0 : fail(-EPERM);
}

// Under the same number; nobody else may have it.
int64_t domctl_bind_pt_irq(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    const struct xen_domctl_bind_pt_irq *b = &op->u.bind_pt_irq;
    (void)v;
    int err = spi_check(b);
    if (err)
        return err;
    spin_lock(&d->lock);
    err = d->life == DOMAIN_ALIVE ? irq_assign(b->machine_irq, d) : fail(-EINVAL);
    spin_unlock(&d->lock);
    return err == -EEXIST ? -EBUSY : err;
}

// It comes back when its domain ends, not before.
int64_t domctl_unbind_pt_irq(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    int err = spi_check(&op->u.bind_pt_irq);
    (void)v;
    if (err)
        return err;
    return fail(irq_owner(op->u.bind_pt_irq.machine_irq) == d ? -EBUSY : -EINVAL);
}
