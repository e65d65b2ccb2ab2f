// SPDX-License-Identifier: Apache-2.0
// Builds the static domains (boot/domu.h). What it takes is O(their memory) for scrubbing and the
// copies; nothing else runs yet, so nothing waits for it.
#include <boot/cpupools.h>
#include <boot/domu.h>
#include <boot/range.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <arch/vcpu.h>
#include <arch/vuart.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/options.h>
#include <core/page.h>
#include <core/percpu.h>
#include <drivers/gic.h>
#include <lib/string.h>
#include <sched/sched.h>
#include <xen/arch-arm.h>
#include <xen/domctl.h>

#define FDT_ROOM KIB(8) // of the tree besides the partial one
#define PARTIAL_MAX MIB(1)
#define QUOTA_PAGES_FIXED 256 // at EL2, besides a stage-2 table for each 2 MiB of RAM
#define MEM_ALIGN MIB(2)

void domu_handle(domid_t id, uint8_t handle[16]) {
    memset(handle, 0, 16);
    handle[14] = (uint8_t)(id >> 8), handle[15] = (uint8_t)id;
}

static struct domain *create(const struct system_domain *c, domid_t id) {
    uint32_t spis = c->nr_spis_given ? c->nr_spis : MIN(gic_nr_irqs, NR_INTIDS) - 32;
    struct domain_config cfg = {
        .id = id,
        .max_evtchn_port = UINT32_MAX,
        .max_grant_frames = UINT32_MAX,
        .max_maptrack_frames = UINT32_MAX,
        .direct_mapped = c->direct_map,
        .vpmu = c->vpmu,
        .nr_vcpus = c->nr_vcpus,
        .cpupool = cpupools_id(c->pool),
        .nr_spis = c->vpl011 ? MAX(spis, GUEST_VPL011_SPI - 31U) : spis,
        .max_pages = c->memory >> PAGE_SHIFT,
        .quota_pages = MAX(QUOTA_PAGES_FIXED + (uint32_t)(c->memory / MEM_ALIGN),
                           c->paging_mib << (20 - PAGE_SHIFT)),
    };
    struct domain *d;
    int err;

    domu_handle(id, cfg.handle);
    err = domain_create(&cfg, &d);
    if (err)
        boot_refuse(c->node, "ask for less or give the machine more memory",
                    "the domain cannot be created (%d)", err);
    return d;
}

// Where its vCPUs may run, and how much of its scheduler it gets.
static void schedule(const struct system_domain *c, struct domain *d) {
    const struct system_share *share = &c->share;
    const struct sched_ops *ops = d->sched.pool->ops;
    bool fair = ops->id == XEN_SCHEDULER_CREDIT || ops->id == XEN_SCHEDULER_CREDIT2;

    if (((share->weight || share->cap) && !fair) ||
        (share->period_us && ops->id != XEN_SCHEDULER_RTDS))
        boot_refuse(c->node, "take them out or choose another cpupool-sched",
                    "the scheduler %s has no use for its coff,sched- properties", ops->name);
    if (share->weight || share->cap)
        sched_fair_set(d, share->weight ? (uint16_t)share->weight : d->sched.weight,
                       (uint16_t)share->cap);
    for (uint32_t i = 0; i < c->nr_vcpus; i++) {
        if (c->pin[i] && (c->pin[i] >> nr_cpus || sched_set_affinity(d->vcpu[i], &c->pin[i], NULL)))
            boot_refuse(c->node, "name CPUs that are there, one of them in its cpupool",
                        "hard-affinity of vCPU %u cannot be kept", i);
        if (share->period_us)
            sched_rtds_set(d->vcpu[i], share->period_us * 1000ULL, share->budget_us * 1000ULL,
                           false);
    }
}

// RAM from `first` on is the domain's at `gfn`; the boot scrub is what else would clear it.
static void give(struct domain *d, const struct system_domain *c, gfn_t gfn, mfn_t first,
                 uint64_t count) {
    int err;

    for (uint64_t i = 0; options.bootscrub && i < count; i++)
        page_scrub(mfn_add(first, i));
    page_to_guest(d, first, count);
    err = p2m_map(d, gfn, first, count, P2M_RAM);
    if (err)
        boot_refuse(c->node, "raise xen,domain-p2m-mem-mb", "its memory does not fit its map (%d)",
                    err);
}

