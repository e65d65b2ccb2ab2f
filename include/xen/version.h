// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: xen_version(cmd, buffer). The strings are NUL-terminated
// inside their fixed size. Data and numbers only, nothing to call.
#pragma once

#include "features.h"
#include "xen.h"

#define XENVER_version 0U // no buffer; the answer is major << 16 | minor
#define XENVER_extraversion 1U
#define XENVER_compile_info 2U
#define XENVER_capabilities 3U
#define XENVER_changeset 4U
#define XENVER_platform_parameters 5U
#define XENVER_get_features 6U
#define XENVER_pagesize 7U     // no buffer; the answer is in bytes
#define XENVER_guest_handle 8U // xen_domain_handle_t
#define XENVER_commandline 9U
#define XENVER_build_id 10U // null buffer: the answer is the length needed

#define XEN_EXTRAVERSION_LEN 16
#define XEN_CAPABILITIES_INFO_LEN 1024
#define XEN_CHANGESET_INFO_LEN 64

typedef char xen_extraversion_t[XEN_EXTRAVERSION_LEN];
typedef char xen_capabilities_info_t[XEN_CAPABILITIES_INFO_LEN];
typedef char xen_changeset_info_t[XEN_CHANGESET_INFO_LEN];
typedef char xen_commandline_t[1024];

/** XENVER_compile_info. */
struct xen_compile_info {
    char compiler[64];
    char compile_by[16];
    char compile_domain[32];
    char compile_date[32];
};
XEN_ABI_SIZE(struct xen_compile_info, 144);
XEN_ABI_OFFSET(struct xen_compile_info, compile_date, 112);

/** XENVER_platform_parameters: where the hypervisor's own addresses start. */
struct xen_platform_parameters {
    xen_ulong_t virt_start;
};
XEN_ABI_SIZE(struct xen_platform_parameters, 8);

/** XENVER_get_features. */
struct xen_feature_info {
    uint32_t submap_idx; // in
    uint32_t submap;     // out: XENFEAT_* bits
};
XEN_ABI_SIZE(struct xen_feature_info, 8);
XEN_ABI_OFFSET(struct xen_feature_info, submap, 4);

/** XENVER_build_id. */
struct xen_build_id {
    uint32_t len; // in: bytes in buf
    unsigned char buf[];
};
XEN_ABI_SIZE(struct xen_build_id, 4);
XEN_ABI_OFFSET(struct xen_build_id, buf, 4);
