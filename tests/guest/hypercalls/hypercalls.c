// SPDX-License-Identifier: Apache-2.0
// Payload: every hypercall number with sub-operations 0..64 and bad pointers in each place must
// come back with 0, an error number, or one of the few positive answers of the ABI; then known
// calls must give the ABI's results. The physical timer ticks meanwhile, so that a call that blocks
// is woken. The numbers are tried by Dom0, then by a domain without rights, beside a witness.

#include "witness.h"
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/hvm_op.h>
#include <xen/hvm_params.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

static uint64_t period;
static uint32_t calls, shown;

static void tick(uint32_t intid) {
    (void)intid;
    RT_WRITE(cntp_cval_el0, RT_READ(cntpct_el0) + period);
    RT_WRITE(cntp_ctl_el0, 1);
    rt_isb();
}

// Calls that answer with a number. The sub-operation is 32 bits of its register.
static bool may_be_positive(uint64_t nr, uint32_t op) {
    switch (nr) {
    case __HYPERVISOR_xen_version:
        return op == XENVER_version || op == XENVER_pagesize || op == XENVER_build_id;
    case __HYPERVISOR_memory_op:
    case __HYPERVISOR_hypfs_op: // its get_version
        return true;
    case __HYPERVISOR_console_io:
        return op == CONSOLEIO_read;
    case __HYPERVISOR_vcpu_op:
        return op == VCPUOP_is_up;
    case __HYPERVISOR_sched_op:
        return op == SCHEDOP_watchdog;
    default:
        return false;
    }
}

static void one(uint64_t nr, uint64_t op, uint64_t a1, uint64_t a2, uint64_t a3) {
    int64_t r = rt_hypercall(nr, op, a1, a2, a3, 0);
    calls++;
    bool ok = r == 0 || (r < 0 && r >= -4095) || (r > 0 && may_be_positive(nr, (uint32_t)op));
    if (!ok && shown < 20U) {
        shown++;
        rt_printf("@CHECK hypercall %lu(%lx, %lx, %lx, %lx) bad %lx\n", nr, op, a1, a2, a3,
                  (uint64_t)r);
    }
    if (!ok) {
        rt_check("sweep", false, nr << 32 | op);
    }
}

static void sweep(void) {
    const uint64_t bad[] = {0,
                            1,
                            0xfffULL,
                            0x7000000000ULL,
                            0xdead00000000ULL,
                            0xffff000000000000ULL,
                            0xfffffffffffffff8ULL,
                            UINT64_MAX,
                            rt_platform.gicd,
                            rt_platform.gicd + 0xffeU,
                            rt_platform.ram_base + rt_platform.ram_size - 2U};
    for (uint64_t nr = 0; nr < 72U; nr++) {
        // by one pointer only, or (pointer, count): no sub-operation in x0
        bool pointer_first = nr == __HYPERVISOR_platform_op || nr == __HYPERVISOR_sysctl ||
                             nr == __HYPERVISOR_domctl || nr == __HYPERVISOR_xsm_op ||
                             nr == __HYPERVISOR_multicall || nr == __HYPERVISOR_set_timer_op;
        for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            for (uint64_t op = 0; op <= 64U && !pointer_first; op++) {
                one(nr, op, bad[i], 1, 0);
                one(nr, op, 0, bad[i], 0);
                one(nr, op, 1, bad[i], bad[i]);
                one(nr, op, bad[i], bad[i], bad[i]);
            }
            one(nr, bad[i], pointer_first ? 1U : 64U, bad[i], 0);
            one(nr, bad[i], pointer_first ? 3U : UINT64_MAX, bad[i], bad[i]);
        }
    }
    rt_check("numbers far off",
             rt_hypercall(UINT64_MAX, 0, 0, 0, 0, 0) == -XEN_ENOSYS &&
                 rt_hypercall(1ULL << 32 | 17U, 0, 0, 0, 0, 0) != 0,
             0);
}