// The domain's addresses: where its RAM is 1:1, or Xen's two banks, filled from below.
static void lay_out(const struct system_domain *c, struct guest_plan *plan) {
    uint64_t low = MIN(c->memory, GUEST_RAM0_SIZE);

    plan->nr_banks = 0;
    for (unsigned i = 0; c->direct_map && i < c->nr_banks; i++)
        plan->bank[plan->nr_banks++] = c->bank[i];
    if (c->direct_map)
        return;
    plan->bank[plan->nr_banks++] = (struct system_range){pa_of(GUEST_RAM0_BASE), low};
    if (c->memory > low)
        plan->bank[plan->nr_banks++] =
            (struct system_range){pa_of(GUEST_RAM1_BASE), c->memory - low};
}

// The biggest free block that is not more than `left`, in bytes 2^order pages; refused if there is
// none.
static mfn_t take_block(const struct system_domain *c, uint64_t left, unsigned *order) {
    struct page *p = NULL;

    for (;; --*order) {
        if (PAGE_SIZE << *order <= left)
            p = page_alloc_block(*order, mfn_of(0), mfn_of(UINT32_MAX));
        if (p)
            return page_mfn(p);
        if (*order == 0)
            boot_refuse(c->node, "ask for less or give the machine more memory",
                        "%llu KiB of its memory are not free", (unsigned long long)(left >> 10));
    }
}

// Fills the banks of the plan with blocks of descending size, so that each is aligned in both
// address spaces.
static void take_memory(struct domain *d, const struct system_domain *c,
                        const struct guest_plan *plan) {
    unsigned order = PAGE_MAX_ORDER;

    for (unsigned i = 0; i < plan->nr_banks; i++) {
        gfn_t gfn = ipa_gfn(ipa_of(plan->bank[i].base.v));

        for (uint64_t left = plan->bank[i].size; left > 0; left -= PAGE_SIZE << order) {
            mfn_t first = take_block(c, left, &order);

            give(d, c, gfn, first, 1ULL << order);
            gfn.v += 1ULL << order;
        }
    }
}

// Static memory fills the same banks piece by piece.
static void take_static_memory(struct domain *d, const struct system_domain *c,
                               const struct guest_plan *plan) {
    uint64_t done = 0; // bytes

    for (unsigned i = 0; i < c->nr_banks; i++) {
        uint64_t at = c->bank[i].base.v, left = c->bank[i].size;

        while (left > 0) {
            unsigned b = 0;
            uint64_t skip = done, part;

            for (; skip >= plan->bank[b].size; b++)
                skip -= plan->bank[b].size;
            part = MIN(left, plan->bank[b].size - skip);
            give(d, c, ipa_gfn(ipa_of(plan->bank[b].base.v + skip)), pa_mfn(pa_of(at)),
                 part >> PAGE_SHIFT);
            at += part, left -= part, done += part;
        }
    }
}

static const void *map_partial(const struct system *s, const struct system_domain *c) {
    const struct system_module *m;

    if (c->dtb == NO_MODULE)
        return NULL;
    m = &s->module[c->dtb];
    guest_map_boot(m->range.base, m->range.size);
    if (m->range.size > PARTIAL_MAX || (m->range.base.v & 7) ||
        dt_check(pa_va(m->range.base), m->range.size))
        boot_refuse(m->node, "load a DTB of at most 1 MiB at a multiple of 8",
                    "the partial device tree is corrupt or too large");
    return pa_va(m->range.base);
}

static void find_modules(const struct system *s, const struct system_domain *c,
                         struct guest_plan *plan) {
    plan->kernel = &s->module[c->kernel];
    plan->ramdisk = c->ramdisk == NO_MODULE ? NULL : &s->module[c->ramdisk];
    guest_map_boot(plan->kernel->range.base, plan->kernel->range.size);
    guest_read_kernel(pa_va(plan->kernel->range.base), plan->kernel->range.size, plan->kernel->node,
                      &plan->image);
}

