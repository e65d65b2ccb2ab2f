// SPDX-License-Identifier: Apache-2.0
// Devices of a static domain: what its partial device tree (Xen's docs/misc/arm/passthrough.txt)
// names by xen,reg and xen,path is mapped and assigned, and its nodes become the guest's. Boot CPU
// only; O(nodes * regions).
#include <boot/dom0.h>
#include <boot/domu.h>
#include <boot/range.h>

#include <core/domain.h>
#include <core/errno.h>
#include <core/irq.h>
#include <core/log.h>
#include <lib/string.h>

#define GIC_PHANDLE 65000 // as on Xen, when the partial tree has none

uint32_t domu_gic_phandle(const void *partial) {
    int node = partial ? dt_child(partial, 0, "gic", 3) : -1;
    uint32_t phandle = node < 0 ? 0 : dt_phandle(partial, node);

    return phandle ? phandle : GIC_PHANDLE;
}

// One entry of xen,reg: machine address, size, guest address.
static void map_registers(const struct system_domain *c, struct domain *d, const struct dt_walk *w,
                          const uint32_t *e, struct domu_taken *taken) {
    const struct dt_level *up = &w->level[w->depth - 1];
    struct system_range r;
    uint64_t at, end;

    if (!dt_cells(e, up->addr_cells, &r.base.v) ||
        !dt_cells(e + up->addr_cells, up->size_cells, &r.size) ||
        !dt_cells(e + up->addr_cells + up->size_cells, up->addr_cells, &at) ||
        ck_add(r.base.v, r.size, &end) || ck_add(at, r.size, &end))
        dt_refuse(w->fdt, w->node, "xen,reg reaches beyond 64 bits", "correct xen,reg");
    if (r.size == 0 || ((r.base.v | r.size | at) & (PAGE_SIZE - 1)))
        dt_refuse(w->fdt, w->node, "xen,reg is not whole pages of 4 KiB", "correct xen,reg");
    for (unsigned i = 0; i < taken->count; i++)
        if (range_overlap(&r, &taken->range[i]))
            boot_refuse(c->node, "take it out of xen,reg",
                        "registers at 0x%llx are memory, the hypervisor's, or another domain's",
                        (unsigned long long)r.base.v);
    if (!range_insert(taken->range, &taken->count, DOM0_OWNED, r.base.v, range_end(&r)))
        boot_refuse(c->node, "assign fewer", "too many separate regions of registers");
    if (p2m_map(d, ipa_gfn(ipa_of(at)), pa_mfn(r.base), r.size >> PAGE_SHIFT, P2M_DEVICE))
        boot_refuse(c->node, "raise xen,domain-p2m-mem-mb",
                    "registers at 0x%llx do not fit its map", (unsigned long long)r.base.v);
}

// All interrupts of the host's node, which the guest sees under the same numbers.
static void assign_irqs(const struct system *s, const struct system_domain *c, struct domain *d,
                        const struct dt_walk *host) {
    irq_t irq;

    for (unsigned i = 0; dt_walk_irq(host, s->gic.phandle, s->gic.cells, i, &irq) == 0; i++) {
        int err = irq_assign(irq, d);

        if (err && err != -EEXIST) // a node may name one twice
            boot_refuse(c->node, "raise nr_spis, or leave the device to its owner",
                        "interrupt %u cannot be assigned (%d)", irq, err);
    }
}

static void assign_device(const struct system *s, const struct system_domain *c, struct domain *d,
                          const struct dt_walk *w) {
    static struct dt_walk host;
    char path[DT_PATH_MAX];
    int node;

    if (!dt_string(w, "xen,path", path, sizeof(path)))
        dt_refuse(w->fdt, w->node, "xen,reg without xen,path",
                  "name the device's node in the host's tree");
    node = dt_find(s->fdt, path, (int)strlen(path));
    if (node < 0 || !dt_walk_to(&host, s->fdt, node))
        dt_refuse(w->fdt, w->node, "xen,path leads to no node of the host's tree",
                  "give the path of the device there");
    if (s->has_dom0 && !host.passthrough)
        dt_refuse(s->fdt, node, "the device is Dom0's too", "add xen,passthrough to the node");
    if (!dt_property(w->fdt, w->node, "xen,force-assign-without-iommu").p)
        dt_refuse(w->fdt, w->node, "no IOMMU keeps the device's DMA inside the domain",
                  "add xen,force-assign-without-iommu if the domain is trusted with it");
    assign_irqs(s, c, d, &host);
}

void domu_assign(const struct system *s, const struct system_domain *c, struct domain *d,
                 const void *partial, struct domu_taken *taken) {
    static struct dt_walk w;

    dt_walk_begin(&w, partial);
    while (dt_walk_next(&w)) {
        struct dt_prop p = dt_property(partial, w.node, "xen,reg");
        const uint32_t *e = p.p;
        uint32_t cells;

        if (!e || w.depth == 0) {
            if (w.depth && dt_property(partial, w.node, "xen,path").p)
                assign_device(s, c, d, &w);
            continue;
        }
        cells = 2 * w.level[w.depth - 1].addr_cells + w.level[w.depth - 1].size_cells;
        if (cells == 0 || p.len % (int)(cells * 4) != 0)
            dt_refuse(partial, w.node, "xen,reg is not a whole number of entries",
                      "give <address size guest-address> in the cells of the node above");
        assign_device(s, c, d, &w);
        for (; p.len > 0; p.len -= (int)(cells * 4), e += cells)
            map_registers(c, d, &w, e, taken);
    }
}

// A node's properties but for those that were meant for us, and all below it.
static void copy_node(struct dt_writer *t, int node) {
    static const char *const ours[] = {"xen,reg", "xen,path", "xen,force-assign-without-iommu"};
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
