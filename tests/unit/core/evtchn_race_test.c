// SPDX-License-Identifier: Apache-2.0
// Event channels and grants from four CPUs at once, meant for ThreadSanitizer: open, bind, close
// and reset on some while others send, unmask, move, map and copy (XSA-338, -218, -358). A thread
// is a CPU.
#include "../hypercall/hc_test.h"
#include <pthread.h>

#define ROUNDS 4000
#define PORTS 40

static struct percpu cpus[4];
static struct vcpu *who(unsigned cpu) {
    return cpu < 2 ? fake_d0->vcpu[cpu] : fake_d1->vcpu[cpu - 2];
}

// Any result will do: what counts is that nothing is torn, lost by a lock, or left.
static int ignored;
#define TRY(x) __atomic_store_n(&ignored, (int)(x), __ATOMIC_RELAXED)

static void one_event_op(struct domain *d, unsigned dice, port_t port) {
    struct domain *other = d == fake_d0 ? fake_d1 : fake_d0;
    struct evtchn_status s = {.port = port};
    port_t made;
    switch (dice % 16) {
    case 0:
        TRY(evtchn_alloc_unbound(d, other->id, &made));
        break;
    case 1:
    case 2:
        TRY(evtchn_bind_interdomain(d, other, port, &made));
        break;
    case 3:
        TRY(evtchn_close(d, port));
        break;
    case 4:
        TRY(evtchn_bind_vcpu(d, port, dice / 16 % d->nr_vcpus));
        break;
    case 5:
        TRY(evtchn_status(d, &s));
        break;
    case 6:
        TRY(evtchn_unmask(d, port));
        break;
    case 7:
        TRY(evtchn_bind_virq(d, dice / 16 % NR_VIRQS, 0, &made));
        break;
    case 8:
        evtchn_raise_global_virq(d, dice / 16 % NR_VIRQS);
        break;
    case 9:
        if (dice % 1024 == 9)
            TRY(evtchn_reset_step(d));
        break;
    case 10:
        TRY(evtchn_fifo_init_control(d, 0,
                                     gfn_of(d == fake_d0 ? FAKE_FIRST + 40 : FAKE_D1_GFN + 40), 0));
        break;
    case 11:
        TRY(evtchn_fifo_expand(d, gfn_of(d == fake_d0 ? FAKE_FIRST + 41 : FAKE_D1_GFN + 41)));
        break;
    default:
        TRY(evtchn_send(d, port));
    }
}

static void *event_cpu(void *arg) {
    unsigned id = (unsigned)(uintptr_t)arg, seed = id * 77 + 1;
    fake_cpu = &cpus[id];
    struct vcpu *v = who(id);
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned dice = (unsigned)rand_r(&seed);
        one_event_op(v->domain, dice, (unsigned)rand_r(&seed) % PORTS);
        if (i % 64 == 0)
            TRY(evtchn_fifo_sweep(v));
        lock_check_none();
        fake_exit_room();
    }
    store_release(&fake_cpu->epoch, (uint32_t)INT32_MAX); // it never enters EL2 again
    return NULL;
}

static void run(void *(*fn)(void *)) {
    pthread_t t[4];
    memset(cpus, 0, sizeof(cpus));
    fake_cpus = cpus;
    fake_nr_cpus = 4;
    for (uintptr_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, fn, (void *)i), 0);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    fake_nr_cpus = 0;
}

// A bound port's peer is bound to it.
static void check_peers(struct domain *d) {
    for (port_t p = 0; p < EVTCHN_PER_BUCKET; p++) {
        struct evtchn *c = evtchn_get(d, p);
        assert_true((c->state == EVTCHN_FREE) == !bitmap_test(d->evtchn.used, p));
        assert_true((c->state == EVTCHN_INTERDOMAIN) == (c->far != NULL));
        if (!c->far)
            continue;
        struct evtchn *rc = evtchn_get(domain_get(c->remote_domid), c->remote_port);
        assert_ptr_equal(c->far, rc);
        assert_int_equal(rc->state, EVTCHN_INTERDOMAIN);
        assert_int_equal(rc->remote_domid, d->id);
        assert_int_equal(rc->remote_port, p);
    }
}

static void events_on_four_cpus(void **state) {
    run(event_cpu);
    check_peers(fake_d0);
    check_peers(fake_d1);
}

static void *grant_cpu(void *arg) {
    unsigned id = (unsigned)(uintptr_t)arg, seed = id * 99 + 7;
    fake_cpu = &cpus[id];
    struct domain *d = who(id)->domain, *granter = d == fake_d0 ? fake_d1 : fake_d0;
    struct grant_entry_v1 *entries = granter->grant.frame[0];
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t ref = (unsigned)rand_r(&seed) % 4;
        // The granter flips its entries all the time.
        uint32_t word = GTF_permit_access | (uint32_t)d->id << 16 | (rand_r(&seed) & GTF_readonly);
        if (rand_r(&seed) % 8 == 0)
            store_relaxed((uint32_t *)(void *)&entries[ref], word);
        store_relaxed(&entries[ref].frame,
                      (uint32_t)(granter == fake_d0 ? FAKE_FIRST : FAKE_D1_GFN) + 50 + ref);
        struct gnttab_map_grant_ref m = {.host_addr = (0x8000ULL + (unsigned)rand_r(&seed) % 4)
                                                      << 12,
                                         .flags = GNTMAP_host_map | (i & GNTMAP_readonly),
                                         .ref = ref,
                                         .dom = granter->id};
        if (grant_map(d, &m) == GNTST_okay) {
            struct gnttab_unmap_grant_ref u = {.host_addr = m.host_addr, .handle = m.handle};
            TRY(grant_unmap(d, &u));
        }
        lock_check_none();
    }
    return NULL;
}

static void grants_on_four_cpus(void **state) {
    run(grant_cpu);
    for (uint64_t m = FAKE_FIRST; m < FAKE_FIRST + FAKE_OWNED; m++)
        assert_int_equal(page_of(mfn_of(m))->refs, 1);
    for (unsigned ref = 0; ref < 4; ref++) {
        struct grant_entry_v1 *e = (struct grant_entry_v1 *)fake_d1->grant.frame[0] + ref;
        (void)e; // its flags are whatever the granter stored over ours
        assert_int_equal(fake_d1->grant.pin[0][ref].readers, 0);
        assert_int_equal(fake_d1->grant.pin[0][ref].writers, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(events_on_four_cpus, setup, teardown),
        cmocka_unit_test_setup_teardown(grants_on_four_cpus, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
