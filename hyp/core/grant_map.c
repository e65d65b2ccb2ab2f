// SPDX-License-Identifier: Apache-2.0
// The user's side of grants: mapping another domain's page, unmapping, copying. Handles and the
// physical map are guarded by the mapper's LOCK_DOMAIN; the granter's entry by its LOCK_GRANT
// inside that. A page is unmapped and its TLB maintenance done before the granter sees its flags
// fall (XSA-218). Worst case: one page's copy.
#include <arch/cache.h>
#include <arch/map.h>
#include <core/domain.h>
#include <core/index.h>
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>
#include <lib/string.h>

#define RELINQUISH_BATCH 16

#define MAP_KINDS (GNTMAP_host_map | GNTMAP_device_map)

// The handle's record; NULL when it was never made. Caller holds d->lock.
static struct grant_mapping *mapping_of(struct domain *d, grant_handle_t handle) {
    if (handle >= d->grant.nr_handles)
        return NULL;
    handle = (grant_handle_t)index_nospec(handle, GRANT_HANDLE_PAGES * GRANT_PER_PAGE);
    return &d->grant.mapping[handle / GRANT_PER_PAGE][handle % GRANT_PER_PAGE];
}

static struct grant_mapping *handle_get(struct domain *d, grant_handle_t *handle) {
    struct grant_table *g = &d->grant;
    if (g->free_handle) {
        *handle = g->free_handle - 1;
        struct grant_mapping *m = mapping_of(d, *handle);
        g->free_handle = (uint32_t)m->gfn;
        return m;
    }
    uint32_t page = g->nr_handles / GRANT_PER_PAGE;
    if (g->nr_handles >= g->max_handles)
        return NULL;
    if (!g->mapping[page])
        g->mapping[page] = domain_page_get(d);
    if (!g->mapping[page])
        return NULL;
    *handle = g->nr_handles++;
    return mapping_of(d, *handle);
}

static void handle_put(struct domain *d, struct grant_mapping *m, grant_handle_t handle) {
    m->flags = 0;
    m->gfn = d->grant.free_handle;
    d->grant.free_handle = handle + 1;
}

static int16_t map_locked(struct domain *d, struct domain *granter,
                          struct gnttab_map_grant_ref *op) {
    bool readonly = op->flags & GNTMAP_readonly;
    gfn_t gfn = ipa_gfn(ipa_of(op->host_addr));
    mfn_t mfn;
    grant_handle_t handle;
    struct grant_mapping *m = handle_get(d, &handle);
    if (!m)
        return GNTST_no_device_space;
    int16_t status = grant_pin(granter, d->id, op->ref, !readonly, &mfn);
    if (status != GNTST_okay)
        goto free_handle;
    if ((op->flags & GNTMAP_host_map) &&
        physmap_put(d, gfn, mfn, readonly ? P2M_GRANT_RO : P2M_GRANT)) {
        grant_unpin(granter, op->ref, !readonly, mfn);
        status = GNTST_general_error;
        goto free_handle;
    }
    m->gfn = gfn.v;
    m->ref = op->ref;
    m->granter = granter->id;
    m->flags = (uint16_t)(op->flags & (MAP_KINDS | GNTMAP_readonly));
    m->mfn = mfn.v;
    op->handle = handle;
    op->dev_bus_addr = mfn_pa(mfn).v;
    return GNTST_okay;
free_handle:
    handle_put(d, m, handle);
    return status;
}

int16_t grant_map(struct domain *d, struct gnttab_map_grant_ref *op) {
    struct domain *granter = domain_get(op->dom);
    if (!granter)
        return GNTST_bad_domain;
    if (!(op->flags & MAP_KINDS))
        return GNTST_bad_gntref;
    // By page-table entry is not for translated guests, by machine address only for a 1:1 one.
    if ((op->flags & (GNTMAP_application_map | GNTMAP_contains_pte)) ||
        ((op->flags & GNTMAP_device_map) && !d->direct_mapped))
        return GNTST_general_error;
    if (op->host_addr % PAGE_SIZE)
        return GNTST_bad_virt_addr;
    spin_lock(&d->lock);
    bool alive = d->life == DOMAIN_ALIVE && load_relaxed(&granter->life) == DOMAIN_ALIVE;
    int16_t status = alive ? map_locked(d, granter, op) : GNTST_general_error;
    spin_unlock(&d->lock);
    return status;
}

// Takes the page out of the map if it is still there, whatever the guest did to that frame
// meanwhile.
static int unmap_host(struct domain *d, const struct grant_mapping *m) {
    mfn_t now;
    enum p2m_type t = p2m_lookup(d, gfn_of(m->gfn), &now);
    if ((t != P2M_GRANT && t != P2M_GRANT_RO) || now.v != m->mfn)
        return 0;
    return p2m_unmap(d, gfn_of(m->gfn), 1);
}

