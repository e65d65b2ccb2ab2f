// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: sysctl(arg), the toolstack's calls about the host.
// Calls of x86 alone and the power-management ones have only their numbers
// here. Where an array's handle may be null, the call answers with the number
// of elements. Data and numbers only, nothing to call.
#pragma once

#include "domctl.h"
#include "xen.h"

#define XEN_SYSCTL_INTERFACE_VERSION 0x00000015U

#define XEN_SYSCTL_readconsole 1U
#define XEN_SYSCTL_tbuf_op 2U
#define XEN_SYSCTL_physinfo 3U
#define XEN_SYSCTL_sched_id 4U
#define XEN_SYSCTL_perfc_op 5U
#define XEN_SYSCTL_getdomaininfolist 6U
#define XEN_SYSCTL_debug_keys 7U
#define XEN_SYSCTL_getcpuinfo 8U
#define XEN_SYSCTL_availheap 9U
#define XEN_SYSCTL_get_pmstat 10U
#define XEN_SYSCTL_cpu_hotplug 11U
#define XEN_SYSCTL_pm_op 12U
#define XEN_SYSCTL_page_offline_op 14U
#define XEN_SYSCTL_lockprof_op 15U
#define XEN_SYSCTL_cputopoinfo 16U
#define XEN_SYSCTL_numainfo 17U
#define XEN_SYSCTL_cpupool_op 18U
#define XEN_SYSCTL_scheduler_op 19U
#define XEN_SYSCTL_coverage_op 20U
#define XEN_SYSCTL_psr_cmt_op 21U
#define XEN_SYSCTL_pcitopoinfo 22U
#define XEN_SYSCTL_psr_alloc 23U
#define XEN_SYSCTL_get_cpu_levelling_caps 25U
#define XEN_SYSCTL_get_cpu_featureset 26U
#define XEN_SYSCTL_livepatch_op 27U
#define XEN_SYSCTL_get_cpu_policy 29U

/** readconsole: the hypervisor's console ring. */
struct xen_sysctl_readconsole {
    uint8_t clear;       // forget what was read
    uint8_t incremental; // start at index instead of at the oldest byte
    uint8_t pad0, pad1;
    uint32_t index;            // in and out
    xen_guest_handle_t buffer; // char
    uint32_t count;            // in: room; out: bytes
    uint32_t _pad0;
};
XEN_ABI_SIZE(struct xen_sysctl_readconsole, 24);
XEN_ABI_OFFSET(struct xen_sysctl_readconsole, index, 4);
XEN_ABI_OFFSET(struct xen_sysctl_readconsole, count, 16);

#define XEN_SYSCTL_TBUFOP_get_info 0U
#define XEN_SYSCTL_TBUFOP_set_cpu_mask 1U
#define XEN_SYSCTL_TBUFOP_set_evt_mask 2U
#define XEN_SYSCTL_TBUFOP_set_size 3U
#define XEN_SYSCTL_TBUFOP_enable 4U
#define XEN_SYSCTL_TBUFOP_disable 5U

/** tbuf_op: the trace buffers. */
struct xen_sysctl_tbuf_op {
    uint32_t cmd; // XEN_SYSCTL_TBUFOP_*
    uint32_t _pad0;
    struct xenctl_bitmap cpu_mask;
    uint32_t evt_mask; // TRC_* classes
    uint32_t _pad1;
    uint64_t buffer_mfn; // out: frame of struct t_info
    uint32_t size;       // set_size: pages a CPU; out: bytes of struct t_info
    uint32_t _pad2;
};
XEN_ABI_SIZE(struct xen_sysctl_tbuf_op, 48);
XEN_ABI_OFFSET(struct xen_sysctl_tbuf_op, cpu_mask, 8);
XEN_ABI_OFFSET(struct xen_sysctl_tbuf_op, buffer_mfn, 32);
XEN_ABI_OFFSET(struct xen_sysctl_tbuf_op, size, 40);

