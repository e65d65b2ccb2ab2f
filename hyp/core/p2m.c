// SPDX-License-Identifier: Apache-2.0
// A domain's physical map: the lock, the quota and the question "may this be seen" over
// arch/stage2.h. Owns LOCK_P2M. Worst case: the frames of one call (callers bound it by P2M_STEP
// after boot).

#include <arch/map.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/p2m.h>
#include <core/page.h>
#include <core/upcall.h>

int p2m_create(struct domain *d, uint32_t pool_pages) {
    struct p2m *p = &d->p2m;
    spin_lock_init(&p->lock, LOCK_P2M);
    page_pool_init(&p->pool, "p2m");
    // The root is the first two pages, side by side: 8 KiB aligned.
    page_pool_carve(&p->pool, pool_pages, 2 * PAGE_SIZE);
    return stage2_init(&p->s2, &p->pool, (uint16_t)(d->id + 1)); // VMID 0 is nobody's
}

void p2m_destroy(struct domain *d) {
    if (d->p2m.s2.root)
        stage2_free(&d->p2m.s2);
}

int p2m_map(struct domain *d, gfn_t gfn, mfn_t mfn, uint64_t count, enum p2m_type type) {
    spin_lock(&d->p2m.lock);
    int rc = stage2_map(&d->p2m.s2, gfn, mfn, count, type);
    if (!rc && gfn.v + count - 1 > d->p2m.max_gfn)
        d->p2m.max_gfn = gfn.v + count - 1;
    spin_unlock(&d->p2m.lock);
    return rc;
}

int p2m_unmap(struct domain *d, gfn_t gfn, uint64_t count) {
    spin_lock(&d->p2m.lock);
    int rc = stage2_unmap(&d->p2m.s2, gfn, count);
    spin_unlock(&d->p2m.lock);
    return rc;
}

enum p2m_type p2m_lookup(struct domain *d, gfn_t gfn, mfn_t *mfn) {
    unsigned order;
    spin_lock(&d->p2m.lock);
    enum p2m_type t = stage2_lookup(&d->p2m.s2, gfn, mfn, &order);
    spin_unlock(&d->p2m.lock);
    return t;
}

struct page *p2m_get_ram(struct domain *d, gfn_t gfn, bool write) {
    mfn_t mfn;
    unsigned order;
    struct page *p = NULL;
    spin_lock(&d->p2m.lock); // the reference is taken while the lookup is still true
    enum p2m_type t = stage2_lookup(&d->p2m.s2, gfn, &mfn, &order);
    if (t == P2M_RAM || (t == P2M_RAM_RO && !write))
        p = page_of(mfn);
    if (p && !page_get(p, d))
        p = NULL;
    spin_unlock(&d->p2m.lock);
    return p;
}

bool p2m_fault_is_stale(struct domain *d, ipa_t ipa, enum p2m_access access) {
    mfn_t mfn;
    enum p2m_type t = p2m_lookup(d, ipa_gfn(ipa), &mfn);
    if (t == P2M_INVALID)
        return false;
    if (access == P2M_WRITE)
        return t != P2M_RAM_RO && t != P2M_GRANT_RO;
    return access == P2M_READ || t == P2M_RAM || t == P2M_RAM_RO;
}
