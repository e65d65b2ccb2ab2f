// SPDX-License-Identifier: Apache-2.0
// printf without floating point: %c %s %d %i %u %x %X %p %% with flags 0 - # + space, width,
// precision, and h hh l ll z. Pure, bounded by the buffer.
#pragma once
#include <stdarg.h>
#include <stddef.h>

// As C's (v)snprintf: terminates when size > 0, returns the length that was wanted.
int format_to(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int vformat_to(char *buf, size_t size, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
