// SPDX-License-Identifier: Apache-2.0
// Cofferdam's own records in the trace buffers of the Xen ABI (xen/trace.h), version 1: a vCPU's
// way into EL2 and back. Stock xenalyze passes over them. Data and numbers only.
#pragma once
#include <xen/trace.h>

#define TRC_COFF (TRC_HW - 0xf000U + 0x4000U) // sub-class 4 of TRC_HW
/** The vCPU is at EL2 from this time on: [vCPU as in runstate_change, TRC_COFF_CAUSE_*]. */
#define TRC_COFF_EXIT (TRC_COFF + 1U)
/** A vCPU goes on: [vCPU]. Where it is another one, sched_switch has said so before. */
#define TRC_COFF_ENTER (TRC_COFF + 2U)

/** Causes below 64 are exception classes (ESR_EL2.EC). */
#define TRC_COFF_CAUSE_IRQ 64U
#define TRC_COFF_CAUSE_SERROR 65U
