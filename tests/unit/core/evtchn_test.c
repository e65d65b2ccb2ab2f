// SPDX-License-Identifier: Apache-2.0
// Event channels through their hypercalls: ports, two-level delivery, polling, VIRQs; every
// refusal.
#include "../hypercall/hc_test.h"

static bool pending_2l(struct domain *d, port_t port) {
    return d->shared_info->evtchn_pending[port / 64] >> port % 64 & 1;
}

static void two_level_reaches_the_vector(void **state) {
    port_t p1, p0 = new_pair(V0, U0, &p1);
    struct vcpu_info *info = &fake_d0->shared_info->vcpu_info[0];
    assert_int_equal(p0, 1); // lowest port first, 0 is none
    assert_int_equal(send(U0, p1), 0);
    assert_true(pending_2l(fake_d0, p0));
    assert_int_equal(info->evtchn_pending_sel, 1);
    assert_int_equal(info->evtchn_upcall_pending, 1);
    fake_exit(V0);
    assert_int_equal(fake_did.upcalls, 1);
    // Already shown: no second upcall; cleared by the guest: one again.
    assert_int_equal(send(U0, p1), 0);
    fake_exit(V0);
    assert_int_equal(fake_did.upcalls, 1);
    info->evtchn_upcall_pending = 0;
    info->evtchn_pending_sel = 0;
    fake_d0->shared_info->evtchn_pending[0] = 0;
    assert_int_equal(send(U0, p1), 0);
    fake_exit(V0);
    assert_int_equal(fake_did.upcalls, 2);
}

static void masked_events_wait_for_unmask(void **state) {
    port_t p1, p0 = new_pair(V0, U0, &p1);
    struct evtchn_unmask u = {.port = p0};
    V0->info->evtchn_upcall_pending = 0; // of the binding
    fake_d0->shared_info->evtchn_mask[0] = ~0ULL;
    assert_int_equal(send(U0, p1), 0);
    assert_true(pending_2l(fake_d0, p0));
    assert_int_equal(V0->info->evtchn_upcall_pending, 0);
    assert_int_equal(EVTCHN(V0, unmask, &u), 0);
    assert_int_equal(V0->info->evtchn_upcall_pending, 1);
    assert_int_equal(fake_d0->shared_info->evtchn_mask[0], ~(1ULL << p0));
}

static void loopback_within_one_domain(void **state) {
    port_t b, a = new_pair(V0, V0, &b);
    assert_int_not_equal(a, b);
    assert_true(pending_2l(fake_d0, b)); // the binder looks once
    assert_int_equal(send(V0, b), 0);
    assert_true(pending_2l(fake_d0, a));
    assert_int_equal(close_port(V0, a), 0);
    assert_int_equal(send(V0, b), 0); // unbound now: dropped
    assert_int_equal(close_port(V0, b), 0);
    assert_int_equal(close_port(V0, b), -EINVAL);
}

static void bind_refuses(void **state) {
    port_t p = new_unbound(V0, 1);
    struct evtchn_bind_interdomain b = {.remote_dom = 0, .remote_port = p};
    assert_int_equal(EVTCHN(V0, bind_interdomain, &b), -EINVAL); // meant for d1
    b.remote_port = 4096;
    assert_int_equal(EVTCHN(U0, bind_interdomain, &b), -EINVAL);
    b.remote_port = ~0U;
    assert_int_equal(EVTCHN(U0, bind_interdomain, &b), -EINVAL);
    b.remote_port = 0;
    assert_int_equal(EVTCHN(U0, bind_interdomain, &b), -EINVAL);
    b = (struct evtchn_bind_interdomain){.remote_dom = 7, .remote_port = p};
    assert_int_equal(EVTCHN(U0, bind_interdomain, &b), -ESRCH);
    b.remote_dom = 0;
    assert_int_equal(EVTCHN(U0, bind_interdomain, &b), 0);
    assert_int_equal(EVTCHN(U0, bind_interdomain, &b), -EINVAL); // bound already
    struct evtchn_alloc_unbound a = {.dom = 0, .remote_dom = 1};
    assert_int_equal(EVTCHN(U0, alloc_unbound, &a), -EPERM);
    a.dom = 1; // for another domain, by the control domain
    assert_int_equal(EVTCHN(V0, alloc_unbound, &a), 0);
    a.dom = 9;
    assert_int_equal(EVTCHN(V0, alloc_unbound, &a), -ESRCH);
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_event_channel_op, EVTCHNOP_send, BAD_VA, 0),
                     -EFAULT);
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_pirq, ARG, 0),
                     -ENOSYS);
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_event_channel_op, 0x80000000U, ARG, 0),
                     -ENOSYS);
}

