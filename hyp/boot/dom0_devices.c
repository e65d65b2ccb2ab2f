// SPDX-License-Identifier: Apache-2.0
// Device passthrough for Dom0: which nodes of the host's tree it keeps, and their registers and PCI
// windows in its map, page-rounded, 1:1, never RAM and never what EL2 drives. Boot CPU only;
// O(nodes * regions).
#include <boot/dom0.h>
#include <boot/range.h>

#include <arm64/vgic.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/p2m.h>
#include <drivers/gic.h>
#include <lib/bitmap.h>
#include <lib/string.h>

#define PCI_SPACE(hi) (((hi) >> 24) & 3) // IEEE Std 1275 PCI binding, 2.2.1.1
#define PCI_SPACE_IO 1
#define PCI_CELLS 3

static uint64_t spare_irqs[(NR_INTIDS + 63) / 64];

// A core's performance monitors, which guests do not get.
static bool is_core_pmu(const struct dt_walk *w) {
    static const char *const prefix[] = {"arm,armv8-pmu",  "arm,cortex-",    "arm,neoverse-",
                                         "apm,potenza-",   "brcm,vulcan-",   "cavium,thunder-",
                                         "nvidia,denver-", "nvidia,carmel-", "qcom,k"};

    for (int at = 0; at < w->compatible.len;) {
        const char *name = (const char *)w->compatible.p + at;
        size_t len = strnlen(name, (size_t)(w->compatible.len - at));

        for (unsigned i = 0; i < ARRAY_SIZE(prefix); i++)
            if (*name == *prefix[i] && strncmp(name, prefix[i], strlen(prefix[i])) == 0 &&
                (i == 0 || (len > 4 && strncmp(name + len - 4, "-pmu", 4) == 0)))
                return true;
        at += (int)len + 1;
    }
    return false;
}

static bool is_root_node_of(const struct dt_walk *w, const char *name) {
    return w->depth == 1 && dt_is_named(w->name, name, strlen(name));
}

enum dom0_node dom0_node_action(const struct system *s, const struct dt_walk *w) {
    static const char *const dropped[] = {"arm,psci-1.0",
                                          "arm,psci-0.2",
                                          "arm,psci",
                                          "arm,gic-v3-its",
                                          "arm,armv7-timer-mem",
                                          "arm,smmu-v3",
                                          "arm,smmu-v2",
                                          "arm,smmu-v1",
                                          "arm,mmu-400",
                                          "arm,mmu-401",
                                          "arm,mmu-500",
                                          "arm,mmu-600",
                                          "arm,mmu-700",
                                          "cavium,smmu-v2",
                                          "nvidia,smmu-500",
                                          "qcom,smmu-v2",
                                          "xen,xen",
                                          "xen,domain",
                                          NULL};
    static const char *const timer[] = {"arm,armv8-timer", "arm,armv7-timer", NULL};

    if (w->depth == 0)
        return DOM0_COPY;
    if (w->node == s->gic.node)
        return DOM0_GIC;
    if (w->level[w->depth - 1].node == s->gic.node)
        return s->gic.version == 2 && dt_is_compatible(w, "arm,gic-v2m-frame") ? DOM0_COPY
                                                                               : DOM0_DROP;
    if (w->passthrough || (s->uart.compatible[0] && w->node == s->uart.node) ||
        dt_prop_is(w->device_type, "memory") || is_root_node_of(w, "cpus") ||
        is_root_node_of(w, "psci") || is_root_node_of(w, "memory") ||
        is_root_node_of(w, "chosen") || is_root_node_of(w, "hypervisor"))
        return DOM0_DROP;
    if (!w->compatible.p)
        return DOM0_COPY;
    if (dt_match(w, dropped) || is_core_pmu(w))
        return DOM0_DROP;
    return dt_match(w, timer) ? DOM0_TIMER : DOM0_COPY;
}

// The windows of a PCI host bridge: `ranges` of three child cells, flags first.
static void scan_pci(struct dom0_plan *plan, const struct dt_walk *w) {
    const struct dt_level *l = &w->level[w->depth], *up = l - 1;
    uint32_t cells = PCI_CELLS + up->addr_cells + l->size_cells;
    const uint32_t *e = l->ranges.p;
    struct system_range r;

    if (!e || l->addr_cells != PCI_CELLS || up->addr_cells == 0 || up->addr_cells > 2)
        return;
    if (l->ranges.len % (int)(cells * 4) != 0)
        dt_refuse(w->fdt, w->node, "ranges is not a whole number of entries",
                  "make #address-cells and #size-cells here and above fit it");
    for (int left = l->ranges.len; left > 0; left -= (int)(cells * 4), e += cells) {
        uint64_t addr;

        if (!dt_cells(e + PCI_CELLS, up->addr_cells, &addr) ||
            !dt_cells(e + PCI_CELLS + up->addr_cells, l->size_cells, &r.size) ||
            ck_add(addr, r.size, &r.base.v))
            dt_refuse(w->fdt, w->node, "a window of ranges reaches beyond 64 bits",
                      "correct ranges");
        if (dt_translate(w, w->depth - 1, addr, r.size, &r.base.v))
            continue;
        if (PCI_SPACE(dt_cell(e)) == PCI_SPACE_IO)
            system_add_pages(plan->device, &plan->nr_device, DOM0_REGIONS, &r);
        else
            system_add_pages(plan->window, &plan->nr_window, DOM0_WINDOWS, &r);
    }
}

bool dom0_keeps_back(irq_t irq) { return bitmap_test(spare_irqs, irq); }

