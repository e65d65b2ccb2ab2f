// SPDX-License-Identifier: Apache-2.0
// Payload: a hostile domain attacks memory, quotas and the toolstack's calls with the advisories
// that once succeeded (XSA-29, 31, 100, 125, 127, 132, 149, 158, 159, 210, 212, 222, 238, 364, 383,
// 409, 410, 492, 506), while a witness looks after itself. Names of checks tell the advisory.

#include "calls.h"
#include "witness.h"
#include <xen/hvm_op.h>
#include <xen/hvm_params.h>
#include <xen/sysctl.h>

#define PAGE 4096U
#define BLOCK (2U << 20)
#define FAR_GFN 0x80000U // nothing lies there
#define LIGHT_ROUNDS 300U

enum { DONE, WITNESS_ID, TABLES }; // words of the share

// --- the hostile domain ---------------------------------------------------------------------

static int64_t change(uint32_t op, uint64_t gfn, uint32_t order) {
    struct xen_memory_reservation a = {.extent_start.q = (uintptr_t)&gfn,
                                       .nr_extents = 1,
                                       .extent_order = order,
                                       .domid = DOMID_SELF};
    return rt_memory(op, &a);
}

static int64_t decrease(uint64_t gfn) { return change(XENMEM_decrease_reservation, gfn, 0); }

static int64_t populate(uint64_t gfn) { return change(XENMEM_populate_physmap, gfn, 0); }

static bool readable(uint64_t address) {
    rt_expect_begin();
    (void)rt_read64(address);
    return rt_expect_end() == 0;
}

static uint64_t block(uint32_t i) { return rt_platform.ram_base + (uint64_t)i * BLOCK; }

// The result is a count of extents or an error; nothing is done and it takes no time.
static void huge_orders(void) {
    static const uint32_t ops[] = {XENMEM_increase_reservation, XENMEM_decrease_reservation,
                                   XENMEM_populate_physmap, XENMEM_claim_pages, XENMEM_exchange};
    static const uint64_t counts[] = {1, 2, 1ULL << 31, 1ULL << 32, 1ULL << 58, UINT64_MAX};
    uint64_t gfn[2] = {FAR_GFN, FAR_GFN};
    for (uint32_t i = 0; i < RT_NR(ops); i++) {
        for (uint32_t order = 0; order < 70U; order++) {
            for (uint32_t n = 0; n < RT_NR(counts); n++) {
                struct xen_memory_exchange x = {
                    .in = {.extent_start.q = (uintptr_t)gfn,
                           .nr_extents = counts[n],
                           .extent_order = order < 64U ? order : 1U << (order - 38U),
                           .domid = DOMID_SELF}};
                x.out = x.in;
                int64_t r = rt_memory(ops[i], &x);
                rt_check("XSA-31 order and count", r <= 0, ops[i] << 16 | order << 8 | n);
            }
        }
    }
}

// The arrays lie between words that nobody may write, and their start or count wraps.
static void exchanges(void) {
    static uint64_t words[64];
    static const uint64_t done[] = {0, 1, 1ULL << 31, 1ULL << 60, 1ULL << 61, UINT64_MAX};
    for (uint32_t i = 0; i < RT_NR(words); i++) {
        words[i] = ~0x29ULL;
    }
    for (uint32_t i = 0; i < RT_NR(done) * 4U; i++) {
        uint64_t list = (uintptr_t)&words[32];
        struct xen_memory_exchange x = {
            .in = {.extent_start.q = list, .nr_extents = 1, .domid = DOMID_SELF},
            .out = {.extent_start.q = (i & 1U) != 0 ? UINT64_MAX - 7U : list,
                    .nr_extents = 1,
                    .domid = DOMID_SELF},
            .nr_exchanged = done[i / 4U]};
        x.in.extent_start.q -= (i & 2U) != 0 ? done[i / 4U] * 8U : 0;
        int64_t r = rt_memory(XENMEM_exchange, &x);
        rt_check("XSA-29, 159, 212 exchange", r < 0 || done[i / 4U] == 1U, i); // 1: all are done
    }
    for (uint32_t i = 0; i < RT_NR(words); i++) {
        rt_check("XSA-29 words around the list", words[i] == ~0x29ULL, i);
    }
}

