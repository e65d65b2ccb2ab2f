// SPDX-License-Identifier: Apache-2.0
// A control loop of 1 kHz. It tells Linux its state in shared memory; when Linux wants to see that,
// its first life crashes, and the second stands still until its watchdog ends it.

#include "calls.h"

#define PERIOD_US 1000U
#define WATCHDOG_S 3U

// Linux maps it uncached by /dev/mem, so each line is written back, and read afresh.
struct state {
    volatile uint64_t lives, periods;
    uint8_t pad[48];
    volatile uint64_t fault; // Linux: the life that is to fail
};

static volatile uint64_t periods;

static void on_period(void) { periods++; }

static void sync_line(const volatile void *at) {
    __asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(at) : "memory");
}

static _Noreturn void fail(uint64_t life) {
    if (life == 1U) {
        rt_shutdown(SHUTDOWN_crash);
    }
    rt_irq_off();
    for (;;) {
        rt_yield();
    }
}

void rt_main(void) {
    const struct rt_shared *link = rt_shared_memory("loop");
    struct sched_watchdog dog = {.id = 0, .timeout = WATCHDOG_S};
    if (link == NULL) {
        rt_printf("@LOOP has no link\n");
        return;
    }
    struct state *s = (struct state *)(uintptr_t)link->address;
    uint64_t life = ++s->lives;
    int64_t id = rt_sched(SCHEDOP_watchdog, &dog);
    rt_printf("@LOOP life %lu%s\n", life, id > 0 ? "" : ", without a watchdog");
    dog.id = (uint32_t)id;
    rt_irq_on();
    rt_timer_every(PERIOD_US, on_period);
    for (uint64_t done = 0;; done++) {
        rt_wait(&periods, done);
        s->periods = done;
        sync_line(&s->lives);
        sync_line(&s->fault);
        if (s->fault == life) {
            fail(life);
        }
        (void)rt_sched(SCHEDOP_watchdog, &dog);
    }
}