static void ports_at_the_limits(void **state) {
    static const port_t ports[] = {0, 1, 127, 128, 1023, 4095, 4096, 0x1ffff, 0x20000, ~0U};
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        struct evtchn_status s = {.dom = DOMID_SELF, .port = ports[i]};
        struct evtchn_unmask u = {.port = ports[i]};
        struct evtchn_bind_vcpu bv = {.port = ports[i]};
        struct evtchn_set_priority pr = {.port = ports[i]};
        assert_int_equal(send(V0, ports[i]), -EINVAL);
        assert_int_equal(close_port(V0, ports[i]), -EINVAL);
        assert_int_equal(EVTCHN(V0, unmask, &u), -EINVAL);
        assert_int_equal(EVTCHN(V0, bind_vcpu, &bv), -EINVAL);
        assert_int_equal(EVTCHN(V0, set_priority, &pr), -EINVAL);
        assert_int_equal(EVTCHN(V0, status, &s), ports[i] < EVTCHN_PER_BUCKET ? 0 : -EINVAL);
    }
}

static void all_ports_then_reset(void **state) {
    for (unsigned i = 1; i < EVTCHN_MAX_PORTS; i++)
        assert_int_equal(new_unbound(U0, 0), i);
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 0};
    struct evtchn_bind_virq bv = {.virq = VIRQ_TIMER};
    assert_int_equal(EVTCHN(U0, alloc_unbound, &a), -ENOSPC);
    assert_int_equal(EVTCHN(U0, bind_virq, &bv), -ENOSPC); // and leaves no trace (XSA-496)
    assert_int_equal(close_port(U0, 77), 0);
    assert_int_equal(EVTCHN(U0, bind_virq, &bv), 0);
    assert_int_equal(bv.port, 77);
    // Reset is done in bounded steps.
    struct evtchn_reset r = {.dom = DOMID_SELF};
    fake_did.retries = 0;
    assert_int_equal(EVTCHN(U0, reset, &r), 0);
    assert_true(fake_did.retries >= EVTCHN_MAX_PORTS / EVTCHN_STEP - 1);
    assert_int_equal(U0->virq_port[VIRQ_TIMER], 0);
    assert_int_equal(new_unbound(U0, 0), 1);
    r.dom = 0;
    assert_int_equal(EVTCHN(U0, reset, &r), -EPERM);
}

static void no_memory_for_a_bucket(void **state) {
    for (unsigned i = 1; i < EVTCHN_PER_BUCKET; i++)
        new_unbound(V0, 1);
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 1};
    fake_fail_pool = 1;
    assert_int_equal(EVTCHN(V0, alloc_unbound, &a), -ENOMEM);
    assert_int_equal(EVTCHN(V0, alloc_unbound, &a), 0);
    assert_int_equal(a.port, EVTCHN_PER_BUCKET);
}

static void status_tells_each_kind(void **state) {
    port_t p1, p0 = new_pair(V0, U0, &p1);
    struct evtchn_status s = {.dom = DOMID_SELF, .port = p0};
    assert_int_equal(EVTCHN(V0, status, &s), 0);
    assert_int_equal(s.status, EVTCHNSTAT_interdomain);
    assert_int_equal(s.u.interdomain.dom, 1);
    assert_int_equal(s.u.interdomain.port, p1);
    assert_int_equal(close_port(U0, p1), 0);
    memset(&s, 0x5a, sizeof(s)); // no byte of the answer is the caller's own (R3)
    s.dom = DOMID_SELF;
    s.port = p0;
    assert_int_equal(EVTCHN(V0, status, &s), 0);
    assert_int_equal(s.status, EVTCHNSTAT_unbound);
    assert_int_equal(s.u.unbound.dom, 1);
    assert_int_equal(s.u.interdomain.port, 0);
    assert_int_equal(s._pad0, 0);
    struct evtchn_bind_ipi ipi = {.vcpu = 2};
    assert_int_equal(EVTCHN(V0, bind_ipi, &ipi), 0);
    s.port = ipi.port;
    assert_int_equal(EVTCHN(V0, status, &s), 0);
    assert_int_equal(s.status, EVTCHNSTAT_ipi);
    assert_int_equal(s.vcpu, 2);
    s = (struct evtchn_status){.dom = 0, .port = p0};
    assert_int_equal(EVTCHN(U0, status, &s), -EPERM);
    ipi.vcpu = 4;
    assert_int_equal(EVTCHN(V0, bind_ipi, &ipi), -ENOENT);
}