// 16 pages less, and exactly as many come back, scrubbed.
static void up_to_the_limit(void) {
    uint64_t first = block(2), back = 0;
    for (uint32_t i = 0; i < 16U; i++) {
        rt_write64(first + i * PAGE, 0xdead);
        rt_expect("XSA-383 give a page", decrease((first >> 12) + i), 1);
    }
    for (uint32_t i = 0; i < 16U; i++) {
        rt_check("K7 given away, not seen", !readable(first + i * PAGE), i);
    }
    while (back < 64U && populate((first >> 12) + back) == 1) {
        back++;
    }
    rt_check("XSA-383 up to the size it was given", back == 16U, back);
    for (uint32_t i = 0; i < back; i++) {
        for (uint32_t at = 0; at < PAGE; at += 8U) {
            uint64_t v = rt_read64(first + i * PAGE + at);
            rt_check("XSA-100, 364 new pages are zero", v == 0, v);
        }
    }
}

static void shatter(void) {
    for (uint32_t i = 0; i < 400U; i++) {
        uint64_t at = block(2) + BLOCK / 2U + i * 37U % 256U * PAGE;
        rt_write64(at, i);
        rt_expect("XSA-210 a hole in a block", decrease(at >> 12), 1);
        rt_expect("XSA-210 closed", populate(at >> 12), 1);
        rt_check("XSA-210 neighbours", readable(at - PAGE) && readable(at + PAGE), i);
    }
}

// Each page goes to a place of its own, which takes a table: the domain's share of tables ends.
static void eat_tables(void) {
    uint64_t from = block(2) >> 12, moved = 0;
    for (uint32_t i = 0; i < 1024U; i++) {
        rt_check("XSA-409 give a page", decrease(from + i) == 1, i);
        uint64_t to = FAR_GFN + (uint64_t)i * (i % 8U == 0 ? 1U << 18 : 512U);
        if (populate(to) != 1) {
            break;
        }
        moved++;
    }
    rt_share->word[TABLES] = moved;
    // A block can no longer be shattered; then the page must stay.
    uint64_t at = block(1) + 5U * PAGE;
    rt_write64(at, 0x222);
    int64_t r = decrease(at >> 12);
    rt_check("XSA-222 all or nothing", r == (readable(at) ? 0 : 1), (uint64_t)r);
    rt_check("XSA-222 its neighbours", readable(at - PAGE) && readable(at + PAGE), 0);
}

static void spaces(void) {
    static const uint32_t bad[] = {
        XENMAPSPACE_gmfn, XENMAPSPACE_gmfn_range, XENMAPSPACE_gmfn_foreign, 6, 7, UINT32_MAX};
    for (uint32_t i = 0; i < RT_NR(bad); i++) {
        struct xen_add_to_physmap a = {
            .domid = DOMID_SELF, .size = 1, .space = bad[i], .idx = 1, .gpfn = FAR_GFN};
        int64_t r = rt_memory(XENMEM_add_to_physmap, &a);
        rt_check("XSA-346 pages move in no space", r < 0, bad[i]);
    }
    const uint64_t mmio[] = {rt_platform.gicd >> 12, 0x8000, 0x9000, 0x40000, 0, UINT64_MAX};
    for (uint32_t i = 0; i < RT_NR(mmio); i++) {
        struct xen_add_to_physmap a = {
            .domid = DOMID_SELF, .space = XENMAPSPACE_dev_mmio, .idx = mmio[i], .gpfn = FAR_GFN};
        int64_t r = rt_memory(XENMEM_add_to_physmap, &a);
        rt_check("K8 device registers", r < 0, mmio[i]);
    }
    struct xen_add_to_physmap info = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .idx = 1, .gpfn = FAR_GFN};
    rt_expect("K3 shared_info 1", rt_memory(XENMEM_add_to_physmap, &info), -XEN_EINVAL);
}

