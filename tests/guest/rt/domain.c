// SPDX-License-Identifier: Apache-2.0
// The builder of domain.h. Frames of the new domain: the share, then the image, at the start of its
// RAM. Pages of others are seen in a GiB of their own, the last RT_MAX_DOMAINS of its window are
// the shares'.

#include "domain.h"
#include <xen/errno.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/sysctl.h>

#define MAGIC 0x6572616873747200ULL // "\0rtshare", no device tree's first word
#define BATCH 32U
#define WINDOW_GFN ((uint64_t)RT_WINDOW_GIB << 18)
#define FIRST_GFN (GUEST_RAM0_BASE >> 12)
#define PAGING_POOL (2U << 20)
#define GONE_TRIES 2000U
#define SETTLED_MS 50U

extern char bss_start[];

struct rt_share *rt_share;

static bool slot_taken[RT_MAX_DOMAINS];

static struct rt_share *share_read(void *boot) {
    struct rt_share *s = boot;
    struct rt_platform *pf = &rt_platform;
    if (s == NULL || s->magic != MAGIC) {
        return NULL;
    }
    pf->ram_base = GUEST_RAM0_BASE;
    pf->ram_size = s->ram_size;
    pf->ram_gib = 1ULL << (GUEST_RAM0_BASE >> 30);
    pf->nr_cpus = s->nr_vcpus;
    pf->gic_version = s->gic_version;
    pf->gicd = GUEST_GICD_BASE; // version 3's is the same
    pf->gicc = GUEST_GICC_BASE;
    pf->gicr = GUEST_GICV3_GICR0_BASE;
    pf->gicr_size = GUEST_GICV3_GICR0_SIZE;
    pf->irq_ptimer = GUEST_TIMER_PHYS_NS_PPI;
    pf->irq_vtimer = GUEST_TIMER_VIRT_PPI;
    pf->irq_evtchn = GUEST_EVTCHN_PPI;
    for (uint32_t i = 0; i < s->nr_vcpus; i++) {
        rt_cpus[i].mpidr = i;
    }
    return s;
}

static void to_share(const char *text, uint32_t n) {
    uint32_t at = rt_share->text_used;
    for (uint32_t i = 0; i < n && at < sizeof(rt_share->text); i++) {
        rt_share->text[at++] = text[i];
    }
    rt_share->text_used = at;
}

void (*rt_start(void *boot))(void) {
    rt_share = share_read(boot);
    if (rt_share == NULL) {
        rt_fdt_read(boot);
        return rt_main;
    }
    rt_console_to(to_share);
    return rt_share->main;
}

int64_t rt_domctl(struct xen_domctl *op, uint32_t cmd, domid_t id) {
    op->cmd = cmd;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = id;
    return rt_hypercall(__HYPERVISOR_domctl, (uintptr_t)op, 0, 0, 0, 0);
}

void *rt_map_foreign(domid_t id, uint64_t gfn, uint32_t nr, uint32_t at) {
    static uint64_t from[BATCH], to[BATCH];
    static int32_t errs[BATCH];
    for (uint32_t done = 0; done < nr;) {
        uint32_t n = nr - done < BATCH ? nr - done : BATCH;
        struct xen_add_to_physmap_batch a = {.domid = DOMID_SELF,
                                             .space = XENMAPSPACE_gmfn_foreign,
                                             .size = (uint16_t)n,
                                             .u.foreign_domid = id,
                                             .idxs.q = (uintptr_t)from,
                                             .gpfns.q = (uintptr_t)to,
                                             .errs.q = (uintptr_t)errs};
        for (uint32_t i = 0; i < n; i++, done++) {
            from[i] = gfn + done;
            to[i] = WINDOW_GFN + at + done;
        }
        int64_t r = rt_hypercall(__HYPERVISOR_memory_op, XENMEM_add_to_physmap_batch, (uintptr_t)&a,
                                 0, 0, 0);
        for (uint32_t i = 0; i < n && r == 0; i++) {
            r = errs[i];
        }
        if (r != 0) {
            return NULL;
        }
    }
    return (void *)(uintptr_t)((WINDOW_GFN + at) << 12);
}

void rt_unmap_foreign(uint32_t at, uint32_t nr) {
    for (uint32_t i = 0; i < nr; i++) {
        struct xen_remove_from_physmap r = {.domid = DOMID_SELF, .gpfn = WINDOW_GFN + at + i};
        (void)rt_hypercall(__HYPERVISOR_memory_op, XENMEM_remove_from_physmap, (uintptr_t)&r, 0, 0,
                           0);
    }
}

static uint64_t free_pages(void) {
    struct xen_sysctl op = {.cmd = XEN_SYSCTL_physinfo,
                            .interface_version = XEN_SYSCTL_INTERFACE_VERSION};
    int64_t r = rt_hypercall(__HYPERVISOR_sysctl, (uintptr_t)&op, 0, 0, 0, 0);
    return r == 0 ? op.u.physinfo.free_pages : 0;
}