#define _XEN_SYSCTL_PHYSCAP_hvm 0
#define XEN_SYSCTL_PHYSCAP_hvm (1U << _XEN_SYSCTL_PHYSCAP_hvm)
#define _XEN_SYSCTL_PHYSCAP_pv 1
#define XEN_SYSCTL_PHYSCAP_pv (1U << _XEN_SYSCTL_PHYSCAP_pv)
#define _XEN_SYSCTL_PHYSCAP_directio 2 // devices can be assigned
#define XEN_SYSCTL_PHYSCAP_directio (1U << _XEN_SYSCTL_PHYSCAP_directio)
#define _XEN_SYSCTL_PHYSCAP_hap 3
#define XEN_SYSCTL_PHYSCAP_hap (1U << _XEN_SYSCTL_PHYSCAP_hap)
#define _XEN_SYSCTL_PHYSCAP_shadow 4
#define XEN_SYSCTL_PHYSCAP_shadow (1U << _XEN_SYSCTL_PHYSCAP_shadow)
#define _XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share 5
#define XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share (1U << _XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share)
#define XEN_SYSCTL_PHYSCAP_vmtrace (1U << 6)
#define XEN_SYSCTL_PHYSCAP_vpmu (1U << 7)
#define XEN_SYSCTL_PHYSCAP_gnttab_v1 (1U << 8)
#define XEN_SYSCTL_PHYSCAP_gnttab_v2 (1U << 9)
#define XEN_SYSCTL_PHYSCAP_MAX XEN_SYSCTL_PHYSCAP_gnttab_v2

/** physinfo. All out. */
struct xen_sysctl_physinfo {
    uint32_t threads_per_core;
    uint32_t cores_per_socket;
    uint32_t nr_cpus;
    uint32_t max_cpu_id;
    uint32_t nr_nodes;
    uint32_t max_node_id;
    uint32_t cpu_khz;      // of the counter
    uint32_t capabilities; // XEN_SYSCTL_PHYSCAP_*
    uint32_t arch_capabilities;
    uint32_t pad;
    uint64_t total_pages;
    uint64_t free_pages;
    uint64_t scrub_pages;
    uint64_t outstanding_pages;
    uint64_t max_mfn;
    uint32_t hw_cap[8];
};
XEN_ABI_SIZE(struct xen_sysctl_physinfo, 112);
XEN_ABI_OFFSET(struct xen_sysctl_physinfo, total_pages, 40);
XEN_ABI_OFFSET(struct xen_sysctl_physinfo, hw_cap, 80);

/** sched_id: the default scheduler. */
struct xen_sysctl_sched_id {
    uint32_t sched_id; // XEN_SCHEDULER_*
};
XEN_ABI_SIZE(struct xen_sysctl_sched_id, 4);

#define XEN_SYSCTL_PERFCOP_reset 1U
#define XEN_SYSCTL_PERFCOP_query 2U

/** Name of one performance counter. */
struct xen_sysctl_perfc_desc {
    char name[80];
    uint32_t nr_vals;
};
XEN_ABI_SIZE(struct xen_sysctl_perfc_desc, 84);
XEN_ABI_OFFSET(struct xen_sysctl_perfc_desc, nr_vals, 80);

typedef uint32_t xen_sysctl_perfc_val_t;

/** perfc_op. */
struct xen_sysctl_perfc_op {
    uint32_t cmd;         // XEN_SYSCTL_PERFCOP_*
    uint32_t nr_counters; // out
    uint32_t nr_vals;     // out
    uint32_t _pad0;
    xen_guest_handle_t desc; // struct xen_sysctl_perfc_desc
    xen_guest_handle_t val;  // xen_sysctl_perfc_val_t
};
XEN_ABI_SIZE(struct xen_sysctl_perfc_op, 32);
XEN_ABI_OFFSET(struct xen_sysctl_perfc_op, desc, 16);
XEN_ABI_OFFSET(struct xen_sysctl_perfc_op, val, 24);

/** getdomaininfolist: the domains from first_domain up. */
struct xen_sysctl_getdomaininfolist {
    domid_t first_domain;
    uint16_t _pad0;
    uint32_t max_domains;
    xen_guest_handle_t buffer; // struct xen_domctl_getdomaininfo
    uint32_t num_domains;      // out
    uint32_t _pad1;
};
XEN_ABI_SIZE(struct xen_sysctl_getdomaininfolist, 24);
XEN_ABI_OFFSET(struct xen_sysctl_getdomaininfolist, max_domains, 4);
XEN_ABI_OFFSET(struct xen_sysctl_getdomaininfolist, num_domains, 16);

/** debug_keys: as if typed on the hypervisor's console. */
struct xen_sysctl_debug_keys {
    xen_guest_handle_t keys; // char
    uint32_t nr_keys;
    uint32_t _pad0;
};
XEN_ABI_SIZE(struct xen_sysctl_debug_keys, 16);
XEN_ABI_OFFSET(struct xen_sysctl_debug_keys, nr_keys, 8);

