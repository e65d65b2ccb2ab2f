// SPDX-License-Identifier: Apache-2.0
// Entered at an exception level other than EL2: nothing of the hypervisor can run, but the user is
// told, on the UART of the device tree. Runs at EL1 or EL3 with the MMU off: no locks, no per-CPU
// area, polled.

#include <arch/cpu.h>
#include <core/addr.h>
#include <drivers/uart.h>
#include <lib/string.h>
#include <libfdt.h>

noreturn void boot_wrong_el(pa_t dtb);

static const char message[] =
    "cofferdam: error: CPU: not entered at EL2; start the machine with its virtualization "
    "extensions "
    "(QEMU: virtualization=on) and let the loader enter the image at EL2\r\n";

static uint64_t read_cells(const fdt32_t *cell, int cells) {
    uint64_t value = 0;
    for (int i = 0; i < cells; i++)
        value = value << 32 | fdt32_to_cpu(cell[i]);
    return value;
}

// The node of /chosen's stdout-path; its address cells are the root's (no bus in between on such
// boards).
static int console_node(const void *fdt) {
    int chosen = fdt_path_offset(fdt, "/chosen"), len;
    const char *path = fdt_getprop(fdt, chosen, "stdout-path", &len);
    if (!path || len < 1)
        return -1;
    const char *colon = memchr(path, ':', (size_t)len);
    return fdt_path_offset_namelen(fdt, path, colon ? (int)(colon - path) : len - 1);
}

noreturn void boot_wrong_el(pa_t dtb) {
    const void *fdt = (const void *)(uintptr_t)dtb.v;
    int len, node = fdt_check_header(fdt) ? -1 : console_node(fdt);
    const char *compatible = node < 0 ? NULL : fdt_getprop(fdt, node, "compatible", &len);
    const fdt32_t *reg = node < 0 ? NULL : fdt_getprop(fdt, node, "reg", &len);
    int cells = fdt_address_cells(fdt, 0);
    const struct uart_ops *uart = compatible ? uart_find(compatible) : NULL;
    if (uart && reg && cells >= 1 && cells <= 2 && len >= 4 * cells) {
        volatile void *base = (volatile void *)(uintptr_t)read_cells(reg, cells);
        const fdt32_t *shift = fdt_getprop(fdt, node, "reg-shift", NULL);
        const fdt32_t *width = fdt_getprop(fdt, node, "reg-io-width", NULL);
        uart->init(base, shift ? fdt32_to_cpu(*shift) : 0, width ? fdt32_to_cpu(*width) : 1);
        for (const char *c = message; *c; c++) {
            while (!uart->tx_ready(base)) {
            }
            uart->tx(base, (uint8_t)*c);
        }
    }
    for (;;)
        __asm__ volatile("wfi");
}
