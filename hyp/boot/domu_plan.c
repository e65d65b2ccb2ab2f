// SPDX-License-Identifier: Apache-2.0
// Works out what struct system leaves open of a static domain before it is built
// (boot/domu_plan.h): where its images go, its device tree, its devices. The host tool runs it for
// a system blob. Boot CPU only; O(bytes of the trees).
#include <boot/domu_plan.h>

#include <core/log.h>
#include <xen/arch-arm.h>

#define FDT_ROOM KIB(8) // of the tree besides the partial one
#define PARTIAL_MAX MIB(1)
#define MEM_ALIGN MIB(2)

static const void *map_partial(const struct system *s, const struct system_domain *c) {
    const struct system_module *m;
    const void *partial;

    if (c->dtb == NO_MODULE)
        return NULL;
    m = &s->module[c->dtb];
    partial = guest_map_boot(m->range.base, m->range.size);
    if (m->range.size > PARTIAL_MAX || (m->range.base.v & 7) || dt_check(partial, m->range.size))
        boot_refuse(m->node, "load a DTB of at most 1 MiB at a multiple of 8",
                    "the partial device tree is corrupt or too large");
    return partial;
}

// Unused address space for foreign mappings, as Xen gives it; not where the domain's own
// description puts other things.
static void find_extended(const struct system *s, const struct system_domain *c,
                          struct guest_plan *plan) {
    uint64_t low = GUEST_RAM0_BASE, high = GUEST_RAM1_BASE, end = 1ULL << s->ipa_bits;

    plan->nr_extended = 0;
    if (c->dtb != NO_MODULE || c->direct_map || guest_shares(s, plan->domid))
        return;
    low += MIN(c->memory, GUEST_RAM0_SIZE);
    high += c->memory - MIN(c->memory, GUEST_RAM0_SIZE);
    low = ALIGN_UP(low, MEM_ALIGN), high = ALIGN_UP(high, MEM_ALIGN);
    if (low < GUEST_RAM0_BASE + GUEST_RAM0_SIZE)
        plan->extended[plan->nr_extended++] =
            (struct system_range){pa_of(low), GUEST_RAM0_BASE + GUEST_RAM0_SIZE - low};
    if (high < end)
        plan->extended[plan->nr_extended++] = (struct system_range){pa_of(high), end - high};
}

static void plan_domain(struct system *s, unsigned n) {
    static struct guest_plan plan;
    struct system_domain *c = &s->domain[n];
    const void *partial = map_partial(s, c);
    void *fdt;

    plan = (struct guest_plan){.domid = (domid_t)(n + 1),
                               .nr_vcpus = c->nr_vcpus,
                               .kernel = &s->module[c->kernel],
                               .ramdisk = c->ramdisk == NO_MODULE ? NULL : &s->module[c->ramdisk],
                               .bootargs = c->bootargs,
                               .addr_cells = 2,
                               .size_cells = 2,
                               .irq_cells = 3,
                               .gic_phandle = domu_gic_phandle(partial)};
    plan.fdt_max = ALIGN_UP(FDT_ROOM + (partial ? dt_size(partial) : 0), PAGE_SIZE);
    guest_read_kernel(&plan);
    plan.nr_banks = system_guest_ram(c, plan.bank);
    guest_place(&plan, "raise its memory");
    c->kernel_at = plan.kernel_at, c->ramdisk_at = plan.ramdisk_at, c->fdt_at = plan.fdt_at;
    if (c->enhanced != ENHANCED_NO) {
        plan.grants = (struct system_range){pa_of(GUEST_GNTTAB_BASE), GUEST_GNTTAB_SIZE};
        plan.evtchn_ppi = GUEST_EVTCHN_PPI;
        find_extended(s, c, &plan);
    }
    if (partial)
        domu_find_devices(s, n, partial);
    fdt = guest_tree_room(s, n, plan.fdt_max);
    c->fdt.size = domu_write_fdt(s, c, &plan, partial, fdt);
}

void domu_plan_all(struct system *s) {
    for (unsigned i = 0; i < s->nr_domains; i++)
        plan_domain(s, i);
    system_check_assigned(s);
}
