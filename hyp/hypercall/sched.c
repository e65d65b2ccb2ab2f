// SPDX-License-Identifier: Apache-2.0
// sched_op (xen/sched.h): a vCPU gives the CPU away, a domain stops. Stopping and sleeping take
// effect in the exit room. Worst case: EVTCHN_POLL_MAX ports looked at twice.
#include "hypercall.h"
#include <core/evtchn.h>
#include <xen/sched.h>

static int64_t op_yield(struct vcpu *v, guest_ptr_t arg) {
    (void)arg;
    vcpu_yield(v);
    return 0;
}

static int64_t op_block(struct vcpu *v, guest_ptr_t arg) {
    (void)arg;
    vcpu_block(v);
    return 0;
}

static int64_t op_shutdown(struct vcpu *v, guest_ptr_t arg) {
    struct sched_shutdown s;
    int err = guest_read(&s, arg, sizeof(s));
    if (err)
        return err;
    domain_shutdown(v->domain, (uint8_t)s.reason);
    return 0;
}

// Why the domain will have stopped, told in advance.
static int64_t op_shutdown_code(struct vcpu *v, guest_ptr_t arg) {
    struct sched_shutdown s;
    int err = guest_read(&s, arg, sizeof(s));
    if (err)
        return err;
    spin_lock(&v->domain->lock);
    v->domain->shutdown_reason = (uint8_t)s.reason;
    spin_unlock(&v->domain->lock);
    return 0;
}

static int64_t op_poll(struct vcpu *v, guest_ptr_t arg) {
    struct sched_poll p;
    port_t ports[EVTCHN_POLL_MAX];
    int err = guest_read(&p, arg, sizeof(p));
    if (err)
        return err;
    if (p.nr_ports > EVTCHN_POLL_MAX)
        return fail(-EINVAL);
    if (p.nr_ports)
        err = guest_read(ports, guest_ptr_of(p.ports.q), p.nr_ports * sizeof(ports[0]));
    return err ? err : evtchn_poll(v, ports, p.nr_ports, p.timeout);
}

static int64_t op_remote_shutdown(struct vcpu *v, guest_ptr_t arg) {
    struct sched_remote_shutdown s;
    struct domain *d;
    int err = xsm_check(v->domain, v->domain, XSM_PRIVILEGED);
    if (!err)
        err = guest_read(&s, arg, sizeof(s));
    if (err)
        return err;
    // The caller's own domain has SCHEDOP_shutdown.
    d = s.domain_id == v->domain->id ? NULL : domain_get(s.domain_id);
    if (!d)
        return fail(-ESRCH);
    domain_shutdown(d, (uint8_t)s.reason);
    return 0;
}

// Binding to a physical CPU over the toolstack's head: only to end it is always granted.
static int64_t op_pin_override(struct vcpu *v, guest_ptr_t arg) {
    struct sched_pin_override s;
    int err = xsm_check(v->domain, v->domain, XSM_PRIVILEGED);
    if (!err)
        err = guest_read(&s, arg, sizeof(s));
    if (err)
        return err;
    return s.pcpu < 0 ? 0 : fail(-EINVAL);
}

int64_t hypercall_sched_op(struct vcpu *v, uint64_t *args) {
    static int64_t (*const ops[])(struct vcpu *, guest_ptr_t) = {
        [SCHEDOP_yield] = op_yield,
        [SCHEDOP_block] = op_block,
        [SCHEDOP_shutdown] = op_shutdown,
        [SCHEDOP_poll] = op_poll,
        [SCHEDOP_remote_shutdown] = op_remote_shutdown,
        [SCHEDOP_shutdown_code] = op_shutdown_code,
        [SCHEDOP_pin_override] = op_pin_override,
    };
    uint32_t cmd = (uint32_t)args[0];
    if (cmd >= ARRAY_SIZE(ops) || !ops[cmd])
        return fail(-ENOSYS);
    return ops[cmd](v, guest_ptr_of(args[1]));
}
