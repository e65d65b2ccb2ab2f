// SPDX-License-Identifier: Apache-2.0
// The device tree of a static domain, like real Xen's: the nodes that every guest has, the virtual
// interrupt controller, the timer, the emulated UART, shared memory, the nodes of the partial tree.
// Boot CPU only; bounded by the buffer.
#include <boot/domu.h>

#include <core/domain.h>
#include <core/log.h>
#include <lib/format.h>
#include <libfdt.h>
#include <xen/arch-arm.h>

#define LEVEL_LOW 0xf08u // flags of an interrupt: all CPUs of a GICv2 mask, active low
#define LEVEL_HIGH 0xf04u
#define UART_SPEED 115200

static void put_irq(struct cells *c, uint32_t type, uint32_t number, uint32_t flags) {
    cells_add(c, type);
    cells_add(c, number);
    cells_add(c, flags);
}

static int begin_at(void *buf, const char *what, uint64_t at) {
    char name[48];

    format_to(name, sizeof(name), "%s@%llx", what, (unsigned long long)at);
    return fdt_begin_node(buf, name);
}

static int gic_node(const struct domain *d, const struct guest_plan *plan, void *buf) {
    const struct vgic_layout *l = d->arch.vgic.layout;
    struct cells reg = {.count = 0};
    int err = begin_at(buf, "interrupt-controller", l->dist_base);

    cells_number(&reg, 2, l->dist_base);
    cells_number(&reg, 2, l->dist_size);
    for (unsigned i = 0; i < l->nr_redist; i++) {
        cells_number(&reg, 2, l->redist_base[i]);
        cells_number(&reg, 2, l->redist_size[i]);
    }
    if (l->version == 2) {
        cells_number(&reg, 2, l->cpu_base);
        cells_number(&reg, 2, l->cpu_size);
    }
    if (!err)
        err = fdt_property_u32(buf, "#address-cells", 0);
    if (!err)
        err = fdt_property_u32(buf, "#interrupt-cells", 3);
    if (!err)
        err = fdt_property(buf, "interrupt-controller", NULL, 0);
    if (!err)
        err = put_string(buf, "compatible", l->version == 3 ? "arm,gic-v3" : "arm,gic-400");
    if (!err)
        err = put_cells(buf, "reg", &reg);
    if (!err && l->nr_redist > 1)
        err = fdt_property_u32(buf, "#redistributor-regions", l->nr_redist);
    if (!err && l->redist_stride)
        err = fdt_property_u64(buf, "redistributor-stride", l->redist_stride);
    if (!err)
        err = fdt_property_u32(buf, "linux,phandle", plan->gic_phandle);
    if (!err)
        err = fdt_property_u32(buf, "phandle", plan->gic_phandle);
    return err ? err : fdt_end_node(buf);
}

static int timer_node(const struct guest_plan *plan, void *buf) {
    static const uint32_t ppi[] = {GUEST_TIMER_PHYS_S_PPI, GUEST_TIMER_PHYS_NS_PPI,
                                   GUEST_TIMER_VIRT_PPI};
    struct cells irqs = {.count = 0};
    int err = fdt_begin_node(buf, "timer");

    for (unsigned i = 0; i < ARRAY_SIZE(ppi); i++)
        put_irq(&irqs, 1, ppi[i] - 16, LEVEL_LOW);
    if (!err)
        err = put_string(buf, "compatible", "arm,armv8-timer");
    if (!err)
        err = put_cells(buf, "interrupts", &irqs);
    if (!err)
        err = fdt_property_u32(buf, "interrupt-parent", plan->gic_phandle);
    return err ? err : fdt_end_node(buf);
}

static int uart_node(const struct domain *d, const struct guest_plan *plan, void *buf) {
    const struct vuart *u = &d->arch.vuart;
    struct system_range reg = {pa_of(u->base), GUEST_PL011_SIZE};
    struct cells irq = {.count = 0};
    int err = begin_at(buf, "sbsa-uart", u->base);

    put_irq(&irq, 0, u->irq - 32, LEVEL_HIGH);
    if (!err)
        err = put_string(buf, "compatible", "arm,sbsa-uart");
    if (!err)
        err = put_reg(buf, 2, 2, &reg);
    if (!err)
        err = put_cells(buf, "interrupts", &irq);
    if (!err)
        err = fdt_property_u32(buf, "interrupt-parent", plan->gic_phandle);
    if (!err)
        err = fdt_property_u32(buf, "current-speed", UART_SPEED);
    return err ? err : fdt_end_node(buf);
}

static int write_tree(const struct system *s, const struct system_domain *c,
                      const struct guest_plan *plan, const void *partial, void *buf) {
    const struct domain *d = domain_get(plan->domid);
    int err = fdt_finish_reservemap(buf);

    if (!err)
        err = fdt_begin_node(buf, "");
    if (!err)
        err = fdt_property_u32(buf, "#address-cells", plan->addr_cells);
    if (!err)
        err = fdt_property_u32(buf, "#size-cells", plan->size_cells);
    if (!err)
        err = guest_add_nodes(s, plan, buf);
    if (!err)
        err = gic_node(d, plan, buf);
    if (!err)
        err = timer_node(plan, buf);
    if (!err && c->vpl011)
        err = uart_node(d, plan, buf);
    if (!err && guest_shares(s, plan->domid))
        err = guest_reserved_node(s, plan, buf);
    if (!err && partial)
        err = domu_copy_nodes(partial, buf);
    if (!err)
        err = fdt_end_node(buf);
    return err ? err : fdt_finish(buf);
}

uint32_t domu_write_fdt(const struct system *s, const struct system_domain *c,
                        const struct guest_plan *plan, const void *partial, void *buf,
                        uint32_t size) {
    int err = fdt_create(buf, (int)size);

    if (!err)
        err = write_tree(s, c, plan, partial, buf);
    if (err)
        boot_refuse(c->node, "make the partial device tree and the command line smaller",
                    "its device tree does not fit %u bytes (%s)", size, fdt_strerror(err));
    return fdt_totalsize(buf);
}
