// SPDX-License-Identifier: Apache-2.0
// The map of a static domain (core/physmap.h) never loses RAM and takes none: a frame that
// something is mapped over waits in the domain's own list (fill.block, linked by page.next) until a
// restart has use for it. Callers hold LOCK_DOMAIN, or the domain rests.
#include <core/domain.h>
#include <core/errno.h>
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>

static void keep(struct domain *d, enum p2m_type t, mfn_t mfn) {
    struct page *p = page_of(mfn);
    if (t == P2M_FOREIGN)
        page_put(p);
    if ((t != P2M_RAM && t != P2M_RAM_RO) || d->direct_mapped)
        return;
    p->next = d->fill.block ? (uint32_t)page_mfn(d->fill.block).v + 1 : 0;
    d->fill.block = p;
}

int physmap_put(struct domain *d, gfn_t gfn, mfn_t mfn, enum p2m_type type) {
    enum p2m_type t;
    mfn_t old;
    int err = p2m_swap(d, gfn, mfn, type, &t, &old);
    if (!err)
        keep(d, t, old);
    return err;
}

int physmap_remove(struct domain *d, gfn_t gfn) {
    enum p2m_type t;
    mfn_t old;
    int err = p2m_take(d, gfn, 1U << P2M_SHARED | 1U << P2M_FOREIGN, &t, &old);
    if (!err)
        keep(d, t, old);
    return err;
}

// A frame that waits; of a 1:1 domain the very one.
int physmap_populate(struct domain *d, gfn_t gfn, unsigned order) {
    struct page *p = d->fill.block;
    if (d->direct_mapped)
        return physmap_put(d, gfn, mfn_of(gfn.v), P2M_RAM);
    if (order || !p)
        return fail(-ENOMEM);
    d->fill.block = p->next ? page_of(mfn_of(p->next - 1ULL)) : NULL;
    p->next = 0;
    return physmap_put(d, gfn, page_mfn(p), P2M_RAM);
}

bool physmap_fill_drop(struct domain *d) {
    (void)d;
    return true;
}
