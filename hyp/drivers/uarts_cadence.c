// SPDX-License-Identifier: Apache-2.0
// The UARTs of an image for Cadence's (-Duart=cadence).
#include <drivers/uart.h>

const struct uart_ops *const uart_drivers[] = {&uart_cadence, NULL};
