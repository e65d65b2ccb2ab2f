// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: domctl(arg), the toolstack's calls about one domain.
// Calls of x86 alone have only their numbers here. The whole argument is copied
// in and, where a member is marked out, copied back. Data and numbers only,
// nothing to call.
#pragma once

#include "event_channel.h"
#include "scheduler.h"
#include "xen.h"

#define XEN_DOMCTL_INTERFACE_VERSION 0x00000015U

#define XEN_DOMCTL_createdomain 1U
#define XEN_DOMCTL_destroydomain 2U
#define XEN_DOMCTL_pausedomain 3U
#define XEN_DOMCTL_unpausedomain 4U
#define XEN_DOMCTL_getdomaininfo 5U
#define XEN_DOMCTL_setvcpuaffinity 9U
#define XEN_DOMCTL_shadow_op 10U
#define XEN_DOMCTL_max_mem 11U
#define XEN_DOMCTL_setvcpucontext 12U
#define XEN_DOMCTL_getvcpucontext 13U
#define XEN_DOMCTL_getvcpuinfo 14U
#define XEN_DOMCTL_max_vcpus 15U
#define XEN_DOMCTL_scheduler_op 16U
#define XEN_DOMCTL_setdomainhandle 17U
#define XEN_DOMCTL_setdebugging 18U
#define XEN_DOMCTL_irq_permission 19U
#define XEN_DOMCTL_iomem_permission 20U
#define XEN_DOMCTL_ioport_permission 21U
#define XEN_DOMCTL_hypercall_init 22U
#define XEN_DOMCTL_settimeoffset 24U
#define XEN_DOMCTL_getvcpuaffinity 25U
#define XEN_DOMCTL_real_mode_area 26U
#define XEN_DOMCTL_resumedomain 27U
#define XEN_DOMCTL_sendtrigger 28U
#define XEN_DOMCTL_subscribe 29U
#define XEN_DOMCTL_gethvmcontext 33U
#define XEN_DOMCTL_sethvmcontext 34U
#define XEN_DOMCTL_set_address_size 35U
#define XEN_DOMCTL_get_address_size 36U
#define XEN_DOMCTL_assign_device 37U
#define XEN_DOMCTL_bind_pt_irq 38U
#define XEN_DOMCTL_memory_mapping 39U
#define XEN_DOMCTL_ioport_mapping 40U
#define XEN_DOMCTL_set_ext_vcpucontext 42U
#define XEN_DOMCTL_get_ext_vcpucontext 43U
#define XEN_DOMCTL_set_opt_feature 44U
#define XEN_DOMCTL_test_assign_device 45U
#define XEN_DOMCTL_set_target 46U
#define XEN_DOMCTL_deassign_device 47U
#define XEN_DOMCTL_unbind_pt_irq 48U
#define XEN_DOMCTL_get_device_group 50U
#define XEN_DOMCTL_debug_op 54U
#define XEN_DOMCTL_gethvmcontext_partial 55U
#define XEN_DOMCTL_vm_event_op 56U
#define XEN_DOMCTL_mem_sharing_op 57U
#define XEN_DOMCTL_gettscinfo 59U
#define XEN_DOMCTL_settscinfo 60U
#define XEN_DOMCTL_getpageframeinfo3 61U
#define XEN_DOMCTL_setvcpuextstate 62U
#define XEN_DOMCTL_getvcpuextstate 63U
#define XEN_DOMCTL_set_access_required 64U
#define XEN_DOMCTL_audit_p2m 65U
#define XEN_DOMCTL_set_virq_handler 66U
#define XEN_DOMCTL_set_broken_page_p2m 67U
#define XEN_DOMCTL_setnodeaffinity 68U
#define XEN_DOMCTL_getnodeaffinity 69U
#define XEN_DOMCTL_cacheflush 71U
#define XEN_DOMCTL_get_vcpu_msrs 72U
#define XEN_DOMCTL_set_vcpu_msrs 73U
#define XEN_DOMCTL_setvnumainfo 74U
#define XEN_DOMCTL_psr_cmt_op 75U
#define XEN_DOMCTL_monitor_op 77U
#define XEN_DOMCTL_psr_alloc 78U
#define XEN_DOMCTL_soft_reset 79U
#define XEN_DOMCTL_vuart_op 81U
#define XEN_DOMCTL_get_cpu_policy 82U
#define XEN_DOMCTL_set_cpu_policy 83U
#define XEN_DOMCTL_vmtrace_op 84U
#define XEN_DOMCTL_get_paging_mempool_size 85U
#define XEN_DOMCTL_set_paging_mempool_size 86U
#define XEN_DOMCTL_gdbsx_guestmemio 1000U
#define XEN_DOMCTL_gdbsx_pausevcpu 1001U
#define XEN_DOMCTL_gdbsx_unpausevcpu 1002U
#define XEN_DOMCTL_gdbsx_domstatus 1003U

