// SPDX-License-Identifier: Apache-2.0
// The control side of scheduling: affinities, parameters of each policy, pools.
#include "control.h"
#include <coff/arinc653.h>

static void affinities(void **state) {
    (void)state;
    uint8_t *map = list_at();
    map[0] = 6, map[1] = 0, map[2] = 0xaa;
    struct xen_domctl_vcpuaffinity a = {.vcpu = 1,
                                        .flags = XEN_VCPUAFFINITY_HARD,
                                        .cpumap_hard = {.bitmap.q = LIST, .nr_bits = 16}};
    dom.u.vcpuaffinity = a;
    assert_int_equal(DOMCTL(setvcpuaffinity, 1), 0);
    assert_int_equal(fake_d1->vcpu[1]->sched.hard, 6);
    map[0] = 0xff;
    dom.u.vcpuaffinity = a;
    assert_int_equal(DOMCTL(setvcpuaffinity, 1), 0);
    assert_int_equal(map[0], 15); // what took effect: the CPUs there are
    map[0] = 0xf0;
    dom.u.vcpuaffinity = a;
    assert_int_equal(DOMCTL(setvcpuaffinity, 1), -EINVAL);
    dom.u.vcpuaffinity = a;
    assert_int_equal(DOMCTL(getvcpuaffinity, 1), 0);
    assert_int_equal(map[0], 0xff); // as it was asked for
    assert_int_equal(map[2], 0xaa); // no room was offered for it
    dom.u.vcpuaffinity.vcpu = 2;
    assert_int_equal(DOMCTL(getvcpuaffinity, 1), -ESRCH);
    dom.u.vcpuaffinity = a, dom.u.vcpuaffinity.flags = 0;
    assert_int_equal(DOMCTL(setvcpuaffinity, 1), -EINVAL);
    dom.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_FORCE;
    assert_int_equal(DOMCTL(setvcpuaffinity, 1), -EINVAL);
    a.cpumap_hard.bitmap.q = BAD_VA;
    dom.u.vcpuaffinity = a;
    assert_int_equal(DOMCTL(setvcpuaffinity, 1), -EFAULT);
    dom.u.nodeaffinity.nodemap.bitmap.q = LIST, dom.u.nodeaffinity.nodemap.nr_bits = 8;
    assert_int_equal(DOMCTL(getnodeaffinity, 1), 0);
    assert_int_equal(map[0], 1);
    assert_int_equal(DOMCTL(setnodeaffinity, 1), 0);
    map[0] = 2;
    assert_int_equal(DOMCTL(setnodeaffinity, 1), -EINVAL);
}

