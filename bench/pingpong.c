// SPDX-License-Identifier: Apache-2.0
// Rows of event channels between two vCPUs of this domain (2v) or with a domain that this one makes
// (2d): there and back, both asleep or both polling, on a CPU each or sharing one; the first half
// of it; whether an event that is answered inside its handler ever stays behind (0 or 1 a shot).
// The other side is the last vCPU, or the domain's only one. With the domain also rows of its
// pages, and of this side's timer while it keeps the CPU that they share. At the end there and
// back between two static domains (link).

#include "bench.h"
#include "domain.h"

#define WAKER 3U       // SGI that makes a stuck peer trap
#define STUCK 2000000U // ticks
#define SETTLE 60000U  // ticks in which the peer gets to sleep, or to poll

// What both sides go by; in the share with two domains.
enum rule { READY, STOP, SLEEPS, INSIDE, RIVAL, WORK, TICKS, NR_RULES };

enum rival { NO_RIVAL, SPINS, CALLS };

struct end {
    struct evtchn_send bell; // rings on the other side
    evtchn_port_t port;      // rings here
    volatile struct vcpu_info *info;
    volatile uint64_t taken; // events
};

static struct end ends[2]; // the side that measures, the other
static volatile uint64_t own_rules[NR_RULES];
static volatile uint64_t *rules;
static uint32_t own_side; // the boot CPU's: 1 in a domain that answers

static struct rt_cpu *peer(void) { return &rt_cpus[rt_platform.nr_cpus - 1U]; }

static struct end *own_end(void) { return &ends[rt_this_cpu()->id != 0 ? 1U : own_side]; }

static bool ring(struct end *e) { return rt_evtchn(EVTCHNOP_send, &e->bell) == 0; }

