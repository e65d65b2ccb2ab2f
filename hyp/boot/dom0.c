// SPDX-License-Identifier: Apache-2.0
// The Dom0 builder (boot/dom0.h): plan, take memory, load, map, start. Runs once on the boot CPU.
// What it takes is O(Dom0 memory) for ownership and the copies; nothing else runs yet, so nothing
// waits for it.
#include <boot/dom0.h>
#include <boot/range.h>

#include <arch/cache.h>
#include <arch/vcpu.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/irq.h>
#include <core/log.h>
#include <core/p2m.h>
#include <core/page.h>
#include <core/percpu.h>
#include <drivers/gic.h>
#include <lib/string.h>

#define MEM_ALIGN MIB(2)
#define MEM_SPARE MIB(32) // left free when dom0_mem is not given: its quota and a first guest's
// At EL2, besides a stage-2 table for each 2 MiB of RAM, should all of it be split: event channels,
// grant frames, vGIC, tables for devices and foreign pages.
#define QUOTA_PAGES_FIXED 1536

static uint64_t wanted_memory(void) {
    uint64_t free = page_free_count() << PAGE_SHIFT, bytes = options.dom0_mem;

    if (bytes == 0) {
        bytes = MIN(DOM0_DEFAULT_MEM, free > MEM_SPARE ? free - MEM_SPARE : free);
        bytes = ALIGN_DOWN(bytes, MEM_ALIGN);
        log_warning("dom0_mem= is not given: Dom0 gets %llu MiB",
                    (unsigned long long)(bytes >> 20));
    }
    if (bytes > ~0ULL - MEM_ALIGN)
        boot_refuse("dom0_mem=", "give a size like 512M", "the value is too large");
    return ALIGN_UP(bytes, MEM_ALIGN);
}

static uint32_t wanted_vcpus(void) {
    uint32_t n = options.dom0_max_vcpus ? options.dom0_max_vcpus : nr_cpus;

    if (n > MAX_VCPUS)
        log_warning("dom0_max_vcpus=%u: Dom0 gets %u, the most of a domain", n, MAX_VCPUS);
    return MIN(n, (uint32_t)MAX_VCPUS);
}

static void find_modules(const struct system *s, struct dom0_plan *plan) {
    plan->g.kernel = plan->g.ramdisk = NULL;
    for (unsigned i = 0; i < s->nr_modules; i++) {
        const struct system_module *m = &s->module[i];

        if (m->domid)
            continue;
        if (m->kind == MODULE_KERNEL)
            plan->g.kernel = m;
        else if (m->kind == MODULE_RAMDISK)
            plan->g.ramdisk = m;
        else
            log_warning("%s: this kind of module is not used", m->node);
    }
    CHECK(plan->g.kernel);
    guest_read_kernel(&plan->g);
}

// Guests start with caches off: what EL2 wrote must be in memory.
static void load(ipa_t at, const struct system_module *m) {
    void *to = guest_map_boot(pa_of(at.v), m->range.size);

    memcpy(to, guest_map_boot(m->range.base, m->range.size), m->range.size);
    cache_clean(to, m->range.size);
}

static void load_all(const struct system *s, const struct dom0_plan *plan) {
    void *fdt = guest_map_boot(pa_of(plan->g.fdt_at.v), plan->g.fdt_max);
    uint32_t size;

    load(plan->g.kernel_at, plan->g.kernel);
    if (plan->g.ramdisk)
        load(plan->g.ramdisk_at, plan->g.ramdisk);
    size = dom0_write_fdt(s, plan, fdt, (uint32_t)plan->g.fdt_max);
    cache_clean(fdt, size);
}

static struct domain *create(const struct dom0_plan *plan, uint64_t bytes) {
    const struct domain_config cfg = {
        .id = 0,
        .max_evtchn_port = UINT32_MAX,
        .max_grant_frames = UINT32_MAX,
        .max_maptrack_frames = UINT32_MAX,
        .privileged = true,
        .direct_mapped = true,
        .nr_vcpus = plan->g.nr_vcpus,
        .nr_spis = MIN(gic_nr_irqs, NR_INTIDS) - 32,
        .max_pages = bytes >> PAGE_SHIFT,
        .quota_pages = QUOTA_PAGES_FIXED + (uint32_t)(bytes / MEM_ALIGN),
    };
    struct domain *d;
    int err = domain_create(&cfg, &d);

