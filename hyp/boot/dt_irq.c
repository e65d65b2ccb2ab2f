// SPDX-License-Identifier: Apache-2.0
// Interrupt controller and architected timer (Linux bindings arm,gic.yaml, arm,gic-v3.yaml,
// arm,arch_timer.yaml). Boot CPU only; the search for cycles is O(controllers * nodes).
#include <boot/dt_readers.h>

#include <core/log.h>

#define CHAIN_MAX 32 // interrupt controllers behind each other

// Effective interrupt parent of the walk's node as an offset; -1: none, or a dangling phandle.
static int parent_of(const struct dt_walk *w) {
    const struct dt_level *l = &w->level[w->depth];

    return l->interrupt_parent_node >= 0 ? l->interrupt_parent_node
                                         : dt_by_phandle(w->fdt, l->interrupt_parent);
}

// A controller that is its own parent, or has none, is a root. What a good chain began with is
// remembered: on most boards every device names the same parent, and finding it costs a walk.
static void check_chain(struct dt_scan *scan, const struct dt_walk *w) {
    static struct dt_walk up;
    uint32_t first = w->level[w->depth].interrupt_parent;
    const struct dt_walk *at = w;

    for (unsigned i = 0; i < ARRAY_SIZE(scan->good_parent); i++)
        if (first != 0 && scan->good_parent[i] == first)
            return;

    for (int step = 0; step < CHAIN_MAX; step++) {
        int parent = parent_of(at);

        if (parent < 0 || parent == at->node || !dt_walk_to(&up, w->fdt, parent)) {
            scan->good_parent[scan->good_parents++ % ARRAY_SIZE(scan->good_parent)] = first;
            return;
        }
        at = &up;
    }
    dt_refuse(w->fdt, w->node, "interrupt-parent leads in a circle",
              "make the chain of interrupt parents end at the GIC");
}

static void need_reg(const struct dt_walk *w, unsigned index, struct system_range *out,
                     const char *what) {
    if (dt_walk_reg(w, index, out) || out->size == 0)
        dt_refuse(w->fdt, w->node, what, "give all its regions in reg");
}

static void read_gic_v2(struct system *s, const struct dt_walk *w) {
    need_reg(w, 0, &s->gic.dist, "GICv2 without GICD");
    need_reg(w, 1, &s->gic.cpu, "GICv2 without GICC");
    need_reg(w, 2, &s->gic.hyp, "GICv2 without the virtualization registers GICH");
    need_reg(w, 3, &s->gic.vcpu, "GICv2 without the virtualization registers GICV");
}

static void read_gic_v3(struct system *s, const struct dt_walk *w) {
    struct dt_prop p = dt_property(w->fdt, w->node, "redistributor-stride");

    s->gic.nr_redist = dt_u32(w->fdt, w->node, "#redistributor-regions", 1);
    if (s->gic.nr_redist == 0 || s->gic.nr_redist > ARRAY_SIZE(s->gic.redist))
        dt_refuse(w->fdt, w->node, "#redistributor-regions is not 1 to 8", "correct it");
    need_reg(w, 0, &s->gic.dist, "GICv3 without GICD");
    for (unsigned i = 0; i < s->gic.nr_redist; i++)
        need_reg(w, 1 + i, &s->gic.redist[i], "GICv3 with fewer GICR than #redistributor-regions");
    if (p.p && (p.len == 4 || p.len == 8) &&
        !dt_cells(p.p, (uint32_t)p.len / 4, &s->gic.redist_stride))
        s->gic.redist_stride = 0;
}

static void read_gic(struct system *s, struct dt_scan *scan, const struct dt_walk *w,
                     unsigned version) {
    if (s->gic.node >= 0)
        return; // a second one hangs below the first
    s->gic.cells = dt_u32(w->fdt, w->node, "#interrupt-cells", 0);
    if (s->gic.cells < 3 || s->gic.cells > 4)
        dt_refuse(w->fdt, w->node, "#interrupt-cells of the GIC is not 3", "correct it");
    s->gic.version = version;
    s->gic.node = w->node;
    s->gic.phandle = w->level[w->depth].phandle;
    if (version == 2)
        read_gic_v2(s, w);
    else
        read_gic_v3(s, w);
    scan->gic_irqs = w->interrupts;
}

static void read_timer(struct system *s, struct dt_scan *scan, const struct dt_walk *w) {
    scan->timer = w->node;
    scan->timer_extended = w->interrupts_extended.p != NULL;
    scan->timer_irqs = scan->timer_extended ? w->interrupts_extended : w->interrupts;
    s->timer_frequency = dt_u32(w->fdt, w->node, "clock-frequency", 0);
}

void dt_irq_node(struct system *s, struct dt_scan *scan, const struct dt_walk *w) {
    static const char *const v2[] = {"arm,gic-400",       "arm,cortex-a15-gic", "arm,cortex-a7-gic",
                                     "arm,cortex-a9-gic", "arm,cortex-a57-gic", "qcom,msm-qgic2",
                                     "arm,eb11mp-gic",    "arm,gic-v2",         NULL};
    static const char *const v3[] = {"arm,gic-v3", NULL};
    static const char *const timer[] = {"arm,armv8-timer", "arm,armv7-timer", NULL};

    if (w->interrupt_controller || w->own_interrupt_parent)
        check_chain(scan, w);
    if (!w->available || !w->compatible.p)
        return;
    if (w->interrupt_controller && dt_match(w, v3))
        read_gic(s, scan, w, 3);
    else if (w->interrupt_controller && dt_match(w, v2))
        read_gic(s, scan, w, 2);
    else if (dt_match(w, timer))
        read_timer(s, scan, w);
}

void dt_irq_finish(struct system *s, const struct dt_scan *scan) {
    const uint32_t *c = scan->timer_irqs.p;
    uint32_t cells = s->gic.cells;

    if (s->gic.node < 0)
        boot_refuse("device tree", "use a board with an Arm GICv2 or GICv3",
                    "no interrupt controller that is supported (arm,gic-400, arm,gic-v3, ...)");
    if (scan->timer < 0)
        boot_refuse("device tree", "add a node compatible with \"arm,armv8-timer\"",
                    "no architected timer");
    if (scan->gic_irqs.p && scan->gic_irqs.len >= (int)cells * 4 &&
        (dt_gic_intid(scan->gic_irqs.p, &s->gic.maintenance) || s->gic.maintenance >= 32))
        dt_refuse(dt_host.fdt, s->gic.node, "the maintenance interrupt is not a PPI",
                  "use <1 PPI flags>");
    if (s->gic.maintenance == 0)
        dt_refuse(dt_host.fdt, s->gic.node, "no maintenance interrupt",
                  "add interrupts = <1 9 0xf04>");
    if (scan->timer_extended)
        cells++;
    if (!c || scan->timer_irqs.len < (int)(4 * cells * 4) ||
        scan->timer_irqs.len % (int)(cells * 4) != 0)
        dt_refuse(dt_host.fdt, scan->timer, "the timer needs four interrupts",
                  "give secure, non-secure, virtual and hypervisor timer PPIs in interrupts");
    for (unsigned i = 0; i < 4; i++)
        if (dt_gic_intid(c + i * cells + (scan->timer_extended ? 1 : 0), &s->timer_ppi[i]) ||
            s->timer_ppi[i] >= 32)
            dt_refuse(dt_host.fdt, scan->timer, "an interrupt of the timer is not a PPI",
                      "use <1 PPI flags>");
}
