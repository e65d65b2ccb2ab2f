// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: the trace buffers that sysctl's tbuf_op controls, and
// the events of the hypervisor's own that mean anything on Arm. A record is a
// word (event 27..0, extra words 30..28, cycle flag 31), if flagged two words
// of cycles, low first, and the extra words. Data and numbers only.
#pragma once

#include "xen.h"

#define TRACE_EXTRA_MAX 7
#define TRACE_EXTRA_SHIFT 28
#define TRC_HD_CYCLE_FLAG (1UL << 31)

// An event is class 27..16, sub-class 15..12, number 11..0.
#define TRC_CLS_SHIFT 16
#define TRC_SUBCLS_SHIFT 12

#define TRC_GEN 0x0001f000U
#define TRC_SCHED 0x0002f000U
#define TRC_DOM0OP 0x0004f000U
#define TRC_HVM 0x0008f000U
#define TRC_MEM 0x0010f000U
#define TRC_PV 0x0020f000U
#define TRC_SHADOW 0x0040f000U
#define TRC_HW 0x0080f000U
#define TRC_GUEST 0x0800f000U
#define TRC_ALL 0x0ffff000U

#define TRC_LOST_RECORDS (TRC_GEN + 1U)
#define TRC_TRACE_WRAP_BUFFER (TRC_GEN + 2U)
#define TRC_TRACE_CPU_CHANGE (TRC_GEN + 3U)

#define TRC_SCHED_MIN 0x00021000U
#define TRC_SCHED_CLASS 0x00022000U
#define TRC_SCHED_VERBOSE 0x00028000U

// Events of one scheduler: TRC_SCHED_CLASS + (id << TRC_SCHED_ID_SHIFT) + number.
#define TRC_SCHED_ID_BITS 3
#define TRC_SCHED_ID_SHIFT (TRC_SUBCLS_SHIFT - TRC_SCHED_ID_BITS)
#define TRC_SCHED_ID_MASK (((1UL << TRC_SCHED_ID_BITS) - 1UL) << TRC_SCHED_ID_SHIFT)
#define TRC_SCHED_EVT_MASK (~(TRC_SCHED_ID_MASK))
#define TRC_SCHED_CSCHED 0
#define TRC_SCHED_CSCHED2 1
#define TRC_SCHED_ARINC653 3
#define TRC_SCHED_RTDS 4
#define TRC_SCHED_SNULL 5

#define TRC_SCHED_RUNSTATE_CHANGE (TRC_SCHED_MIN + 1U)
#define TRC_SCHED_CONTINUE_RUNNING (TRC_SCHED_MIN + 2U)
#define TRC_SCHED_DOM_ADD (TRC_SCHED_VERBOSE + 1U)
#define TRC_SCHED_DOM_REM (TRC_SCHED_VERBOSE + 2U)
#define TRC_SCHED_SLEEP (TRC_SCHED_VERBOSE + 3U)
#define TRC_SCHED_WAKE (TRC_SCHED_VERBOSE + 4U)
#define TRC_SCHED_YIELD (TRC_SCHED_VERBOSE + 5U)
#define TRC_SCHED_BLOCK (TRC_SCHED_VERBOSE + 6U)
#define TRC_SCHED_SHUTDOWN (TRC_SCHED_VERBOSE + 7U)
#define TRC_SCHED_CTL (TRC_SCHED_VERBOSE + 8U)
#define TRC_SCHED_ADJDOM (TRC_SCHED_VERBOSE + 9U)
#define TRC_SCHED_SWITCH (TRC_SCHED_VERBOSE + 10U)
#define TRC_SCHED_S_TIMER_FN (TRC_SCHED_VERBOSE + 11U)
#define TRC_SCHED_T_TIMER_FN (TRC_SCHED_VERBOSE + 12U)
#define TRC_SCHED_DOM_TIMER_FN (TRC_SCHED_VERBOSE + 13U)
#define TRC_SCHED_SWITCH_INFPREV (TRC_SCHED_VERBOSE + 14U)
#define TRC_SCHED_SWITCH_INFNEXT (TRC_SCHED_VERBOSE + 15U)
#define TRC_SCHED_SHUTDOWN_CODE (TRC_SCHED_VERBOSE + 16U)
#define TRC_SCHED_SWITCH_INFCONT (TRC_SCHED_VERBOSE + 17U)

#define TRC_DOM0_DOMOPS 0x00041000U
#define TRC_DOM0_DOM_ADD (TRC_DOM0_DOMOPS + 1U)
#define TRC_DOM0_DOM_REM (TRC_DOM0_DOMOPS + 2U)

#define TRC_MEM_PAGE_GRANT_MAP (TRC_MEM + 1U)
#define TRC_MEM_PAGE_GRANT_UNMAP (TRC_MEM + 2U)
#define TRC_MEM_PAGE_GRANT_TRANSFER (TRC_MEM + 3U)
#define TRC_MEM_SET_P2M_ENTRY (TRC_MEM + 4U)
#define TRC_MEM_DECREASE_RESERVATION (TRC_MEM + 5U)

#define TRC_PV_ENTRY 0x00201000U
#define TRC_PV_HYPERCALL_V2 (TRC_PV_ENTRY + 13U) // number in bits 19..0, then its arguments

#define TRC_HW_PM 0x00801000U
#define TRC_HW_IRQ 0x00802000U
#define TRC_HW_IRQ_HANDLED (TRC_HW_IRQ + 0x8U)

/** Start of a CPU's buffer; both count bytes modulo twice the data's size. */
struct t_buf {
    uint32_t cons; // written by the reader
    uint32_t prod; // written by the hypervisor
};
XEN_ABI_SIZE(struct t_buf, 8);
XEN_ABI_OFFSET(struct t_buf, prod, 4);

/** Start of the pages that say where the buffers are. */
struct t_info {
    uint16_t tbuf_size; // pages a CPU
    // For every CPU the offset, in words of 32 bits from here, of the list of
    // its machine frames; 0 if it has none.
    uint16_t mfn_offset[];
};
XEN_ABI_SIZE(struct t_info, 2);
XEN_ABI_OFFSET(struct t_info, mfn_offset, 2);