// Flags of createdomain. An Arm guest is always hvm and hap.
#define _XEN_DOMCTL_CDF_hvm 0
#define XEN_DOMCTL_CDF_hvm (1U << _XEN_DOMCTL_CDF_hvm)
#define _XEN_DOMCTL_CDF_hap 1
#define XEN_DOMCTL_CDF_hap (1U << _XEN_DOMCTL_CDF_hap)
#define _XEN_DOMCTL_CDF_s3_integrity 2
#define XEN_DOMCTL_CDF_s3_integrity (1U << _XEN_DOMCTL_CDF_s3_integrity)
#define _XEN_DOMCTL_CDF_oos_off 3
#define XEN_DOMCTL_CDF_oos_off (1U << _XEN_DOMCTL_CDF_oos_off)
#define _XEN_DOMCTL_CDF_xs_domain 4
#define XEN_DOMCTL_CDF_xs_domain (1U << _XEN_DOMCTL_CDF_xs_domain)
#define _XEN_DOMCTL_CDF_iommu 5
#define XEN_DOMCTL_CDF_iommu (1U << _XEN_DOMCTL_CDF_iommu)
#define _XEN_DOMCTL_CDF_nested_virt 6
#define XEN_DOMCTL_CDF_nested_virt (1U << _XEN_DOMCTL_CDF_nested_virt)
#define XEN_DOMCTL_CDF_vpmu (1U << 7)
#define XEN_DOMCTL_CDF_MAX XEN_DOMCTL_CDF_vpmu

#define _XEN_DOMCTL_IOMMU_no_sharept 0
#define XEN_DOMCTL_IOMMU_no_sharept (1U << _XEN_DOMCTL_IOMMU_no_sharept)
#define XEN_DOMCTL_IOMMU_MAX XEN_DOMCTL_IOMMU_no_sharept

#define XEN_DOMCTL_GRANT_version_mask 0xfU

/** createdomain: the id asked for, or 0 for any, is xen_domctl.domain; so is the answer. */
struct xen_domctl_createdomain {
    uint32_t ssidref;
    xen_domain_handle_t handle;
    uint32_t flags;      // XEN_DOMCTL_CDF_*
    uint32_t iommu_opts; // XEN_DOMCTL_IOMMU_*
    uint32_t max_vcpus;
    uint32_t max_evtchn_port;
    int32_t max_grant_frames;    // negative: the host's default
    int32_t max_maptrack_frames; // negative: the host's default
    uint32_t grant_opts;         // low four bits: highest version
    uint32_t vmtrace_size;
    uint32_t cpupool_id;
    struct xen_arch_domainconfig arch; // in and out
};
XEN_ABI_SIZE(struct xen_domctl_createdomain, 68);
XEN_ABI_OFFSET(struct xen_domctl_createdomain, arch, 56);

#define _XEN_DOMINF_dying 0
#define XEN_DOMINF_dying (1U << _XEN_DOMINF_dying)
#define _XEN_DOMINF_hvm_guest 1
#define XEN_DOMINF_hvm_guest (1U << _XEN_DOMINF_hvm_guest)
#define _XEN_DOMINF_shutdown 2
#define XEN_DOMINF_shutdown (1U << _XEN_DOMINF_shutdown)
#define _XEN_DOMINF_paused 3
#define XEN_DOMINF_paused (1U << _XEN_DOMINF_paused)
#define _XEN_DOMINF_blocked 4
#define XEN_DOMINF_blocked (1U << _XEN_DOMINF_blocked)
#define _XEN_DOMINF_running 5
#define XEN_DOMINF_running (1U << _XEN_DOMINF_running)
#define _XEN_DOMINF_debugged 6
#define XEN_DOMINF_debugged (1U << _XEN_DOMINF_debugged)
#define _XEN_DOMINF_xs_domain 7
#define XEN_DOMINF_xs_domain (1U << _XEN_DOMINF_xs_domain)
#define _XEN_DOMINF_hap 8
#define XEN_DOMINF_hap (1U << _XEN_DOMINF_hap)
#define XEN_DOMINF_shutdownmask 255U // SHUTDOWN_* code, at this shift
#define XEN_DOMINF_shutdownshift 16

