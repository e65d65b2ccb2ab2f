// SPDX-License-Identifier: Apache-2.0
// Payload: a hostile domain attacks the event channels, with the advisories that once succeeded
// (XSA-47, 107, 221, 327, 338, 344, 496), while a witness looks after itself. Names of checks tell
// the advisory.

#include "calls.h"
#include "witness.h"

#define MAX_PORT 1023U // what rt_domain_create() allows
#define DONE 0U        // words of the share
#define WITNESS_ID 1U  // 0 for a domain that is not there

static const uint32_t bad_ports[] = {0,      MAX_PORT + 1U, 4095,      4096,     4097,
                                     131071, 131072,        1U << 31,  1U << 20, 0x7fffffffU,
                                     65536,  65537,         UINT32_MAX};

// --- the hostile domain ---------------------------------------------------------------------

static evtchn_port_t unbound(domid_t remote) {
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = remote};
    rt_expect("alloc_unbound", rt_evtchn(EVTCHNOP_alloc_unbound, &a), 0);
    return a.port;
}

static int64_t close(evtchn_port_t port) {
    struct evtchn_close c = {.port = port};
    return rt_evtchn(EVTCHNOP_close, &c);
}

static int64_t send(evtchn_port_t port) {
    struct evtchn_send s = {.port = port};
    return rt_evtchn(EVTCHNOP_send, &s);
}

static int64_t init_control(uint64_t gfn, uint32_t offset, uint32_t vcpu) {
    struct evtchn_init_control c = {.control_gfn = gfn, .offset = offset, .vcpu = vcpu};
    return rt_evtchn(EVTCHNOP_init_control, &c);
}

static int64_t expand(uint64_t gfn) {
    struct evtchn_expand_array e = {.array_gfn = gfn};
    return rt_evtchn(EVTCHNOP_expand_array, &e);
}

static void ports_out_of_range(void) {
    for (uint32_t i = 0; i < RT_NR(bad_ports); i++) {
        evtchn_port_t port = bad_ports[i];
        struct evtchn_unmask u = {.port = port};
        struct evtchn_bind_vcpu b = {.port = port};
        struct evtchn_status s = {.dom = DOMID_SELF, .port = port};
        struct evtchn_set_priority p = {.port = port};
        struct evtchn_bind_interdomain d = {.remote_dom = DOMID_SELF, .remote_port = port};
        rt_expect("K13 bad port: close", close(port), -XEN_EINVAL);
        rt_expect("K13 bad port: send", send(port), -XEN_EINVAL);
        rt_expect("K13 bad port: bind_vcpu", rt_evtchn(EVTCHNOP_bind_vcpu, &b), -XEN_EINVAL);
        rt_expect("K13 bad port: bind_interdomain", rt_evtchn(EVTCHNOP_bind_interdomain, &d),
                  -XEN_EINVAL);
        if (port == 0) { // there, but reserved
            rt_expect("K13 port 0: status", rt_evtchn(EVTCHNOP_status, &s), 0);
            rt_check("K13 port 0 is closed", s.status == EVTCHNSTAT_closed, s.status);
            continue;
        }
        rt_expect("K13 bad port: status", rt_evtchn(EVTCHNOP_status, &s), -XEN_EINVAL);
        rt_expect("K13 bad port: unmask", rt_evtchn(EVTCHNOP_unmask, &u), -XEN_EINVAL);
        rt_expect("K13 bad port: set_priority", rt_evtchn(EVTCHNOP_set_priority, &p), -XEN_EINVAL);
    }
}

