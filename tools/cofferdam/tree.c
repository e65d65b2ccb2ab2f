// SPDX-License-Identifier: Apache-2.0
// The board's device tree with the system in /chosen, in Xen's bindings (docs/misc/arm/device-tree
// of Xen) and, where those have no word, our own coff,* properties (docs/system-yaml.md).
#include "arena.h"
#include "plan.h"
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#define ROOM 65536
#define US 1000ULL

struct writing {
    struct plan *plan;
    void *fdt;
    int err;          // of libfdt, the first
    uint32_t phandle; // the first that is free; event channel ends follow, then pools
};

static void check(struct writing *w, int err) {
    if (!w->err && err < 0)
        w->err = err;
}

static int add(struct writing *w, int parent, const char *name) {
    int node = fdt_add_subnode(w->fdt, parent, name);

    check(w, node);
    return node;
}

static void put(struct writing *w, int node, const char *name, const void *value, size_t size) {
    check(w, fdt_setprop(w->fdt, node, name, value, (int)size));
}

static void put_text(struct writing *w, int node, const char *name, const char *text) {
    put(w, node, name, text, strlen(text) + 1);
}

static void put_cell(struct writing *w, int node, const char *name, uint64_t v) {
    check(w, fdt_setprop_u32(w->fdt, node, name, (uint32_t)v));
}

static void put_numbers(struct writing *w, int node, const char *name, const uint64_t *v,
                        unsigned n) {
    fdt64_t out[16];

    for (unsigned i = 0; i < n; i++)
        out[i] = cpu_to_fdt64(v[i]);
    put(w, node, name, out, n * sizeof(*out));
}

static void put_cells_of(struct writing *w, int node) {
    put_cell(w, node, "#address-cells", DT_CELLS);
    put_cell(w, node, "#size-cells", DT_CELLS);
}

static const char *hypervisor_words(const struct plan *p) {
    const struct model *m = &p->model;
    const char *s = "console=dtuart";

    if (m->hypervisor.console.s && p->machine.console >= 0)
        s = take_text("%s dtuart=%s", s, dt_path(p->machine.fdt, p->machine.console));
    if (m->hypervisor.scheduler.s)
        s = take_text("%s sched=%s", s, m->hypervisor.scheduler.s);
    if (m->dom0.at.line)
        s = take_text("%s dom0_mem=%lluM", s, (unsigned long long)(m->dom0.memory.v >> 20));
    if (m->dom0.vcpus.said)
        s = take_text("%s dom0_max_vcpus=%llu", s, (unsigned long long)m->dom0.vcpus.v);
    if (m->hypervisor.arguments.s)
        s = take_text("%s %s", s, m->hypervisor.arguments.s);
    return s;
}

static void put_module(struct writing *w, int parent, const struct module *m, const char *args) {
    int node = add(w, parent, take_text("module@%llx", (unsigned long long)m->base));
    char both[64];
    int n = snprintf(both, sizeof(both), "multiboot,%s%cmultiboot,module", m->kind, 0);

    put(w, node, "compatible", both, (size_t)n + 1);
    put_numbers(w, node, "reg", (uint64_t[]){m->base, m->size}, 2);
    if (args)
        put_text(w, node, "bootargs", args);
}

static void put_modules(struct writing *w, int parent, const struct domain *d, const char *args) {
    const struct plan *p = w->plan;

    for (unsigned i = p->nr_modules; i-- > 0;)
        if (p->modules[i].domain == d)
            put_module(w, parent, &p->modules[i],
                       strcmp(p->modules[i].kind, "kernel") ? NULL : args);
}

static uint32_t end_phandle(const struct writing *w, size_t link, size_t end) {
    return w->phandle + (uint32_t)(2 * link + end);
}

static uint32_t pool_phandle(const struct writing *w, const struct pool *pool) {
    return w->phandle + (uint32_t)(2 * w->plan->model.links.n) +
           (uint32_t)(pool - (struct pool *)w->plan->model.pools.item);
}

static void put_end(struct writing *w, int parent, size_t link, size_t end) {
    const struct link *l = link_at(&w->plan->model, link);
    const struct end *e = end_at(l, end);
    bool memory = is_text(l->kind, "memory");
    int node = add(w, parent,
                   memory ? take_text("shared-mem@%llx", (unsigned long long)l->address.v)
                          : take_text("evtchn@%llu", (unsigned long long)e->port.v));

    if (memory) {
        put_text(w, node, "compatible", "xen,domain-shared-memory-v1");
        put_text(w, node, "role", e->owner.v ? "owner" : "borrower");
        put_text(w, node, "xen,shm-id", l->name.s);
        put_numbers(w, node, "xen,shared-mem", (uint64_t[]){l->address.v, e->address.v, l->size.v},
                    3);
    } else {
        put_text(w, node, "compatible", "xen,evtchn-v1");
        put_numbers(w, node, "xen,evtchn",
                    (uint64_t[]){e->port.v << 32 | end_phandle(w, link, !end)}, 1);
        put_cell(w, node, "phandle", end_phandle(w, link, end));
    }
}