static void scheduler_parameters(void **state) {
    (void)state;
    struct xen_domctl_scheduler_op *s = &dom.u.scheduler_op;
    s->sched_id = XEN_SCHEDULER_CREDIT2;
    s->cmd = XEN_DOMCTL_SCHEDOP_getinfo;
    assert_int_equal(DOMCTL(scheduler_op, 1), 0);
    assert_int_equal(s->u.credit2.weight, 256);
    s->cmd = XEN_DOMCTL_SCHEDOP_putinfo;
    s->u.credit2.weight = 512, s->u.credit2.cap = 40;
    assert_int_equal(DOMCTL(scheduler_op, 1), 0);
    s->u.credit2.weight = 0; // as it is
    assert_int_equal(DOMCTL(scheduler_op, 1), 0);
    s->u.credit2.cap = 201; // of two vCPUs
    assert_int_equal(DOMCTL(scheduler_op, 1), -EINVAL);
    assert_int_equal(fake_d1->sched.weight, 512);
    assert_int_equal(fake_d1->sched.cap, 40);
    s->cmd = XEN_DOMCTL_SCHEDOP_getvcpuinfo;
    assert_int_equal(DOMCTL(scheduler_op, 1), -EINVAL);
    s->sched_id = XEN_SCHEDULER_RTDS; // not that of the pool
    assert_int_equal(DOMCTL(scheduler_op, 1), -EINVAL);
    dom.u.getvcpuinfo.vcpu = 1;
    assert_int_equal(DOMCTL(getvcpuinfo, 1), 0);
    assert_int_equal(dom.u.getvcpuinfo.cpu_time, 1001);
    assert_int_equal(dom.u.getvcpuinfo.running, 1);
    dom.u.getvcpuinfo.vcpu = 2;
    assert_int_equal(DOMCTL(getvcpuinfo, 1), -ESRCH);
    assert_int_equal(SYSCTL(sched_id), 0);
    assert_int_equal(sys.u.sched_id.sched_id, XEN_SCHEDULER_CREDIT2);
    sys.u.scheduler_op = (struct xen_sysctl_scheduler_op){.sched_id = XEN_SCHEDULER_CREDIT2,
                                                          .cmd = XEN_SYSCTL_SCHEDOP_putinfo};
    sys.u.scheduler_op.u.sched_credit2.ratelimit_us = 700;
    assert_int_equal(SYSCTL(scheduler_op), 0);
    sys.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_getinfo;
    assert_int_equal(SYSCTL(scheduler_op), 0);
    assert_int_equal(sys.u.scheduler_op.u.sched_credit2.ratelimit_us, 700);
    sys.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_putinfo;
    sys.u.scheduler_op.u.sched_credit2.ratelimit_us = 99;
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
    sys.u.scheduler_op.cpupool_id = 1;
    assert_int_equal(SYSCTL(scheduler_op), -ESRCH);
}

static void credit_parameters(void **state) {
    struct xen_sysctl_scheduler_op *s = &sys.u.scheduler_op;
    (void)state;
    fake_policy(XEN_SCHEDULER_CREDIT);
    struct xen_domctl_scheduler_op *share = &dom.u.scheduler_op;
    share->sched_id = XEN_SCHEDULER_CREDIT;
    share->cmd = XEN_DOMCTL_SCHEDOP_putinfo;
    share->u.credit.weight = 128, share->u.credit.cap = 30;
    assert_int_equal(DOMCTL(scheduler_op, 1), 0);
    share->u.credit.weight = 0, share->u.credit.cap = UINT16_MAX; // as they are
    assert_int_equal(DOMCTL(scheduler_op, 1), 0);
    assert_int_equal(fake_d1->sched.weight, 128);
    assert_int_equal(fake_d1->sched.cap, 30);
    s->sched_id = XEN_SCHEDULER_CREDIT;
    s->cmd = XEN_SYSCTL_SCHEDOP_putinfo;
    s->u.sched_credit = (struct xen_sysctl_credit_schedule){.tslice_ms = 5, .ratelimit_us = 1000};
    assert_int_equal(SYSCTL(scheduler_op), 0);
    s->u.sched_credit.ratelimit_us = 6000; // longer than a slice
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
    s->u.sched_credit = (struct xen_sysctl_credit_schedule){.tslice_ms = 0};
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
    s->u.sched_credit = (struct xen_sysctl_credit_schedule){.tslice_ms = 1001};
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
    s->cmd = XEN_SYSCTL_SCHEDOP_getinfo;
    assert_int_equal(SYSCTL(scheduler_op), 0);
    assert_int_equal(s->u.sched_credit.tslice_ms, 5);
    assert_int_equal(s->u.sched_credit.ratelimit_us, 1000);
    s->cmd = 2;
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
}

