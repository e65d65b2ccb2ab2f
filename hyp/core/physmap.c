// SPDX-License-Identifier: Apache-2.0
// References of a domain's mappings: a foreign page is held by its mapping. No state; callers hold
// LOCK_DOMAIN. Constant time.
#include <core/domain.h>
#include <core/errno.h>
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>

int physmap_drop_foreign(struct domain *d, gfn_t gfn, mfn_t mfn) {
    int err = p2m_unmap(d, gfn, 1);
    if (!err)
        page_put(page_of(mfn));
    return err;
}

int physmap_vacate(struct domain *d, gfn_t gfn) {
    mfn_t mfn;
    switch (p2m_lookup(d, gfn, &mfn)) {
    case P2M_GRANT:
    case P2M_GRANT_RO:
        return fail(-EBUSY);
    case P2M_FOREIGN:
        return physmap_drop_foreign(d, gfn, mfn);
    default:
        return 0;
    }
}
