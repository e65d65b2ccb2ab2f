// SPDX-License-Identifier: Apache-2.0
// sched/core.c with credit2 (sched/fair.c) in simulated time. Shares follow weights and caps, who
// wakes gets a CPU at once, nobody runs in two places or where it may not.
#include "fake_trace.h"
#include "sim.h"

static int setup(void **state) {
    (void)state;
    sim_reset(&sched_credit2);
    return 0;
}

static void shares_follow_weights(void **state) {
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        sim_add(i, 0, 1);
    sched_fair_set(&sim_dom[1], 512, 0);
    sched_fair_set(&sim_dom[2], 1024, 0);
    sim_for(7000 * MS);
    sim_near(sim_ran[0], 1000 * MS, 50);
    sim_near(sim_ran[1], 2000 * MS, 50);
    sim_near(sim_ran[2], 4000 * MS, 50);
}

static void no_cpu_idles_while_somebody_waits(void **state) {
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        sim_add(i, 0, ~0U);
    sim_for(6000 * MS);
    uint64_t all = 0;
    for (unsigned i = 0; i < 6; i++) {
        sim_near(sim_ran[i], 4000 * MS, 100);
        all += sim_ran[i];
    }
    sim_near(all, 24000 * MS, 10);
}

static void a_cap_holds(void **state) {
    (void)state;
    sim_add(0, 0, 1);
    sim_add(1, 0, 2);
    sched_fair_set(&sim_dom[0], 256, 30);
    sim_for(5000 * MS);
    sim_near(sim_ran[0], 1500 * MS, 50); // though its CPU had nothing else to do
    sim_near(sim_ran[1], 5000 * MS, 10);
    sched_fair_set(&sim_dom[0], 256, 0);
    sim_ran[0] = 0;
    sim_for(1000 * MS);
    sim_near(sim_ran[0], 1000 * MS, 30);
}

static void who_slept_runs_at_once(void **state) {
    (void)state;
    sim_add(0, 0, 1);
    sim_add(1, 0, 1);
    sim_for(20 * MS);
    for (unsigned i = 0; i < 100; i++) {
        if (percpus[0].running != &sim_vcpu[1])
            sim_for(20 * MS);
        fake_cpu = &percpus[0];
        while (percpus[0].running != &sim_vcpu[1])
            sim_for(MS);
        vcpu_block(&sim_vcpu[1]);
        sim_for(15 * MS);
        assert_ptr_equal(percpus[0].running, &sim_vcpu[0]);
        vcpu_wake(&sim_vcpu[1]);
        sim_settle();
        assert_ptr_equal(percpus[0].running, &sim_vcpu[1]);
        sim_for(100000);
    }
}

// For the rate limit from when it was chosen, if no other CPU is idle.
static void who_sends_an_event_goes_on(void **state) {
    (void)state;
    uint32_t any = ~0U;
    sim_add(0, 0, 1);
    sim_add(1, 0, 1);
    for (unsigned turn = 0; turn < 3; turn++) {
        while (percpus[0].running != &sim_vcpu[1])
            sim_for(MS);
        sim_block(1);
        sim_for(15 * MS);
        assert_ptr_equal(percpus[0].running, &sim_vcpu[0]);
        fake_cpu = &percpus[0];
        fake_cpu->urgent = false;
        if (turn == 1)
            sim_vcpu[0].sched.started = sim_now; // has only just been chosen
        if (turn == 2)
            assert_int_equal(sched_set_affinity(&sim_vcpu[1], &any, NULL), 0);
        vcpu_wake(&sim_vcpu[1]);
        fake_cpu->urgent = true;
        sim_settle();
        assert_int_equal(sim_vcpu[1].state, turn == 1 ? VCPU_RUNNABLE : VCPU_RUNNING);
        assert_int_equal(sim_vcpu[1].cpu == 0, turn != 2);
        if (turn == 1) {
            sim_for(900 * US);
            assert_ptr_equal(percpus[0].running, &sim_vcpu[0]);
            sim_for(101 * US);
            assert_ptr_equal(percpus[0].running, &sim_vcpu[1]);
        }
        sim_for(100 * US);
    }
}

// Who gives way on a CPU is not what that CPU has to choose again for.
static void one_choice_hands_a_cpu_on(void **state) {
    (void)state;
    sim_add(0, 0, 1);
    sim_add(1, 0, 1);
    do
        sim_for(MS);
    while (percpus[0].running != &sim_vcpu[1]);
    sim_block(1);
    sim_for(15 * MS);
    uint64_t picks = sim_picks;
    vcpu_wake(&sim_vcpu[1]);
    sim_settle();
    assert_ptr_equal(percpus[0].running, &sim_vcpu[1]);
    assert_int_equal(sim_picks, picks + 1);
}

