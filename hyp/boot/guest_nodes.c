// SPDX-License-Identifier: Apache-2.0
// The nodes that every guest's device tree has: chosen, memory, cpus, psci, hypervisor, shared
// memory (Linux bindings arm/xen.txt, arm/psci.yaml, reserved-memory/xen,shared-memory.txt; Xen's
// docs/misc/arm/device-tree/guest.txt). Boot CPU only.
#include <boot/guest.h>

#include <arm64/vgic.h>
#include <lib/format.h>
#include <lib/string.h>
#include <libfdt.h>

#define CPU_ON 0xc4000003u // PSCI 0.2 function ids, also good as the ids that PSCI 0.1 trees give
#define CPU_OFF 0x84000002u
#define PPI_LEVEL_LOW 0xf08u // all CPUs of a GICv2 mask, active low

void cells_add(struct cells *c, uint32_t value) {
    if (c->count == ARRAY_SIZE(c->cell))
        c->overflow = true;
    else
        fdt32_st(&c->cell[c->count++], value);
}

void cells_number(struct cells *c, uint32_t cells, uint64_t value) {
    if (cells < 2 && value >> 32)
        c->overflow = true;
    for (; cells > 2; cells--)
        cells_add(c, 0);
    if (cells == 2)
        cells_add(c, (uint32_t)(value >> 32));
    if (cells)
        cells_add(c, (uint32_t)value);
}

static void add_range(struct cells *c, uint32_t ac, uint32_t sc, const struct system_range *r) {
    cells_number(c, ac, r->base.v);
    cells_number(c, sc, r->size);
}

int put_cells(void *buf, const char *name, const struct cells *c) {
    return c->overflow ? -FDT_ERR_BADVALUE
                       : fdt_property(buf, name, c->cell, (int)(c->count * sizeof(c->cell[0])));
}

int put_string(void *buf, const char *name, const char *value) {
    return fdt_property(buf, name, value, (int)strlen(value) + 1);
}

int put_reg(void *buf, uint32_t ac, uint32_t sc, const struct system_range *r) {
    struct cells c = {.count = 0};

    add_range(&c, ac, sc, r);
    return put_cells(buf, "reg", &c);
}

// Copies a property of the host's /chosen, if it is there.
static int pass_chosen(const struct system *s, void *buf, const char *name) {
    int chosen = dt_find(s->fdt, "/chosen", 7);
    struct dt_prop p = {.p = NULL};

    if (chosen >= 0)
        p = dt_property(s->fdt, chosen, name);
    return p.p ? fdt_property(buf, name, p.p, p.len) : 0;
}

static int chosen_node(const struct system *s, const struct guest_plan *plan, void *buf) {
    int err = fdt_begin_node(buf, "chosen");

    if (!err)
        err = put_string(buf, "bootargs", plan->bootargs);
    if (!err && plan->ramdisk) {
        err = fdt_property_u64(buf, "linux,initrd-start", plan->ramdisk_at.v);
        if (!err)
            err = fdt_property_u64(buf, "linux,initrd-end",
                                   plan->ramdisk_at.v + plan->ramdisk->range.size);
    }
    // One guest's secrets are not another's.
    if (!err && plan->domid == 0)
        err = pass_chosen(s, buf, "kaslr-seed");
    if (!err && plan->domid == 0)
        err = pass_chosen(s, buf, "rng-seed");
    return err ? err : fdt_end_node(buf);
}

static int memory_node(const struct guest_plan *plan, void *buf) {
    struct cells c = {.count = 0};
    char name[32];
    int err;

    for (unsigned i = 0; i < plan->nr_banks; i++)
        add_range(&c, plan->addr_cells, plan->size_cells, &plan->bank[i]);
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

static int cpus_node(const struct system *s, const struct guest_plan *plan, void *buf) {
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

static int hypervisor_node(const struct guest_plan *plan, void *buf) {
    static const char compatible[] = "xen,xen-4.17\0xen,xen";
    struct cells reg = {.count = 0}, irq = {.count = 0};
    uint32_t ac = plan->addr_cells, sc = plan->size_cells;
    int err = fdt_begin_node(buf, "hypervisor");

    add_range(&reg, ac, sc, &plan->grants);
    for (unsigned i = 0; ac >= 2 && sc >= 2 && i < plan->nr_extended; i++)
        add_range(&reg, ac, sc, &plan->extended[i]);
    cells_add(&irq, 1);
    cells_add(&irq, plan->evtchn_ppi - 16);
    cells_add(&irq, PPI_LEVEL_LOW);
    for (uint32_t n = plan->irq_cells; n > 3; n--)
        cells_add(&irq, 0);
    if (!err)
        err = fdt_property(buf, "compatible", compatible, (int)sizeof(compatible));
    if (!err)
        err = put_cells(buf, "reg", &reg);
    if (!err)
        err = fdt_property_u32(buf, "interrupt-parent", plan->gic_phandle);
    if (!err)
        err = put_cells(buf, "interrupts", &irq);
    return err ? err : fdt_end_node(buf);
}

int guest_add_nodes(const struct system *s, const struct guest_plan *plan, void *buf) {
    int err = chosen_node(s, plan, buf);

    if (!err)
        err = memory_node(plan, buf);
    if (!err)
        err = cpus_node(s, plan, buf);
    if (!err)
        err = psci_node(buf);
    return err || plan->grants.size == 0 ? err : hypervisor_node(plan, buf);
}

bool guest_shares(const struct system *s, domid_t domid) {
    for (unsigned i = 0; i < s->nr_shared; i++)
        if (s->shared[i].domid == domid)
            return true;
    return false;
}

static int shared_node(const struct system_shared *m, uint32_t ac, uint32_t sc, void *buf) {
    struct system_range seen = {pa_of(m->at.v), m->range.size};
    char name[40];
    int err;

    format_to(name, sizeof(name), "xen-shmem@%llx", (unsigned long long)m->at.v);
    err = fdt_begin_node(buf, name);
    if (!err)
        err = put_string(buf, "compatible", "xen,shared-memory-v1");
    if (!err)
        err = put_reg(buf, ac, sc, &seen);
    if (!err)
        err = put_string(buf, "xen,id", m->id);
    return err ? err : fdt_end_node(buf);
}

int guest_add_shared(const struct system *s, domid_t domid, uint32_t ac, uint32_t sc, void *buf) {
    int err = 0;

    for (unsigned i = 0; !err && i < s->nr_shared; i++)
        if (s->shared[i].domid == domid)
            err = shared_node(&s->shared[i], ac, sc, buf);
    return err;
}

int guest_reserved_node(const struct system *s, const struct guest_plan *plan, void *buf) {
    int err = fdt_begin_node(buf, "reserved-memory");

    if (!err)
        err = fdt_property_u32(buf, "#address-cells", plan->addr_cells);
    if (!err)
        err = fdt_property_u32(buf, "#size-cells", plan->size_cells);
    if (!err)
        err = fdt_property(buf, "ranges", NULL, 0);
    if (!err)
        err = guest_add_shared(s, plan->domid, plan->addr_cells, plan->size_cells, buf);
    return err ? err : fdt_end_node(buf);
}
