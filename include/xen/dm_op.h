// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: dm_op(domid, nr_bufs, bufs), for a device model of one
// domain. Calls about devices of x86 have only their numbers here. Data and
// numbers only, nothing to call.
#pragma once

#include "event_channel.h"
#include "xen.h"

#define XEN_DMOP_create_ioreq_server 1U
#define XEN_DMOP_get_ioreq_server_info 2U
#define XEN_DMOP_map_io_range_to_ioreq_server 3U
#define XEN_DMOP_unmap_io_range_from_ioreq_server 4U
#define XEN_DMOP_set_ioreq_server_state 5U
#define XEN_DMOP_destroy_ioreq_server 6U
#define XEN_DMOP_track_dirty_vram 7U
#define XEN_DMOP_set_pci_intx_level 8U
#define XEN_DMOP_set_isa_irq_level 9U
#define XEN_DMOP_set_pci_link_route 10U
#define XEN_DMOP_modified_memory 11U
#define XEN_DMOP_set_mem_type 12U
#define XEN_DMOP_inject_event 13U
#define XEN_DMOP_inject_msi 14U
#define XEN_DMOP_map_mem_type_to_ioreq_server 15U
#define XEN_DMOP_remote_shutdown 16U
#define XEN_DMOP_relocate_memory 17U
#define XEN_DMOP_pin_memory_cacheattr 18U
#define XEN_DMOP_set_irq_level 19U
#define XEN_DMOP_nr_vcpus 20U

typedef uint16_t ioservid_t;

// handle_bufioreq of create_ioreq_server.
#define HVM_IOREQSRV_BUFIOREQ_OFF 0U
#define HVM_IOREQSRV_BUFIOREQ_LEGACY 1U
#define HVM_IOREQSRV_BUFIOREQ_ATOMIC 2U

/** create_ioreq_server. */
struct xen_dm_op_create_ioreq_server {
    uint8_t handle_bufioreq; // HVM_IOREQSRV_*
    uint8_t pad[3];
    ioservid_t id; // out
};
XEN_ABI_SIZE(struct xen_dm_op_create_ioreq_server, 6);
XEN_ABI_OFFSET(struct xen_dm_op_create_ioreq_server, id, 4);

#define _XEN_DMOP_no_gfns 0
#define XEN_DMOP_no_gfns (1U << _XEN_DMOP_no_gfns)

/** get_ioreq_server_info. */
struct xen_dm_op_get_ioreq_server_info {
    ioservid_t id;
    uint16_t flags; // XEN_DMOP_no_gfns
    evtchn_port_t bufioreq_port;
    uint64_t ioreq_gfn;
    uint64_t bufioreq_gfn;
};
XEN_ABI_SIZE(struct xen_dm_op_get_ioreq_server_info, 24);
XEN_ABI_OFFSET(struct xen_dm_op_get_ioreq_server_info, bufioreq_gfn, 16);

#define XEN_DMOP_IO_RANGE_PORT 0U
#define XEN_DMOP_IO_RANGE_MEMORY 1U
#define XEN_DMOP_IO_RANGE_PCI 2U

/** map_io_range_to_ioreq_server, unmap_io_range_from_ioreq_server. */
struct xen_dm_op_ioreq_server_range {
    ioservid_t id;
    uint16_t pad;
    uint32_t type;       // XEN_DMOP_IO_RANGE_*
    uint64_t start, end; // both included
};
XEN_ABI_SIZE(struct xen_dm_op_ioreq_server_range, 24);
XEN_ABI_OFFSET(struct xen_dm_op_ioreq_server_range, type, 4);
XEN_ABI_OFFSET(struct xen_dm_op_ioreq_server_range, end, 16);

/** set_ioreq_server_state. */
struct xen_dm_op_set_ioreq_server_state {
    ioservid_t id;
    uint8_t enabled;
    uint8_t pad;
};
XEN_ABI_SIZE(struct xen_dm_op_set_ioreq_server_state, 4);

/** destroy_ioreq_server. */
struct xen_dm_op_destroy_ioreq_server {
    ioservid_t id;
    uint16_t pad;
};
XEN_ABI_SIZE(struct xen_dm_op_destroy_ioreq_server, 4);

/** modified_memory: extents are in the second buffer. */
struct xen_dm_op_modified_memory {
    uint32_t nr_extents;
    uint32_t opaque; // 0 on entry; how far the call got
};
XEN_ABI_SIZE(struct xen_dm_op_modified_memory, 8);
XEN_ABI_OFFSET(struct xen_dm_op_modified_memory, opaque, 4);

/** One extent of modified_memory. */
struct xen_dm_op_modified_memory_extent {
    uint32_t nr; // frames
    uint32_t pad;
    uint64_t first_pfn;
};
XEN_ABI_SIZE(struct xen_dm_op_modified_memory_extent, 16);
XEN_ABI_OFFSET(struct xen_dm_op_modified_memory_extent, first_pfn, 8);

/** remote_shutdown. */
struct xen_dm_op_remote_shutdown {
    uint32_t reason; // SHUTDOWN_*
};
XEN_ABI_SIZE(struct xen_dm_op_remote_shutdown, 4);

/** set_irq_level: an SPI of the guest. */
struct xen_dm_op_set_irq_level {
    uint32_t irq; // INTID
    uint8_t level;
    uint8_t pad[3];
};
XEN_ABI_SIZE(struct xen_dm_op_set_irq_level, 8);

/** nr_vcpus. */
struct xen_dm_op_nr_vcpus {
    uint32_t vcpus; // out
};
XEN_ABI_SIZE(struct xen_dm_op_nr_vcpus, 4);

/** First buffer of every dm_op. */
struct xen_dm_op {
    uint32_t op; // XEN_DMOP_*
    uint32_t pad;
    union {
        struct xen_dm_op_create_ioreq_server create_ioreq_server;
        struct xen_dm_op_get_ioreq_server_info get_ioreq_server_info;
        struct xen_dm_op_ioreq_server_range map_io_range_to_ioreq_server;
        struct xen_dm_op_ioreq_server_range unmap_io_range_from_ioreq_server;
        struct xen_dm_op_set_ioreq_server_state set_ioreq_server_state;
        struct xen_dm_op_destroy_ioreq_server destroy_ioreq_server;
        struct xen_dm_op_set_irq_level set_irq_level;
        struct xen_dm_op_modified_memory modified_memory;
        struct xen_dm_op_remote_shutdown remote_shutdown;
        struct xen_dm_op_nr_vcpus nr_vcpus;
    } u;
};
XEN_ABI_SIZE(struct xen_dm_op, 32);
XEN_ABI_OFFSET(struct xen_dm_op, u, 8);

/** One of the call's buffers. */
struct xen_dm_op_buf {
    xen_guest_handle_t h;
    xen_ulong_t size; // bytes
};
XEN_ABI_SIZE(struct xen_dm_op_buf, 16);
XEN_ABI_OFFSET(struct xen_dm_op_buf, size, 8);
