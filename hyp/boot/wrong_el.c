// SPDX-License-Identifier: Apache-2.0
// Entered at an exception level other than EL2: nothing of the hypervisor can run, but the user is
// told, on the UART that the device tree names. Runs at EL1 or EL3 with the MMU off: no locks, no
// per-CPU area, polled.

#include <boot/source.h>
#include <drivers/uart.h>

noreturn void boot_wrong_el(pa_t at);

static const char message[] =
    "cofferdam: error: CPU: not entered at EL2; start the machine with its virtualization "
    "extensions "
    "(QEMU: virtualization=on) and let the loader enter the image at EL2\r\n";

static void tell(const struct system_uart *u) {
    const struct uart_ops *uart = uart_find(u->compatible);
    volatile void *base = (volatile void *)(uintptr_t)u->reg.base.v;

    if (!uart)
        return;
    uart->init(base, u->reg_shift, u->io_width);
    for (const char *c = message; *c; c++) {
        while (!uart->tx_ready(base)) {
        }
        uart->tx(base, (uint8_t)*c);
    }
}

noreturn void boot_wrong_el(pa_t at) {
    struct system_uart u;

    if (source_find_uart(at, &u))
        tell(&u);
    for (;;)
        __asm__ volatile("wfi");
}
