// SPDX-License-Identifier: Apache-2.0
// The UARTs of the static profile.
#include <drivers/uart.h>

const struct uart_ops *const uart_drivers[] = {&uart_pl011, &uart_sbsa, &uart_cadence, NULL};