static void on_event(uint32_t intid) {
    (void)intid;
    struct end *e = own_end();
    volatile struct shared_info *s = shared_page();
    e->info->evtchn_upcall_pending = 0;
    rt_dsb();
    (void)__atomic_exchange_n(&e->info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    uint64_t bit = 1ULL << e->port % 64U;
    if ((__atomic_fetch_and(&s->evtchn_pending[e->port / 64U], ~bit, __ATOMIC_SEQ_CST) & bit) !=
        0) {
        e->taken++;
        if (e == &ends[1] && rules[INSIDE] != 0) {
            (void)ring(e);
        }
    }
}

static void nothing(uint32_t intid) { (void)intid; }

static void rest(const struct end *e, uint64_t was) {
    if (rules[SLEEPS] == 0) {
        rt_yield();
        return;
    }
    rt_irq_off(); // what comes before WFI ends it
    if (e->taken == was && rules[STOP] == 0) {
        rt_wfi();
    }
    rt_irq_on();
}

// Until an event is taken beyond `was`.
static bool await(const struct end *e, uint64_t was, uint64_t ticks) {
    for (uint64_t end = rt_now() + ticks; e->taken == was; rest(e, was)) {
        if (rt_now() > end) {
            return false;
        }
    }
    return true;
}

static void listen(void) {
    rt_gic_enable(rt_platform.irq_evtchn);
    rt_gic_enable(WAKER);
    rt_irq_on();
}

// What a ping may ask for: rows that a domain measures in itself.
static uint64_t (*const works[])(uint32_t) = {NULL, mem_unmap, mem_map, mem_unmap_x64, mem_map_x64};

static void keep_the_cpu(void) {
    if (rules[RIVAL] == CALLS) {
        (void)long_calls();
    }
    for (volatile uint32_t i = 0; rules[RIVAL] == SPINS && i < 1000U; i++) {
    }
}

// The next ping may come before this side has seen that its answer was sent: they are counted here.
static void answer_pings(void) {
    listen();
    rules[READY] = 1;
    for (uint64_t done = 0; rules[STOP] == 0;) {
        if (rules[RIVAL] != NO_RIVAL) {
            keep_the_cpu();
        } else if (ends[1].taken == done) {
            rest(&ends[1], done);
        } else {
            done++;
            if (rules[WORK] != 0) {
                rules[TICKS] = works[rules[WORK]](0);
            }
            if (rules[INSIDE] == 0) {
                (void)ring(&ends[1]);
            }
        }
    }
}

static void set_up_events(void) {
    rt_irq_handler(rt_platform.irq_evtchn, on_event);
    rt_irq_handler(WAKER, nothing);
}

static bool is_ready(void) {
    for (uint64_t end = rt_now() + SHOT_LIMIT; rules[READY] == 0;) {
        if (rt_now() > end) {
            return false;
        }
        (void)timer_sleep(SETTLE, 1);
    }
    return true;
}

static bool port_to(uint32_t side, uint32_t vcpu) {
    struct evtchn_bind_ipi bind = {.vcpu = vcpu};
    if (rt_evtchn(EVTCHNOP_bind_ipi, &bind) != 0) {
        return false;
    }
    ends[side].port = ends[1U - side].bell.port = bind.port;
    return true;
}

static bool ends_of_vcpus(void) {
    if (ends[0].info != NULL) {
        return true;
    }
    ends[0].info = &shared_page()->vcpu_info[0];
    return port_to(0, 0) && port_to(1, peer()->id);
}

// On Arm the shared page has room for vCPU 0's information alone. Where it is said anew, all events
// count as pending.
static void answer_vcpu(struct rt_cpu *cpu) {
    static struct vcpu_info info __attribute__((aligned(64)));
    struct vcpu_register_vcpu_info r = {.mfn = rt_gfn(&info), .offset = (uintptr_t)&info & 4095U};
    if (ends[1].info == NULL && rt_vcpu_op(VCPUOP_register_vcpu_info, cpu->id, &r) != 0) {
        return;
    }
    ends[1].info = &info;
    on_event(0);
    answer_pings();
}

static bool start(bool asleep, bool inside) {
    rules = own_rules;
    rules[STOP] = rules[READY] = 0;
    rules[SLEEPS] = asleep;
    rules[INSIDE] = inside;
    ends[0].taken = ends[1].taken = 0;
    if (shared_page() == NULL || !timer_setup() || !ends_of_vcpus()) {
        return false;
    }
    set_up_events();
    listen();
    return rt_cpu_on(peer()->id, answer_vcpu) == 0 && is_ready();
}

static bool block_setup(void) { return start(true, false); }

static bool spin_setup(void) { return start(false, false); }

static bool inside_setup(void) { return start(false, true); }

static void wake_peer(void) { rt_gic_send(rt_gic_sgi_value(peer(), WAKER)); }

static void peer_stop(void) {
    rules[STOP] = 1;
    wake_peer();
    (void)rt_cpu_wait_off(peer()->id, SHOT_LIMIT);
}

static uint64_t round_trip(uint32_t nth) {
    (void)nth;
    (void)timer_sleep(SETTLE, 1);
    uint64_t was = ends[0].taken, from = rt_now();
    return ring(&ends[0]) && await(&ends[0], was, SHOT_LIMIT) ? rt_now() - from - 1U : SHOT_FAILED;
}

static uint64_t to_vector(uint32_t nth) {
    (void)nth;
    (void)timer_sleep(SETTLE, 1);
    uint64_t was = ends[0].taken, from = rt_now();
    return ring(&ends[0]) && await(&ends[0], was, SHOT_LIMIT) ? peer()->irq_tick - from - 1U
                                                              : SHOT_FAILED;
}

// 1: the answer, or what it answers, came only when the peer was made to trap.
static uint64_t left_behind(uint32_t nth) {
    (void)nth;
    uint64_t was = ends[0].taken;
    if (!ring(&ends[0])) {
        return SHOT_FAILED;
    }
    if (await(&ends[0], was, STUCK)) {
        return 0;
    }
    wake_peer();
    return await(&ends[0], was, STUCK) ? 1 : SHOT_FAILED;
}

// --- a switch between two vCPUs -------------------------------------------------------

static volatile uint64_t turns, left_at;

static int64_t give_way(void) { return rt_sched(SCHEDOP_yield, NULL); }

static void take_turns(struct rt_cpu *cpu) {
    (void)cpu;
    while (own_rules[STOP] == 0) {
        turns++;
        left_at = rt_now();
        (void)give_way();
    }
}

static bool turns_setup(void) {
    rules = own_rules;
    rules[STOP] = 0;
    return rt_cpu_on(peer()->id, take_turns) == 0;
}

static uint64_t switch_yield(uint32_t nth) {
    (void)nth;
    for (uint64_t was = turns, end = rt_now() + SHOT_LIMIT; rt_now() < end;) {
        (void)give_way();
        uint64_t now = rt_now();
        if (turns != was) {
            return now - left_at - 1U;
        }
    }
    return SHOT_FAILED;
}

// --- with a domain --------------------------------------------------------------------

static struct rt_domain other;

static struct end end_in_domain(evtchn_port_t port) {
    return (struct end){.bell = {.port = port}, .port = port, .info = &shared_page()->vcpu_info[0]};
}

static void answer_for_dom0(void) {
    own_side = 1;
    rules = rt_share->word;
    if (shared_page() != NULL && grant_page()) {
        ends[1] = end_in_domain(rt_share->port);
        set_up_events();
        answer_pings();
    }
}

static bool domain_on(uint32_t cpu) {
    struct rt_domain_config c = {
        .main = answer_for_dom0, .nr_vcpus = 1, .mem_mib = 2, .cpu = {cpu}};
    if (other.share != NULL) {
        return true;
    }
    if (shared_page() == NULL || !timer_setup() || !rt_domain_create(&other, &c)) {
        return false;
    }
    rules = other.share->word;
    ends[0] = end_in_domain(other.port);
    granter = other.id;
    foreign_gfn = GUEST_RAM0_BASE >> 12;
    set_up_events();
    listen();
    return is_ready();
}

static bool domain_block(uint32_t cpu) {
    bool ok = domain_on(cpu);
    rules[SLEEPS] = 1;
    return ok;
}

static bool same_cpu(void) { return domain_block(0); }

static bool other_cpu(void) { return domain_block(1); }

static bool other_cpu_polls(void) {
    bool ok = domain_on(1);
    rules[SLEEPS] = 0;
    return ok;
}

static bool pages_setup(void) { return same_cpu() && hole_setup(); }

static bool rival(uint64_t how) {
    bool ok = same_cpu();
    rules[RIVAL] = how;
    return ok && ring(&ends[0]);
}

static bool rival_spins(void) { return rival(SPINS); }

static bool rival_calls(void) { return rival(CALLS); }

static void rival_stop(void) { rules[RIVAL] = NO_RIVAL; }

// The domain measures while this one sleeps.
static uint64_t work(uint64_t which) {
    uint64_t was = ends[0].taken;
    rules[WORK] = which;
    bool ok = ring(&ends[0]) && await(&ends[0], was, SHOT_LIMIT);
    rules[WORK] = 0;
    return ok ? rules[TICKS] : SHOT_FAILED;
}

static uint64_t pair_mem_unmap(uint32_t nth) {
    (void)nth;
    return work(1);
}

static uint64_t pair_mem_map(uint32_t nth) {
    (void)nth;
    return work(2);
}

static uint64_t pair_mem_unmap_x64(uint32_t nth) {
    (void)nth;
    return work(3);
}

static uint64_t pair_mem_map_x64(uint32_t nth) {
    (void)nth;
    return work(4);
}

static uint64_t vtimer_wfi(uint32_t nth) {
    (void)nth;
    return timer_sleep(120000, 80000);
}

// --- between two static domains --------------------------------------------------------

// The tree binds LINK_PORT of domain 1 to that of domain 2. Xen 4.17 does not read that: the two do
// it themselves, each by its first port.
#define LINK_PORT 10U
#define FIRST_PORT 1U
#define ASKER 1U
#define ANSWERER 2U

static evtchn_port_t link_port(void) {
    struct evtchn_status status = {.dom = DOMID_SELF, .port = LINK_PORT};
    if (rt_evtchn(EVTCHNOP_status, &status) == 0 && status.status == EVTCHNSTAT_interdomain) {
        return LINK_PORT;
    }
    struct evtchn_alloc_unbound open = {.dom = DOMID_SELF, .remote_dom = ANSWERER};
    struct evtchn_bind_interdomain bind = {.remote_dom = ASKER, .remote_port = FIRST_PORT};
    if (own_side == 0) {
        return rt_evtchn(EVTCHNOP_alloc_unbound, &open) == 0 ? open.port : 0;
    }
    while (rt_evtchn(EVTCHNOP_bind_interdomain, &bind) != 0) {
        (void)timer_sleep(SETTLE, 1);
    }
    return bind.local_port;
}

static bool link_open(bool asleep) {
    evtchn_port_t port = shared_page() != NULL && timer_setup() ? link_port() : 0;
    rules = own_rules;
    rules[SLEEPS] = asleep;
    *own_end() = end_in_domain(port);
    set_up_events();
    listen();
    return port != 0;
}

// The other's first event says that it is there.
static bool link_setup(bool asleep) { return link_open(asleep) && await(&ends[0], 0, SHOT_LIMIT); }

static bool link_block(void) { return link_setup(true); }

static bool link_spin(void) { return link_setup(false); }

void answer_link(bool asleep) {
    own_side = 1;
    if (link_open(asleep) && ring(&ends[1])) {
        answer_pings();
    }
}

const struct row events_2v_1p_rows[] = {
    {"switch_yield", turns_setup, switch_yield, peer_stop, 256},
    {"pingpong_2v_1p_block", block_setup, round_trip, peer_stop, 256},
    {"wake_2v_1p", block_setup, to_vector, peer_stop, 256},
    {NULL, NULL, NULL, NULL, 0},
};

const struct row events_2v_2p_rows[] = {
    {"pingpong_2v_2p_block", block_setup, round_trip, peer_stop, 256},
    {"wake_2v_2p", block_setup, to_vector, peer_stop, 256},
    {"pingpong_2v_2p_spin", spin_setup, round_trip, peer_stop, 256},
    {"evtchn_left_behind", inside_setup, left_behind, peer_stop, 256},
    {NULL, NULL, NULL, NULL, 0},
};

const struct row pair_1p_rows[] = {
    {"pingpong_2d_1p_block", same_cpu, round_trip, NULL, 256},
    {"foreign_map", pages_setup, foreign_map, hole_finish, 128},
    {"foreign_unmap", pages_setup, foreign_unmap, hole_finish, 128},
    {"pair_grant_map", pages_setup, grant_map, hole_finish, 128},
    {"pair_grant_unmap", pages_setup, grant_unmap, hole_finish, 128},
    {"pair_grant_copy_4k", pages_setup, grant_copy_4k, hole_finish, 128},
    {"pair_mem_unmap", same_cpu, pair_mem_unmap, NULL, 128},
    {"pair_mem_map", same_cpu, pair_mem_map, NULL, 128},
    {"pair_mem_unmap_x64", same_cpu, pair_mem_unmap_x64, NULL, 64},
    {"pair_mem_map_x64", same_cpu, pair_mem_map_x64, NULL, 64},
    {"rival_vtimer_wfi", rival_spins, vtimer_wfi, rival_stop, 100},
    {"rival_vtimer_calls", rival_calls, vtimer_wfi, rival_stop, 100},
    {NULL, NULL, NULL, NULL, 0},
};

const struct row pair_2p_rows[] = {
    {"pingpong_2d_2p_block", other_cpu, round_trip, NULL, 256},
    {"pingpong_2d_2p_spin", other_cpu_polls, round_trip, NULL, 256},
    {NULL, NULL, NULL, NULL, 0},
};

const struct row link_block_rows[] = {
    {"link_2p_block", link_block, round_trip, NULL, 256},
    {NULL, NULL, NULL, NULL, 0},
};

const struct row link_spin_rows[] = {
    {"link_2p_spin", link_spin, round_trip, NULL, 256},
    {NULL, NULL, NULL, NULL, 0},
};
