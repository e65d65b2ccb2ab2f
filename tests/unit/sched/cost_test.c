// SPDX-License-Identifier: Apache-2.0
// What a decision costs while the vCPUs of a pool grow from 2 to 4,096: every basic block of the
// scheduler room that is entered counts one (the compiler calls us there). Asserted is the growth
// that the policies promise: a constant for null, the logarithm for all others.
#include "sim.h"

static uint64_t blocks;
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) { blocks++; }

struct cost {
    uint64_t wake, pick, block; // worst
};

static void worst(uint64_t *at) {
    *at = blocks > *at ? blocks : *at;
    blocks = 0;
}

static uint64_t pick(void) {
    bool put_down;
    struct percpu *c = fake_cpu = &percpus[0];
    c->pending = 0;
    blocks = 0;
    struct vcpu *next = sched_pick(&put_down);
    uint64_t cost = blocks;
    if (next != c->loaded && (next || put_down)) {
        struct vcpu *last = c->loaded;
        c->loaded = next;
        blocks = 0;
        if (last)
            sched_put_down(last);
        cost += blocks;
    }
    return cost;
}

// All on one CPU; each runs a little, sleeps, wakes.
static struct cost measure(const struct sched_ops *ops, unsigned n) {
    struct cost c = {0};
    sim_reset(ops);
    for (uint32_t cpu = 1; cpu < CPUS; cpu++) {
        uint32_t which = cpu;
        assert_int_equal(sched_pool_remove_cpu(0, &which), SCHED_MORE);
        sim_settle();
    }
    for (unsigned i = 0; i < n; i++)
        sim_add(i, 0, ~0U);
    sim_seed = 7;
    for (unsigned step = 0; step < 4000; step++) {
        struct vcpu *v = percpus[0].running;
        sim_now += 1000 * (1 + sim_random(900));
        if (v && sim_random(2)) {
            blocks = 0;
            vcpu_block(v);
            worst(&c.block);
        }
        blocks = pick();
        worst(&c.pick);
        v = &sim_vcpu[sim_random(n)];
        if (v->state == VCPU_BLOCKED) {
            blocks = 0;
            vcpu_wake(v);
            worst(&c.wake);
        }
        blocks = pick();
        worst(&c.pick);
    }
    return c;
}

static unsigned log2_of(unsigned n) { return 31 - (unsigned)__builtin_clz(n); }

static void grows_as_promised(void **state) {
    static const struct sched_ops *const all[] = {&sched_credit, &sched_credit2, &sched_rtds,
                                                  &sched_arinc653, &sched_null};
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
        struct cost first = {0};
        for (unsigned n = 2; n <= SIM_VCPUS; n *= 2) {
            struct cost c = measure(all[i], n);
            print_message(
                "%-9s %4u vCPUs: basic blocks, worst: wake %3llu, pick %4llu, block %3llu\n",
                all[i]->name, n, (unsigned long long)c.wake, (unsigned long long)c.pick,
                (unsigned long long)c.block);
            first = n == 2 ? c : first;
            bool flat = all[i] == &sched_null || all[i] == &sched_arinc653;
            uint64_t step = flat ? 0 : log2_of(n) - 1;
            // A level of the tree costs at most LEVEL blocks in each of the few trees touched.
            const uint64_t level = 24;
            bool rtds = all[i] == &sched_rtds;
            uint64_t due = rtds ? 16 * (60 + level * log2_of(n)) : 0; // renewals at once
            assert_true(c.wake <= first.wake + 60 + level * step + due);
            assert_true(c.block <= first.block + 20 + level * step);
            assert_true(c.pick <= first.pick + 100 + 3 * level * step + due);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(grows_as_promised)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
