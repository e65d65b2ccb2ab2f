// SPDX-License-Identifier: Apache-2.0
// The hypercalls of the full build.
#include "hypercall.h"

const struct hypercall_row hypercall_table[HYPERCALL_ROWS] = {
    HYPERCALL(platform_op, 1, XSM_PRIVILEGED, false, MAX_DOMAINS),
    HYPERCALL(memory_op, 2, XSM_SELF, true, HYPERCALL_BATCH),
    HYPERCALL(multicall, 2, XSM_SELF, true, 8),
    HYPERCALL(xen_version, 2, XSM_SELF, false, 1),
    HYPERCALL(console_io, 3, XSM_SELF, true, 128),
    HYPERCALL(grant_table_op, 3, XSM_SELF, true, HYPERCALL_BATCH),
    HYPERCALL(vm_assist, 2, XSM_SELF, false, 1),
    HYPERCALL(vcpu_op, 3, XSM_SELF, false, 1),
    HYPERCALL(sched_op, 2, XSM_SELF, false, 128),
    HYPERCALL(event_channel_op, 2, XSM_SELF, true, HYPERCALL_BATCH),
    HYPERCALL(hvm_op, 2, XSM_SELF, false, 1),
    HYPERCALL(sysctl, 1, XSM_PRIVILEGED, true, HYPERCALL_BATCH),
    HYPERCALL(hypfs_op, 5, XSM_PRIVILEGED, false, 32),
    HYPERCALL(domctl, 1, XSM_PRIVILEGED, true, HYPERCALL_BATCH),
};
