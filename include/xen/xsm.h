// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: xsm_op(arg) as the FLASK module defines it. Data and
// numbers only, nothing to call.
#pragma once

#include "event_channel.h"
#include "xen.h"

#define XEN_FLASK_INTERFACE_VERSION 1U

#define FLASK_LOAD 1U
#define FLASK_GETENFORCE 2U
#define FLASK_SETENFORCE 3U
#define FLASK_CONTEXT_TO_SID 4U
#define FLASK_SID_TO_CONTEXT 5U
#define FLASK_ACCESS 6U
#define FLASK_CREATE 7U
#define FLASK_RELABEL 8U
#define FLASK_USER 9U
#define FLASK_POLICYVERS 10U
#define FLASK_GETBOOL 11U
#define FLASK_SETBOOL 12U
#define FLASK_COMMITBOOLS 13U
#define FLASK_MLS 14U
#define FLASK_DISABLE 15U
#define FLASK_GETAVC_THRESHOLD 16U
#define FLASK_SETAVC_THRESHOLD 17U
#define FLASK_AVC_HASHSTATS 18U
#define FLASK_AVC_CACHESTATS 19U
#define FLASK_MEMBER 20U
#define FLASK_ADD_OCONTEXT 21U
#define FLASK_DEL_OCONTEXT 22U
#define FLASK_GET_PEER_SID 23U
#define FLASK_RELABEL_DOMAIN 24U
#define FLASK_DEVICETREE_LABEL 25U

/** LOAD. */
struct xen_flask_load {
    xen_guest_handle_t buffer;
    uint32_t size; // bytes
    uint32_t _pad0;
};
XEN_ABI_SIZE(struct xen_flask_load, 16);
XEN_ABI_OFFSET(struct xen_flask_load, size, 8);

/** SETENFORCE. */
struct xen_flask_setenforce {
    uint32_t enforcing;
};
XEN_ABI_SIZE(struct xen_flask_setenforce, 4);

/** CONTEXT_TO_SID, SID_TO_CONTEXT. */
struct xen_flask_sid_context {
    uint32_t sid;
    uint32_t size;              // bytes in context, in and out
    xen_guest_handle_t context; // char, without a NUL
};
XEN_ABI_SIZE(struct xen_flask_sid_context, 16);
XEN_ABI_OFFSET(struct xen_flask_sid_context, context, 8);

/** ACCESS. */
struct xen_flask_access {
    uint32_t ssid;
    uint32_t tsid;
    uint32_t tclass;
    uint32_t req;
    uint32_t allowed; // from here on out
    uint32_t audit_allow;
    uint32_t audit_deny;
    uint32_t seqno;
};
XEN_ABI_SIZE(struct xen_flask_access, 32);
XEN_ABI_OFFSET(struct xen_flask_access, seqno, 28);

/** CREATE, RELABEL, MEMBER. */
struct xen_flask_transition {
    uint32_t ssid;
    uint32_t tsid;
    uint32_t tclass;
    uint32_t newsid; // out
};
XEN_ABI_SIZE(struct xen_flask_transition, 16);
XEN_ABI_OFFSET(struct xen_flask_transition, newsid, 12);

/** GETBOOL, SETBOOL. */
struct xen_flask_boolean {
    uint32_t bool_id; // all ones: by name
    uint8_t enforcing;
    uint8_t pending;
    uint8_t new_value;
    uint8_t commit;
    uint32_t size; // of name
    uint32_t _pad0;
    xen_guest_handle_t name; // char
};
XEN_ABI_SIZE(struct xen_flask_boolean, 24);
XEN_ABI_OFFSET(struct xen_flask_boolean, name, 16);

/** GETAVC_THRESHOLD, SETAVC_THRESHOLD. */
struct xen_flask_setavc_threshold {
    uint32_t threshold;
};
XEN_ABI_SIZE(struct xen_flask_setavc_threshold, 4);

/** AVC_HASHSTATS. */
struct xen_flask_hash_stats {
    uint32_t entries;
    uint32_t buckets_used;
    uint32_t buckets_total;
    uint32_t max_chain_len;
};
XEN_ABI_SIZE(struct xen_flask_hash_stats, 16);
XEN_ABI_OFFSET(struct xen_flask_hash_stats, max_chain_len, 12);

/** AVC_CACHESTATS of one CPU. */
struct xen_flask_cache_stats {
    uint32_t cpu; // in
    uint32_t lookups;
    uint32_t hits;
    uint32_t misses;
    uint32_t allocations;
    uint32_t reclaims;
    uint32_t frees;
};
XEN_ABI_SIZE(struct xen_flask_cache_stats, 28);
XEN_ABI_OFFSET(struct xen_flask_cache_stats, frees, 24);

/** ADD_OCONTEXT, DEL_OCONTEXT. */
struct xen_flask_ocontext {
    uint32_t ocon;
    uint32_t sid;
    uint64_t low, high;
};
XEN_ABI_SIZE(struct xen_flask_ocontext, 24);
XEN_ABI_OFFSET(struct xen_flask_ocontext, high, 16);

/** GET_PEER_SID. */
struct xen_flask_peersid {
    evtchn_port_t evtchn;
    uint32_t sid; // out
};
XEN_ABI_SIZE(struct xen_flask_peersid, 8);
XEN_ABI_OFFSET(struct xen_flask_peersid, sid, 4);

/** RELABEL_DOMAIN. */
struct xen_flask_relabel {
    uint32_t domid;
    uint32_t sid;
};
XEN_ABI_SIZE(struct xen_flask_relabel, 8);
XEN_ABI_OFFSET(struct xen_flask_relabel, sid, 4);

/** DEVICETREE_LABEL. */
struct xen_flask_devicetree_label {
    uint32_t sid;
    uint32_t length;
    xen_guest_handle_t path; // char
};
XEN_ABI_SIZE(struct xen_flask_devicetree_label, 16);
XEN_ABI_OFFSET(struct xen_flask_devicetree_label, path, 8);

/** Argument of every xsm_op. */
struct xen_flask_op {
    uint32_t cmd;               // FLASK_*
    uint32_t interface_version; // XEN_FLASK_INTERFACE_VERSION
    union {
        struct xen_flask_load load;
        struct xen_flask_setenforce enforce;
        struct xen_flask_sid_context sid_context;
        struct xen_flask_access access;
        struct xen_flask_transition transition;
        struct xen_flask_boolean boolean;
        struct xen_flask_setavc_threshold setavc_threshold;
        struct xen_flask_hash_stats hash_stats;
        struct xen_flask_cache_stats cache_stats;
        struct xen_flask_ocontext ocontext;
        struct xen_flask_peersid peersid;
        struct xen_flask_relabel relabel;
        struct xen_flask_devicetree_label devicetree_label;
    } u;
};
XEN_ABI_SIZE(struct xen_flask_op, 40);
XEN_ABI_OFFSET(struct xen_flask_op, u, 8);
