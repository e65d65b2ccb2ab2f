// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: the numbers of the schedulers in domctl and sysctl.
#pragma once

#define XEN_SCHEDULER_CREDIT 5U
#define XEN_SCHEDULER_CREDIT2 6U
#define XEN_SCHEDULER_ARINC653 7U
#define XEN_SCHEDULER_RTDS 8U
#define XEN_SCHEDULER_NULL 9U