// One who wakes and has to wait ends the turn of who has run alone here, without a choice; the
// deadline stays as long as it is early enough, and an idle CPU has none.
static void who_runs_alone_gets_a_slice_when_one_waits(void **state) {
    (void)state;
    struct percpu *c = &percpus[0];
    sim_add(0, 0, 1);
    sim_add(1, 0, 1);
    do
        sim_for(MS);
    while (c->running != &sim_vcpu[1]);
    sim_block(1);
    sim_settle();
    assert_ptr_equal(c->running, &sim_vcpu[0]);
    assert_true(c->until == UINT64_MAX);
    fake_cpu = c;
    uint64_t picks = sim_picks, ran = sim_ran[1];
    vcpu_wake(&sim_vcpu[1]);
    assert_int_equal(c->pending, 0);
    assert_int_equal(sim_picks, picks);
    assert_true(c->until > sim_now && c->until <= sim_now + 10 * MS);
    assert_true(c->slice.slot && c->slice.deadline <= c->until);
    sim_for(25 * MS);
    assert_true(sim_ran[1] > ran + MS);
    unsigned i = c->running == &sim_vcpu[1];
    sim_block(i);
    sim_settle();
    assert_true(c->until == UINT64_MAX && c->slice.slot); // it will ask once too often
    sim_for(25 * MS);
    assert_int_equal(c->slice.slot, 0);
    fake_cpu = c;
    vcpu_wake(&sim_vcpu[i]);
    sim_settle();
    assert_true(c->slice.slot);
    for (unsigned n = 0; n < 2; n++) {
        sim_block(c->running == &sim_vcpu[1]);
        sim_settle();
    }
    uint64_t picks_idle = sim_picks;
    assert_null(c->running);
    assert_true(c->slice.slot); // once too often here too
    sim_for(100 * MS);
    assert_int_equal(c->slice.slot, 0);
    assert_int_equal(sim_picks, picks_idle + 1);
}

static void a_sleeper_stays_loaded_and_comes_back(void **state) {
    (void)state;
    sim_add(0, 0, ~0U);
    sim_settle();
    unsigned cpu = sim_vcpu[0].cpu;
    sim_block(0);
    sim_settle();
    assert_ptr_equal(percpus[cpu].loaded, &sim_vcpu[0]);
    assert_null(percpus[cpu].running);
    vcpu_wake(&sim_vcpu[0]);
    sim_settle();
    assert_ptr_equal(percpus[cpu].running, &sim_vcpu[0]);
}

static void a_pin_moves_it_at_once(void **state) {
    (void)state;
    sim_add(0, 0, 1);
    sim_settle();
    assert_ptr_equal(percpus[0].running, &sim_vcpu[0]);
    uint32_t hard = 4, nowhere = 1U << 7;
    assert_int_equal(sched_set_affinity(&sim_vcpu[0], &nowhere, NULL), -EINVAL);
    assert_int_equal(sched_set_affinity(&sim_vcpu[0], &hard, NULL), 0);
    sim_settle();
    assert_ptr_equal(percpus[2].running, &sim_vcpu[0]);
    assert_null(percpus[0].loaded);
    // Also one that sleeps, its registers still in the old CPU.
    fake_cpu = &percpus[2];
    vcpu_block(&sim_vcpu[0]);
    sim_settle();
    hard = 2;
    assert_int_equal(sched_set_affinity(&sim_vcpu[0], &hard, NULL), 0);
    vcpu_wake(&sim_vcpu[0]);
    sim_settle();
    assert_ptr_equal(percpus[1].running, &sim_vcpu[0]);
}

static void an_override_is_taken_back(void **state) {
    (void)state;
    struct vcpu *v = &sim_vcpu[0];
    uint32_t hard = 1U << 1;
    sim_add(0, 0, 1);
    assert_int_equal(sched_set_affinity(v, &hard, NULL), 0);
    assert_int_equal(sched_pin_override(v, -1), -EINVAL);
    assert_int_equal(sched_pin_override(v, 7), -EINVAL); // not of the pool
    assert_int_equal(sched_pin_override(v, NR_CPUS), -EINVAL);
    assert_int_equal(sched_pin_override(v, 2), 0);
    sim_settle();
    assert_ptr_equal(percpus[2].running, v);
    assert_int_equal(sched_pin_override(v, 0), -EBUSY);
    assert_int_equal(sched_set_affinity(v, &hard, NULL), -EBUSY);
    assert_int_equal(sched_set_affinity(v, NULL, &hard), 0);
    assert_int_equal(sched_pin_override(v, -1), 0);
    sim_settle();
    assert_ptr_equal(percpus[1].running, v);
    assert_int_equal(v->sched.hard, hard);
}

