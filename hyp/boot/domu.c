// SPDX-License-Identifier: Apache-2.0
// Builds the static domains (boot/domu.h). What it takes is O(their memory) for scrubbing and the
// copies; nothing else runs yet, so nothing waits for it.
#include <boot/cpupools.h>
#include <boot/domu.h>
#include <boot/range.h>

#include <arch/map.h>
#include <arch/vcpu.h>
#include <arch/vuart.h>
#include <core/domain.h>
#include <core/irq.h>
#include <core/log.h>
#include <core/options.h>
#include <core/page.h>
#include <core/percpu.h>
#include <drivers/gic.h>
#include <lib/bitmap.h>
#include <lib/string.h>
#include <sched/sched.h>
#include <xen/arch-arm.h>
#include <xen/scheduler.h>

#define QUOTA_PAGES_FIXED 256 // at EL2, besides a stage-2 table for each 2 MiB of RAM
#define MEM_ALIGN MIB(2)

// Where the domain has its RAM, in its own addresses.
struct guest_ram {
    struct system_range bank[MAX_STATIC_BANKS];
    unsigned nr;
};

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

// Fills the domain's banks with blocks of descending size, so that each is aligned in both
// address spaces.
static void take_memory(struct domain *d, const struct system_domain *c,
                        const struct guest_ram *ram) {
    unsigned order = PAGE_MAX_ORDER;

    for (unsigned i = 0; i < ram->nr; i++) {
        gfn_t gfn = ipa_gfn(ipa_of(ram->bank[i].base.v));

        for (uint64_t left = ram->bank[i].size; left > 0; left -= PAGE_SIZE << order) {
            mfn_t first = take_block(c, left, &order);

            give(d, c, gfn, first, 1ULL << order);
            gfn.v += 1ULL << order;
        }
    }
}

// Static memory fills the same banks piece by piece.
static void take_static_memory(struct domain *d, const struct system_domain *c,
                               const struct guest_ram *ram) {
    uint64_t done = 0; // bytes

    for (unsigned i = 0; i < c->nr_banks; i++) {
        uint64_t at = c->bank[i].base.v, left = c->bank[i].size;

        while (left > 0) {
            unsigned b = 0;
            uint64_t skip = done, part;

            for (; skip >= ram->bank[b].size; b++)
                skip -= ram->bank[b].size;
            part = MIN(left, ram->bank[b].size - skip);
            give(d, c, ipa_gfn(ipa_of(ram->bank[b].base.v + skip)), pa_mfn(pa_of(at)),
                 part >> PAGE_SHIFT);
            at += part, left -= part, done += part;
        }
    }
}

static void add_piece(struct domain *d, pa_t from, uint64_t size, ipa_t to) {
    d->sealed.piece[d->sealed.nr++] = (struct sealed_piece){from, size, to};
}

static void load(const struct system *s, const struct system_domain *c, struct domain *d) {
    const struct system_range *kernel = &s->module[c->kernel].range;
    int err;

    add_piece(d, kernel->base, kernel->size, c->kernel_at);
    if (c->ramdisk != NO_MODULE)
        add_piece(d, s->module[c->ramdisk].range.base, s->module[c->ramdisk].range.size,
                  c->ramdisk_at);
    add_piece(d, c->fdt.base, c->fdt.size, c->fdt_at);
    d->sealed.entry = c->kernel_at;
    d->sealed.fdt = c->fdt_at;
    do
        err = sealed_load_step(d);
    while (err == SEALED_MORE);
    CHECK(!err); // they are in the domain's RAM
}

static void keep_range(const struct system_domain *c, struct domain *d,
                       const struct system_range *r, bool ram) {
    if (d->sealed.nr_ranges == SEALED_RANGES)
        boot_refuse(c->node, "share less memory", "too many regions of memory for a restart");
    d->sealed.range[d->sealed.nr_ranges++] =
        (struct sealed_range){ipa_gfn(ipa_of(r->base.v)).v, r->size >> PAGE_SHIFT, ram};
}