static void virqs(void **state) {
    struct evtchn_bind_virq b = {.virq = VIRQ_CONSOLE};
    struct evtchn_bind_vcpu bv;
    assert_int_equal(EVTCHN(V0, bind_virq, &b), 0);
    evtchn_raise_global_virq(fake_d0, VIRQ_CONSOLE);
    assert_true(pending_2l(fake_d0, b.port));
    assert_int_equal(send(V0, b.port), -EINVAL); // only we send on it
    struct evtchn_bind_virq again = {.virq = VIRQ_CONSOLE};
    assert_int_equal(EVTCHN(V0, bind_virq, &again), -EEXIST);
    again.vcpu = 1;
    assert_int_equal(EVTCHN(V0, bind_virq, &again), -EINVAL); // global: vCPU 0
    again = (struct evtchn_bind_virq){.virq = NR_VIRQS};
    assert_int_equal(EVTCHN(V0, bind_virq, &again), -EINVAL);
    again.virq = ~0U;
    assert_int_equal(EVTCHN(V0, bind_virq, &again), -EINVAL);
    again = (struct evtchn_bind_virq){.virq = VIRQ_TIMER, .vcpu = 4};
    assert_int_equal(EVTCHN(V0, bind_virq, &again), -ENOENT);
    again.vcpu = 3;
    assert_int_equal(EVTCHN(V0, bind_virq, &again), 0);
    bv = (struct evtchn_bind_vcpu){.port = again.port, .vcpu = 0};
    assert_int_equal(EVTCHN(V0, bind_vcpu, &bv), -EINVAL); // a vCPU's own timer stays
    bv = (struct evtchn_bind_vcpu){.port = b.port, .vcpu = 2};
    assert_int_equal(EVTCHN(V0, bind_vcpu, &bv), 0);
    bv.vcpu = 4;
    assert_int_equal(EVTCHN(V0, bind_vcpu, &bv), -ENOENT);
    assert_int_equal(close_port(V0, b.port), 0);
    evtchn_raise_global_virq(fake_d0, VIRQ_CONSOLE);
    assert_false(pending_2l(fake_d0, b.port));
    b.vcpu = 0;
    assert_int_equal(EVTCHN(V0, bind_virq, &b), 0);
    evtchn_raise_virq(V0, ~0U); // nobody's
}

static void event_for_a_vcpu_without_info(void **state) {
    struct evtchn_bind_ipi ipi = {.vcpu = 1};
    struct vcpu *v1 = fake_d0->vcpu[1];
    assert_int_equal(EVTCHN(V0, bind_ipi, &ipi), 0);
    assert_null(v1->info);
    assert_int_equal(send(V0, ipi.port), 0);
    assert_true(pending_2l(fake_d0, ipi.port));
    struct vcpu_register_vcpu_info r = {.mfn = FAKE_FIRST + 30, .offset = 64};
    put_arg(v1, &r, sizeof(r));
    assert_int_equal(fake_hypercall(v1, __HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 1, ARG),
                     0);
    assert_int_equal(v1->info->evtchn_upcall_pending, 1);
    assert_int_equal(v1->info->evtchn_pending_sel, ~0ULL);
    fake_exit(v1);
    assert_int_equal(fake_did.upcalls, 1);
}

static int64_t poll(struct vcpu *v, const port_t *ports, uint32_t n, uint64_t timeout) {
    struct sched_poll p = {.ports.q = LIST, .nr_ports = n, .timeout = timeout};
    put_arg(v, &p, sizeof(p));
    memcpy(fake_guest_ptr(LIST), ports, MIN(n, 129U) * sizeof(*ports));
    return fake_hypercall(v, __HYPERVISOR_sched_op, SCHEDOP_poll, ARG, 0);
}

