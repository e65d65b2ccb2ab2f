// SPDX-License-Identifier: Apache-2.0
// ARINC 653 timetables beyond Xen's: windows on each core of a pool, and at the same time on
// several for the vCPUs of one partition. By sysctl scheduler_op with sched_id
// XEN_SCHEDULER_ARINC653, one of these commands, and the handle of a struct coff_arinc653_schedule
// where Xen's has its own. A new table takes effect when the major frame that runs is over.
#pragma once

#include <xen/sysctl.h>

#define COFF_SYSCTL_SCHEDOP_put_table 0x436f0000U
#define COFF_SYSCTL_SCHEDOP_get_table 0x436f0001U // comes back with the one last put
#define COFF_ARINC653_VERSION 1U
#define COFF_ARINC653_MAX_WINDOWS 64

/** Ordered by cpu, then by start; none overlaps another of its cpu or of its vCPU. */
struct coff_arinc653_window {
    xen_domain_handle_t handle;
    uint32_t vcpu_id;
    uint32_t cpu;
    uint64_t start;  // ns from the start of the major frame
    uint64_t length; // ns
};
XEN_ABI_SIZE(struct coff_arinc653_window, 40);

struct coff_arinc653_schedule {
    uint32_t version;
    uint32_t nr_windows;
    uint64_t major_frame; // ns
    struct coff_arinc653_window windows[COFF_ARINC653_MAX_WINDOWS];
};
XEN_ABI_SIZE(struct coff_arinc653_schedule, 2576);
XEN_ABI_OFFSET(struct coff_arinc653_schedule, windows, 16);