static void keep_resets(const struct system *s, const struct system_domain *c, struct domain *d) {
    struct sealed *sealed = &d->sealed;

    for (unsigned i = 0; i < s->nr_resets; i++) {
        const struct device_reset *r = &s->reset[i].step;

        if (s->reset[i].domid != d->id)
            continue;
        if (sealed->nr_resets == SEALED_RESETS || !map_device(r->at, sizeof(uint32_t)))
            boot_refuse(c->node, "use fewer", "too many steps of coff,reset for a restart");
        sealed->reset[sealed->nr_resets++] = *r;
    }
}

// What the restart must know when struct system is gone.
static void seal(const struct system *s, const struct system_domain *c, struct domain *d,
                 const struct guest_ram *ram) {
    struct sealed *sealed = &d->sealed;

    sealed->policy = c->restart;
    if (!restart_wanted(&c->restart))
        return;
    sealed->xenstore = c->enhanced == ENHANCED_ALL;
    keep_resets(s, c, d);
    for (unsigned i = 0; i < ram->nr; i++)
        keep_range(c, d, &ram->bank[i], true);
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

// Xenstore comes when Dom0 introduces the domain.
static void enhance(const struct system_domain *c, struct domain *d) {
    port_t port;

    if (c->enhanced != ENHANCED_ALL)
        return;
    if (evtchn_alloc_unbound(d, 0, &port))
        boot_refuse(c->node, "report this", "no event channel for Xenstore");
    d->hvm_param[HVM_PARAM_STORE_EVTCHN] = port;
    d->hvm_param[HVM_PARAM_STORE_PFN] = ~0ULL;
}

static void add_uart(const struct system *s, const struct system_domain *c, struct domain *d) {
    struct domu_uart u = domu_uart(s, c);

    if (c->vpl011 && vuart_create_console(d, u.base, u.irq))
        boot_refuse(c->node, "raise nr_spis", "no room for its vpl011");
}

// Registers and interrupts of its devices, the latter under the host's numbers.
static void assign(const struct system *s, const struct system_domain *c, struct domain *d) {
    for (unsigned i = 0; i < s->nr_assigned; i++) {
        const struct system_assigned *a = &s->assigned[i];

        if (a->domid == d->id && p2m_map(d, ipa_gfn(a->at), pa_mfn(a->range.base),
                                         a->range.size >> PAGE_SHIFT, P2M_DEVICE))
            boot_refuse(c->node, "raise xen,domain-p2m-mem-mb",
                        "registers at 0x%llx do not fit its map",
                        (unsigned long long)a->range.base.v);
    }
    for (size_t irq = 0; (irq = bitmap_next_set(c->irqs, NR_INTIDS, irq)) < NR_INTIDS; irq++) {
        int err = irq_assign((irq_t)irq, d);

        if (err)
            boot_refuse(c->node, "raise nr_spis, or leave the device to its owner",
                        "interrupt %u cannot be assigned (%d)", (irq_t)irq, err);
    }
}

static void build(const struct system *s, unsigned n) {
    const struct system_domain *c = &s->domain[n];
    struct domain *d = create(c, (domid_t)(n + 1));
    struct guest_ram ram;

    ram.nr = system_guest_ram(c, ram.bank);
    schedule(c, d);
    if (c->nr_banks)
        take_static_memory(d, c, &ram);
    else
        take_memory(d, c, &ram);
    add_uart(s, c, d);
    enhance(c, d);
    assign(s, c, d);
    load(s, c, d);
    seal(s, c, d, &ram);
    log_info("d%u: %s, %u vCPUs, %llu KiB, kernel 0x%llx, device tree 0x%llx", d->id, c->node,
             c->nr_vcpus, (unsigned long long)(c->memory >> 10), (unsigned long long)c->kernel_at.v,
             (unsigned long long)c->fdt_at.v);
    arch_vcpu_reset(d->vcpu[0], c->kernel_at, c->fdt_at.v);
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

void domu_build_all(const struct system *s) {
    for (unsigned i = 0; i < s->nr_domains; i++)
        build(s, i);
    links_make(s);
    free_modules(s);
}

void domu_start_all(void) {
    for (struct domain *d = domain_next(0); d; d = domain_next(d->id + 1U))
        (void)!domain_unpause(d);
}
