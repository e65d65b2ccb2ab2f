// SPDX-License-Identifier: Apache-2.0
// sched_op (xen/sched.h): a vCPU gives the CPU away, a domain stops. Stopping and sleeping take
// effect in the exit room. Worst case: EVTCHN_POLL_MAX ports looked at twice.
#include "hypercall.h"
#include <arch/time.h>
#include <core/evtchn.h>
#include <core/log.h>
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
    d = domain_get(s.domain_id);
    if (!d)
        return fail(-ESRCH);
    domain_shutdown(d, (uint8_t)s.reason);
    return 0;
}

static void watchdog_expired(void *arg) {
    struct domain *d = arg;
    log_guest(d, "watchdog expired");
    domain_shutdown(d, SHUTDOWN_watchdog);
}

// Id 0 asks for a new one; a time-out of 0 s ends one.
static int64_t op_watchdog(struct vcpu *v, guest_ptr_t arg) {
    struct sched_watchdog w;
    struct domain *d = v->domain;
    int64_t ret;
    int err = guest_read(&w, arg, sizeof(w));
    if (err)
        return err;
    if (w.id > DOMAIN_WATCHDOGS)
        return fail(-EINVAL);
    spin_lock(&d->lock);
    uint32_t i = w.id ? w.id - 1 : 0;
    while (w.id == 0 && i < DOMAIN_WATCHDOGS && d->watchdog[i].fn)
        i++;
    if (i == DOMAIN_WATCHDOGS) {
        ret = fail(-ENOSPC);
    } else if (w.id && !d->watchdog[i].fn) {
        ret = fail(-EINVAL);
    } else {
        struct timer *t = &d->watchdog[i];
        ret = w.id ? 0 : i + 1;
        if (w.id && w.timeout == 0) {
            timer_cancel(t);
            t->fn = NULL;
        } else {
            t->fn = watchdog_expired, t->arg = d;
            timer_set(t, time_ns() + (uint64_t)w.timeout * 1000000000);
        }
    }
    spin_unlock(&d->lock);
    return ret;
}

// Binding to a physical CPU over the toolstack's head.
static int64_t op_pin_override(struct vcpu *v, guest_ptr_t arg) {
    struct sched_pin_override s;
    int err = xsm_check(v->domain, v->domain, XSM_PRIVILEGED);
    if (!err)
        err = guest_read(&s, arg, sizeof(s));
    return err ? err : sched_pin_override(v, s.pcpu);
}

int64_t hypercall_sched_op(struct vcpu *v, uint64_t *args) {
    static int64_t (*const ops[])(struct vcpu *, guest_ptr_t) = {
        [SCHEDOP_yield] = op_yield,
        [SCHEDOP_block] = op_block,
        [SCHEDOP_shutdown] = op_shutdown,
        [SCHEDOP_poll] = op_poll,
        [SCHEDOP_remote_shutdown] = op_remote_shutdown,
        [SCHEDOP_shutdown_code] = op_shutdown_code,
        [SCHEDOP_watchdog] = op_watchdog,
        [SCHEDOP_pin_override] = op_pin_override,
    };
    uint32_t cmd = (uint32_t)args[0];
    if (cmd >= ARRAY_SIZE(ops) || !ops[cmd])
        return fail(-ENOSYS);
    return ops[cmd](v, guest_ptr_of(args[1]));
}
