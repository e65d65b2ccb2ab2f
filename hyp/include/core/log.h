// SPDX-License-Identifier: Apache-2.0
// The hypervisor's log and the three words for failure. Levels promise: ERROR is never caused by a
// guest; NOTICE may hint at one; VERBOSE alone may show guest data. Any context; takes
// LOCK_CONSOLE.
#pragma once
#include <core/types.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_VERBOSE };

// Appends one line (no "\n" needed) to the console ring if `level` is within `loglvl=`.
void log_at(enum log_level level, const char *fmt, ...) printf_like(2, 3);
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_at(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_verbose(...) log_at(LOG_VERBOSE, __VA_ARGS__)

// While on, log_at shows every level, whatever `loglvl=` says: for panic, refusal and debug keys.
void log_show_all(bool on);

struct domain;
// A line about a guest's doing: prefixed with its domid, limited by the domain's token bucket
// (R23).
void log_guest(struct domain *d, const char *fmt, ...) printf_like(2, 3);

// Our own invariant broke: prints registers, backtrace and the machine-readable line, stops all
// CPUs, then reboots or halts (`noreboot`). Never reachable from guest input (lint checks the call
// graph).
noreturn cold void panic(const char *fmt, ...) printf_like(1, 2);

// Boot cannot go on because of what it was given: "cofferdam: error: <where>: <what>; <remedy>" on
// the UART, then halts (never reboots: the message must stay readable). Boot CPU, boot only.
noreturn cold void boot_refuse(const char *where, const char *remedy, const char *fmt, ...)
    printf_like(3, 4);

// Internal invariant; only for what no guest can influence (R10).
#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (unlikely(!(cond)))                                                                     \
            panic("CHECK(%s) at %s:%d", #cond, __FILE__, __LINE__);                                \
    } while (0)
