// SPDX-License-Identifier: Apache-2.0
// sched/arinc653.c in simulated time: windows begin and end to the tick on every core, gangs run
// together, a new table waits for the end of the frame, what is no table is refused.
#include "sim.h"

static int setup(void **state) {
    (void)state;
    sim_reset(&sched_arinc653);
    return 0;
}

static struct sched_table table;
static uint64_t frame_start;

static void window(uint32_t cpu, unsigned i, uint64_t start, uint64_t end) {
    struct sched_window *w = &table.window[table.nr++];
    *w = (struct sched_window){.start = start, .end = end, .cpu = cpu};
    memset(w->handle, (int)i + 1, sizeof(w->handle));
}

static void partition(unsigned i) {
    memset(sim_dom[i].handle, (int)i + 1, sizeof(sim_dom[i].handle));
    sim_add(i, 0, ~0U);
}

static void set(uint64_t frame) {
    table.frame = frame;
    assert_int_equal(sched_arinc_set(sched_pool_get(0), &table), 0);
}

// Over any stretch of time, every CPU ran just whom the table says.
static void exact(uint64_t from) {
    for (unsigned cpu = 0; cpu < CPUS && from < sim_now; cpu++) {
        uint64_t at = (from - frame_start) % table.frame, end = at + (sim_now - from);
        const struct vcpu *wanted = NULL;
        for (uint32_t i = 0; i < table.nr; i++) {
            const struct sched_window *w = &table.window[i];
            if (w->cpu != cpu || w->end <= at || w->start >= end)
                continue;
            assert_true(w->start <= at && w->end >= end); // no step crosses a border
            wanted = &sim_vcpu[w->handle[0] - 1];
        }
        assert_ptr_equal(percpus[cpu].running, wanted);
    }
}

static void begin(uint64_t frame) {
    set(frame);
    sim_for(40 * MS); // the frame that was made up is over
    frame_start = sim_now - sim_now % frame;
    struct sched_table now;
    sched_arinc_get(sched_pool_get(0), &now);
    assert_int_equal(now.frame, frame);
}

static void windows_are_exact(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        partition(i);
    table = (struct sched_table){0};
    window(0, 0, 0, 3 * MS);
    window(0, 1, 3 * MS, 3 * MS + 777);
    window(0, 0, 6 * MS, 7 * MS);
    window(1, 2, 1 * MS, 4 * MS);
    window(2, 3, 1 * MS, 4 * MS); // a gang with the last
    window(3, 1, 5 * MS + 1, 10 * MS);
    begin(10 * MS);
    sim_step = exact;
    memset(sim_ran, 0, sizeof(sim_ran));
    sim_for(10000 * MS);
    assert_int_equal(sim_ran[0], 4000 * MS);
    assert_int_equal(sim_ran[1], 1000 * (777 + 5 * MS - 1));
    assert_int_equal(sim_ran[2], 3000 * MS);
    assert_int_equal(sim_ran[3], 3000 * MS);
}

static void who_sleeps_has_its_window_still(void **state) {
    (void)state;
    partition(0);
    partition(1);
    table = (struct sched_table){0};
    window(0, 0, 0, 5 * MS);
    window(0, 1, 5 * MS, 10 * MS);
    begin(10 * MS);
    while (sim_vcpu[0].state != VCPU_RUNNING)
        sim_for(MS / 10);
    sim_block(0);
    memset(sim_ran, 0, sizeof(sim_ran));
    sim_for(1 * MS);
    assert_int_equal(sim_ran[0] + sim_ran[1], 0); // nobody has its time
    vcpu_wake(&sim_vcpu[0]);
    sim_settle();
    assert_int_equal(sim_vcpu[0].state, VCPU_RUNNING);
    while (sim_vcpu[1].state != VCPU_RUNNING)
        sim_for(MS / 10);
    sim_block(1);
    vcpu_wake(&sim_vcpu[1]);
    sim_settle();
    assert_ptr_equal(percpus[0].running, &sim_vcpu[1]);
}

static void modes_change_at_the_end_of_a_frame(void **state) {
    (void)state;
    partition(0);
    partition(1);
    table = (struct sched_table){0};
    window(0, 0, 0, 10 * MS);
    begin(10 * MS);
    sim_until(frame_start + 100 * MS + 3 * MS);
    table = (struct sched_table){0};
    window(0, 1, 0, 4 * MS);
    set(4 * MS);
    sim_until(frame_start + 110 * MS - 1);
    assert_ptr_equal(percpus[0].running, &sim_vcpu[0]);
    sim_until(frame_start + 110 * MS);
    assert_ptr_equal(percpus[0].running, &sim_vcpu[1]);
    frame_start += 110 * MS;
    sim_step = exact;
    sim_for(100 * MS);
}

static void a_window_that_is_the_frame_has_no_end(void **state) {
    (void)state;
    partition(0);
    partition(1);
    table = (struct sched_table){0};
    window(0, 0, 0, 10 * MS);
    window(1, 1, 0, 9 * MS);
    begin(10 * MS);
    sim_until(frame_start + 50 * MS + 1);
    assert_true(percpus[0].until == UINT64_MAX);
    assert_int_equal(percpus[1].until, frame_start + 59 * MS);
    sim_block(0);
    sim_for(25 * MS); // frames that nobody saw begin
    vcpu_wake(&sim_vcpu[0]);
    sim_settle();
    assert_ptr_equal(percpus[0].running, &sim_vcpu[0]);
}

static void before_a_table_everybody_has_a_turn(void **state) {
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        partition(i);
    sim_for(200 * MS);
    memset(sim_ran, 0, sizeof(sim_ran));
    sim_for(2000 * MS);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(sim_ran[i], 1000 * MS);
    sim_kill(0);
    sim_for(100 * MS);
    for (unsigned i = 1; i < 6; i++)
        assert_true(sim_ran[i] > 1000 * MS);
}

static void refusals(void **state) {
    struct sched_pool *p = sched_pool_get(0);
    (void)state;
    table = (struct sched_table){.frame = 10 * MS};
    assert_int_equal(sched_arinc_set(p, &table), -EINVAL); // no window
    window(0, 0, 0, 11 * MS);
    assert_int_equal(sched_arinc_set(p, &table), -EINVAL); // longer than the frame
    table.window[0].end = 0;
    assert_int_equal(sched_arinc_set(p, &table), -EINVAL); // empty
    table.window[0].end = 5 * MS;
    window(0, 1, 4 * MS, 6 * MS);
    assert_int_equal(sched_arinc_set(p, &table), -EINVAL); // overlap on the CPU
    table.window[1].cpu = 1;
    assert_int_equal(sched_arinc_set(p, &table), 0);
    memset(table.window[1].handle, 1, 16);
    assert_int_equal(sched_arinc_set(p, &table), -EINVAL); // one vCPU on two
    table.window[1].vcpu_id = 1;
    assert_int_equal(sched_arinc_set(p, &table), 0);
    table.window[1].cpu = CPUS;
    assert_int_equal(sched_arinc_set(p, &table), -EINVAL); // no such CPU
    table.window[1].cpu = 0xffffffff;
    assert_int_equal(sched_arinc_set(p, &table), -EINVAL);
    sim_reset(&sched_credit2);
    table.window[1].cpu = 1;
    assert_int_equal(sched_arinc_set(sched_pool_get(0), &table), -EINVAL); // another policy
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(windows_are_exact),
        TEST(who_sleeps_has_its_window_still),
        TEST(modes_change_at_the_end_of_a_frame),
        TEST(a_window_that_is_the_frame_has_no_end),
        TEST(before_a_table_everybody_has_a_turn),
        TEST(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
