// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: the ring between the hypervisor and a monitor, as
// vm_event_op enables it. Events of x86 alone have only their numbers here.
// Data and numbers only, nothing to call.
#pragma once

#include "xen.h"

#define VM_EVENT_INTERFACE_VERSION 0x00000007U

#define VM_EVENT_FLAG_VCPU_PAUSED (1U << 0)
#define VM_EVENT_FLAG_FOREIGN (1U << 1)
#define VM_EVENT_FLAG_EMULATE (1U << 2)
#define VM_EVENT_FLAG_EMULATE_NOWRITE (1U << 3)
#define VM_EVENT_FLAG_TOGGLE_SINGLESTEP (1U << 4)
#define VM_EVENT_FLAG_SET_EMUL_READ_DATA (1U << 5)
#define VM_EVENT_FLAG_DENY (1U << 6)
#define VM_EVENT_FLAG_ALTERNATE_P2M (1U << 7)
#define VM_EVENT_FLAG_SET_REGISTERS (1U << 8)
#define VM_EVENT_FLAG_SET_EMUL_INSN_DATA (1U << 9)
#define VM_EVENT_FLAG_GET_NEXT_INTERRUPT (1U << 10)
#define VM_EVENT_FLAG_FAST_SINGLESTEP (1U << 11)
#define VM_EVENT_FLAG_NESTED_P2M (1U << 12)
#define VM_EVENT_FLAG_RESET_VMTRACE (1U << 13)
#define VM_EVENT_FLAG_RESET_FORK_STATE (1U << 14)
#define VM_EVENT_FLAG_RESET_FORK_MEMORY (1U << 15)

#define VM_EVENT_REASON_UNKNOWN 0U
#define VM_EVENT_REASON_MEM_ACCESS 1U
#define VM_EVENT_REASON_MEM_SHARING 2U
#define VM_EVENT_REASON_MEM_PAGING 3U
#define VM_EVENT_REASON_WRITE_CTRLREG 4U
#define VM_EVENT_REASON_MOV_TO_MSR 5U
#define VM_EVENT_REASON_SOFTWARE_BREAKPOINT 6U
#define VM_EVENT_REASON_SINGLESTEP 7U
#define VM_EVENT_REASON_GUEST_REQUEST 8U
#define VM_EVENT_REASON_DEBUG_EXCEPTION 9U
#define VM_EVENT_REASON_CPUID 10U
#define VM_EVENT_REASON_PRIVILEGED_CALL 11U // SMC
#define VM_EVENT_REASON_INTERRUPT 12U
#define VM_EVENT_REASON_DESCRIPTOR_ACCESS 13U
#define VM_EVENT_REASON_EMUL_UNIMPLEMENTED 14U
#define VM_EVENT_REASON_VMEXIT 15U

#define MEM_ACCESS_R (1U << 0)
#define MEM_ACCESS_W (1U << 1)
#define MEM_ACCESS_X (1U << 2)
#define MEM_ACCESS_RWX (MEM_ACCESS_R | MEM_ACCESS_W | MEM_ACCESS_X)
#define MEM_ACCESS_RW (MEM_ACCESS_R | MEM_ACCESS_W)
#define MEM_ACCESS_RX (MEM_ACCESS_R | MEM_ACCESS_X)
#define MEM_ACCESS_WX (MEM_ACCESS_W | MEM_ACCESS_X)
#define MEM_ACCESS_GLA_VALID (1U << 3)
#define MEM_ACCESS_FAULT_WITH_GLA (1U << 4)
#define MEM_ACCESS_FAULT_IN_GPT (1U << 5) // in the guest's own table walk

/** Registers at the event. */
struct vm_event_regs_arm {
    uint64_t ttbr0;
    uint64_t ttbr1;
    uint64_t ttbcr;
    uint64_t pc;
    uint64_t cpsr;
};
XEN_ABI_SIZE(struct vm_event_regs_arm, 40);
XEN_ABI_OFFSET(struct vm_event_regs_arm, cpsr, 32);

/** MEM_ACCESS. */
struct vm_event_mem_access {
    uint64_t gfn;
    uint64_t offset; // in the page
    uint64_t gla;    // guest virtual address, if GLA_VALID
    uint32_t flags;  // MEM_ACCESS_*
    uint32_t _pad;
};
XEN_ABI_SIZE(struct vm_event_mem_access, 32);
XEN_ABI_OFFSET(struct vm_event_mem_access, flags, 24);

/** SINGLESTEP. */
struct vm_event_singlestep {
    uint64_t gfn;
};
XEN_ABI_SIZE(struct vm_event_singlestep, 8);

/** SOFTWARE_BREAKPOINT, DEBUG_EXCEPTION. */
struct vm_event_debug {
    uint64_t gfn;
    uint64_t pending_dbg;
    uint32_t insn_length; // bytes
    uint8_t type;
    uint8_t _pad[3];
};
XEN_ABI_SIZE(struct vm_event_debug, 24);
XEN_ABI_OFFSET(struct vm_event_debug, type, 20);

/** A request, and its response in the same shape. */
struct vm_event_st {
    uint32_t version; // VM_EVENT_INTERFACE_VERSION
    uint32_t flags;   // VM_EVENT_FLAG_*
    uint32_t reason;  // VM_EVENT_REASON_*
    uint32_t vcpu_id;
    uint16_t altp2m_idx;
    uint16_t _pad[3];
    union {
        struct vm_event_mem_access mem_access;
        struct vm_event_singlestep singlestep;
        struct vm_event_debug software_breakpoint;
        struct vm_event_debug debug_exception;
    } u;
    union {
        union {
            uint64_t _pad0[43]; // x86's register file, the largest, sets the size
            struct vm_event_regs_arm arm;
        } regs;
    } data;
};
XEN_ABI_SIZE(struct vm_event_st, 400);
XEN_ABI_OFFSET(struct vm_event_st, u, 24);
XEN_ABI_OFFSET(struct vm_event_st, data, 56);

/** The ring page: one direction is the mirror of the other, slots are shared. */
struct vm_event_sring {
    uint32_t req_prod, req_event;
    uint32_t rsp_prod, rsp_event;
    union {
        uint8_t pvt_pad[4];
    } pvt;
    uint8_t __pad[44];
    union vm_event_sring_entry {
        struct vm_event_st req;
        struct vm_event_st rsp;
    } ring[1]; // as many as fit the page, rounded down to a power of two
};
XEN_ABI_SIZE(struct vm_event_sring, 464);
XEN_ABI_OFFSET(struct vm_event_sring, ring, 64);
