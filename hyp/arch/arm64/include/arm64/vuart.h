// SPDX-License-Identifier: Apache-2.0
// State of a domain's emulated UART (vpl011.c), guarded by its lock.
#pragma once
#include <core/lock.h>
#include <core/pin.h>

struct vuart {
    spinlock_t lock;
    struct pinned ring; // struct xencons_interface
    bool console;       // its far end is the hypervisor's console, the ring EL2's own
    bool due;           // a line of it is to be shown there
    uint64_t base;      // IPA of the registers
    virq_t irq;
    port_t port;      // the domain's end of the channel to the backend
    uint32_t mask;    // UARTIMSC
    uint32_t cleared; // of UARTRIS by UARTICR, until there is news
    bool line;        // the interrupt is asserted
};