static void add_piece(struct domain *d, pa_t from, uint64_t size, ipa_t to) {
    d->sealed.piece[d->sealed.nr++] = (struct sealed_piece){from, size, to};
}

// The device tree is made in memory of its own, and the domain's filled from there.
static void load(const struct system *s, const struct system_domain *c, struct domain *d,
                 const struct guest_plan *plan, const void *partial) {
    unsigned order = 0;
    struct page *block;
    pa_t fdt;
    int err;

    while (PAGE_SIZE << order < plan->fdt_max)
        order++;
    block = page_alloc_block(order, mfn_of(1), mfn_of(UINT32_MAX));
    if (!block)
        boot_refuse(c->node, "give the machine more memory", "no memory for its device tree");
    fdt = mfn_pa(page_mfn(block));
    guest_map_boot(fdt, plan->fdt_max);
    add_piece(d, plan->kernel->range.base, plan->kernel->range.size, plan->kernel_at);
    if (plan->ramdisk)
        add_piece(d, plan->ramdisk->range.base, plan->ramdisk->range.size, plan->ramdisk_at);
    add_piece(d, fdt, domu_write_fdt(s, c, plan, partial, pa_va(fdt), (uint32_t)plan->fdt_max),
              plan->fdt_at);
    d->sealed.entry = plan->kernel_at;
    d->sealed.fdt = plan->fdt_at;
    do
        err = sealed_load_step(d);
    while (err == SEALED_MORE);
    CHECK(!err); // guest_place put it into the domain's RAM
    if (!restart_wanted(&c->restart))
        page_free_block(block, order);
}

static void keep_range(const struct system_domain *c, struct domain *d,
                       const struct system_range *r, bool ram) {
    if (d->sealed.nr_ranges == SEALED_RANGES)
        boot_refuse(c->node, "share less memory", "too many regions of memory for a restart");
    d->sealed.range[d->sealed.nr_ranges++] =
        (struct sealed_range){ipa_gfn(ipa_of(r->base.v)).v, r->size >> PAGE_SHIFT, ram};
}

// What the restart must know when struct system is gone.
static void seal(const struct system *s, const struct system_domain *c, struct domain *d,
                 const struct guest_plan *plan) {
    struct sealed *sealed = &d->sealed;

    sealed->policy = c->restart;
    if (!restart_wanted(&c->restart))
        return;
    sealed->xenstore = c->enhanced == ENHANCED_ALL;
    for (unsigned i = 0; i < plan->nr_banks; i++)
        keep_range(c, d, &plan->bank[i], true);
    for (unsigned i = 0; i < s->nr_shared; i++) {
        struct system_range seen = {pa_of(s->shared[i].at.v), s->shared[i].range.size};

        if (s->shared[i].domid == d->id)
            keep_range(c, d, &seen, false);
    }
    for (unsigned i = 0; i < s->nr_links; i++) {
        const struct system_link *l = &s->link[i], *o = &s->link[l->other];

        if (l->domid != d->id)
            continue;
        if (sealed->nr_links == SEALED_LINKS)
            boot_refuse(c->node, "use fewer", "too many static event channels for a restart");
        sealed->link[sealed->nr_links++] = (struct sealed_link){l->port, o->port, o->domid};
    }
}

