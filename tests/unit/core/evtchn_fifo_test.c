// SPDX-License-Identifier: Apache-2.0
// FIFO delivery against a guest that consumes as the ABI says, and against one that does not.
#include "../hypercall/hc_test.h"

#define PENDING (1U << EVTCHN_FIFO_PENDING)
#define MASKED (1U << EVTCHN_FIFO_MASKED)
#define LINKED (1U << EVTCHN_FIFO_LINKED)
#define CONTROL_GFN (FAKE_FIRST + 40) // + vCPU
#define ARRAY_GFN (FAKE_FIRST + 50)   // + page

static uint32_t *word(port_t port) {
    return (uint32_t *)(void *)fake_frame(ARRAY_GFN + port / 1024) + port % 1024;
}

static int64_t init_control(uint32_t vcpu, uint32_t offset) {
    struct evtchn_init_control c = {
        .control_gfn = CONTROL_GFN + vcpu, .offset = offset, .vcpu = vcpu};
    int64_t ret = EVTCHN(V0, init_control, &c);
    if (!ret)
        assert_int_equal(c.link_bits, EVTCHN_FIFO_LINK_BITS);
    return ret;
}

static int64_t expand(unsigned page) {
    struct evtchn_expand_array e = {.array_gfn = ARRAY_GFN + page};
    return EVTCHN(V0, expand_array, &e);
}

// The guest's side: takes the next event of the vCPU's highest ready queue, 0 = none.
static struct { uint32_t head[16]; } guest[4];
static port_t consume(unsigned vcpu) {
    struct evtchn_fifo_control_block *c = (void *)fake_frame(CONTROL_GFN + vcpu);
    while (c->ready) {
        unsigned q = (unsigned)__builtin_ctz(c->ready);
        uint32_t port = guest[vcpu].head[q] ? guest[vcpu].head[q] : c->head[q];
        uint32_t *w = word(port), seen = *w;
        *w &= ~(LINKED | EVTCHN_FIFO_LINK_MASK);
        guest[vcpu].head[q] = seen & EVTCHN_FIFO_LINK_MASK;
        if (!guest[vcpu].head[q])
            c->ready &= ~(1U << q);
        if ((seen & PENDING) && !(seen & MASKED)) {
            *w &= ~PENDING;
            return port;
        }
    }
    return 0;
}

static int fifo_setup(void **state) {
    setup(state);
    memset(guest, 0, sizeof(guest));
    return 0;
}

static void events_come_in_order(void **state) {
    port_t a[20], b[20];
    assert_int_equal(init_control(0, 0), 0);
    assert_int_equal(expand(0), 0);
    for (unsigned i = 0; i < 20; i++) {
        a[i] = new_pair(V0, U0, &b[i]);
        assert_int_equal(consume(0), 0);
    }
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(send(U0, b[19 - i]), 0);
    fake_exit(V0);
    assert_int_equal(fake_did.upcalls, 1);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(consume(0), a[19 - i]);
    assert_int_equal(consume(0), 0);
    // The tail has been consumed: the next one starts a new queue.
    V0->info->evtchn_upcall_pending = 0;
    assert_int_equal(send(U0, b[0]), 0);
    assert_int_equal(V0->info->evtchn_upcall_pending, 1);
    assert_int_equal(send(U0, b[0]), 0);
    assert_int_equal(consume(0), a[0]);
    assert_int_equal(consume(0), 0);
    // Also when the tail that left was another port.
    assert_int_equal(send(U0, b[5]), 0);
    assert_int_equal(consume(0), a[5]);
    assert_int_equal(send(U0, b[0]), 0);
    assert_int_equal(send(U0, b[5]), 0);
    assert_int_equal(consume(0), a[0]);
    assert_int_equal(consume(0), a[5]);
    assert_int_equal(consume(0), 0);
}

