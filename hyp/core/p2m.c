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

int p2m_create(struct domain *d, uint16_t vmid) {
    spin_lock_init(&d->p2m.lock, LOCK_P2M);
    return stage2_init(&d->p2m.s2, &d->quota, vmid);
}

void p2m_close(struct domain *d) {
    spin_lock(&d->p2m.lock);
    d->p2m.closed = true;
    stage2_flush(&d->p2m.s2);
    spin_unlock(&d->p2m.lock);
}

int p2m_map(struct domain *d, gfn_t gfn, mfn_t mfn, uint64_t count, enum p2m_type type) {
    struct p2m *p = &d->p2m;
    spin_lock(&p->lock);
    int rc = p->closed ? fail(-EINVAL) : stage2_map(&p->s2, gfn, mfn, count, type);
    if (!rc)
        p->max_gfn = MAX(p->max_gfn, gfn.v + count - 1);
    spin_unlock(&p->lock);
    return rc;
}

int p2m_swap(struct domain *d, gfn_t gfn, mfn_t mfn, enum p2m_type type, unsigned over,
             struct p2m_leaf *was) {
    struct p2m *p = &d->p2m;
    int rc;
    spin_lock(&p->lock);
    if (unlikely(p->closed)) {
        was->type = P2M_INVALID;
        rc = fail(type == P2M_INVALID ? -ENOENT : -EINVAL);
    } else {
        rc = stage2_swap(&p->s2, gfn, mfn, type, over, was);
        if (!rc && type != P2M_INVALID)
            p->max_gfn = MAX(p->max_gfn, gfn.v);
    }
    spin_unlock(&p->lock);
    return unlikely(rc == -ENOENT) && (P2M_GRANTS & 1U << was->type) ? fail(-EBUSY) : rc;
}

int p2m_unmap(struct domain *d, gfn_t gfn, uint64_t count) {
    spin_lock(&d->p2m.lock);
    int rc = d->p2m.closed ? 0 : stage2_unmap(&d->p2m.s2, gfn, count);
    spin_unlock(&d->p2m.lock);
    return rc;
}

bool p2m_hole(struct domain *d, gfn_t gfn, unsigned *order) {
    mfn_t mfn;
    spin_lock(&d->p2m.lock);
    bool hole = stage2_lookup(&d->p2m.s2, gfn, &mfn, order) == P2M_INVALID;
    spin_unlock(&d->p2m.lock);
    return hole;
}

enum p2m_type p2m_lookup(struct domain *d, gfn_t gfn, mfn_t *mfn) {
    unsigned order;
    spin_lock(&d->p2m.lock);
    enum p2m_type t = stage2_lookup(&d->p2m.s2, gfn, mfn, &order);
    spin_unlock(&d->p2m.lock);
    return t;
}

struct page *p2m_get_frame(struct domain *d, gfn_t gfn, bool write, mfn_t *mfn) {
    unsigned order;
    struct page *p = NULL;
    spin_lock(&d->p2m.lock); // the reference is taken while the lookup is still true
    enum p2m_type t = d->p2m.closed ? P2M_INVALID : stage2_lookup(&d->p2m.s2, gfn, mfn, &order);
    if (t == P2M_RAM || (t == P2M_RAM_RO && !write))
        p = page_of(*mfn);
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
