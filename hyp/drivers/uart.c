// SPDX-License-Identifier: Apache-2.0
// The UARTs this image drives, by compatible string.

#include <drivers/uart.h>
#include <lib/string.h>

const struct uart_ops *uart_find(const char *compatible) {
    static const struct uart_ops *const all[] = {&uart_pl011, &uart_sbsa, &uart_cadence,
                                                 &uart_ns16550, &uart_bcm2835_aux};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(all[i]->compatible) && all[i]->compatible[k]; k++) {
            if (!strcmp(all[i]->compatible[k], compatible))
                return all[i];
        }
    }
    return NULL;
}
