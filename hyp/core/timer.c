// SPDX-License-Identifier: Apache-2.0
// Software timers: a binary heap per CPU, the earliest deadline in the EL2 timer,
// exactly. A timer is armed on one CPU at a time; who owns it does not set it on two CPUs at once.
// Callbacks run from core/exit.c with no lock held and may set or cancel any timer. Owns LOCK_TIMER
// (one per CPU). Worst case: log2(TIMERS_PER_CPU) steps an operation, TIMERS_PER_ROUND callbacks
// a round.
#include <arch/atomic.h>
#include <arch/cpu.h>
#include <arch/time.h>
#include <core/domain.h>
#include <core/log.h>
#include <core/percpu.h>
#include <core/timer.h>

// As many as there can be: four a vCPU, three a domain, two a CPU, the console's.
#define TIMERS_PER_CPU (4 * MAX_DOMAINS * MAX_VCPUS + 3 * MAX_DOMAINS + 2 * NR_CPUS + 4)

static struct timer *heap[NR_CPUS][TIMERS_PER_CPU]; // by deadline

static void put(struct percpu *c, uint32_t i, struct timer *t) {
    heap[c->id][i] = t;
    t->slot = (uint16_t)(i + 1);
}

// Moves the timer at i towards the root, or towards the leaves, until the heap is in order.
static void settle(struct percpu *c, uint32_t i) {
    struct timer *t = heap[c->id][i];
    while (i > 0 && heap[c->id][(i - 1) / 2]->deadline > t->deadline) {
        put(c, i, heap[c->id][(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= c->timer_count)
            break;
        if (child + 1 < c->timer_count &&
            heap[c->id][child + 1]->deadline < heap[c->id][child]->deadline)
            child++;
        if (heap[c->id][child]->deadline >= t->deadline)
            break;
        put(c, i, heap[c->id][child]);
        i = child;
    }
    put(c, i, t);
}

static void insert(struct percpu *c, struct timer *t) {
    t->cpu = (uint8_t)c->id;
    put(c, c->timer_count++, t);
    settle(c, t->slot - 1u);
}

static void remove(struct percpu *c, struct timer *t) {
    uint32_t i = t->slot - 1u;
    struct timer *last = heap[c->id][--c->timer_count];
    t->slot = 0;
    if (last == t)
        return;
    put(c, i, last);
    settle(c, i);
}

static uint64_t earliest(const struct percpu *c) {
    return c->timer_count ? heap[c->id][0]->deadline : UINT64_MAX;
}

// Disarms t wherever it is. True if it was this CPU's next deadline.
static bool disarm(struct timer *t) {
    bool next = false;
    if (!load_acquire(&t->slot))
        return false;
    struct percpu *c = &percpus[load_relaxed(&t->cpu)];
    spin_lock(&c->timer_lock);
    // It may have fired meanwhile.
    if (t->slot) {
        next = t->slot == 1 && c == this_cpu();
        remove(c, t);
    }
    spin_unlock(&c->timer_lock);
    return next;
}

void timer_set(struct timer *t, uint64_t deadline_ns) {
    struct percpu *c = this_cpu();
    if (load_relaxed(&t->cpu) != c->id)
        (void)disarm(t);
    spin_lock(&c->timer_lock);
    bool was_next = t->slot == 1;
    t->deadline = deadline_ns;
    if (t->slot)
        settle(c, t->slot - 1u);
    else
        insert(c, t);
    // Another CPU's timer that was due here first may be in force still: it only fires early.
    if (was_next || t->slot == 1)
        time_set_deadline(earliest(c));
    spin_unlock(&c->timer_lock);
}

void timer_cancel(struct timer *t) {
    struct percpu *c = this_cpu();
    if (!disarm(t))
        return;
    spin_lock(&c->timer_lock);
    time_set_deadline(earliest(c));
    spin_unlock(&c->timer_lock);
}

void timer_run_due(void) {
    struct percpu *c = this_cpu();
    uint64_t now = time_ns();
    // One that arms itself for the past waits for the next round, which its deadline starts at
    // once.
    c->urgent = true;
    spin_lock(&c->timer_lock);
    for (unsigned i = 0; i < TIMERS_PER_ROUND && earliest(c) <= now && c->timer_count; i++) {
        struct timer *t = heap[c->id][0];
        remove(c, t);
        spin_unlock(&c->timer_lock);
        t->fn(t->arg);
        spin_lock(&c->timer_lock);
    }
    time_set_deadline(earliest(c));
    spin_unlock(&c->timer_lock);
    c->urgent = false;
}

void timer_dump(void) {
    uint64_t now = time_ns();
    for (uint32_t cpu = 0; cpu < nr_cpus; cpu++) {
        struct percpu *c = &percpus[cpu];
        spin_lock(&c->timer_lock);
        for (uint32_t i = 0; i < c->timer_count; i++)
            log_info("cpu%u timer %p(%p) in %lld ns", cpu, (void *)(uintptr_t)heap[c->id][i]->fn,
                     heap[c->id][i]->arg, (long long)(heap[c->id][i]->deadline - now));
        spin_unlock(&c->timer_lock);
    }
}
