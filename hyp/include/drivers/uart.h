// SPDX-License-Identifier: Apache-2.0
// UART drivers: const tables; the console calls them with LOCK_CONSOLE held. None of these waits.
#pragma once
#include <core/types.h>

struct uart_ops {
    const char *compatible[4]; // device-tree names
    // `base` is EL2-mapped; reg_shift/io_width as the binding says (NS16550). Leaves the firmware's
    // rate.
    void (*init)(volatile void *base, uint32_t reg_shift, uint32_t io_width);
    bool (*tx_ready)(volatile void *base); // room for a byte now?
    void (*tx)(volatile void *base, uint8_t c);
    int (*rx)(volatile void *base);       // a byte, or -1
    void (*irq_ack)(volatile void *base); // clear what has been served
    void (*irq_enable)(volatile void *base, bool rx, bool tx);
};

struct uart {
    const struct uart_ops *ops;
    volatile void *base;
    uint32_t reg_shift, io_width;
    irq_t irq;
};

extern const struct uart_ops uart_pl011, uart_sbsa, uart_cadence, uart_ns16550, uart_bcm2835_aux;
// What this image drives: drivers/uarts.c or, for one UART (-Duart), another uarts_*.c; NULL ends
// it.
extern const struct uart_ops *const uart_drivers[];
// The driver for a compatible string, or NULL.
const struct uart_ops *uart_find(const char *compatible);
