// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: memory_op(cmd, arg). The number of extents that a
// continuation has done travels in the command's bits from 6 up. Data and
// numbers only, nothing to call.
#pragma once

#include "xen.h"

#define XENMEM_increase_reservation 0U
#define XENMEM_decrease_reservation 1U
#define XENMEM_maximum_ram_page 2U
#define XENMEM_current_reservation 3U
#define XENMEM_maximum_reservation 4U
#define XENMEM_machphys_mfn_list 5U
#define XENMEM_populate_physmap 6U
#define XENMEM_add_to_physmap 7U
#define XENMEM_memory_map 9U
#define XENMEM_machine_memory_map 10U
#define XENMEM_exchange 11U
#define XENMEM_machphys_mapping 12U
#define XENMEM_set_memory_map 13U
#define XENMEM_maximum_gpfn 14U
#define XENMEM_remove_from_physmap 15U
#define XENMEM_set_pod_target 16U
#define XENMEM_get_pod_target 17U
#define XENMEM_get_sharing_freed_pages 18U
#define XENMEM_get_sharing_shared_pages 19U
#define XENMEM_paging_op 20U
#define XENMEM_access_op 21U
#define XENMEM_sharing_op 22U
#define XENMEM_add_to_physmap_batch 23U
#define XENMEM_claim_pages 24U
#define XENMEM_machphys_compat_mfn_list 25U
#define XENMEM_get_vnumainfo 26U
#define XENMEM_reserved_device_memory_map 27U
#define XENMEM_acquire_resource 28U

// mem_flags: bits 0..7 address width (0: any), 8..15 node + 1 (0: any).
#define XENMEMF_populate_on_demand (1U << 16)
#define XENMEMF_exact_node_request (1U << 17)
#define XENMEMF_vnode (1U << 18)

/**
 * increase_reservation, decrease_reservation, populate_physmap, claim_pages.
 * extent_start is a list of frame numbers, one an extent: of the guest for
 * decrease and populate, out for increase.
 * The result is the number of extents done.
 */
struct xen_memory_reservation {
    xen_guest_handle_t extent_start; // xen_pfn_t
    xen_ulong_t nr_extents;
    uint32_t extent_order; // an extent is 2^order pages, aligned to its size
    uint32_t mem_flags;    // XENMEMF_*
    domid_t domid;
    uint16_t _pad0[3];
};
XEN_ABI_SIZE(struct xen_memory_reservation, 32);
XEN_ABI_OFFSET(struct xen_memory_reservation, domid, 24);

/** exchange: give extents away and get others of the same total size for them. */
struct xen_memory_exchange {
    struct xen_memory_reservation in;
    struct xen_memory_reservation out;
    xen_ulong_t nr_exchanged; // 0 on entry; how many in-extents are done
};
XEN_ABI_SIZE(struct xen_memory_exchange, 72);
XEN_ABI_OFFSET(struct xen_memory_exchange, nr_exchanged, 64);

/** current_reservation, maximum_reservation, maximum_gpfn: the answer is the result. */
struct xen_memory_domain {
    domid_t domid;
};
XEN_ABI_SIZE(struct xen_memory_domain, 2);

#define XENMAPSPACE_shared_info 0U
#define XENMAPSPACE_grant_table 1U
#define XENMAPSPACE_gmfn 2U
#define XENMAPSPACE_gmfn_range 3U
#define XENMAPSPACE_gmfn_foreign 4U // batch only
#define XENMAPSPACE_dev_mmio 5U

// Bit of idx in the grant_table space: status frames instead of shared ones.
#define XENMAPIDX_grant_table_status 0x80000000U

/** Put page `idx` of a space at guest frame `gpfn`. */
struct xen_add_to_physmap {
    domid_t domid;
    uint16_t size;  // gmfn_range only: pages
    uint32_t space; // XENMAPSPACE_*
    xen_ulong_t idx;
    xen_pfn_t gpfn;
};
XEN_ABI_SIZE(struct xen_add_to_physmap, 24);
XEN_ABI_OFFSET(struct xen_add_to_physmap, gpfn, 16);

/** The same for lists, with an error for each entry. */
struct xen_add_to_physmap_batch {
    domid_t domid;
    uint16_t space;
    uint16_t size; // entries
    union xen_add_to_physmap_batch_extra {
        domid_t foreign_domid; // gmfn_foreign
        uint16_t res0;         // every other space: 0
    } u;
    xen_guest_handle_t idxs;  // xen_ulong_t
    xen_guest_handle_t gpfns; // xen_pfn_t
    xen_guest_handle_t errs;  // int32_t, out
};
XEN_ABI_SIZE(struct xen_add_to_physmap_batch, 32);
XEN_ABI_OFFSET(struct xen_add_to_physmap_batch, u, 6);
XEN_ABI_OFFSET(struct xen_add_to_physmap_batch, errs, 24);

