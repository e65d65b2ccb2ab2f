// SPDX-License-Identifier: Apache-2.0
// Dom0's device tree: the host's, node by node in one walk, without what the hypervisor keeps; then
// the nodes of guest_nodes.c. Boot CPU only; O(properties), no recursion, output bounded by the
// buffer.
#include <boot/dom0.h>

#include <core/log.h>
#include <lib/string.h>
#include <libfdt.h>

#define TIMER_IRQS_KEPT 3 // secure, non-secure, virtual: the fourth is EL2's

uint32_t dom0_host_fdt_used(const struct system *s) {
    uint32_t structure = fdt_off_dt_struct(s->fdt) + fdt_size_dt_struct(s->fdt);
    uint32_t strings = fdt_off_dt_strings(s->fdt) + fdt_size_dt_strings(s->fdt);

    return MAX(structure, strings);
}

uint32_t dom0_gic_phandle(const struct system *s) {
    uint32_t phandle = fdt_get_phandle(s->fdt, s->gic.node);

    if (phandle == 0 && fdt_generate_phandle(s->fdt, &phandle))
        phandle = 1;
    return phandle;
}

static bool is_one_of(const char *name, const char *const *list) {
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

// Is `name` (or what is before its unit address) a component of the path?
static bool is_on_path(const char *path, const char *name) {
    size_t full = strlen(name);
    const char *at = strchr(name, '@');
    size_t base = at ? (size_t)(at - name) : full;

    for (; path; path = strchr(path, '/')) {
        const char *end = strchr(++path, '/');
        size_t n = end ? (size_t)(end - path) : strlen(path);

        if ((n == full || n == base) && strncmp(path, name, n) == 0)
            return true;
    }
    return false;
}

// Does the alias (a path) lead to a node that Dom0 does not get? Finding the node is a walk, so it
// is done only for paths that have a dropped node's name in them.
static bool alias_is_dropped(const struct system *s, const struct dom0_plan *plan,
                             struct dt_prop p) {
    const char *path = p.p;

    if (p.len < 2 || path[0] != '/' || path[p.len - 1] != 0)
        return true;
    for (unsigned i = 0; i < plan->nr_dropped; i++) {
        int node;

        if (!is_on_path(path, fdt_get_name(s->fdt, plan->dropped[i].first, NULL)))
            continue;
        node = dt_find(s->fdt, path, p.len - 1);
        if (node >= plan->dropped[i].first && node < plan->dropped[i].end)
            return true;
    }
    return false;
}

// Bytes of reg that describe what Dom0 sees: without GICH, GICV and, on GICv3, the GICv2 views.
static int gic_reg_len(const struct system *s, const struct dt_walk *w) {
    const struct dt_level *bus = &w->level[w->depth - 1];
    unsigned entries = s->gic.version == 2 ? 2 : 1 + s->gic.nr_redist;

    return MIN(w->reg.len, (int)(entries * (bus->addr_cells + bus->size_cells) * 4));
}

static int timer_irqs_len(const struct system *s, int len, bool extended) {
    uint32_t cells = fdt32_ld(fdt_getprop(s->fdt, s->gic.node, "#interrupt-cells", NULL));

    return MIN(len, (int)((cells + (extended ? 1 : 0)) * TIMER_IRQS_KEPT * 4));
}

// How much of the property Dom0 gets: its length, a part, or -1 for none.
static int kept_length(const struct system *s, const struct dom0_plan *plan,
                       const struct dt_walk *w, enum dom0_node action, const char *name,
                       struct dt_prop p) {
    static const char *const never[] = {"iommus",  "iommu-map",    "iommu-map-mask",
                                        "msi-map", "msi-map-mask", "xen,passthrough",
                                        NULL};
    static const char *const gic[] = {"compatible",
                                      "#interrupt-cells",
                                      "interrupt-controller",
                                      "#address-cells",
                                      "#size-cells",
                                      "ranges",
                                      "phandle",
                                      "linux,phandle",
                                      "interrupt-parent",
                                      "#redistributor-regions",
                                      "redistributor-stride",
                                      "reg",
                                      NULL};

    if (is_one_of(name, never) || (s->gic.version == 3 && strcmp(name, "msi-parent") == 0))
        return -1;
    if (action == DOM0_GIC) {
        if (!is_one_of(name, gic))
            return -1;
        return strcmp(name, "reg") == 0 ? gic_reg_len(s, w) : p.len;
    }
    if (action == DOM0_TIMER) {
        if (strcmp(name, "interrupts") == 0)
            return timer_irqs_len(s, p.len, false);
        if (strcmp(name, "interrupts-extended") == 0)
            return timer_irqs_len(s, p.len, true);
        return strcmp(name, "interrupt-names") == 0 ? -1 : p.len;
    }
    if (w->depth == 1 && strcmp(w->name, "aliases") == 0 && alias_is_dropped(s, plan, p))
        return -1;
    return p.len;
}

static int copy_properties(const struct system *s, const struct dom0_plan *plan,
                           const struct dt_walk *w, enum dom0_node action, void *buf) {
    int prop, err = 0;

    for (prop = dt_first_property(w->fdt, w->node); prop >= 0;
         prop = dt_next_property(w->fdt, prop)) {
        const char *name;
        struct dt_prop p = dt_property_at(w->fdt, prop, &name);
        int len = kept_length(s, plan, w, action, name, p);

        if (len >= 0)
            err = fdt_property(buf, name, p.p, len);
        if (err)
            return err;
    }
    if (action == DOM0_GIC && w->level[w->depth].phandle == 0)
        err = fdt_property_u32(buf, "phandle", dom0_gic_phandle(s));
    return err;
}

static int write_tree(const struct system *s, const struct dom0_plan *plan, void *buf) {
    static struct dt_walk w;
    int open = -1, skip = DT_MAX_DEPTH, err = fdt_finish_reservemap(buf);
    bool told = !guest_shares(s, 0); // of shared memory

    dt_walk_begin(&w, s->fdt);
    while (!err && dt_walk_next(&w)) {
        enum dom0_node action;

        if (w.depth > skip)
            continue;
        skip = DT_MAX_DEPTH;
        action = dom0_node_action(s, &w);
        if (action == DOM0_DROP) {
            skip = w.depth;
            continue;
        }
        for (; !err && open >= w.depth; open--)
            err = fdt_end_node(buf);
        if (!err)
            err = fdt_begin_node(buf, w.name);
        if (!err)
            err = copy_properties(s, plan, &w, action, buf);
        if (!err && w.depth == 1 && strcmp(w.name, "reserved-memory") == 0) {
            err = guest_add_shared(s, 0, w.level[1].addr_cells, w.level[1].size_cells, buf);
            told = true;
        }
        open = w.depth;
    }
    for (; !err && open > 0; open--)
        err = fdt_end_node(buf);
    if (!err && !told)
        err = guest_reserved_node(s, &plan->g, buf);
    if (!err)
        err = guest_add_nodes(s, &plan->g, buf);
    if (!err)
        err = fdt_end_node(buf);
    return err ? err : fdt_finish(buf);
}

uint32_t dom0_write_fdt(const struct system *s, const struct dom0_plan *plan, void *buf,
                        uint32_t size) {
    // Sharing property names costs a search per property: only when the room demands it.
    int err = fdt_create_with_flags(buf, (int)size, FDT_CREATE_FLAG_NO_NAME_DEDUP);

    if (!err)
        err = write_tree(s, plan, buf);
    if (err == -FDT_ERR_NOSPACE) {
        err = fdt_create(buf, (int)size);
        if (!err)
            err = write_tree(s, plan, buf);
    }
    if (err)
        boot_refuse("device tree", "make the host's tree smaller",
                    "Dom0's device tree does not fit %u bytes (%s)", size, fdt_strerror(err));
    return fdt_totalsize(buf);
}