static void other_domains(void) {
    const struct {
        domid_t id;
        int64_t want;
    } targets[] = {{0, -XEN_EPERM},
                   {(domid_t)rt_share->word[WITNESS_ID], -XEN_EPERM},
                   {900, -XEN_ESRCH},
                   {DOMID_IO, -XEN_ESRCH},
                   {DOMID_XEN, -XEN_ESRCH},
                   {DOMID_COW, -XEN_ESRCH},
                   {DOMID_INVALID, -XEN_ESRCH},
                   {DOMID_IDLE, -XEN_ESRCH},
                   {0xffff, -XEN_ESRCH}};
    for (uint32_t i = 0; i < RT_NR(targets); i++) {
        struct evtchn_alloc_unbound a = {.dom = targets[i].id, .remote_dom = DOMID_SELF};
        struct evtchn_status s = {.dom = targets[i].id, .port = 1};
        struct evtchn_reset r = {.dom = targets[i].id};
        struct evtchn_bind_interdomain b = {.remote_dom = targets[i].id, .remote_port = 1};
        rt_expect("XSA-47 alloc_unbound for another", rt_evtchn(EVTCHNOP_alloc_unbound, &a),
                  targets[i].want);
        rt_expect("K8 status of another", rt_evtchn(EVTCHNOP_status, &s), targets[i].want);
        rt_expect("K8 reset of another", rt_evtchn(EVTCHNOP_reset, &r), targets[i].want);
        rt_expect("K8 bind to another's port", rt_evtchn(EVTCHNOP_bind_interdomain, &b),
                  targets[i].want == -XEN_EPERM ? -XEN_EINVAL : -XEN_ESRCH);
    }
    evtchn_port_t port = unbound(DOMID_SELF); // what was refused left nothing half made
    rt_expect("XSA-47 allocate after it", close(port), 0);
}

static void virqs(void) {
    for (uint32_t virq = 0; virq < 40U; virq++) {
        struct evtchn_bind_virq b = {.virq = virq, .vcpu = 2};
        bool each = virq == VIRQ_TIMER || virq == VIRQ_DEBUG || virq == VIRQ_XENOPROF ||
                    virq == VIRQ_XENPMU;
        rt_expect("K13 VIRQ on a vCPU that is none", rt_evtchn(EVTCHNOP_bind_virq, &b),
                  virq < NR_VIRQS && each ? -XEN_ENOENT : -XEN_EINVAL);
    }
    struct evtchn_bind_virq b = {.virq = UINT32_MAX};
    rt_expect("K3 VIRQ ~0", rt_evtchn(EVTCHNOP_bind_virq, &b), -XEN_EINVAL);
    struct evtchn_bind_ipi ipi = {.vcpu = UINT32_MAX};
    rt_expect("K3 IPI to vCPU ~0", rt_evtchn(EVTCHNOP_bind_ipi, &ipi), -XEN_ENOENT);
    struct evtchn_bind_pirq pirq = {.pirq = UINT32_MAX};
    rt_check("K3 PIRQ ~0", rt_evtchn(EVTCHNOP_bind_pirq, &pirq) < 0, 0);
}

// Every port of the ABI, also one at a time those near what is allocated.
static void poll_all(void) {
    static evtchn_port_t ports[128];
    struct sched_poll p = {.ports.q = (uintptr_t)ports, .nr_ports = 1, .timeout = 1};
    for (ports[0] = 0; ports[0] < MAX_PORT + 64U; ports[0]++) {
        int64_t r = rt_sched(SCHEDOP_poll, &p);
        rt_check("XSA-221 poll of one", r == 0 || r == -XEN_EINVAL, ports[0]);
    }
    p.nr_ports = RT_NR(ports);
    for (uint32_t first = 0; first < EVTCHN_FIFO_NR_CHANNELS; first += RT_NR(ports)) {
        for (uint32_t i = 0; i < RT_NR(ports); i++) {
            ports[i] = first + i;
        }
        int64_t r = rt_sched(SCHEDOP_poll, &p);
        rt_check("XSA-221 poll of all", r == 0 || r == -XEN_EINVAL, first);
    }
    const uint32_t counts[] = {129, 1U << 16, UINT32_MAX};
    for (uint32_t i = 0; i < RT_NR(counts); i++) {
        p.nr_ports = counts[i];
        rt_expect("K3 poll of too many", rt_sched(SCHEDOP_poll, &p), -XEN_EINVAL);
    }
}

