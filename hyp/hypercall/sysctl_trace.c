// SPDX-License-Identifier: Apache-2.0
// sysctl: the trace buffers (core/trace.h). Worst case: a step of trace_set_size.
#include "cpumap.h"
#include "sysctl.h"
#include <core/trace.h>

static void get_info(struct xen_sysctl_tbuf_op *t) {
    struct trace_info info = trace_info();
    t->evt_mask = info.events;
    t->buffer_mfn = info.at.v;
    t->size = info.size;
}

static int64_t set_size(uint32_t pages) {
    int rc = trace_set_size(pages);
    return rc == TRACE_MORE ? HYPERCALL_AGAIN : rc;
}

int64_t sysctl_tbuf_op(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_tbuf_op *t = &op->u.tbuf_op;
    uint32_t cpus = 0;
    int err = 0;
    (void)v;
    switch (t->cmd) {
    case XEN_SYSCTL_TBUFOP_get_info:
        get_info(t);
        return 0;
    case XEN_SYSCTL_TBUFOP_set_cpu_mask:
        err = cpumap_read(&t->cpu_mask, &cpus);
        if (!err)
            trace_set_cpus(cpus);
        return err;
    case XEN_SYSCTL_TBUFOP_set_evt_mask:
        trace_set_events(t->evt_mask);
        return 0;
    case XEN_SYSCTL_TBUFOP_set_size:
        return set_size(t->size);
    case XEN_SYSCTL_TBUFOP_enable:
    case XEN_SYSCTL_TBUFOP_disable:
        return trace_set_on(t->cmd == XEN_SYSCTL_TBUFOP_enable);
    default:
        return fail(-EINVAL);
    }
}
