// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: grant_table_op(cmd, array, count) and the table itself.
// Every element carries its own status (GNTST_*); the call's result is 0 or a
// -XEN_E* about the array. Data and numbers only, nothing to call.
#pragma once

#include "xen.h"

typedef uint32_t grant_ref_t;
typedef uint32_t grant_handle_t;
typedef uint16_t grant_status_t;

#define GNTTABOP_map_grant_ref 0U
#define GNTTABOP_unmap_grant_ref 1U
#define GNTTABOP_setup_table 2U
#define GNTTABOP_dump_table 3U
#define GNTTABOP_transfer 4U
#define GNTTABOP_copy 5U
#define GNTTABOP_query_size 6U
#define GNTTABOP_unmap_and_replace 7U
#define GNTTABOP_set_version 8U
#define GNTTABOP_get_status_frames 9U
#define GNTTABOP_get_version 10U
#define GNTTABOP_swap_grant_ref 11U
#define GNTTABOP_cache_flush 12U

#define GNTST_okay 0
#define GNTST_general_error (-1)
#define GNTST_bad_domain (-2)
#define GNTST_bad_gntref (-3)
#define GNTST_bad_handle (-4)
#define GNTST_bad_virt_addr (-5)
#define GNTST_bad_dev_addr (-6)
#define GNTST_no_device_space (-7)
#define GNTST_permission_denied (-8)
#define GNTST_bad_page (-9)
#define GNTST_bad_copy_arg (-10)
#define GNTST_address_too_big (-11)
#define GNTST_eagain (-12)
#define GNTST_no_space (-13)

// Entries that the toolstack fills in before the guest starts.
#define GNTTAB_NR_RESERVED_ENTRIES 8
#define GNTTAB_RESERVED_CONSOLE 0
#define GNTTAB_RESERVED_XENSTORE 1

/** Entry of a version 1 table, written by the granting guest at any time. */
struct grant_entry_v1 {
    uint16_t flags; // GTF_*
    domid_t domid;  // who may use it
    uint32_t frame; // of the granting guest
};
XEN_ABI_SIZE(struct grant_entry_v1, 8);
XEN_ABI_OFFSET(struct grant_entry_v1, frame, 4);

// Type of an entry (two bits) and its flags.
#define GTF_invalid (0U << 0)
#define GTF_permit_access (1U << 0)
#define GTF_accept_transfer (2U << 0)
#define GTF_transitive (3U << 0) // version 2 only
#define GTF_type_mask (3U << 0)
#define _GTF_readonly 2
#define GTF_readonly (1U << _GTF_readonly)
#define _GTF_reading 3 // set by the hypervisor while it is mapped
#define GTF_reading (1U << _GTF_reading)
#define _GTF_writing 4 // set by the hypervisor while it is mapped writable
#define GTF_writing (1U << _GTF_writing)
#define _GTF_PWT 5
#define GTF_PWT (1U << _GTF_PWT)
#define _GTF_PCD 6
#define GTF_PCD (1U << _GTF_PCD)
#define _GTF_PAT 7
#define GTF_PAT (1U << _GTF_PAT)
#define _GTF_sub_page 8 // version 2 only
#define GTF_sub_page (1U << _GTF_sub_page)
#define _GTF_transfer_committed 2
#define GTF_transfer_committed (1U << _GTF_transfer_committed)
#define _GTF_transfer_completed 3
#define GTF_transfer_completed (1U << _GTF_transfer_completed)

/** First words of a version 2 entry. */
struct grant_entry_header {
    uint16_t flags; // GTF_*
    domid_t domid;
};
XEN_ABI_SIZE(struct grant_entry_header, 4);
XEN_ABI_OFFSET(struct grant_entry_header, domid, 2);

/** Entry of a version 2 table; its in-use flags are in a table of grant_status_t. */
union grant_entry_v2 {
    struct grant_entry_header hdr;
    struct {
        struct grant_entry_header hdr;
        uint32_t pad0;
        uint64_t frame;
    } full_page;
    struct {
        struct grant_entry_header hdr;
        uint16_t page_off;
        uint16_t length;
        uint64_t frame;
    } sub_page;
    struct {
        struct grant_entry_header hdr;
        domid_t trans_domid;
        uint16_t pad0;
        grant_ref_t gref;
    } transitive;
    uint32_t __spacer[4];
};
XEN_ABI_SIZE(union grant_entry_v2, 16);

// Flags of a mapping.
#define _GNTMAP_device_map 0
#define GNTMAP_device_map (1U << _GNTMAP_device_map)
#define _GNTMAP_host_map 1
#define GNTMAP_host_map (1U << _GNTMAP_host_map)
#define _GNTMAP_readonly 2
#define GNTMAP_readonly (1U << _GNTMAP_readonly)
#define _GNTMAP_application_map 3
#define GNTMAP_application_map (1U << _GNTMAP_application_map)
#define _GNTMAP_contains_pte 4
#define GNTMAP_contains_pte (1U << _GNTMAP_contains_pte)
#define _GNTMAP_guest_avail0 16
#define GNTMAP_guest_avail_mask (0xffffffffU << _GNTMAP_guest_avail0)

/** map_grant_ref. */
struct gnttab_map_grant_ref {
    uint64_t host_addr; // guest physical address to map at
    uint32_t flags;     // GNTMAP_*
    grant_ref_t ref;
    domid_t dom;
    int16_t status;        // out
    grant_handle_t handle; // out
    uint64_t dev_bus_addr; // out
};
XEN_ABI_SIZE(struct gnttab_map_grant_ref, 32);
XEN_ABI_OFFSET(struct gnttab_map_grant_ref, dev_bus_addr, 24);

