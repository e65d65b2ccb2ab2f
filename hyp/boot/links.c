// SPDX-License-Identifier: Apache-2.0
// What connects domains from the start: memory that several see, event channels whose ends are
// bound. All domains exist and none runs yet. Boot CPU only; O(uses + ends).
#include <boot/domu.h>

#include <core/domain.h>
#include <core/log.h>
#include <core/page.h>

static struct domain *domain_of(domid_t id, const char *node) {
    struct domain *d = domain_get(id);

    if (!d)
        boot_refuse(node, "move it into an xen,domain node", "there is no Dom0 for it");
    return d;
}

// A region's frames are its owner's, or else the first user's; each domain's map holds a reference.
static void map_shared(const struct system *s, const struct system_shared *m) {
    const struct system_shared *first = NULL;
    struct domain *d = domain_of(m->domid, m->node), *owner;
    mfn_t mfn = pa_mfn(m->range.base);
    uint64_t count = m->range.size >> PAGE_SHIFT;

    for (unsigned i = 0; i < s->nr_shared; i++) {
        const struct system_shared *o = &s->shared[i];

        if (o->range.base.v == m->range.base.v && (!first || (o->owner && !first->owner)))
            first = o;
    }
    owner = domain_of(first->domid, first->node);
    if (page_of(mfn)->state == PAGE_NONE) {
        for (uint64_t i = 0; i < count; i++)
            page_scrub(mfn_add(mfn, i));
        page_to_guest(owner, mfn, count);
        owner->max_pages += count;
    }
    for (uint64_t i = 0; d != owner && i < count; i++)
        CHECK(page_get(page_of(mfn_add(mfn, i)), owner));
    if (p2m_map(d, ipa_gfn(m->at), mfn, count, d == owner ? P2M_RAM : P2M_FOREIGN))
        boot_refuse(m->node, "raise xen,domain-p2m-mem-mb", "it does not fit the domain's map");
}

void links_make(const struct system *s) {
    for (unsigned i = 0; i < s->nr_shared; i++)
        map_shared(s, &s->shared[i]);
    for (unsigned i = 0; i < s->nr_links; i++) {
        const struct system_link *l = &s->link[i], *o = &s->link[l->other];

        if (l->other < i)
            continue; // bound with the other end
        if (evtchn_bind_static(domain_of(l->domid, l->node), l->port, domain_of(o->domid, o->node),
                               o->port))
            boot_refuse(l->node, "choose another port", "the event channel cannot be made");
    }
}
