// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: hypercall numbers, domain ids, VIRQs, the shared pages
// and the few structures that belong to no single hypercall. For the hypervisor,
// guests and user space alike; data and numbers only, nothing to call.
#pragma once

#include "arch-arm.h"

// Hypercall numbers (x16). The gaps are calls that no interface since 3.2 has.
#define __HYPERVISOR_set_trap_table 0
#define __HYPERVISOR_mmu_update 1
#define __HYPERVISOR_set_gdt 2
#define __HYPERVISOR_stack_switch 3
#define __HYPERVISOR_set_callbacks 4
#define __HYPERVISOR_fpu_taskswitch 5
#define __HYPERVISOR_sched_op_compat 6
#define __HYPERVISOR_platform_op 7
#define __HYPERVISOR_set_debugreg 8
#define __HYPERVISOR_get_debugreg 9
#define __HYPERVISOR_update_descriptor 10
#define __HYPERVISOR_memory_op 12
#define __HYPERVISOR_multicall 13
#define __HYPERVISOR_update_va_mapping 14
#define __HYPERVISOR_set_timer_op 15
#define __HYPERVISOR_event_channel_op_compat 16
#define __HYPERVISOR_xen_version 17
#define __HYPERVISOR_console_io 18
#define __HYPERVISOR_physdev_op_compat 19
#define __HYPERVISOR_grant_table_op 20
#define __HYPERVISOR_vm_assist 21
#define __HYPERVISOR_update_va_mapping_otherdomain 22
#define __HYPERVISOR_iret 23
#define __HYPERVISOR_vcpu_op 24
#define __HYPERVISOR_set_segment_base 25
#define __HYPERVISOR_mmuext_op 26
#define __HYPERVISOR_xsm_op 27
#define __HYPERVISOR_nmi_op 28
#define __HYPERVISOR_sched_op 29
#define __HYPERVISOR_callback_op 30
#define __HYPERVISOR_xenoprof_op 31
#define __HYPERVISOR_event_channel_op 32
#define __HYPERVISOR_physdev_op 33
#define __HYPERVISOR_hvm_op 34
#define __HYPERVISOR_sysctl 35
#define __HYPERVISOR_domctl 36
#define __HYPERVISOR_kexec_op 37
#define __HYPERVISOR_tmem_op 38
#define __HYPERVISOR_argo_op 39
#define __HYPERVISOR_xenpmu_op 40
#define __HYPERVISOR_dm_op 41
#define __HYPERVISOR_hypfs_op 42
#define __HYPERVISOR_arch_0 48
#define __HYPERVISOR_arch_1 49
#define __HYPERVISOR_arch_2 50
#define __HYPERVISOR_arch_3 51
#define __HYPERVISOR_arch_4 52
#define __HYPERVISOR_arch_5 53
#define __HYPERVISOR_arch_6 54
#define __HYPERVISOR_arch_7 55

// Virtual interrupts. TIMER, DEBUG, XENOPROF and XENPMU are per vCPU, ARGO is
// one a domain, the rest are for the control domain or its delegate.
#define VIRQ_TIMER 0U
#define VIRQ_DEBUG 1U
#define VIRQ_CONSOLE 2U
#define VIRQ_DOM_EXC 3U
#define VIRQ_TBUF 4U
#define VIRQ_DEBUGGER 6U
#define VIRQ_XENOPROF 7U
#define VIRQ_CON_RING 8U
#define VIRQ_PCPU_STATE 9U
#define VIRQ_MEM_EVENT 10U
#define VIRQ_ARGO 11U
#define VIRQ_ENOMEM 12U
#define VIRQ_XENPMU 13U
#define VIRQ_ARCH_0 16U
#define VIRQ_ARCH_1 17U
#define VIRQ_ARCH_2 18U
#define VIRQ_ARCH_3 19U
#define VIRQ_ARCH_4 20U
#define VIRQ_ARCH_5 21U
#define VIRQ_ARCH_6 22U
#define VIRQ_ARCH_7 23U
#define NR_VIRQS 24

// console_io(cmd, count, buffer).
#define CONSOLEIO_write 0U
#define CONSOLEIO_read 1U