#define XEN_INVALID_MAX_VCPU_ID 0xffffffffU

/** getdomaininfo, and an element of sysctl's getdomaininfolist. All out. */
struct xen_domctl_getdomaininfo {
    domid_t domain; // of the first domain from the asked one up
    uint16_t pad1;
    uint32_t flags; // XEN_DOMINF_*
    uint64_t tot_pages;
    uint64_t max_pages;
    uint64_t outstanding_pages;
    uint64_t shr_pages;
    uint64_t paged_pages;
    uint64_t shared_info_frame; // guest frame
    uint64_t cpu_time;          // ns, all vCPUs
    uint32_t nr_online_vcpus;
    uint32_t max_vcpu_id;
    uint32_t ssidref;
    xen_domain_handle_t handle;
    uint32_t cpupool;
    uint8_t gpaddr_bits;
    uint8_t pad2[7];
    struct xen_arch_domainconfig arch_config;
    uint32_t _pad0;
};
XEN_ABI_SIZE(struct xen_domctl_getdomaininfo, 120);
XEN_ABI_OFFSET(struct xen_domctl_getdomaininfo, flags, 4);
XEN_ABI_OFFSET(struct xen_domctl_getdomaininfo, arch_config, 104);

/** getpageframeinfo3. */
struct xen_domctl_getpageframeinfo3 {
    uint64_t num;
    xen_guest_handle_t array; // xen_pfn_t
};
XEN_ABI_SIZE(struct xen_domctl_getpageframeinfo3, 16);
XEN_ABI_OFFSET(struct xen_domctl_getpageframeinfo3, array, 8);

/** max_mem. */
struct xen_domctl_max_mem {
    uint64_t max_memkb; // KiB
};
XEN_ABI_SIZE(struct xen_domctl_max_mem, 8);

/** setvcpucontext, getvcpucontext. */
struct xen_domctl_vcpucontext {
    uint32_t vcpu;
    uint32_t _pad0;
    xen_guest_handle_t ctxt; // struct vcpu_guest_context; null in set: make it offline again
};
XEN_ABI_SIZE(struct xen_domctl_vcpucontext, 16);
XEN_ABI_OFFSET(struct xen_domctl_vcpucontext, ctxt, 8);

/** getvcpuinfo. */
struct xen_domctl_getvcpuinfo {
    uint32_t vcpu; // in
    uint8_t online;
    uint8_t blocked;
    uint8_t running;
    uint8_t _pad0;
    uint64_t cpu_time; // ns
    uint32_t cpu;      // where it runs or ran
    uint32_t _pad1;
};
XEN_ABI_SIZE(struct xen_domctl_getvcpuinfo, 24);
XEN_ABI_OFFSET(struct xen_domctl_getvcpuinfo, cpu_time, 8);
XEN_ABI_OFFSET(struct xen_domctl_getvcpuinfo, cpu, 16);

/** setnodeaffinity, getnodeaffinity. */
struct xen_domctl_nodeaffinity {
    struct xenctl_bitmap nodemap;
};
XEN_ABI_SIZE(struct xen_domctl_nodeaffinity, 16);

#define _XEN_VCPUAFFINITY_HARD 0
#define XEN_VCPUAFFINITY_HARD (1U << _XEN_VCPUAFFINITY_HARD)
#define _XEN_VCPUAFFINITY_SOFT 1
#define XEN_VCPUAFFINITY_SOFT (1U << _XEN_VCPUAFFINITY_SOFT)
#define _XEN_VCPUAFFINITY_FORCE 2
#define XEN_VCPUAFFINITY_FORCE (1U << _XEN_VCPUAFFINITY_FORCE)

