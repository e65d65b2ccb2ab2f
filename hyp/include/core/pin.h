// SPDX-License-Identifier: Apache-2.0
// A guest's page that EL2 keeps mapped (R25): plain, writable RAM of the domain with a reference
// held for as long as the map lasts.
#pragma once
#include <arch/map.h>
#include <core/errno.h>
#include <core/p2m.h>
#include <core/page.h>

struct pinned {
    void *va; // first byte of the page, NULL: nothing pinned
    mfn_t mfn;
};

// -EINVAL: not the domain's RAM; -ENOMEM: EL2's map is full.
static inline int pin_frame(struct domain *d, gfn_t gfn, struct pinned *out) {
    struct page *p = p2m_get_ram(d, gfn, true);
    if (!p)
        return fail(-EINVAL);
    void *va = map_pinned(page_mfn(p));
    if (!va) {
        page_put(p);
        return fail(-ENOMEM);
    }
    *out = (struct pinned){.va = va, .mfn = page_mfn(p)};
    return 0;
}

static inline void unpin_frame(struct pinned *pin) {
    if (!pin->va)
        return;
    unmap_pinned(pin->va);
    page_put(page_of(pin->mfn));
    pin->va = NULL;
}
