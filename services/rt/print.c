// SPDX-License-Identifier: Apache-2.0
// rt_printf: a line is collected and written at once, so that those of several guests do not mix.
// Boot CPU only.

#include "rt.h"
#include <lib/format.h>

static char line[240];
static uint32_t used;

static void put(char c) {
    line[used++] = c;
    if (c == '\n' || used == sizeof(line)) {
        rt_console_write(line, used);
        used = 0;
    }
}

void rt_printf(const char *fmt, ...) {
    char text[RT_PRINT_MAX + 1U];
    va_list ap;
    va_start(ap, fmt);
    (void)vformat_to(text, sizeof(text), fmt, ap);
    va_end(ap);
    for (const char *c = text; *c != '\0'; c++) {
        put(*c);
    }
}