static void rtds_parameters(void **state) {
    struct xen_domctl_scheduler_op *s = &dom.u.scheduler_op;
    struct xen_domctl_schedparam_vcpu *e = list_at();
    (void)state;
    fake_policy(XEN_SCHEDULER_RTDS);
    *s = (struct xen_domctl_scheduler_op){.sched_id = XEN_SCHEDULER_RTDS,
                                          .cmd = XEN_DOMCTL_SCHEDOP_putinfo};
    s->u.rtds = (struct xen_domctl_sched_rtds){.period = 20000, .budget = 5000};
    assert_int_equal(DOMCTL(scheduler_op, 1), 0);
    assert_int_equal(fake_d1->vcpu[1]->sched.rt.budget, 5000000);
    s->u.rtds.budget = 20001; // over the period
    assert_int_equal(DOMCTL(scheduler_op, 1), -EINVAL);
    s->u.rtds.budget = 9;
    assert_int_equal(DOMCTL(scheduler_op, 1), -EINVAL);
    e[0] = (struct xen_domctl_schedparam_vcpu){.vcpuid = 1};
    e[0].u.rtds = (struct xen_domctl_sched_rtds){.period = 300, .budget = 300, .flags = 1};
    e[1] = (struct xen_domctl_schedparam_vcpu){.vcpuid = 7};
    s->cmd = XEN_DOMCTL_SCHEDOP_putvcpuinfo;
    s->u.v.vcpus.q = LIST, s->u.v.nr_vcpus = 1;
    assert_int_equal(DOMCTL(scheduler_op, 1), 0);
    assert_int_equal(fake_d1->vcpu[1]->sched.rt.period, 300000);
    assert_true(fake_d1->vcpu[1]->sched.rt.extra);
    s->u.v.nr_vcpus = 2;
    assert_int_equal(DOMCTL(scheduler_op, 1), -EINVAL); // no vCPU 7
    memset(e, 0, sizeof(*e));
    e[0].vcpuid = 0;
    s->cmd = XEN_DOMCTL_SCHEDOP_getvcpuinfo;
    s->u.v.nr_vcpus = 1;
    assert_int_equal(DOMCTL(scheduler_op, 1), 0);
    assert_int_equal(e[0].u.rtds.period, 20000);
    assert_int_equal(e[0].u.rtds.budget, 5000);
    s->u.v.nr_vcpus = MAX_VCPUS + 1;
    assert_int_equal(DOMCTL(scheduler_op, 1), -EINVAL);
    s->u.v.nr_vcpus = 1, s->u.v.vcpus.q = BAD_VA;
    assert_int_equal(DOMCTL(scheduler_op, 1), -EFAULT);
    s->cmd = 4;
    assert_int_equal(DOMCTL(scheduler_op, 1), -EINVAL);
}

static void timetables(void **state) {
    struct xen_sysctl_scheduler_op *s = &sys.u.scheduler_op;
    (void)state;
    fake_policy(XEN_SCHEDULER_ARINC653);
    *s = (struct xen_sysctl_scheduler_op){.sched_id = XEN_SCHEDULER_ARINC653};
    s->u.sched_arinc653.schedule.q = LIST;
    struct xen_sysctl_arinc653_schedule *x = list_at();
    *x = (struct xen_sysctl_arinc653_schedule){.major_frame = 10000, .num_sched_entries = 2};
    x->sched_entries[0].runtime = 4000;
    x->sched_entries[1].runtime = 6000;
    x->sched_entries[1].vcpu_id = 3;
    assert_int_equal(SYSCTL(scheduler_op), 0);
    x->sched_entries[1].runtime = 6001; // over the frame
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
    x->num_sched_entries = 0;
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
    x->num_sched_entries = 65;
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
    memset(x, 0, sizeof(*x));
    s->cmd = XEN_SYSCTL_SCHEDOP_getinfo;
    assert_int_equal(SYSCTL(scheduler_op), 0);
    assert_int_equal(x->major_frame, 10000);
    assert_int_equal(x->num_sched_entries, 2);
    assert_int_equal(x->sched_entries[1].runtime, 6000);
    assert_int_equal(x->sched_entries[1].vcpu_id, 3);
    // Ours: windows on two cores.
    struct coff_arinc653_schedule *c = (void *)x;
    *c = (struct coff_arinc653_schedule){.version = 1, .nr_windows = 2, .major_frame = 500};
    c->windows[0] = (struct coff_arinc653_window){.start = 100, .length = 200};
    c->windows[1] = (struct coff_arinc653_window){.start = 100, .length = 50, .cpu = 1};
    s->cmd = COFF_SYSCTL_SCHEDOP_put_table;
    assert_int_equal(SYSCTL(scheduler_op), 0);
    c->version = 2;
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
    c->version = 1, c->nr_windows = 65;
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
    memset(c, 0, sizeof(*c));
    s->cmd = COFF_SYSCTL_SCHEDOP_get_table;
    assert_int_equal(SYSCTL(scheduler_op), 0);
    assert_int_equal(c->nr_windows, 2);
    assert_int_equal(c->major_frame, 500);
    assert_int_equal(c->windows[1].cpu, 1);
    assert_int_equal(c->windows[1].length, 50);
    s->cmd = 9;
    assert_int_equal(SYSCTL(scheduler_op), -EINVAL);
    s->cmd = COFF_SYSCTL_SCHEDOP_get_table, s->u.sched_arinc653.schedule.q = BAD_VA;
    assert_int_equal(SYSCTL(scheduler_op), -EFAULT);
}

