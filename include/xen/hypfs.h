// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: hypfs_op(cmd, path, path_size, buffer, size). A read
// gives the entry and behind it its contents, a directory's being a list of
// xen_hypfs_dirlistentry. Data and numbers only, nothing to call.
#pragma once

#include "xen.h"

#define XEN_HYPFS_VERSION 1
#define XEN_HYPFS_MAX_PATHLEN 1024

#define XEN_HYPFS_OP_get_version 0U
#define XEN_HYPFS_OP_read 1U
#define XEN_HYPFS_OP_write_contents 2U

#define XEN_HYPFS_TYPE_DIR 0U
#define XEN_HYPFS_TYPE_BLOB 1U
#define XEN_HYPFS_TYPE_STRING 2U
#define XEN_HYPFS_TYPE_UINT 3U
#define XEN_HYPFS_TYPE_INT 4U
#define XEN_HYPFS_TYPE_BOOL 5U

#define XEN_HYPFS_ENC_PLAIN 0U
#define XEN_HYPFS_ENC_GZIP 1U

/** One entry. */
struct xen_hypfs_direntry {
    uint8_t type;     // XEN_HYPFS_TYPE_*
    uint8_t encoding; // XEN_HYPFS_ENC_*
    uint16_t pad;
    uint32_t content_len;   // bytes
    uint32_t max_write_len; // bytes, 0: read only
};
XEN_ABI_SIZE(struct xen_hypfs_direntry, 12);
XEN_ABI_OFFSET(struct xen_hypfs_direntry, content_len, 4);
XEN_ABI_OFFSET(struct xen_hypfs_direntry, max_write_len, 8);

/** One entry of a directory's contents. */
struct xen_hypfs_dirlistentry {
    struct xen_hypfs_direntry e;
    uint16_t off_next; // bytes to the next entry, 0: last
    char name[];       // ends with a NUL
    // Two bytes of padding follow the fixed part in sizeof; names start in them.
};
XEN_ABI_SIZE(struct xen_hypfs_dirlistentry, 16);
XEN_ABI_OFFSET(struct xen_hypfs_dirlistentry, name, 14);