// Fills the table, then everything that needs a port must fail and leave nothing behind.
static uint32_t fill(void) {
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    uint32_t n = 0;
    int64_t r;
    while ((r = rt_evtchn(EVTCHNOP_alloc_unbound, &a)) == 0 && n <= MAX_PORT) {
        n++;
    }
    rt_expect("K14 ports up to the limit", r, -XEN_ENOSPC);
    return n;
}

static void full_table(void) {
    uint32_t n = fill();
    struct evtchn_bind_virq timer = {.virq = VIRQ_TIMER}, exc = {.virq = VIRQ_DOM_EXC};
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    rt_check("K14 as many as the limit says", n >= MAX_PORT - 8U && n <= MAX_PORT, n);
    for (uint32_t i = 0; i < 3U; i++) {
        rt_expect("XSA-496 bind_virq with no port", rt_evtchn(EVTCHNOP_bind_virq, &timer),
                  -XEN_ENOSPC);
        rt_expect("XSA-496 global VIRQ with no port", rt_evtchn(EVTCHNOP_bind_virq, &exc),
                  -XEN_ENOSPC);
        rt_expect("XSA-496 bind_ipi with no port", rt_evtchn(EVTCHNOP_bind_ipi, &ipi), -XEN_ENOSPC);
    }
    struct evtchn_reset reset = {.dom = DOMID_SELF};
    rt_expect("XSA-344 reset with all ports", rt_evtchn(EVTCHNOP_reset, &reset), 0);
    rt_check("XSA-344 all are free again", fill() >= n, n);
    rt_expect("XSA-344 once more", rt_evtchn(EVTCHNOP_reset, &reset), 0);
    rt_expect("XSA-496 VIRQ is not half bound", rt_evtchn(EVTCHNOP_bind_virq, &timer), 0);
    rt_expect("XSA-496 VIRQ closes", close(timer.port), 0);
}

static uint8_t page[4096] __attribute__((aligned(4096)));
static uint8_t array[4096] __attribute__((aligned(4096)));

// A registered structure must not make an atomic of EL2 fault.
static void misaligned(void) {
    for (uint32_t offset = 0; offset < 64U; offset++) {
        struct vcpu_register_vcpu_info i = {.mfn = rt_gfn(page), .offset = offset};
        struct vcpu_register_runstate_memory_area r = {.addr.p = (uintptr_t)page + offset};
        if (offset % 8U != 0) {
            rt_expect("XSA-327 vcpu_info misaligned", rt_vcpu_op(VCPUOP_register_vcpu_info, 0, &i),
                      -XEN_ENXIO);
            rt_expect("XSA-327 control block misaligned", init_control(rt_gfn(page), offset, 0),
                      -XEN_EINVAL);
        }
        int64_t s = rt_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &r);
        rt_check("XSA-327 runstate at any offset", s == 0 || (s == -XEN_EINVAL && offset % 8U != 0),
                 offset);
        (void)rt_sched(SCHEDOP_yield, NULL);
    }
    const uint32_t beyond[] = {4096U - 44U, 4096U - 8U, 4096U, UINT32_MAX, UINT32_MAX - 7U};
    for (uint32_t i = 0; i < RT_NR(beyond); i++) {
        struct vcpu_register_vcpu_info info = {.mfn = rt_gfn(page), .offset = beyond[i]};
        rt_expect("K3 vcpu_info over the page's end",
                  rt_vcpu_op(VCPUOP_register_vcpu_info, 0, &info), -XEN_ENXIO);
        rt_expect("K3 control block over the page's end",
                  init_control(rt_gfn(page), beyond[i] & ~7U, 0), -XEN_EINVAL);
    }
    struct vcpu_register_runstate_memory_area none = {.addr.p = 0};
    (void)rt_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &none);
}