static void polling(void **state) {
    port_t other, p = new_unbound(V0, 1), list[129] = {0};
    struct vcpu *v1 = fake_d0->vcpu[1];
    assert_int_equal(poll(v1, &p, 1, 0), 0);
    assert_int_equal(v1->state, VCPU_BLOCKED);
    assert_true(v1->polling);
    assert_int_equal(v1->poll_port, p);
    new_pair(V0, U0, &other);
    struct evtchn_bind_interdomain b = {.remote_dom = 0, .remote_port = p};
    assert_int_equal(EVTCHN(U0, bind_interdomain, &b), 0);
    assert_int_equal(send(U0, b.local_port), 0);
    assert_int_equal(v1->state, VCPU_RUNNING);
    assert_false(v1->polling);
    // Pending: does not sleep.
    assert_int_equal(poll(v1, &p, 1, 0), 0);
    assert_int_equal(v1->state, VCPU_RUNNING);
    fake_d0->shared_info->evtchn_pending[0] = 0;
    // The time-out ends it.
    assert_int_equal(poll(v1, &p, 1, fake_now + 50), 0);
    assert_int_equal(v1->state, VCPU_BLOCKED);
    assert_int_equal(v1->poll_timer.deadline, fake_now + 50);
    v1->poll_timer.fn(v1->poll_timer.arg);
    assert_int_equal(v1->state, VCPU_RUNNING);
    assert_int_equal(fake_d0->evtchn.poll_mask, 0);
    // In the past, too many, none, bad memory.
    assert_int_equal(poll(v1, &p, 1, 1), 0);
    assert_int_equal(v1->state, VCPU_RUNNING);
    assert_int_equal(poll(v1, list, 129, 1), -EINVAL);
    assert_int_equal(poll(v1, list, ~0U, 1), -EINVAL);
    assert_int_equal(poll(v1, list, 0, 1), 0);
    struct sched_poll bad = {.ports.q = BAD_VA, .nr_ports = 1};
    put_arg(v1, &bad, sizeof(bad));
    assert_int_equal(fake_hypercall(v1, __HYPERVISOR_sched_op, SCHEDOP_poll, ARG, 0), -EFAULT);
    V0->info->evtchn_upcall_pending = 1;
    assert_int_equal(poll(V0, &p, 1, 0), 0);
    assert_int_equal(V0->state, VCPU_RUNNING);
}

// XSA-221: every port number there is, allocated or not.
static void poll_over_all_ports(void **state) {
    for (port_t p = 0; p < EVTCHN_FIFO_NR_CHANNELS; p++)
        assert_int_equal(poll(V0, &p, 1, 1), -EINVAL);
}

