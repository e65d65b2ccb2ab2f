// SPDX-License-Identifier: Apache-2.0
// A control loop of 1 kHz: each period it moves a pendulum's model by one step and pushes it back
// towards upright. It counts itself what it missed: a period whose work was not done before the
// next began. What it knows is in shared memory, for Linux to read.

#include "calls.h"

#define PERIOD_US 1000U
#define REPORT 10000U // periods

// Linux maps it uncached by /dev/mem, so each line is written back.
struct state {
    volatile uint64_t lives, periods, missed,
        worst_ns; // worst: from a period's begin to its work's
};

// Angle and speed of the pendulum in 2^-32.
struct plant {
    int64_t angle, speed;
};

static volatile uint64_t periods;

static void on_period(void) { periods++; }

static void show(const volatile struct state *s) {
    __asm__ volatile("dc cvac, %0\n\tdsb sy" ::"r"(s) : "memory");
}

static void control(struct plant *p) {
    int64_t push = -(40 * p->angle + 12 * p->speed);
    p->speed += (10 * p->angle + push) / 1000;
    p->angle += p->speed / 1000;
}

static uint64_t ns(uint64_t ticks) { return ticks * 1000000U / (RT_READ(cntfrq_el0) / 1000U); }

void rt_main(void) {
    const struct rt_shared *link = rt_shared_memory("loop");
    struct plant plant = {.angle = 1LL << 30};
    if (link == NULL) {
        rt_printf("@LOOP has no link\n");
        return;
    }
    struct state *s = (struct state *)(uintptr_t)link->address;
    rt_printf("@LOOP life %lu\n", ++s->lives);
    rt_irq_on();
    rt_timer_every(PERIOD_US, on_period);
    uint64_t tick = RT_READ(cntfrq_el0) * PERIOD_US / 1000000U;
    uint64_t due = RT_READ(cntv_cval_el0);
    for (uint64_t done = 0;; due += tick) {
        rt_wait(&periods, done);
        uint64_t late = ns(rt_now() - due);
        control(&plant);
        s->periods = ++done;
        s->worst_ns = late > s->worst_ns ? late : s->worst_ns;
        s->missed += rt_now() - due >= tick ? 1U : 0U;
        show(s);
        if (done % REPORT == 0) {
            rt_printf("@LOOP %lu periods, %lu missed\n@LATE at most %lu ns\n", done, s->missed,
                      s->worst_ns);
        }
    }
}
