// SPDX-License-Identifier: Apache-2.0
// Links: shared memory and event channels, both ends. Where they lie is the layout's business.
#include "arena.h"
#include "plan.h"
#include <xen/arch-arm.h>

#define MAX_PORT 4095 // static event channels are of the first bucket page

static void check_memory(struct plan *p, const struct link *l) {
    unsigned owners = 0;

    if (!l->size.at.line)
        complain(p->report, l->at, "add size: 64KiB", "shared memory needs a size");
    else if (l->size.said && (!l->size.v || l->size.v % PAGE_SIZE))
        complain(p->report, l->size.at, "give a multiple of 4KiB",
                 "shared memory is of whole pages of 4KiB");
    if (l->address.v % PAGE_SIZE)
        complain(p->report, l->address.at, "round it to 0x1000", "0x%llx is no page's address",
                 (unsigned long long)l->address.v);
    for (size_t i = 0; i < l->ends.n; i++) {
        const struct end *e = end_at(l, i);
        if (e->port.said)
            complain(p->report, e->port.at, "leave it out; make a second link of kind events",
                     "shared memory has no port");
        if (e->address.v % PAGE_SIZE)
            complain(p->report, e->address.at, "round it to 0x1000", "0x%llx is no page's address",
                     (unsigned long long)e->address.v);
        owners += e->owner.v != 0;
        if (e->owner.v && owners == 2)
            complain(p->report, e->owner.at, "leave it out in all but one end",
                     "%s has a second owner", l->name.s);
    }
}

static void check_port(struct plan *p, const struct end *e) {
    if (!e->port.at.line)
        complain(p->report, e->at, "add port: N", "an event channel needs a port at each end");
    else if (e->port.said && (!e->port.v || e->port.v > MAX_PORT))
        complain(p->report, e->port.at, "give 1 to 4095", "there is no port %llu",
                 (unsigned long long)e->port.v);
    for (size_t i = 0; e->port.said && i < p->model.links.n; i++) {
        const struct link *l = link_at(&p->model, i);
        for (size_t k = 0; k < l->ends.n; k++) {
            const struct end *o = end_at(l, k);
            if (o == e)
                return;
            if (o->port.said && o->port.v == e->port.v &&
                is_text(o->domain, text_or(e->domain, "")))
                complain(p->report, e->port.at, "give it another number",
                         "port %llu of %s is used in line %u too", (unsigned long long)e->port.v,
                         e->domain.s, o->port.at.line);
        }
    }
}

static void check_events(struct plan *p, const struct link *l) {
    struct number odd = l->size.said ? l->size : l->address;

    if (odd.said)
        complain(p->report, odd.at, "leave it out", "an event channel has no size and address");
    if (l->ends.n > 2)
        complain(p->report, end_at(l, 2)->at, "make a link for each pair",
                 "an event channel has two ends");
    for (size_t i = 0; i < l->ends.n; i++) {
        const struct end *e = end_at(l, i);
        if (e->address.said)
            complain(p->report, e->address.at, "leave it out", "an event channel has no address");
        if (e->owner.said)
            complain(p->report, e->owner.at, "leave it out", "an event channel has no owner");
        check_port(p, e);
    }
}

void check_links(struct plan *p) {
    for (size_t i = 0; i < p->model.links.n; i++) {
        const struct link *l = link_at(&p->model, i);

        if (l->ends.at.line && l->ends.n < 2)
            complain(p->report, l->ends.at, "name the domain at the other end",
                     "%s has only one end", text_or(l->name, "the link"));
        for (size_t k = 1; k < l->ends.n; k++)
            for (size_t n = 0; n < k; n++)
                if (is_text(end_at(l, n)->domain, text_or(end_at(l, k)->domain, "")))
                    complain(p->report, end_at(l, k)->at, "name another domain",
                             "%s is at two ends of %s", end_at(l, k)->domain.s,
                             text_or(l->name, "the link"));
        if (is_text(l->kind, "memory"))
            check_memory(p, l);
        else if (l->kind.s)
            check_events(p, l);
    }
}
