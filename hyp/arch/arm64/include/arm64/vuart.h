// SPDX-License-Identifier: Apache-2.0
// State of a domain's emulated UART (vpl011.c), guarded by its lock.
#pragma once
#include <core/lock.h>
#include <core/pin.h>

struct vuart {
    spinlock_t lock;
    struct pinned ring; // struct xencons_interface
    port_t port;        // the domain's end of the channel to the backend
    uint32_t mask;      // UARTIMSC
    uint32_t cleared;   // of UARTRIS by UARTICR, until there is news
    bool line;          // the interrupt is asserted
};