static void bad_frames(void) {
    const uint64_t frames[] = {0,
                               1,
                               rt_platform.gicd >> 12,
                               GUEST_GNTTAB_BASE >> 12,
                               (rt_platform.ram_base + rt_platform.ram_size) >> 12,
                               1ULL << 28,
                               1ULL << 36,
                               1ULL << 52,
                               UINT64_MAX >> 12,
                               UINT64_MAX};
    for (uint32_t i = 0; i < RT_NR(frames); i++) {
        struct vcpu_register_vcpu_info info = {.mfn = frames[i]};
        rt_expect("K8 control block in no RAM", init_control(frames[i], 0, 0), -XEN_EINVAL);
        rt_expect("K8 vcpu_info in no RAM", rt_vcpu_op(VCPUOP_register_vcpu_info, 0, &info),
                  -XEN_EINVAL);
    }
    rt_expect("K13 control block of a vCPU that is none", init_control(rt_gfn(page), 0, 2),
              -XEN_ENOENT);
    rt_expect("K13 event words before FIFO", expand(rt_gfn(array)), -XEN_EOPNOTSUPP);
}

// vCPU 1 has no control block: its events wait, and nothing is dereferenced.
static void fifo_without_control(void) {
    struct evtchn_bind_ipi ipi = {.vcpu = 1};
    evtchn_port_t port = unbound(DOMID_SELF);
    struct evtchn_bind_interdomain pair = {.remote_dom = DOMID_SELF, .remote_port = port};
    struct evtchn_bind_vcpu move = {.port = port, .vcpu = 1};
    rt_expect("XSA-107 FIFO on vCPU 0", init_control(rt_gfn(page), 0, 0), 0);
    rt_expect("XSA-107 FIFO twice", init_control(rt_gfn(page), 0, 0), -XEN_EINVAL);
    rt_expect("XSA-107 send before any event word", send(port), 0);
    rt_expect("XSA-107 event words", expand(rt_gfn(array)), 0);
    rt_expect("XSA-107 IPI of vCPU 1", rt_evtchn(EVTCHNOP_bind_ipi, &ipi), 0);
    rt_expect("XSA-107 pair", rt_evtchn(EVTCHNOP_bind_interdomain, &pair), 0);
    rt_expect("XSA-107 to vCPU 1", rt_evtchn(EVTCHNOP_bind_vcpu, &move), 0);
    for (uint32_t i = 0; i < 100U; i++) {
        rt_expect("XSA-107 IPI to no control block", send(ipi.port), 0);
        rt_expect("XSA-107 event to no control block", send(pair.local_port), 0);
    }
    for (uint32_t priority = 0; priority < 20U; priority++) {
        struct evtchn_set_priority p = {.port = port, .priority = priority};
        rt_expect("K3 priority", rt_evtchn(EVTCHNOP_set_priority, &p),
                  priority < 16U ? 0 : -XEN_EINVAL);
    }
    move.vcpu = 0;
    rt_expect("XSA-107 back to vCPU 0", rt_evtchn(EVTCHNOP_bind_vcpu, &move), 0);
    rt_expect("XSA-107 event to vCPU 0", send(pair.local_port), 0);
}

static uint32_t random(void) {
    static uint32_t state = 1;
    state = state * 1664525U + 1013904223U;
    return state >> 8;
}

