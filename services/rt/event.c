// SPDX-License-Identifier: Apache-2.0
// A guest's event channels, two-level layout, on vCPU 0.

#include "calls.h"

// A page of its own: what was in it before is gone when shared_info is seen there.
static union {
    struct shared_info info;
    uint8_t page[4096];
} shared __attribute__((aligned(4096)));
static void (*handler)(evtchn_port_t);

volatile struct shared_info *rt_shared_info(void) { return &shared.info; }

static void upcall(uint32_t intid) {
    volatile struct shared_info *s = &shared.info;
    (void)intid;
    s->vcpu_info[0].evtchn_upcall_pending = 0;
    rt_dsb(); // the flag falls before the words are looked at: the hypervisor does it the other way
    uint64_t words = __atomic_exchange_n(&s->vcpu_info[0].evtchn_pending_sel, 0, __ATOMIC_ACQ_REL);
    for (uint32_t w = 0; w < 64U; w++) {
        if ((words >> w & 1U) == 0) {
            continue;
        }
        uint64_t bits = s->evtchn_pending[w] & ~s->evtchn_mask[w];
        (void)__atomic_fetch_and(&s->evtchn_pending[w], ~bits, __ATOMIC_ACQ_REL);
        for (uint32_t b = 0; b < 64U; b++) {
            if ((bits >> b & 1U) != 0) {
                handler(w * 64U + b);
            }
        }
    }
}

int64_t rt_events_on(void (*fn)(evtchn_port_t port)) {
    int64_t err = rt_physmap(XENMAPSPACE_shared_info, 0, (uintptr_t)&shared);
    if (err != 0) {
        return err;
    }
    handler = fn;
    rt_irq_handler(rt_platform.irq_evtchn, upcall);
    rt_gic_enable(rt_platform.irq_evtchn);
    shared.info.vcpu_info[0].evtchn_pending_sel = UINT64_MAX; // what came before is looked at now
    upcall(0);
    return 0;
}
