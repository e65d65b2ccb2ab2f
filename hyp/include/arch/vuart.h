// SPDX-License-Identifier: Apache-2.0
// Arch contract: the emulated UART of a domain (Arm: PL011 as the SBSA has it). Its far end is a
// console ring (xen/io/console.h): in a page of the domain's, served by another domain, or the
// hypervisor's console.
#pragma once
#include <core/addr.h>
#include <core/types.h>

struct domain;

// Before the domain runs. The ring is at `ring`; `backend` may bind *port. -EINVAL: there is one
// already, no such RAM or no interrupt for it; -ENOSPC, -ENOMEM.
int vuart_create(struct domain *d, gfn_t ring, domid_t backend, port_t *port) must_check;
// Before the domain runs: registers at `base`, interrupt `irq`, its far end the hypervisor's
// console, a line at a time. -EINVAL: there is one already, or no interrupt for it; -ENOSPC,
// -ENOMEM.
int vuart_create_console(struct domain *d, ipa_t base, virq_t irq) must_check;
// Is its far end the hypervisor's console? Then a character typed there can be given to it; what
// does not fit is gone. Takes LOCK_VUART.
bool vuart_is_console(const struct domain *d);
void vuart_type(struct domain *d, char c);
// The backend has moved its indices. Any CPU. Takes LOCK_VUART.
void vuart_notified(struct domain *d);
// Lets go of the ring: the domain does not run any more.
void vuart_destroy(struct domain *d);
// As when it was made, what was typed and not read is gone: the domain starts over.
void vuart_reset(struct domain *d);