static void other_domains(void) {
    const domid_t others[] = {0, (domid_t)rt_share->word[WITNESS_ID]};
    static uint64_t idx = GUEST_RAM0_BASE >> 12, gfn = FAR_GFN;
    static int32_t errs;
    for (uint32_t i = 0; i < RT_NR(others); i++) {
        domid_t id = others[i];
        struct xen_memory_domain m = {.domid = id};
        struct xen_add_to_physmap a = {.domid = id, .gpfn = FAR_GFN};
        struct xen_remove_from_physmap r = {.domid = id, .gpfn = idx};
        struct xen_add_to_physmap_batch b = {.domid = DOMID_SELF,
                                             .space = XENMAPSPACE_gmfn_foreign,
                                             .size = 1,
                                             .u.foreign_domid = id,
                                             .idxs.q = (uintptr_t)&idx,
                                             .gpfns.q = (uintptr_t)&gfn,
                                             .errs.q = (uintptr_t)&errs};
        struct xen_memory_reservation give = {
            .extent_start.q = (uintptr_t)&idx, .nr_extents = 1, .domid = id};
        struct xen_mem_acquire_resource q = {.domid = id, .type = 1, .nr_frames = 1};
        struct xen_hvm_param p = {.domid = id, .index = HVM_PARAM_STORE_PFN};
        struct sched_remote_shutdown s = {.domain_id = id};
        q.frame_list.q = (uintptr_t)&gfn;
        rt_expect("K8 reservation of another", rt_memory(XENMEM_current_reservation, &m),
                  -XEN_EPERM);
        rt_expect("K8 add_to_physmap", rt_memory(XENMEM_add_to_physmap, &a), -XEN_EPERM);
        rt_expect("K8 remove_from_physmap", rt_memory(XENMEM_remove_from_physmap, &r), -XEN_EPERM);
        errs = 0;
        int64_t f = rt_memory(XENMEM_add_to_physmap_batch, &b);
        rt_expect("K8 foreign map", f != 0 ? f : errs, -XEN_EPERM);
        rt_expect("K8 decrease", rt_memory(XENMEM_decrease_reservation, &give), 0);
        rt_expect("K8 populate", rt_memory(XENMEM_populate_physmap, &give), 0);
        rt_expect("K8 acquire_resource", rt_memory(XENMEM_acquire_resource, &q), -XEN_EPERM);
        rt_expect("K8 get_param",
                  rt_hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&p, 0, 0, 0),
                  -XEN_EPERM);
        rt_expect("K8 set_param",
                  rt_hypercall(__HYPERVISOR_hvm_op, HVMOP_set_param, (uintptr_t)&p, 0, 0, 0),
                  -XEN_EPERM);
        rt_expect("K8 remote_shutdown", rt_sched(SCHEDOP_remote_shutdown, &s), -XEN_EPERM);
    }
}

static void control_calls(void) {
    const domid_t targets[] = {0, (domid_t)rt_share->word[WITNESS_ID], rt_share->domid, 900};
    for (uint32_t cmd = 0; cmd < 100U; cmd++) {
        for (uint32_t i = 0; i < RT_NR(targets); i++) {
            struct xen_domctl op = {.u.pad = {0}};
            int64_t r = rt_domctl(&op, cmd, targets[i]);
            bool no_target = r == -XEN_ESRCH && targets[i] == 900;
            rt_check("XSA-492 domctl",
                     r == -XEN_EPERM || r == -XEN_ENOSYS || r == -XEN_EOPNOTSUPP || no_target,
                     cmd << 16 | (uint16_t)r);
        }
        struct xen_sysctl s = {.cmd = cmd, .interface_version = XEN_SYSCTL_INTERFACE_VERSION};
        int64_t r = rt_hypercall(__HYPERVISOR_sysctl, (uintptr_t)&s, 0, 0, 0, 0);
        rt_check("XSA-492 sysctl", r == -XEN_EPERM || r == -XEN_ENOSYS, cmd << 16 | (uint16_t)r);
    }
    static uint64_t buffers[8];
    for (uint32_t n = 0; n < 8U; n++) {
        int64_t r = rt_hypercall(__HYPERVISOR_dm_op, DOMID_SELF, n, (uintptr_t)buffers, 0, 0);
        rt_check("XSA-238, 506 dm_op", r < 0, n);
        r = rt_hypercall(__HYPERVISOR_xsm_op, (uintptr_t)buffers, 0, 0, 0, 0);
        rt_check("XSA-85 xsm_op", r < 0, (uint64_t)r);
    }
}

