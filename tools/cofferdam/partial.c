// SPDX-License-Identifier: Apache-2.0
// The partial device tree of a domain (Xen's docs/misc/arm/passthrough.txt): its devices' nodes as
// in the board's tree, with interrupts to the virtual GIC, fixed clocks for whatever makes their
// clocks, and without what leads to providers that stay with the board.
#include "arena.h"
#include "plan.h"
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#define GIC_PHANDLE 65000 // Xen's for the virtual GIC
#define MAX_CLOCKS 16

struct writing {
    struct plan *plan;
    const struct domain *domain;
    void *fdt; // being written
    int err;   // of libfdt, the first
    uint64_t rate[MAX_CLOCKS];
    unsigned nr_rates;
};

static void check(struct writing *w, int err) {
    if (!w->err)
        w->err = err;
}

static void put(struct writing *w, const char *name, const void *value, size_t size) {
    check(w, fdt_property(w->fdt, name, value, (int)size));
}

static void put_cells(struct writing *w, const char *name, const uint32_t *cell, unsigned n) {
    fdt32_t out[256];

    for (unsigned i = 0; i < n; i++)
        out[i] = cpu_to_fdt32(cell[i]);
    put(w, name, out, n * sizeof(*out));
}

static void put_cell(struct writing *w, const char *name, uint32_t v) { put_cells(w, name, &v, 1); }

static unsigned push64(uint32_t *cell, unsigned n, uint64_t v) {
    cell[n++] = (uint32_t)(v >> 32);
    cell[n++] = (uint32_t)v;
    return n;
}

static bool ends_in(const char *s, const char *end) {
    size_t n = strlen(s), e = strlen(end);
    return n >= e && !strcmp(s + n - e, end);
}

// Leads to a provider that the guest has not, or is written anew.
static bool is_dropped(const char *name, bool top) {
    static const char *const always[] = {"iommus",
                                         "resets",
                                         "reset-names",
                                         "dmas",
                                         "dma-names",
                                         "power-domains",
                                         "clocks",
                                         "nvmem-cells",
                                         "nvmem-cell-names",
                                         "phys",
                                         "phy-names",
                                         "interconnects",
                                         "msi-parent",
                                         "assigned-clocks",
                                         "assigned-clock-rates",
                                         "assigned-clock-parents",
                                         "xen,passthrough",
                                         NULL};
    static const char *const anew[] = {"reg", "interrupts", "interrupts-extended",
                                       "interrupt-parent", NULL};

    for (unsigned i = 0; always[i]; i++)
        if (!strcmp(name, always[i]))
            return true;
    for (unsigned i = 0; top && anew[i]; i++)
        if (!strcmp(name, anew[i]))
            return true;
    return ends_in(name, "-supply") || ends_in(name, "-gpios") || ends_in(name, "-gpio") ||
           !strncmp(name, "pinctrl-", 8);
}

// The rate of clock i of a node; 0 and a complaint when nothing says it.
static uint64_t clock_rate(struct writing *w, const struct assigned *a, int provider, unsigned i) {
    const void *fdt = w->plan->machine.fdt;

    if (!fdt_node_check_compatible(fdt, provider, "fixed-clock"))
        return dt_cell_count(fdt, provider, "clock-frequency", 0);
    if (!a->device->clock_rate.said)
        complain(w->plan->report, a->device->at,
                 take_text("write {device: %s, clock-rate: 125MHz}", a->device->path.s),
                 "the rate of clock %u of %s is known to %s only", i, a->path,
                 dt_path(fdt, provider));
    return a->device->clock_rate.v;
}

static unsigned clock_of_rate(struct writing *w, uint64_t rate) {
    unsigned i = 0;

    while (i < w->nr_rates && w->rate[i] != rate)
        i++;
    if (i == w->nr_rates && i < MAX_CLOCKS)
        w->rate[w->nr_rates++] = rate;
    return i;
}

static unsigned clocks_of(struct writing *w, const struct assigned *a, int node, uint32_t *cell) {
    unsigned n = 0;

    for (; n < 64; n++) {
        int provider = dt_provider(w->plan->machine.fdt, node, "clocks", "#clock-cells", n);
        if (provider < 0)
            break;
        cell[n] = GIC_PHANDLE + 1 + clock_of_rate(w, clock_rate(w, a, provider, n));
    }
    return n;
}

static void put_clock_nodes(struct writing *w) {
    for (unsigned i = 0; i < w->nr_rates; i++) {
        check(w, fdt_begin_node(w->fdt, take_text("clock-%llu", (unsigned long long)w->rate[i])));
        put(w, "compatible", "fixed-clock", sizeof("fixed-clock"));
        put_cell(w, "#clock-cells", 0);
        put_cell(w, "clock-frequency", (uint32_t)w->rate[i]);
        put_cell(w, "phandle", GIC_PHANDLE + 1 + i);
        check(w, fdt_end_node(w->fdt));
    }
}

static void put_interrupts(struct writing *w, const struct assigned *a) {
    uint32_t cell[3 * MAX_IRQS];
    struct dt_interrupt irq;
    unsigned n = 0;

    for (unsigned i = 0; i < MAX_IRQS && dt_interrupt(w->plan->machine.fdt, a->node, i, &irq); i++)
        for (unsigned k = 0; k < 3; k++)
            cell[n++] = irq.cell[k];
    if (n) {
        put_cells(w, "interrupts", cell, n);
        put_cell(w, "interrupt-parent", GIC_PHANDLE);
    }
}

