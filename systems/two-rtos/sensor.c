// SPDX-License-Identifier: Apache-2.0
// The sensor: hands over frames one by one; in all lives but the last it crashes after a hundred.

#include "frames.h"

static volatile uint64_t rung;

static void on_event(evtchn_port_t port) { rung += port == SENSOR_PORT ? 1U : 0U; }

void rt_main(void) {
    struct frames *f = frames();
    f->lives++;
    rt_printf("@SENSOR life %lu\n", f->lives);
    (void)rt_events_on(on_event);
    rt_irq_on();
    for (uint64_t i = 1; i <= FRAMES_A_LIFE; i++) {
        f->value = 7U * i;
        rt_dsb(); // the value is there before its number
        f->number = i;
        (void)rt_notify(SENSOR_PORT);
        while (f->taken != i) {
            (void)rt_wait_change(&rung, rung, RT_READ(cntfrq_el0) / 1000U);
        }
    }
    if (f->lives < LIVES) {
        rt_shutdown(SHUTDOWN_crash);
    }
    rt_printf("@SENSOR done\n");
}
