// SPDX-License-Identifier: Apache-2.0
// domctl: what the control domain does to domains. The table has asked for privilege; here are the
// interface version, the copy in, the target and the copy out, once for all. A command without a
// row is -ENOSYS. Worst case: that of the row's handler.
#include "domctl.h"

#define SOFT_RESET_CONT 23 // Xen's own, between the steps of a soft_reset

#define ROW(name) [XEN_DOMCTL_##name] = {.fn = domctl_##name}
#define ROW_OUT(name) [XEN_DOMCTL_##name] = {.fn = domctl_##name, .out = true}

static const struct domctl_row rows[] = {
    [XEN_DOMCTL_createdomain] = {.fn = domctl_createdomain, .no_domain = true, .out = true},
    ROW(destroydomain),
    ROW(pausedomain),
    ROW(unpausedomain),
    ROW(resumedomain),
    ROW(max_vcpus),
    ROW(max_mem),
    ROW(set_paging_mempool_size),
    ROW_OUT(get_paging_mempool_size),
    [XEN_DOMCTL_getdomaininfo] = {.fn = domctl_getdomaininfo, .no_domain = true, .out = true},
    ROW(setvcpuaffinity),
    ROW(getvcpuaffinity),
    ROW_OUT(getvcpuinfo),
    ROW_OUT(scheduler_op),
    ROW(setnodeaffinity),
    ROW(getnodeaffinity),
    ROW(setdomainhandle),
    ROW(setdebugging),
    ROW(settimeoffset),
    ROW(set_virq_handler),
    ROW_OUT(vm_event_op),
    ROW_OUT(monitor_op),
    ROW(set_address_size),
    ROW(setvcpucontext),
    ROW(getvcpucontext),
    ROW_OUT(vuart_op),
    ROW(iomem_permission),
    ROW(irq_permission),
    ROW(bind_pt_irq),
    ROW(unbind_pt_irq),
    ROW(subscribe),
    ROW(set_target),
    ROW(soft_reset),
    [SOFT_RESET_CONT] = {.fn = domctl_soft_reset},
    ROW(setvnumainfo),
    ROW(memory_mapping),
    [XEN_DOMCTL_assign_device] = {.fn = domctl_device_assignment},
    [XEN_DOMCTL_test_assign_device] = {.fn = domctl_device_assignment},
    [XEN_DOMCTL_deassign_device] = {.fn = domctl_device_assignment},
    [XEN_DOMCTL_get_device_group] = {.fn = domctl_device_assignment},
    [XEN_DOMCTL_cacheflush] = {.fn = domctl_cacheflush, .progress = true},
};

// DOMID_SELF would name the caller, as in the other families.
static int resolve(struct vcpu *v, const struct domctl_row *row, const struct xen_domctl *op,
                   struct domain **d) {
    *d = NULL;
    if (row->no_domain)
        return 0;
    *d = domain_resolve(v, op->domain);
    return *d ? 0 : fail(-ESRCH);
}

int64_t hypercall_domctl(struct vcpu *v, uint64_t *args) {
    guest_ptr_t arg = guest_ptr_of(args[0]);
    struct xen_domctl op;
    struct domain *d;
    int err = guest_read(&op, arg, sizeof(op));
    if (err)
        return err;
    if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
        return fail(-EACCES);
    const struct domctl_row *row = op.cmd < ARRAY_SIZE(rows) ? &rows[op.cmd] : NULL;
    if (!row || !row->fn)
        return fail(-ENOSYS);
    err = resolve(v, row, &op, &d);
    if (err)
        return err;
    int64_t ret = row->fn(v, d, &op);
    if ((ret == 0 && row->out) || (ret == HYPERCALL_AGAIN && row->progress))
        err = guest_write(arg, &op, sizeof(op));
    return err ? err : ret;
}