static void version(void) {
    static char text[XEN_CAPABILITIES_INFO_LEN];
    int64_t v = rt_hypercall(__HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0);
    rt_check("version 4.17", v == 0x40011, (uint64_t)v);
    v = rt_hypercall(__HYPERVISOR_xen_version, XENVER_pagesize, 0, 0, 0, 0);
    rt_check("page size", v == 4096, (uint64_t)v);
    v = rt_hypercall(__HYPERVISOR_xen_version, XENVER_capabilities, (uintptr_t)text, 0, 0, 0);
    rt_check("capabilities",
             v == 0 && text[0] == 'x' && text[4] == '3' && text[sizeof(text) - 1U] == 0,
             (uint64_t)v);
    v = rt_hypercall(__HYPERVISOR_xen_version, 64, 0, 0, 0, 0);
    rt_check("version op unknown", v == -XEN_ENOSYS, (uint64_t)v);
    struct xen_feature_info f = {.submap_idx = 0};
    v = rt_hypercall(__HYPERVISOR_xen_version, XENVER_get_features, (uintptr_t)&f, 0, 0, 0);
    uint32_t want =
        1U << XENFEAT_auto_translated_physmap | 1U << XENFEAT_dom0 | 1U << XENFEAT_direct_mapped;
    rt_check("features", v == 0 && (f.submap & want) == want, f.submap);
    v = rt_hypercall(63, 0, 0, 0, 0, 0);
    rt_check("call unknown", v == -XEN_ENOSYS, (uint64_t)v);
}

static void events(void) {
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    int64_t r =
        rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, (uintptr_t)&a, 0, 0, 0);
    rt_check("alloc_unbound", r == 0 && a.port != 0, (uint64_t)r);
    struct evtchn_status s = {.dom = DOMID_SELF, .port = a.port};
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_status, (uintptr_t)&s, 0, 0, 0);
    rt_check("status unbound", r == 0 && s.status == EVTCHNSTAT_unbound, s.status);
    struct evtchn_bind_interdomain b = {.remote_dom = DOMID_SELF, .remote_port = a.port};
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, (uintptr_t)&b, 0, 0,
                     0);
    rt_check("bind_interdomain", r == 0 && b.local_port != a.port, (uint64_t)r);
    struct evtchn_bind_ipi ipi = {.vcpu = 4711};
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, (uintptr_t)&ipi, 0, 0, 0);
    rt_check("bind_ipi to nobody", r == -XEN_ENOENT, (uint64_t)r);
    struct evtchn_bind_virq v = {.virq = 99};
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, (uintptr_t)&v, 0, 0, 0);
    rt_check("bind_virq 99", r == -XEN_EINVAL, (uint64_t)r);
    struct evtchn_send send = {.port = 0x7fffffffU};
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&send, 0, 0, 0);
    rt_check("send nowhere", r == -XEN_EINVAL, (uint64_t)r);
    struct evtchn_close c = {.port = b.local_port};
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_close, (uintptr_t)&c, 0, 0, 0);
    rt_check("close", r == 0, (uint64_t)r);
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_close, (uintptr_t)&c, 0, 0, 0);
    rt_check("close twice", r == -XEN_EINVAL, (uint64_t)r);
    c.port = a.port;
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_close, (uintptr_t)&c, 0, 0, 0);
    rt_check("close the other", r == 0, (uint64_t)r);
}

