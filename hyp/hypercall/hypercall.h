// SPDX-License-Identifier: Apache-2.0
// The hypercall table's row and what handlers share. Only hypercall/*.c include this; everybody
// else enters through hypercall_dispatch (core/upcall.h).
#pragma once
#include <arch/guest.h>
#include <core/addr.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/types.h>
#include <core/upcall.h>
#include <core/vcpu.h>
#include <lib/string.h>
#include <xsm/xsm.h>

// HYPERCALL_AGAIN is a handler's result for "not finished": it has stored its progress in `args`
// (or in the domain); the exit room looks at interrupts in between (R13). Elements of a guest's
// list done per invocation (R11).
#define HYPERCALL_BATCH 32

// `args` are x0..x4, in place: a handler that returns HYPERCALL_AGAIN changes them.
typedef int64_t hypercall_fn(struct vcpu *v, uint64_t *args);

struct hypercall_row {
    _Alignas(32) hypercall_fn *fn; // a power of two: one shift finds the row
    uint8_t nargs;
    uint8_t xsm;      // enum xsm_op asked for before the handler; sub-ops ask for their own besides
    bool preemptible; // may return HYPERCALL_AGAIN
    uint16_t bound;   // list elements, ports or frames per invocation, at most
    const char *name;
};

#define HYPERCALL_ROWS (__HYPERVISOR_hypfs_op + 1)
#define HYPERCALL(nr, args, op, more, most)                                                        \
    [__HYPERVISOR_##nr] = {.fn = hypercall_##nr,                                                   \
                           .nargs = (args),                                                        \
                           .xsm = (op),                                                            \
                           .preemptible = (more),                                                  \
                           .bound = (most),                                                        \
                           .name = #nr}
// By number; table.c or, in the static profile, table_static.c.
extern const struct hypercall_row hypercall_table[HYPERCALL_ROWS];

// The row of a hypercall number, or NULL when there is none.
const struct hypercall_row *hypercall_row(uint64_t nr);

hypercall_fn hypercall_memory_op, hypercall_xen_version, hypercall_console_io;
hypercall_fn hypercall_grant_table_op, hypercall_vm_assist, hypercall_vcpu_op, hypercall_sched_op;
hypercall_fn hypercall_event_channel_op, hypercall_hvm_op, hypercall_platform_op;
hypercall_fn hypercall_multicall, hypercall_domctl, hypercall_sysctl, hypercall_hypfs_op;

// Guest handle fields of ABI structs are 8 bytes that hold a guest virtual address.
static inline guest_ptr_t handle_ptr(const void *field) {
    uint64_t va;
    memcpy(&va, field, sizeof(va));
    return guest_ptr_of(va);
}

// Resolves a guest's domid and asks for permission on it: -ESRCH, -EPERM or 0.
static inline int target_domain(struct vcpu *v, domid_t id, enum xsm_op op, struct domain **out) {
    struct domain *d = domain_resolve(v, id);
    if (!d)
        return fail(-ESRCH);
    *out = d;
    return xsm_check(v->domain, d, op);
}