static void a_pause_brings_it_to_rest(void **state) {
    (void)state;
    sim_add(0, 0, ~0U);
    sim_settle();
    vcpu_pause(&sim_vcpu[0]);
    vcpu_pause(&sim_vcpu[0]);
    assert_false(vcpu_at_rest(&sim_vcpu[0]));
    sim_settle();
    assert_true(vcpu_at_rest(&sim_vcpu[0]));
    vcpu_wake(&sim_vcpu[0]);
    vcpu_unpause(&sim_vcpu[0]);
    sim_settle();
    assert_true(vcpu_at_rest(&sim_vcpu[0]));
    vcpu_unpause(&sim_vcpu[0]);
    sim_settle();
    assert_ptr_equal(percpus[sim_vcpu[0].cpu].running, &sim_vcpu[0]);
    // Asleep, then paused: down as well.
    fake_cpu = &percpus[sim_vcpu[0].cpu];
    vcpu_block(&sim_vcpu[0]);
    sim_settle();
    vcpu_pause(&sim_vcpu[0]);
    assert_false(vcpu_at_rest(&sim_vcpu[0]));
    sim_settle();
    assert_true(vcpu_at_rest(&sim_vcpu[0]));
    vcpu_wake(&sim_vcpu[0]); // remembered
    vcpu_unpause(&sim_vcpu[0]);
    sim_settle();
    assert_ptr_equal(percpus[sim_vcpu[0].cpu].running, &sim_vcpu[0]);
}

// Who ran alone had no slice that could end.
static void an_equal_that_comes_later_gets_its_turn(void **state) {
    (void)state;
    sim_add(0, 0, 1);
    sim_add(1, 0, 1);
    while (sim_vcpu[0].state != VCPU_RUNNING)
        sim_for(MS);
    sim_block(0);
    sim_for(100 * MS);
    vcpu_wake(&sim_vcpu[0]);
    memset(sim_ran, 0, sizeof(sim_ran));
    sim_for(1000 * MS);
    sim_near(sim_ran[0], 500 * MS, 30);
}

static void random_life(void **state) {
    (void)state;
    srand(5);
    for (unsigned i = 0; i < 8; i++)
        sim_add(i, 0, ~0U);
    unsigned paused[8] = {0};
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = (unsigned)rand() % 8;
        uint32_t hard = 1U + (uint32_t)rand() % 15;
        switch (rand() % 6) {
        case 0:
            if (sim_vcpu[i].state == VCPU_RUNNING) {
                fake_cpu = &percpus[sim_vcpu[i].cpu];
                vcpu_block(&sim_vcpu[i]);
            }
            break;
        case 1:
            vcpu_wake(&sim_vcpu[i]);
            break;
        case 2:
            assert_int_equal(sched_set_affinity(&sim_vcpu[i], &hard, &hard), 0);
            break;
        case 3:
            vcpu_pause(&sim_vcpu[i]);
            paused[i]++;
            break;
        case 4:
            for (; paused[i]; paused[i]--)
                vcpu_unpause(&sim_vcpu[i]);
            break;
        default:
            sim_choose((unsigned)rand() % CPUS);
            sim_now += (unsigned)rand() % 300000;
        }
    }
    uint32_t any = ~0U;
    for (unsigned i = 0; i < 8; i++) {
        for (; paused[i]; paused[i]--)
            vcpu_unpause(&sim_vcpu[i]);
        vcpu_wake(&sim_vcpu[i]);
        assert_int_equal(sched_set_affinity(&sim_vcpu[i], &any, NULL), 0);
    }
    memset(sim_ran, 0, sizeof(sim_ran));
    sim_for(8000 * MS);
    for (unsigned i = 0; i < 8; i++)
        sim_near(sim_ran[i], 4000 * MS, 150); // nobody was forgotten
}

static void changes_are_recorded(void **state) {
    (void)state;
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        percpus[cpu].trace = TRC_ALL;
    fake_trace.count = 0;
    sim_add(0, 0, 1);
    assert_int_equal(fake_trace.count, 2); // it comes, is runnable
    sim_settle();
    assert_int_equal(fake_trace.count, 4); // the CPU goes over to it, it runs
    assert_int_equal(fake_trace.event, TRC_SCHED_RUNSTATE_CHANGE | 1 << 8);
    sim_block(0);
    sim_settle();
    assert_int_equal(fake_trace.event, TRC_SCHED_SWITCH);
    assert_int_equal(fake_trace.words[0], 1);
    assert_int_equal(fake_trace.words[1], 0);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(shares_follow_weights),
        TEST(no_cpu_idles_while_somebody_waits),
        TEST(a_cap_holds),
        TEST(who_slept_runs_at_once),
        TEST(who_sends_an_event_goes_on),
        TEST(one_choice_hands_a_cpu_on),
        TEST(who_runs_alone_gets_a_slice_when_one_waits),
        TEST(a_sleeper_stays_loaded_and_comes_back),
        TEST(a_pin_moves_it_at_once),
        TEST(an_override_is_taken_back),
        TEST(a_pause_brings_it_to_rest),
        TEST(an_equal_that_comes_later_gets_its_turn),
        TEST(random_life),
        TEST(changes_are_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
