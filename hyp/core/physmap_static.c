// SPDX-License-Identifier: Apache-2.0
// The map of a static domain (core/physmap.h) never loses RAM and takes none: a frame that
// something is mapped over waits in the domain's own list (fill.block, linked by page.next) until a
// restart has use for it. Callers hold LOCK_DOMAIN, or the domain rests.
#include <core/domain.h>
#include <core/errno.h>
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>

static void keep(struct domain *d, const struct p2m_leaf *was) {
    struct page *p = page_of(was->mfn);
    if (was->type == P2M_FOREIGN)
        page_put(p);
    if ((was->type != P2M_RAM && was->type != P2M_RAM_RO) || d->direct_mapped)
        return;
    p->next = d->fill.block ? (uint32_t)page_mfn(d->fill.block).v + 1 : 0;
    d->fill.block = p;
}

int physmap_put(struct domain *d, gfn_t gfn, mfn_t mfn, enum p2m_type type) {
    struct p2m_leaf was;
    int err = p2m_swap(d, gfn, mfn, type, ~P2M_GRANTS, &was);
    if (!err)
        keep(d, &was);
    return err;
}

int physmap_remove(struct domain *d, gfn_t gfn) {
    struct p2m_leaf was;
    int err = p2m_take(d, gfn, 1U << P2M_SHARED | 1U << P2M_FOREIGN, &was);
    if (!err)
        keep(d, &was);
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