static void pools(void **state) {
    (void)state;
    uint8_t *map = list_at();
    struct xen_sysctl_cpupool_op *c = &sys.u.cpupool_op;
    c->op = XEN_SYSCTL_CPUPOOL_OP_INFO;
    c->cpumap.bitmap.q = LIST, c->cpumap.nr_bits = 4;
    assert_int_equal(SYSCTL(cpupool_op), 0);
    assert_int_equal(map[0], 15);
    assert_int_equal(c->n_dom, 2);
    c->cpupool_id = 1;
    assert_int_equal(SYSCTL(cpupool_op), -ENOENT);
    c->op = XEN_SYSCTL_CPUPOOL_OP_FREEINFO;
    assert_int_equal(SYSCTL(cpupool_op), 0);
    assert_int_equal(map[0], 8);
    c->op = XEN_SYSCTL_CPUPOOL_OP_CREATE;
    c->sched_id = 99;
    assert_int_equal(SYSCTL(cpupool_op), -ENOENT);
    c->sched_id = XEN_SCHEDULER_CREDIT2;
    assert_int_equal(SYSCTL(cpupool_op), -EEXIST);
    c->cpupool_id = XEN_SYSCTL_CPUPOOL_PAR_ANY;
    assert_int_equal(SYSCTL(cpupool_op), 0);
    assert_int_equal(c->cpupool_id, 1);
    c->op = XEN_SYSCTL_CPUPOOL_OP_DESTROY;
    assert_int_equal(SYSCTL(cpupool_op), -EBUSY);
    for (uint32_t way = XEN_SYSCTL_CPUPOOL_OP_ADDCPU; way <= XEN_SYSCTL_CPUPOOL_OP_RMCPU; way++) {
        c->op = way, c->cpupool_id = 1, c->cpu = XEN_SYSCTL_CPUPOOL_PAR_ANY, c->n_dom = 0;
        assert_int_equal(SYSCTL(cpupool_op), -ENOENT);
        c->cpupool_id = 0;
        uint32_t retries = fake_did.retries;
        assert_int_equal(SYSCTL(cpupool_op), 0); // waited for
        assert_int_equal(c->cpu, 3);
        assert_int_equal(c->n_dom, 0);
        assert_true(fake_did.retries > retries);
    }
    c->op = XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN;
    c->domid = 0;
    assert_int_equal(SYSCTL(cpupool_op), -EPERM);
    c->domid = 7;
    assert_int_equal(SYSCTL(cpupool_op), -ESRCH);
    c->domid = 1, fake_control.not_at_rest = 2;
    assert_int_equal(SYSCTL(cpupool_op), 0);
    c->cpupool_id = 1;
    assert_int_equal(SYSCTL(cpupool_op), -ENOENT);
    c->op = 77;
    assert_int_equal(SYSCTL(cpupool_op), -ENOSYS);
}

int main(void) {
    const struct CMUnitTest tests[] = {T(affinities),        T(scheduler_parameters),
                                       T(credit_parameters), T(rtds_parameters),
                                       T(timetables),        T(pools)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
