// SPDX-License-Identifier: Apache-2.0
// Rows of event channels between two vCPUs of this domain: there and back, with both asleep or
// both polling, on a CPU each or sharing one; and whether an event that is answered inside its
// handler ever stays behind (0 or 1 a shot). The peer is the last vCPU.

#include "bench.h"
#include <xen/event_channel.h>
#include <xen/memory.h>

#define WAKER 3U           // SGI that makes a stuck peer trap
#define STUCK 2000000U     // ticks
#define PEER_SETTLE 60000U // ticks in which the peer gets to sleep, or to poll

static struct shared_info shared __attribute__((aligned(4096)));
static struct evtchn_send to[2];   // ports: to vCPU 0, to the peer
static volatile uint64_t taken[2]; // events that each has taken
static volatile bool stop, sleeps, answers_inside;

static struct rt_cpu *peer(void) { return &rt_cpus[rt_platform.nr_cpus - 1U]; }

static bool send(uint32_t side) {
    return rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&to[side], 0, 0,
                        0) == 0;
}

static uint32_t own_side(void) { return rt_this_cpu()->id == 0 ? 0 : 1; }

static void on_event(uint32_t intid) {
    (void)intid;
    uint32_t side = own_side(), port = to[side].port;
    volatile struct vcpu_info *info = &shared.vcpu_info[side == 0 ? 0 : peer()->id];
    info->evtchn_upcall_pending = 0;
    rt_dsb();
    (void)__atomic_exchange_n(&info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    uint64_t bit = 1ULL << port % 64U;
    if (__atomic_fetch_and(&shared.evtchn_pending[port / 64U], ~bit, __ATOMIC_SEQ_CST) & bit) {
        taken[side]++;
        if (side == 1 && answers_inside) {
            (void)send(0);
        }
    }
}

static void nothing(uint32_t intid) { (void)intid; }

// Until an event is taken beyond `was`; false after `ticks` when it polls.
static bool await(uint32_t side, uint64_t was, uint64_t ticks) {
    uint64_t end = rt_now() + ticks;
    while (taken[side] == was && !stop) {
        if (sleeps) {
            rt_irq_off(); // what comes before WFI ends it
            if (taken[side] == was && !stop) {
                rt_wfi();
            }
            rt_irq_on();
        } else if (rt_now() > end) {
            return false;
        } else {
            rt_yield();
        }
    }
    return true;
}

static void answer(struct rt_cpu *cpu) {
    (void)cpu;
    rt_gic_enable(rt_platform.irq_evtchn);
    rt_gic_enable(WAKER);
    rt_irq_on();
    for (uint64_t was = 0; !stop; was = taken[1]) {
        if (await(1, was, SHOT_LIMIT) && !stop && !answers_inside) {
            (void)send(0);
        }
    }
}

static bool port_to(uint32_t side, uint32_t vcpu) {
    struct evtchn_bind_ipi bind = {.vcpu = vcpu};
    if (rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, (uintptr_t)&bind, 0, 0, 0) !=
        0) {
        return false;
    }
    to[side].port = bind.port;
    return true;
}

static bool events_open(void) {
    struct xen_add_to_physmap map = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = (uintptr_t)&shared >> 12};
    if (to[0].port != 0) {
        return true;
    }
    return rt_hypercall(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, (uintptr_t)&map, 0, 0, 0) ==
               0 &&
           port_to(0, 0) && port_to(1, peer()->id);
}

static bool start(bool asleep, bool inside) {
    stop = false;
    sleeps = asleep;
    answers_inside = inside;
    taken[0] = taken[1] = 0;
    if (!events_open()) {
        return false;
    }
    rt_irq_handler(rt_platform.irq_evtchn, on_event);
    rt_irq_handler(WAKER, nothing);
    rt_gic_enable(rt_platform.irq_evtchn);
    rt_irq_on();
    if (rt_cpu_on(peer()->id, answer) != 0) {
        return false;
    }
    for (uint64_t end = rt_now() + SHOT_LIMIT; rt_now() < end; rt_yield()) {
        if (((volatile struct rt_cpu *)peer())->alive != 0) {
            return true;
        }
    }
    return false;
}

static bool block_setup(void) { return start(true, false); }

static bool spin_setup(void) { return start(false, false); }

static bool inside_setup(void) { return start(false, true); }

static void wake_peer(void) { rt_gic_send(rt_gic_sgi_value(peer(), WAKER)); }

static void peer_stop(void) {
    stop = true;
    wake_peer();
    (void)rt_cpu_wait_off(peer()->id, SHOT_LIMIT);
}

static void settle(void) {
    for (uint64_t end = rt_now() + PEER_SETTLE; rt_now() < end;) {
        rt_yield();
    }
}

static uint64_t round_trip(uint32_t nth) {
    (void)nth;
    uint64_t was = taken[0];
    if (!sleeps) {
        settle();
    }
    uint64_t from = rt_now();
    return send(1) && await(0, was, SHOT_LIMIT) ? rt_now() - from - 1U : SHOT_FAILED;
}

// 1: the answer, or what it answers, came only when the peer was made to trap.
static uint64_t left_behind(uint32_t nth) {
    (void)nth;
    uint64_t was = taken[0];
    if (!send(1)) {
        return SHOT_FAILED;
    }
    if (await(0, was, STUCK)) {
        return 0;
    }
    wake_peer();
    return await(0, was, STUCK) ? 1 : SHOT_FAILED;
}

const struct row shared_cpu_rows[] = {
    {"pingpong_2v_1p_block", block_setup, round_trip, peer_stop, 256},
    {NULL, NULL, NULL, NULL, 0},
};

const struct row pingpong_rows[] = {
    {"pingpong_2v_2p_block", block_setup, round_trip, peer_stop, 256},
    {"pingpong_2v_2p_spin", spin_setup, round_trip, peer_stop, 256},
    {"evtchn_left_behind", inside_setup, left_behind, peer_stop, 256},
    {NULL, NULL, NULL, NULL, 0},
};
