// SPDX-License-Identifier: Apache-2.0
// The device tree of a static domain, like real Xen's: the nodes that every guest has, the virtual
// interrupt controller, the timer, the emulated UART, shared memory, the nodes of the partial tree.
// Boot CPU only; bounded by the buffer.
#include <boot/domu_plan.h>

#include <arm64/vgic.h>
#include <core/log.h>

#define LEVEL_LOW 0xf08u // flags of an interrupt: all CPUs of a GICv2 mask, active low
#define LEVEL_HIGH 0xf04u
#define UART_SPEED 115200

static void gic_node(const struct vgic_layout *l, const struct guest_plan *plan,
                     struct dt_writer *t) {

    put_node_at(t, "interrupt-controller", l->dist_base);
    put_u32(t, "#address-cells", 0);
    put_u32(t, "#interrupt-cells", 3);
    put_property(t, "interrupt-controller", NULL, 0);
    put_string(t, "compatible", l->version == 3 ? "arm,gic-v3" : "arm,gic-400");
    put_open(t, "reg");
    put_number(t, 2, l->dist_base);
    put_number(t, 2, l->dist_size);
    for (unsigned i = 0; i < l->nr_redist; i++) {
        put_number(t, 2, l->redist_base[i]);
        put_number(t, 2, l->redist_size[i]);
    }
    if (l->version == 2) {
        put_number(t, 2, l->cpu_base);
        put_number(t, 2, l->cpu_size);
    }
    put_close(t);
    if (l->nr_redist > 1)
        put_u32(t, "#redistributor-regions", l->nr_redist);
    if (l->redist_stride)
        put_u64(t, "redistributor-stride", l->redist_stride);
    put_u32(t, "linux,phandle", plan->gic_phandle);
    put_u32(t, "phandle", plan->gic_phandle);
    put_end(t);
}

static void timer_node(const struct guest_plan *plan, struct dt_writer *t) {
    static const uint32_t ppi[] = {GUEST_TIMER_PHYS_S_PPI, GUEST_TIMER_PHYS_NS_PPI,
                                   GUEST_TIMER_VIRT_PPI};

    put_node(t, "timer");
    put_string(t, "compatible", "arm,armv8-timer");
    put_open(t, "interrupts");
    for (unsigned i = 0; i < ARRAY_SIZE(ppi); i++)
        put_irq(t, 1, ppi[i] - 16, LEVEL_LOW);
    put_close(t);
    put_u32(t, "interrupt-parent", plan->gic_phandle);
    put_end(t);
}

static void uart_node(const struct domu_uart *u, const struct guest_plan *plan,
                      struct dt_writer *t) {
    struct system_range reg = {pa_of(u->base.v), GUEST_PL011_SIZE};

    put_node_at(t, "sbsa-uart", u->base.v);
    put_string(t, "compatible", "arm,sbsa-uart");
    put_reg(t, 2, 2, &reg);
    put_open(t, "interrupts");
    put_irq(t, 0, u->irq - 32, LEVEL_HIGH);
    put_close(t);
    put_u32(t, "interrupt-parent", plan->gic_phandle);
    put_u32(t, "current-speed", UART_SPEED);
    put_end(t);
}

uint32_t domu_write_fdt(const struct system *s, const struct system_domain *c,
                        const struct guest_plan *plan, const void *partial, void *buf) {
    static struct dt_writer t;
    struct domu_uart uart = domu_uart(s, c);
    uint32_t size;

    dt_write_begin(&t, buf, (uint32_t)plan->fdt_max, partial);
    put_node(&t, "");
    put_u32(&t, "#address-cells", plan->addr_cells);
    put_u32(&t, "#size-cells", plan->size_cells);
    guest_add_nodes(s, plan, &t);
    gic_node(vgic_layout_for(c->direct_map), plan, &t);
    timer_node(plan, &t);
    if (c->vpl011)
        uart_node(&uart, plan, &t);
    if (guest_shares(s, plan->domid))
        guest_reserved_node(s, plan, &t);
    if (partial)
        domu_copy_nodes(partial, &t);
    put_end(&t);
    size = dt_write_end(&t, buf);
    if (size == 0)
        boot_refuse(c->node, "make the partial device tree and the command line smaller",
                    "its device tree cannot be made: %s", t.error);
    return size;
}