uint64_t rt_free_pages(void) {
    uint64_t seen = free_pages();
    for (uint32_t same = 0, i = 0; same < SETTLED_MS && i < GONE_TRIES; i++) {
        rt_sleep(1);
        uint64_t now = free_pages();
        same = now == seen ? same + 1U : 0;
        seen = now;
    }
    return seen;
}

static bool step(const char *name, int64_t r) {
    rt_check(name, r == 0, (uint64_t)r);
    return r == 0;
}

static bool populate(domid_t id, uint32_t mem_mib) {
    for (uint32_t i = 0; i < mem_mib / 2U; i++) {
        uint64_t gfn = FIRST_GFN + (uint64_t)i * 512U;
        struct xen_memory_reservation a = {
            .extent_start.q = (uintptr_t)&gfn, .nr_extents = 1, .extent_order = 9, .domid = id};
        int64_t r =
            rt_hypercall(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (uintptr_t)&a, 0, 0, 0);
        if (!step("domain: populate_physmap", r == 1 ? 0 : r)) {
            return false;
        }
    }
    return true;
}

static bool pin(domid_t id, const struct rt_domain_config *c) {
    for (uint32_t i = 0; i < c->nr_vcpus; i++) {
        uint64_t map = 1ULL << (c->cpu[i] % 64U);
        struct xen_domctl op = {.u.vcpuaffinity = {.vcpu = i,
                                                   .flags = XEN_VCPUAFFINITY_HARD,
                                                   .cpumap_hard.bitmap.q = (uintptr_t)&map,
                                                   .cpumap_hard.nr_bits = 64}};
        if (c->cpu[i] != RT_ANY_CPU &&
            !step("domain: setvcpuaffinity", rt_domctl(&op, XEN_DOMCTL_setvcpuaffinity, id))) {
            return false;
        }
    }
    return true;
}

static bool bind(struct rt_domain *d) {
    struct evtchn_alloc_unbound a = {.dom = d->id, .remote_dom = DOMID_SELF};
    int64_t r =
        rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, (uintptr_t)&a, 0, 0, 0);
    if (!step("domain: alloc_unbound", r)) {
        return false;
    }
    struct evtchn_bind_interdomain b = {.remote_dom = d->id, .remote_port = a.port};
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, (uintptr_t)&b, 0, 0,
                     0);
    d->share->port = a.port;
    d->port = b.local_port;
    return step("domain: bind_interdomain", r);
}

// The image without its .bss, which head.S clears.
static bool load(domid_t id) {
    uint32_t pages = (uint32_t)((bss_start - image_start + 4095) / 4096);
    volatile uint64_t *to = rt_map_foreign(id, FIRST_GFN + 1U, pages, 0);
    const uint64_t *from = (const uint64_t *)(uintptr_t)image_start;
    if (!step("domain: map the image", to == NULL)) {
        return false;
    }
    for (uint32_t i = 0; i < pages * 512U; i++) {
        to[i] = from[i];
    }
    rt_unmap_foreign(0, pages);
    return true;
}

static bool start(domid_t id, bool paused) {
    uint32_t pages = (uint32_t)((image_end - image_start) / 4096) + 1U;
    struct xen_domctl op = {.u.cacheflush = {.start_pfn = FIRST_GFN, .nr_pfns = pages}};
    struct vcpu_guest_context c = {.flags = VGCF_online,
                                   .user_regs = {.x0 = GUEST_RAM0_BASE,
                                                 .pc64 = GUEST_RAM0_BASE + 4096U,
                                                 .cpsr = PSR_GUEST64_INIT},
                                   .sctlr = SCTLR_GUEST_INIT};
    if (!step("domain: cacheflush", rt_domctl(&op, XEN_DOMCTL_cacheflush, id))) {
        return false;
    }
    op.u.vcpucontext = (struct xen_domctl_vcpucontext){.ctxt.q = (uintptr_t)&c};
    return step("domain: setvcpucontext", rt_domctl(&op, XEN_DOMCTL_setvcpucontext, id)) &&
           (paused || step("domain: unpausedomain", rt_domctl(&op, XEN_DOMCTL_unpausedomain, id)));
}