/** Element of getcpuinfo. */
struct xen_sysctl_cpuinfo {
    uint64_t idletime; // ns
};
XEN_ABI_SIZE(struct xen_sysctl_cpuinfo, 8);

/** getcpuinfo. */
struct xen_sysctl_getcpuinfo {
    uint32_t max_cpus;
    uint32_t _pad0;
    xen_guest_handle_t info; // struct xen_sysctl_cpuinfo
    uint32_t nr_cpus;        // out
    uint32_t _pad1;
};
XEN_ABI_SIZE(struct xen_sysctl_getcpuinfo, 24);
XEN_ABI_OFFSET(struct xen_sysctl_getcpuinfo, info, 8);
XEN_ABI_OFFSET(struct xen_sysctl_getcpuinfo, nr_cpus, 16);

/** availheap. */
struct xen_sysctl_availheap {
    uint32_t min_bitwidth; // of the address, 0: no limit
    uint32_t max_bitwidth; // of the address, 0: no limit
    int32_t node;          // -1: all
    uint32_t _pad0;
    uint64_t avail_bytes; // out
};
XEN_ABI_SIZE(struct xen_sysctl_availheap, 24);
XEN_ABI_OFFSET(struct xen_sysctl_availheap, avail_bytes, 16);

#define sysctl_page_offline 1U
#define sysctl_page_online 2U
#define sysctl_query_page_offline 3U

// Answer of page_offline_op for a frame. The low byte means one thing for
// offline and online and another (STATUS) for the query.
#define PG_OFFLINE_STATUS_MASK 0xFFUL
#define PG_OFFLINE_INVALID (0x1UL << 0)
#define PG_OFFLINE_OFFLINED (0x1UL << 1)
#define PG_OFFLINE_PENDING (0x1UL << 2)
#define PG_OFFLINE_FAILED (0x1UL << 3)
#define PG_OFFLINE_AGAIN (0x1UL << 4)
#define PG_ONLINE_FAILED PG_OFFLINE_FAILED
#define PG_ONLINE_ONLINED PG_OFFLINE_OFFLINED
#define PG_OFFLINE_STATUS_OFFLINED (0x1UL << 1)
#define PG_OFFLINE_STATUS_ONLINE (0x1UL << 2)
#define PG_OFFLINE_STATUS_OFFLINE_PENDING (0x1UL << 3)
#define PG_OFFLINE_STATUS_BROKEN (0x1UL << 4)
#define PG_OFFLINE_MISC_MASK (0xFFUL << 4)
#define PG_OFFLINE_XENPAGE (0x1UL << 8)
#define PG_OFFLINE_DOM0PAGE (0x1UL << 9)
#define PG_OFFLINE_ANONYMOUS (0x1UL << 10)
#define PG_OFFLINE_NOT_CONV_RAM (0x1UL << 11)
#define PG_OFFLINE_OWNED (0x1UL << 12)
#define PG_OFFLINE_BROKEN (0x1UL << 13)
#define PG_ONLINE_BROKEN PG_OFFLINE_BROKEN
#define PG_OFFLINE_OWNER_SHIFT 16

/** page_offline_op: machine frames start..end, both included. */
struct xen_sysctl_page_offline_op {
    uint32_t cmd;
    uint32_t start;
    uint32_t end;
    uint32_t _pad0;
    xen_guest_handle_t status; // uint32_t, PG_*
};
XEN_ABI_SIZE(struct xen_sysctl_page_offline_op, 24);
XEN_ABI_OFFSET(struct xen_sysctl_page_offline_op, status, 16);

#define XEN_SYSCTL_LOCKPROF_reset 1U
#define XEN_SYSCTL_LOCKPROF_query 2U
#define LOCKPROF_TYPE_GLOBAL 0
#define LOCKPROF_TYPE_PERDOM 1
#define LOCKPROF_TYPE_N 2

/** Profile of one lock. */
struct xen_sysctl_lockprof_data {
    char name[40];
    int32_t type; // LOCKPROF_TYPE_*
    int32_t idx;
    uint64_t lock_cnt;
    uint64_t block_cnt;
    uint64_t lock_time;  // ns held
    uint64_t block_time; // ns waited
};
XEN_ABI_SIZE(struct xen_sysctl_lockprof_data, 80);
XEN_ABI_OFFSET(struct xen_sysctl_lockprof_data, block_time, 72);

