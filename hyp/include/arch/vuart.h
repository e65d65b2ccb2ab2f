// SPDX-License-Identifier: Apache-2.0
// Arch contract: the emulated UART of a domain (Arm: PL011 as the SBSA has it, at GUEST_PL011_BASE
// with GUEST_VPL011_SPI). Its far end is a console ring (xen/io/console.h) in a page of the
// domain's, served by another domain.
#pragma once
#include <core/addr.h>

struct domain;

// Before the domain runs. The ring is at `ring`; `backend` may bind *port. -EINVAL: there is one
// already, no such RAM or no interrupt for it; -ENOSPC, -ENOMEM.
int vuart_create(struct domain *d, gfn_t ring, domid_t backend, port_t *port) must_check;
// The backend has moved its indices. Any CPU. Takes LOCK_VUART.
void vuart_notified(struct domain *d);
// Lets go of the ring: the domain does not run any more.
void vuart_destroy(struct domain *d);
