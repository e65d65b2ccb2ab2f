// SPDX-License-Identifier: Apache-2.0
// Dom0's device tree: the host's but for a list of edits, which the walk over its devices makes
// (dom0_devices.c); then the nodes of guest_nodes.c. What lies between two edits is copied as it
// is. Boot CPU only; O(bytes), output bounded by the buffer.
#include <boot/dom0.h>

#include <core/log.h>
#include <lib/string.h>

#define TIMER_IRQS_KEPT 3 // secure, non-secure, virtual: the fourth is EL2's

uint64_t dom0_fdt_room(const struct dom0_plan *plan) {
    uint32_t names = dt_cell(&((const struct dt_header *)dt_host.fdt)->size_dt_strings);

    return MIN(ALIGN_UP((uint64_t)plan->root_end + names + DOM0_FDT_SLACK, PAGE_SIZE), MIB(2));
}

// The host's, or a new one when it has none.
static uint32_t gic_phandle(const struct system *s) {
    uint32_t most = 0;
    int depth = -1;

    if (s->gic.phandle)
        return s->gic.phandle;
    for (int node = dt_next_node(dt_host.fdt, -1, &depth); node >= 0;
         node = dt_next_node(dt_host.fdt, node, &depth))
        most = MAX(most, dt_phandle(dt_host.fdt, node));
    return most < UINT32_MAX - 1 ? most + 1 : 1;
}

static bool is_one_of(const char *name, const char *const *list) {
    for (; *list; list++)
        if (**list == *name && strcmp(name, *list) == 0)
            return true;
    return false;
}

static bool is_path(struct dt_prop p) {
    const char *path = p.p;

    return p.len >= 2 && path[0] == '/' && path[p.len - 1] == 0;
}

// Bytes of reg that describe what Dom0 sees: without GICH, GICV and, on GICv3, the GICv2 views.
static int gic_reg_len(const struct system *s, const struct dt_walk *w) {
    const struct dt_level *bus = &w->level[w->depth - 1];
    unsigned entries = s->gic.version == 2 ? 2 : 1 + s->gic.nr_redist;

    return MIN(w->reg.len, (int)(entries * (bus->addr_cells + bus->size_cells) * 4));
}

static int timer_irqs_len(const struct system *s, int len, bool extended) {
    return MIN(len, (int)((s->gic.cells + (extended ? 1 : 0)) * TIMER_IRQS_KEPT * 4));
}

// How much of the property Dom0 gets: its length, a part; EDIT_DROP: none.
static int kept_length(const struct system *s, const struct dt_walk *w, enum dom0_node action,
                       const char *name, struct dt_prop p) {
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

    if (action == DOM0_COPY && w->depth > 1 && *name != 'i' && *name != 'm' && *name != 'x')
        return p.len; // nearly all
    if (is_one_of(name, never) || (s->gic.version == 3 && strcmp(name, "msi-parent") == 0))
        return EDIT_DROP;
    if (action == DOM0_GIC) {
        if (!is_one_of(name, gic))
            return EDIT_DROP;
        return strcmp(name, "reg") == 0 ? gic_reg_len(s, w) : p.len;
    }
    if (action == DOM0_TIMER) {
        if (strcmp(name, "interrupts") == 0)
            return timer_irqs_len(s, p.len, false);
        if (strcmp(name, "interrupts-extended") == 0)
            return timer_irqs_len(s, p.len, true);
        return strcmp(name, "interrupt-names") == 0 ? EDIT_DROP : p.len;
    }
    return w->depth == 1 && strcmp(w->name, "aliases") == 0 && !is_path(p) ? EDIT_DROP : p.len;
}

// Kept in order of the tree: nearly always the new one is the last.
static void add_edit(struct dom0_plan *plan, int first, int end, int what) {
    unsigned i = plan->nr_edits;

    if (i == DOM0_EDITS)
        boot_refuse("device tree", "take out iommus and msi-map, which Dom0 does not get",
                    "more than %u places where Dom0's tree is not the host's", DOM0_EDITS);
    for (; i > 0 && plan->edit[i - 1].first > first; i--)
        plan->edit[i] = plan->edit[i - 1];
    plan->edit[i] = (struct dom0_edit){first, end, what};
    plan->nr_edits++;
}

