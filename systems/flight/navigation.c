// SPDX-License-Identifier: Apache-2.0
// Writes a position to the sampling port each millisecond that it runs.

#include "ports.h"

static volatile uint64_t ticks;

static void on_tick(void) { ticks++; }

void rt_main(void) {
    struct sampling *position = port("position");
    if (position == NULL) {
        rt_printf("@NAVIGATION has no port\n");
        return;
    }
    rt_printf("@NAVIGATION ready\n");
    rt_irq_on();
    rt_timer_every(1000, on_tick);
    for (uint64_t i = 1;; i++) {
        rt_wait(&ticks, i - 1U);
        sampling_write(position, i);
    }
}
