// SPDX-License-Identifier: Apache-2.0
// The hypercalls of the static profile: what a guest does with itself and with its links.
#include "evtchn.h"

const struct hypercall_row hypercall_table[HYPERCALL_ROWS] = {
    HYPERCALL(memory_op, 2, XSM_SELF, true, HYPERCALL_BATCH),
    HYPERCALL(xen_version, 2, XSM_SELF, false, 1),
    HYPERCALL(console_io, 3, XSM_SELF, true, 128),
    HYPERCALL(vcpu_op, 3, XSM_SELF, false, 1),
    HYPERCALL(sched_op, 2, XSM_SELF, false, 128),
    HYPERCALL(event_channel_op, 2, XSM_SELF, true, HYPERCALL_BATCH),
    HYPERCALL(hvm_op, 2, XSM_SELF, false, 1),
};

// Events by FIFO are a guest's choice: it learns here that there are none.
const struct evtchn_op *evtchn_fifo_op(const struct vcpu *v, uint32_t cmd) {
    (void)v;
    (void)cmd;
    return NULL;
}
