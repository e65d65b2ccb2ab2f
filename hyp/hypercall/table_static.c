// SPDX-License-Identifier: Apache-2.0
// The hypercalls of the static profile: what a guest does with itself and with its links.
#include "hypercall.h"

const struct hypercall_row hypercall_table[HYPERCALL_ROWS] = {
    HYPERCALL(memory_op, 2, XSM_SELF, true, HYPERCALL_BATCH),
    HYPERCALL(xen_version, 2, XSM_SELF, false, 1),
    HYPERCALL(console_io, 3, XSM_SELF, true, 128),
    HYPERCALL(vcpu_op, 3, XSM_SELF, false, 1),
    HYPERCALL(sched_op, 2, XSM_SELF, false, 128),
    HYPERCALL(event_channel_op, 2, XSM_SELF, true, HYPERCALL_BATCH),
    HYPERCALL(hvm_op, 2, XSM_SELF, false, 1),
};
