// SPDX-License-Identifier: Apache-2.0
// The nodes that every guest's device tree has: chosen, memory, cpus, psci, hypervisor, shared
// memory (Linux bindings arm/xen.txt, arm/psci.yaml, reserved-memory/xen,shared-memory.txt; Xen's
// docs/misc/arm/device-tree/guest.txt). Boot CPU only.
#include <boot/guest.h>

#define CPU_ON 0xc4000003u // PSCI 0.2 function ids, also good as the ids that PSCI 0.1 trees give
#define CPU_OFF 0x84000002u
#define PPI_LEVEL_LOW 0xf08u // all CPUs of a GICv2 mask, active low

// Copies a property of the host's /chosen, if it is there.
static void pass_chosen(struct dt_writer *t, const char *name) {
    struct dt_prop p = {.p = NULL, .len = 0};

    if (dt_host.chosen >= 0)
        p = dt_property(dt_host.fdt, dt_host.chosen, name);
    if (p.p)
        put_property(t, name, p.p, (size_t)p.len);
}

static void chosen_node(const struct guest_plan *plan, struct dt_writer *t) {
    put_node(t, "chosen");
    put_string(t, "bootargs", plan->bootargs);
    if (plan->ramdisk) {
        put_u64(t, "linux,initrd-start", plan->ramdisk_at.v);
        put_u64(t, "linux,initrd-end", plan->ramdisk_at.v + plan->ramdisk->range.size);
    }
    // One guest's secrets are not another's.
    if (plan->domid == 0) {
        pass_chosen(t, "kaslr-seed");
        pass_chosen(t, "rng-seed");
    }
    put_end(t);
}

static void memory_node(const struct guest_plan *plan, struct dt_writer *t) {
    put_node_at(t, "memory", plan->bank[0].base.v);
    put_string(t, "device_type", "memory");
    put_open(t, "reg");
    for (unsigned i = 0; i < plan->nr_banks; i++)
        put_range(t, plan->addr_cells, plan->size_cells, &plan->bank[i]);
    put_close(t);
    put_end(t);
}

static void cpus_node(const struct system *s, const struct guest_plan *plan, struct dt_writer *t) {
    static const char generic[] = "arm,armv8";
    const char *compatible = s->cpu_compatible_len ? s->cpu_compatible : generic;
    size_t len = s->cpu_compatible_len ? s->cpu_compatible_len : sizeof(generic);

    put_node(t, "cpus");
    put_u32(t, "#address-cells", 1);
    put_u32(t, "#size-cells", 0);
    for (uint32_t i = 0; i < plan->nr_vcpus; i++) {
        uint32_t mpidr = (i / 16) << 8 | i % 16; // as arch/arm64 numbers vCPUs

        put_node_at(t, "cpu", mpidr);
        put_string(t, "device_type", "cpu");
        put_property(t, "compatible", compatible, len);
        put_string(t, "enable-method", "psci");
        put_u32(t, "reg", mpidr);
        put_end(t);
    }
    put_end(t);
}

static void psci_node(struct dt_writer *t) {
    static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2\0arm,psci";

    put_node(t, "psci");
    put_property(t, "compatible", compatible, sizeof(compatible));
    put_string(t, "method", "hvc");
    put_u32(t, "cpu_on", CPU_ON);
    put_u32(t, "cpu_off", CPU_OFF);
    put_end(t);
}

static void hypervisor_node(const struct guest_plan *plan, struct dt_writer *t) {
    static const char compatible[] = "xen,xen-4.17\0xen,xen";
    uint32_t ac = plan->addr_cells, sc = plan->size_cells;

    put_node(t, "hypervisor");
    put_property(t, "compatible", compatible, sizeof(compatible));
    put_open(t, "reg");
    put_range(t, ac, sc, &plan->grants);
    for (unsigned i = 0; ac >= 2 && sc >= 2 && i < plan->nr_extended; i++)
        put_range(t, ac, sc, &plan->extended[i]);
    put_close(t);
    put_u32(t, "interrupt-parent", plan->gic_phandle);
    put_open(t, "interrupts");
    put_irq(t, 1, plan->evtchn_ppi - 16, PPI_LEVEL_LOW);
    for (uint32_t n = plan->irq_cells; n > 3; n--)
        put_cell(t, 0);
    put_close(t);
    put_end(t);
}

void put_irq(struct dt_writer *t, uint32_t type, uint32_t number, uint32_t flags) {
    put_cell(t, type);
    put_cell(t, number);
    put_cell(t, flags);
}

void guest_add_nodes(const struct system *s, const struct guest_plan *plan, struct dt_writer *t) {
    chosen_node(plan, t);
    memory_node(plan, t);
    cpus_node(s, plan, t);
    psci_node(t);
    if (plan->grants.size)
        hypervisor_node(plan, t);
}

bool guest_shares(const struct system *s, domid_t domid) {
    for (unsigned i = 0; i < s->nr_shared; i++)
        if (s->shared[i].domid == domid)
            return true;
    return false;
}

void guest_add_shared(const struct system *s, domid_t domid, uint32_t ac, uint32_t sc,
                      struct dt_writer *t) {
    for (unsigned i = 0; i < s->nr_shared; i++) {
        const struct system_shared *m = &s->shared[i];
        struct system_range seen = {pa_of(m->at.v), m->range.size};

        if (m->domid != domid)
            continue;
        put_node_at(t, "xen-shmem", m->at.v);
        put_string(t, "compatible", "xen,shared-memory-v1");
        put_reg(t, ac, sc, &seen);
        put_string(t, "xen,id", m->id);
        put_end(t);
    }
}

void guest_reserved_node(const struct system *s, const struct guest_plan *plan,
                         struct dt_writer *t) {
    put_node(t, "reserved-memory");
    put_u32(t, "#address-cells", plan->addr_cells);
    put_u32(t, "#size-cells", plan->size_cells);
    put_property(t, "ranges", NULL, 0);
    guest_add_shared(s, plan->domid, plan->addr_cells, plan->size_cells, t);
    put_end(t);
}