// Is the page in xen,reg of a device before this one, or of a region before in this one?
static bool is_mapped(const struct writing *w, const struct assigned *a, unsigned reg) {
    uint64_t page = a->reg[reg].base & ~(PAGE_SIZE - 1);

    for (const struct assigned *o = w->plan->assigned; o <= a; o++)
        for (unsigned i = 0; o->domain == w->domain && i < (o == a ? reg : o->nr_reg); i++)
            if (regions_meet(o->reg[i].base & ~(PAGE_SIZE - 1),
                             o->reg[i].size + o->reg[i].base % PAGE_SIZE, page, PAGE_SIZE))
                return true;
    return false;
}

static void put_registers(struct writing *w, const struct assigned *a) {
    uint32_t reg[4 * MAX_REGS], map[6 * MAX_REGS];
    unsigned n = 0, m = 0;

    for (unsigned i = 0; i < a->nr_reg; i++) {
        uint64_t base = a->reg[i].base & ~(PAGE_SIZE - 1);
        uint64_t end = (a->reg[i].base + a->reg[i].size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
        n = push64(reg, push64(reg, n, a->reg[i].base), a->reg[i].size);
        if (!is_mapped(w, a, i))
            m = push64(map, push64(map, push64(map, m, base), end - base), base);
    }
    put_cells(w, "reg", reg, n);
    if (m)
        put_cells(w, "xen,reg", map, m);
    put(w, "xen,path", a->path, strlen(a->path) + 1);
    put(w, "xen,force-assign-without-iommu", NULL, 0);
}

static void put_resets(struct writing *w, const struct assigned *a) {
    struct reset_step step[EL2_RESETS];
    uint32_t cell[5 * EL2_RESETS];
    unsigned steps = domain_restarts(w->domain) ? resets_of(w->plan, a, step) : 0, n = 0;

    for (unsigned i = 0; i < steps; i++) {
        n = push64(cell, n, a->reg[0].base + step[i].offset);
        cell[n++] = step[i].write;
        cell[n++] = step[i].mask;
        cell[n++] = step[i].wanted;
    }
    if (n)
        put_cells(w, "coff,reset", cell, n);
}

static void put_properties(struct writing *w, const struct assigned *a, int node) {
    const void *fdt = w->plan->machine.fdt;
    uint32_t clock[64];
    unsigned clocks = clocks_of(w, a, node, clock);
    int at;

    fdt_for_each_property_offset(at, fdt, node) {
        const char *name;
        int len;
        const void *v = fdt_getprop_by_offset(fdt, at, &name, &len);
        if (v && !is_dropped(name, node == a->node))
            put(w, name, v, (size_t)len);
    }
    if (clocks)
        put_cells(w, "clocks", clock, clocks);
}

static void put_device(struct writing *w, const struct assigned *a) {
    const void *fdt = w->plan->machine.fdt;
    int depth = 0, open = 0, node = a->node;

    do {
        for (; open > depth; open--)
            check(w, fdt_end_node(w->fdt));
        check(w, fdt_begin_node(w->fdt, fdt_get_name(fdt, node, NULL)));
        open++;
        put_properties(w, a, node);
        if (node == a->node) {
            put_interrupts(w, a);
            put_registers(w, a);
            put_resets(w, a);
        }
        node = fdt_next_node(fdt, node, &depth);
    } while (node >= 0 && depth > 0);
    for (; open > 0; open--)
        check(w, fdt_end_node(w->fdt));
}

static void put_root(struct writing *w) {
    check(w, fdt_finish_reservemap(w->fdt));
    check(w, fdt_begin_node(w->fdt, ""));
    put_cell(w, "#address-cells", DT_CELLS);
    put_cell(w, "#size-cells", DT_CELLS);
    check(w, fdt_begin_node(w->fdt, "gic"));
    put_cell(w, "#interrupt-cells", 3);
    put(w, "interrupt-controller", NULL, 0);
    put_cell(w, "phandle", GIC_PHANDLE);
    check(w, fdt_end_node(w->fdt));
    check(w, fdt_begin_node(w->fdt, "passthrough"));
    put(w, "compatible", "simple-bus", sizeof("simple-bus"));
    put_cell(w, "#address-cells", DT_CELLS);
    put_cell(w, "#size-cells", DT_CELLS);
    put(w, "ranges", NULL, 0);
}

void *partial_make(struct plan *p, const struct domain *d, uint64_t *size) {
    size_t room = fdt_totalsize(p->machine.fdt) + 65536;
    struct writing w = {.plan = p, .domain = d, .fdt = take(room)};

    check(&w, fdt_create(w.fdt, (int)room));
    put_root(&w);
    for (unsigned i = 0; i < p->nr_assigned; i++)
        if (p->assigned[i].domain == d)
            put_device(&w, &p->assigned[i]);
    put_clock_nodes(&w);
    check(&w, fdt_end_node(w.fdt));
    check(&w, fdt_end_node(w.fdt));
    check(&w, fdt_finish(w.fdt));
    if (w.err)
        complain(p->report, d->assign.at, "give a partial device-tree made by hand",
                 "the partial device tree of %s cannot be written: %s", d->name.s,
                 fdt_strerror(w.err));
    *size = fdt_totalsize(w.fdt);
    return w.err ? NULL : w.fdt;
}
