// SPDX-License-Identifier: Apache-2.0
// The UARTs of an image for PL011 (-Duart=pl011).
#include <drivers/uart.h>

const struct uart_ops *const uart_drivers[] = {&uart_pl011, &uart_sbsa, NULL};
