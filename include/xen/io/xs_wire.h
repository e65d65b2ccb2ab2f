// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: the ring page of the store and the messages in it.
// Indices run freely and are masked at use; who fills a ring owns its prod.
// Data and numbers only, nothing to call.
#pragma once

#include <xen/layout.h>

#define XS_CONTROL 0U
#define XS_DEBUG XS_CONTROL
#define XS_DIRECTORY 1U
#define XS_READ 2U
#define XS_GET_PERMS 3U
#define XS_WATCH 4U
#define XS_UNWATCH 5U
#define XS_TRANSACTION_START 6U
#define XS_TRANSACTION_END 7U
#define XS_INTRODUCE 8U
#define XS_RELEASE 9U
#define XS_GET_DOMAIN_PATH 10U
#define XS_WRITE 11U
#define XS_MKDIR 12U
#define XS_RM 13U
#define XS_SET_PERMS 14U
#define XS_WATCH_EVENT 15U
#define XS_ERROR 16U
#define XS_IS_DOMAIN_INTRODUCED 17U
#define XS_RESUME 18U
#define XS_SET_TARGET 19U
#define XS_RESET_WATCHES 21U
#define XS_DIRECTORY_PART 22U
#define XS_TYPE_COUNT 23U
#define XS_INVALID 0xffffU

/** Header of every message, len bytes of payload behind it. */
struct xsd_sockmsg {
    uint32_t type;   // XS_*
    uint32_t req_id; // echoed in the answer
    uint32_t tx_id;  // transaction, 0: none
    uint32_t len;
};
XEN_ABI_SIZE(struct xsd_sockmsg, 16);
XEN_ABI_OFFSET(struct xsd_sockmsg, len, 12);

// Order of the strings of a WATCH_EVENT.
#define XS_WATCH_PATH 0
#define XS_WATCH_TOKEN 1

#define XENSTORE_RING_SIZE 1024
typedef uint32_t XENSTORE_RING_IDX;

#define XENSTORE_PAYLOAD_MAX 4096U
#define XENSTORE_ABS_PATH_MAX 3072U
#define XENSTORE_REL_PATH_MAX 2048U

#define XENSTORE_SERVER_FEATURE_RECONNECTION 1U
#define XENSTORE_SERVER_FEATURE_ERROR 2U

#define XENSTORE_CONNECTED 0U
#define XENSTORE_RECONNECT 1U

#define XENSTORE_ERROR_NONE 0U
#define XENSTORE_ERROR_COMM 1U
#define XENSTORE_ERROR_RINGIDX 2U
#define XENSTORE_ERROR_PROTO 3U

/** The page at HVM_PARAM_STORE_PFN. */
struct xenstore_domain_interface {
    char req[XENSTORE_RING_SIZE]; // from the guest
    char rsp[XENSTORE_RING_SIZE]; // to the guest
    XENSTORE_RING_IDX req_cons, req_prod;
    XENSTORE_RING_IDX rsp_cons, rsp_prod;
    uint32_t server_features; // XENSTORE_SERVER_FEATURE_*
    uint32_t connection;      // XENSTORE_CONNECTED, _RECONNECT
    uint32_t error;           // XENSTORE_ERROR_*
};
XEN_ABI_SIZE(struct xenstore_domain_interface, 2076);
XEN_ABI_OFFSET(struct xenstore_domain_interface, error, 2072);