static void hostile(void) {
    rt_map_memory(FAR_GFN >> 18);
    huge_orders();
    exchanges();
    spaces();
    other_domains();
    control_calls();
    up_to_the_limit();
    shatter();
    eat_tables();
    rt_share->word[DONE] = 1;
    for (;;) {
        rt_registers_fill(0x8888888888888888U);
        (void)rt_sched(SCHEDOP_yield, NULL);
    }
}

// --- Dom0 ---------------------------------------------------------------------------------

// What a reply leaves of its buffer is what was in it; what it writes does not depend on that.
static void reply(const char *name, void *op, size_t size, uint32_t nr, const void *in) {
    static uint8_t seen[2][sizeof(struct xen_domctl)];
    uint8_t *bytes = op;
    for (uint32_t i = 0; i < 2U; i++) {
        for (size_t k = 0; k < size; k++) {
            bytes[k] = i == 0 ? 0x5a : 0xa5;
        }
        for (size_t k = 0; k < 24U; k++) { // the command, the target and what is asked
            bytes[k] = ((const uint8_t *)in)[k];
        }
        rt_expect(name, rt_hypercall(nr, (uintptr_t)op, 0, 0, 0, 0), 0);
        for (size_t k = 0; k < size; k++) {
            seen[i][k] = bytes[k];
        }
    }
    for (size_t k = 24; k < size; k++) {
        bool same = seen[0][k] == seen[1][k] || (seen[0][k] == 0x5a && seen[1][k] == 0xa5);
        rt_check("XSA-132 a reply's bytes", same, k);
    }
}

static void replies(domid_t id) {
    static struct xen_domctl d;
    static struct xen_sysctl s;
    struct xen_domctl in = {.interface_version = XEN_DOMCTL_INTERFACE_VERSION, .domain = id};
    struct xen_sysctl sin = {.interface_version = XEN_SYSCTL_INTERFACE_VERSION};
    rt_expect("pause", rt_domctl(&in, XEN_DOMCTL_pausedomain, id), 0);
    rt_sleep(5);
    in.cmd = XEN_DOMCTL_getdomaininfo;
    reply("XSA-132 getdomaininfo", &d, sizeof(d), __HYPERVISOR_domctl, &in);
    in.cmd = XEN_DOMCTL_getvcpuinfo;
    reply("XSA-132 getvcpuinfo", &d, sizeof(d), __HYPERVISOR_domctl, &in);
    in.cmd = XEN_DOMCTL_get_paging_mempool_size;
    reply("XSA-132 get_paging_mempool_size", &d, sizeof(d), __HYPERVISOR_domctl, &in);
    in.cmd = XEN_DOMCTL_scheduler_op;
    in.u.scheduler_op = (struct xen_domctl_scheduler_op){.sched_id = XEN_SCHEDULER_CREDIT2,
                                                         .cmd = XEN_DOMCTL_SCHEDOP_getinfo};
    reply("XSA-132 scheduler_op", &d, sizeof(d), __HYPERVISOR_domctl, &in);
    sin.cmd = XEN_SYSCTL_physinfo;
    reply("XSA-132 physinfo", &s, sizeof(s), __HYPERVISOR_sysctl, &sin);
    sin.cmd = XEN_SYSCTL_sched_id;
    reply("XSA-132 sched_id", &s, sizeof(s), __HYPERVISOR_sysctl, &sin);
    rt_expect("unpause", rt_domctl(&in, XEN_DOMCTL_unpausedomain, id), 0);
}

