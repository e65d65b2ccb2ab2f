// SPDX-License-Identifier: Apache-2.0
// Payload: under the null scheduler a vCPU that computes is never interrupted by the hypervisor:
// its exit counters (debug key x) stay what they are for `seconds=N` (3). Two CPUs, `sched=null`.

#include "calls.h"
#include "domain.h"
#include "report.h"
#include <xen/sysctl.h>

#define SECONDS 3U

static volatile uint64_t turns;

static void compute(struct rt_cpu *cpu) {
    (void)cpu;
    for (;;) {
        turns++;
    }
}

static bool begins(const char *text, const char *with) {
    while (*with != '\0' && *text == *with) {
        text++;
        with++;
    }
    return *with == '\0';
}

static int64_t sysctl(struct xen_sysctl *op, uint32_t cmd) {
    op->cmd = cmd;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return rt_hypercall(__HYPERVISOR_sysctl, (uintptr_t)op, 0, 0, 0, 0);
}

// What the hypervisor says of vCPU 1's exits; false when it says nothing.
static bool exits(char *out, uint32_t room) {
    static char console[16384];
    char key = 'x';
    struct xen_sysctl op = {.u.debug_keys = {.keys.q = (uintptr_t)&key, .nr_keys = 1}};
    rt_expect("debug key", sysctl(&op, XEN_SYSCTL_debug_keys), 0);
    op.u.readconsole = (struct xen_sysctl_readconsole){
        .clear = 1, .buffer.q = (uintptr_t)console, .count = sizeof(console) - 1U};
    rt_expect("console read", sysctl(&op, XEN_SYSCTL_readconsole), 0);
    console[op.u.readconsole.count] = '\0';
    uint32_t n = 0;
    for (const char *p = console; *p != '\0' && n < room - 1U; p++) {
        if (begins(p, "d0v1: ") || (n != 0 && !begins(p, "d0v"))) {
            out[n++] = *p;
        } else if (n != 0) {
            break;
        }
    }
    out[n] = '\0';
    return n != 0;
}

static bool same(const char *a, const char *b) { return begins(a, b) && begins(b, a); }

void rt_main(void) {
    static char before[1024], after[1024];
    uint64_t seconds = rt_argument("seconds=", SECONDS);
    rt_expect("second vCPU", rt_cpu_on(1, compute), 0);
    rt_check("it computes", rt_wait_change(&turns, 0, RT_READ(cntfrq_el0) * 20U), 0);
    rt_sleep(100);
    rt_check("exits are counted", exits(before, sizeof(before)), 0);
    uint64_t was = turns, end = rt_now() + RT_READ(cntfrq_el0) * seconds;
    while (rt_now() < end) {
        rt_sleep(100);
    }
    rt_check("exits are counted still", exits(after, sizeof(after)), 0);
    rt_check("it has computed", turns > was, turns);
    rt_check("no exit", same(before, after), seconds);
    rt_printf("vCPU 1 computed for %lu s\n", seconds);
    rt_verdict_of_checks("quiet");
}
