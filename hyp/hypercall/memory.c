// SPDX-License-Identifier: Apache-2.0
// memory_op (xen/memory.h): reservations and questions. Pages change hands under the domain's
// LOCK_DOMAIN (core/physmap.h). Worst case: PHYSMAP_STEP frames, of which none that
// comes or goes by itself is begun while an interrupt waits.
#include "memory.h"
#include <arch/cpu.h>
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>

// 2 MiB: what is one leaf of a map. Toolstacks try larger extents first and go on with these.
#define MAX_ORDER 9
#define ENTRIES 8 // of the guest's list, read at once and done in one round of the lock

struct reservation {
    struct domain *d;
    guest_ptr_t list; // one frame number an extent
    uint64_t frames;  // of all extents
    uint64_t done;    // frames
    unsigned order;
    struct physmap_spare spare; // for new frames that come one by one
};

// As the ABI has it, a reservation that cannot be looked at is one of which nothing more was done.
static bool reservation_check(struct vcpu *v, const uint64_t *args, struct reservation *r) {
    struct xen_memory_reservation a;
    *r = (struct reservation){.done = args[0] >> MEMOP_EXTENT_SHIFT};
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

// The next entries as far as they lie in one page, or the one that lies in two. *end: how many
// frames are done when theirs are.
static int read_entries(const struct reservation *r, uint64_t *frame, uint64_t *end) {
    uint64_t from = r->done >> r->order, left = (r->frames >> r->order) - from;
    guest_ptr_t list = guest_ptr_add(r->list, from * sizeof(*frame));
    uint64_t in_page = (PAGE_SIZE - list.v % PAGE_SIZE) / sizeof(*frame);
    uint64_t n = MIN(MIN(left, ENTRIES), MAX(in_page, 1ULL));
    *end = (from + n) << r->order;
    return guest_read(frame, list, n * sizeof(*frame));
}

// New frames, one by one.
static bool is_single(const struct reservation *r, uint32_t cmd) {
    return cmd == XENMEM_populate_physmap && !r->d->direct_mapped && r->order == 0;
}

static int change(struct reservation *r, uint32_t cmd, uint64_t frame) {
    if (unlikely(frame >= 1ULL << (64 - PAGE_SHIFT) >> 1))
        return fail(-EINVAL);
    if (cmd == XENMEM_decrease_reservation)
        return physmap_decrease(r->d, gfn_of(frame));
    if (is_single(r, cmd))
        return physmap_populate_one(r->d, gfn_of(frame), &r->spare);
    return physmap_populate(r->d, gfn_of(frame), r->d->direct_mapped ? 0 : r->order);
}

// The frames of the next entries, until an interrupt waits; a step ends at `last`.
static int apply_entries(struct reservation *r, uint32_t cmd, uint64_t last) {
    uint64_t frame[ENTRIES], end, step = unit(r, cmd), mask = (1ULL << r->order) - 1;
    uint64_t first = r->done >> r->order;
    int err = read_entries(r, frame, &end);
    if (err)
        return err;
    spin_lock(&r->d->lock);
    err = r->d->life == DOMAIN_ALIVE ? 0 : fail(-EINVAL);
    end = MIN(end, last);
    if (is_single(r, cmd) && !err)
        physmap_spare_take(r->d, (unsigned)(end - r->done), &r->spare);
    while (r->done < end && !err) {
        err = change(r, cmd, frame[(r->done >> r->order) - first] + (r->done & mask));
        if (!err)
            r->done += step;
        if (cpu_interrupt_waits())
            break;
    }
    physmap_spare_drop(&r->spare);
    spin_unlock(&r->d->lock);
    return err;
}

static int reservation_step(struct reservation *r, uint32_t cmd) {
    uint64_t last = MIN(r->done + PHYSMAP_STEP, r->frames);
    int err;
    do
        err = apply_entries(r, cmd, last);
    while (!err && r->done < last && !cpu_interrupt_waits());
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
        return vnuma_get(v, arg);
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