// Every word of the queues is garbage of the guest's choice.
static void fifo_scribbled(void) {
    struct evtchn_bind_ipi ipi[8];
    volatile uint32_t *words = (volatile uint32_t *)(void *)array;
    volatile uint32_t *control = (volatile uint32_t *)(void *)page;
    for (uint32_t i = 0; i < RT_NR(ipi); i++) {
        ipi[i].vcpu = 0;
        rt_expect("K16 IPI", rt_evtchn(EVTCHNOP_bind_ipi, &ipi[i]), 0);
    }
    for (uint32_t i = 0; i < 5000U; i++) {
        evtchn_port_t port = ipi[random() % RT_NR(ipi)].port;
        struct evtchn_set_priority p = {.port = port, .priority = random() % 16U};
        struct evtchn_unmask u = {.port = port};
        words[ipi[random() % RT_NR(ipi)].port] = random() << 17 | random();
        control[random() % 18U] = random() << 17 | random();
        rt_expect("K16 set_priority", rt_evtchn(EVTCHNOP_set_priority, &p), 0);
        rt_expect("K16 send over garbage", send(port), 0);
        rt_expect("K16 unmask over garbage", rt_evtchn(EVTCHNOP_unmask, &u), 0);
    }
    uint32_t pages = 1;
    while (pages < 200U && expand(rt_gfn(array)) == 0) {
        pages++;
    }
    rt_check("K14 event words have a limit", pages <= EVTCHN_FIFO_NR_CHANNELS / 1024U, pages);
}

static void back_to_two_levels(void) {
    struct evtchn_reset reset = {.dom = DOMID_SELF};
    rt_expect("XSA-338 reset of FIFO", rt_evtchn(EVTCHNOP_reset, &reset), 0);
    rt_expect("XSA-338 closed by it", send(1), -XEN_EINVAL);
    rt_expect("XSA-338 event words after it", expand(rt_gfn(array)), -XEN_EOPNOTSUPP);
    rt_expect("XSA-338 FIFO again", init_control(rt_gfn(page), 8, 0), 0);
    rt_expect("XSA-338 and back", rt_evtchn(EVTCHNOP_reset, &reset), 0);
}

static void hostile(void) {
    ports_out_of_range();
    other_domains();
    virqs();
    poll_all();
    misaligned();
    bad_frames();
    full_table(); // from here on the port to Dom0 is closed
    fifo_without_control();
    fifo_scribbled();
    back_to_two_levels();
    rt_registers_fill(0x6666666666666666U);
    rt_share->word[DONE] = 1;
}

// --- Dom0 ---------------------------------------------------------------------------------

static volatile uint32_t exits;
static evtchn_port_t exit_port;

static void on_event(evtchn_port_t port) { exits += port == exit_port ? 1U : 0; }

void rt_main(void) {
    struct rt_domain w, h;
    struct rt_domain_config c = {
        .main = hostile, .nr_vcpus = 2, .mem_mib = 2, .cpu = {0, 0}, .paused = true};
    struct evtchn_bind_virq b = {.virq = VIRQ_DOM_EXC};
    struct xen_domctl op = {.cmd = 0};
    uint64_t before = rt_free_pages();
    rt_expect("events: map shared_info", rt_events_on(on_event), 0);
    rt_expect("Dom0 binds DOM_EXC", rt_evtchn(EVTCHNOP_bind_virq, &b), 0);
    exit_port = b.port;
    rt_irq_on();
    if (rt_witness_create(&w, 0) && rt_domain_create(&h, &c)) {
        h.share->word[WITNESS_ID] = w.id;
        rt_expect("unpause", rt_domctl(&op, XEN_DOMCTL_unpausedomain, h.id), 0);
        rt_check("hostile domain ends", rt_domain_wait(&h, DONE, 1, 60000), 0);
        rt_witness_check(&w, "witness after events");
        struct evtchn_send s = {.port = h.port};
        rt_expect("Dom0 sends to the closed port", rt_evtchn(EVTCHNOP_send, &s), 0);
        uint32_t was = exits;
        rt_check("hostile domain is gone", rt_domain_destroy(&h), h.id);
        rt_check("XSA-496 Dom0 sees the domain exit", exits != was, exits);
        rt_witness_check(&w, "witness at the end");
    }
    rt_check("witness is gone", rt_domain_destroy(&w), w.id);
    rt_check("free memory as before", rt_free_pages() == before, before - rt_free_pages());
    rt_verdict_of_checks("events");
}
