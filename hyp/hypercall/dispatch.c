// SPDX-License-Identifier: Apache-2.0
// The one entry of this room: number in x16 (AArch32: r12), arguments in x0..x4, result in x0. The
// table below is all there is: a number without a row is -ENOSYS. Called by arch's trap code with
// no lock held; the worst case is the row's bound.
#include "hypercall.h"
#include <arch/vcpu.h>
#include <core/index.h>
#include <core/upcall.h>

#define ROW(nr, args, op, more, most)                                                              \
    [__HYPERVISOR_##nr] = {.fn = hypercall_##nr,                                                   \
                           .nargs = (args),                                                        \
                           .xsm = (op),                                                            \
                           .preemptible = (more),                                                  \
                           .bound = (most),                                                        \
                           .name = #nr}

static const struct hypercall_row table[] = {
    ROW(platform_op, 1, XSM_PRIVILEGED, false, MAX_DOMAINS),
    ROW(memory_op, 2, XSM_SELF, true, HYPERCALL_BATCH),
    ROW(multicall, 2, XSM_SELF, true, 8),
    ROW(xen_version, 2, XSM_SELF, false, 1),
    ROW(console_io, 3, XSM_SELF, true, 128),
    ROW(grant_table_op, 3, XSM_SELF, true, HYPERCALL_BATCH),
    ROW(vm_assist, 2, XSM_SELF, false, 1),
    ROW(vcpu_op, 3, XSM_SELF, false, 1),
    ROW(sched_op, 2, XSM_SELF, false, 128),
    ROW(event_channel_op, 2, XSM_SELF, true, HYPERCALL_BATCH),
    ROW(hvm_op, 2, XSM_SELF, false, 1),
    ROW(sysctl, 1, XSM_PRIVILEGED, true, HYPERCALL_BATCH),
    ROW(hypfs_op, 5, XSM_PRIVILEGED, false, 32),
    ROW(domctl, 1, XSM_PRIVILEGED, true, HYPERCALL_BATCH),
};

const struct hypercall_row *hypercall_row(uint64_t nr) {
    if (unlikely(nr >= ARRAY_SIZE(table)))
        return NULL;
    const struct hypercall_row *row = &table[index_nospec(nr, ARRAY_SIZE(table))];
    return row->fn ? row : NULL;
}

static void finish(struct vcpu *v, int64_t ret) {
    if (unlikely(ret == HYPERCALL_AGAIN))
        arch_hypercall_retry(v);
    else
        v->arch.regs.x[0] = (uint64_t)ret;
    lock_check_none();
}

// Out of line, so that calls open to everybody pay nothing for it.
static __attribute__((noinline)) void dispatch_checked(struct vcpu *v,
                                                       const struct hypercall_row *row) {
    int err = xsm_check(v->domain, v->domain, (enum xsm_op)row->xsm);
    finish(v, err ? err : row->fn(v, v->arch.regs.x));
}

void hypercall_dispatch(struct vcpu *v) {
    uint64_t *x = v->arch.regs.x;
    const struct hypercall_row *row = hypercall_row(unlikely(v->arch.aarch32) ? x[12] : x[16]);
    if (unlikely(!row))
        finish(v, -ENOSYS);
    else if (unlikely(row->xsm != XSM_SELF))
        dispatch_checked(v, row);
    else
        finish(v, row->fn(v, x));
}
