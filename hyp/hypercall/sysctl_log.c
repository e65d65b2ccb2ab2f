// SPDX-License-Identifier: Apache-2.0
// sysctl: the hypervisor's console from the control domain: its text and its keys. Progress is in
// the argument. Worst case: LOG_STEP bytes, one debug key.
#include "sysctl.h"
#include <core/console.h>

#define LOG_CHUNK 512
#define LOG_STEP 4096
// `index` is the low half of a position in all text ever.
int64_t sysctl_readconsole(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_readconsole *r = &op->u.readconsole;
    uint32_t done = sysctl_resume(r->_pad0), room = MIN(r->count, SYSCTL_RESUME_MAX), step = 0;
    uint64_t pos = done || r->incremental ? console_log_position(r->index) : 0;
    char buf[LOG_CHUNK];
    (void)v;
    while (done < room && step < LOG_STEP) {
        size_t n = console_log_read(&pos, buf, MIN(room - done, (uint32_t)sizeof(buf)));
        int err = guest_write(guest_ptr_add(handle_ptr(&r->buffer), done), buf, n);
        if (err)
            return err;
        if (n == 0)
            break;
        done += (uint32_t)n;
        step += (uint32_t)n;
    }
    r->index = (uint32_t)pos;
    if (step >= LOG_STEP && done < room) {
        r->_pad0 = SYSCTL_RESUME_MARK | done;
        return HYPERCALL_AGAIN;
    }
    if (r->clear)
        console_log_forget(pos);
    r->count = done;
    r->_pad0 = 0;
    return 0;
}

int64_t sysctl_debug_keys(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_debug_keys *k = &op->u.debug_keys;
    char key;
    (void)v;
    if (k->nr_keys == 0)
        return 0;
    int err = guest_read(&key, handle_ptr(&k->keys), sizeof(key));
    if (err)
        return err;
    debugkey_handle(key);
    k->keys.q++;
    return --k->nr_keys ? HYPERCALL_AGAIN : 0;
}

// Nothing is instrumented for it.
int64_t sysctl_coverage_op(struct vcpu *v, struct xen_sysctl *op) {
    (void)v;
    (void)op;
    return fail(-EOPNOTSUPP);
}
