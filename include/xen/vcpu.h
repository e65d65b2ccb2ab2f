// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: vcpu_op(cmd, vcpu, arg). Arm guests start and stop vCPUs
// by PSCI; of these calls they use the two register ones. Data and numbers only,
// nothing to call.
#pragma once

#include "xen.h"

#define VCPUOP_initialise 0U
#define VCPUOP_up 1U
#define VCPUOP_down 2U
#define VCPUOP_is_up 3U
#define VCPUOP_get_runstate_info 4U
#define VCPUOP_register_runstate_memory_area 5U
#define VCPUOP_set_periodic_timer 6U
#define VCPUOP_stop_periodic_timer 7U
#define VCPUOP_set_singleshot_timer 8U
#define VCPUOP_stop_singleshot_timer 9U
#define VCPUOP_register_vcpu_info 10U
#define VCPUOP_send_nmi 11U
#define VCPUOP_get_physid 12U
#define VCPUOP_register_vcpu_time_memory_area 13U

#define RUNSTATE_running 0
#define RUNSTATE_runnable 1
#define RUNSTATE_blocked 2
#define RUNSTATE_offline 3

// In state_entry_time while an update runs, if the guest asked for it by
// VMASST_TYPE_runstate_update_flag.
#define XEN_RUNSTATE_UPDATE (1ULL << 63)

/** Where the time of a vCPU goes. */
struct vcpu_runstate_info {
    int32_t state; // RUNSTATE_*
    uint32_t _pad0;
    uint64_t state_entry_time; // ns of system time
    uint64_t time[4];          // ns in each state
};
XEN_ABI_SIZE(struct vcpu_runstate_info, 48);
XEN_ABI_OFFSET(struct vcpu_runstate_info, state_entry_time, 8);
XEN_ABI_OFFSET(struct vcpu_runstate_info, time, 16);

/** Guest virtual address that the hypervisor keeps a vcpu_runstate_info at. */
struct vcpu_register_runstate_memory_area {
    union {
        xen_guest_handle_t h;
        uint64_t p;
    } addr;
};
XEN_ABI_SIZE(struct vcpu_register_runstate_memory_area, 8);

/** Interval of the periodic timer. */
struct vcpu_set_periodic_timer {
    uint64_t period_ns;
};
XEN_ABI_SIZE(struct vcpu_set_periodic_timer, 8);

#define _VCPU_SSHOTTMR_future 0
#define VCPU_SSHOTTMR_future (1U << _VCPU_SSHOTTMR_future) // a time in the past is -ETIME

/** One-shot timer. */
struct vcpu_set_singleshot_timer {
    uint64_t timeout_abs_ns; // system time
    uint32_t flags;          // VCPU_SSHOTTMR_*
    uint32_t _pad0;
};
XEN_ABI_SIZE(struct vcpu_set_singleshot_timer, 16);
XEN_ABI_OFFSET(struct vcpu_set_singleshot_timer, flags, 8);

/** Move the vcpu_info of a vCPU to a place of the guest's; only once for each vCPU. */
struct vcpu_register_vcpu_info {
    uint64_t mfn;    // guest frame
    uint32_t offset; // the structure must not cross the page's end
    uint32_t rsvd;
};
XEN_ABI_SIZE(struct vcpu_register_vcpu_info, 16);
XEN_ABI_OFFSET(struct vcpu_register_vcpu_info, rsvd, 12);

/** get_physid. */
struct vcpu_get_physid {
    uint64_t phys_id;
};
XEN_ABI_SIZE(struct vcpu_get_physid, 8);

/** Guest virtual address that the hypervisor keeps a vcpu_time_info at. */
struct vcpu_register_time_memory_area {
    union {
        xen_guest_handle_t h;
        uint64_t p;
    } addr;
};
XEN_ABI_SIZE(struct vcpu_register_time_memory_area, 8);
