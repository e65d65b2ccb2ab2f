// SPDX-License-Identifier: Apache-2.0
// The nodes of Dom0's device tree that are made here: chosen, memory, cpus, psci, hypervisor (Linux
// bindings arm/xen.txt, arm/psci.yaml; Xen's docs/misc/arm/device-tree/guest.txt). Boot CPU only.
#include <boot/dom0.h>

#include <arm64/vgic.h>
#include <lib/format.h>
#include <lib/string.h>
#include <libfdt.h>

#define CPU_ON 0xc4000003u // PSCI 0.2 function ids, also good as the ids that PSCI 0.1 trees give
#define CPU_OFF 0x84000002u
#define PPI_LEVEL_LOW 0xf08u // all CPUs of a GICv2 mask, active low

// A property of cells under construction.
struct cells {
    fdt32_t cell[128];
    unsigned count;
    bool overflow;
};

static void add_cell(struct cells *c, uint32_t value) {
    if (c->count == ARRAY_SIZE(c->cell))
        c->overflow = true;
    else
        fdt32_st(&c->cell[c->count++], value);
}

static void add_number(struct cells *c, uint32_t cells, uint64_t value) {
    if (cells < 2 && value >> 32)
        c->overflow = true;
    for (; cells > 2; cells--)
        add_cell(c, 0);
    if (cells == 2)
        add_cell(c, (uint32_t)(value >> 32));
    if (cells)
        add_cell(c, (uint32_t)value);
}

static void root_cells(const struct system *s, uint32_t *addr, uint32_t *size) {
    int ac = fdt_address_cells(s->fdt, 0), sc = fdt_size_cells(s->fdt, 0);

    *addr = ac < 0 ? 2 : (uint32_t)ac;
    *size = sc < 0 ? 1 : (uint32_t)sc;
}

static void add_range(const struct system *s, struct cells *c, const struct system_range *r) {
    uint32_t ac, sc;

    root_cells(s, &ac, &sc);
    add_number(c, ac, r->base.v);
    add_number(c, sc, r->size);
}

static int put_cells(void *buf, const char *name, const struct cells *c) {
    return c->overflow ? -FDT_ERR_BADVALUE
                       : fdt_property(buf, name, c->cell, (int)(c->count * sizeof(c->cell[0])));
}

static int put_string(void *buf, const char *name, const char *value) {
    return fdt_property(buf, name, value, (int)strlen(value) + 1);
}

// Copies a property of the host's /chosen, if it is there.
static int pass_chosen(const struct system *s, void *buf, const char *name) {
    int chosen = dt_find(s->fdt, "/chosen", 7);
    struct dt_prop p = {.p = NULL};

    if (chosen >= 0)
        p = dt_property(s->fdt, chosen, name);
    return p.p ? fdt_property(buf, name, p.p, p.len) : 0;
}

static int chosen_node(const struct system *s, const struct dom0_plan *plan, void *buf) {
    int err = fdt_begin_node(buf, "chosen");

    if (!err)
        err = put_string(buf, "bootargs", s->dom0_bootargs);
    if (!err && plan->ramdisk) {
        err = fdt_property_u64(buf, "linux,initrd-start", plan->ramdisk_at.v);
        if (!err)
            err = fdt_property_u64(buf, "linux,initrd-end",
                                   plan->ramdisk_at.v + plan->ramdisk->range.size);
    }
    if (!err)
        err = pass_chosen(s, buf, "kaslr-seed");
    if (!err)
        err = pass_chosen(s, buf, "rng-seed");
    return err ? err : fdt_end_node(buf);
}

static int memory_node(const struct system *s, const struct dom0_plan *plan, void *buf) {
    struct cells c = {.count = 0};
    char name[32];
    int err;

    for (unsigned i = 0; i < plan->nr_banks; i++)
        add_range(s, &c, &plan->bank[i]);
    format_to(name, sizeof(name), "memory@%llx", (unsigned long long)plan->bank[0].base.v);
    err = fdt_begin_node(buf, name);
    if (!err)
        err = put_string(buf, "device_type", "memory");
    if (!err)
        err = put_cells(buf, "reg", &c);
    return err ? err : fdt_end_node(buf);
}

