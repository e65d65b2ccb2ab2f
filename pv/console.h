// SPDX-License-Identifier: Apache-2.0
// The paravirtual console's ring, seen from the guest (xen/io/console.h). Pure: the caller tells
// the other side with the console's event after each call that moved something. One caller a ring
// and direction. The indices that the other side writes are believed by no more than the ring.
#pragma once

#include <xen/io/console.h>

/** Put the first characters of `text`; returns how many, at most what the ring has room for. */
uint32_t pv_console_write(struct xencons_interface *ring, const char *text, uint32_t n);

/** Take at most `n` characters that were typed; returns how many. */
uint32_t pv_console_read(struct xencons_interface *ring, char *to, uint32_t n);
