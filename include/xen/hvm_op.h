// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: hvm_op(cmd, arg). The altp2m calls and the other calls
// of x86 alone have only their numbers here. Data and numbers only, nothing to
// call.
#pragma once

#include "xen.h"

#define HVMOP_set_param 0U
#define HVMOP_get_param 1U
#define HVMOP_flush_tlbs 5U
#define HVMOP_pagetable_dying 9U
#define HVMOP_get_time 10U
#define HVMOP_xentrace 11U
#define HVMOP_set_mem_access 12U
#define HVMOP_get_mem_access 13U
#define HVMOP_get_mem_type 15U
#define HVMOP_guest_request_vm_event 24U
#define HVMOP_altp2m 25U

#define HVMOP_ALTP2M_INTERFACE_VERSION 0x00000001U

/** set_param, get_param. */
struct xen_hvm_param {
    domid_t domid;
    uint16_t pad;
    uint32_t index; // HVM_PARAM_*
    uint64_t value;
};
XEN_ABI_SIZE(struct xen_hvm_param, 16);
XEN_ABI_OFFSET(struct xen_hvm_param, index, 4);
XEN_ABI_OFFSET(struct xen_hvm_param, value, 8);

/** get_time: system time in ns. */
struct xen_hvm_get_time {
    uint64_t now;
};
XEN_ABI_SIZE(struct xen_hvm_get_time, 8);

/** xentrace: a record of the guest's own. */
struct xen_hvm_xentrace {
    uint16_t event, extra_bytes;
    uint8_t extra[28];
};
XEN_ABI_SIZE(struct xen_hvm_xentrace, 32);
XEN_ABI_OFFSET(struct xen_hvm_xentrace, extra, 4);
