// SPDX-License-Identifier: Apache-2.0
// Payload: Dom0 makes further domains by the public ABI: they boot on each number of vCPUs, see
// their memory, say so by an event, and leave nothing behind. Needs two CPUs.

#include "domain.h"
#include <xen/sched.h>

#define ROUNDS 8U

static volatile uint64_t started;

static void second(struct rt_cpu *cpu) {
    rt_check("domU: MPIDR", (RT_READ(mpidr_el1) & 0xffffffU) == cpu->mpidr, RT_READ(mpidr_el1));
    started++;
}

static void guest(void) {
    uint64_t ms = RT_READ(cntfrq_el0) / 1000U;
    rt_check("domU: MPIDR", (RT_READ(mpidr_el1) & 0xffffffU) == 0, RT_READ(mpidr_el1));
    uint64_t end = rt_platform.ram_base + rt_platform.ram_size;
    for (uint64_t a = (uintptr_t)image_end; a < end; a += 4096U) {
        rt_check("domU: its memory is scrubbed", rt_read64(a) == 0, a);
        rt_write64(a, ~a);
    }
    for (uint32_t i = 1; i < rt_platform.nr_cpus; i++) {
        uint64_t was = started;
        rt_check("domU: CPU_ON", rt_cpu_on(i, second) == 0, i);
        rt_check("domU: vCPU runs", rt_wait_change(&started, was, 20000U * ms), i);
    }
    struct evtchn_send s = {.port = rt_share->port};
    int64_t r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&s, 0, 0, 0);
    rt_check("domU: send", r == 0, (uint64_t)r);
    rt_share->word[0] = 1;
}

static bool shut_down(const struct rt_domain *d) {
    struct xen_domctl op = {.cmd = 0};
    for (uint32_t i = 0; i < 1000U; i++, rt_sleep(1)) {
        int64_t r = rt_domctl(&op, XEN_DOMCTL_getdomaininfo, d->id);
        if (r == 0 && (op.u.getdomaininfo.flags & XEN_DOMINF_shutdown) != 0) {
            return op.u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift == SHUTDOWN_poweroff;
        }
    }
    return false;
}

void rt_main(void) {
    uint64_t before = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct rt_domain d = {.id = 0};
        struct rt_domain_config c = {.main = guest,
                                     .nr_vcpus = i % 4U + 1U,
                                     .mem_mib = 2U << i % 4U,
                                     .cpu = {0, 1, RT_ANY_CPU, i % 2U}};
        if (rt_domain_create(&d, &c)) {
            rt_check("domain reports", rt_domain_wait(&d, 0, 1, 20000), i);
            rt_check("domain powers itself off", shut_down(&d), i);
        }
        rt_check("destroyed", rt_domain_destroy(&d), i);
        if (i < ROUNDS / 2U) { // Dom0's own tables grow at first
            before = rt_free_pages();
            continue;
        }
        rt_check("free memory as before", rt_free_pages() == before, before - rt_free_pages());
    }
    rt_verdict_of_checks("domains");
}