// vm_assist(cmd, type). Of the types only the runstate flag means anything on Arm.
#define VMASST_CMD_enable 0U
#define VMASST_CMD_disable 1U
#define VMASST_TYPE_4gb_segments 0U
#define VMASST_TYPE_4gb_segments_notify 1U
#define VMASST_TYPE_writable_pagetables 2U
#define VMASST_TYPE_pae_extended_cr3 3U
#define VMASST_TYPE_architectural_iopl 4U
#define VMASST_TYPE_runstate_update_flag 5U
#define VMASST_TYPE_m2p_strict 32U

typedef uint16_t domid_t;

// Domain ids from FIRST_RESERVED up name no ordinary domain.
#define DOMID_FIRST_RESERVED 0x7FF0U
#define DOMID_SELF 0x7FF0U    // the caller
#define DOMID_IO 0x7FF1U      // owner of device memory
#define DOMID_XEN 0x7FF2U     // owner of pages that the hypervisor shares out (trace buffers)
#define DOMID_COW 0x7FF3U     // owner of shared copies
#define DOMID_INVALID 0x7FF4U // no domain
#define DOMID_IDLE 0x7FFFU    // the idle vCPUs
#define DOMID_MASK 0x7FFFU

// Domain flags of the start information. Arm guests have none, but the tools'
// and kernels' code tests these bits.
#define SIF_PRIVILEGED (1U << 0)
#define SIF_INITDOMAIN (1U << 1)
#define SIF_MULTIBOOT_MOD (1U << 2)
#define SIF_MOD_START_PFN (1U << 3)
#define SIF_VIRT_P2M_4TOOLS (1U << 4)
#define SIF_PM_MASK (0xFFU << 8)

typedef uint8_t xen_domain_handle_t[16];

/** UUID in network byte order. */
typedef struct {
    uint8_t a[16];
} xen_uuid_t;
XEN_ABI_SIZE(xen_uuid_t, 16);

/** One call of a multicall; `result` is written back, all 64 bits. */
struct multicall_entry {
    xen_ulong_t op, result;
    xen_ulong_t args[6];
};
XEN_ABI_SIZE(struct multicall_entry, 64);
XEN_ABI_OFFSET(struct multicall_entry, args, 16);

#define XEN_PVCLOCK_TSC_STABLE_BIT (1U << 0)
#define XEN_PVCLOCK_GUEST_STOPPED (1U << 1)

/** Paravirtual clock, unused by Arm guests (they read CNTVCT) but part of vcpu_info. */
struct vcpu_time_info {
    uint32_t version; // odd while the hypervisor writes
    uint32_t pad0;
    uint64_t tsc_timestamp;
    uint64_t system_time; // ns since the host booted
    uint32_t tsc_to_system_mul;
    int8_t tsc_shift;
    uint8_t flags; // XEN_PVCLOCK_*
    uint8_t pad1[2];
};
XEN_ABI_SIZE(struct vcpu_time_info, 32);
XEN_ABI_OFFSET(struct vcpu_time_info, tsc_timestamp, 8);

/** Per-vCPU event state, written by the guest and the hypervisor at once. */
struct vcpu_info {
    uint8_t evtchn_upcall_pending; // the level of the guest's event channel interrupt
    uint8_t pad0;                  // the upcall mask of x86; Arm guests mask the interrupt
    uint8_t _pad1[6];
    xen_ulong_t evtchn_pending_sel; // 2-level ABI: words of evtchn_pending to scan
    struct vcpu_time_info time;
};
XEN_ABI_SIZE(struct vcpu_info, 48);
XEN_ABI_OFFSET(struct vcpu_info, evtchn_pending_sel, 8);
XEN_ABI_OFFSET(struct vcpu_info, time, 16);

/** The page of XENMAPSPACE_shared_info. */
struct shared_info {
    struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
    xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8];
    xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];
    uint32_t wc_version; // wall clock at system time 0, UTC; odd while it is written
    uint32_t wc_sec;
    uint32_t wc_nsec;
    uint32_t wc_sec_hi;
};
XEN_ABI_SIZE(struct shared_info, 1088);
XEN_ABI_OFFSET(struct shared_info, wc_sec_hi, 1084);

/** Bitmap in guest memory, (nr_bits + 7) / 8 bytes, bit 0 of byte 0 first. */
struct xenctl_bitmap {
    xen_guest_handle_t bitmap;
    uint32_t nr_bits;
    uint32_t _pad0;
};
XEN_ABI_SIZE(struct xenctl_bitmap, 16);
XEN_ABI_OFFSET(struct xenctl_bitmap, nr_bits, 8);
