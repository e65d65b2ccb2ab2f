// SPDX-License-Identifier: Apache-2.0
// A guest's console: lines collected here and written at once, to the emulated UART where there is
// one, else by console_io, one hypercall a line; or to where the guest says. Boot CPU only.

#include "rt.h"
#include <stdarg.h>
#include <xen/xen.h>

#define UARTFR 0x18U
#define FR_TXFF (1U << 5)

static char line[240];
static uint32_t used;
static void (*sink)(const char *text, uint32_t n);

static void to_uart(const char *text, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        while ((rt_read32(rt_platform.uart + UARTFR) & FR_TXFF) != 0) {
        }
        rt_write32(rt_platform.uart, (uint8_t)text[i]);
    }
}

static void to_hypervisor(const char *text, uint32_t n) {
    (void)rt_hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, n, (uintptr_t)text, 0, 0);
}

void rt_console_to(void (*write)(const char *text, uint32_t n)) { sink = write; }

static void flush(void) {
    if (sink == NULL) {
        sink = rt_platform.uart != 0 ? to_uart : to_hypervisor;
    }
    sink(line, used);
    used = 0;
}

static void put(char c) {
    line[used++] = c;
    if (c == '\n' || used == sizeof(line)) {
        flush();
    }
}

static void put_number(uint64_t v, uint32_t base) {
    char digits[20];
    uint32_t n = 0;
    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v != 0);
    while (n != 0) {
        put(digits[--n]);
    }
}

static void put_string(const char *s) {
    while (*s != '\0') {
        put(*s++);
    }
}

void rt_printf(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    for (; *fmt != '\0'; fmt++) {
        if (*fmt != '%') {
            put(*fmt);
            continue;
        }
        bool wide = *++fmt == 'l';
        fmt += wide ? 1 : 0;
        if (*fmt == 's') {
            put_string(va_arg(ap, const char *));
        } else if (*fmt == 'c') {
            put((char)va_arg(ap, int));
        } else if (*fmt == 'd') {
            int64_t v = wide ? va_arg(ap, int64_t) : va_arg(ap, int);
            if (v < 0) {
                put('-');
            }
            put_number(v < 0 ? 0U - (uint64_t)v : (uint64_t)v, 10);
        } else {
            put_number(wide ? va_arg(ap, uint64_t) : va_arg(ap, uint32_t), *fmt == 'x' ? 16 : 10);
        }
    }
    va_end(ap);
}