static int cpu_node(void *buf, uint32_t id, const void *compatible, int len) {
    uint32_t mpidr = (id / 16) << 8 | id % 16; // as arch/arm64 numbers vCPUs
    char name[16];
    int err;

    format_to(name, sizeof(name), "cpu@%x", mpidr);
    err = fdt_begin_node(buf, name);
    if (!err)
        err = put_string(buf, "device_type", "cpu");
    if (!err)
        err = fdt_property(buf, "compatible", compatible, len);
    if (!err)
        err = put_string(buf, "enable-method", "psci");
    if (!err)
        err = fdt_property_u32(buf, "reg", mpidr);
    return err ? err : fdt_end_node(buf);
}

static int cpus_node(const struct system *s, const struct dom0_plan *plan, void *buf) {
    static const char generic[] = "arm,armv8";
    int cpus = fdt_path_offset(s->fdt, "/cpus"), node, len = 0, err = fdt_begin_node(buf, "cpus");
    const void *compatible = NULL;

    if (cpus >= 0) {
        fdt_for_each_subnode(node, s->fdt, cpus) {
            const char *type = fdt_getprop(s->fdt, node, "device_type", NULL);

            if (!compatible && type && strcmp(type, "cpu") == 0)
                compatible = fdt_getprop(s->fdt, node, "compatible", &len);
        }
    }
    if (!compatible) {
        compatible = generic;
        len = (int)sizeof(generic);
    }
    if (!err)
        err = fdt_property_u32(buf, "#address-cells", 1);
    if (!err)
        err = fdt_property_u32(buf, "#size-cells", 0);
    for (uint32_t i = 0; !err && i < plan->nr_vcpus; i++)
        err = cpu_node(buf, i, compatible, len);
    return err ? err : fdt_end_node(buf);
}

static int psci_node(void *buf) {
    static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2\0arm,psci";
    int err = fdt_begin_node(buf, "psci");

    if (!err)
        err = fdt_property(buf, "compatible", compatible, (int)sizeof(compatible));
    if (!err)
        err = put_string(buf, "method", "hvc");
    if (!err)
        err = fdt_property_u32(buf, "cpu_on", CPU_ON);
    if (!err)
        err = fdt_property_u32(buf, "cpu_off", CPU_OFF);
    return err ? err : fdt_end_node(buf);
}

static int hypervisor_node(const struct system *s, const struct dom0_plan *plan, void *buf) {
    static const char compatible[] = "xen,xen-4.17\0xen,xen";
    struct cells reg = {.count = 0}, irq = {.count = 0};
    uint32_t ac, sc, n;
    int err = fdt_begin_node(buf, "hypervisor");

    root_cells(s, &ac, &sc);
    add_range(s, &reg, &plan->grants);
    for (unsigned i = 0; ac >= 2 && sc >= 2 && i < plan->nr_extended; i++)
        add_range(s, &reg, &plan->extended[i]);
    n = fdt32_ld(fdt_getprop(s->fdt, s->gic.node, "#interrupt-cells", NULL));
    add_cell(&irq, 1);
    add_cell(&irq, plan->evtchn_ppi - 16);
    add_cell(&irq, PPI_LEVEL_LOW);
    for (; n > 3; n--)
        add_cell(&irq, 0);
    if (!err)
        err = fdt_property(buf, "compatible", compatible, (int)sizeof(compatible));
    if (!err)
        err = put_cells(buf, "reg", &reg);
    if (!err)
        err = fdt_property_u32(buf, "interrupt-parent", dom0_gic_phandle(s));
    if (!err)
        err = put_cells(buf, "interrupts", &irq);
    return err ? err : fdt_end_node(buf);
}

int dom0_add_nodes(const struct system *s, const struct dom0_plan *plan, void *buf) {
    int err = chosen_node(s, plan, buf);

    if (!err)
        err = memory_node(s, plan, buf);
    if (!err)
        err = cpus_node(s, plan, buf);
    if (!err)
        err = psci_node(buf);
    return err ? err : hypervisor_node(s, plan, buf);
}
