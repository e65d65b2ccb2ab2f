// SPDX-License-Identifier: Apache-2.0
// event_channel_op (xen/event_channel.h): one row a sub-op. `check` copies the argument once,
// resolves the domains and asks XSM; `apply` is core/evtchn.c's operation, which decides under the
// ports' lock. What the ABI returns in the argument is written back whole. Worst case: EVTCHN_STEP
// ports, then a continuation.
#include "evtchn.h"
#include <arch/guest_inline.h>

static int check_alloc_unbound(struct vcpu *v, struct evtchn_plan *p) {
    struct evtchn_alloc_unbound *a = &p->arg.alloc_unbound;
    int err = target_domain(v, a->dom, XSM_TARGET, &p->d);
    if (!err && a->remote_dom == DOMID_SELF)
        a->remote_dom = v->domain->id;
    return err;
}

static int64_t apply_alloc_unbound(struct evtchn_plan *p) {
    struct evtchn_alloc_unbound *a = &p->arg.alloc_unbound;
    return evtchn_alloc_unbound(p->d, a->remote_dom, &a->port);
}

// Whether the two may talk is in the unbound port: its owner named who may bind.
static int check_bind_interdomain(struct vcpu *v, struct evtchn_plan *p) {
    p->d = v->domain;
    p->peer = domain_resolve(v, p->arg.bind_interdomain.remote_dom);
    return p->peer ? 0 : fail(-ESRCH);
}

static int64_t apply_bind_interdomain(struct evtchn_plan *p) {
    struct evtchn_bind_interdomain *a = &p->arg.bind_interdomain;
    return evtchn_bind_interdomain(p->d, p->peer, a->remote_port, &a->local_port);
}

static int64_t apply_bind_virq(struct evtchn_plan *p) {
    struct evtchn_bind_virq *a = &p->arg.bind_virq;
    return evtchn_bind_virq(p->d, a->virq, a->vcpu, &a->port);
}

static int64_t apply_bind_ipi(struct evtchn_plan *p) {
    return evtchn_bind_ipi(p->d, p->arg.bind_ipi.vcpu, &p->arg.bind_ipi.port);
}

// Ports that EL2 uses in the domain's name are not the domain's to touch.
static bool is_for_hyp(struct domain *d, port_t port) {
    const struct evtchn *c = evtchn_get(d, port);
    return c && load_relaxed(&c->vcpu) == EVTCHN_FOR_HYP;
}

static int64_t apply_close(struct evtchn_plan *p) {
    port_t port = p->arg.close.port;
    return is_for_hyp(p->d, port) ? fail(-EINVAL) : evtchn_close(p->d, port);
}

static int check_status(struct vcpu *v, struct evtchn_plan *p) {
    struct evtchn_status asked = p->arg.status;
    memset(&p->arg.status, 0, sizeof(p->arg.status));
    p->arg.status.dom = asked.dom;
    p->arg.status.port = asked.port;
    return target_domain(v, asked.dom, XSM_TARGET, &p->d);
}

static int64_t apply_status(struct evtchn_plan *p) { return evtchn_status(p->d, &p->arg.status); }

static int64_t apply_bind_vcpu(struct evtchn_plan *p) {
    if (is_for_hyp(p->d, p->arg.bind_vcpu.port))
        return fail(-EINVAL);
    return evtchn_bind_vcpu(p->d, p->arg.bind_vcpu.port, p->arg.bind_vcpu.vcpu);
}

static int64_t apply_unmask(struct evtchn_plan *p) {
    return evtchn_unmask(p->d, p->arg.unmask.port);
}

static int check_reset(struct vcpu *v, struct evtchn_plan *p) {
    return target_domain(v, p->arg.reset.dom, XSM_TARGET, &p->d);
}

// Progress is in the domain: closed ports are gone, so the same call goes on where it was.
static int64_t apply_reset(struct evtchn_plan *p) {
    return evtchn_reset_step(p->d) ? HYPERCALL_AGAIN : 0;
}

static const struct evtchn_op ops[] = {
    [EVTCHNOP_bind_interdomain] = {check_bind_interdomain, apply_bind_interdomain,
                                   sizeof(struct evtchn_bind_interdomain), true, NULL},
    [EVTCHNOP_bind_virq] = {NULL, apply_bind_virq, sizeof(struct evtchn_bind_virq), true, NULL},
    [EVTCHNOP_close] = {NULL, apply_close, sizeof(struct evtchn_close), false, NULL},
    [EVTCHNOP_status] = {check_status, apply_status, sizeof(struct evtchn_status), true, NULL},
    [EVTCHNOP_alloc_unbound] = {check_alloc_unbound, apply_alloc_unbound,
                                sizeof(struct evtchn_alloc_unbound), true, NULL},
    [EVTCHNOP_bind_ipi] = {NULL, apply_bind_ipi, sizeof(struct evtchn_bind_ipi), true, NULL},
    [EVTCHNOP_bind_vcpu] = {NULL, apply_bind_vcpu, sizeof(struct evtchn_bind_vcpu), false, NULL},
    [EVTCHNOP_unmask] = {NULL, apply_unmask, sizeof(struct evtchn_unmask), false, NULL},
    [EVTCHNOP_reset] = {check_reset, apply_reset, sizeof(struct evtchn_reset), false, NULL},
};

static __attribute__((noinline)) int64_t by_table(struct vcpu *v, uint64_t *args) {
    uint32_t cmd = (uint32_t)args[0];
    const struct evtchn_op *op = cmd < ARRAY_SIZE(ops) ? &ops[cmd] : NULL;
    if (!op || !op->apply)
        op = evtchn_fifo_op(v, cmd);
    if (!op) // bind_pirq has no row: Arm has no PIRQs
        return fail(-ENOSYS);
    struct evtchn_plan p = {.d = v->domain};
    guest_ptr_t arg = guest_ptr_of(args[1]);
    int64_t ret = guest_read(&p.arg, arg, op->size);
    if (!ret && op->check)
        ret = op->check(v, &p);
    if (!ret)
        ret = op->apply(&p);
    if (!ret && op->out)
        ret = guest_write(arg, &p.arg, op->size);
    if (!ret && op->then)
        ret = op->then(v, args);
    return ret;
}

// Sending is by far the most frequent; it asks nobody: whoever may send was told so at the binding.
int64_t hypercall_event_channel_op(struct vcpu *v, uint64_t *args) {
    _Static_assert(sizeof(struct evtchn_send) == sizeof(port_t), "one word");
    if (unlikely((uint32_t)args[0] != EVTCHNOP_send))
        return by_table(v, args);
    int64_t port = guest_read_word(v, guest_ptr_of(args[1]));
    return unlikely(port < 0) ? port : evtchn_send(v->domain, (port_t)port);
}
