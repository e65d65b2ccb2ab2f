// SPDX-License-Identifier: Apache-2.0
// The one entry of this room: number in x16 (AArch32: r12), arguments in x0..x4, result in x0. The
// hypercall_table is all there is: a number without a row is -ENOSYS. Called by arch's trap code
// with no lock held; the worst case is the row's bound.
#include "hypercall.h"
#include <arch/vcpu.h>
#include <core/index.h>
#include <core/upcall.h>

const struct hypercall_row *hypercall_row(uint64_t nr) {
    if (unlikely(nr >= HYPERCALL_ROWS))
        return NULL;
    const struct hypercall_row *row = &hypercall_table[index_nospec(nr, HYPERCALL_ROWS)];
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