static void rest(void) {
    int64_t r = rt_hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0, 0);
    rt_check("yield", r == 0, (uint64_t)r);
    r = rt_hypercall(__HYPERVISOR_sched_op, SCHEDOP_block, 0, 0, 0, 0);
    rt_check("block ends by the timer", r == 0, (uint64_t)r);
    r = rt_hypercall(__HYPERVISOR_sched_op, 64, 0, 0, 0, 0);
    rt_check("sched_op unknown", r == -XEN_ENOSYS, (uint64_t)r);
    r = rt_hypercall(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 4711, 0, 0, 0);
    rt_check("vcpu_op of nobody", r == -XEN_ENOENT, (uint64_t)r);
    struct xen_hvm_param p = {.domid = DOMID_SELF, .index = HVM_NR_PARAMS};
    r = rt_hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&p, 0, 0, 0);
    rt_check("parameter out of range", r == -XEN_EINVAL, (uint64_t)r);
    p.index = HVM_PARAM_CALLBACK_IRQ;
    r = rt_hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&p, 0, 0, 0);
    rt_check("CALLBACK_IRQ is the PPI of the tree",
             r == 0 && p.value >> 56 == HVM_PARAM_CALLBACK_TYPE_PPI &&
                 (p.value & 0xffU) == rt_platform.irq_evtchn,
             p.value);
    struct multicall_entry m[2] = {
        {.op = __HYPERVISOR_xen_version, .args = {XENVER_pagesize}},
        {.op = 63},
    };
    r = rt_hypercall(__HYPERVISOR_multicall, (uintptr_t)m, 2, 0, 0, 0);
    rt_check("multicall", r == 0 && m[0].result == 4096 && m[1].result == (uint64_t)-XEN_ENOSYS,
             m[1].result);
    r = rt_hypercall(__HYPERVISOR_memory_op, XENMEM_maximum_ram_page, 0, 0, 0, 0);
    rt_check("maximum_ram_page",
             r >= (int64_t)((rt_platform.ram_base + rt_platform.ram_size) >> 12) - 1, (uint64_t)r);
    static const char hello[] = "console_io works\n";
    r = rt_hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, sizeof(hello) - 1U, (uintptr_t)hello,
                     0, 0);
    rt_check("console_io write", r == 0, (uint64_t)r);
    r = rt_hypercall(__HYPERVISOR_console_io, 64, 0, 0, 0, 0);
    rt_check("console_io unknown", r == -XEN_ENOSYS, (uint64_t)r);
    // a structure that ends where the RAM ends must be read whole
    uint64_t last = rt_platform.ram_base + rt_platform.ram_size - sizeof(struct evtchn_close);
    *(volatile uint32_t *)(uintptr_t)last = 0x7ffffff0U;
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_close, last, 0, 0, 0);
    rt_check("argument at the end of RAM", r == -XEN_EINVAL, (uint64_t)r);
    r = rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_close, last + 2U, 0, 0, 0);
    rt_check("argument over the end of RAM", r == -XEN_EFAULT, (uint64_t)r);
}

static void start_ticks(void) {
    period = RT_READ(cntfrq_el0) / 200U;
    rt_irq_handler(rt_platform.irq_ptimer, tick);
    rt_gic_enable(rt_platform.irq_ptimer);
    tick(0);
    rt_irq_on();
}

static void guest(void) {
    start_ticks();
    sweep();
    rt_irq_off();
    rt_printf("domU: %u calls\n", calls);
    rt_share->word[0] = 1;
}

static void in_a_domain(void) {
    struct rt_domain w, d;
    struct rt_domain_config c = {.main = guest, .nr_vcpus = 1, .mem_mib = 2, .cpu = {0}};
    if (rt_witness_create(&w, 0) && rt_domain_create(&d, &c)) {
        rt_check("domU: all was tried", rt_domain_wait(&d, 0, 1, 60000), 0);
        rt_witness_check(&w, "witness after calls");
        rt_check("domU is gone", rt_domain_destroy(&d), d.id);
    }
    rt_check("witness is gone", rt_domain_destroy(&w), w.id);
}

void rt_main(void) {
    start_ticks();
    version();
    events();
    rest();
    sweep();
    version();
    rt_printf("%u calls\n", calls);
    in_a_domain();
    rt_irq_off();
    rt_verdict_of_checks("hypercalls");
}
