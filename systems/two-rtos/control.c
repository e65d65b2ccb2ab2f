// SPDX-License-Identifier: Apache-2.0
// The controller: takes frames for as long as they come and is never started again itself, which
// its own count shows.

#include "frames.h"

static volatile uint64_t rung;

static void on_event(evtchn_port_t port) { rung += port == CONTROL_PORT ? 1U : 0U; }

void rt_main(void) {
    struct frames *f = frames();
    uint64_t all = 0, wrong = 0, last = 0;
    (void)rt_events_on(on_event);
    rt_irq_on();
    rt_printf("@CONTROL ready\n");
    while (all < (uint64_t)LIVES * FRAMES_A_LIFE) {
        uint64_t number = f->number;
        if (number == last) {
            (void)rt_wait_change(&rung, rung, RT_READ(cntfrq_el0) / 1000U);
            continue;
        }
        rt_dsb(); // the value belongs to this number
        if (number < last) {
            rt_printf("@CONTROL the sensor is back after %lu frames\n", all);
        }
        wrong += f->value != 7U * number || (number != last + 1U && number != 1U) ? 1U : 0U;
        last = number;
        all++;
        f->taken = number;
        (void)rt_notify(CONTROL_PORT);
    }
    rt_printf("@CONTROL %lu frames, %lu wrong\n", all, wrong);
}