// Unused address space for foreign mappings, as Xen gives it; not where the domain's own
// description puts other things.
static void find_extended(const struct system *s, const struct system_domain *c,
                          const struct domain *d, struct guest_plan *plan) {
    uint64_t low = GUEST_RAM0_BASE, high = GUEST_RAM1_BASE, end = 1ULL << d->p2m.s2.ipa_bits;

    plan->nr_extended = 0;
    if (c->dtb != NO_MODULE || c->direct_map || guest_shares(s, d->id))
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

// What PV guests find by hypercalls. Xenstore comes when Dom0 introduces the domain.
static void enhance(const struct system *s, const struct system_domain *c, struct domain *d,
                    struct guest_plan *plan) {
    port_t port;

    if (c->enhanced == ENHANCED_NO)
        return;
    plan->grants = (struct system_range){pa_of(GUEST_GNTTAB_BASE), GUEST_GNTTAB_SIZE};
    plan->evtchn_ppi = GUEST_EVTCHN_PPI;
    find_extended(s, c, d, plan);
    if (c->enhanced != ENHANCED_ALL)
        return;
    if (evtchn_alloc_unbound(d, 0, &port))
        boot_refuse(c->node, "report this", "no event channel for Xenstore");
    d->hvm_param[HVM_PARAM_STORE_EVTCHN] = port;
    d->hvm_param[HVM_PARAM_STORE_PFN] = ~0ULL;
}

// Where the host's is for a 1:1 domain, as on Xen.
static void add_uart(const struct system *s, const struct system_domain *c, struct domain *d) {
    bool host = c->direct_map && s->uart.irq >= 32;
    ipa_t base = ipa_of(host ? s->uart.reg.base.v : GUEST_PL011_BASE);

    if (c->vpl011 && vuart_create_console(d, base, host ? s->uart.irq : GUEST_VPL011_SPI))
        boot_refuse(c->node, "raise nr_spis", "no room for its vpl011");
}

static void build(const struct system *s, unsigned n, struct domu_taken *taken) {
    static struct guest_plan plan;
    const struct system_domain *c = &s->domain[n];
    const void *partial = map_partial(s, c);
    struct domain *d = create(c, (domid_t)(n + 1));

    plan = (struct guest_plan){.domid = d->id,
                               .nr_vcpus = c->nr_vcpus,
                               .bootargs = c->bootargs,
                               .addr_cells = 2,
                               .size_cells = 2,
                               .irq_cells = 3,
                               .gic_phandle = domu_gic_phandle(partial)};
    plan.fdt_max = ALIGN_UP(FDT_ROOM + (partial ? dt_size(partial) : 0), PAGE_SIZE);
    schedule(c, d);
    find_modules(s, c, &plan);
    lay_out(c, &plan);
    guest_place(&plan, "raise its memory");
    if (c->nr_banks)
        take_static_memory(d, c, &plan);
    else
        take_memory(d, c, &plan);
    add_uart(s, c, d);
    enhance(s, c, d, &plan);
    if (partial)
        domu_assign(s, c, d, partial, taken);
    load(s, c, d, &plan, partial);
    seal(s, c, d, &plan);
    log_info("d%u: %s, %u vCPUs, %llu KiB, kernel 0x%llx, device tree 0x%llx", d->id, c->node,
             c->nr_vcpus, (unsigned long long)(c->memory >> 10),
             (unsigned long long)plan.kernel_at.v, (unsigned long long)plan.fdt_at.v);
    arch_vcpu_reset(d->vcpu[0], plan.kernel_at, plan.fdt_at.v);
    vcpu_online(d->vcpu[0]);
}

// The modules were copied: their whole pages become ordinary free memory, but for those that a
// restart copies again.
static void free_modules(const struct system *s) {
    for (unsigned i = 0; i < s->nr_modules; i++) {
        const struct system_module *m = &s->module[i];
        const struct system_range *r = &m->range;
        uint64_t first = ALIGN_UP(r->base.v, PAGE_SIZE), end = ALIGN_DOWN(range_end(r), PAGE_SIZE);

        if (m->domid && m->kind != MODULE_DTB && restart_wanted(&s->domain[m->domid - 1].restart))
            continue;
        if (first < end)
            page_release_range(pa_mfn(pa_of(first)), (end - first) >> PAGE_SHIFT);
    }
}

void domu_build_all(struct system *s) {
    static struct domu_taken taken;

    taken.count = 0;
    dom0_owned(s, taken.range, &taken.count);
    for (unsigned i = 0; i < s->nr_domains; i++)
        build(s, i, &taken);
    dom0_take_irqs(s);
    links_make(s);
    free_modules(s);
    for (struct domain *d = domain_next(0); d; d = domain_next(d->id + 1U))
        (void)!domain_unpause(d);
}
