// SPDX-License-Identifier: Apache-2.0
// grant_table_op (xen/grant_table.h): lists of version 1 operations, each with its own status.
// Every element is read once and what the ABI returns in it is written back. Not offered (R16):
// version 2, transfer, and by having no row swap, status frames, unmap_and_replace. Worst case: a
// row's batch, then a continuation.
#include "hypercall.h"
#include <arch/cache.h>
#include <arch/map.h>
#include <core/grant.h>
#include <core/page.h>

union grant_arg {
    struct gnttab_map_grant_ref map;
    struct gnttab_unmap_grant_ref unmap;
    struct gnttab_setup_table setup;
    struct gnttab_transfer transfer;
    struct gnttab_copy copy;
    struct gnttab_query_size query;
    struct gnttab_set_version set_version;
    struct gnttab_get_version get_version;
    struct gnttab_cache_flush flush;
};

// Each returns 0 or -E, which ends the list; what befell the element itself is in its status.
static int op_map(struct vcpu *v, union grant_arg *a) {
    a->map.status = grant_map(v->domain, &a->map);
    return 0;
}

static int op_unmap(struct vcpu *v, union grant_arg *a) {
    a->unmap.status = grant_unmap(v->domain, &a->unmap);
    return 0;
}

static int op_copy(struct vcpu *v, union grant_arg *a) {
    a->copy.status = grant_copy(v->domain, &a->copy);
    return 0;
}

static int16_t domain_status(struct vcpu *v, domid_t id, struct domain **d) {
    int err = target_domain(v, id, XSM_TARGET, d);
    if (err == -ESRCH)
        return GNTST_bad_domain;
    return err ? GNTST_permission_denied : GNTST_okay;
}

// Frames that are mapped nowhere yet are all ones in the list (XSA-101).
static int op_setup(struct vcpu *v, union grant_arg *a) {
    uint64_t list[GRANT_MAX_FRAMES];
    struct domain *d = NULL;
    uint32_t n = a->setup.nr_frames;
    a->setup.status = domain_status(v, a->setup.dom, &d);
    if (a->setup.status != GNTST_okay)
        return 0;
    if (n > GRANT_MAX_FRAMES || grant_grow(d, n)) {
        a->setup.status = GNTST_general_error;
        return 0;
    }
    spin_lock(&d->grant.lock);
    for (uint32_t i = 0; i < n; i++)
        list[i] = d->grant.gfn[i].v;
    spin_unlock(&d->grant.lock);
    if (n && guest_write(guest_ptr_of(a->setup.frame_list.q), list, n * sizeof(list[0])))
        a->setup.status = GNTST_bad_virt_addr;
    return 0;
}

// A page of a translated guest cannot change hands.
static int op_transfer(struct vcpu *v, union grant_arg *a) {
    (void)v;
    (void)a;
    return fail(-EOPNOTSUPP);
}

static int op_query_size(struct vcpu *v, union grant_arg *a) {
    struct domain *d = NULL;
    a->query.status = domain_status(v, a->query.dom, &d);
    if (a->query.status == GNTST_okay) {
        a->query.nr_frames = load_relaxed(&d->grant.nr_frames);
        a->query.max_nr_frames = d->grant.max_frames;
    }
    return 0;
}

// Version 1 is all there is; asking for 2 tells the guest so.
static int op_set_version(struct vcpu *v, union grant_arg *a) {
    uint32_t wanted = a->set_version.version;
    a->set_version.version = v->domain->grant.version;
    if (wanted == 1)
        return 0;
    return wanted == 2 ? fail(-ENOSYS) : fail(-EINVAL);
}

static int op_get_version(struct vcpu *v, union grant_arg *a) {
    struct domain *d = NULL;
    int err = target_domain(v, a->get_version.dom, XSM_TARGET, &d);
    if (!err)
        a->get_version.version = d->grant.version;
    return err;
}

static void flush_lines(char *va, size_t len, uint32_t op) {
    if (op == (GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL))
        cache_clean_invalidate(va, len);
    else if (op == GNTTAB_CACHE_INVAL)
        cache_invalidate(va, len);
    else
        cache_clean(va, len);
}

