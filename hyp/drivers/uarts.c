// SPDX-License-Identifier: Apache-2.0
// All UARTs.
#include <drivers/uart.h>

const struct uart_ops *const uart_drivers[] = {&uart_pl011,   &uart_sbsa,        &uart_cadence,
                                               &uart_ns16550, &uart_bcm2835_aux, NULL};