static void priorities(void **state) {
    port_t low, high, bl, bh;
    assert_int_equal(init_control(0, 8), 0);
    struct evtchn_fifo_control_block *c = (void *)(fake_frame(CONTROL_GFN) + 8);
    assert_int_equal(expand(0), 0);
    low = new_pair(V0, U0, &bl);
    high = new_pair(V0, U0, &bh);
    struct evtchn_set_priority p = {.port = high, .priority = EVTCHN_FIFO_PRIORITY_MAX};
    assert_int_equal(EVTCHN(V0, set_priority, &p), 0);
    p.priority = 16;
    assert_int_equal(EVTCHN(V0, set_priority, &p), -EINVAL);
    assert_int_equal(send(U0, bl), 0);
    assert_int_equal(send(U0, bh), 0);
    assert_int_equal(c->ready, 1U << EVTCHN_FIFO_PRIORITY_DEFAULT | 1);
    assert_int_equal(c->head[0], high);
    assert_int_equal(c->head[EVTCHN_FIFO_PRIORITY_DEFAULT], low);
}

static void masked_then_unmasked(void **state) {
    port_t b, a;
    assert_int_equal(init_control(0, 0), 0);
    assert_int_equal(expand(0), 0);
    a = new_pair(V0, U0, &b);
    *word(a) |= MASKED;
    assert_int_equal(send(U0, b), 0);
    assert_int_equal(*word(a), PENDING | MASKED);
    assert_int_equal(consume(0), 0);
    struct evtchn_unmask u = {.port = a};
    assert_int_equal(EVTCHN(V0, unmask, &u), 0);
    assert_int_equal(*word(a), PENDING | LINKED);
    assert_int_equal(consume(0), a);
    // A closed port is not pending any more.
    assert_int_equal(send(U0, b), 0);
    assert_int_equal(close_port(V0, a), 0);
    assert_int_equal(*word(a) & PENDING, 0);
    assert_int_equal(consume(0), 0);
}

// XSA-107: control block on vCPU 0 only, event for vCPU 1; it comes when vCPU 1 is ready.
static void vcpu_without_control_block(void **state) {
    struct evtchn_bind_ipi ipi = {.vcpu = 1};
    assert_int_equal(init_control(0, 0), 0);
    assert_int_equal(expand(0), 0);
    assert_int_equal(EVTCHN(V0, bind_ipi, &ipi), 0);
    assert_int_equal(send(V0, ipi.port), 0);
    assert_int_equal(*word(ipi.port), PENDING);
    assert_int_equal(init_control(1, 0), 0);
    assert_int_equal(*word(ipi.port), PENDING | LINKED);
    assert_int_equal(consume(1), ipi.port);
}

// Bound and sent before the event words exist; also those still in the two-level bits.
static void nothing_lost_before_the_array(void **state) {
    port_t ports[2000], b;
    port_t early = new_pair(V0, U0, &b);
    assert_int_equal(send(U0, b), 0); // two-level
    assert_int_equal(init_control(0, 0), 0);
    for (unsigned i = 0; i < 2000; i++) {
        struct evtchn_bind_ipi ipi = {.vcpu = 0};
        assert_int_equal(EVTCHN(V0, bind_ipi, &ipi), 0);
        ports[i] = ipi.port;
        assert_int_equal(send(V0, ipi.port), 0);
    }
    fake_did.retries = 0;
    assert_int_equal(expand(0), 0);
    assert_true(fake_did.retries > 10); // in bounded steps
    assert_int_equal(expand(1), 0);
    bool seen[4096] = {false};
    unsigned n = 0;
    for (port_t p; (p = consume(0)) != 0; n++) {
        assert_false(seen[p]);
        seen[p] = true;
    }
    assert_int_equal(n, 2001);
    assert_true(seen[early] && seen[ports[0]] && seen[ports[1999]]);
}

static void moved_between_vcpus(void **state) {
    port_t b, a;
    assert_int_equal(init_control(0, 0), 0);
    assert_int_equal(init_control(1, 0), 0);
    assert_int_equal(expand(0), 0);
    a = new_pair(V0, U0, &b);
    for (unsigned i = 0; i < 50; i++) {
        struct evtchn_bind_vcpu bv = {.port = a, .vcpu = i % 2};
        assert_int_equal(EVTCHN(V0, bind_vcpu, &bv), 0);
        assert_int_equal(send(U0, b), 0);
        assert_int_equal(consume(i % 2), a);
        assert_int_equal(consume(1 - i % 2), 0);
    }
}

