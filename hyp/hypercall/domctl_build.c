// SPDX-License-Identifier: Apache-2.0
// domctl: what the builder of a domain needs, and who looks into a stopped one: register width,
// registers of a vCPU, caches. A vCPU whose registers are asked for is held until they are in
// memory: a continuation meanwhile. Worst case: CACHE_STEP frames cleaned.
#include "domctl.h"
#include <arch/cache.h>
#include <arch/map.h>
#include <arch/vcpu.h>
#include <arch/vuart.h>
#include <core/page.h>

#define CACHE_STEP 14            // frames an invocation
#define CACHE_MAX_FRAMES BIT(18) // a call

int64_t domctl_set_address_size(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    return arch_domain_set_width(d, op->u.address_size.size);
}

// The vCPU named, not of the caller's domain: that could not wait for itself.
static int context_target(struct vcpu *v, struct domain *d, const struct xen_domctl *op,
                          struct vcpu **target) {
    if (d == v->domain)
        return fail(-EINVAL);
    *target = domain_vcpu(d, op->u.vcpucontext.vcpu);
    return *target ? 0 : fail(-EINVAL);
}

// Paused once for the whole call. True when its registers are in memory.
static bool hold(struct vcpu *t) {
    spin_lock(&t->domain->lock);
    bool first = !t->held;
    t->held = true;
    spin_unlock(&t->domain->lock);
    if (first)
        vcpu_pause(t);
    return vcpu_at_rest(t);
}

static void release(struct vcpu *t) {
    spin_lock(&t->domain->lock);
    bool last = t->held;
    t->held = false;
    spin_unlock(&t->domain->lock);
    if (last)
        vcpu_unpause(t);
}

static int apply_context(struct vcpu *t, const struct vcpu_guest_context *c) {
    int err = arch_vcpu_set_context(t, c);
    if (err)
        return err;
    t->initialised = true;
    if (c->flags & VGCF_online)
        vcpu_online(t);
    else
        vcpu_offline(t);
    return 0;
}

int64_t domctl_setvcpucontext(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    guest_ptr_t arg = handle_ptr(&op->u.vcpucontext.ctxt);
    struct vcpu_guest_context c;
    struct vcpu *t;
    int err = context_target(v, d, op, &t);
    if (!err && arg.v)
        err = guest_read(&c, arg, sizeof(c));
    if (err)
        return err;
    if (!hold(t))
        return HYPERCALL_AGAIN;
    if (arg.v) {
        err = apply_context(t, &c);
    } else {
        vcpu_offline(t);
        t->initialised = false;
    }
    release(t);
    return err;
}

int64_t domctl_getvcpucontext(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    struct vcpu_guest_context c;
    struct vcpu *t;
    int err = context_target(v, d, op, &t);
    if (err)
        return err;
    if (!t->initialised)
        return fail(-ENODATA);
    if (!hold(t))
        return HYPERCALL_AGAIN;
    memset(&c, 0, sizeof(c));
    arch_vcpu_get_context(t, &c);
    c.flags = load_relaxed(&t->state) != VCPU_OFFLINE ? VGCF_online : 0;
    release(t);
    return guest_write(handle_ptr(&op->u.vcpucontext.ctxt), &c, sizeof(c));
}

static void flush_frame(struct domain *d, gfn_t gfn) {
    struct page *p = p2m_get_ram(d, gfn, false);
    if (!p)
        return;
    cache_clean_invalidate(window_open(WINDOW_A, page_mfn(p)), PAGE_SIZE);
    window_close(WINDOW_A);
    page_put(p);
}

// What is not there costs nothing: a hole is stepped over in one go.
int64_t domctl_cacheflush(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    struct xen_domctl_cacheflush *f = &op->u.cacheflush;
    uint64_t end;
    (void)v;
    if (f->nr_pfns > CACHE_MAX_FRAMES || ck_add(f->start_pfn, f->nr_pfns, &end))
        return fail(-EINVAL);
    for (unsigned n = 0; f->nr_pfns; n++) {
        unsigned order = 0;
        uint64_t frames = 1;
        if (n == CACHE_STEP)
            return HYPERCALL_AGAIN;
        if (p2m_hole(d, gfn_of(f->start_pfn), &order))
            frames = (1ULL << order) - (f->start_pfn & ((1ULL << order) - 1));
        else
            flush_frame(d, gfn_of(f->start_pfn));
        frames = MIN(frames, f->nr_pfns);
        f->start_pfn += frames;
        f->nr_pfns -= frames;
    }
    return 0;
}

// Its ring is a page of the domain, its backend another domain that serves consoles.
int64_t domctl_vuart_op(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    struct xen_domctl_vuart_op *u = &op->u.vuart_op;
    (void)v;
    if (u->cmd != XEN_DOMCTL_VUART_OP_INIT)
        return fail(-EINVAL);
    if (load_relaxed(&d->begun))
        return fail(-EPERM);
    if (u->type != XEN_DOMCTL_VUART_TYPE_VPL011)
        return fail(-EOPNOTSUPP);
    if (u->console_domid == d->id || !domain_get(u->console_domid))
        return fail(-EINVAL);
    return vuart_create(d, gfn_of(u->gfn), u->console_domid, &u->evtchn);
}