/** Unmap one guest frame. */
struct xen_remove_from_physmap {
    domid_t domid;
    uint16_t _pad0[3];
    xen_pfn_t gpfn;
};
XEN_ABI_SIZE(struct xen_remove_from_physmap, 16);
XEN_ABI_OFFSET(struct xen_remove_from_physmap, gpfn, 8);

/** memory_map and machine_memory_map (x86 only). */
struct xen_memory_map {
    uint32_t nr_entries;
    uint32_t _pad0;
    xen_guest_handle_t buffer;
};
XEN_ABI_SIZE(struct xen_memory_map, 16);
XEN_ABI_OFFSET(struct xen_memory_map, buffer, 8);

#define XENMEM_access_op_set_access 0U
#define XENMEM_access_op_get_access 1U
#define XENMEM_access_op_set_access_multi 4U

#define XENMEM_access_n 0U
#define XENMEM_access_r 1U
#define XENMEM_access_w 2U
#define XENMEM_access_rw 3U
#define XENMEM_access_x 4U
#define XENMEM_access_rx 5U
#define XENMEM_access_wx 6U
#define XENMEM_access_rwx 7U
#define XENMEM_access_rx2rw 8U // read and execute, the first write widens it
#define XENMEM_access_n2rwx 9U // nothing, the first access widens it
#define XENMEM_access_default 10U

/** access_op: permissions of the memory that a monitor watches. */
struct xen_mem_access_op {
    uint8_t op;
    uint8_t access; // XENMEM_access_*
    domid_t domid;
    uint32_t nr;                    // set: frames from pfn on; set_multi: entries of the lists
    uint64_t pfn;                   // all ones: the default of the domain
    xen_guest_handle_t pfn_list;    // uint64_t
    xen_guest_handle_t access_list; // uint8_t
};
XEN_ABI_SIZE(struct xen_mem_access_op, 32);
XEN_ABI_OFFSET(struct xen_mem_access_op, access_list, 24);

#define XENMEM_resource_ioreq_server 0U
#define XENMEM_resource_grant_table 1U
#define XENMEM_resource_vmtrace_buf 2U
#define XENMEM_resource_grant_table_id_shared 0U
#define XENMEM_resource_grant_table_id_status 1U
#define XENMEM_resource_ioreq_server_frame_bufioreq 0U

/** acquire_resource: map frames that the hypervisor keeps for a domain. */
struct xen_mem_acquire_resource {
    domid_t domid;
    uint16_t type;      // XENMEM_resource_*
    uint32_t id;        // which one of the type
    uint32_t nr_frames; // 0 with a null list: out, the size of the resource
    uint32_t pad;
    uint64_t frame;                // first frame of the resource
    xen_guest_handle_t frame_list; // xen_pfn_t; in: where to map, for a translated caller
};
XEN_ABI_SIZE(struct xen_mem_acquire_resource, 32);
XEN_ABI_OFFSET(struct xen_mem_acquire_resource, frame, 16);
XEN_ABI_OFFSET(struct xen_mem_acquire_resource, frame_list, 24);

/** One range of guest memory and its virtual node. */
struct xen_vmemrange {
    uint64_t start, end; // bytes, end is the first one behind
    uint32_t flags;
    uint32_t nid;
};
XEN_ABI_SIZE(struct xen_vmemrange, 24);
XEN_ABI_OFFSET(struct xen_vmemrange, nid, 20);

/** get_vnumainfo. */
struct xen_vnuma_topology_info {
    domid_t domid;
    uint16_t pad;
    uint32_t nr_vnodes; // in: room; out: needed
    uint32_t nr_vcpus;
    uint32_t nr_vmemranges;
    union {
        xen_guest_handle_t h; // uint32_t
        uint64_t pad;
    } vdistance;
    union {
        xen_guest_handle_t h; // uint32_t
        uint64_t pad;
    } vcpu_to_vnode;
    union {
        xen_guest_handle_t h; // struct xen_vmemrange
        uint64_t pad;
    } vmemrange;
};
XEN_ABI_SIZE(struct xen_vnuma_topology_info, 40);
XEN_ABI_OFFSET(struct xen_vnuma_topology_info, nr_vnodes, 4);
XEN_ABI_OFFSET(struct xen_vnuma_topology_info, vmemrange, 32);
