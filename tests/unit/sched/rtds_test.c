// SPDX-License-Identifier: Apache-2.0
// sched/rtds.c in simulated time: a set that can be done gets its budget in every period, extra
// time is what nobody with budget wants, who slept keeps its budget.
#include "sim.h"

#define MAX_SET 6

static struct {
    uint64_t period, budget, end, got;
    uint64_t periods;
} server[MAX_SET];
static unsigned set_size;

static int setup(void **state) {
    (void)state;
    sim_reset(&sched_rtds);
    memset(server, 0, sizeof(server));
    return 0;
}

// In each period of each server it had its budget. Who runs alone runs through their ends.
static void supply(uint64_t from) {
    for (unsigned i = 0; i < set_size; i++) {
        bool runs = sim_vcpu[i].state == VCPU_RUNNING;
        uint64_t at = from;
        for (; sim_now >= server[i].end; at = server[i].end, server[i].end += server[i].period) {
            server[i].got += runs ? server[i].end - at : 0;
            if (server[i].got < server[i].budget)
                fail_msg("server %u of %llu in %llu got %llu in the period that ends at %llu", i,
                         (unsigned long long)server[i].budget, (unsigned long long)server[i].period,
                         (unsigned long long)server[i].got, (unsigned long long)server[i].end);
            server[i].got = 0;
            server[i].periods++;
        }
        server[i].got += runs ? sim_now - at : 0;
    }
}

static void add_server(unsigned i, uint32_t hard, uint64_t period, uint64_t budget, bool extra) {
    sim_add(i, 0, hard);
    vcpu_pause(&sim_vcpu[i]);
    sim_settle();
    sched_rtds_set(&sim_vcpu[i], period, budget, extra);
    // Synchronous release, the worst case.
    sim_vcpu[i].sched.rt.deadline = sim_now + period;
    sim_vcpu[i].sched.rt.left = budget;
    server[i].period = period;
    server[i].budget = budget;
    server[i].end = sim_now + period;
}

static void start(unsigned n) {
    set_size = n;
    for (unsigned i = 0; i < n; i++)
        vcpu_unpause(&sim_vcpu[i]);
    sim_step = supply;
}

static uint64_t periods(void) {
    uint64_t all = 0;
    for (unsigned i = 0; i < set_size; i++)
        all += server[i].periods;
    return all;
}

// Global EDF on m CPUs does every set whose use is at most m - (m - 1) times the largest.
static void every_feasible_set(void **state) {
    uint64_t all = 0;
    (void)state;
    for (sim_seed = 1; all < 100000; sim_seed += 7919) {
        uint64_t seed = sim_seed;
        unsigned m = 1 + sim_random(CPUS), n = 1 + sim_random(MAX_SET);
        uint32_t cpus = (1U << m) - 1;
        double use = 0, largest = 0;
        setup(NULL);
        for (unsigned i = 0; i < n; i++) {
            uint64_t period = (1 + sim_random(40)) * 250 * US + sim_random(1000);
            double bound = i ? m - (m - 1) * largest - use : 0.5;
            double part = (1 + sim_random(100)) / 100.0 * (bound < largest || !i ? bound : largest);
            uint64_t budget = (uint64_t)((double)period * part);
            if (budget < 10 * US || part <= 0)
                budget = 0;
            double u = (double)budget / (double)period;
            if (!budget) {
                n = i;
                break;
            }
            use += u;
            largest = u > largest ? u : largest;
            add_server(i, cpus, period, budget, sim_random(2));
        }
        if (!n)
            continue;
        print_message("seed %llu: %u servers on %u CPUs, use %.2f\n", (unsigned long long)seed, n,
                      m, use);
        start(n);
        sim_for(3000 * MS);
        all += periods();
    }
    print_message("%llu periods\n", (unsigned long long)all);
}

static void full_use_of_one_cpu(void **state) {
    (void)state;
    add_server(0, 1, 2 * MS, 1 * MS, false);
    add_server(1, 1, 3 * MS, 1 * MS, true);
    add_server(2, 1, 12 * MS, 2 * MS, true);
    start(3);
    sim_for(6000 * MS);
    assert_int_equal(server[0].periods, 3000);
    sim_near(sim_ran[0] + sim_ran[1] + sim_ran[2], 6000 * MS, 1);
}