static void scan_irqs(struct dom0_plan *plan, const struct dt_walk *w, uint32_t phandle,
                      uint32_t cells) {
    irq_t irq;

    for (unsigned i = 0; dt_walk_irq(w, phandle, cells, i, &irq) == 0; i++)
        if (irq < 32)
            plan->ppis_used |= 1u << irq;
        else if (w->passthrough)
            bitmap_set(spare_irqs, irq);
}

static void scan_node(struct dom0_plan *plan, const struct dt_walk *w) {
    struct system_range r;
    int err;

    if (w->depth == 2 && strcmp(dt_name(w->fdt, w->level[1].node), "reserved-memory") == 0) {
        // Drivers find these by memory-region: RAM of nobody, attributes are theirs to choose.
        for (unsigned i = 0; dt_walk_reg_raw(w, i, &r) == 0; i++)
            system_add_pages(plan->firmware, &plan->nr_firmware, MAX_RESERVED, &r);
        return;
    }
    for (unsigned i = 0; (err = dt_walk_reg(w, i, &r)) != -ENOENT; i++)
        if (!err)
            system_add_pages(plan->device, &plan->nr_device, DOM0_REGIONS, &r);
    if (dt_prop_is(w->device_type, "pci"))
        scan_pci(plan, w);
}

static void drop(struct dom0_plan *plan, const struct dt_walk *w) {
    struct system_range r;

    for (unsigned i = 0; w->available && dt_walk_reg(w, i, &r) == 0; i++) {
        system_add_pages(plan->owned, &plan->nr_owned, MAX_RESERVED, &r);
        if (w->passthrough &&
            !range_insert(plan->spare, &plan->nr_spare, DOM0_SPARE, ALIGN_DOWN(r.base.v, PAGE_SIZE),
                          ALIGN_UP(range_end(&r), PAGE_SIZE)))
            log_warning("%s: more registers wait for guests than xl can give", w->name);
    }
}

void dom0_scan_devices(const struct system *s, struct dom0_plan *plan) {
    static struct dt_walk w;
    int skip = DT_MAX_DEPTH;

    plan->nr_device = plan->nr_owned = plan->nr_window = plan->nr_firmware = plan->nr_spare = 0;
    memset(spare_irqs, 0, sizeof(spare_irqs));
    plan->ppis_used = 1u << s->gic.maintenance;
    for (unsigned i = 0; i < ARRAY_SIZE(s->timer_ppi); i++)
        plan->ppis_used |= 1u << s->timer_ppi[i];
    system_owned(s, plan->owned, &plan->nr_owned);
    dom0_edit_begin(s, plan);
    dt_walk_begin(&w, dt_host.fdt);
    while (dt_walk_next(&w)) {
        enum dom0_node action;

        if (w.available && s->gic.phandle)
            scan_irqs(plan, &w, s->gic.phandle, s->gic.cells);
        if (w.depth > skip)
            continue;
        action = dom0_node_action(s, &w);
        skip = action == DOM0_DROP ? w.depth : DT_MAX_DEPTH;
        dom0_edit_node(s, plan, &w, action);
        if (action == DOM0_DROP)
            drop(plan, &w);
        else if (action == DOM0_COPY && w.available && w.depth > 0)
            scan_node(plan, &w);
    }
    plan->root_end = w.next;
    plan->g.addr_cells = w.level[0].addr_cells;
    plan->g.size_cells = w.level[0].size_cells;
    for (plan->g.evtchn_ppi = 16; plan->g.evtchn_ppi < 32; plan->g.evtchn_ppi++)
        if (!(plan->ppis_used & 1u << plan->g.evtchn_ppi))
            return;
    boot_refuse("device tree", "free one PPI", "all 16 PPIs are used, none is left for events");
}

static void map_range(struct domain *d, uint64_t first, uint64_t end, uint64_t to,
                      enum p2m_type type) {
    int err =
        p2m_map(d, ipa_gfn(ipa_of(first)), pa_mfn(pa_of(to)), (end - first) >> PAGE_SHIFT, type);

    if (err)
        boot_refuse("device tree", "disable devices that Dom0 does not need",
                    "registers at 0x%llx do not fit Dom0's map (%d)", (unsigned long long)first,
                    err);
}

// Maps the parts of each range that EL2 does not own and that Dom0 can address.
static void map_list(struct domain *d, const struct dom0_plan *plan,
                     const struct system_range *list, unsigned count, enum p2m_type type) {
    uint64_t limit = 1ULL << d->p2m.s2.ipa_bits;

    for (unsigned i = 0; i < count; i++) {
        uint64_t from = list[i].base.v, end = MIN(range_end(&list[i]), limit), stop;

        if (range_end(&list[i]) > limit)
            log_warning("dom0: device region at 0x%llx is beyond its %u-bit address space",
                        (unsigned long long)list[i].base.v, d->p2m.s2.ipa_bits);
        while (range_next_gap(plan->owned, plan->nr_owned, end, &from, &stop)) {
            map_range(d, from, stop, from, type);
            from = stop;
        }
    }
}

void dom0_map_devices(struct domain *d, const struct system *s, const struct dom0_plan *plan) {
    const struct vgic_layout *l = &vgic_host_layout;

    map_list(d, plan, plan->device, plan->nr_device, P2M_DEVICE);
    map_list(d, plan, plan->window, plan->nr_window, P2M_DEVICE_MEM);
    for (unsigned i = 0; i < plan->nr_firmware; i++) {
        const struct system_range *r = &plan->firmware[i];

        if (!range_overlap(r, &s->image))
            map_range(d, r->base.v, range_end(r), r->base.v, P2M_DEVICE_MEM);
    }
    if (l->version == 2) // GICV in place of GICC, page for page: aliases stay aliases
        map_range(d, l->cpu_base, l->cpu_base + ALIGN_UP(l->cpu_size, PAGE_SIZE), l->vcpu_base,
                  P2M_DEVICE);
}