/** lockprof_op. */
struct xen_sysctl_lockprof_op {
    uint32_t cmd; // XEN_SYSCTL_LOCKPROF_*
    uint32_t max_elem;
    uint32_t nr_elem; // out
    uint32_t _pad0;
    uint64_t time;           // out: ns since the reset
    xen_guest_handle_t data; // struct xen_sysctl_lockprof_data
};
XEN_ABI_SIZE(struct xen_sysctl_lockprof_op, 32);
XEN_ABI_OFFSET(struct xen_sysctl_lockprof_op, time, 16);
XEN_ABI_OFFSET(struct xen_sysctl_lockprof_op, data, 24);

#define XEN_INVALID_CORE_ID 0xffffffffU
#define XEN_INVALID_SOCKET_ID 0xffffffffU
#define XEN_INVALID_NODE_ID 0xffffffffU
#define XEN_INVALID_DEV (XEN_INVALID_NODE_ID - 1U)

/** Where a CPU sits. */
struct xen_sysctl_cputopo {
    uint32_t core;
    uint32_t socket;
    uint32_t node;
};
XEN_ABI_SIZE(struct xen_sysctl_cputopo, 12);
XEN_ABI_OFFSET(struct xen_sysctl_cputopo, node, 8);

/** cputopoinfo. */
struct xen_sysctl_cputopoinfo {
    uint32_t num_cpus; // in: room; out: elements
    uint32_t _pad0;
    xen_guest_handle_t cputopo; // struct xen_sysctl_cputopo
};
XEN_ABI_SIZE(struct xen_sysctl_cputopoinfo, 16);
XEN_ABI_OFFSET(struct xen_sysctl_cputopoinfo, cputopo, 8);

/** pcitopoinfo. */
struct xen_sysctl_pcitopoinfo {
    uint32_t num_devs; // in: elements; out: how many are done
    uint32_t _pad0;
    xen_guest_handle_t devs;  // struct physdev_pci_device
    xen_guest_handle_t nodes; // uint32_t
};
XEN_ABI_SIZE(struct xen_sysctl_pcitopoinfo, 24);
XEN_ABI_OFFSET(struct xen_sysctl_pcitopoinfo, devs, 8);
XEN_ABI_OFFSET(struct xen_sysctl_pcitopoinfo, nodes, 16);

#define XEN_INVALID_MEM_SZ 0xffffffffU
#define XEN_INVALID_NODE_DIST 0xffffffffU

/** Memory of a node. */
struct xen_sysctl_meminfo {
    uint64_t memsize; // bytes
    uint64_t memfree; // bytes
};
XEN_ABI_SIZE(struct xen_sysctl_meminfo, 16);
XEN_ABI_OFFSET(struct xen_sysctl_meminfo, memfree, 8);

/** numainfo. */
struct xen_sysctl_numainfo {
    uint32_t num_nodes; // in: room; out: elements
    uint32_t _pad0;
    xen_guest_handle_t meminfo;  // struct xen_sysctl_meminfo
    xen_guest_handle_t distance; // uint32_t, num_nodes squared
};
XEN_ABI_SIZE(struct xen_sysctl_numainfo, 24);
XEN_ABI_OFFSET(struct xen_sysctl_numainfo, meminfo, 8);
XEN_ABI_OFFSET(struct xen_sysctl_numainfo, distance, 16);

#define XEN_SYSCTL_CPUPOOL_OP_CREATE 1U
#define XEN_SYSCTL_CPUPOOL_OP_DESTROY 2U
#define XEN_SYSCTL_CPUPOOL_OP_INFO 3U
#define XEN_SYSCTL_CPUPOOL_OP_ADDCPU 4U
#define XEN_SYSCTL_CPUPOOL_OP_RMCPU 5U
#define XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN 6U
#define XEN_SYSCTL_CPUPOOL_OP_FREEINFO 7U
#define XEN_SYSCTL_CPUPOOL_PAR_ANY 0xFFFFFFFFU

/** cpupool_op. */
struct xen_sysctl_cpupool_op {
    uint32_t op;         // XEN_SYSCTL_CPUPOOL_OP_*
    uint32_t cpupool_id; // INFO: the first pool from this id up, out: its id
    uint32_t sched_id;   // XEN_SCHEDULER_*
    uint32_t domid;
    uint32_t cpu;                // or PAR_ANY
    uint32_t n_dom;              // out
    struct xenctl_bitmap cpumap; // out
};
XEN_ABI_SIZE(struct xen_sysctl_cpupool_op, 40);
XEN_ABI_OFFSET(struct xen_sysctl_cpupool_op, cpumap, 24);

