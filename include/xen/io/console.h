// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: the ring page of the paravirtual console. Indices run
// freely and are masked at use; who fills a ring owns its prod. Data only,
// nothing to call.
#pragma once

#include <xen/layout.h>

typedef uint32_t XENCONS_RING_IDX;

/** The page at HVM_PARAM_CONSOLE_PFN. */
struct xencons_interface {
    char in[1024];  // to the guest
    char out[2048]; // from the guest
    XENCONS_RING_IDX in_cons, in_prod;
    XENCONS_RING_IDX out_cons, out_prod;
};
XEN_ABI_SIZE(struct xencons_interface, 3088);
XEN_ABI_OFFSET(struct xencons_interface, out_prod, 3084);
