// SPDX-License-Identifier: Apache-2.0
// console_io (xen/xen.h): the control domain's output goes to the hypervisor console as it is,
// another domain's as limited log lines. 128 bytes a step; a full ring is a continuation, never a
// wait.
#include "hypercall.h"
#include <core/console.h>
#include <core/log.h>

#define CHUNK 128

// Lines of another domain: printable text only, so that it cannot fake other messages.
static void write_as_log(struct domain *d, char *buf, size_t len) {
    size_t start = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && buf[i] != '\n') {
            if (buf[i] < ' ' || buf[i] > '~')
                buf[i] = '.';
            continue;
        }
        if (i > start)
            log_guest(d, "%.*s", (int)(i - start), buf + start);
        start = i + 1;
    }
}

static int64_t console_write_op(struct vcpu *v, uint64_t *args) {
    char buf[CHUNK];
    uint32_t count = (uint32_t)args[1];
    uint32_t len = MIN(count, (uint32_t)CHUNK);
    if (count > INT32_MAX)
        return fail(-EINVAL);
    if (len == 0)
        return 0;
    int err = guest_read(buf, guest_ptr_of(args[2]), len);
    if (err)
        return err;
    if (v->domain->privileged) {
        if (!console_write(buf, len))
            return HYPERCALL_AGAIN; // nothing was taken: the same chunk again once the ring has
                                    // drained
    } else {
        write_as_log(v->domain, buf, len);
    }
    if (count == len)
        return 0;
    args[1] = count - len;
    args[2] += len;
    return HYPERCALL_AGAIN;
}

static int64_t console_read_op(struct vcpu *v, const uint64_t *args) {
    char buf[CHUNK];
    uint32_t count = (uint32_t)args[1];
    int err = xsm_check(v->domain, v->domain, XSM_PRIVILEGED);
    if (err)
        return err;
    if (count > INT32_MAX)
        return fail(-EINVAL);
    size_t len = console_read(buf, MIN(count, (uint32_t)CHUNK));
    if (len == 0)
        return 0;
    err = guest_write(guest_ptr_of(args[2]), buf, len);
    return err ? err : (int64_t)len;
}

int64_t hypercall_console_io(struct vcpu *v, uint64_t *args) {
    switch ((uint32_t)args[0]) {
    case CONSOLEIO_write:
        return console_write_op(v, args);
    case CONSOLEIO_read:
        return console_read_op(v, args);
    default:
        return fail(-ENOSYS);
    }
}
