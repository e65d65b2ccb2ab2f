// SPDX-License-Identifier: Apache-2.0
// Two-level delivery: pending and mask bits in shared_info, a selector word in each vCPU's
// vcpu_info (xen/xen.h). All words are the guest's too, so every update is bounded (R12). Constant
// time.
#include "evtchn_delivery.h"
#include <core/domain.h>
#include <core/shared_word.h>

#define WORD(port) ((port) / 64)
#define PORT_BIT(port) BIT((port) % 64)

// The pending bit is set: selector, then upcall. Ports of a vCPU without vcpu_info wait for its
// registration, which selects everything.
static void select_word(struct domain *d, struct vcpu *v, port_t port) {
    struct vcpu_info *info = load_acquire(&v->info);
    uint64_t old;
    if (load_relaxed(&d->shared_info->evtchn_mask[WORD(port)]) & PORT_BIT(port))
        return;
    if (!info || !shared_update64(&info->evtchn_pending_sel, 0, BIT(WORD(port)), &old))
        return;
    if (!(old & BIT(WORD(port))))
        evtchn_mark_upcall(v);
}

void evtchn_2l_set_pending(struct domain *d, struct evtchn *c, port_t port) {
    struct vcpu *v = domain_vcpu(d, load_relaxed(&c->vcpu));
    uint64_t old;
    if (!shared_update64(&d->shared_info->evtchn_pending[WORD(port)], 0, PORT_BIT(port), &old))
        return;
    if (v && !(old & PORT_BIT(port)))
        select_word(d, v, port);
}

void evtchn_2l_clear_pending(struct domain *d, port_t port) {
    uint64_t old;
    (void)shared_update64(&d->shared_info->evtchn_pending[WORD(port)], PORT_BIT(port), 0, &old);
}

bool evtchn_2l_is_pending(struct domain *d, port_t port) {
    return load_relaxed(&d->shared_info->evtchn_pending[WORD(port)]) & PORT_BIT(port);
}

void evtchn_2l_unmask(struct domain *d, struct evtchn *c, port_t port) {
    struct vcpu *v = domain_vcpu(d, c->vcpu);
    uint64_t old;
    if (!shared_update64(&d->shared_info->evtchn_mask[WORD(port)], PORT_BIT(port), 0, &old))
        return;
    if (v && (old & PORT_BIT(port)) && evtchn_2l_is_pending(d, port))
        select_word(d, v, port);
}