static void put_links(struct writing *w, int parent, const struct domain *d) {
    const struct model *m = &w->plan->model;

    for (size_t i = m->links.n; i-- > 0;)
        for (size_t k = link_at(m, i)->ends.n; k-- > 0;)
            if (is_text(end_at(link_at(m, i), k)->domain, d->name.s))
                put_end(w, parent, i, k);
}

static const char *mask_text(uint64_t mask) {
    const char *s = NULL;

    for (unsigned i = 0; i < MAX_CPUS; i++)
        if (mask >> i & 1)
            s = s ? take_text("%s,%u", s, i) : take_text("%u", i);
    return s;
}

static void put_pins(struct writing *w, int parent, const struct domain *d) {
    for (size_t i = vcpus_of(d); d->pin.n && i-- > 0;) {
        int node = add(w, parent, take_text("vcpu%zu", i));
        put_text(w, node, "compatible", "xen,vcpu");
        put_cell(w, node, "id", i);
        put_text(w, node, "hard-affinity", mask_text(pin_of(d, i)));
    }
}

static void put_schedule(struct writing *w, int node, const struct schedule *s) {
    if (s->weight.said)
        put_cell(w, node, "coff,sched-weight", s->weight.v);
    if (s->cap.said)
        put_cell(w, node, "coff,sched-cap", s->cap.v);
    if (s->period.said)
        put_cell(w, node, "coff,sched-period-us", s->period.v / US);
    if (s->budget.said)
        put_cell(w, node, "coff,sched-budget-us", s->budget.v / US);
}

// Groups are numbers, from 1 in the order of the file.
static uint32_t group_of(const struct model *m, const char *name) {
    uint32_t n = 1;

    for (size_t i = 0; i < m->domains.n && !is_text(domain_at(m, i)->group, name); i++) {
        bool first = domain_at(m, i)->group.s;
        for (size_t k = 0; k < i; k++)
            first = first && !is_text(domain_at(m, k)->group, domain_at(m, i)->group.s);
        n += first;
    }
    return n;
}

static void put_restart(struct writing *w, int node, const struct domain *d) {
    if (d->on_crash.s)
        put_text(w, node, "coff,on-crash", d->on_crash.s);
    if (d->on_hang.s)
        put_text(w, node, "coff,on-hang", d->on_hang.s);
    if (d->on_shutdown.s)
        put_text(w, node, "coff,on-shutdown", d->on_shutdown.s);
    if (d->limit.said)
        put_cell(w, node, "coff,restart-limit", d->limit.v);
    if (d->group.s)
        put_cell(w, node, "coff,restart-group", group_of(&w->plan->model, d->group.s));
}

static void put_memory(struct writing *w, int node, const struct domain *d) {
    uint64_t bank[8];
    unsigned n = 0;

    put_numbers(w, node, "memory", (uint64_t[]){d->memory.size.v >> 10}, 1);
    for (size_t i = 0; i < d->memory.ranges.n; i++) {
        bank[n++] = range_at(d, i)->address.v;
        bank[n++] = range_at(d, i)->size.v;
    }
    if (!n)
        return;
    put_cell(w, node, "#xen,static-mem-address-cells", DT_CELLS);
    put_cell(w, node, "#xen,static-mem-size-cells", DT_CELLS);
    put_numbers(w, node, "xen,static-mem", bank, n);
    if (d->memory.direct_map.v)
        put(w, node, "direct-map", NULL, 0);
}

static void put_domain(struct writing *w, int chosen, const struct domain *d) {
    const struct plan *p = w->plan;
    int node = add(w, chosen, take_text("domain-%s", d->name.s));
    const struct pool *pool = find_pool(&p->model, d->pool.s);
    unsigned spis = d->spis.said ? (unsigned)d->spis.v : domain_spis(p, d);

    put_text(w, node, "compatible", "xen,domain");
    put_cells_of(w, node);
    put_memory(w, node, d);
    put_cell(w, node, "cpus", vcpus_of(d));
    if (!is_text(d->console, "none"))
        put(w, node, "vpl011", NULL, 0);
    if (d->vpmu.v)
        put(w, node, "vpmu", NULL, 0);
    put_cell(w, node, "nr_spis", spis);
    if (is_text(d->enhanced, "full"))
        put_text(w, node, "xen,enhanced", "enabled");
    else if (!is_text(d->enhanced, "none"))
        put_text(w, node, "xen,enhanced", "no-xenstore");
    if (pool)
        put_cell(w, node, "domain-cpupool", pool_phandle(w, pool));
    put_schedule(w, node, &d->schedule);
    put_restart(w, node, d);
    put_pins(w, node, d);
    put_links(w, node, d);
    put_modules(w, node, d, text_or(d->arguments, NULL));
}

static uint32_t domid_of(const struct plan *p, const char *name) {
    uint32_t i = 0;

    while (!is_text(p->order[i]->name, name))
        i++;
    return i + 1;
}