static void extra_time_is_what_is_left(void **state) {
    (void)state;
    add_server(0, 1, 10 * MS, 2 * MS, false);
    add_server(1, 1, 10 * MS, 2 * MS, true);
    add_server(2, 1, 10 * MS, 2 * MS, true);
    start(3);
    sim_for(1000 * MS);
    assert_int_equal(sim_ran[0], 200 * MS);
    assert_int_equal(sim_ran[1] + sim_ran[2], 800 * MS);
    sim_near(sim_ran[1], 400 * MS, 10);
}

static void without_extra_the_cpu_idles(void **state) {
    (void)state;
    add_server(0, 1, 10 * MS, 3 * MS, false);
    start(1);
    sim_for(1000 * MS);
    assert_int_equal(sim_ran[0], 300 * MS);
}

static void budget_is_kept_while_it_sleeps(void **state) {
    (void)state;
    add_server(0, 1, 10 * MS, 3 * MS, false);
    add_server(1, 1, 40 * MS, 20 * MS, true);
    set_size = 0;
    vcpu_unpause(&sim_vcpu[0]);
    vcpu_unpause(&sim_vcpu[1]);
    sim_for(1 * MS);
    sim_block(0);
    sim_for(6 * MS);
    uint64_t before = sim_ran[0];
    vcpu_wake(&sim_vcpu[0]);
    sim_settle();
    assert_int_equal(sim_vcpu[0].state, VCPU_RUNNING);
    sim_for(2 * MS);
    assert_int_equal(sim_ran[0] - before, 2 * MS);
    // After a long sleep a new period has begun, on the raster.
    sim_until(sim_now);
    if (sim_vcpu[0].state == VCPU_RUNNING)
        sim_block(0);
    uint64_t raster = sim_vcpu[0].sched.rt.deadline;
    sim_for(123 * MS);
    vcpu_wake(&sim_vcpu[0]);
    assert_int_equal((sim_vcpu[0].sched.rt.deadline - raster) % (10 * MS), 0);
    assert_true(sim_vcpu[0].sched.rt.deadline > sim_now);
    assert_int_equal(sim_vcpu[0].sched.rt.left, 3 * MS);
}

// Nobody looked at the ends of its periods: what it used of this one counts all the same.
static void who_ran_alone_is_accounted(void **state) {
    (void)state;
    add_server(0, 1, 10 * MS, 4 * MS, true);
    add_server(1, 1, 10 * MS, 6 * MS, true);
    uint64_t start = sim_now;
    vcpu_unpause(&sim_vcpu[1]);
    sim_settle();
    sim_block(1);
    vcpu_unpause(&sim_vcpu[0]);
    sim_until(start + 52 * MS);
    assert_true(percpus[0].until == UINT64_MAX);
    vcpu_wake(&sim_vcpu[1]);
    sim_settle();
    assert_ptr_equal(percpus[0].running, &sim_vcpu[0]); // used 2 of its 4, until then it is first
    sim_until(start + 54 * MS + 1);
    assert_ptr_equal(percpus[0].running, &sim_vcpu[1]);
    sim_block(1);
    sim_until(start + 85 * MS);
    vcpu_wake(&sim_vcpu[1]);
    sim_settle();
    assert_ptr_equal(percpus[0].running, &sim_vcpu[1]); // used 5 of its 4
}

static void affinity_holds(void **state) {
    (void)state;
    add_server(0, 2, 10 * MS, 6 * MS, true);
    add_server(1, 2, 10 * MS, 4 * MS, true);
    add_server(2, 4, 10 * MS, 9 * MS, true);
    add_server(3, 15, 10 * MS, 5 * MS, true);
    start(4);
    sim_for(1000 * MS);
    uint32_t hard = 8;
    assert_int_equal(sched_set_affinity(&sim_vcpu[1], &hard, NULL), 0);
    sim_for(1000 * MS);
    assert_int_equal(server[2].periods, 200);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(every_feasible_set),
        TEST(full_use_of_one_cpu),
        TEST(extra_time_is_what_is_left),
        TEST(without_extra_the_cpu_idles),
        TEST(budget_is_kept_while_it_sleeps),
        TEST(who_ran_alone_is_accounted),
        TEST(affinity_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