/** setvcpuaffinity (comes back with what took effect), getvcpuaffinity. */
struct xen_domctl_vcpuaffinity {
    uint32_t vcpu;
    uint32_t flags; // XEN_VCPUAFFINITY_*
    struct xenctl_bitmap cpumap_hard;
    struct xenctl_bitmap cpumap_soft;
};
XEN_ABI_SIZE(struct xen_domctl_vcpuaffinity, 40);
XEN_ABI_OFFSET(struct xen_domctl_vcpuaffinity, cpumap_soft, 24);

/** max_vcpus: create the vCPUs 0..max-1. */
struct xen_domctl_max_vcpus {
    uint32_t max;
};
XEN_ABI_SIZE(struct xen_domctl_max_vcpus, 4);

/** Parameters of a domain under credit. */
struct xen_domctl_sched_credit {
    uint16_t weight;
    uint16_t cap; // percent of one CPU, 0: none
};
XEN_ABI_SIZE(struct xen_domctl_sched_credit, 4);
XEN_ABI_OFFSET(struct xen_domctl_sched_credit, cap, 2);

/** Parameters of a domain under credit2. */
struct xen_domctl_sched_credit2 {
    uint16_t weight;
    uint16_t cap; // percent of one CPU, 0: none
};
XEN_ABI_SIZE(struct xen_domctl_sched_credit2, 4);
XEN_ABI_OFFSET(struct xen_domctl_sched_credit2, cap, 2);

#define _XEN_DOMCTL_SCHEDRT_extra 0
#define XEN_DOMCTL_SCHEDRT_extra (1U << _XEN_DOMCTL_SCHEDRT_extra)

/** Parameters of a domain or vCPU under rtds. */
struct xen_domctl_sched_rtds {
    uint32_t period; // us
    uint32_t budget; // us
    uint32_t flags;  // XEN_DOMCTL_SCHEDRT_*
};
XEN_ABI_SIZE(struct xen_domctl_sched_rtds, 12);
XEN_ABI_OFFSET(struct xen_domctl_sched_rtds, flags, 8);

/** Element of the list of putvcpuinfo and getvcpuinfo. */
struct xen_domctl_schedparam_vcpu {
    union {
        struct xen_domctl_sched_credit credit;
        struct xen_domctl_sched_credit2 credit2;
        struct xen_domctl_sched_rtds rtds;
    } u;
    uint32_t vcpuid;
};
XEN_ABI_SIZE(struct xen_domctl_schedparam_vcpu, 16);
XEN_ABI_OFFSET(struct xen_domctl_schedparam_vcpu, vcpuid, 12);

#define XEN_DOMCTL_SCHEDOP_putinfo 0U
#define XEN_DOMCTL_SCHEDOP_getinfo 1U
#define XEN_DOMCTL_SCHEDOP_putvcpuinfo 2U
#define XEN_DOMCTL_SCHEDOP_getvcpuinfo 3U

/** scheduler_op. */
struct xen_domctl_scheduler_op {
    uint32_t sched_id; // XEN_SCHEDULER_*, must be that of the domain's pool
    uint32_t cmd;      // XEN_DOMCTL_SCHEDOP_*
    union {
        struct xen_domctl_sched_credit credit;
        struct xen_domctl_sched_credit2 credit2;
        struct xen_domctl_sched_rtds rtds;
        struct {
            xen_guest_handle_t vcpus; // struct xen_domctl_schedparam_vcpu
            uint32_t nr_vcpus;        // in: elements; out: how many are done
            uint32_t padding;
        } v;
    } u;
};
XEN_ABI_SIZE(struct xen_domctl_scheduler_op, 24);
XEN_ABI_OFFSET(struct xen_domctl_scheduler_op, u, 8);

/** setdomainhandle. */
struct xen_domctl_setdomainhandle {
    xen_domain_handle_t handle;
};
XEN_ABI_SIZE(struct xen_domctl_setdomainhandle, 16);

/** setdebugging. */
struct xen_domctl_setdebugging {
    uint8_t enable;
};
XEN_ABI_SIZE(struct xen_domctl_setdebugging, 1);

/** irq_permission. */
struct xen_domctl_irq_permission {
    uint32_t pirq;
    uint8_t allow_access;
    uint8_t pad[3];
};
XEN_ABI_SIZE(struct xen_domctl_irq_permission, 8);

