// SPDX-License-Identifier: Apache-2.0
// Where a guest's lines go and what is typed comes from: the emulated UART where the device tree
// has one, else the ring of the paravirtual console where the toolstack has given one (xl), else
// console_io, which real Xen gives to Dom0 only. Boot CPU only.

#include "calls.h"
#include <pv/console.h>
#include <xen/hvm_op.h>
#include <xen/hvm_params.h>

#define UARTFR 0x18U
#define FR_RXFE (1U << 4)
#define FR_TXFF (1U << 5)

static void (*sink)(const char *text, uint32_t n);
static struct xencons_interface *ring;
static evtchn_port_t port; // of the ring

static void to_uart(const char *text, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        while ((rt_read32(rt_platform.uart + UARTFR) & FR_TXFF) != 0) {
        }
        rt_write32(rt_platform.uart, (uint8_t)text[i]);
    }
}

static void to_ring(const char *text, uint32_t n) {
    for (;;) {
        uint32_t done = pv_console_write(ring, text, n);
        (void)rt_notify(port);
        text += done;
        n -= done;
        if (n == 0) {
            return;
        }
        (void)rt_sched(SCHEDOP_yield, NULL); // Dom0 has to empty it
    }
}

static void to_hypervisor(const char *text, uint32_t n) {
    (void)rt_hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, n, (uintptr_t)text, 0, 0);
}

static uint64_t parameter(uint32_t index) {
    struct xen_hvm_param p = {.domid = DOMID_SELF, .index = index};
    int64_t r = rt_hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&p, 0, 0, 0);
    return r == 0 ? p.value : 0;
}

static void find(void) {
    if (rt_platform.uart != 0) {
        sink = to_uart;
        return;
    }
    port = (evtchn_port_t)parameter(HVM_PARAM_CONSOLE_EVTCHN);
    uint64_t gfn = parameter(HVM_PARAM_CONSOLE_PFN);
    if (port == 0 || gfn == 0) {
        sink = to_hypervisor;
        return;
    }
    rt_map_shared(gfn << 12, 4096);
    ring = (struct xencons_interface *)(uintptr_t)(gfn << 12);
    sink = to_ring;
}

void rt_console_to(void (*write)(const char *text, uint32_t n)) { sink = write; }

void rt_console_write(const char *text, uint32_t n) {
    if (sink == NULL) {
        find();
    }
    sink(text, n);
}

uint32_t rt_console_read(char *to, uint32_t n) {
    uint32_t count = 0;
    if (sink == NULL) {
        find();
    }
    if (sink == to_uart) {
        while (count < n && (rt_read32(rt_platform.uart + UARTFR) & FR_RXFE) == 0) {
            to[count++] = (char)rt_read32(rt_platform.uart);
        }
    } else if (sink == to_ring) {
        count = pv_console_read(ring, to, n);
        if (count != 0) {
            (void)rt_notify(port);
        }
    } else if (sink == to_hypervisor) {
        int64_t r = rt_hypercall(__HYPERVISOR_console_io, CONSOLEIO_read, n, (uintptr_t)to, 0, 0);
        count = r > 0 ? (uint32_t)r : 0;
    }
    return count;
}
