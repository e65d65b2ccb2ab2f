// SPDX-License-Identifier: Apache-2.0
// memory_op (xen/memory.h): reservations and questions. Pages change hands under the domain's
// LOCK_DOMAIN. A direct-mapped domain keeps the frames that it gives away: they leave its map and
// come back at the same place, so that DMA addresses stay true. Worst case: HYPERCALL_BATCH frames
// a step.
#include "memory.h"
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>

#define MAX_ORDER_GUEST 9       // 2 MiB
#define MAX_ORDER_PRIVILEGED 18 // 1 GiB
#define CHUNK_ORDER 5
_Static_assert(1U << CHUNK_ORDER == HYPERCALL_BATCH, "an extent's chunk is one batch");

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
    unsigned max = v->domain->privileged ? MAX_ORDER_PRIVILEGED : MAX_ORDER_GUEST;
    if (a.extent_order > max || (a.mem_flags & XENMEMF_populate_on_demand) ||
        a.nr_extents > MEMOP_MAX_PROGRESS >> a.extent_order || r->d->life == DOMAIN_DYING)
        return false;
    r->order = a.extent_order;
    r->frames = a.nr_extents << a.extent_order;
    r->list = guest_ptr_of(a.extent_start.q);
    // A forged progress inside an extent would shift the chunks.
    return r->done <= r->frames && r->done % MIN(1U << r->order, (uint32_t)HYPERCALL_BATCH) == 0;
}

static void put_pages(struct page **pages, unsigned n) {
    for (unsigned i = 0; i < n; i++)
        page_put(pages[i]);
}

// `n` frames at gfn leave the domain. Caller holds d->lock.
static int give_back(struct domain *d, gfn_t gfn, unsigned n) {
    struct page *pages[HYPERCALL_BATCH];
    unsigned got = 0;
    while (got < n && (pages[got] = p2m_get_ram(d, gfn_add(gfn, got), true)) != NULL)
        got++;
    int err = got == n ? p2m_unmap(d, gfn, n) : fail(-EINVAL);
    put_pages(pages, got);
    if (err || d->direct_mapped)
        return err;
    put_pages(pages, n); // the domain's own reference: whoever holds the last frees the frame
    d->tot_pages -= n;
    return 0;
}

static int vacate(struct domain *d, gfn_t gfn, unsigned n) {
    int err = 0;
    for (unsigned i = 0; i < n && !err; i++)
        err = physmap_vacate(d, gfn_add(gfn, i));
    return err;
}

// The very frames come back: they are the domain's all the time.
static int populate_direct(struct domain *d, gfn_t gfn, unsigned n) {
    struct page *pages[HYPERCALL_BATCH];
    unsigned got = 0;
    for (; got < n; got++) {
        pages[got] = page_of(mfn_of(gfn.v + got));
        if (!pages[got] || !page_get(pages[got], d))
            break;
    }
    int err = got == n ? vacate(d, gfn, n) : fail(-EINVAL);
    if (!err)
        err = p2m_map(d, gfn, mfn_of(gfn.v), n, P2M_RAM);
    put_pages(pages, got);
    return err;
}

static int populate_new(struct domain *d, gfn_t gfn, unsigned n) {
    unsigned order = (unsigned)__builtin_ctz(n);
    if (d->tot_pages + n > d->max_pages)
        return fail(-ENOMEM);
    int err = vacate(d, gfn, n);
    if (err)
        return err;
    struct page *p = page_alloc_block(order, mfn_of(0), mfn_of(UINT32_MAX));
    if (!p)
        return fail(-ENOMEM);
    page_to_guest(d, page_mfn(p), n, true);
    err = p2m_map(d, gfn, page_mfn(p), n, P2M_RAM);
    if (err) {
        for (unsigned i = 0; i < n; i++)
            page_put(p + i);
        d->tot_pages -= n;
    }
    return err;
}

static int chunk_apply(struct reservation *r, uint32_t cmd, gfn_t gfn, unsigned n) {
    int err;
    spin_lock(&r->d->lock);
    if (cmd == XENMEM_decrease_reservation)
        err = give_back(r->d, gfn, n);
    else if (r->d->direct_mapped)
        err = populate_direct(r->d, gfn, n);
    else
        err = populate_new(r->d, gfn, n);
    spin_unlock(&r->d->lock);
    return err;
}

// HYPERCALL_BATCH frames: a chunk of a large extent or several small ones.
static int reservation_step(struct reservation *r, uint32_t cmd) {
    uint64_t list[HYPERCALL_BATCH];
    unsigned chunk = MIN(1U << r->order, (uint32_t)HYPERCALL_BATCH);
    uint64_t extents = MIN(r->frames - r->done, (uint64_t)HYPERCALL_BATCH) / chunk;
    uint64_t first = r->done >> r->order;
    int err = guest_read(list, guest_ptr_add(r->list, first * sizeof(list[0])),
                         extents * sizeof(list[0]));
    for (uint64_t i = 0; i < extents && !err; i++) {
        gfn_t gfn = gfn_of(list[i]);
        if (gfn.v >= 1ULL << (64 - PAGE_SHIFT) >> 1)
            return fail(-EINVAL);
        err = chunk_apply(r, cmd, gfn_add(gfn, r->done & ((1ULL << r->order) - 1)), chunk);
        if (!err)
            r->done += chunk;
    }
    return err;
}

static int64_t change_reservation(struct vcpu *v, uint64_t *args, uint32_t cmd) {
    struct reservation r;
    if (!reservation_check(v, args, &r) || r.done == r.frames)
        return (int64_t)(r.done >> r.order);
    int err = reservation_step(&r, cmd);
    if (err || r.done == r.frames)
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

int64_t hypercall_memory_op(struct vcpu *v, uint64_t *args) {
    uint32_t cmd = (uint32_t)(args[0] & MEMOP_CMD_MASK);
    guest_ptr_t arg = guest_ptr_of(args[1]);
    switch (cmd) {
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
        return change_reservation(v, args, cmd);
    case XENMEM_add_to_physmap_batch:
        return physmap_add_batch(v, args);
    case XENMEM_acquire_resource:
        return physmap_acquire_resource(v, args);
    default:
        break;
    }
    if (args[0] != cmd) // the others have no progress to carry
        return fail(-EINVAL);
    switch (cmd) {
    case XENMEM_add_to_physmap:
        return physmap_add(v, arg);
    case XENMEM_remove_from_physmap:
        return physmap_remove(v, arg);
    case XENMEM_current_reservation:
    case XENMEM_maximum_reservation:
    case XENMEM_maximum_gpfn:
        return ask_domain(v, cmd, arg);
    case XENMEM_maximum_ram_page:
        return (int64_t)page_limit().v;
    case XENMEM_get_sharing_freed_pages: // no page is ever shared
    case XENMEM_get_sharing_shared_pages:
        return 0;
    default:
        return fail(-ENOSYS);
    }
}