// Aliases that are paths to the walk's node or below it go with it.
static void drop_aliases(struct dom0_plan *plan, const struct dt_walk *w) {
    for (int prop = plan->alias; prop >= 0; prop = dt_next_property(w->fdt, prop)) {
        const char *name;
        struct dt_prop p = dt_property_at(w->fdt, prop, &name);

        if (is_path(p) && dt_walk_is_on(w, p.p))
            add_edit(plan, prop, dt_behind_property(w->fdt, prop), EDIT_DROP);
    }
}

void dom0_edit_begin(const struct system *s, struct dom0_plan *plan) {
    plan->alias = dt_host.aliases < 0 ? -1 : dt_first_property(dt_host.fdt, dt_host.aliases);
    plan->told = !guest_shares(s, 0);
    plan->nr_edits = 0;
    plan->g.gic_phandle = gic_phandle(s);
    plan->g.irq_cells = s->gic.cells;
}

void dom0_edit_node(const struct system *s, struct dom0_plan *plan, const struct dt_walk *w,
                    enum dom0_node action) {
    if (action == DOM0_DROP) {
        add_edit(plan, w->node, dt_behind_node(w->fdt, w->node), EDIT_DROP);
        drop_aliases(plan, w);
        return;
    }
    for (int prop = dt_first_property(w->fdt, w->node); prop >= 0;
         prop = dt_next_property(w->fdt, prop)) {
        const char *name;
        struct dt_prop p = dt_property_at(w->fdt, prop, &name);
        int len = kept_length(s, w, action, name, p);

        if (len != p.len)
            add_edit(plan, prop, dt_behind_property(w->fdt, prop), len);
    }
    if (action == DOM0_GIC && s->gic.phandle == 0)
        add_edit(plan, w->next, w->next, EDIT_PHANDLE);
    if (!plan->told && w->depth == 1 && strcmp(w->name, "reserved-memory") == 0) {
        plan->shared_addr_cells = w->level[1].addr_cells;
        plan->shared_size_cells = w->level[1].size_cells;
        add_edit(plan, w->next, w->next, EDIT_SHARED);
        plan->told = true;
    }
}

static void write_edit(const struct system *s, const struct dom0_plan *plan,
                       const struct dom0_edit *e, struct dt_writer *t) {
    if (e->what >= 0)
        dt_copy_property(t, e->first, e->what);
    else if (e->what == EDIT_PHANDLE)
        put_u32(t, "phandle", plan->g.gic_phandle);
    else if (e->what == EDIT_SHARED)
        guest_add_shared(s, 0, plan->shared_addr_cells, plan->shared_size_cells, t);
}

uint32_t dom0_write_fdt(const struct system *s, const struct dom0_plan *plan, void *buf,
                        uint32_t size) {
    static struct dt_writer t;
    int at = 0;

    dt_write_begin(&t, buf, size, dt_host.fdt);
    for (unsigned i = 0; i < plan->nr_edits; i++) {
        const struct dom0_edit *e = &plan->edit[i];

        if (e->first < at)
            continue; // inside what is dropped
        dt_copy(&t, at, e->first);
        write_edit(s, plan, e, &t);
        at = e->end;
    }
    dt_copy(&t, at, plan->root_end);
    if (!plan->told)
        guest_reserved_node(s, &plan->g, &t);
    guest_add_nodes(s, &plan->g, &t);
    put_end(&t);
    size = dt_write_end(&t, buf);
    if (size == 0)
        boot_refuse("device tree", "make the host's tree smaller",
                    "Dom0's device tree cannot be made in %llu bytes: %s",
                    (unsigned long long)plan->g.fdt_max, t.error);
    return size;
}
