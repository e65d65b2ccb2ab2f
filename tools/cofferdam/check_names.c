// SPDX-License-Identifier: Apache-2.0
// Names are there once and lead somewhere; who starts after whom; what restart policies need.
#include "arena.h"
#include "plan.h"
#include <string.h>

// `name` of item i of a list with elements of `size` bytes that begin with place, then the name.
struct named {
    struct place at;
    struct text name;
};

static void once(struct plan *p, const struct list *list, size_t size, const char *what) {
    for (size_t i = 0; i < list->n; i++) {
        const struct named *a = (const void *)((char *)list->item + i * size);
        for (size_t k = 0; a->name.s && k < i; k++) {
            const struct named *b = (const void *)((char *)list->item + k * size);
            if (is_text(b->name, a->name.s))
                complain(p->report, a->name.at, "give it another name",
                         "a second %s is named %s, the first is in line %u", what, a->name.s,
                         b->name.at.line);
        }
    }
}

static void known_domain(struct plan *p, struct text name) {
    if (name.s && !find_domain(&p->model, name.s))
        complain(p->report, name.at, "name one of domains", "there is no domain %s", name.s);
}

static void check_domain(struct plan *p, const struct domain *d) {
    if (d->pool.s && !find_pool(&p->model, d->pool.s))
        complain(p->report, d->pool.at, "name one of cpupools", "there is no CPU pool %s",
                 d->pool.s);
    for (size_t i = 0; i < d->after.n; i++)
        known_domain(p, ((struct text *)d->after.item)[i]);
    if (is_text(d->enhanced, "full") && !p->model.dom0.at.line)
        complain(p->report, d->enhanced.at, "write no-xenstore, or add dom0",
                 "xenstore runs in Dom0, and there is none");
    if (d->device_tree.s && d->assign.n)
        complain(p->report, d->device_tree.at, "keep assign or device-tree",
                 "assign makes the partial device tree of %s", d->name.s);
}

void check_names(struct plan *p) {
    struct model *m = &p->model;

    if (m->version.said && m->version.v != SCHEMA_VERSION)
        complain(p->report, m->version.at, "write cofferdam: 1",
                 "this tool knows version 1 of the schema, not %llu",
                 (unsigned long long)m->version.v);
    if (!m->domains.n && !m->dom0.at.line)
        complain(p->report, m->at, "add domains or dom0", "the system has nothing to run");
    once(p, &m->domains, sizeof(struct domain), "domain");
    once(p, &m->pools, sizeof(struct pool), "CPU pool");
    once(p, &m->links, sizeof(struct link), "link");
    for (size_t i = 0; i < m->domains.n; i++)
        check_domain(p, domain_at(m, i));
    for (size_t i = 0; i < m->pools.n; i++)
        for (size_t k = 0; k < pool_at(m, i)->windows.n; k++)
            known_domain(p, ((struct window *)pool_at(m, i)->windows.item)[k].domain);
    for (size_t i = 0; i < m->links.n; i++)
        for (size_t k = 0; k < link_at(m, i)->ends.n; k++)
            known_domain(p, end_at(link_at(m, i), k)->domain);
}

static void check_words(struct plan *p, struct text words) {
    if (words.s && strlen(words.s) > EL2_WORDS)
        complain(p->report, words.at, "shorten it", "a command line of %zu bytes, and %d fit",
                 strlen(words.s), EL2_WORDS);
}

static void check_ends(struct plan *p) {
    unsigned shared = 0, events = 0;

    for (size_t i = 0; i < p->model.links.n; i++) {
        const struct link *l = link_at(&p->model, i);
        unsigned before = shared + events;
        *(is_text(l->kind, "memory") ? &shared : &events) += (unsigned)l->ends.n;
        if (before <= EL2_SHARED + EL2_LINKS && (shared > EL2_SHARED || events > EL2_LINKS))
            complain(p->report, l->at, "share a larger region, or fewer channels",
                     "with this link %u ends of shared memory and %u of event channels, and %d "
                     "and %d fit",
                     shared, events, EL2_SHARED, EL2_LINKS);
    }
}

