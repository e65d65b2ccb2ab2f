// SPDX-License-Identifier: Apache-2.0
// Payload: two vCPUs of a hostile domain, or of Dom0, race each other with the advisories that once
// succeeded (XSA-73, 147, 155, 159, 218, 295, 338, 379, 473), while a witness looks after itself.
// Names of checks tell the advisory. Needs two CPUs.

#include "calls.h"
#include "witness.h"

#define WINDOW ((uint64_t)RT_WINDOW_GIB << 30)
#define PAGE 4096U
#define BATCH 16U
#define OWN 8U // the hostile domain's ref, for Dom0; behind it refs for itself

enum { DONE, HAMMER, STOP, FUZZ_FOR_EVER }; // words of the share

static uint8_t page[2][PAGE] __attribute__((aligned(4096)));

// --- two vCPUs ------------------------------------------------------------------------------

static volatile uint64_t arrived[2];
static void (*volatile job)(uint32_t);
static volatile uint32_t rounds;
static volatile bool over;

// Both go on when both have come here.
static void meet(uint32_t me) {
    uint64_t n = arrived[me] + 1U;
    arrived[me] = n;
    while (arrived[1U - me] < n) {
        (void)rt_sched(SCHEDOP_yield, NULL);
    }
}

static void runner(struct rt_cpu *cpu) {
    (void)cpu;
    for (uint32_t i = 0; i < rounds; i++) {
        job(i);
    }
    over = true;
}

// `a` here and `b` on vCPU 1, `n` times each. Only `a` may check.
static void race(const char *name, void (*a)(uint32_t), void (*b)(uint32_t), uint32_t n) {
    uint64_t limit = RT_READ(cntfrq_el0) * 60U;
    job = b;
    rounds = n;
    over = false;
    rt_expect(name, rt_cpu_on(1, runner), 0);
    for (uint32_t i = 0; i < n; i++) {
        a(i);
    }
    while (!over) {
        (void)rt_sched(SCHEDOP_yield, NULL);
    }
    rt_check(name, rt_cpu_wait_off(1, limit), n);
}