static void refusals(void **state) {
    struct evtchn_init_control c = {.control_gfn = CONTROL_GFN};
    struct evtchn_expand_array e = {.array_gfn = ARRAY_GFN};
    assert_int_equal(EVTCHN(V0, expand_array, &e), -EOPNOTSUPP); // not FIFO yet
    struct evtchn_set_priority p = {.port = new_unbound(V0, 1), .priority = 3};
    assert_int_equal(EVTCHN(V0, set_priority, &p), -ENOSYS);
    for (uint32_t off = 1; off < 64; off++) {
        if (off % 8)
            assert_int_equal(init_control(0, off), -EINVAL);
    }
    assert_int_equal(init_control(0, 4096 - 64), -EINVAL);
    assert_int_equal(init_control(0, ~0U & ~7U), -EINVAL);
    assert_int_equal(init_control(4, 0), -ENOENT);
    c.control_gfn = FAKE_DEVICE; // not RAM
    assert_int_equal(EVTCHN(V0, init_control, &c), -EINVAL);
    c.control_gfn = ~0ULL;
    assert_int_equal(EVTCHN(V0, init_control, &c), -EINVAL);
    fake_fail_pin = 1;
    assert_int_equal(init_control(0, 0), -ENOMEM);
    assert_int_equal(init_control(0, 4096 - 72), 0);
    assert_int_equal(init_control(0, 0), -EINVAL); // once
    e.array_gfn = 5;
    assert_int_equal(EVTCHN(V0, expand_array, &e), -EINVAL);
    for (unsigned i = 0; i < EVTCHN_FIFO_PAGES; i++)
        assert_int_equal(expand(i), 0);
    assert_int_equal(expand(EVTCHN_FIFO_PAGES), -ENOSPC);
}

static void reset_gives_everything_back(void **state) {
    port_t b, a;
    struct evtchn_reset r = {.dom = DOMID_SELF};
    assert_int_equal(init_control(0, 0), 0);
    assert_int_equal(init_control(3, 0), 0);
    assert_int_equal(expand(0), 0);
    assert_int_equal(fake_pins, 3);
    a = new_pair(V0, U0, &b);
    assert_int_equal(send(U0, b), 0);
    assert_int_equal(EVTCHN(V0, reset, &r), 0);
    assert_int_equal(fake_pins, 0);
    assert_int_equal(page_of(mfn_of(ARRAY_GFN))->refs, 1);
    assert_int_equal(send(U0, b), 0); // its peer is unbound
    // Two-level again, then FIFO again.
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    assert_int_equal(EVTCHN(V0, bind_ipi, &ipi), 0);
    assert_int_equal(ipi.port, a);
    assert_int_equal(send(V0, ipi.port), 0);
    assert_int_equal(fake_d0->shared_info->evtchn_pending[0], 1ULL << ipi.port);
    memset(fake_frame(ARRAY_GFN), 0, 4096); // its words are the guest's to prepare
    memset(guest, 0, sizeof(guest));
    assert_int_equal(init_control(0, 0), 0);
    assert_int_equal(expand(0), 0);
    assert_int_equal(consume(0), ipi.port);
}

// Words, heads and links are the guest's to scribble on: nothing of ours follows them.
static void hostile_words(void **state) {
    port_t b[64], a[64];
    assert_int_equal(init_control(0, 0), 0);
    assert_int_equal(expand(0), 0);
    for (unsigned i = 0; i < 64; i++)
        a[i] = new_pair(V0, U0, &b[i]);
    srand(1);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned k = (unsigned)rand() % 64;
        *word(a[k]) = (uint32_t)rand() << 1;
        ((uint32_t *)(void *)fake_frame(CONTROL_GFN))[rand() % 18] = (uint32_t)rand() << 1;
        assert_int_equal(send(U0, b[(unsigned)rand() % 64]), 0);
        struct evtchn_unmask u = {.port = a[k]};
        assert_int_equal(EVTCHN(V0, unmask, &u), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(events_come_in_order, fifo_setup, teardown),
        cmocka_unit_test_setup_teardown(priorities, fifo_setup, teardown),
        cmocka_unit_test_setup_teardown(masked_then_unmasked, fifo_setup, teardown),
        cmocka_unit_test_setup_teardown(vcpu_without_control_block, fifo_setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_lost_before_the_array, fifo_setup, teardown),
        cmocka_unit_test_setup_teardown(moved_between_vcpus, fifo_setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, fifo_setup, teardown),
        cmocka_unit_test_setup_teardown(reset_gives_everything_back, fifo_setup, teardown),
        cmocka_unit_test_setup_teardown(hostile_words, fifo_setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
