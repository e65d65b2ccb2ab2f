// SPDX-License-Identifier: Apache-2.0
// RAM of a domain comes and goes (core/physmap.h). No lock of its own: callers hold LOCK_DOMAIN.
// Worst case: PHYSMAP_STEP frames scrubbed, or one extent of 2 MiB entered into the frame table.
#include <core/domain.h>
#include <core/errno.h>
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>

#define OWN_RAM (1U << P2M_RAM | 1U << P2M_RAM_RO)
#define DEVICES (1U << P2M_DEVICE | 1U << P2M_DEVICE_MEM)
#define REMOVABLE (OWN_RAM | 1U << P2M_SHARED | 1U << P2M_FOREIGN)

// The reference that a mapping held.
static void let_go(struct domain *d, const struct p2m_leaf *was) {
    bool own = (1U << was->type) & OWN_RAM;
    if ((own && !d->direct_mapped) || was->type == P2M_FOREIGN)
        page_put(page_of(was->mfn));
}

static int drop(struct domain *d, gfn_t gfn, unsigned types) {
    struct p2m_leaf was;
    int err = p2m_take(d, gfn, types, &was);
    if (!err)
        let_go(d, &was);
    return err;
}

int physmap_remove(struct domain *d, gfn_t gfn) { return drop(d, gfn, REMOVABLE); }

int physmap_remove_device(struct domain *d, gfn_t gfn) { return drop(d, gfn, DEVICES); }

int physmap_put(struct domain *d, gfn_t gfn, mfn_t mfn, enum p2m_type type) {
    struct p2m_leaf was;
    int err = p2m_swap(d, gfn, mfn, type, ~P2M_GRANTS, &was);
    if (!err)
        let_go(d, &was);
    return err;
}

int physmap_decrease(struct domain *d, gfn_t gfn) {
    return drop(d, gfn, OWN_RAM) ? fail(-EINVAL) : 0;
}

// Room for an extent: holes are skipped in one go.
static int vacate_extent(struct domain *d, gfn_t gfn, unsigned order) {
    uint64_t at = gfn.v, end = gfn.v + (1ULL << order);
    for (unsigned dropped = 0; at < end;) {
        unsigned hole;
        if (p2m_hole(d, gfn_of(at), &hole)) {
            at = ALIGN_DOWN(at, 1ULL << hole) + (1ULL << hole);
            continue;
        }
        if (dropped++ == PHYSMAP_STEP)
            return PHYSMAP_MORE;
        int err = drop(d, gfn_of(at++), REMOVABLE | DEVICES);
        if (err)
            return err;
    }
    return 0;
}

bool physmap_fill_drop(struct domain *d) {
    struct page_fill fill = d->fill;
    d->fill.block = NULL;
    if (!fill.block)
        return true;
    uint32_t n = 1U << fill.order;
    if (fill.done < n)
        page_release_range(mfn_add(page_mfn(fill.block), fill.done), n - fill.done);
    if (fill.done)
        page_release(fill.block, fill.done);
    return true;
}

static int fill_begin(struct domain *d, unsigned order) {
    if (d->fill.block && d->fill.order == order)
        return 0;
    (void)physmap_fill_drop(d);
    if (load_relaxed(&d->tot_pages) + (1ULL << order) > d->max_pages)
        return fail(-ENOMEM);
    struct page *block = page_alloc_for(d, order, mfn_of(0), mfn_of(UINT32_MAX));
    if (!block)
        return fail(-ENOMEM);
    d->fill = (struct page_fill){.block = block, .order = (uint8_t)order};
    return 0;
}

// The next frames of the extent are zeroed and the domain's.
static int fill_go_on(struct domain *d) {
    struct page_fill *fill = &d->fill;
    uint32_t left = (1U << fill->order) - fill->done, n = MIN(left, (uint32_t)PHYSMAP_STEP);
    mfn_t first = mfn_add(page_mfn(fill->block), fill->done);
    for (uint32_t i = 0; i < n; i++)
        page_scrub(mfn_add(first, i));
    page_to_guest(d, first, n);
    fill->done += n;
    return left == n ? 0 : PHYSMAP_MORE;
}

// The very frame comes back: it is the domain's as long as that lives.
static int populate_direct(struct domain *d, gfn_t gfn) {
    const struct page *p = page_of(mfn_of(gfn.v));
    if (!p || load_relaxed(&p->state) != PAGE_GUEST || load_relaxed(&p->owner) != d->id)
        return fail(-EINVAL);
    return physmap_put(d, gfn, mfn_of(gfn.v), P2M_RAM);
}

void physmap_spare_take(struct domain *d, unsigned frames, struct physmap_spare *s) {
    unsigned order = 31 - (unsigned)__builtin_clz(frames);
    (void)physmap_fill_drop(d);
    s->next = NULL;
    if (load_relaxed(&d->tot_pages) + (1ULL << order) <= d->max_pages)
        s->next = page_alloc_for(d, order, mfn_of(0), mfn_of(UINT32_MAX));
    s->left = s->next ? 1U << order : 0;
}

void physmap_spare_drop(struct physmap_spare *s) {
    if (s->left)
        page_release_range(page_mfn(s->next), s->left);
    s->left = 0;
}

int physmap_populate_one(struct domain *d, gfn_t gfn, struct physmap_spare *s) {
    if (s->left == 0)
        physmap_spare_take(d, 1, s);
    if (s->left == 0)
        return fail(-ENOMEM);
    struct page *p = s->next++;
    mfn_t mfn = page_mfn(p);
    s->left--;
    page_scrub(mfn);
    page_to_guest(d, mfn, 1);
    int err = physmap_put(d, gfn, mfn, P2M_RAM);
    if (err)
        page_put(p);
    return err;
}

int physmap_populate(struct domain *d, gfn_t gfn, unsigned order) {
    if (d->direct_mapped)
        return order ? fail(-EINVAL) : populate_direct(d, gfn);
    if (order == 0)
        return physmap_populate_one(d, gfn, &(struct physmap_spare){.left = 0});
    int err = fill_begin(d, order);
    if (!err && d->fill.done < 1U << order)
        err = fill_go_on(d);
    if (!err)
        err = vacate_extent(d, gfn, order);
    if (!err)
        err = p2m_map(d, gfn, page_mfn(d->fill.block), 1ULL << order, P2M_RAM);
    if (!err)
        d->fill.block = NULL;
    else if (err < 0)
        (void)physmap_fill_drop(d);
    return err;
}