static void put_windows(struct writing *w, int node, const struct pool *pool) {
    const struct window *win = pool->windows.item;
    fdt32_t *cell = take((3 * pool->windows.n + 1) * sizeof(*cell));

    for (size_t i = 0; i < pool->windows.n; i++) {
        cell[3 * i] = cpu_to_fdt32(domid_of(w->plan, win[i].domain.s));
        cell[3 * i + 1] = cpu_to_fdt32((uint32_t)win[i].vcpu.v);
        cell[3 * i + 2] = cpu_to_fdt32((uint32_t)(win[i].runtime.v / US));
    }
    put_cell(w, node, "coff,major-frame-us", pool->major_frame.v / US);
    put(w, node, "coff,windows", cell, 3 * pool->windows.n * sizeof(*cell));
}

static int cpu_of(const struct writing *w, unsigned cpu) {
    const struct machine *m = &w->plan->machine;
    return fdt_path_offset(w->fdt, dt_path(m->fdt, m->cpu_node[cpu]));
}

static void put_pool(struct writing *w, int chosen, const struct pool *pool) {
    fdt32_t cpu[MAX_CPUS];
    unsigned n = 0;
    int node = add(w, chosen, take_text("cpupool-%s", pool->name.s));

    for (unsigned i = 0; i < w->plan->machine.cpus; i++)
        if (pool_cpus(pool) >> i & 1)
            cpu[n++] = cpu_to_fdt32(fdt_get_phandle(w->fdt, cpu_of(w, i)));
    put_text(w, node, "compatible", "xen,cpupool");
    put(w, node, "cpupool-cpus", cpu, n * sizeof(*cpu));
    put_text(w, node, "cpupool-sched", pool->scheduler.s);
    put_cell(w, node, "phandle", pool_phandle(w, pool));
    if (pool->windows.n)
        put_windows(w, node, pool);
}

// What a boot loader's tree may have of another system.
static void clear(struct writing *w, int chosen) {
    static const char *const modules[] = {"multiboot,module", "xen,multiboot-module", "xen,domain",
                                          "xen,cpupool", NULL};
    int node = fdt_first_subnode(w->fdt, chosen);

    while (node >= 0) {
        if (dt_is_one_of(w->fdt, node, modules)) {
            check(w, fdt_del_node(w->fdt, node));
            node = fdt_first_subnode(w->fdt, chosen);
        } else {
            node = fdt_next_subnode(w->fdt, node);
        }
    }
    fdt_delprop(w->fdt, chosen, "bootargs");
}

// By path, as edits move nodes: phandles for CPUs of pools, the mark on devices of domains, and no
// CPUs that are not there.
static void mark_nodes(struct writing *w) {
    const struct machine *m = &w->plan->machine;

    for (unsigned i = 0; i < m->cpus; i++) {
        int node = cpu_of(w, i);
        if (w->plan->model.pools.n && !fdt_get_phandle(w->fdt, node))
            put_cell(w, node, "phandle", w->phandle++);
    }
    for (unsigned i = m->cpus; i < MAX_CPUS && m->cpu_node[i]; i++)
        check(w, fdt_del_node(w->fdt, cpu_of(w, i)));
    for (unsigned i = 0; i < w->plan->nr_assigned; i++)
        put(w, fdt_path_offset(w->fdt, w->plan->assigned[i].path), "xen,passthrough", NULL, 0);
}

void *tree_make(struct plan *p, uint64_t *size) {
    const struct model *m = &p->model;
    size_t room = fdt_totalsize(p->machine.fdt) + ROOM;
    struct writing w = {.plan = p, .fdt = take(room)};
    int chosen;

    check(&w, fdt_open_into(p->machine.fdt, w.fdt, (int)room));
    check(&w, fdt_find_max_phandle(w.fdt, &w.phandle));
    w.phandle++;
    mark_nodes(&w);
    chosen = fdt_path_offset(w.fdt, "/chosen");
    if (chosen < 0)
        chosen = add(&w, 0, "chosen");
    clear(&w, chosen);
    put_cells_of(&w, chosen);
    put_text(&w, chosen, "xen,xen-bootargs", hypervisor_words(p));
    if (m->dom0.at.line)
        put_text(&w, chosen, "xen,dom0-bootargs", text_or(m->dom0.arguments, ""));
    for (size_t i = m->domains.n; i-- > 0;)
        put_domain(&w, chosen, p->order[i]);
    for (size_t i = m->pools.n; i-- > 0;)
        put_pool(&w, chosen, pool_at(m, i));
    put_modules(&w, chosen, NULL, NULL);
    check(&w, fdt_pack(w.fdt));
    if (w.err)
        complain(p->report, m->at, "describe fewer devices or domains",
                 "the device tree cannot be written: %s", fdt_strerror(w.err));
    *size = fdt_totalsize(w.fdt);
    return w.err ? NULL : w.fdt;
}
