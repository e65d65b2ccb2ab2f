// SPDX-License-Identifier: Apache-2.0
// memory_op (xen/memory.h) of the static profile: a domain sees its shared_info where it wants, and
// is told how much memory it has. Worst case: one page.
#include "hypercall.h"
#include <arch/map.h>
#include <core/p2m.h>
#include <core/physmap.h>
#include <xen/memory.h>

static int64_t add_to_physmap(struct vcpu *v, guest_ptr_t arg) {
    struct domain *d = v->domain;
    struct xen_add_to_physmap a;
    int err = guest_read(&a, arg, sizeof(a));
    if (err)
        return err;
    if (a.domid != DOMID_SELF && a.domid != d->id)
        return fail(-EPERM);
    if (a.space != XENMAPSPACE_shared_info)
        return fail(-ENOSYS);
    if (a.idx != 0)
        return fail(-EINVAL);
    spin_lock(&d->lock);
    err = physmap_put(d, gfn_of(a.gpfn), pa_mfn(va_pa(d->shared_info)), P2M_SHARED);
    spin_unlock(&d->lock);
    return err;
}

int64_t hypercall_memory_op(struct vcpu *v, uint64_t *args) {
    switch (args[0]) {
    case XENMEM_add_to_physmap:
        return add_to_physmap(v, guest_ptr_of(args[1]));
    case XENMEM_current_reservation:
        return (int64_t)load_relaxed(&v->domain->tot_pages);
    case XENMEM_maximum_reservation:
        return (int64_t)load_relaxed(&v->domain->max_pages);
    case XENMEM_maximum_gpfn:
        return (int64_t)load_relaxed(&v->domain->p2m.max_gfn);
    default:
        return fail(-ENOSYS);
    }
}
