// SPDX-License-Identifier: Apache-2.0
#include "model.h"
#include <string.h>

struct domain *find_domain(const struct model *m, const char *name) {
    for (size_t i = 0; name && i < m->domains.n; i++)
        if (is_text(domain_at(m, i)->name, name))
            return domain_at(m, i);
    return NULL;
}

struct pool *find_pool(const struct model *m, const char *name) {
    for (size_t i = 0; name && i < m->pools.n; i++)
        if (is_text(pool_at(m, i)->name, name))
            return pool_at(m, i);
    return NULL;
}

uint64_t number_or(struct number n, uint64_t usual) { return n.said ? n.v : usual; }
const char *text_or(struct text t, const char *usual) { return t.s ? t.s : usual; }
uint64_t vcpus_of(const struct domain *d) { return number_or(d->vcpus, 1); }
bool is_static(const struct memory *m) { return m->fixed.v || m->ranges.n; }
bool is_text(struct text t, const char *s) { return t.s && !strcmp(t.s, s); }

uint64_t pool_cpus(const struct pool *p) {
    const struct cpus *c = p->cpus.item;
    uint64_t mask = 0;

    for (size_t i = 0; i < p->cpus.n; i++)
        mask |= c[i].mask;
    return mask;
}

uint64_t pin_of(const struct domain *d, size_t vcpu) {
    const struct cpus *c = d->pin.item;

    if (d->pin.n == 1)
        return c[0].mask;
    return vcpu < d->pin.n ? c[vcpu].mask : 0;
}

bool domain_restarts(const struct domain *d) {
    const struct text action[] = {d->on_crash, d->on_hang, d->on_shutdown};

    for (size_t i = 0; i < sizeof(action) / sizeof(*action); i++)
        if (is_text(action[i], "restart") || is_text(action[i], "restart-group"))
            return true;
    return false;
}
