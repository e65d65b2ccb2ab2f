// SPDX-License-Identifier: Apache-2.0
// core/trace.c read as xentrace reads it: the lists of t_info, records in order and whole, the end
// of a ring, a reader that is late, one that lies, masks, the half-full signal, the switch records.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <arch/map.h>
#include <arch/time.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/page.h>
#include <core/trace.h>

#include <cmocka.h> // last: its fail() is a macro

#define BLOCK ((size_t)QUOTA_PAGES << PAGE_SHIFT)
#define PAGES 2U
#define DATA (PAGES * 4096 - 8) // bytes of a ring

_Thread_local struct percpu *fake_cpu;
struct percpu percpus[NR_CPUS];
uint32_t nr_cpus = 2;
struct domain *dom0;
static struct domain d3 = {.id = 3};
static struct vcpu v1 = {.domain = &d3, .id = 1};
static uint64_t now;
static char *block;
static unsigned shared, signals, quiesced;
static bool no_memory, entries[NR_CPUS];

void spin_lock(spinlock_t *l) { assert_int_equal(l->next++, 0); }
void spin_unlock(spinlock_t *l) { assert_int_equal(--l->next, 0); }
uint64_t time_ticks(void) { return ++now; }
uint64_t time_ns(void) { return now * 16; }
void cache_zero(void *va, size_t size) { memset(va, 0, size); }
struct quota_block *quota_block_new(uint16_t owner) {
    assert_int_equal(owner, DOMID_XEN);
    if (no_memory)
        return NULL;
    memset(block, 0xa5, BLOCK); // somebody's before
    return (void *)block;
}
void page_share(domid_t owner, mfn_t frame) {
    assert_int_equal(owner, DOMID_XEN);
    assert_int_equal(frame.v, (uintptr_t)block / 4096 + shared);
    shared++;
}
uint32_t quiesce_begin(void) { return ++quiesced; }
void cpu_raise(unsigned cpu, enum cpu_work work) { percpus[cpu].pending |= 1U << work; }
void cpu_trace_entries(bool on) { entries[this_cpu()->id] = on; }
void evtchn_raise_global_virq(struct domain *d, uint32_t virq) {
    (void)d;
    assert_int_equal(virq, VIRQ_TBUF);
    signals++;
}

static void on_cpu(unsigned cpu) { fake_cpu = &percpus[cpu]; }

static struct t_buf *buffer(unsigned cpu) {
    const struct t_info *info = (void *)block;
    const uint32_t *list = (uint32_t *)(void *)block + info->mfn_offset[cpu];
    assert_int_equal(info->tbuf_size, PAGES);
    assert_int_equal(list[1], list[0] + 1);
    return (void *)((uintptr_t)list[0] << 12);
}

struct record {
    uint32_t event, n, words[TRACE_EXTRA_MAX];
    uint64_t time;
};

// Takes one record out of a ring; false: it is empty. None lies across the end.
static bool take(unsigned cpu, struct record *r) {
    struct t_buf *b = buffer(cpu);
    if (b->cons == b->prod)
        return false;
    uint32_t at = b->cons % DATA;
    const uint32_t *w = (uint32_t *)(b + 1) + at / 4;
    *r = (struct record){.event = *w & 0xfffffff, .n = *w >> 28 & 7};
    uint32_t words = 1 + r->n;
    if (*w++ >> 31) {
        r->time = w[0] | (uint64_t)w[1] << 32;
        w += 2;
        words += 2;
    }
    memcpy(r->words, w, r->n * 4);
    assert_true(at + 4 * words <= DATA);
    b->cons = (b->cons + 4 * words) % (2 * DATA);
    return true;
}

static void sizes(void **state) {
    (void)state;
    int rc;
    unsigned steps = 0;
    on_cpu(0);
    assert_int_equal(trace_set_on(true), -EINVAL);
    assert_int_equal(trace_set_on(false), 0);
    assert_int_equal(trace_set_size(0), -EINVAL);
    no_memory = true;
    assert_int_equal(trace_set_size(PAGES), -ENOMEM);
    no_memory = false;
    assert_int_equal(trace_info().size, 0);
    assert_int_equal(trace_info().events, TRC_ALL);
    while ((rc = trace_set_size(PAGES)) == TRACE_MORE)
        steps++;
    assert_int_equal(rc, 0);
    assert_true(steps >= 1);
    assert_int_equal(shared, 1 + PAGES * nr_cpus);
    assert_int_equal(trace_set_size(PAGES), -EBUSY);
    assert_int_equal(trace_set_size(PAGES + 1), -EINVAL);
    assert_int_equal(trace_set_size(0), -EINVAL);
    assert_int_equal(trace_info().size, 4096);
    assert_int_equal(trace_info().at.v, (uintptr_t)block / 4096);
    assert_int_equal(buffer(0)->prod, 0);
    assert_ptr_equal((char *)buffer(1), (char *)buffer(0) + PAGES * 4096);
}

