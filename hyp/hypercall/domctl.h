// SPDX-License-Identifier: Apache-2.0
// The rows of domctl (xen/domctl.h), one handler a command, a file a theme. Only
// hypercall/domctl*.c include this.
#pragma once
#include "hypercall.h"
#include <xen/domctl.h>

// `op` is the caller's argument, copied once; `d` the domain it names (the caller's own for
// DOMID_SELF), NULL where the row says that it names none. Returns 0, -E or HYPERCALL_AGAIN.
typedef int64_t domctl_fn(struct vcpu *v, struct domain *d, struct xen_domctl *op);

struct domctl_row {
    domctl_fn *fn;
    bool no_domain; // op->domain is not a target yet (createdomain)
    bool out;       // op is copied back after success
    bool progress;  // op is copied back before HYPERCALL_AGAIN: its cursor is in there
};

domctl_fn domctl_createdomain, domctl_destroydomain, domctl_pausedomain, domctl_unpausedomain;
domctl_fn domctl_resumedomain, domctl_max_vcpus, domctl_max_mem;
domctl_fn domctl_getdomaininfo, domctl_setdomainhandle, domctl_setdebugging;
domctl_fn domctl_settimeoffset, domctl_set_virq_handler, domctl_vm_event_op, domctl_monitor_op;
domctl_fn domctl_set_address_size, domctl_setvcpucontext, domctl_getvcpucontext, domctl_cacheflush;
domctl_fn domctl_vuart_op, domctl_device_assignment;
domctl_fn domctl_iomem_permission, domctl_memory_mapping;
domctl_fn domctl_irq_permission, domctl_bind_pt_irq, domctl_unbind_pt_irq;
domctl_fn domctl_soft_reset, domctl_subscribe, domctl_set_target, domctl_setvnumainfo;
domctl_fn domctl_setvcpuaffinity, domctl_getvcpuaffinity, domctl_getvcpuinfo, domctl_scheduler_op;
domctl_fn domctl_setnodeaffinity, domctl_getnodeaffinity;
domctl_fn domctl_set_paging_mempool_size, domctl_get_paging_mempool_size;

// domctl_state.c: what `d` is now, as getdomaininfo and sysctl's list tell it. Takes LOCK_DOMAIN.
void domctl_info(struct domain *d, struct xen_domctl_getdomaininfo *info);
