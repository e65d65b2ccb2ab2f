// SPDX-License-Identifier: Apache-2.0
// Entered at an exception level other than EL2: nothing of the hypervisor can run, but the user is
// told, on the UART of the device tree. Runs at EL1 or EL3 with the MMU off: no locks, no per-CPU
// area, polled.

#include <arch/cpu.h>
#include <boot/dt.h>
#include <boot/dt_walk.h>
#include <core/addr.h>
#include <drivers/uart.h>
#include <lib/string.h>

noreturn void boot_wrong_el(pa_t dtb);

static const char message[] =
    "cofferdam: error: CPU: not entered at EL2; start the machine with its virtualization "
    "extensions "
    "(QEMU: virtualization=on) and let the loader enter the image at EL2\r\n";

// The node of /chosen's stdout-path; its address cells are the root's (no bus in between on such
// boards).
static int console_node(const void *fdt) {
    int chosen = dt_find(fdt, "/chosen", 7);
    struct dt_prop path = {.p = NULL, .len = 0};
    const char *colon;

    if (chosen >= 0)
        path = dt_property(fdt, chosen, "stdout-path");
    if (path.len < 1)
        return -1;
    colon = memchr(path.p, ':', (size_t)path.len);
    return dt_find(fdt, path.p, colon ? (int)(colon - (const char *)path.p) : path.len - 1);
}

static void tell(const void *fdt, int node) {
    struct dt_prop compatible = dt_property(fdt, node, "compatible");
    struct dt_prop reg = dt_property(fdt, node, "reg");
    uint32_t cells = dt_u32(fdt, 0, "#address-cells", 2);
    const struct uart_ops *uart = compatible.p ? uart_find(compatible.p) : NULL;
    volatile void *base;
    uint64_t at;

    if (!uart || cells < 1 || cells > 2 || reg.len < (int)cells * 4 || !dt_cells(reg.p, cells, &at))
        return;
    base = (volatile void *)(uintptr_t)at;
    uart->init(base, dt_u32(fdt, node, "reg-shift", 0), dt_u32(fdt, node, "reg-io-width", 1));
    for (const char *c = message; *c; c++) {
        while (!uart->tx_ready(base)) {
        }
        uart->tx(base, (uint8_t)*c);
    }
}

noreturn void boot_wrong_el(pa_t dtb) {
    const void *fdt = (const void *)(uintptr_t)dtb.v;
    int node = dt_check(fdt, DT_MAX_SIZE) ? -1 : console_node(fdt);

    if (node >= 0)
        tell(fdt, node);
    for (;;)
        __asm__ volatile("wfi");
}