// A page of its memory is seen here: it stays dying, and gets nothing new.
static void dying(struct rt_domain *h) {
    uint64_t gfn = FAR_GFN;
    struct xen_domctl op = {.u.memory_mapping = {.first_gfn = FAR_GFN,
                                                 .first_mfn = 0x9000,
                                                 .nr_mfns = 1ULL << 40,
                                                 .add_mapping = DPCI_ADD_MAPPING}};
    rt_check("XSA-125 a mapping of 2^40 frames",
             rt_domctl(&op, XEN_DOMCTL_memory_mapping, h->id) < 0, 0);
    volatile uint64_t *page = rt_map_foreign(h->id, (GUEST_RAM0_BASE + BLOCK) >> 12, 1, 0);
    rt_check("page of the hostile domain", page != NULL, 0);
    rt_check("killed", rt_domain_kill(h), h->id);
    struct xen_add_to_physmap a = {.domid = h->id, .gpfn = FAR_GFN};
    struct xen_memory_reservation more = {
        .extent_start.q = (uintptr_t)&gfn, .nr_extents = 1, .domid = h->id};
    int64_t r = rt_memory(XENMEM_add_to_physmap, &a);
    rt_check("XSA-410 add_to_physmap of the dying", r < 0, (uint64_t)r);
    r = rt_memory(XENMEM_populate_physmap, &more);
    rt_check("XSA-410 populate_physmap of the dying", r <= 0, (uint64_t)r);
    struct evtchn_alloc_unbound port = {.dom = h->id};
    rt_check("K13 port of the dying", rt_evtchn(EVTCHNOP_alloc_unbound, &port) < 0, 0);
    rt_check("K2 its page is still there", *page != 1, 0);
    rt_unmap_foreign(0, 1);
    rt_check("hostile domain is gone", rt_domain_gone(h->id), h->id);
}

// Domains without memory or image, by the hundred.
static void come_and_go(void) {
    uint64_t before = rt_free_pages();
    for (uint32_t i = 0; i < LIGHT_ROUNDS; i++) {
        struct xen_domctl op = {.u.createdomain = {.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
                                                   .max_vcpus = i % 8U + 1U,
                                                   .max_evtchn_port = 1023,
                                                   .max_grant_frames = (int32_t)(i % 64U) + 1,
                                                   .max_maptrack_frames = (int32_t)(i % 64U),
                                                   .grant_opts = 1}};
        int64_t r = rt_domctl(&op, XEN_DOMCTL_createdomain, 0);
        rt_expect("XSA-149 createdomain", r, 0);
        domid_t id = op.domain;
        while (r == 0 && rt_domctl(&op, XEN_DOMCTL_destroydomain, id) == -XEN_EAGAIN) {
        }
        rt_check("XSA-149 gone", rt_domain_gone(id), id);
    }
    rt_check("XSA-149, 151 free memory", rt_free_pages() == before, before - rt_free_pages());
}

// By its own number and by DOMID_SELF: the caller must come back.
static void on_itself(void) {
    for (uint32_t cmd = 0; cmd < 100U; cmd++) {
        for (uint32_t i = 0; i < 2U; i++) {
            struct xen_domctl op = {.u.pad = {0}};
            int64_t r = rt_domctl(&op, cmd, i == 0 ? 0 : DOMID_SELF);
            if (cmd == XEN_DOMCTL_createdomain) {
                rt_check("XSA-127 createdomain of nothing", r < 0, (uint64_t)r);
            }
            rt_check("XSA-127 domctl on oneself", r <= 0, cmd << 16 | (uint16_t)r);
        }
    }
}

void rt_main(void) {
    struct rt_domain w, h;
    struct rt_domain_config c = {
        .main = hostile, .nr_vcpus = 1, .mem_mib = 8, .cpu = {0}, .paused = true};
    struct xen_domctl op = {.cmd = 0};
    uint64_t before = rt_free_pages();
    rt_irq_on();
    if (rt_witness_create(&w, 0) && rt_domain_create(&h, &c)) {
        uint64_t with_both = rt_free_pages();
        h.share->word[WITNESS_ID] = w.id;
        rt_expect("unpause", rt_domctl(&op, XEN_DOMCTL_unpausedomain, h.id), 0);
        rt_check("hostile domain ends", rt_domain_wait(&h, DONE, 1, 60000), 0);
        rt_witness_check(&w, "witness after memory");
        rt_domain_report(&h);
        rt_printf("%lu tables\n", h.share->word[TABLES]);
        rt_check("XSA-409 tables come out of its own", h.share->word[TABLES] < 1024U,
                 h.share->word[TABLES]);
        uint64_t now = rt_free_pages(); // one page, given and not got back
        rt_check("XSA-409 no memory but its own", now >= with_both && now <= with_both + 2U,
                 with_both - now);
        replies(w.id);
        dying(&h);
        come_and_go();
        rt_witness_check(&w, "witness at the end");
    }
    rt_check("witness is gone", rt_domain_destroy(&w), w.id);
    rt_check("free memory as before", rt_free_pages() == before, before - rt_free_pages());
    on_itself();
    rt_verdict_of_checks("memory");
}
