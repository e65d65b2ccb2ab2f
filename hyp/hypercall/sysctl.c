// SPDX-License-Identifier: Apache-2.0
// sysctl: what the control domain asks of and does to the machine. The table has asked for
// privilege; here are the interface version, the copy in and the copy out, once for all. A command
// without a row is -ENOSYS. Worst case: that of the row's handler.
#include "sysctl.h"

#define ROW(name) [XEN_SYSCTL_##name] = {.fn = sysctl_##name, .out = true}
#define ROW_STEPS(name) [XEN_SYSCTL_##name] = {.fn = sysctl_##name, .out = true, .progress = true}

static const struct sysctl_row rows[] = {
    ROW_STEPS(readconsole), ROW(physinfo),         ROW_STEPS(getdomaininfolist),
    ROW_STEPS(debug_keys),  ROW(getcpuinfo),       ROW(availheap),
    ROW(cputopoinfo),       ROW(numainfo),         ROW(coverage_op),
    ROW(sched_id),          ROW_STEPS(cpupool_op), ROW_STEPS(scheduler_op),
    ROW(tbuf_op),           ROW(page_offline_op),
};

int64_t hypercall_sysctl(struct vcpu *v, uint64_t *args) {
    guest_ptr_t arg = guest_ptr_of(args[0]);
    struct xen_sysctl op;
    int err = guest_read(&op, arg, sizeof(op));
    if (err)
        return err;
    if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
        return fail(-EACCES);
    const struct sysctl_row *row = op.cmd < ARRAY_SIZE(rows) ? &rows[op.cmd] : NULL;
    if (!row || !row->fn)
        return fail(-ENOSYS);
    int64_t ret = row->fn(v, &op);
    if ((ret == 0 && row->out) || (ret == HYPERCALL_AGAIN && row->progress))
        err = guest_write(arg, &op, sizeof(op));
    return err ? err : ret;
}
