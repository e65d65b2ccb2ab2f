// SPDX-License-Identifier: Apache-2.0
// sched/pool.c in simulated time: pools come and go, CPUs and domains move between them while they
// run, and what cannot be is refused with Xen's errors.
#include "sim.h"

static int setup(void **state) {
    (void)state;
    sim_reset(&sched_credit2);
    return 0;
}

static uint32_t new_pool(uint32_t id, const struct sched_ops *ops) {
    assert_int_equal(sched_pool_create(&id, ops), 0);
    return id;
}

static void take(uint32_t pool, uint32_t cpu) {
    assert_int_equal(sched_pool_remove_cpu(pool, &cpu), SCHED_MORE);
    sim_settle();
    assert_true(sched_cpu_moved(cpu));
    assert_true(sched_free_cpus() & (1U << cpu));
}

static void give(uint32_t pool, uint32_t cpu) {
    assert_int_equal(sched_pool_add_cpu(pool, &cpu), SCHED_MORE);
    sim_settle();
    assert_true(sched_cpu_moved(cpu));
    assert_true(sched_pool_get(pool)->cpus & (1U << cpu));
}

static void move(unsigned i, uint32_t pool) {
    int ret = sched_domain_move(&sim_dom[i], pool);
    for (unsigned n = 0; ret == SCHED_MORE; n++) {
        assert_true(n < 10);
        sim_settle();
        ret = sched_domain_move(&sim_dom[i], pool);
    }
    assert_int_equal(ret, 0);
    assert_int_equal(sim_vcpu[i].paused, 0);
}

static void ids(void **state) {
    uint32_t id = SCHED_ANY;
    (void)state;
    assert_int_equal(sched_pool_create(&id, &sched_null), 0);
    assert_int_equal(id, 1);
    id = 9;
    assert_int_equal(sched_pool_create(&id, &sched_null), 0);
    assert_int_equal(sched_pool_create(&id, &sched_null), -EEXIST);
    id = SCHED_ANY;
    assert_int_equal(sched_pool_create(&id, &sched_null), 0);
    assert_int_equal(id, 10); // after the highest
    assert_int_equal(sched_pool_next(2)->id, 9);
    assert_null(sched_pool_next(11));
    assert_null(sched_pool_get(2));
    for (unsigned i = 4; i < NR_POOLS; i++)
        new_pool(SCHED_ANY, &sched_credit2);
    id = SCHED_ANY;
    assert_int_equal(sched_pool_create(&id, &sched_null), -ENOMEM);
    assert_int_equal(sched_pool_destroy(9), 0);
    assert_int_equal(sched_pool_destroy(9), -ENOENT);
    assert_int_equal(sched_pool_destroy(0), -EBUSY);
    id = UINT32_MAX - 1;
    assert_int_equal(sched_pool_create(&id, &sched_null), 0);
    id = SCHED_ANY;
    assert_int_equal(sched_pool_destroy(1), 0);
    assert_int_equal(sched_pool_create(&id, &sched_null), -EEXIST); // the ids are used up
}

static void refusals(void **state) {
    uint32_t any = SCHED_ANY, cpu = 1;
    (void)state;
    uint32_t p = new_pool(1, &sched_null);
    assert_int_equal(sched_domain_create(&sim_dom[0], p), -ENODEV);
    assert_int_equal(sched_domain_create(&sim_dom[0], 5), -ESRCH);
    sim_add(0, 0, ~0U);
    assert_int_equal(sched_domain_move(&sim_dom[0], p), -ENOENT);
    assert_int_equal(sched_domain_move(&sim_dom[0], 7), -ENOENT);
    assert_int_equal(sim_vcpu[0].paused, 0);
    assert_int_equal(sched_pool_remove_cpu(5, &cpu), -ENOENT);
    assert_int_equal(sched_pool_add_cpu(p, &cpu), -ENODEV); // it is not free
    assert_int_equal(sched_pool_add_cpu(p, &any), -ENODEV); // none is
    any = SCHED_ANY;
    cpu = CPUS;
    assert_int_equal(sched_pool_remove_cpu(0, &cpu), -EINVAL);
    assert_int_equal(sched_pool_remove_cpu(p, &any), -EINVAL);
    cpu = 1;
    take(0, 1);
    assert_int_equal(sched_pool_add_cpu(8, &cpu), -ENOENT);
    assert_int_equal(sched_pool_remove_cpu(0, &cpu), -EADDRNOTAVAIL);
    assert_int_equal(sched_pool_add_cpu(p, &cpu), SCHED_MORE);
    assert_int_equal(sched_pool_add_cpu(p, &cpu), -ENODEV); // promised already
    assert_int_equal(sched_pool_destroy(p), -EBUSY);
    sim_settle();
    assert_int_equal(sched_pool_destroy(p), -EBUSY);
    for (unsigned i = 0; i < 2; i++) {
        any = SCHED_ANY;
        assert_int_equal(sched_pool_remove_cpu(0, &any), SCHED_MORE);
        assert_int_equal(any, 3 - i); // the last first
        assert_int_equal(sched_pool_remove_cpu(0, &any), -EADDRNOTAVAIL);
        sim_settle();
    }
    any = SCHED_ANY;
    assert_int_equal(sched_pool_remove_cpu(0, &any), -EINVAL); // the last one of pool 0
    sim_dom[0].life = DOMAIN_DYING;
    assert_int_equal(sched_domain_move(&sim_dom[0], p), -EINVAL);
}