/** iomem_permission. */
struct xen_domctl_iomem_permission {
    uint64_t first_mfn;
    uint64_t nr_mfns;
    uint8_t allow_access;
    uint8_t _pad0[7];
};
XEN_ABI_SIZE(struct xen_domctl_iomem_permission, 24);
XEN_ABI_OFFSET(struct xen_domctl_iomem_permission, allow_access, 16);

/** settimeoffset. */
struct xen_domctl_settimeoffset {
    int64_t time_offset_seconds;
};
XEN_ABI_SIZE(struct xen_domctl_settimeoffset, 8);

/** set_address_size, get_address_size. */
struct xen_domctl_address_size {
    uint32_t size; // bits, 32 or 64
};
XEN_ABI_SIZE(struct xen_domctl_address_size, 4);

#define XEN_DOMCTL_SENDTRIGGER_NMI 0U
#define XEN_DOMCTL_SENDTRIGGER_RESET 1U
#define XEN_DOMCTL_SENDTRIGGER_INIT 2U
#define XEN_DOMCTL_SENDTRIGGER_POWER 3U
#define XEN_DOMCTL_SENDTRIGGER_SLEEP 4U

/** sendtrigger. */
struct xen_domctl_sendtrigger {
    uint32_t trigger; // XEN_DOMCTL_SENDTRIGGER_*
    uint32_t vcpu;
};
XEN_ABI_SIZE(struct xen_domctl_sendtrigger, 8);
XEN_ABI_OFFSET(struct xen_domctl_sendtrigger, vcpu, 4);

#define XEN_DOMCTL_DEV_PCI 0U
#define XEN_DOMCTL_DEV_DT 1U
#define XEN_DOMCTL_DEV_RDM_RELAXED 1U

/** assign_device, test_assign_device, deassign_device. */
struct xen_domctl_assign_device {
    uint32_t dev;   // XEN_DOMCTL_DEV_PCI, _DT
    uint32_t flags; // XEN_DOMCTL_DEV_RDM_RELAXED
    union {
        struct {
            uint32_t machine_sbdf;
        } pci;
        struct {
            uint32_t size; // of path, without a NUL
            uint32_t _pad0;
            xen_guest_handle_t path; // char
        } dt;
    } u;
};
XEN_ABI_SIZE(struct xen_domctl_assign_device, 24);
XEN_ABI_OFFSET(struct xen_domctl_assign_device, u, 8);

/** get_device_group. */
struct xen_domctl_get_device_group {
    uint32_t machine_sbdf;
    uint32_t max_sdevs;
    uint32_t num_sdevs; // out
    uint32_t _pad0;
    xen_guest_handle_t sdev_array; // uint32_t
};
XEN_ABI_SIZE(struct xen_domctl_get_device_group, 24);
XEN_ABI_OFFSET(struct xen_domctl_get_device_group, sdev_array, 16);

#define PT_IRQ_TYPE_PCI 0U
#define PT_IRQ_TYPE_ISA 1U
#define PT_IRQ_TYPE_MSI 2U
#define PT_IRQ_TYPE_MSI_TRANSLATE 3U
#define PT_IRQ_TYPE_SPI 4U // the only one on Arm

/** bind_pt_irq, unbind_pt_irq. */
struct xen_domctl_bind_pt_irq {
    uint32_t machine_irq;
    uint32_t irq_type; // PT_IRQ_TYPE_*
    union {
        struct {
            uint16_t spi;
        } spi;
        uint64_t _pad0[2]; // as large as the MSI description of x86
    } u;
};
XEN_ABI_SIZE(struct xen_domctl_bind_pt_irq, 24);
XEN_ABI_OFFSET(struct xen_domctl_bind_pt_irq, u, 8);

#define DPCI_ADD_MAPPING 1U
#define DPCI_REMOVE_MAPPING 0U

/** memory_mapping. */
struct xen_domctl_memory_mapping {
    uint64_t first_gfn;
    uint64_t first_mfn;
    uint64_t nr_mfns;
    uint32_t add_mapping; // DPCI_*
    uint32_t padding;
};
XEN_ABI_SIZE(struct xen_domctl_memory_mapping, 32);

