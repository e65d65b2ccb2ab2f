// SPDX-License-Identifier: Apache-2.0
// UART drivers by compatible string.

#include <drivers/uart.h>
#include <lib/string.h>

const struct uart_ops *uart_find(const char *compatible) {
    for (size_t i = 0; uart_drivers[i]; i++) {
        const struct uart_ops *ops = uart_drivers[i];
        for (size_t k = 0; k < ARRAY_SIZE(ops->compatible) && ops->compatible[k]; k++) {
            if (!strcmp(ops->compatible[k], compatible))
                return ops;
        }
    }
    return NULL;
}