#define ARINC653_MAX_DOMAINS_PER_SCHEDULE 64

/** Schedule of a major frame; the entries' runtimes in their order fill it. */
struct xen_sysctl_arinc653_schedule {
    uint64_t major_frame; // ns
    uint8_t num_sched_entries;
    uint8_t _pad0[7];
    struct {
        xen_domain_handle_t dom_handle;
        uint32_t vcpu_id;
        uint32_t _pad0;
        uint64_t runtime; // ns
    } sched_entries[ARINC653_MAX_DOMAINS_PER_SCHEDULE];
};
XEN_ABI_SIZE(struct xen_sysctl_arinc653_schedule, 2064);
XEN_ABI_OFFSET(struct xen_sysctl_arinc653_schedule, sched_entries, 16);

#define XEN_SYSCTL_SCHED_RATELIMIT_MAX 500000U // us
#define XEN_SYSCTL_SCHED_RATELIMIT_MIN 100U    // us

#define XEN_SYSCTL_CSCHED_TSLICE_MAX 1000U // ms
#define XEN_SYSCTL_CSCHED_TSLICE_MIN 1U    // ms
#define XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US (100U * 1000U)

/** Parameters of a pool under credit. */
struct xen_sysctl_credit_schedule {
    uint32_t tslice_ms;
    uint32_t ratelimit_us;
    uint32_t vcpu_migr_delay_us;
};
XEN_ABI_SIZE(struct xen_sysctl_credit_schedule, 12);
XEN_ABI_OFFSET(struct xen_sysctl_credit_schedule, vcpu_migr_delay_us, 8);

/** Parameters of a pool under credit2. */
struct xen_sysctl_credit2_schedule {
    uint32_t ratelimit_us;
};
XEN_ABI_SIZE(struct xen_sysctl_credit2_schedule, 4);

#define XEN_SYSCTL_SCHEDOP_putinfo 0U
#define XEN_SYSCTL_SCHEDOP_getinfo 1U

/** scheduler_op. */
struct xen_sysctl_scheduler_op {
    uint32_t cpupool_id;
    uint32_t sched_id;
    uint32_t cmd; // XEN_SYSCTL_SCHEDOP_*
    uint32_t _pad0;
    union {
        struct xen_sysctl_sched_arinc653 {
            xen_guest_handle_t schedule; // struct xen_sysctl_arinc653_schedule
        } sched_arinc653;
        struct xen_sysctl_credit_schedule sched_credit;
        struct xen_sysctl_credit2_schedule sched_credit2;
        uint64_t _pad0[2];
    } u;
};
XEN_ABI_SIZE(struct xen_sysctl_scheduler_op, 32);
XEN_ABI_OFFSET(struct xen_sysctl_scheduler_op, u, 16);

#define XEN_GCOV_FORMAT_MAGIC 0x58434f56U
#define XEN_SYSCTL_COVERAGE_get_size 0U
#define XEN_SYSCTL_COVERAGE_read 1U
#define XEN_SYSCTL_COVERAGE_reset 2U

/** coverage_op. */
struct xen_sysctl_coverage_op {
    uint32_t cmd;              // XEN_SYSCTL_COVERAGE_*
    uint32_t size;             // bytes, in and out
    xen_guest_handle_t buffer; // char
};
XEN_ABI_SIZE(struct xen_sysctl_coverage_op, 16);
XEN_ABI_OFFSET(struct xen_sysctl_coverage_op, buffer, 8);

#define LIVEPATCH_PAYLOAD_VERSION 2U
#define XEN_LIVEPATCH_NAME_SIZE 128

/** Name of a live patch. */
struct xen_livepatch_name {
    xen_guest_handle_t name; // char
    uint16_t size;           // with the NUL
    uint16_t pad[3];
};
XEN_ABI_SIZE(struct xen_livepatch_name, 16);

#define XEN_SYSCTL_LIVEPATCH_UPLOAD 0U
#define XEN_SYSCTL_LIVEPATCH_GET 1U
#define XEN_SYSCTL_LIVEPATCH_LIST 2U
#define XEN_SYSCTL_LIVEPATCH_ACTION 3U

/** UPLOAD. */
struct xen_sysctl_livepatch_upload {
    struct xen_livepatch_name name;
    uint64_t size; // bytes
    xen_guest_handle_t payload;
};
XEN_ABI_SIZE(struct xen_sysctl_livepatch_upload, 32);
XEN_ABI_OFFSET(struct xen_sysctl_livepatch_upload, payload, 24);

