// SPDX-License-Identifier: MIT
// The two checks that stand beside every structure of the Xen ABI. Compile time
// only, no symbol and no code; __builtin_offsetof keeps <stdint.h> the one
// header that include/xen needs.
#pragma once

#include <stdint.h>

/** Check that `type` takes exactly `bytes` bytes on the wire. */
#define XEN_ABI_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "size of " #type)

/** Check that `member` of `type` starts `bytes` bytes after the start of `type`. */
#define XEN_ABI_OFFSET(type, member, bytes)                                                        \
    _Static_assert(__builtin_offsetof(type, member) == (bytes), "offset of " #type "." #member)
