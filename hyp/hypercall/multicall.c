// SPDX-License-Identifier: Apache-2.0
// multicall (xen/xen.h): a list of hypercalls in one trap. Each entry's arguments are read once and
// its result is written back in 64 bits. A few entries a step; an entry that wants to be continued
// has its progress written into the list, as its registers would have (R13). No nesting.
#include "hypercall.h"

#define ENTRIES_PER_STEP 8

// Did the last entry stop, put to sleep or send away the caller? Then nothing more may run now.
static bool caller_may_go_on(const struct vcpu *v) {
    return load_relaxed(&v->state) == VCPU_RUNNING && load_relaxed(&v->paused) == 0;
}

static int64_t run_entry(struct vcpu *v, struct multicall_entry *e) {
    const struct hypercall_row *row = hypercall_row(e->op);
    if (!row)
        return fail(-ENOSYS);
    if (row->fn == hypercall_multicall)
        return fail(-EINVAL);
    int err = xsm_check(v->domain, v->domain, (enum xsm_op)row->xsm);
    return err ? err : row->fn(v, e->args);
}

static int write_back(guest_ptr_t list, const struct multicall_entry *e, int64_t ret) {
    uint64_t result = (uint64_t)ret;
    if (ret == HYPERCALL_AGAIN)
        return guest_write(guest_ptr_add(list, offsetof(struct multicall_entry, args)), e->args,
                           sizeof(e->args));
    return guest_write(guest_ptr_add(list, offsetof(struct multicall_entry, result)), &result,
                       sizeof(result));
}

int64_t hypercall_multicall(struct vcpu *v, uint64_t *args) {
    uint32_t left = (uint32_t)args[1];
    guest_ptr_t list = guest_ptr_of(args[0]);
    for (unsigned i = 0; i < ENTRIES_PER_STEP && left; i++) {
        struct multicall_entry e;
        int err = guest_read(&e, list, sizeof(e));
        if (err)
            return err;
        int64_t ret = run_entry(v, &e);
        err = write_back(list, &e, ret);
        if (err)
            return err;
        if (ret == HYPERCALL_AGAIN)
            break;
        left--;
        list = guest_ptr_add(list, sizeof(e));
        if (!caller_may_go_on(v))
            break;
    }
    if (!left)
        return 0;
    args[0] = list.v;
    args[1] = left;
    return HYPERCALL_AGAIN;
}
