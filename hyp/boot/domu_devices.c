// SPDX-License-Identifier: Apache-2.0
// Devices of a static domain: what its partial device tree (Xen's docs/misc/arm/passthrough.txt)
// names by xen,reg and xen,path is its, and its nodes become the guest's. Boot CPU
// only; O(nodes * regions).
#include <boot/domu_plan.h>

#include <lib/bitmap.h>
#include <lib/string.h>

#define GIC_PHANDLE 65000 // as on Xen, when the partial tree has none

uint32_t domu_gic_phandle(const void *partial) {
    int node = partial ? dt_child(partial, 0, "gic", 3) : -1;
    uint32_t phandle = node < 0 ? 0 : dt_phandle(partial, node);

    return phandle ? phandle : GIC_PHANDLE;
}

// One entry of xen,reg: machine address, size, guest address.
static void take_registers(struct system *s, domid_t domid, const struct dt_walk *w,
                           const uint32_t *e) {
    const struct dt_level *up = &w->level[w->depth - 1];
    struct system_assigned *a = &s->assigned[s->nr_assigned];

    if (s->nr_assigned == MAX_ASSIGNED)
        dt_refuse(w->fdt, w->node, "more than 64 regions of registers", "assign fewer");
    if (!dt_cells(e, up->addr_cells, &a->range.base.v) ||
        !dt_cells(e + up->addr_cells, up->size_cells, &a->range.size) ||
        !dt_cells(e + up->addr_cells + up->size_cells, up->addr_cells, &a->at.v))
        dt_refuse(w->fdt, w->node, "xen,reg reaches beyond 64 bits", "correct xen,reg");
    a->domid = domid;
    s->nr_assigned++;
}

// coff,reset: for each step the machine address of a register, what is written to it, which bits
// are waited for, and their value.
static void take_resets(struct system *s, domid_t domid, const struct dt_walk *w) {
    struct dt_prop p = dt_property(w->fdt, w->node, "coff,reset");
    uint32_t addr = w->level[w->depth - 1].addr_cells;
    const uint32_t *e = p.p;
    int step = (int)(addr + 3) * 4;

    for (; e && p.len > 0; p.len -= step, e += addr + 3) {
        struct system_reset *r = &s->reset[s->nr_resets];

        if (p.len < step || s->nr_resets == MAX_RESETS || !dt_cells(e, addr, &r->step.at.v))
            dt_refuse(w->fdt, w->node, "coff,reset is not a number of whole steps",
                      "give <address write mask wanted> for each");
        r->domid = domid;
        r->step.write = dt_cell(e + addr);
        r->step.mask = dt_cell(e + addr + 1);
        r->step.wanted = dt_cell(e + addr + 2);
        s->nr_resets++;
    }
}

static void take_device(struct system *s, unsigned n, const struct dt_walk *w) {
    static struct dt_walk host;
    char path[DT_PATH_MAX];
    irq_t irq;
    int node;

    if (!dt_string(w, "xen,path", path, sizeof(path)))
        dt_refuse(w->fdt, w->node, "xen,reg without xen,path",
                  "name the device's node in the host's tree");
    node = dt_find(dt_host.fdt, path, (int)strlen(path));
    if (node < 0 || !dt_walk_to(&host, dt_host.fdt, node))
        dt_refuse(w->fdt, w->node, "xen,path leads to no node of the host's tree",
                  "give the path of the device there");
    if (s->has_dom0 && !host.passthrough)
        dt_refuse(dt_host.fdt, node, "the device is Dom0's too", "add xen,passthrough to the node");
    if (!dt_property(w->fdt, w->node, "xen,force-assign-without-iommu").p)
        dt_refuse(w->fdt, w->node, "no IOMMU keeps the device's DMA inside the domain",
                  "add xen,force-assign-without-iommu if the domain is trusted with it");
    for (unsigned i = 0; dt_walk_irq(&host, s->gic.phandle, s->gic.cells, i, &irq) == 0; i++)
        bitmap_set(s->domain[n].irqs, irq);
    take_resets(s, (domid_t)(n + 1), w);
}

void domu_find_devices(struct system *s, unsigned n, const void *partial) {
    static struct dt_walk w;

    dt_walk_begin(&w, partial);
    while (dt_walk_next(&w)) {
        struct dt_prop p = dt_property(partial, w.node, "xen,reg");
        const uint32_t *e = p.p;
        uint32_t cells;

        if (!e || w.depth == 0) {
            if (w.depth && dt_property(partial, w.node, "xen,path").p)
                take_device(s, n, &w);
            continue;
        }
        cells = 2 * w.level[w.depth - 1].addr_cells + w.level[w.depth - 1].size_cells;
        if (cells == 0 || p.len % (int)(cells * 4) != 0)
            dt_refuse(partial, w.node, "xen,reg is not a whole number of entries",
                      "give <address size guest-address> in the cells of the node above");
        take_device(s, n, &w);
        for (; p.len > 0; p.len -= (int)(cells * 4), e += cells)
            take_registers(s, (domid_t)(n + 1), &w, e);
    }
}

// A node's properties but for those that were meant for us, and all below it.
static void copy_node(struct dt_writer *t, int node) {
    static const char *const ours[] = {"xen,reg", "xen,path", "xen,force-assign-without-iommu",
                                       "coff,reset"};
    const void *fdt = t->from;
    int from = node, end = dt_behind_node(fdt, node), depth = 0;

    for (; node >= 0 && depth >= 0; node = dt_next_node(fdt, node, &depth)) {
        for (int prop = dt_first_property(fdt, node); prop >= 0;
             prop = dt_next_property(fdt, prop)) {
            const char *name;

            (void)dt_property_at(fdt, prop, &name);
            for (unsigned i = 0; i < ARRAY_SIZE(ours); i++) {
                if (strcmp(name, ours[i]) != 0)
                    continue;
                dt_copy(t, from, prop);
                from = dt_behind_property(fdt, prop);
            }
        }
    }
    dt_copy(t, from, end);
}

void domu_copy_nodes(const void *partial, struct dt_writer *t) {
    static const char *const copied[] = {"passthrough", "aliases"};

    for (unsigned i = 0; i < ARRAY_SIZE(copied); i++) {
        int node = dt_child(partial, 0, copied[i], strlen(copied[i]));

        if (node >= 0)
            copy_node(t, node);
    }
}