static uint32_t random(uint32_t *state) {
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

// --- calls ----------------------------------------------------------------------------------

static int64_t map(struct gnttab_map_grant_ref *m, domid_t dom, grant_ref_t ref, uint32_t flags) {
    m->dom = dom;
    m->ref = ref;
    m->flags = flags;
    int64_t r = rt_grant(GNTTABOP_map_grant_ref, m, 1);
    return r != 0 ? r : m->status;
}

static int64_t unmap(grant_handle_t handle, uint64_t host, uint64_t dev) {
    struct gnttab_unmap_grant_ref u = {.handle = handle, .host_addr = host, .dev_bus_addr = dev};
    int64_t r = rt_grant(GNTTABOP_unmap_grant_ref, &u, 1);
    return r != 0 ? r : u.status;
}

static int64_t change(uint32_t op, domid_t id, uint64_t gfn) {
    struct xen_memory_reservation a = {
        .extent_start.q = (uintptr_t)&gfn, .nr_extents = 1, .domid = id};
    return rt_memory(op, &a);
}

static int64_t reset(void) {
    struct evtchn_reset r = {.dom = DOMID_SELF};
    return rt_evtchn(EVTCHNOP_reset, &r);
}

// --- the hostile domain ---------------------------------------------------------------------

static struct grant_entry_v1 *own;

static void own_table(void) {
    own = rt_grants_on(GUEST_GNTTAB_BASE);
    rt_check("map the own grant table", own != NULL, 0);
    for (uint32_t i = 0; i < 8U; i++) {
        own[OWN + i] = (struct grant_entry_v1){.flags = GTF_permit_access,
                                               .domid = i == 0 ? 0 : rt_share->domid,
                                               .frame = (uint32_t)rt_gfn(page[i % 2U])};
    }
}

// Meeting is dear on a busy machine, so each time BATCH things are raced for.
static struct {
    domid_t dom;
    grant_ref_t ref;
    bool device; // vCPU 1 has the device's half, else both the same
    grant_handle_t handle[BATCH];
    uint64_t dev[BATCH];
    int64_t result[2][BATCH];
} both;

static uint64_t place(uint32_t k) { return WINDOW + (uint64_t)k * PAGE; }

static void unmap_here(uint32_t i) {
    for (uint32_t k = 0; k < BATCH; k++) {
        struct gnttab_map_grant_ref m = {.host_addr = place(k)};
        uint32_t device = both.device ? GNTMAP_device_map : 0;
        rt_expect("XSA-218 map", map(&m, both.dom, both.ref, GNTMAP_host_map | device), 0);
        both.handle[k] = m.handle;
        both.dev[k] = m.dev_bus_addr;
    }
    meet(0);
    for (uint32_t k = 0; k < BATCH; k++) {
        both.result[0][k] = unmap(both.handle[k], place(k), 0);
    }
    meet(0);
    for (uint32_t k = 0; k < BATCH; k++) {
        int64_t a = both.result[0][k], b = both.result[1][k];
        bool one = (a == 0 && b == GNTST_bad_handle) || (b == 0 && a == GNTST_bad_handle);
        rt_check("XSA-218 put once", both.device ? a == 0 && b == 0 : one, i << 8 | k);
        rt_expect("XSA-218 nothing left", unmap(both.handle[k], place(k), 0), GNTST_bad_handle);
    }
}

static void unmap_there(uint32_t i) {
    (void)i;
    meet(1);
    for (uint32_t k = 0; k < BATCH; k++) {
        both.result[1][k] = both.device ? unmap(both.handle[k], 0, both.dev[k])
                                        : unmap(both.handle[k], place(k), 0);
    }
    meet(1);
}

static void show_frames(uint64_t first) {
    for (uint32_t k = 1; k < BATCH; k++) {
        struct xen_add_to_physmap a = {.domid = DOMID_SELF,
                                       .space = XENMAPSPACE_grant_table,
                                       .idx = k,
                                       .gpfn = place((uint32_t)first + k) >> 12};
        (void)rt_memory(XENMEM_add_to_physmap, &a);
    }
}

static bool readable(uint64_t address) {
    rt_expect_begin();
    (void)rt_read64(address);
    return rt_expect_end() == 0;
}

static void frame_here(uint32_t i) {
    meet(0);
    show_frames(BATCH + i % 2U * BATCH);
    meet(0);
    for (uint32_t k = 1; k < BATCH; k++) {
        uint32_t seen = 0;
        for (uint32_t where = 1; where < 4U; where++) {
            seen += readable(place(where * BATCH + k)) ? 1U : 0;
        }
        rt_check("XSA-379 a grant frame is seen once", seen == 1U, i << 8 | k);
    }
}

static void frame_there(uint32_t i) {
    (void)i;
    meet(1);
    show_frames(3U * BATCH);
    meet(1);
}

// Ports come and go, are sent to and asked for, while they are all closed and FIFO starts and ends.
static void ports_here(uint32_t i) {
    struct evtchn_bind_ipi b = {.vcpu = i % 2U};
    struct evtchn_status s = {.dom = DOMID_SELF};
    struct evtchn_init_control c = {.control_gfn = rt_gfn(page[0]), .vcpu = i / 8U % 2U};
    struct evtchn_expand_array e = {.array_gfn = rt_gfn(page[1])};
    int64_t r = rt_evtchn(EVTCHNOP_bind_ipi, &b);
    rt_check("XSA-338 bind", r == 0 || r == -XEN_ENOSPC, (uint64_t)r);
    s.port = b.port;
    struct evtchn_send send = {.port = b.port};
    r = rt_evtchn(EVTCHNOP_send, &send);
    rt_check("XSA-338 send", r == 0 || r == -XEN_EINVAL, (uint64_t)r);
    r = rt_evtchn(EVTCHNOP_unmask, &send);
    rt_check("XSA-338 unmask", r == 0 || r == -XEN_EINVAL, (uint64_t)r);
    r = rt_evtchn(EVTCHNOP_status, &s);
    rt_check("XSA-338 status", r == 0 || r == -XEN_EINVAL, (uint64_t)r);
    if (i % 8U == 0) {
        (void)rt_evtchn(EVTCHNOP_init_control, &c);
        (void)rt_evtchn(EVTCHNOP_expand_array, &e);
    }
    if (i % 2U == 0) {
        (void)rt_evtchn(EVTCHNOP_close, &send);
    }
}

static void ports_there(uint32_t i) {
    struct evtchn_send s = {.port = i % 8U + 1U};
    (void)rt_evtchn(i % 3U == 0 ? EVTCHNOP_unmask : EVTCHNOP_send, &s);
    if (i % 16U == 0) {
        (void)reset();
    }
}

// One vCPU never leaves alone the words that EL2 must change by compare and swap.
static void hammer(uint32_t i) {
    volatile uint32_t *entry = (volatile uint32_t *)(void *)&own[OWN];
    volatile uint64_t *info = (volatile uint64_t *)(volatile void *)rt_shared_info();
    for (uint32_t n = 0; n < 64U; n++) {
        entry[0] = (entry[0] & ~(uint32_t)GTF_readonly) | (n % 2U != 0 ? GTF_readonly : 0);
        entry[2] =
            (uint32_t)rt_share->domid << 16 | GTF_permit_access | (n % 2U != 0 ? GTF_readonly : 0);
        info[1] = n + i;                         // evtchn_pending_sel
        info[sizeof(struct vcpu_info) / 8U] = n; // the first word of pending bits
    }
}

static void under_the_hammer(uint32_t i) {
    struct gnttab_map_grant_ref m = {.host_addr = WINDOW};
    struct evtchn_bind_ipi b = {.vcpu = 0};
    int64_t r = map(&m, rt_share->domid, OWN + 1U, GNTMAP_host_map);
    rt_check("XSA-295 map", r == 0 || r == GNTST_general_error || r == GNTST_eagain, (uint64_t)r);
    if (r == 0) {
        rt_expect("XSA-295 unmap", unmap(m.handle, WINDOW, 0), 0);
    }
    rt_expect("XSA-295 bind", rt_evtchn(EVTCHNOP_bind_ipi, &b), 0);
    struct evtchn_send s = {.port = b.port};
    rt_expect("XSA-295 send", rt_evtchn(EVTCHNOP_send, &s), 0);
    rt_expect("XSA-295 unmask", rt_evtchn(EVTCHNOP_unmask, &s), 0);
    rt_expect("XSA-295 close", rt_evtchn(EVTCHNOP_close, &s), 0);
    (void)i;
}

// The UART's ring, whose indices the other vCPU writes.
static uint8_t ring[PAGE] __attribute__((aligned(4096)));

static void uart_here(uint32_t i) {
    static const uint32_t registers[] = {0x00, 0x18, 0x38, 0x3c, 0x40, 0x44, 0xfe0};
    uint64_t at = GUEST_PL011_BASE + registers[i % RT_NR(registers)];
    rt_write32(at, i);
    (void)rt_read32(at);
}

static void uart_there(uint32_t i) {
    static uint32_t state = 155;
    volatile uint32_t *words = (volatile uint32_t *)(void *)ring;
    for (uint32_t n = 0; n < 32U; n++) {
        words[(1024U + 2048U) / 4U + n % 4U] = i % 4U == 0 ? random(&state) << 8 : n; // in, out
    }
}

// Any call with any argument near to what makes sense.
static void fuzz(uint32_t *state, uint64_t at) {
    uint32_t kind = random(state) % 12U, arg = random(state) % 16U;
    uint64_t gfn = rt_gfn(image_end) + arg;
    struct gnttab_map_grant_ref m = {.host_addr = at + arg % 4U * PAGE};
    struct gnttab_copy c = {.source = {.u.ref = OWN + arg, .domid = rt_share->domid},
                            .dest = {.u.gmfn = gfn, .domid = DOMID_SELF},
                            .len = 256,
                            .flags = GNTCOPY_source_gref};
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain b = {.remote_dom = DOMID_SELF, .remote_port = arg};
    struct evtchn_bind_vcpu v = {.port = arg, .vcpu = arg % 2U};
    struct evtchn_close p = {.port = arg};
    struct xen_add_to_physmap g = {.domid = DOMID_SELF,
                                   .space = XENMAPSPACE_grant_table,
                                   .idx = arg % 4U,
                                   .gpfn = (at >> 12) + 8U + arg};
    struct xen_remove_from_physmap r = {.domid = DOMID_SELF, .gpfn = (at >> 12) + 8U + arg};
    struct sched_poll poll = {.timeout = 1};
    switch (kind) {
    case 0:
        (void)map(&m, rt_share->domid, OWN + arg, GNTMAP_host_map);
        break;
    case 1:
        (void)unmap(arg, 0, 0);
        (void)unmap(arg, at + arg % 4U * PAGE, 0);
        break;
    case 2:
        (void)rt_grant(GNTTABOP_copy, &c, 1);
        break;
    case 3:
        (void)rt_evtchn(EVTCHNOP_alloc_unbound, &a);
        break;
    case 4:
        (void)rt_evtchn(EVTCHNOP_bind_interdomain, &b);
        break;
    case 5:
        (void)rt_evtchn(EVTCHNOP_bind_vcpu, &v);
        break;
    case 6:
        (void)rt_evtchn(EVTCHNOP_close, &p);
        break;
    case 7:
        (void)rt_evtchn(EVTCHNOP_send, &p);
        break;
    case 8:
        (void)change(XENMEM_decrease_reservation, DOMID_SELF, gfn);
        break;
    case 9:
        (void)change(XENMEM_populate_physmap, DOMID_SELF, gfn);
        break;
    case 10:
        (void)rt_memory(XENMEM_add_to_physmap, &g);
        (void)rt_memory(XENMEM_remove_from_physmap, &r);
        break;
    default:
        (void)rt_sched(SCHEDOP_poll, &poll);
        break;
    }
}

static void fuzz_here(uint32_t i) {
    static uint32_t state = 73;
    (void)i;
    fuzz(&state, WINDOW);
}

static void fuzz_there(uint32_t i) {
    static uint32_t state = 37;
    (void)i;
    fuzz(&state, WINDOW + 2U * PAGE);
}

// What Dom0 maps and reads comes and goes, and its entry never keeps still.
static void give_and_take(uint32_t i) {
    (void)i;
    while (rt_share->word[STOP] == 0) {
        (void)change(XENMEM_decrease_reservation, DOMID_SELF, rt_gfn(page[1]));
        (void)change(XENMEM_populate_physmap, DOMID_SELF, rt_gfn(page[1]));
    }
}

static void hammer_on(uint32_t i) {
    while (rt_share->word[STOP] == 0) {
        hammer(i);
    }
}

static void nothing(evtchn_port_t port) { (void)port; }

static void hostile(void) {
    rt_map_memory(RT_WINDOW_GIB);
    own_table();
    rt_expect("events: map shared_info", rt_events_on(nothing), 0);
    if (rt_share->word[FUZZ_FOR_EVER] != 0) {
        rt_share->word[DONE] = 1;
        race("fuzz", fuzz_here, fuzz_there, UINT32_MAX);
    }
    both.dom = rt_share->domid;
    both.ref = OWN + 2U;
    race("XSA-218", unmap_here, unmap_there, 20);
    rt_check("XSA-218 the entry is free", own[OWN + 2U].flags == GTF_permit_access, 0);
    race("XSA-379", frame_here, frame_there, 20);
    race("XSA-338", ports_here, ports_there, 3000);
    rt_expect("XSA-338 reset", reset(), 0);
    race("XSA-295", under_the_hammer, hammer, 1000);
    race("XSA-155", uart_here, uart_there, 3000);
    own[OWN].flags = GTF_permit_access;
    rt_share->word[DONE] = 1;
    while (rt_share->word[HAMMER] == 0) {
        (void)rt_sched(SCHEDOP_yield, NULL);
    }
    race("XSA-473", give_and_take, hammer_on, 1);
    rt_share->word[DONE] = 2;
    race("XSA-73", fuzz_here, fuzz_there, 5000);
    rt_share->word[DONE] = 3;
}

// --- Dom0 ---------------------------------------------------------------------------------

// Maps the hammered entry and reads the page that comes and goes, by a foreign map as by a call.
static void map_under_the_hammer(const struct rt_domain *h) {
    uint64_t gfn = (GUEST_RAM0_BASE >> 12) + 1U + (rt_gfn(page[1]) - rt_gfn(image_start));
    uint32_t mapped = 0;
    for (uint32_t i = 0; i < 500U; i++) {
        struct gnttab_map_grant_ref m = {.host_addr = WINDOW + 8U * PAGE};
        int64_t r = map(&m, h->id, OWN, GNTMAP_host_map | (i % 2U != 0 ? GNTMAP_readonly : 0));
        rt_check("XSA-295 Dom0 maps", r == 0 || r == GNTST_general_error || r == GNTST_eagain,
                 (uint64_t)r);
        if (r == 0) {
            rt_expect("XSA-295 Dom0 unmaps", unmap(m.handle, WINDOW + 8U * PAGE, 0), 0);
        }
        void *at = rt_map_foreign(h->id, gfn, 1, 0);
        mapped += at != NULL ? 1U : 0;
        r = at != NULL ? rt_memory(XENMEM_current_reservation, at) : -XEN_EFAULT;
        rt_check("XSA-473 a foreign page as argument",
                 r == -XEN_EFAULT || r == -XEN_EPERM || r >= 0 || r == -XEN_ESRCH, (uint64_t)r);
        rt_unmap_foreign(0, 1);
    }
    rt_printf("mapped %u times\n", mapped);
}

static domid_t victim;

static void destroy_here(uint32_t i) {
    struct xen_domctl op = {.u.createdomain = {.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
                                               .max_vcpus = 1,
                                               .max_evtchn_port = 1023,
                                               .max_grant_frames = 4,
                                               .max_maptrack_frames = 4,
                                               .grant_opts = 1}};
    rt_expect("XSA-147 createdomain", rt_domctl(&op, XEN_DOMCTL_createdomain, 0), 0);
    domid_t id = op.domain;
    op.u.max_mem.max_memkb = 4096;
    rt_expect("XSA-147 max_mem", rt_domctl(&op, XEN_DOMCTL_max_mem, id), 0);
    op.u.paging_mempool.size = 1U << 20;
    rt_expect("XSA-147 pool", rt_domctl(&op, XEN_DOMCTL_set_paging_mempool_size, id), 0);
    for (uint32_t k = 0; k < 64U; k++) {
        rt_expect("XSA-147 populate", change(XENMEM_populate_physmap, id, 0x40000U + k), 1);
    }
    victim = id;
    meet(0);
    while (rt_domctl(&op, XEN_DOMCTL_destroydomain, id) == -XEN_EAGAIN) {
    }
    meet(0);
    rt_check("XSA-147 gone", rt_domain_gone(id), i);
}

// And destroys it, too: what one gives back the other must not.
static void decrease_there(uint32_t i) {
    struct xen_domctl op = {.cmd = 0};
    meet(1);
    for (uint32_t k = 0; i % 2U != 0 && k < 64U; k++) {
        (void)change(XENMEM_decrease_reservation, victim, 0x40000U + (k * 7U + i) % 64U);
    }
    while (rt_domctl(&op, XEN_DOMCTL_destroydomain, victim) == -XEN_EAGAIN) {
    }
    meet(1);
}

// Killed with both vCPUs in the middle of something.
static void kill_in_flight(const struct rt_domain_config *config) {
    struct rt_domain_config c = *config;
    for (uint32_t i = 0; i < 6U; i++) {
        struct rt_domain d;
        struct xen_domctl op = {.cmd = 0};
        if (rt_domain_create(&d, &c)) {
            d.share->word[FUZZ_FOR_EVER] = 1;
            rt_expect("unpause", rt_domctl(&op, XEN_DOMCTL_unpausedomain, d.id), 0);
            rt_check("XSA-159 started", rt_domain_wait(&d, DONE, 1, 60000), i);
            rt_sleep(3U + i * 5U);
        }
        rt_check("XSA-159 killed in flight, gone", rt_domain_destroy(&d), i);
    }
}

static void with_hostile(struct rt_domain *w, struct rt_domain *h) {
    struct xen_domctl op = {.cmd = 0};
    rt_expect("unpause", rt_domctl(&op, XEN_DOMCTL_unpausedomain, h->id), 0);
    rt_check("hostile domain races", rt_domain_wait(h, DONE, 1, 90000), 0);
    rt_witness_check(w, "witness after races");
    both.dom = h->id;
    both.ref = OWN;
    both.device = true;
    race("XSA-218 halves", unmap_here, unmap_there, 20);
    h->share->word[HAMMER] = 1;
    map_under_the_hammer(h);
    h->share->word[STOP] = 1;
    rt_check("hostile domain stops", rt_domain_wait(h, DONE, 2, 60000), 0);
    rt_witness_check(w, "witness after the hammer");
    rt_check("hostile domain ends", rt_domain_wait(h, DONE, 3, 90000), 0);
    rt_check("hostile domain is gone", rt_domain_destroy(h), h->id);
}

void rt_main(void) {
    struct rt_domain w, h;
    struct rt_domain_config c = {.main = hostile,
                                 .nr_vcpus = 2,
                                 .mem_mib = 4,
                                 .cpu = {0, 1},
                                 .uart_ring = ring,
                                 .paused = true};
    uint64_t before = rt_free_pages();
    rt_irq_on();
    if (rt_witness_create(&w, 1)) {
        if (rt_domain_create(&h, &c)) {
            with_hostile(&w, &h);
        }
        race("XSA-147", destroy_here, decrease_there, 30);
        kill_in_flight(&c);
        rt_witness_check(&w, "witness at the end");
    }
    rt_check("witness is gone", rt_domain_destroy(&w), w.id);
    rt_check("free memory as before", rt_free_pages() == before, before - rt_free_pages());
    rt_verdict_of_checks("races");
}