// Maintenance by machine address, of RAM that is the caller's own.
static int op_cache_flush(struct vcpu *v, union grant_arg *a) {
    const struct gnttab_cache_flush *f = &a->flush;
    if (f->length == 0 || f->op == 0)
        return 0;
    if ((uint32_t)f->offset + f->length > PAGE_SIZE)
        return fail(-EINVAL);
    if (f->op & GNTTAB_CACHE_SOURCE_GREF)
        return fail(-EOPNOTSUPP);
    if (f->op & ~(GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL))
        return fail(-EINVAL);
    struct page *page = page_of(pa_mfn(pa_of(f->a.dev_bus_addr)));
    if (!page || !page_get(page, v->domain))
        return fail(-EPERM);
    char *va = window_open(WINDOW_A, page_mfn(page));
    flush_lines(va + f->offset, f->length, f->op);
    window_close(WINDOW_A);
    page_put(page);
    return 0;
}

#define ROW(fn, type, batch, out)                                                                  \
    { fn, sizeof(type), batch, offsetof(type, out) & ~7u }

static const struct {
    int (*fn)(struct vcpu *v, union grant_arg *a);
    uint8_t size;  // of an element
    uint8_t batch; // elements a step
    uint8_t out;   // elements are written back from here on, by words
} ops[] = {
    [GNTTABOP_map_grant_ref] = ROW(op_map, struct gnttab_map_grant_ref, 16, status),
    [GNTTABOP_unmap_grant_ref] = ROW(op_unmap, struct gnttab_unmap_grant_ref, 16, status),
    [GNTTABOP_setup_table] = ROW(op_setup, struct gnttab_setup_table, 1, status),
    [GNTTABOP_transfer] = ROW(op_transfer, struct gnttab_transfer, 1, status),
    [GNTTABOP_copy] = ROW(op_copy, struct gnttab_copy, 8, status),
    [GNTTABOP_query_size] =
        ROW(op_query_size, struct gnttab_query_size, HYPERCALL_BATCH, nr_frames),
    [GNTTABOP_set_version] = ROW(op_set_version, struct gnttab_set_version, 1, version),
    [GNTTABOP_get_version] = ROW(op_get_version, struct gnttab_get_version, 1, version),
    [GNTTABOP_cache_flush] = {op_cache_flush, sizeof(struct gnttab_cache_flush), 8,
                              sizeof(struct gnttab_cache_flush)},
};

static int element(struct vcpu *v, uint32_t cmd, guest_ptr_t at) {
    union grant_arg arg;
    int err = guest_read(&arg, at, ops[cmd].size);
    if (err)
        return err;
    int ret = ops[cmd].fn(v, &arg);
    size_t out = ops[cmd].out;
    if (out < ops[cmd].size && (!ret || cmd == GNTTABOP_set_version))
        err = guest_write(guest_ptr_add(at, out), (char *)&arg + out, ops[cmd].size - out);
    return err ? err : ret;
}

int64_t hypercall_grant_table_op(struct vcpu *v, uint64_t *args) {
    uint32_t cmd = (uint32_t)args[0], count = (uint32_t)args[2];
    guest_ptr_t at = guest_ptr_of(args[1]);
    if (count > INT32_MAX)
        return fail(-EINVAL);
    if (cmd >= ARRAY_SIZE(ops) || !ops[cmd].fn)
        return fail(-ENOSYS);
    // One element at a time for those that act on the caller as a whole.
    if ((cmd == GNTTABOP_setup_table || cmd == GNTTABOP_get_version) && count != 1)
        return fail(-EINVAL);
    if (cmd == GNTTABOP_set_version)
        count = 1; // its count is not looked at
    for (unsigned i = 0; i < ops[cmd].batch && count; i++, count--) {
        int err = element(v, cmd, at);
        if (err)
            return err;
        at = guest_ptr_add(at, ops[cmd].size);
    }
    if (!count)
        return 0;
    args[1] = at.v;
    args[2] = count;
    return HYPERCALL_AGAIN;
}
