// SPDX-License-Identifier: Apache-2.0
// A test guest's console: lines collected here and written by console_io, one hypercall a line; of
// a domain that Dom0 made, to the page that it shares with Dom0; to the emulated UART where there
// is one. Boot CPU only.

#include "domain.h"
#include <stdarg.h>
#include <xen/sched.h>

#define UARTFR 0x18U
#define FR_TXFF (1U << 5)

static char line[240];
static uint32_t used;

static void flush_to_share(void) {
    uint32_t at = rt_share->text_used;
    for (uint32_t i = 0; i < used && at < sizeof(rt_share->text); i++) {
        rt_share->text[at++] = line[i];
    }
    rt_share->text_used = at;
    used = 0;
}

static void flush_to_uart(void) {
    for (uint32_t i = 0; i < used; i++) {
        while ((rt_read32(rt_platform.uart + UARTFR) & FR_TXFF) != 0) {
        }
        rt_write32(rt_platform.uart, (uint8_t)line[i]);
    }
    used = 0;
}

static void flush(void) {
    if (rt_share != NULL) {
        flush_to_share();
        return;
    }
    if (rt_platform.uart != 0) {
        flush_to_uart();
        return;
    }
    (void)rt_hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, used, (uintptr_t)line, 0, 0);
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

void rt_poweroff(void) {
    struct sched_shutdown arg = {.reason = SHUTDOWN_poweroff};
    (void)rt_hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uintptr_t)&arg, 0, 0, 0);
    for (;;) {
        rt_wfi();
    }
}

void rt_verdict(const char *name, bool pass, const char *detail) {
    rt_printf("@VERDICT %s %s %s\n", name, pass ? "pass" : "fail", detail);
    rt_poweroff();
}

static uint32_t checks, bad;

void rt_add_checks(uint32_t more, uint32_t more_bad) {
    if (rt_share != NULL) {
        rt_share->checks += more;
        rt_share->bad += more_bad;
    } else {
        checks += more;
        bad += more_bad;
    }
}

// Of the last names that failed, how often.
static bool is_worth_a_line(const char *name) {
    static struct {
        const char *name;
        uint32_t times;
    } seen[16];
    static uint32_t next;
    for (uint32_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        if (seen[i].name == name) {
            return ++seen[i].times <= 3U;
        }
    }
    seen[next].name = name;
    seen[next].times = 1;
    next = (next + 1U) % (sizeof(seen) / sizeof(seen[0]));
    return true;
}

void rt_check(const char *name, bool ok, uint64_t seen) {
    rt_add_checks(1, ok ? 0 : 1);
    if (!ok && is_worth_a_line(name)) {
        rt_printf("@CHECK %s bad %lx\n", name, seen);
    }
}

void rt_verdict_of_checks(const char *payload) {
    rt_printf("@VERDICT %s %s %u checks, %u bad\n", payload, bad == 0 ? "pass" : "fail", checks,
              bad);
    rt_poweroff();
}
