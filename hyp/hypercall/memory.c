// SPDX-License-Identifier: Apache-2.0
// memory_op (xen/memory.h): reservations and questions. Pages change hands under the domain's
// LOCK_DOMAIN (core/physmap.h). Worst case: PHYSMAP_SINGLES frames one by one, PHYSMAP_STEP of one
// extent.
#include "memory.h"
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>

// 2 MiB: what is one leaf of a map. Toolstacks try larger extents first and go on with these.
#define MAX_ORDER 9

struct reservation {
    struct domain *d;
    guest_ptr_t list; // one frame number an extent
    uint64_t frames;  // of all extents
    uint64_t done;    // frames
    unsigned order;
};

// As the ABI has it, a reservation that cannot be looked at is one of which nothing more was done.
static bool reservation_check(struct vcpu *v, const uint64_t *args, struct reservation *r) {
    struct xen_memory_reservation a;
    r->done = args[0] >> MEMOP_EXTENT_SHIFT;
    r->order = 0;
    if (guest_read(&a, guest_ptr_of(args[1]), sizeof(a)) ||
        target_domain(v, a.domid, XSM_TARGET, &r->d))
        return false;
    if (a.extent_order > MAX_ORDER || (a.mem_flags & XENMEMF_populate_on_demand) ||
        a.nr_extents > MEMOP_MAX_PROGRESS >> a.extent_order)
        return false;
    r->order = a.extent_order;
    r->frames = a.nr_extents << a.extent_order;
    r->list = guest_ptr_of(a.extent_start.q);
    return r->done <= r->frames;
}

// New RAM comes an extent at a time, everything else frame by frame.
static uint64_t unit(const struct reservation *r, uint32_t cmd) {
    return cmd == XENMEM_populate_physmap && !r->d->direct_mapped ? 1ULL << r->order : 1;
}

static int apply(struct reservation *r, uint32_t cmd, gfn_t gfn) {
    int err;
    spin_lock(&r->d->lock);
    if (r->d->life != DOMAIN_ALIVE)
        err = fail(-EINVAL);
    else if (cmd == XENMEM_decrease_reservation)
        err = physmap_decrease(r->d, gfn);
    else
        err = physmap_populate(r->d, gfn, r->d->direct_mapped ? 0 : r->order);
    spin_unlock(&r->d->lock);
    return err;
}

static int reservation_step(struct reservation *r, uint32_t cmd) {
    uint64_t frame = 0, step = unit(r, cmd), mask = (1ULL << r->order) - 1;
    int err = 0;
    for (uint64_t n = 0; n < PHYSMAP_SINGLES && r->done < r->frames && !err; n += step) {
        guest_ptr_t entry = guest_ptr_add(r->list, (r->done >> r->order) * sizeof(frame));
        if (n == 0 || !(r->done & mask)) // once for all its frames
            err = guest_read(&frame, entry, sizeof(frame));
        if (!err && frame >= 1ULL << (64 - PAGE_SHIFT) >> 1)
            err = fail(-EINVAL);
        if (!err)
            err = apply(r, cmd, gfn_of(frame + (r->done & mask)));
        if (!err)
            r->done += step;
    }
    return err;
}

static int64_t change_reservation(struct vcpu *v, uint64_t *args, uint32_t cmd) {
    struct reservation r;
    if (!reservation_check(v, args, &r) || r.done == r.frames)
        return (int64_t)(r.done >> r.order);
    int err = reservation_step(&r, cmd);
    if (err < 0 || r.done == r.frames)
        return (int64_t)(r.done >> r.order);
    args[0] = r.done << MEMOP_EXTENT_SHIFT | cmd;
    return HYPERCALL_AGAIN;
}

static int64_t ask_domain(struct vcpu *v, uint32_t cmd, guest_ptr_t arg) {
    struct xen_memory_domain a;
    struct domain *d = NULL;
    int err = guest_read(&a, arg, sizeof(a));
    if (!err)
        err = target_domain(v, a.domid, XSM_TARGET, &d);
    if (err)
        return err;
    if (cmd == XENMEM_maximum_gpfn)
        return (int64_t)load_relaxed(&d->p2m.max_gfn);
    return (int64_t)load_relaxed(cmd == XENMEM_current_reservation ? &d->tot_pages : &d->max_pages);
}

static int64_t claim(struct vcpu *v, guest_ptr_t arg) {
    struct xen_memory_reservation a;
    int err = guest_read(&a, arg, sizeof(a));
    if (err)
        return err;
    struct domain *d = domain_get(a.domid);
    if (!d || a.extent_start.q || a.extent_order || a.mem_flags)
        return fail(-EINVAL);
    err = xsm_check(v->domain, d, XSM_PRIVILEGED);
    if (err)
        return err;
    spin_lock(&d->lock);
    if (a.nr_extents == 0)
        page_claim_drop(d);
    else
        err = d->life == DOMAIN_ALIVE ? page_claim(d, a.nr_extents) : fail(-EINVAL);
    spin_unlock(&d->lock);
    return err;
}

// No device's memory is reserved: the caller's list gets no entry.
static int64_t reserved_map(guest_ptr_t arg) {
    uint32_t entries = 0;
    return guest_write(guest_ptr_add(arg, sizeof(uint32_t)), &entries, sizeof(entries));
}

// Those that carry no progress.
static int64_t plain_op(struct vcpu *v, uint32_t cmd, guest_ptr_t arg) {
    switch (cmd) {
    case XENMEM_add_to_physmap:
        return physmap_add_op(v, arg);
    case XENMEM_remove_from_physmap:
        return physmap_remove_op(v, arg);
    case XENMEM_claim_pages:
        return claim(v, arg);
    case XENMEM_current_reservation:
    case XENMEM_maximum_reservation:
    case XENMEM_maximum_gpfn:
        return ask_domain(v, cmd, arg);
    case XENMEM_maximum_ram_page:
        return (int64_t)page_limit().v;
    case XENMEM_get_sharing_freed_pages: // no page is ever shared
    case XENMEM_get_sharing_shared_pages:
        return 0;
    case XENMEM_exchange: // frames are given by guest frame only
        return fail(-EINVAL);
    case XENMEM_get_vnumainfo:
        return fail(-EOPNOTSUPP);
    case XENMEM_reserved_device_memory_map:
        return reserved_map(arg);
    default:
        return fail(-ENOSYS);
    }
}

int64_t hypercall_memory_op(struct vcpu *v, uint64_t *args) {
    uint32_t cmd = (uint32_t)(args[0] & MEMOP_CMD_MASK);
    switch (cmd) {
    case XENMEM_increase_reservation: // memory without a place in the map: none is ever given
        return (int64_t)(args[0] >> MEMOP_EXTENT_SHIFT);
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
        return change_reservation(v, args, cmd);
    case XENMEM_add_to_physmap_batch:
        return physmap_add_batch(v, args);
    case XENMEM_acquire_resource:
        return physmap_acquire_resource(v, args);
    default:
        if (args[0] != cmd)
            return fail(cmd < XENMEM_acquire_resource ? -EINVAL : -ENOSYS);
        return plain_op(v, cmd, guest_ptr_of(args[1]));
    }
}