/** set_target: the domain that a stub domain serves. */
struct xen_domctl_set_target {
    domid_t target;
};
XEN_ABI_SIZE(struct xen_domctl_set_target, 2);

/** subscribe: port that suspend is announced by. */
struct xen_domctl_subscribe {
    uint32_t port;
};
XEN_ABI_SIZE(struct xen_domctl_subscribe, 4);

#define XEN_VM_EVENT_ENABLE 0U
#define XEN_VM_EVENT_DISABLE 1U
#define XEN_VM_EVENT_RESUME 2U
#define XEN_VM_EVENT_GET_VERSION 3U

#define XEN_DOMCTL_VM_EVENT_OP_PAGING 1U
#define XEN_DOMCTL_VM_EVENT_OP_MONITOR 2U
#define XEN_DOMCTL_VM_EVENT_OP_SHARING 3U

/** vm_event_op. */
struct xen_domctl_vm_event_op {
    uint32_t op;   // XEN_VM_EVENT_*
    uint32_t mode; // XEN_DOMCTL_VM_EVENT_OP_*
    union {
        struct {
            uint32_t port; // out
        } enable;
        uint32_t version; // out
    } u;
};
XEN_ABI_SIZE(struct xen_domctl_vm_event_op, 12);
XEN_ABI_OFFSET(struct xen_domctl_vm_event_op, u, 8);

/** set_virq_handler: send a global VIRQ to this domain. */
struct xen_domctl_set_virq_handler {
    uint32_t virq;
};
XEN_ABI_SIZE(struct xen_domctl_set_virq_handler, 4);

/** set_access_required. */
struct xen_domctl_set_access_required {
    uint8_t access_required;
};
XEN_ABI_SIZE(struct xen_domctl_set_access_required, 1);

/** cacheflush: clean and invalidate guest frames to the point of coherency. */
struct xen_domctl_cacheflush {
    xen_pfn_t start_pfn, nr_pfns;
};
XEN_ABI_SIZE(struct xen_domctl_cacheflush, 16);
XEN_ABI_OFFSET(struct xen_domctl_cacheflush, nr_pfns, 8);

/** get_paging_mempool_size, set_paging_mempool_size. */
struct xen_domctl_paging_mempool {
    uint64_t size; // bytes, a multiple of the page size
};
XEN_ABI_SIZE(struct xen_domctl_paging_mempool, 8);

/** setvnumainfo. */
struct xen_domctl_vnuma {
    uint32_t nr_vnodes;
    uint32_t nr_vmemranges;
    uint32_t nr_vcpus;
    uint32_t pad;
    xen_guest_handle_t vdistance;      // uint32_t
    xen_guest_handle_t vcpu_to_vnode;  // uint32_t
    xen_guest_handle_t vnode_to_pnode; // uint32_t
    xen_guest_handle_t vmemrange;      // struct xen_vmemrange
};
XEN_ABI_SIZE(struct xen_domctl_vnuma, 48);
XEN_ABI_OFFSET(struct xen_domctl_vnuma, vdistance, 16);
XEN_ABI_OFFSET(struct xen_domctl_vnuma, vmemrange, 40);

#define XEN_DOMCTL_MONITOR_OP_ENABLE 0U
#define XEN_DOMCTL_MONITOR_OP_DISABLE 1U
#define XEN_DOMCTL_MONITOR_OP_GET_CAPABILITIES 2U
#define XEN_DOMCTL_MONITOR_OP_EMULATE_EACH_REP 3U
#define XEN_DOMCTL_MONITOR_OP_CONTROL_REGISTERS 4U

#define XEN_DOMCTL_MONITOR_EVENT_WRITE_CTRLREG 0U
#define XEN_DOMCTL_MONITOR_EVENT_MOV_TO_MSR 1U
#define XEN_DOMCTL_MONITOR_EVENT_SINGLESTEP 2U
#define XEN_DOMCTL_MONITOR_EVENT_SOFTWARE_BREAKPOINT 3U
#define XEN_DOMCTL_MONITOR_EVENT_GUEST_REQUEST 4U
#define XEN_DOMCTL_MONITOR_EVENT_DEBUG_EXCEPTION 5U
#define XEN_DOMCTL_MONITOR_EVENT_CPUID 6U
#define XEN_DOMCTL_MONITOR_EVENT_PRIVILEGED_CALL 7U // SMC
#define XEN_DOMCTL_MONITOR_EVENT_INTERRUPT 8U
#define XEN_DOMCTL_MONITOR_EVENT_DESC_ACCESS 9U
#define XEN_DOMCTL_MONITOR_EVENT_EMUL_UNIMPLEMENTED 10U
#define XEN_DOMCTL_MONITOR_EVENT_INGUEST_PAGEFAULT 11U
#define XEN_DOMCTL_MONITOR_EVENT_VMEXIT 12U