// As a toolstack does it: the new domain's port is made for it, bound by the other end, and
// outlives neither end's permission.
static void ports_of_a_domain_that_comes_and_goes(void **state) {
    struct evtchn_alloc_unbound a = {.dom = 1, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain b = {.remote_dom = 1};
    struct evtchn_status s = {.dom = 1};
    assert_int_equal(EVTCHN(V0, alloc_unbound, &a), 0);
    b.remote_port = s.port = a.port;
    assert_int_equal(EVTCHN(V0, bind_interdomain, &b), 0);
    assert_int_equal(EVTCHN(V0, status, &s), 0);
    assert_int_equal(s.status, EVTCHNSTAT_interdomain);
    assert_int_equal(s.u.interdomain.dom, 0);
    assert_int_equal(s.u.interdomain.port, b.local_port);
    assert_int_equal(send(V0, b.local_port), 0);
    assert_true(pending_2l(fake_d1, a.port));
    a.dom = 0;
    assert_int_equal(EVTCHN(U0, alloc_unbound, &a), -EPERM);
    s.dom = 0;
    assert_int_equal(EVTCHN(U0, status, &s), -EPERM);
    // It dies: its ports close in steps, the other end is unbound, sending is in vain but no error.
    port_t open = new_unbound(U0, 0);
    fake_d1->life = DOMAIN_DYING;
    for (unsigned i = 0; !evtchn_relinquish_step(fake_d1); i++)
        assert_true(i < 10);
    a.dom = 1;
    assert_int_equal(EVTCHN(V0, alloc_unbound, &a), -EINVAL);
    b.remote_port = open;
    assert_int_equal(EVTCHN(V0, bind_interdomain, &b), -EINVAL);
    s = (struct evtchn_status){.dom = DOMID_SELF, .port = b.local_port};
    assert_int_equal(EVTCHN(V0, status, &s), 0);
    assert_int_equal(s.status, EVTCHNSTAT_unbound);
    assert_int_equal(s.u.unbound.dom, 1);
    assert_int_equal(send(V0, b.local_port), 0);
}

// max_evtchn_port of createdomain.
static void limit_of_ports(void **state) {
    struct evtchn_bind_ipi i = {.vcpu = 0};
    evtchn_set_limit(fake_d1, 3);
    for (port_t p = 1; p <= 3; p++) {
        assert_int_equal(EVTCHN(U0, bind_ipi, &i), 0);
        assert_int_equal(i.port, p);
    }
    assert_int_equal(EVTCHN(U0, bind_ipi, &i), -ENOSPC);
    assert_int_equal(send(U0, 3), 0);
    assert_int_equal(send(U0, 4), -EINVAL);
    evtchn_set_limit(fake_d1, UINT32_MAX);
    assert_int_equal(fake_d1->evtchn.max_port, EVTCHN_MAX_PORTS - 1);
}

// A sender on another CPU may still look at the event words: they stay until it has left EL2.
static void words_outlive_their_senders(void **state) {
    struct evtchn_init_control c = {.control_gfn = FAKE_FIRST + 40, .vcpu = 0};
    int pins = fake_pins;
    assert_int_equal(EVTCHN(V0, init_control, &c), 0);
    assert_int_equal(evtchn_fifo_expand(fake_d0, gfn_of(FAKE_FIRST + 41)), 0);
    fake_cpus = fake_cpu;
    fake_nr_cpus = 1;
    assert_true(evtchn_reset_step(fake_d0));
    assert_int_equal(fake_d0->evtchn.fifo, 0);
    assert_int_equal(fake_pins, pins + 2);
    assert_int_equal(EVTCHN(V0, init_control, &c), -EBUSY);
    assert_true(evtchn_reset_step(fake_d0));
    fake_exit_room();
    assert_false(evtchn_reset_step(fake_d0));
    assert_int_equal(fake_pins, pins);
    fake_nr_cpus = 0;
    assert_int_equal(EVTCHN(V0, init_control, &c), 0);
}

static void static_channels(void **state) {
    assert_int_equal(evtchn_bind_static(fake_d0, 10, fake_d1, 300), 0);
    assert_int_equal(send(V0, 10), 0);
    assert_true(pending_2l(fake_d1, 300));
    assert_int_equal(evtchn_bind_static(fake_d0, 10, fake_d1, 11), -EBUSY);
    assert_int_equal(evtchn_bind_static(fake_d0, 11, fake_d1, 300), -EBUSY);
    assert_int_equal(evtchn_get(fake_d0, 11)->state, EVTCHN_FREE); // nothing half done
    // One end goes: the other waits for it and nobody else, and is bound again.
    assert_int_equal(close_port(U0, 300), 0);
    assert_int_equal(evtchn_get(fake_d0, 10)->state, EVTCHN_UNBOUND);
    assert_int_equal(evtchn_bind_static(fake_d0, 10, fake_d1, 300), 0);
    assert_int_equal(send(U0, 300), 0);
    assert_true(pending_2l(fake_d0, 10));
    assert_int_equal(evtchn_bind_static(fake_d1, 20, fake_d1, 21), 0); // to itself
    assert_int_equal(send(U0, 20), 0);
    assert_true(pending_2l(fake_d1, 21));
    assert_int_equal(evtchn_bind_static(fake_d0, 4096, fake_d1, 30), -ENOSPC);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_level_reaches_the_vector, setup, teardown),
        cmocka_unit_test_setup_teardown(masked_events_wait_for_unmask, setup, teardown),
        cmocka_unit_test_setup_teardown(loopback_within_one_domain, setup, teardown),
        cmocka_unit_test_setup_teardown(bind_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(ports_at_the_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(all_ports_then_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_for_a_bucket, setup, teardown),
        cmocka_unit_test_setup_teardown(status_tells_each_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(virqs, setup, teardown),
        cmocka_unit_test_setup_teardown(event_for_a_vcpu_without_info, setup, teardown),
        cmocka_unit_test_setup_teardown(polling, setup, teardown),
        cmocka_unit_test_setup_teardown(poll_over_all_ports, setup, teardown),
        cmocka_unit_test_setup_teardown(ports_of_a_domain_that_comes_and_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(limit_of_ports, setup, teardown),
        cmocka_unit_test_setup_teardown(static_channels, setup, teardown),
        cmocka_unit_test_setup_teardown(words_outlive_their_senders, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
