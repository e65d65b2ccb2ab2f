// SPDX-License-Identifier: Apache-2.0
// The rows of sysctl (xen/sysctl.h), one handler a command, a file a theme. Only
// hypercall/sysctl*.c include this.
#pragma once
#include "hypercall.h"
#include <xen/sysctl.h>

// `op` is the caller's argument, copied once. Returns 0, -E or HYPERCALL_AGAIN.
typedef int64_t sysctl_fn(struct vcpu *v, struct xen_sysctl *op);

struct sysctl_row {
    sysctl_fn *fn;
    bool out;      // op is copied back after success
    bool progress; // op is copied back before HYPERCALL_AGAIN: its cursor is in there
};