static void masks(void **state) {
    (void)state;
    struct record r;
    on_cpu(1);
    trace(TRC_SCHED_WAKE, 3, 1); // off
    trace_set_events(TRC_SCHED_MIN);
    trace_set_cpus(2);
    unsigned before = quiesced;
    assert_int_equal(trace_set_on(true), 0);
    assert_int_equal(quiesced, before + 1);
    assert_int_equal(percpus[0].trace, 0);
    trace_pass(fake_cpu);
    assert_false(entries[1]);        // the scheduler's records need no others' vectors
    trace(TRC_SCHED_WAKE, 3, 1);     // another sub-class
    trace(TRC_HW_IRQ_HANDLED, 1, 2); // another class
    trace_runstate(&v1, RUNSTATE_running, RUNSTATE_blocked);
    assert_true(take(1, &r));
    assert_int_equal(r.event, 0x21021);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.words[0], 0x30001);
    assert_int_equal(r.time, now);
    assert_false(take(1, &r));
    trace_set_events(TRC_ALL);
    trace_pass(fake_cpu);
    assert_true(entries[1]);
    static const uint32_t changes[][3] = {
        {RUNSTATE_running, RUNSTATE_runnable, 0},
        {RUNSTATE_runnable, RUNSTATE_running, 0},
        {RUNSTATE_blocked, RUNSTATE_runnable, TRC_SCHED_WAKE},
        {RUNSTATE_offline, RUNSTATE_runnable, TRC_SCHED_WAKE},
        {RUNSTATE_running, RUNSTATE_blocked, TRC_SCHED_BLOCK},
        {RUNSTATE_running, RUNSTATE_offline, TRC_SCHED_SLEEP},
    };
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        trace_runstate(&v1, changes[i][0], changes[i][1]);
        assert_true(take(1, &r));
        if (changes[i][2]) {
            assert_int_equal(r.event, changes[i][2]);
            assert_int_equal(r.words[0] << 16 | r.words[1], 0x30001);
            assert_true(take(1, &r));
        }
        assert_int_equal(r.event, 0x21001 | changes[i][0] << 8 | changes[i][1] << 4);
        assert_false(take(1, &r));
    }
    trace_set_cpus(~0U);
    assert_int_equal(percpus[0].trace, TRC_ALL);
    assert_int_equal(trace_set_on(false), 0);
    trace_pass(fake_cpu);
    assert_false(entries[1]);
    trace(TRC_HW_IRQ_HANDLED, 1, 2);
    assert_false(take(1, &r));
    assert_int_equal(trace_set_on(true), 0);
}

// Records of all lengths round and round, read one by one: each whole, none lost.
static void round_and_round(void **state) {
    (void)state;
    struct record r;
    on_cpu(0);
    uint32_t words[TRACE_EXTRA_MAX];
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t n = i * 2654435761U >> 29;
        for (uint32_t k = 0; k < n; k++)
            words[k] = i + k;
        trace_write(TRC_SCHED_WAKE, n, words);
        do
            assert_true(take(0, &r));
        while (r.event == TRC_TRACE_WRAP_BUFFER);
        assert_int_equal(r.event, TRC_SCHED_WAKE);
        assert_int_equal(r.n, n);
        assert_memory_equal(r.words, words, n * 4);
        assert_false(take(0, &r));
    }
    assert_int_equal(signals, 0);
}

