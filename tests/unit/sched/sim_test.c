// SPDX-License-Identifier: Apache-2.0
// Thousands of random scenarios for the policies in simulated time, each from a printed seed:
// shares follow weights within 1 % of a CPU over a second, caps hold, nobody starves, no CPU idles
// while one waits who may run there, no wake-up is lost.
#include "sim.h"

#define SCENARIOS 1000
#define MOST 10

static unsigned count;

static void reset(const struct sched_ops *ops, uint64_t seed) {
    sim_reset(ops);
    sim_seed = seed;
    count = 0;
}

// After every step of time.
static void nobody_waits_for_an_idle_cpu(uint64_t from) {
    (void)from;
    for (unsigned i = 0; i < count; i++) {
        const struct vcpu *v = &sim_vcpu[i];
        const struct sched_pool *p = v->domain->sched.pool;
        if (v->state != VCPU_RUNNABLE || v->paused || v->sched.parked)
            continue;
        for (unsigned cpu = 0; cpu < CPUS; cpu++) {
            if ((v->sched.hard & p->cpus & (1U << cpu)) && !percpus[cpu].running)
                fail_msg(
                    "vCPU %u waits (%s, loaded on %d, hard %x), CPU%u idles (asked %x, idle %x)", i,
                    v->sched.node.in ? "queued" : "forgotten", (int8_t)v->sched.loaded_on,
                    v->sched.hard, cpu, p->asked, p->idle);
        }
    }
}

// How far the worst is from its share, in ns.
static uint64_t shares(const struct sched_ops *ops, uint64_t seed) {
    uint32_t weight[MOST], all = 0, most = 0;
    uint64_t worst = 0;
    reset(ops, seed);
    unsigned m = 1 + sim_random(CPUS);
    count = m + 1 + sim_random(MOST - m);
    for (unsigned i = 0; i < count; i++) {
        sim_add(i, 0, (1U << m) - 1);
        weight[i] = 128 + sim_random(384);
        all += weight[i];
        most = weight[i] > most ? weight[i] : most;
    }
    bool even = most * m > all; // somebody's share would be more than a CPU
    all = even ? 256 * count : all;
    for (unsigned i = 0; i < count; i++) {
        weight[i] = even ? 256 : weight[i];
        sched_fair_set(&sim_dom[i], (uint16_t)weight[i], 0);
    }
    sim_step = nobody_waits_for_an_idle_cpu;
    sim_for(500 * MS);
    memset(sim_ran, 0, sizeof(sim_ran));
    sim_for(1000 * MS);
    for (unsigned i = 0; i < count; i++) {
        uint64_t share = 1000 * MS * m * weight[i] / all;
        uint64_t off = sim_ran[i] > share ? sim_ran[i] - share : share - sim_ran[i];
        worst = off > worst ? off : worst;
    }
    return worst;
}

static void fair(const struct sched_ops *ops) {
    uint64_t worst = 0, sum = 0;
    for (uint64_t seed = 1; seed <= SCENARIOS; seed++) {
        uint64_t off = shares(ops, seed);
        if (off > 10 * MS)
            fail_msg("seed %llu: %llu ns from its share", (unsigned long long)seed,
                     (unsigned long long)off);
        sum += off;
        worst = off > worst ? off : worst;
    }
    print_message(
        "%s: seeds 1 to %u, worst %.3f %% of a CPU from its share, mean of worst %.3f %%\n",
        ops->name, SCENARIOS, (double)worst / 1e7, (double)sum / SCENARIOS / 1e7);
}

static void credit_is_fair(void **state) {
    (void)state;
    fair(&sched_credit);
}

static void credit2_is_fair(void **state) {
    (void)state;
    fair(&sched_credit2);
}

static void caps_hold(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= SCENARIOS / 4; seed++) {
        reset(seed & 1 ? &sched_credit : &sched_credit2, seed);
        count = 1 + sim_random(MOST);
        for (unsigned i = 0; i < count; i++) {
            sim_add(i, 0, 1 + sim_random(15));
            sched_fair_set(&sim_dom[i], (uint16_t)(64 + sim_random(1000)),
                           (uint16_t)(1 + sim_random(99)));
        }
        sim_step = nobody_waits_for_an_idle_cpu;
        sim_for(100 * MS);
        memset(sim_ran, 0, sizeof(sim_ran));
        sim_for(1000 * MS);
        for (unsigned i = 0; i < count; i++) {
            uint64_t most = 10 * MS * sim_dom[i].sched.cap;
            if (sim_ran[i] > most + most / 100 || (count == 1 && sim_ran[i] < most - most / 50))
                fail_msg("seed %llu: d%u capped at %u %% ran %llu ns", (unsigned long long)seed, i,
                         sim_dom[i].sched.cap, (unsigned long long)sim_ran[i]);
        }
    }
}

static void one_act(unsigned *paused) {
    unsigned i = sim_random(count);
    uint32_t hard = 1 + sim_random(15);
    switch (sim_random(7)) {
    case 0:
    case 1:
        if (sim_vcpu[i].state == VCPU_RUNNING)
            sim_block(i);
        break;
    case 2:
        vcpu_wake(&sim_vcpu[i]);
        sim_settle();
        break;
    case 3:
        assert_int_equal(sched_set_affinity(&sim_vcpu[i], &hard, &hard), 0);
        break;
    case 4:
        vcpu_pause(&sim_vcpu[i]);
        paused[i]++;
        break;
    case 5:
        for (; paused[i]; paused[i]--)
            vcpu_unpause(&sim_vcpu[i]);
        break;
    default:
        if (percpus[0].running) {
            fake_cpu = &percpus[0];
            vcpu_yield(percpus[0].running);
        }
    }
    sim_settle();
}

static void life(const struct sched_ops *ops, uint64_t seed) {
    unsigned paused[MOST] = {0};
    uint32_t any = ~0U;
    reset(ops, seed);
    count = ops == &sched_null ? CPUS : 2 + sim_random(MOST - 2);
    for (unsigned i = 0; i < count; i++)
        sim_add(i, 0, ~0U);
    if (ops != &sched_null && ops != &sched_arinc653)
        sim_step = nobody_waits_for_an_idle_cpu;
    for (unsigned step = 0; step < 100; step++) {
        one_act(paused);
        sim_for(sim_random(3000) * US);
    }
    for (unsigned i = 0; i < count; i++) {
        for (; paused[i]; paused[i]--)
            vcpu_unpause(&sim_vcpu[i]);
        vcpu_wake(&sim_vcpu[i]);
        assert_int_equal(sched_set_affinity(&sim_vcpu[i], &any, NULL), 0);
    }
    sim_for(200 * MS);
    memset(sim_ran, 0, sizeof(sim_ran));
    sim_for(200 * MS);
    for (unsigned i = 0; i < count; i++) {
        if (sim_ran[i] < 10 * MS)
            fail_msg("%s, seed %llu: vCPU %u of %u ran %llu ns in 200 ms", ops->name,
                     (unsigned long long)seed, i, count, (unsigned long long)sim_ran[i]);
    }
}

static void nobody_is_forgotten(void **state) {
    static const struct sched_ops *const all[] = {&sched_credit, &sched_credit2, &sched_rtds,
                                                  &sched_arinc653, &sched_null};
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
        for (uint64_t seed = 1; seed <= SCENARIOS / 2; seed++)
            life(all[i], seed);
        print_message("%s: seeds 1 to %u\n", all[i]->name, SCENARIOS / 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credit_is_fair),
        cmocka_unit_test(credit2_is_fair),
        cmocka_unit_test(caps_hold),
        cmocka_unit_test(nobody_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
