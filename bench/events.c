// SPDX-License-Identifier: Apache-2.0
// Rows of event channels: a port of this vCPU to itself, sent while masked (and pending, so it
// raises nothing) and open (to the vector of the event interrupt). 2-level layout in the shared
// page.

#include "bench.h"

static struct shared_info shared __attribute__((aligned(4096)));
static bool shown;
static struct evtchn_send send_arg;

volatile struct shared_info *shared_page(void) {
    struct xen_add_to_physmap map = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = rt_gfn(&shared)};
    shown = shown || rt_memory(XENMEM_add_to_physmap, &map) == 0;
    return shown ? &shared : NULL;
}

static uint64_t word(void) { return send_arg.port / 64U; }

static uint64_t bit(void) { return 1ULL << send_arg.port % 64U; }

static volatile struct shared_info *page(void) { return &shared; }

static void acknowledge(uint32_t intid) {
    (void)intid;
    page()->vcpu_info[0].evtchn_upcall_pending = 0;
    page()->vcpu_info[0].evtchn_pending_sel = 0;
    page()->evtchn_pending[word()] &= ~bit();
}

static bool events_open(void) {
    if (send_arg.port != 0) {
        return true;
    }
    struct evtchn_bind_ipi bind = {.vcpu = 0};
    if (shared_page() == NULL || rt_evtchn(EVTCHNOP_bind_ipi, &bind) != 0) {
        return false;
    }
    send_arg.port = bind.port;
    acknowledge(0);
    rt_irq_handler(rt_platform.irq_evtchn, acknowledge);
    rt_gic_enable(rt_platform.irq_evtchn);
    return rt_platform.irq_evtchn != 0;
}

static bool masked_setup(void) {
    bool ok = events_open();
    page()->evtchn_mask[word()] |= bit();
    return ok;
}

static bool self_setup(void) {
    bool ok = events_open();
    acknowledge(0);
    page()->evtchn_mask[word()] &= ~bit();
    rt_irq_on();
    return ok;
}

static uint64_t send(uint64_t *from) {
    register uint64_t x0 __asm__("x0") = EVTCHNOP_send;
    register uint64_t x1 __asm__("x1") = (uintptr_t)&send_arg;
    register uint64_t x16 __asm__("x16") = __HYPERVISOR_event_channel_op;
    uint64_t a, b;
    __asm__ volatile("mrs %0, cntvct_el0\n\thvc #0xea1\n\tmrs %1, cntvct_el0"
                     : "=&r"(a), "=&r"(b), "+r"(x0), "+r"(x1), "+r"(x16)
                     :
                     : "memory", "x2", "x3", "x4");
    *from = a;
    return x0 == 0 ? b - a - 1U : SHOT_FAILED;
}

static uint64_t evtchn_send_masked(uint32_t nth) {
    (void)nth;
    uint64_t from;
    return send(&from);
}

static uint64_t evtchn_self(uint32_t nth) {
    (void)nth;
    struct rt_cpu *cpu = rt_this_cpu();
    uint64_t was = cpu->irq_count, from;
    if (send(&from) == SHOT_FAILED || !rt_wait_change(&cpu->irq_count, was, SHOT_LIMIT)) {
        return SHOT_FAILED;
    }
    return cpu->irq_tick - from - 1U;
}

const struct row event_rows[] = {
    {"evtchn_send_masked", masked_setup, evtchn_send_masked, NULL, 256},
    {"evtchn_self", self_setup, evtchn_self, rt_irq_off, 256},
    {NULL, NULL, NULL, NULL, 0},
};