/** monitor_op; GET_CAPABILITIES answers in event, a bit per XEN_DOMCTL_MONITOR_EVENT_*. */
struct xen_domctl_monitor_op {
    uint32_t op;
    uint32_t event;
    union {
        struct {
            uint8_t index;
            uint8_t sync;
            uint8_t onchangeonly;
            uint8_t pad1;
            uint32_t pad2;
            uint64_t bitmask;
        } mov_to_cr;
        struct {
            uint8_t sync;
            uint8_t allow_userspace;
        } guest_request;
        struct {
            uint8_t sync;
        } debug_exception;
    } u;
};
XEN_ABI_SIZE(struct xen_domctl_monitor_op, 24);
XEN_ABI_OFFSET(struct xen_domctl_monitor_op, u, 8);

#define XEN_DOMCTL_VUART_OP_INIT 0U
#define XEN_DOMCTL_VUART_TYPE_VPL011 0U

/** vuart_op: an emulated UART whose other end is a console ring. */
struct xen_domctl_vuart_op {
    uint32_t cmd;
    uint32_t type;
    uint64_t gfn; // frame of the ring
    domid_t console_domid;
    uint8_t pad[2];
    evtchn_port_t evtchn; // out
};
XEN_ABI_SIZE(struct xen_domctl_vuart_op, 24);
XEN_ABI_OFFSET(struct xen_domctl_vuart_op, evtchn, 20);

/** Argument of every domctl. */
struct xen_domctl {
    uint32_t cmd;               // XEN_DOMCTL_*
    uint32_t interface_version; // XEN_DOMCTL_INTERFACE_VERSION
    domid_t domain;
    uint16_t _pad[3];
    union {
        struct xen_domctl_createdomain createdomain;
        struct xen_domctl_getdomaininfo getdomaininfo;
        struct xen_domctl_getpageframeinfo3 getpageframeinfo3;
        struct xen_domctl_nodeaffinity nodeaffinity;
        struct xen_domctl_vcpuaffinity vcpuaffinity;
        struct xen_domctl_max_mem max_mem;
        struct xen_domctl_vcpucontext vcpucontext;
        struct xen_domctl_getvcpuinfo getvcpuinfo;
        struct xen_domctl_max_vcpus max_vcpus;
        struct xen_domctl_scheduler_op scheduler_op;
        struct xen_domctl_setdomainhandle setdomainhandle;
        struct xen_domctl_setdebugging setdebugging;
        struct xen_domctl_irq_permission irq_permission;
        struct xen_domctl_iomem_permission iomem_permission;
        struct xen_domctl_settimeoffset settimeoffset;
        struct xen_domctl_address_size address_size;
        struct xen_domctl_sendtrigger sendtrigger;
        struct xen_domctl_get_device_group get_device_group;
        struct xen_domctl_assign_device assign_device;
        struct xen_domctl_bind_pt_irq bind_pt_irq;
        struct xen_domctl_memory_mapping memory_mapping;
        struct xen_domctl_set_target set_target;
        struct xen_domctl_subscribe subscribe;
        struct xen_domctl_vm_event_op vm_event_op;
        struct xen_domctl_set_access_required access_required;
        struct xen_domctl_set_virq_handler set_virq_handler;
        struct xen_domctl_cacheflush cacheflush;
        struct xen_domctl_vnuma vnuma;
        struct xen_domctl_monitor_op monitor_op;
        struct xen_domctl_vuart_op vuart_op;
        struct xen_domctl_paging_mempool paging_mempool;
        uint8_t pad[128];
    } u;
};
XEN_ABI_SIZE(struct xen_domctl, 144);
XEN_ABI_OFFSET(struct xen_domctl, u, 16);
