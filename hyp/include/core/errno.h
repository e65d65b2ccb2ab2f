// SPDX-License-Identifier: Apache-2.0
// Internal functions return 0 or -E; the numbers are those of the Xen ABI.
#pragma once
#include <core/types.h>
#include <xen/errno.h>

#define EPERM XEN_EPERM
#define ENOENT XEN_ENOENT
#define ESRCH XEN_ESRCH
#define EIO XEN_EIO
#define E2BIG XEN_E2BIG
#define ENXIO XEN_ENXIO
#define EAGAIN XEN_EAGAIN
#define ENOMEM XEN_ENOMEM
#define EACCES XEN_EACCES
#define EFAULT XEN_EFAULT
#define EBUSY XEN_EBUSY
#define EEXIST XEN_EEXIST
#define ENODEV XEN_ENODEV
#define EINVAL XEN_EINVAL
#define ENOSPC XEN_ENOSPC
#define EDOM XEN_EDOM
#define ERANGE XEN_ERANGE
#define ENOSYS XEN_ENOSYS
#define EOVERFLOW XEN_EOVERFLOW
#define ERESTART XEN_ERESTART
#define EOPNOTSUPP XEN_EOPNOTSUPP
#define EADDRNOTAVAIL XEN_EADDRNOTAVAIL
#define ENODATA XEN_ENODATA
#define ETIMEDOUT XEN_ETIMEDOUT
#define ENFILE XEN_ENFILE
#define ENOBUFS XEN_ENOBUFS
#define EISCONN XEN_EISCONN

// Marks where an error is born: `return fail(-EINVAL)`; the place to break on in a debugger.
static inline int fail(int err) { return err; }