void check_limits(struct plan *p) {
    const struct model *m = &p->model;

    if (m->domains.n > EL2_DOMAINS)
        complain(p->report, domain_at(m, EL2_DOMAINS)->at, "make fewer",
                 "%zu domains, and the hypervisor has room for %d", m->domains.n, EL2_DOMAINS);
    if (m->pools.n > EL2_POOLS)
        complain(p->report, pool_at(m, EL2_POOLS)->at, "make fewer",
                 "%zu CPU pools, and the hypervisor has room for %d", m->pools.n, EL2_POOLS);
    check_words(p, m->hypervisor.arguments);
    check_words(p, m->dom0.arguments);
    for (size_t i = 0; i < m->domains.n; i++)
        check_words(p, domain_at(m, i)->arguments);
    check_ends(p);
}

// May it start when those in order[0..n) have?
static bool can_start(const struct plan *p, const struct domain *d, size_t n) {
    for (size_t i = 0; i < d->after.n; i++) {
        const struct domain *before = find_domain(&p->model, ((struct text *)d->after.item)[i].s);
        bool up = !before;
        for (size_t k = 0; k < n; k++)
            up = up || p->order[k] == before;
        if (!up)
            return false;
    }
    return true;
}

static bool is_placed(const struct plan *p, const struct domain *d, size_t n) {
    for (size_t k = 0; k < n; k++)
        if (p->order[k] == d)
            return true;
    return false;
}

// The ring that holds `d` back, as text: each waits for the next.
static const char *ring(const struct plan *p, const struct domain *d, size_t placed) {
    const char *text = d->name.s;
    const struct domain *at = d;

    for (size_t step = 0; step < p->model.domains.n; step++) {
        for (size_t i = 0; i < at->after.n; i++) {
            const struct domain *next =
                find_domain(&p->model, ((struct text *)at->after.item)[i].s);
            if (!next || is_placed(p, next, placed))
                continue;
            at = next;
            break;
        }
        text = take_text("%s after %s", text, at->name.s);
        if (at == d)
            break;
    }
    return text;
}

void check_order(struct plan *p) {
    struct model *m = &p->model;
    size_t n = 0;

    p->order = take((m->domains.n + 1) * sizeof(*p->order));
    for (size_t before = n + 1; before != n;) {
        before = n;
        for (size_t i = 0; i < m->domains.n && n == before; i++) {
            struct domain *d = domain_at(m, i);
            if (!is_placed(p, d, n) && can_start(p, d, n))
                p->order[n++] = d;
        }
    }
    for (size_t i = 0; i < m->domains.n; i++) {
        struct domain *d = domain_at(m, i);
        if (!is_placed(p, d, n))
            complain(p->report, d->after.at, "take one of them out of after", "%s never starts: %s",
                     text_or(d->name, "this domain"), ring(p, d, n));
    }
}

static bool wants(const struct domain *d, const char *action) {
    return is_text(d->on_crash, action) || is_text(d->on_hang, action) ||
           is_text(d->on_shutdown, action);
}

void check_restart(struct plan *p) {
    for (size_t i = 0; i < p->model.domains.n; i++) {
        const struct domain *d = domain_at(&p->model, i);
        bool grouped = wants(d, "restart-group");

        if (d->limit.said && !grouped && !wants(d, "restart"))
            complain(p->report, d->limit.at, "write on-crash: restart, or leave it out",
                     "no action of %s is a restart", d->name.s);
        if (d->limit.said && !d->limit.v)
            complain(p->report, d->limit.at, "give 1 or more, or write on-crash: halt",
                     "a limit of 0 restarts");
        if (grouped && !d->group.s)
            complain(p->report, d->at, "add restart-group: NAME",
                     "the action restart-group needs a group");
        if (!grouped && d->group.s)
            complain(p->report, d->group.at, "write on-crash: restart-group, or leave it out",
                     "no action of %s is restart-group", d->name.s);
    }
}