#define LIVEPATCH_STATE_CHECKED 1U
#define LIVEPATCH_STATE_APPLIED 2U

/** State of one live patch. */
struct xen_livepatch_status {
    uint32_t state; // LIVEPATCH_STATE_*
    int32_t rc;     // 0, -XEN_EAGAIN while it works, or the error
};
XEN_ABI_SIZE(struct xen_livepatch_status, 8);
XEN_ABI_OFFSET(struct xen_livepatch_status, rc, 4);

/** GET. */
struct xen_sysctl_livepatch_get {
    struct xen_livepatch_name name;
    struct xen_livepatch_status status; // out
};
XEN_ABI_SIZE(struct xen_sysctl_livepatch_get, 24);
XEN_ABI_OFFSET(struct xen_sysctl_livepatch_get, status, 16);

/** LIST. */
struct xen_sysctl_livepatch_list {
    uint32_t version; // out: changes whenever the list does
    uint32_t idx;     // in: first one wanted
    uint32_t nr;      // in: room; out: how many are left
    uint32_t pad;
    uint32_t name_total_size;        // out
    uint32_t metadata_total_size;    // out
    xen_guest_handle_t status;       // struct xen_livepatch_status
    xen_guest_handle_t name;         // char
    xen_guest_handle_t len;          // uint32_t
    xen_guest_handle_t metadata;     // char
    xen_guest_handle_t metadata_len; // uint32_t
};
XEN_ABI_SIZE(struct xen_sysctl_livepatch_list, 64);
XEN_ABI_OFFSET(struct xen_sysctl_livepatch_list, name_total_size, 16);
XEN_ABI_OFFSET(struct xen_sysctl_livepatch_list, metadata_len, 56);

#define LIVEPATCH_ACTION_UNLOAD 1U
#define LIVEPATCH_ACTION_REVERT 2U
#define LIVEPATCH_ACTION_APPLY 3U
#define LIVEPATCH_ACTION_REPLACE 4U
#define LIVEPATCH_ACTION_APPLY_NODEPS (1U << 0)

/** ACTION. */
struct xen_sysctl_livepatch_action {
    struct xen_livepatch_name name;
    uint32_t cmd;     // LIVEPATCH_ACTION_*
    uint32_t timeout; // ns, 0: the default
    uint32_t flags;
    uint32_t pad;
};
XEN_ABI_SIZE(struct xen_sysctl_livepatch_action, 32);

/** livepatch_op. */
struct xen_sysctl_livepatch_op {
    uint32_t cmd; // XEN_SYSCTL_LIVEPATCH_*
    uint32_t pad;
    union {
        struct xen_sysctl_livepatch_upload upload;
        struct xen_sysctl_livepatch_list list;
        struct xen_sysctl_livepatch_get get;
        struct xen_sysctl_livepatch_action action;
    } u;
};
XEN_ABI_SIZE(struct xen_sysctl_livepatch_op, 72);
XEN_ABI_OFFSET(struct xen_sysctl_livepatch_op, u, 8);

/** Argument of every sysctl. */
struct xen_sysctl {
    uint32_t cmd;               // XEN_SYSCTL_*
    uint32_t interface_version; // XEN_SYSCTL_INTERFACE_VERSION
    union {
        struct xen_sysctl_readconsole readconsole;
        struct xen_sysctl_tbuf_op tbuf_op;
        struct xen_sysctl_physinfo physinfo;
        struct xen_sysctl_cputopoinfo cputopoinfo;
        struct xen_sysctl_pcitopoinfo pcitopoinfo;
        struct xen_sysctl_numainfo numainfo;
        struct xen_sysctl_sched_id sched_id;
        struct xen_sysctl_perfc_op perfc_op;
        struct xen_sysctl_getdomaininfolist getdomaininfolist;
        struct xen_sysctl_debug_keys debug_keys;
        struct xen_sysctl_getcpuinfo getcpuinfo;
        struct xen_sysctl_availheap availheap;
        struct xen_sysctl_page_offline_op page_offline;
        struct xen_sysctl_lockprof_op lockprof_op;
        struct xen_sysctl_cpupool_op cpupool_op;
        struct xen_sysctl_scheduler_op scheduler_op;
        struct xen_sysctl_coverage_op coverage_op;
        struct xen_sysctl_livepatch_op livepatch;
        uint8_t pad[128];
    } u;
};
XEN_ABI_SIZE(struct xen_sysctl, 136);
XEN_ABI_OFFSET(struct xen_sysctl, u, 8);