static void late_reader(void **state) {
    (void)state;
    struct record r;
    uint64_t first_lost = 0;
    unsigned written = 0, read = 0;
    on_cpu(0);
    fake_cpu->loaded = &v1;
    fake_cpu->pending = 0;
    for (; written < 1000; written++) {
        uint32_t before = buffer(0)->prod;
        trace(TRC_SCHED_WAKE, written, 1);
        if (before == buffer(0)->prod && !first_lost)
            first_lost = now;
    }
    assert_true(first_lost);
    assert_true(fake_cpu->pending & 1U << WORK_QUIESCE);
    trace_pass(fake_cpu);
    trace_pass(fake_cpu);
    assert_int_equal(signals, 1);
    while (take(0, &r)) {
        if (r.event == TRC_SCHED_WAKE)
            assert_int_equal(r.words[0], read++);
        else
            assert_int_equal(r.event, TRC_TRACE_WRAP_BUFFER);
    }
    assert_in_range(read, DATA / 20 - 4, DATA / 20);
    trace(TRC_SCHED_WAKE, 7777, 1);
    do
        assert_true(take(0, &r));
    while (r.event == TRC_TRACE_WRAP_BUFFER);
    assert_int_equal(r.event, TRC_LOST_RECORDS);
    assert_int_equal(r.words[0], written - read);
    assert_int_equal(r.words[1], 3 | 1 << 16);
    assert_int_equal(r.words[2], first_lost);
    assert_true(take(0, &r));
    assert_int_equal(r.words[0], 7777);
    assert_false(take(0, &r));
}

// Dom0 may write anything there; no record leaves the ring, none is written over unread ones.
static void lying_reader(void **state) {
    (void)state;
    static const uint32_t lies[] = {2 * DATA, UINT32_MAX, 0x80000000U, DATA + 3, 1};
    on_cpu(0);
    char *end = (char *)buffer(1); // CPU 1's must stay as it is
    uint32_t other = buffer(1)->prod;
    for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
        buffer(0)->cons = lies[i];
        buffer(0)->prod = lies[i];
        for (int k = 0; k < 1000; k++)
            trace(TRC_SCHED_WAKE, 1, 2, 3, 4, 5, 6, 7);
        assert_true(buffer(0)->prod < 2 * DATA || buffer(0)->prod == lies[i]);
    }
    assert_ptr_equal(end, buffer(1));
    assert_int_equal(buffer(1)->prod, other);
    // It comes to its senses.
    assert_int_equal(trace_set_on(false), 0);
    trace_pass(fake_cpu);
    assert_int_equal(trace_set_on(true), 0);
}

static void switches(void **state) {
    (void)state;
    struct record r;
    static struct vcpu v2 = {.domain = &d3, .id = 2};
    static const uint32_t expect[] = {TRC_SCHED_SWITCH_INFPREV, TRC_SCHED_SWITCH_INFNEXT,
                                      TRC_SCHED_SWITCH, 0x21101};
    on_cpu(1);
    trace_switch(NULL, NULL, UINT64_MAX);
    assert_false(take(1, &r));
    trace_switch(&v2, &v1, time_ns()); // forget what was before
    while (take(1, &r)) {
    }
    now += 1000;
    v2.runstate.state_entry_time = time_ns() - 500;
    trace_switch(&v1, &v2, time_ns() + 7000);
    assert_true(take(1, &r));
    assert_int_equal(r.event, TRC_SCHED_SWITCH_INFPREV);
    assert_in_range(r.words[2], 16000, 16500);
    assert_true(take(1, &r));
    assert_int_equal(r.event, TRC_SCHED_SWITCH_INFNEXT);
    assert_int_equal(r.words[0] << 16 | r.words[1], 0x30002);
    assert_int_equal(r.words[2], 500);
    assert_int_equal(r.words[3], 7000);
    assert_true(take(1, &r));
    trace_switch(&v2, &v2, UINT64_MAX);
    assert_true(take(1, &r));
    assert_int_equal(r.event, TRC_SCHED_SWITCH_INFCONT);
    assert_int_equal(r.words[3], UINT32_MAX);
    assert_true(take(1, &r));
    assert_int_equal(r.event, TRC_SCHED_CONTINUE_RUNNING);
    trace_switch(&v2, NULL, UINT64_MAX);
    for (size_t i = 0; i < ARRAY_SIZE(expect); i++) {
        assert_true(take(1, &r));
        assert_int_equal(r.event, expect[i]);
    }
    assert_int_equal(r.words[0], 0x7fff0001);
}

static int prepare(void **state) {
    (void)state;
    for (unsigned i = 0; i < NR_CPUS; i++)
        percpus[i].id = i;
    // A machine's frame numbers have 32 bits.
    char *low = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    block = (char *)(((uintptr_t)low + BLOCK - 1) & ~(BLOCK - 1));
    return low == MAP_FAILED;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),           cmocka_unit_test(masks),
        cmocka_unit_test(round_and_round), cmocka_unit_test(late_reader),
        cmocka_unit_test(switches),        cmocka_unit_test(lying_reader),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