    if (err)
        boot_refuse("dom0_mem=", "ask for less", "Dom0 cannot be created (%d)", err);
    return d;
}

static void map_memory(struct domain *d, const struct dom0_plan *plan) {
    for (unsigned i = 0; i < plan->g.nr_banks; i++) {
        mfn_t first = pa_mfn(plan->g.bank[i].base);
        uint64_t count = plan->g.bank[i].size >> PAGE_SHIFT;
        int err;

        page_to_guest(d, first, count);
        err = p2m_map(d, gfn_of(first.v), first, count, P2M_RAM);
        if (err)
            boot_refuse("dom0_mem=", "ask for less", "Dom0's memory does not fit its map (%d)",
                        err);
    }
}

// What Dom0 may give to guests: registers of xen,passthrough devices, but those that a static
// domain has.
static void give_spare(struct domain *d, const struct system *s, const struct dom0_plan *plan) {
    struct system_range taken[MAX_ASSIGNED];
    unsigned nr = 0, n = 0;

    for (unsigned i = 0; i < s->nr_assigned; i++)
        system_add_pages(taken, &nr, MAX_ASSIGNED, &s->assigned[i].range);
    for (unsigned i = 0; i < plan->nr_spare; i++) {
        uint64_t from = plan->spare[i].base.v, end = range_end(&plan->spare[i]), stop;

        for (; n < DOMAIN_IO_RANGES && range_next_gap(taken, nr, end, &from, &stop); from = stop)
            d->io[n++] = (struct io_range){from >> PAGE_SHIFT, stop >> PAGE_SHIFT};
    }
}

void dom0_take_irqs(const struct system *s) {
    for (irq_t irq = 32; dom0 && irq < MIN(gic_nr_irqs, NR_INTIDS); irq++) {
        int err = irq == s->uart.irq || dom0_keeps_back(irq) ? 0 : irq_assign(irq, dom0);

        if (err && err != -EBUSY)
            boot_refuse("device tree", "report this board", "SPI %u cannot be given to Dom0 (%d)",
                        irq, err);
    }
}

void dom0_build(struct system *s) {
    static struct dom0_plan plan;
    struct domain *d;
    uint64_t bytes;

    if (!s->has_dom0)
        return;
    bytes = wanted_memory();
    plan.g.bootargs = s->dom0_bootargs;
    plan.g.nr_vcpus = wanted_vcpus();
    find_modules(s, &plan);
    dom0_scan_devices(s, &plan);
    plan.g.fdt_max = dom0_fdt_room(&plan);
    dom0_take_memory(s, &plan, bytes, plan.g.addr_cells == 1 ? GIB(4) : 1ULL << 48);
    guest_place(&plan.g, "raise dom0_mem= or shrink the ramdisk");
    d = create(&plan, bytes);
    dom0_find_regions(s, &plan, 1ULL << d->p2m.s2.ipa_bits);
    d->arch.evtchn_ppi = plan.g.evtchn_ppi;
    d->hvm_param[HVM_PARAM_CALLBACK_IRQ] =
        (uint64_t)HVM_PARAM_CALLBACK_TYPE_PPI << 56 |
        (uint64_t)HVM_PARAM_CALLBACK_TYPE_PPI_FLAG_LOW_LEVEL << 8 | plan.g.evtchn_ppi;
    d->arch.ipa_grants = plan.g.grants.base.v;
    map_memory(d, &plan);
    dom0_map_devices(d, s, &plan);
    give_spare(d, s, &plan);
    load_all(s, &plan);
    log_info("dom0: %u vCPUs, %llu MiB in %u banks, kernel 0x%llx, device tree 0x%llx",
             plan.g.nr_vcpus, (unsigned long long)(bytes >> 20), plan.g.nr_banks,
             (unsigned long long)plan.g.kernel_at.v, (unsigned long long)plan.g.fdt_at.v);
    arch_vcpu_reset(d->vcpu[0], plan.g.kernel_at, plan.g.fdt_at.v);
    vcpu_online(d->vcpu[0]);
}