static void who_runs_goes_along(void **state) {
    (void)state;
    sim_add(0, 0, 2);
    sim_add(1, 0, ~0U);
    sim_add(2, 0, ~0U);
    sim_for(10 * MS);
    uint32_t p = new_pool(1, &sched_credit2);
    take(0, 1);
    assert_int_equal(sim_vcpu[0].sched.hard, ~0U); // it could run nowhere else
    give(p, 1);
    memset(sim_ran, 0, sizeof(sim_ran));
    sim_for(1000 * MS);
    for (unsigned i = 0; i < 3; i++)
        sim_near(sim_ran[i], 1000 * MS, 1);
    move(1, p);
    move(2, p);
    assert_int_equal(sched_pool_get(0)->nr_domains, 1);
    memset(sim_ran, 0, sizeof(sim_ran));
    sim_for(1000 * MS);
    sim_near(sim_ran[0], 1000 * MS, 1);
    sim_near(sim_ran[1], 500 * MS, 10);
    sim_near(sim_ran[2], 500 * MS, 10);
    // One that sleeps moves as well, and back.
    sim_until(sim_now);
    while (sim_vcpu[1].state != VCPU_RUNNING)
        sim_for(MS);
    sim_block(1);
    sim_settle();
    move(1, 0);
    assert_int_equal(sim_vcpu[1].state, VCPU_BLOCKED);
    vcpu_wake(&sim_vcpu[1]);
    sim_settle();
    assert_int_equal(sim_vcpu[1].state, VCPU_RUNNING);
    assert_ptr_equal(percpus[sim_vcpu[1].cpu].pool, sched_pool_get(0));
}

static void a_pool_under_null(void **state) {
    (void)state;
    uint32_t p = new_pool(1, &sched_null);
    take(0, 2);
    take(0, 3);
    give(p, 2);
    give(p, 3);
    for (unsigned i = 0; i < 3; i++)
        sim_add(i, p, ~0U);
    sim_for(10 * MS);
    assert_int_equal(sim_ran[0] + sim_ran[1], 20 * MS);
    assert_int_equal(sim_ran[2], 0); // waits for a CPU
    take(0, 1);
    give(p, 1);
    sim_for(10 * MS);
    assert_int_equal(sim_ran[2], 10 * MS);
    take(p, 3);
    sim_for(10 * MS);
    assert_int_equal(sim_ran[0] + sim_ran[1] + sim_ran[2], 70 * MS);
}

// All CPUs that can be spared go to pool 0.
static void collect_cpus(void) {
    for (uint32_t cpu = 0; cpu < CPUS; cpu++) {
        struct sched_pool *p = percpus[cpu].pool;
        if (p == sched_pool_get(0) || (p->nr_domains && p->cpus == 1U << cpu))
            continue;
        if (p != &sched_limbo)
            take(p->id, cpu);
        give(0, cpu);
    }
}

static void random_moves(void **state) {
    (void)state;
    sim_seed = 11;
    print_message("seed %llu\n", (unsigned long long)sim_seed);
    for (unsigned id = 1; id < 4; id++)
        new_pool(id, id & 1 ? &sched_null : &sched_credit2);
    for (unsigned i = 0; i < 8; i++)
        sim_add(i, 0, ~0U);
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = sim_random(8);
        uint32_t pool = sim_random(4), cpu = sim_random(CPUS);
        switch (sim_random(6)) {
        case 0:
            if (sim_vcpu[i].state == VCPU_RUNNING)
                sim_block(i);
            break;
        case 1:
            vcpu_wake(&sim_vcpu[i]);
            break;
        case 2:
            (void)!sched_domain_move(&sim_dom[i], pool);
            break;
        case 3:
            (void)!sched_pool_remove_cpu(pool, &cpu);
            break;
        case 4:
            (void)!sched_pool_add_cpu(pool, &cpu);
            break;
        default:
            sim_choose(sim_random(CPUS));
            sim_now += sim_random(300000);
        }
    }
    sim_settle();
    for (unsigned i = 0; i < 8; i++) {
        move(i, sim_dom[i].sched.pool->id); // ends what was begun
        vcpu_wake(&sim_vcpu[i]);
    }
    collect_cpus();
    for (unsigned i = 0; i < 8; i++)
        move(i, 0);
    collect_cpus();
    memset(sim_ran, 0, sizeof(sim_ran));
    sim_for(8000 * MS);
    for (unsigned i = 0; i < 8; i++)
        sim_near(sim_ran[i], 4000 * MS, 50); // nobody was forgotten
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(ids),          TEST(refusals), TEST(who_runs_goes_along), TEST(a_pool_under_null),
        TEST(random_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
