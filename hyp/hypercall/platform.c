// SPDX-License-Identifier: Apache-2.0
// platform_op (xen/platform.h): the hardware domain hands its wall clock over; every domain sees it
// in shared_info. The table has asked for privilege. Worst case: MAX_DOMAINS pages.
#include "hypercall.h"
#include <core/wallclock.h>
#include <xen/platform.h>

#define NS_PER_S 1000000000ULL

static int64_t settime(const struct xenpf_settime64 *t) {
    uint64_t ns;
    if (t->mbz || t->nsecs >= NS_PER_S)
        return fail(-EINVAL);
    // Wall clock at system time 0.
    if (ck_mul(t->secs, NS_PER_S, &ns) || ck_add(ns, t->nsecs, &ns))
        return fail(-EINVAL);
    // A board without a clock counts from 1970, maybe a little behind our own start.
    ns = ns > t->system_time ? ns - t->system_time : 0;
    wallclock_set(ns);
    return 0;
}

int64_t hypercall_platform_op(struct vcpu *v, uint64_t *args) {
    struct xen_platform_op op;
    (void)v;
    int err = guest_read(&op, guest_ptr_of(args[0]), sizeof(op));
    if (err)
        return err;
    if (op.interface_version != XENPF_INTERFACE_VERSION)
        return fail(-EACCES);
    return op.cmd == XENPF_settime64 ? settime(&op.u.settime64) : fail(-ENOSYS);
}