static bool create(struct rt_domain *d, const struct rt_domain_config *c, uint8_t *gic) {
    struct xen_domctl op = {.u.createdomain = {.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
                                               .max_vcpus = c->nr_vcpus,
                                               .max_evtchn_port = 1023,
                                               .max_grant_frames = -1,
                                               .max_maptrack_frames = -1,
                                               .grant_opts = 1,
                                               .arch.nr_spis = c->uart_ring != NULL ? 1U : 0}};
    if (!step("domain: createdomain", rt_domctl(&op, XEN_DOMCTL_createdomain, 0))) {
        return false;
    }
    d->id = op.domain;
    *gic = op.u.createdomain.arch.gic_version == XEN_DOMCTL_CONFIG_GIC_V3 ? 3U : 2U;
    op.u.max_vcpus.max = c->nr_vcpus;
    if (!step("domain: max_vcpus", rt_domctl(&op, XEN_DOMCTL_max_vcpus, d->id))) {
        return false;
    }
    op.u.max_mem.max_memkb = (uint64_t)c->mem_mib << 10;
    if (!step("domain: max_mem", rt_domctl(&op, XEN_DOMCTL_max_mem, d->id))) {
        return false;
    }
    op.u.paging_mempool.size = PAGING_POOL;
    if (!step("domain: set_paging_mempool_size",
              rt_domctl(&op, XEN_DOMCTL_set_paging_mempool_size, d->id))) {
        return false;
    }
    op.u.address_size.size = 64;
    return step("domain: set_address_size", rt_domctl(&op, XEN_DOMCTL_set_address_size, d->id));
}

static bool give_uart(domid_t id, const void *ring) {
    uint64_t gfn = FIRST_GFN + 1U + ((uintptr_t)ring - (uintptr_t)image_start) / 4096U;
    struct xen_domctl op = {.u.vuart_op = {.cmd = XEN_DOMCTL_VUART_OP_INIT, .gfn = gfn}};
    return ring == NULL || step("domain: vuart_op", rt_domctl(&op, XEN_DOMCTL_vuart_op, id));
}

bool rt_domain_create(struct rt_domain *d, const struct rt_domain_config *c) {
    uint8_t gic;
    uint32_t slot = 0;
    while (slot_taken[slot]) {
        slot++;
    }
    rt_map_memory(RT_WINDOW_GIB);
    *d = (struct rt_domain){.share = NULL};
    if (!create(d, c, &gic) || !pin(d->id, c) || !populate(d->id, c->mem_mib) || !load(d->id) ||
        !give_uart(d->id, c->uart_ring)) {
        return false;
    }
    d->share = rt_map_foreign(d->id, FIRST_GFN, 1, RT_WINDOW_PAGES - RT_MAX_DOMAINS + slot);
    if (!step("domain: map the share", d->share == NULL)) {
        return false;
    }
    slot_taken[slot] = true;
    d->share->magic = MAGIC;
    // The image lies a page above the share.
    d->share->main =
        (void (*)(void))((uintptr_t)c->main - (uintptr_t)image_start + GUEST_RAM0_BASE + 4096U);
    d->share->ram_size = (uint64_t)c->mem_mib << 20;
    d->share->nr_vcpus = c->nr_vcpus;
    d->share->gic_version = gic;
    d->share->domid = d->id;
    return bind(d) && start(d->id, c->paused);
}

bool rt_domain_gone(domid_t id) {
    for (uint32_t i = 0; i < GONE_TRIES; i++) {
        struct xen_domctl op = {.cmd = 0};
        if (rt_domctl(&op, XEN_DOMCTL_getdomaininfo, id) != 0 || op.domain != id) {
            return true;
        }
        rt_sleep(1);
    }
    return false;
}

bool rt_domain_kill(struct rt_domain *d) {
    struct evtchn_close c = {.port = d->port};
    struct xen_domctl op = {.cmd = 0};
    int64_t r;
    if (d->share != NULL) {
        uint32_t page = (uint32_t)((uintptr_t)d->share >> 12) & (RT_WINDOW_PAGES - 1U);
        rt_domain_report(d);
        rt_unmap_foreign(page, 1);
        slot_taken[page + RT_MAX_DOMAINS - RT_WINDOW_PAGES] = false;
        d->share = NULL;
    }
    (void)rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_close, (uintptr_t)&c, 0, 0, 0);
    do {
        r = rt_domctl(&op, XEN_DOMCTL_destroydomain, d->id);
    } while (r == -XEN_EAGAIN || r == -XEN_ERESTART);
    return step("domain: destroydomain", r);
}

bool rt_domain_destroy(struct rt_domain *d) {
    return rt_domain_kill(d) && step("domain: gone", rt_domain_gone(d->id) ? 0 : 1);
}

bool rt_domain_wait(const struct rt_domain *d, uint32_t i, uint64_t value, uint32_t ms) {
    for (uint32_t n = 0; d->share->word[i] < value; n++) {
        if (n > ms) {
            return false;
        }
        rt_sleep(1);
    }
    return true;
}

void rt_domain_report(struct rt_domain *d) {
    uint32_t checks = d->share->checks, bad = d->share->bad, used = d->share->text_used;
    for (; d->text_used < used && d->text_used < sizeof(d->share->text); d->text_used++) {
        rt_printf("%c", d->share->text[d->text_used]);
    }
    rt_add_checks(checks - d->checks, bad - d->bad);
    d->checks = checks;
    d->bad = bad;
}
