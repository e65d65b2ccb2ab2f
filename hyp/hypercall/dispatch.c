// SPDX-License-Identifier: Apache-2.0
// The one entry of this room. The hypercall_table is all there is: a number without a row is
// -ENOSYS. Called by arch's trap code with no lock held; the worst case is the row's bound.
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

static inline int64_t call(struct vcpu *v, const struct hypercall_row *row) {
    int64_t result = row->fn(v, v->arch.regs.x);
    lock_check_none();
    return result;
}

// Out of line, so that calls open to everybody pay nothing for it.
static __attribute__((noinline)) int64_t call_checked(struct vcpu *v,
                                                      const struct hypercall_row *row) {
    int err = xsm_check(v->domain, v->domain, (enum xsm_op)row->xsm);
    return err ? err : call(v, row);
}

int64_t hypercall_dispatch(struct vcpu *v, uint64_t nr) {
    const struct hypercall_row *row = hypercall_row(nr);
    if (unlikely(!row))
        return -ENOSYS;
    return unlikely(row->xsm != XSM_SELF) ? call_checked(v, row) : call(v, row);
}
