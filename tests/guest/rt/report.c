// SPDX-License-Identifier: Apache-2.0
// What payloads check and say of it (report.h). Boot CPU only.

#include "domain.h"
#include <xen/sched.h>

void rt_verdict(const char *name, bool pass, const char *detail) {
    rt_printf("@VERDICT %s %s %s\n", name, pass ? "pass" : "fail", detail);
    rt_shutdown(SHUTDOWN_poweroff);
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
    rt_shutdown(SHUTDOWN_poweroff);
}

uint64_t rt_argument(const char *name, uint64_t otherwise) {
    for (const char *p = rt_platform.bootargs; *p != '\0'; p++) {
        const char *at = p, *n = name;
        while (*n != '\0' && *at == *n) {
            at++;
            n++;
        }
        if (*n != '\0') {
            continue;
        }
        uint64_t value = 0;
        while (*at >= '0' && *at <= '9') {
            value = value * 10U + (uint64_t)(*at++ - '0');
        }
        return value;
    }
    return otherwise;
}