/** unmap_grant_ref; dev_bus_addr 0: no device mapping. */
struct gnttab_unmap_grant_ref {
    uint64_t host_addr;
    uint64_t dev_bus_addr;
    grant_handle_t handle;
    int16_t status; // out
    uint16_t _pad0;
};
XEN_ABI_SIZE(struct gnttab_unmap_grant_ref, 24);
XEN_ABI_OFFSET(struct gnttab_unmap_grant_ref, status, 20);

/** setup_table: grow the table to nr_frames and list its frames. */
struct gnttab_setup_table {
    domid_t dom;
    uint16_t _pad0;
    uint32_t nr_frames;
    int16_t status; // out
    uint16_t _pad1[3];
    xen_guest_handle_t frame_list; // xen_pfn_t
};
XEN_ABI_SIZE(struct gnttab_setup_table, 24);
XEN_ABI_OFFSET(struct gnttab_setup_table, nr_frames, 4);
XEN_ABI_OFFSET(struct gnttab_setup_table, frame_list, 16);

/** dump_table: print it on the console. */
struct gnttab_dump_table {
    domid_t dom;
    int16_t status; // out
};
XEN_ABI_SIZE(struct gnttab_dump_table, 4);
XEN_ABI_OFFSET(struct gnttab_dump_table, status, 2);

/** transfer (never worked for translated guests). */
struct gnttab_transfer {
    xen_pfn_t mfn;
    domid_t domid;
    uint16_t _pad0;
    grant_ref_t ref;
    int16_t status; // out
    uint16_t _pad1[3];
};
XEN_ABI_SIZE(struct gnttab_transfer, 24);
XEN_ABI_OFFSET(struct gnttab_transfer, ref, 12);
XEN_ABI_OFFSET(struct gnttab_transfer, status, 16);

#define _GNTCOPY_source_gref 0
#define GNTCOPY_source_gref (1U << _GNTCOPY_source_gref)
#define _GNTCOPY_dest_gref 1
#define GNTCOPY_dest_gref (1U << _GNTCOPY_dest_gref)

/** copy: at most to the end of each page. */
struct gnttab_copy {
    struct gnttab_copy_ptr {
        union {
            grant_ref_t ref;
            xen_pfn_t gmfn;
        } u;
        domid_t domid;
        uint16_t offset;
        uint32_t _pad0;
    } source, dest;
    uint16_t len;
    uint16_t flags; // GNTCOPY_*: which ends are grants and not frames
    int16_t status; // out
    uint16_t _pad0;
};
XEN_ABI_SIZE(struct gnttab_copy, 40);
XEN_ABI_OFFSET(struct gnttab_copy, status, 36);

/** query_size. */
struct gnttab_query_size {
    domid_t dom;
    uint16_t _pad0;
    uint32_t nr_frames;     // out
    uint32_t max_nr_frames; // out
    int16_t status;         // out
    uint16_t _pad1;
};
XEN_ABI_SIZE(struct gnttab_query_size, 16);
XEN_ABI_OFFSET(struct gnttab_query_size, nr_frames, 4);
XEN_ABI_OFFSET(struct gnttab_query_size, status, 12);

/** unmap_and_replace: put the mapping of new_addr where the grant was. */
struct gnttab_unmap_and_replace {
    uint64_t host_addr;
    uint64_t new_addr;
    grant_handle_t handle;
    int16_t status; // out
    uint16_t _pad0;
};
XEN_ABI_SIZE(struct gnttab_unmap_and_replace, 24);
XEN_ABI_OFFSET(struct gnttab_unmap_and_replace, status, 20);

/** set_version. */
struct gnttab_set_version {
    uint32_t version; // in: wanted; out: in force
};
XEN_ABI_SIZE(struct gnttab_set_version, 4);

/** get_status_frames. */
struct gnttab_get_status_frames {
    uint32_t nr_frames;
    domid_t dom;
    int16_t status;                // out
    xen_guest_handle_t frame_list; // uint64_t
};
XEN_ABI_SIZE(struct gnttab_get_status_frames, 16);
XEN_ABI_OFFSET(struct gnttab_get_status_frames, frame_list, 8);

/** get_version. */
struct gnttab_get_version {
    domid_t dom;
    uint16_t pad;
    uint32_t version; // out
};
XEN_ABI_SIZE(struct gnttab_get_version, 8);
XEN_ABI_OFFSET(struct gnttab_get_version, version, 4);

/** swap_grant_ref. */
struct gnttab_swap_grant_ref {
    grant_ref_t ref_a;
    grant_ref_t ref_b;
    int16_t status; // out
    uint16_t _pad0;
};
XEN_ABI_SIZE(struct gnttab_swap_grant_ref, 12);
XEN_ABI_OFFSET(struct gnttab_swap_grant_ref, status, 8);

#define GNTTAB_CACHE_CLEAN (1U << 0)
#define GNTTAB_CACHE_INVAL (1U << 1)
#define GNTTAB_CACHE_SOURCE_GREF (1U << 31)

/** cache_flush: maintenance by address for DMA from or to a foreign page. */
struct gnttab_cache_flush {
    union {
        uint64_t dev_bus_addr;
        grant_ref_t ref;
    } a;
    uint16_t offset;
    uint16_t length; // bytes
    uint32_t op;     // GNTTAB_CACHE_*
};
XEN_ABI_SIZE(struct gnttab_cache_flush, 16);
XEN_ABI_OFFSET(struct gnttab_cache_flush, op, 12);