// The last kind of mapping is gone: the granter gets its page back.
static void release(struct domain *d, struct grant_mapping *m, grant_handle_t handle) {
    struct domain *granter = domain_get(m->granter);
    if (granter)
        grant_unpin(granter, m->ref, !(m->flags & GNTMAP_readonly), mfn_of(m->mfn));
    else
        page_put(page_of(mfn_of(m->mfn)));
    handle_put(d, m, handle);
}

static int16_t unmap_locked(struct domain *d, const struct gnttab_unmap_grant_ref *op) {
    struct grant_mapping *m = mapping_of(d, op->handle);
    if (!m || !(m->flags & MAP_KINDS))
        return GNTST_bad_handle;
    if (op->dev_bus_addr && op->dev_bus_addr != mfn_pa(mfn_of(m->mfn)).v)
        return GNTST_bad_dev_addr;
    if (op->host_addr && op->host_addr != gfn_ipa(gfn_of(m->gfn)).v)
        return GNTST_bad_virt_addr;
    if (op->host_addr && (m->flags & GNTMAP_host_map)) {
        if (unmap_host(d, m))
            return GNTST_general_error;
        m->flags &= (uint16_t)~GNTMAP_host_map;
    }
    if (op->dev_bus_addr)
        m->flags &= (uint16_t)~GNTMAP_device_map;
    if (!(m->flags & MAP_KINDS))
        release(d, m, op->handle);
    return GNTST_okay;
}

int16_t grant_unmap(struct domain *d, const struct gnttab_unmap_grant_ref *op) {
    spin_lock(&d->lock);
    int16_t status = unmap_locked(d, op);
    spin_unlock(&d->lock);
    return status;
}

bool grant_relinquish_step(struct domain *d) {
    struct grant_table *g = &d->grant;
    spin_lock(&d->lock);
    for (unsigned i = 0; i < RELINQUISH_BATCH && g->relinquished < g->nr_handles; i++) {
        grant_handle_t h = g->relinquished++;
        struct grant_mapping *m = mapping_of(d, h);
        if ((m->flags & GNTMAP_host_map) && unmap_host(d, m))
            continue; // stays mapped: the page must not go back
        if (m->flags & MAP_KINDS)
            release(d, m, h);
    }
    bool done = g->relinquished >= g->nr_handles;
    spin_unlock(&d->lock);
    return done;
}

// One side of a copy: a frame held for its duration.
struct copy_end {
    struct domain *granter; // NULL: the caller's own page, `page`
    struct page *page;
    grant_ref_t ref;
    bool write;
    mfn_t mfn;
};

static int16_t copy_open(struct domain *d, const struct gnttab_copy_ptr *p, bool gref,
                         struct copy_end *end) {
    if (!gref) {
        if (p->domid != DOMID_SELF)
            return GNTST_permission_denied;
        end->page = p2m_get_frame(d, gfn_of(p->u.gmfn), end->write, &end->mfn);
        return end->page ? GNTST_okay : GNTST_bad_page;
    }
    struct domain *granter = p->domid == DOMID_SELF ? d : domain_get(p->domid);
    if (!granter)
        return GNTST_bad_domain;
    if (load_relaxed(&granter->life) != DOMAIN_ALIVE)
        return GNTST_general_error;
    int16_t status = grant_pin(granter, d->id, p->u.ref, end->write, &end->mfn);
    if (status == GNTST_okay) {
        end->granter = granter;
        end->ref = p->u.ref;
    }
    return status;
}

static void copy_close(const struct copy_end *end) {
    if (end->granter)
        grant_unpin(end->granter, end->ref, end->write, end->mfn);
    else
        page_put(end->page);
}

int16_t grant_copy(struct domain *d, const struct gnttab_copy *op) {
    struct copy_end src = {.write = false}, dst = {.write = true};
    if (op->source.offset + op->len > (int)PAGE_SIZE || op->dest.offset + op->len > (int)PAGE_SIZE)
        return GNTST_bad_copy_arg;
    if (!(op->flags & (GNTCOPY_source_gref | GNTCOPY_dest_gref)))
        return GNTST_permission_denied; // moves within the caller need no help
    int16_t status = copy_open(d, &op->source, op->flags & GNTCOPY_source_gref, &src);
    if (status != GNTST_okay)
        return status;
    status = copy_open(d, &op->dest, op->flags & GNTCOPY_dest_gref, &dst);
    if (status == GNTST_okay) {
        const char *from = window_open(WINDOW_A, src.mfn);
        char *to = window_open(WINDOW_B, dst.mfn);
        to += op->dest.offset, from += op->source.offset;
        if (op->len && ((op->source.offset | op->dest.offset | op->len) & 127) == 0)
            cache_copy(to, from, op->len);
        else
            memcpy(to, from, op->len); // the windows are apart, also on one frame
        window_close(WINDOW_A);
        window_close(WINDOW_B);
        copy_close(&dst);
    }
    copy_close(&src);
    return status;
}
