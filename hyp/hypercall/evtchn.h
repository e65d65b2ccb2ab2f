// SPDX-License-Identifier: Apache-2.0
// The two families of event_channel_op: evtchn.c's, and those of the FIFO ABI in evtchn_fifo.c.
#pragma once
#include "hypercall.h"
#include <core/evtchn.h>

union evtchn_arg {
    struct evtchn_alloc_unbound alloc_unbound;
    struct evtchn_bind_interdomain bind_interdomain;
    struct evtchn_bind_virq bind_virq;
    struct evtchn_bind_ipi bind_ipi;
    struct evtchn_close close;
    struct evtchn_status status;
    struct evtchn_bind_vcpu bind_vcpu;
    struct evtchn_unmask unmask;
    struct evtchn_reset reset;
    uint64_t fifo[3]; // of evtchn_fifo.c's
};

struct evtchn_plan {
    union evtchn_arg arg;
    struct domain *d;    // on which it acts
    struct domain *peer; // bind_interdomain: the other end
};

struct evtchn_op {
    int (*check)(struct vcpu *v,
                 struct evtchn_plan *p); // NULL: acts on the caller, nothing to resolve
    int64_t (*apply)(struct evtchn_plan *p);
    uint8_t size;                                    // of the argument
    bool out;                                        // write it back
    int64_t (*then)(struct vcpu *v, uint64_t *args); // NULL, or what else there is to do
};

// The FIFO ABI's sub-op `cmd`, NULL if there is none.
const struct evtchn_op *evtchn_fifo_op(const struct vcpu *v, uint32_t cmd);
