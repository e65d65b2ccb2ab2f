// SPDX-License-Identifier: Apache-2.0
// hvm_op (xen/hvm_op.h, xen/hvm_params.h): parameters that the toolstack leaves for a guest. A
// guest reads those of its own that are meant for it and sets none; the control domain sets those
// of others.
#include "hypercall.h"
#include <xen/hvm_op.h>
#include <xen/hvm_params.h>

static bool param_known(uint32_t index) {
    switch (index) {
    case HVM_PARAM_CALLBACK_IRQ:
    case HVM_PARAM_STORE_PFN:
    case HVM_PARAM_STORE_EVTCHN:
    case HVM_PARAM_CONSOLE_PFN:
    case HVM_PARAM_CONSOLE_EVTCHN:
    case HVM_PARAM_MONITOR_RING_PFN:
        return true;
    default:
        return false;
    }
}

// Copies the argument in, resolves the domain, asks XSM, then looks at the index.
static int param_check(struct vcpu *v, guest_ptr_t arg, bool set, struct xen_hvm_param *p,
                       struct domain **d) {
    int err = guest_read(p, arg, sizeof(*p));
    if (err)
        return err;
    if (p->index >= HVM_NR_PARAMS)
        return fail(-EINVAL);
    err = target_domain(v, p->domid, XSM_TARGET, d);
    if (err)
        return err;
    if (!param_known(p->index))
        return fail(-EINVAL);
    if (*d == v->domain && (set || p->index == HVM_PARAM_MONITOR_RING_PFN))
        return fail(-EPERM);
    return 0;
}

int64_t hypercall_hvm_op(struct vcpu *v, uint64_t *args) {
    uint32_t cmd = (uint32_t)args[0];
    guest_ptr_t arg = guest_ptr_of(args[1]);
    if (cmd == HVMOP_guest_request_vm_event) // nobody monitors it
        return arg.v ? fail(-EINVAL) : 0;
    if (cmd != HVMOP_set_param && cmd != HVMOP_get_param)
        return fail(-ENOSYS);
    struct xen_hvm_param p;
    struct domain *d = NULL;
    int err = param_check(v, arg, cmd == HVMOP_set_param, &p, &d);
    if (err)
        return err;
    if (cmd == HVMOP_set_param) {
        store_relaxed(&d->hvm_param[p.index], p.value);
        return 0;
    }
    uint64_t value = load_relaxed(&d->hvm_param[p.index]);
    return guest_write(guest_ptr_add(arg, offsetof(struct xen_hvm_param, value)), &value,
                       sizeof(value));
}
